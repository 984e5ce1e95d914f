"""Days as coloured cells: a month's calendar of AQI and PM2.5, and station by station in one row each."""

from collections.abc import Sequence
from datetime import date, timedelta

from dashboards.reports.air import DayIndex
from dashboards.reports.figures.svg_canvas import (
    GREY,
    INK,
    PALE,
    SvgCanvas,
    fitted,
    hexed,
    ink_on,
    label_column,
)
from dashboards.reports.month import Month
from dashboards.reports.words import ReportWords
from sensors.standards import aqi
from sensors.standards.aqi import AqiLevel
from sensors.standards.rounding import round_half_even

_WEEK = 7
_CELL_W, _CELL_H = 12.2, 8.8
_PANEL = _WEEK * _CELL_W
_TOP = 11.0
_LABELS = (24.0, 50.0)


def calendar(month: Month, days: Sequence[DayIndex], words: ReportWords, name: str) -> str:
    """A place's month: the AQI of each day with its level's word on the left, daily PM2.5 on the right."""
    weeks = (month.first.weekday() + month.days + _WEEK - 1) // _WEEK
    sheet = SvgCanvas(2 * _PANEL + 9, _TOP + weeks * _CELL_H + 1)
    by_day = {one.day: one for one in days}
    for left, title in ((0.5, words("daily_aqi")), (_PANEL + 8.5, words("daily_pm25"))):
        sheet.text(left, 3.4, title, size=3.2, bold=True)
        for column in range(_WEEK):
            x = left + (column + 0.5) * _CELL_W
            sheet.text(x, 9, words.weekday(column), size=2.5, colour=GREY, anchor="center")
    for offset in range(month.days):
        day = month.first + timedelta(days=offset)
        one = by_day.get(day)
        _aqi_cell(sheet, _corner(month, day, 0.5), day, one, words)
        _pm25_cell(sheet, _corner(month, day, _PANEL + 8.5), day, one, words)
    return sheet.svg(name, f"{words('daily_aqi')}, {words('daily_pm25')}")


def _corner(month: Month, day: date, left: float) -> tuple[float, float]:
    week = (day.day - 1 + month.first.weekday()) // _WEEK
    return left + day.weekday() * _CELL_W, _TOP + week * _CELL_H


def _aqi_cell(
    sheet: SvgCanvas, corner: tuple[float, float], day: date, one: DayIndex | None, words: ReportWords
) -> None:
    if one is None or one.index is None:
        _blank(sheet, corner, day, words)
        return
    level = aqi.level_of(min(one.index.aqi, 500))
    _cell(sheet, corner, day, value=str(one.index.aqi), level=level, word=words.level_short(level.level))


def _pm25_cell(
    sheet: SvgCanvas, corner: tuple[float, float], day: date, one: DayIndex | None, words: ReportWords
) -> None:
    if one is None or one.pm25 is None:
        _blank(sheet, corner, day, words)
        return
    index = aqi.index({"pm25": max(one.pm25, 0.0)}, aqi.report_on(day, "day"))
    level = aqi.level_of(index.aqi if index else 0)
    value = str(round_half_even(one.pm25, 0))
    _cell(sheet, corner, day, value=value, level=level, word=words.level_short(level.level))


def _cell(
    sheet: SvgCanvas, corner: tuple[float, float], day: date, *, value: str, level: AqiLevel, word: str
) -> None:
    x, y = corner
    ink = ink_on(level.colour.rgb)
    sheet.round_box(x + 0.3, y + 0.3, _CELL_W - 0.6, _CELL_H - 0.6, fill=hexed(level.colour.rgb))
    sheet.text(x + 1.2, y + 2.9, str(day.day), size=2.0, colour=ink)
    sheet.text(x + _CELL_W - 1.1, y + 2.9, word, size=2.0, colour=ink, anchor="right")
    sheet.text(x + _CELL_W / 2, y + 7.1, value, size=3.6, colour=ink, anchor="center", bold=True)


def _blank(sheet: SvgCanvas, corner: tuple[float, float], day: date, words: ReportWords) -> None:
    x, y = corner
    sheet.round_box(x + 0.3, y + 0.3, _CELL_W - 0.6, _CELL_H - 0.6, fill=PALE)
    sheet.text(x + 1.2, y + 2.9, str(day.day), size=2.0, colour=GREY)
    sheet.text(x + _CELL_W / 2, y + 6.8, words("no_value"), size=2.2, colour=GREY, anchor="center")


def stations(
    month: Month, rows: Sequence[tuple[str, Sequence[DayIndex]]], words: ReportWords, name: str
) -> str:
    """Each station's AQI day by day, a row each, the number in every cell."""
    return strip(
        month,
        [
            (
                title,
                {one.day: _aqi_mark(one.index.aqi) for one in days if one.index is not None},
            )
            for title, days in rows
        ],
        f"{words('daily_aqi')} – {words('stations')}",
        name,
    )


def _aqi_mark(value: int) -> tuple[str, tuple[int, int, int]]:
    return str(value), aqi.level_of(min(value, 500)).colour.rgb


Cells = dict[date, tuple[str, tuple[int, int, int]]]


def strip(month: Month, rows: Sequence[tuple[str, Cells]], title: str, name: str) -> str:
    """Rows of days, each cell a text on a colour; a day without one stays grey."""
    height, width = 5.6, 186.0
    label = label_column((row for row, _ in rows), 2.5, _LABELS)
    cell = (width - label) / month.days
    sheet = SvgCanvas(width, 5 + len(rows) * height + 0.5)
    for offset in range(month.days):
        sheet.text(
            label + (offset + 0.5) * cell, 3.4, str(offset + 1), size=2.0, colour=GREY, anchor="center"
        )
    for number, (row, cells) in enumerate(rows):
        y = 5 + number * height
        sheet.text(0, y + height / 2, fitted(row, label - 2, 2.5), size=2.5, colour=INK, middle=True)
        for offset in range(month.days):
            x = label + offset * cell
            text, rgb = cells.get(month.first + timedelta(days=offset), ("", None))
            sheet.box(x + 0.15, y + 0.25, cell - 0.3, height - 0.5, fill=hexed(rgb) if rgb else PALE)
            if rgb:
                sheet.text(
                    x + cell / 2,
                    y + height / 2,
                    text,
                    size=2.0,
                    colour=ink_on(rgb),
                    anchor="center",
                    middle=True,
                )
    return sheet.svg(name, title)
