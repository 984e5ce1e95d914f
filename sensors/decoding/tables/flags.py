"""Columns of device flags in tables: whose values they mark, and what their cells say.

flag   数据标记              one for all values of its row
pm25_flag   PM2.5标记       one for the values of a parameter
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from sensors.decoding.tables.headings import Headings, flag_endings, flag_words, is_mark, role_of, squeeze
from sensors.decoding.types import FLAGS
from sensors.excerpt import one_line
from sensors.model import NORMAL

_LONGEST = 16
UNAPPLIED = "holds words of flags and is not applied; rename it flag to apply it"
"""Of a column of words that no heading says to be flags, such as a station's state."""


class FlagColumns(Struct, frozen=True):
    """Where the flags stand: `of_row` marks all values of a row, `own` those of a parameter, by its id."""

    of_row: int | None = None
    own: Mapping[str, int] = {}

    @property
    def places(self) -> frozenset[int]:
        """All columns of flags."""
        return frozenset(self.own.values()) | ({self.of_row} if self.of_row is not None else frozenset())

    def of_parameter(self, parameter: str) -> tuple[int, ...]:
        """The columns that mark a parameter's values."""
        return tuple(at for at in (self.own.get(parameter), self.of_row) if at is not None)


def find_flags(header: Sequence[str], places: Sequence[int], headings: Headings) -> FlagColumns:
    """The columns of flags among some places of a header.

    Raises:
        ValueError: Two mark the same values; names them.
    """
    of_row: list[int] = []
    own: dict[str, int] = {}
    for at in places:
        text = header[at]
        if role_of(text) == "flag":
            of_row.append(at)
        elif (parameter := _whose(text, headings)) and (first := own.setdefault(parameter, at)) != at:
            raise ValueError(_both(header, first, at))
    if len(of_row) > 1:
        raise ValueError(_both(header, *of_row[:2]))
    return FlagColumns(of_row[0] if of_row else None, own)


def check_marks(headings: Iterable[str]) -> None:
    """Refuse columns that judge values in words of their own: passed over, bad values would look good.

    Raises:
        ValueError: One of these headings is such a column's; names all that are.
    """
    marks = ",".join(one_line(text.strip()) for text in headings if is_mark(text))
    if marks:
        what = "judges values, and is not read; name it flag if it holds flags of HJ 212"
        raise ValueError(f'column {marks.replace(",", ", ")}: {what}, or --ignore-columns "{marks}"')


@lru_cache(1024)
def parse_flag(text: str) -> str | None:
    """The letter of a flag; blank is normal, None for what is none. Case and width make no difference.

    Besides the letters of HJ 212-2017 table 8 what they are called in Chinese (headings.toml).
    """
    plain = squeeze(text[:_LONGEST])
    if not plain and not text.strip():
        return NORMAL
    letter = plain.upper()
    return letter if letter in FLAGS else flag_words().get(plain)


def parse_flags(cells: Sequence[str]) -> str | None:
    """The flag of a value that several columns mark: the first that is not normal; None if one is none."""
    found = [parse_flag(cell) for cell in cells]
    if None in found:
        return None
    return next((flag for flag in found if flag != NORMAL), NORMAL)


def holds_marks(at: int, rows: Iterable[Sequence[str]]) -> bool:
    """Whether the words of a column are those of flags, and not all of them say normal."""
    cells = {squeeze(row[at]) for row in rows if at < len(row) and row[at].strip()}
    return bool(cells) and cells <= flag_words().keys() and any(map(_is_bad, cells))


def _is_bad(word: str) -> bool:
    return flag_words()[word] != NORMAL


def _whose(text: str, headings: Headings) -> str | None:
    """The parameter whose values a column of this heading marks."""
    stripped = text.strip()
    for ending in flag_endings():
        if stripped.casefold().endswith(ending) and (before := stripped[: -len(ending)].strip(" _-./")):
            heading = headings.heading(before)
            if heading is not None:
                return heading.parameter
    return None


def _both(header: Sequence[str], first: int, second: int) -> str:
    names = f"{header[first].strip()}, {header[second].strip()}"
    return f"columns {names} both flag the same values; --ignore-columns passes over one"
