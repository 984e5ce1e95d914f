"""The heading of a column: which parameter it means, over which span, in which unit; or which role it has.

Names are the catalogue's (ids, HJ codes, symbols, names in both languages, `headings`) and headings.toml's.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Literal
from unicodedata import normalize

import msgspec
from msgspec import Struct

from sensors.catalogue.model import Catalogue, Parameter
from sensors.catalogue.units import power_of_ten, spelling_of
from sensors.decoding.hj212.vocabulary import CODES
from sensors.model import Medium

Role = Literal[
    "site", "time", "date", "hour", "year", "month", "day", "kind", "flag", "sent", "parameter", "value",
    "unit", "waterbody", "target",
]  # fmt: skip
"""What a column is that holds no parameter."""

Span = Literal["", "1h", "8h", "24h", "8h_24h"]
"""`""` says nothing; `8h_24h` is the largest `8h` of a day so far, `24h` of ozone the largest hour."""
MEANS: frozenset[Span] = frozenset(["8h", "24h", "8h_24h"])
"""Moving means and maxima: they are computed here, never taken over as readings."""

_BRACKETS = re.compile(r"[(\[{【〔<]([^()\[\]{}【】〔〕<>]*)[)\]}】〕>]")
_PARTS = re.compile(r"[_\s/,;:]+")
_CONCENTRATION = re.compile(r"^[^/\s]+/[^/\s]+$|^pp[mbt]v?$|^%$", re.IGNORECASE)
_LATIN = re.compile(r"[a-z0-9]+", re.IGNORECASE)
_MOST_UNIT_PARTS = 3
_DISTINCT, _LONG = 3, 5
_ALIKE = 0.8


class Heading(Struct, frozen=True):
    """What a heading says. `unit` is as written, None if it names none; `power` brings it to the catalogue's.

    `power` is None where the unit does not convert.
    """

    parameter: str
    span: Span = ""
    unit: str | None = None
    power: int | None = 0


class _Words(Struct, frozen=True, forbid_unknown_fields=True):
    columns: Mapping[Role, tuple[str, ...]]
    spans: Mapping[str, tuple[str, ...]]
    plain: Mapping[str, tuple[str, ...]]
    waterbodies: Mapping[str, tuple[str, ...]]
    flags: Mapping[str, tuple[str, ...]]
    marks: Mapping[str, tuple[str, ...]]


@cache
def _words() -> _Words:
    text = (resources.files("sensors.decoding.tables") / "headings.toml").read_bytes()
    return msgspec.toml.decode(text, type=_Words)


def squeeze(text: str) -> str:
    """A name without case, width, blanks and punctuation but for `%`: `NH₃-N` is `nh3n`."""
    return "".join(c for c in normalize("NFKC", text).casefold() if c.isalnum() or c == "%")


@cache
def _roles() -> Mapping[str, Role]:
    return {squeeze(word): role for role, words in _words().columns.items() for word in words}


def role_of(text: str) -> Role | None:
    """What a column of this heading is, if it is no parameter."""
    return _roles().get(squeeze(text))


@cache
def waterbodies() -> Mapping[str, str]:
    """`river` or `lake` by what tables call them, squeezed."""
    return {squeeze(word): body for body, words in _words().waterbodies.items() for word in words}


@cache
def flag_words() -> Mapping[str, str]:
    """The letters of flags by what tables call them, squeezed."""
    return {squeeze(word): letter for letter, words in _words().flags.items() for word in words}


@cache
def flag_endings() -> tuple[str, ...]:
    """What stands behind a parameter's name where a column marks its values, the longest first."""
    return tuple(sorted(_words().marks["endings"], key=len, reverse=True))


@cache
def is_mark(text: str) -> bool:
    """Whether a heading says that its column judges values (quality, 质控) in words that are not read."""
    return squeeze(text) in {squeeze(word) for word in _words().marks["unread"]}


@cache
def _endings() -> tuple[tuple[str, Span | None], ...]:
    """What may stand behind a name, the longest first: a span, or None for what says nothing."""
    spans = [(squeeze(word), span) for span, words in _words().spans.items() for word in words]
    plain = [(squeeze(word), None) for word in _words().plain["words"]]
    return tuple(sorted((*spans, *plain), key=lambda pair: -len(pair[0])))  # type: ignore[arg-type]


