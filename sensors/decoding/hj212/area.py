"""The data area, between the two `&&`: `DataTime=…;a34004-Rtd=31.2,a34004-Flag=N;…`."""

import re
from collections.abc import Mapping

from msgspec import Struct

from sensors.decoding.hj212.tolerances import Deviations

_FIELDS = frozenset({"Rtd", "Avg", "Min", "Max", "Cou", "Flag", "EFlag", "SampleTime", "DataTime"})
_BY_LOWER = {name.lower(): name for name in _FIELDS}
_TWO_VALUES = re.compile(r"-[A-Za-z]{1,30}=[^;,=]*+=")

# `Flag=Nw01001-Rtd=7`: a mark is one letter, and what follows is a code with at least two digits in a row.
_MARK_RUN_ON = re.compile(r"(-Flag=[A-Za-z])(?=[A-Za-z]{0,2}[0-9]{2}[0-9A-Za-z]{0,30}-[A-Za-z]{1,30}=)")
# `w01001-Rtd=7w01001-Flag=N`: the same code again.
_VALUE_RUN_ON = re.compile(
    r"((?<![0-9A-Za-z])([0-9A-Za-z]{1,32})-[A-Za-z]{1,30}=[^;,=]{0,99}?)(?=\2-[A-Za-z]{1,30}=)"
)
_MOST_IN_A_ROW = 8


class Area(Struct, frozen=True):
    """The content of a data area, as text and in the order sent.

    `plain` holds fields such as `DataTime`; `factors` each factor's fields (`Rtd Avg Min Max Cou Flag …`) by
    its code. `contradicted` names the plain fields and `code-field`s that came twice with different values;
    the first one is kept. `unread` are the pieces that are not name=value.
    """

    plain: Mapping[str, str] = {}
    factors: Mapping[str, Mapping[str, str]] = {}
    contradicted: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()


def parse_area(text: str, seen: Deviations) -> Area:
    """Parse a data area.

    Raises:
        Malformed: A deviation that was found is not tolerated.
    """
    if _TWO_VALUES.search(text) and (apart := _separated(text)) != text:
        seen.note("missing_separator", "CP")
        text = apart
    read = _Pieces(seen)
    for group in text.split(";") if text else ():
        current, read.last = None, None
        for pair in group.split(","):
            name, equals, value = pair.partition("=")
            code, dash, field = name.partition("-")
            if not (dash and equals and code):
                read.add_plain(name, value, pair)
                current = ","  # no code is a comma, so the next one differs
                continue
            if code != current:
                if current is not None:
                    seen.note("comma_between_items", name)
                fields = read.fields_of(code)
                current = code
            read.add_value(name, field, value, fields)
    return Area(read.plain, read.factors, frozenset(read.contradicted), tuple(read.unread))


def build_area(area: Area) -> str:
    """The text of a data area; the inverse of `parse_area` for what keeps the standard's separators."""
    items = [f"{name}={value}" for name, value in area.plain.items()]
    for code, fields in area.factors.items():
        items.append(",".join(f"{code}-{field}={value}" for field, value in fields.items()))
    return ";".join(items)


class _Pieces:
    """The pieces of an area while it is read."""

    __slots__ = ("contradicted", "factors", "last", "plain", "seen", "unread")

    def __init__(self, seen: Deviations) -> None:
        self.seen = seen
        self.plain: dict[str, str] = {}
        self.factors: dict[str, dict[str, str]] = {}
        self.contradicted: set[str] = set()
        self.unread: list[str] = []
        self.last: tuple[dict[str, str], str] | None = None  # where the last value of the group stands

    def fields_of(self, code: str) -> dict[str, str]:
        fields = self.factors.get(code)
        if fields is not None:
            self.seen.note("semicolon_within_item", code)
            return fields
        fields = self.factors[code] = {}
        return fields

    def add_value(self, name: str, field: str, value: str, fields: dict[str, str]) -> None:
        if field not in _FIELDS:
            field = self._in_its_case(field)
        self.last = fields, field
        if field not in fields:
            fields[field] = value
        elif fields[field] == value:
            self.seen.note("repeated_value", name)
        else:
            self.contradicted.add(f"{name.partition('-')[0]}-{field}")

    def add_plain(self, name: str, value: str, pair: str) -> None:
        if not pair:
            self.seen.note("trailing_separator", "CP")
        elif pair.isdecimal() and self.last is not None and self.last[0][self.last[1]].isdecimal():
            fields, field = self.last  # a decimal comma: without its fraction the value would be another
            fields[field] += f",{pair}"
        elif not name or name.startswith("-") or name == pair:
            self.unread.append(pair)
        else:
            name = self._in_its_case(name)
            if self.plain.setdefault(name, value) != value:
                self.contradicted.add(name)

    def _in_its_case(self, name: str) -> str:
        written = _BY_LOWER.get(name.lower(), name)
        if written != name:
            self.seen.note("name_case", name)
        return written


def _separated(text: str) -> str:
    """The area with a separator where one is missing beyond doubt."""
    text = _MARK_RUN_ON.sub(r"\1;", text)
    for _ in range(_MOST_IN_A_ROW):
        apart = _VALUE_RUN_ON.sub(r"\1,", text)
        if apart == text:
            break
        text = apart
    return text
