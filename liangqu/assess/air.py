"""Air: the index of each row."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TypeAlias

from liangqu.assess.cells import cached, column_of, item_columns, parse_value
from liangqu.assess.rows import Unassessable, UnreadableCell
from sensors.calendar import SHANGHAI
from sensors.decoding.times import parse_time
from sensors.model import IndexSpan
from sensors.standards import aqi
from sensors.standards.versions import NoStandard

_MILLISECONDS = re.compile(r"-?[0-9]{9,18}")

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
        self, header: Sequence[str], codes: Mapping[str, str], statistic: IndexSpan, rule: str | None
    ) -> None:
        self._time = column_of(header, "time")
        if rule is None and self._time is None:
            raise Unassessable("no column `time` to choose the standard by: name one with --standard")
        self._header = header
        self._statistic: IndexSpan = statistic
        self._at = item_columns(header, codes, aqi.items())
        self._columns: dict[str, list[_AirColumn]] = {}
        self._named = None if rule is None else _report(rule, statistic)

    def __call__(self, row: Sequence[str], bad: list[UnreadableCell]) -> list[str]:
        """`aqi`, `level` and `primary`; blank when nothing that counts was measured."""
        report = self._named or self._report_of(row, bad)
        if report is None:
            return []
        found = {}
        for at, item, iaqi in self._columns.get(report.rule) or self._columns_of(report):
            text = row[at]
            if text and not text.isspace():
                try:
                    found[item] = iaqi(text)
                except ValueError as wrong:
                    bad.append(UnreadableCell(self._header[at], text, str(wrong)))
        result = aqi.combine(found, report)
        if result is None:
            return ["", "", ""]
        return [str(result.aqi), str(result.level), ";".join(result.primary)]

    def _report_of(self, row: Sequence[str], bad: list[UnreadableCell]) -> aqi.IndexReport | None:
        text = row[self._time or 0]
        try:
            return _report_at(text, self._statistic)
        except (NoStandard, ValueError) as wrong:
            bad.append(UnreadableCell(self._header[self._time or 0], text, str(wrong)))
            return None

    def _columns_of(self, report: aqi.IndexReport) -> list[_AirColumn]:
        found: list[_AirColumn] = [
            (self._at[item.id], item.id, cached(partial(_iaqi, item)))
            for item in report.items
            if item.id in self._at
        ]
        self._columns[report.rule] = found
        return found


def _iaqi(item: aqi.Item, text: str) -> int | None:
    return aqi.iaqi_of(item, parse_value(text))


def _report(rule: str, statistic: IndexSpan) -> aqi.IndexReport:
    try:
        return aqi.report(rule, statistic)
    except KeyError as unknown:
        raise Unassessable(str(unknown.args[0])) from None


@cached
def _report_at(text: str, statistic: IndexSpan) -> aqi.IndexReport:
    """The report by the Asia/Shanghai date of a time as messages have it; no offset is local time."""
    stripped = text.strip()
    time = parse_time(int(stripped) if _MILLISECONDS.fullmatch(stripped) else stripped, SHANGHAI)
    if not isinstance(time, datetime):
        raise ValueError("is blank" if not stripped else f"is no time ({time.reason})")  # noqa: TRY004
    return aqi.report_on(time.astimezone(SHANGHAI).date(), statistic)