class Headings:
    """Reads the headings of tables about one medium, or about both.

    A name that means two parameters (温度) is none where both are possible.
    """

    def __init__(self, catalogue: Catalogue, medium: Medium | None = None) -> None:
        self._parameters = {
            row.id: row for row in catalogue.parameters.values() if medium in {None, row.medium}
        }
        self._exact = {row.id: row.id for row in self._parameters.values()}
        self._exact |= {code: row.id for row in self._parameters.values() for code in row.codes}
        meant: dict[str, set[str]] = {}
        for row in self._parameters.values():
            for name in _names(row):
                meant.setdefault(squeeze(name), set()).add(row.id)
        self._names = {name: ids.pop() for name, ids in meant.items() if name and len(ids) == 1}
        self._units = {
            code.sent.casefold(): code.unit for code in CODES.values() if code.means in self._parameters
        }
        for code in CODES.values():
            if code.means in self._parameters and not code.sent.isdigit():
                self._names.setdefault(squeeze(code.sent), code.means)

    def heading(self, text: str) -> Heading | None:
        """What the heading of a parameter's column says; None if it names no parameter for certain."""
        if text.strip() in self._exact:
            return Heading(self._exact[text.strip()])
        plain = normalize("NFKC", text).strip()
        inside = [part.strip() for part in _BRACKETS.findall(plain)]
        base = _BRACKETS.sub(" ", plain).strip(" /,;:")
        if (whole := self._named(plain)) and not any(map(spelling_of, inside)):
            return self._converted(*whole, None, text)  # such as Cr(VI)
        found = (*named, "") if (named := self._named(base)) else self._with_unit(base)
        if found is None:
            return None
        parameter, span, unit = found
        for part in inside:
            read = self._in_brackets(part, parameter)
            if read is None or (unit and read[1]) or (span and read[0]):
                return None
            span, unit = read[0] or span, read[1] or unit
        return self._converted(parameter, span, unit, text)

    def likeness(self, text: str, among: Collection[str] | None = None) -> str | None:
        """The parameter of those in `among` that an unread heading resembles; None if it resembles none.

        `""` is a quantity that the catalogue does not have: only its unit is known.
        """
        plain = normalize("NFKC", text)
        names = {n: p for n, p in self._names.items() if among is None or p in among}
        for candidate in _candidates(plain):
            if candidate in names:
                return names[candidate]
        for end in [found.start() for found in _PARTS.finditer(plain)]:
            if (found := self.heading(plain[:end])) and found.unit and found.parameter in names.values():
                return found.parameter
        for name, parameter in names.items():
            if len(name) > 1 and not name.isascii() and name in squeeze(plain):
                return parameter
        close = [name for name in names if len(name) >= _LONG]
        if near := get_close_matches(squeeze(plain), close, n=1, cutoff=_ALIKE):
            return names[near[0]]
        units = (part.strip() for part in _BRACKETS.findall(plain))
        return "" if any(_CONCENTRATION.match(unit) for unit in units) else None

    def _named(self, text: str) -> tuple[str, Span] | None:
        """The parameter and span of a text without a unit."""
        name, span = squeeze(text), ""
        while name:
            if name in self._names:
                return self._names[name], span  # type: ignore[return-value]
            ending = next((e for e in _endings() if name.endswith(e[0]) and len(name) > len(e[0])), None)
            if ending is None or (span and ending[1]):
                return None
            name, span = name[: -len(ending[0])], ending[1] or span
        return None

    def _with_unit(self, text: str) -> tuple[str, Span, str] | None:
        """`NH3-N mg/L`, `CO/mg/m3`, `do_mg_l`: a unit behind the name, without brackets."""
        ends = [found.start() for found in _PARTS.finditer(text)]
        if text.endswith("%"):
            ends.append(len(text) - 1)
        for end in ends[-_MOST_UNIT_PARTS:]:
            unit = text[end:].strip("_ /,;:\t")
            spelled = spelling_of(unit) or spelling_of(unit.replace("_", "/"))
            if spelled and (named := self._named(text[:end])):
                return *named, spelled
        return None

    def _in_brackets(self, text: str, parameter: str) -> tuple[Span, str] | None:
        """The span or the unit that brackets behind a name hold; None for what is neither."""
        if text and spelling_of(text) is not None:
            return "", text
        if (named := self._named(text)) and named[0] == parameter:
            return named[1], ""
        for ending, span in _endings():
            if squeeze(text) == ending:
                return span or "", ""
        return ("", text) if _CONCENTRATION.match(text) else None

    def _converted(self, parameter: str, span: Span, unit: str | None, text: str) -> Heading:
        unit = unit or self._units.get(text.strip().casefold())
        if not unit:
            return Heading(parameter, span)
        power = power_of_ten(spelling_of(unit) or unit, self._parameters[parameter].unit)
        return Heading(parameter, span, unit, power)


def _names(row: Parameter) -> Iterable[str]:
    return (row.id, *row.codes, row.symbol, row.name.zh, row.name.en, *row.headings)


def _candidates(text: str) -> Iterable[str]:
    """Words of a text, and up to three in a row as one; short ones only with a capital, as symbols."""
    words = _LATIN.findall(text)
    for first in range(len(words)):
        for last in range(first + 1, min(first + 4, len(words) + 1)):
            joined = "".join(words[first:last])
            if len(joined) >= _DISTINCT or not joined.islower():
                yield joined.casefold()
