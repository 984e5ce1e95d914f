"""Verdict columns for the rows of a CSV, one row at a time: what `liangqu assess` does, without its files.

Only the columns that count are read; all pass through as they came.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache, partial
from math import inf
from typing import Protocol, TypeAlias

from msgspec import Struct

from sensors import aqi, water_limits
from sensors.lawbook import NoStandard
from sensors.times import SHANGHAI, parse_time
from sensors.water_class import Grade, classify, grade, half_of

# A float holds any decimal of 15 significant digits; a longer text is read as an exact decimal.
_FLOAT_DIGITS = 15
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_MILLISECONDS = re.compile(r"-?[0-9]{9,}")

# The same texts come again and again in a column; bounded, so that memory stays flat.
_remembered = lru_cache(maxsize=8192)


class BadCell(Struct, frozen=True):
    """A cell that spoils its row's verdict: its column, its text, and what is wrong with it."""

    column: str
    text: str
    reason: str


class BadRow(Struct, frozen=True):
    """Why a row gets no verdict; at least one cell."""

    cells: tuple[BadCell, ...]


Verdict: TypeAlias = list[str] | BadRow


class Unassessable(Exception):  # noqa: N818 - named for what the reader is told
    """The columns cannot be assessed as asked: a wrong usage."""


class Assessor(Protocol):
    """Gives rows their verdicts; `added` are the names of the verdict's columns."""

    added: tuple[str, ...]

    def __call__(self, row: Sequence[str]) -> Verdict:
        """The verdict's cells for a row as wide as the header."""
        ...


def with_verdicts(
    header: list[str],
    rows: Iterable[list[str]],
    assess: Assessor,
    complain: Callable[[int, BadCell], None],
) -> Iterator[list[str]]:
    """The header, then every row, each with the verdict's cells behind; they are empty for a bad row.

    Cells missing at the end of a row are blank; a line without any is no row. `complain` is told the row's
    number, 1 for the first after the header, and each bad cell.
    """
    width = len(header)
    blank = [""] * len(assess.added)
    yield [*header, *assess.added]
    for number, row in enumerate(filter(None, rows), 1):
        if len(row) < width:
            row.extend([""] * (width - len(row)))
        verdict = assess(row) if len(row) == width else _too_wide(row, width)
        if isinstance(verdict, BadRow):
            for cell in verdict.cells:
                complain(number, cell)
            verdict = blank
        row.extend(verdict)
        yield row


def _too_wide(row: Sequence[str], width: int) -> BadRow:
    return BadRow((BadCell(f"{width + 1}", row[width], f"stands beyond the header's {width} columns"),))


def measured(text: str) -> float | Decimal:
    """The value of a cell that is not blank; `<0.02` is half of that detection limit.

    A float where it holds all digits of the text, an exact decimal otherwise.

    Raises:
        ValueError: The cell is no number, or a negative one: a phrase that says so.
    """
    stripped = text.strip()
    if stripped.startswith("<"):
        return half_of(_number(stripped[1:].lstrip()))
    return _number(stripped)


def _number(text: str) -> float | Decimal:
    if not _NUMBER.fullmatch(text) or (value := float(text)) == inf:
        raise ValueError("is not a number")
    if value < 0:
        raise ValueError("is negative")
    return value if len(text) <= _FLOAT_DIGITS else Decimal(text)


class WaterAssessor:
    """The class of each row's sample by GB 3838-2002, on the values as they stand.

    Args:
        header: Column names: parameter ids or their HJ codes; `waterbody` (blank is river) and `target`.
        codes: The parameter id of each HJ code.

    Raises:
        Unassessable: A column that counts stands twice, or none of the table's items is there.
    """

    def __init__(self, header: Sequence[str], codes: Mapping[str, str]) -> None:
        standard = water_limits.standards()[-1]
        places = _places(header, codes, [row.item for row in water_limits.table(standard)])
        river, lake = (_grading(places, water_limits.assessed(standard, body)) for body in ("river", "lake"))
        self._columns = {"": river, "river": river, "lake": lake}
        self._waterbody = _place(header, "waterbody")
        self._target = _place(header, "target")
        self._header = header
        self.added: tuple[str, ...] = ("class", "determining", "times_over")
        if self._target is not None:
            self.added += ("met",)

    def __call__(self, row: Sequence[str]) -> Verdict:
        """`class`, `determining`, `times_over`, and `met` in a file with targets; blank without any item."""
        bad: list[BadCell] = []
        grades = []
        for at, graded in self._columns_for(row, bad):
            if text := row[at]:
                try:
                    one = graded(text)
                except ValueError as wrong:
                    bad.append(BadCell(self._header[at], text, str(wrong)))
                else:
                    if one is not None:
                        grades.append(one)
        target = self._target_of(row, bad)
        if bad:
            return BadRow(tuple(bad))
        result = classify(grades, target)
        if result is None:
            return [""] * len(self.added)
        cells = [str(result.number), ";".join(result.determining), ";".join(map(str, result.times_over))]
        if self._target is not None:
            cells.append("" if result.met is None else "yes" if result.met else "no")
        return cells

    def _columns_for(self, row: Sequence[str], bad: list[BadCell]) -> "_WaterColumns":
        if self._waterbody is None:
            return self._columns[""]
        text = row[self._waterbody]
        columns = self._columns.get(text.strip().lower())
        if columns is None:
            bad.append(BadCell(self._header[self._waterbody], text, "is neither river nor lake"))
            columns = self._columns[""]
        return columns

    def _target_of(self, row: Sequence[str], bad: list[BadCell]) -> int | None:
        if self._target is None or not (text := row[self._target].strip()):
            return None
        target = water_limits.class_number(text)
        if target is None:
            bad.append(BadCell(self._header[self._target], text, "is no class such as 3, III or Ⅲ"))
        return target


