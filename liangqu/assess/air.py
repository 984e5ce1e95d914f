"""Air: the index of each row."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from typing import TypeAlias

from liangqu.assess.air_columns import index_columns
from liangqu.assess.cells import (
    TableHead,
    UncountedCells,
    ValueReader,
    cached,
    table_columns,
    value_readers,
)
from liangqu.assess.flags import FlaggedCells
from liangqu.assess.rows import Unassessable, UnreadableCell, counts_in_words
from sensors.calendar import SHANGHAI
from sensors.decoding.tables.headings import Role
from sensors.decoding.tables.written_times import joined_time, parse_written_time
from sensors.model import IndexSpan
from sensors.standards import aqi
from sensors.standards.versions import NoStandard

_AirColumn: TypeAlias = tuple[int, str, Callable[[str], int | None]]

_TIME: tuple[Role, ...] = ("time", "date", "hour", "year", "month", "day")
NATIONAL_RULE = "cnemc-live-2012"
WITHOUT_OFFSET = "times without an offset are taken as Asia/Shanghai's"


class AirAssessor:
    """The air quality index of each row.

    Args:
        head: The table's columns: pollutants, `o3_8h`, `pm25_24h`, `pm10_24h`, and what makes a time.
        statistic: Whether the values are an hour's or a day's.
        rule: One of `aqi.rules()`; None chooses by each row's date in Asia/Shanghai.
        note: Called with what there is to say about the columns, and about a rule when it first counts.

    Raises:
        Unassessable: Neither rule nor time; a rule without such a report; a column that counts stands twice
            or is not certain, or no pollutant is there.
    """

    added: tuple[str, ...] = ("aqi", "level", "primary")

    def __init__(
        self,
        head: TableHead,
        statistic: IndexSpan,
        rule: str | None,
        note: Callable[[str], None] = lambda _line: None,
    ) -> None:
        columns, flags = table_columns(head, "air", aqi.pollutants(), _TIME)
        self._time = tuple(columns.time.items())
        if rule is None and not self._time:
            raise Unassessable("no column `time` to choose the standard by: name one with --standard")
        self._head, self._statistic, self._note = head, statistic, note
        self._report_at = lru_cache(8192)(self._find_report)
        self._flagged = FlaggedCells(head, columns, flags)
        self._readers = value_readers(head, columns)
        items = index_columns(head, columns, self._readers, statistic)
        self._at = items.at
        for remark in items.remarks:
            note(remark)
        self._columns: dict[str, list[_AirColumn]] = {}
        self._others: dict[str, UncountedCells] = {}
        self._missing: Counter[tuple[str, ...]] = Counter()
        self._zoned = True
        self._named = None if rule is None else _report(rule, statistic)

    def __call__(self, row: Sequence[str], bad: list[UnreadableCell]) -> list[str]:
        """`aqi`, `level` and `primary`; blank when nothing that counts was measured."""
        row = self._flagged.without_flagged(row, bad)
        report = self._named or self._report_of(row, bad)
        if report is None:
            return []
        found = {}
        columns = self._columns.get(report.rule)
        for at, item, iaqi in self._columns_of(report) if columns is None else columns:
            text = row[at]
            try:
                value = iaqi(text)
            except ValueError as wrong:
                bad.append(UnreadableCell(self._head.header[at], text, str(wrong)))
            else:
                if value is not _BLANK:
                    found[item] = value
        self._others[report.rule].check(row, bad)
        result = aqi.combine(found, report)
        if result is None:
            return ["", "", ""]
        if result.missing:
            self._missing[result.missing] += 1
        return [str(result.aqi), str(result.level), ";".join(result.primary)]

    def summary(self) -> Iterator[str]:
        """How many indices lack a pollutant."""
        yield from self._flagged.summary()
        pollutants = aqi.pollutants()
        for missing, times in self._missing.items():
            there = [one for one in pollutants if one not in missing]
            words = "the index is from {} alone" if len(there) == 1 else "the index is without {}"
            yield from counts_in_words([(", ".join(there if len(there) == 1 else missing), times)], words)

    def _report_of(self, row: Sequence[str], bad: list[UnreadableCell]) -> aqi.IndexReport | None:
        text = (
            row[self._time[0][1]]
            if len(self._time) == 1
            else joined_time({r: row[at] for r, at in self._time})
        )
        try:
            return self._report_at(text)
        except (NoStandard, ValueError) as wrong:
            bad.append(UnreadableCell(self._head.header[self._time[0][1]], text, str(wrong)))
            return None

    def _find_report(self, text: str) -> aqi.IndexReport:
        """The report by the Asia/Shanghai date of a time; no offset is local time, which is said once."""
        stripped = text.strip()
        zoned = parse_written_time(stripped, None, self._head.time_format)
        time = (
            zoned
            if isinstance(zoned, datetime)
            else parse_written_time(stripped, SHANGHAI, self._head.time_format)
        )
        if not isinstance(time, datetime):
            raise ValueError("is blank" if not stripped else f"is no time ({time.reason}): {time.detail}")  # noqa: TRY004
        if time is not zoned and self._zoned:
            self._zoned = False
            self._note(WITHOUT_OFFSET)
        return aqi.report_on(time.astimezone(SHANGHAI).date(), self._statistic)

    def _columns_of(self, report: aqi.IndexReport) -> list[_AirColumn]:
        found: list[_AirColumn] = [
            (self._at[item.id], item.id, cached(partial(_iaqi, item, self._readers[self._at[item.id]])))
            for item in report.items
            if item.id in self._at
        ]
        unused = {item: at for item, at in self._at.items() if at not in {place for place, _, _ in found}}
        self._columns[report.rule] = found
        others = ((at, self._readers[at]) for at in unused.values())
        self._others[report.rule] = UncountedCells(self._head.header, others)
        if unused:
            self._note(_unused(report, unused, self._at))
        return found


def _unused(report: aqi.IndexReport, unused: Mapping[str, int], there: Mapping[str, int]) -> str:
    """One line: which columns have no index in a rule, and what to do for particles."""
    span = "hourly" if report.statistic == "hour" else "daily"
    words = f"{', '.join(unused)} {'has' if len(unused) == 1 else 'have'} no {span} index in {report.rule}"
    wanted = [item.id for item in report.items if item.id not in there and item.pollutant in unused]
    if wanted:
        words += (
            f"; {', '.join(f'`{item}`' for item in wanted)} would have one, or `--standard {NATIONAL_RULE}`"
        )
    return words


_BLANK = -1
"""What stands for the index of a blank cell; None is that of a value without an index."""


def _iaqi(item: aqi.Item, read: ValueReader, text: str) -> int | None:
    value = read(text)
    return _BLANK if value is None else aqi.iaqi_of(item, value)


def _report(rule: str, statistic: IndexSpan) -> aqi.IndexReport:
    try:
        return aqi.report(rule, statistic)
    except KeyError as unknown:
        raise Unassessable(str(unknown.args[0])) from None