_WaterColumns: TypeAlias = list[tuple[int, Callable[[str], Grade | None]]]


def _grading(places: Mapping[str, int], by: Mapping[str, water_limits.ItemLimits]) -> _WaterColumns:
    return [(places[item], _remembered(partial(_grade, by[item]))) for item in by if item in places]


def _grade(limits: water_limits.ItemLimits, text: str) -> Grade | None:
    """The grade of one cell; None for a blank one."""
    return None if text.isspace() else grade(limits, measured(text))


_AirColumn: TypeAlias = tuple[int, str, Callable[[str], int | None]]


class AirAssessor:
    """The air quality index of each row.

    Args:
        header: Column names: item ids (`pm25`, `o3_8h`, `pm25_24h`) or HJ codes, and `time`.
        codes: The parameter id of each HJ code.
        statistic: Whether the values are an hour's or a day's.
        rule: One of `aqi.rules()`; None chooses by each row's date in Asia/Shanghai.

    Raises:
        Unassessable: Neither rule nor `time`; a rule without such a report; a column that counts stands
            twice, or no pollutant is there.
    """

    added: tuple[str, ...] = ("aqi", "level", "primary")

    def __init__(
        self, header: Sequence[str], codes: Mapping[str, str], statistic: aqi.Span, rule: str | None
    ) -> None:
        self._time = _place(header, "time")
        if rule is None and self._time is None:
            raise Unassessable("no column `time` to choose the standard by: name one with --standard")
        self._header = header
        self._statistic: aqi.Span = statistic
        self._places = _places(header, codes, aqi.items())
        self._columns: dict[str, list[_AirColumn]] = {}
        self._named = None if rule is None else _report(rule, statistic)

    def __call__(self, row: Sequence[str]) -> Verdict:
        """`aqi`, `level` and `primary`; blank when nothing that counts was measured."""
        bad: list[BadCell] = []
        report = self._named or self._report_of(row, bad)
        if report is None:
            return BadRow(tuple(bad))
        found = {}
        for at, item, iaqi in self._columns.get(report.rule) or self._columns_of(report):
            text = row[at]
            if text and not text.isspace():
                try:
                    found[item] = iaqi(text)
                except ValueError as wrong:
                    bad.append(BadCell(self._header[at], text, str(wrong)))
        if bad:
            return BadRow(tuple(bad))
        result = aqi.combine(found, report)
        if result is None:
            return ["", "", ""]
        return [str(result.aqi), str(result.level), ";".join(result.primary)]

    def _report_of(self, row: Sequence[str], bad: list[BadCell]) -> aqi.Report | None:
        text = row[self._time or 0]
        try:
            return _report_at(text, self._statistic)
        except (NoStandard, ValueError) as wrong:
            bad.append(BadCell(self._header[self._time or 0], text, str(wrong)))
            return None

    def _columns_of(self, report: aqi.Report) -> list[_AirColumn]:
        found: list[_AirColumn] = [
            (self._places[item.id], item.id, _remembered(partial(_iaqi, item)))
            for item in report.items
            if item.id in self._places
        ]
        self._columns[report.rule] = found
        return found


def _iaqi(item: aqi.Item, text: str) -> int | None:
    return aqi.iaqi_of(item, measured(text))


def _report(rule: str, statistic: aqi.Span) -> aqi.Report:
    try:
        return aqi.report(rule, statistic)
    except KeyError as unknown:
        raise Unassessable(str(unknown.args[0])) from None


@_remembered
def _report_at(text: str, statistic: aqi.Span) -> aqi.Report:
    """The report by the Asia/Shanghai date of a time in the contract's forms; no offset is local time."""
    stripped = text.strip()
    time = parse_time(int(stripped) if _MILLISECONDS.fullmatch(stripped) else stripped, SHANGHAI)
    if not isinstance(time, datetime):
        raise ValueError("is blank" if not stripped else f"is no time ({time.reason})")  # noqa: TRY004
    return aqi.report_on(time.astimezone(SHANGHAI).date(), statistic)


def _place(header: Sequence[str], name: str) -> int | None:
    """Where a column stands.

    Raises:
        Unassessable: It stands twice.
    """
    found = [at for at, column in enumerate(header) if column.strip() == name]
    if len(found) > 1:
        raise Unassessable(f"column {name} stands twice, as columns {found[0] + 1} and {found[1] + 1}")
    return found[0] if found else None


def _places(header: Sequence[str], codes: Mapping[str, str], items: Iterable[str]) -> dict[str, int]:
    """Where each item's column stands, by id or HJ code."""
    wanted = tuple(items)
    named = [codes.get(column.strip(), column.strip()) for column in header]
    found = {item: at for item in wanted if (at := _place(named, item)) is not None}
    if not found:
        raise Unassessable(f"none of the columns is an item to assess: {', '.join(dict.fromkeys(wanted))}")
    return found
