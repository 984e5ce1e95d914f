"""Days as coloured cells: a month's calendar of AQI and PM2.5, and station by station in one row each."""

from collections.abc import Sequence
from datetime import date, timedelta

from dashboards.reports.content.air import DayIndex
from dashboards.reports.figures.svg_canvas import (
    GREY,
    INK,
    PALE,
    Drawing,
    SvgCanvas,
    label_width,
    text_colour_on,
    to_hex,
    truncated,
)
from dashboards.reports.month import Month
from dashboards.reports.words import ReportWords
from sensors.standards import aqi
from sensors.standards.aqi import AqiLevel, Index
from sensors.standards.rounding import round_half_even

_WEEK = 7
_CELL_W, _CELL_H = 12.2, 8.0
_PANEL = _WEEK * _CELL_W
_TOP = 11.0
_LABELS = (24.0, 50.0)


def calendar(month: Month, days: Sequence[DayIndex], words: ReportWords, name: str) -> Drawing:
    """A place's month: the AQI of each day with its level's word on the left, daily PM2.5 on the right."""
    weeks = (month.first.weekday() + month.days + _WEEK - 1) // _WEEK
    canvas = SvgCanvas(2 * _PANEL + 9, _TOP + weeks * _CELL_H + 1)
    by_day = {day_index.day: day_index for day_index in days}
    for left, title in ((0.5, words("daily_aqi")), (_PANEL + 8.5, words("daily_pm25"))):
        canvas.text(left, 3.4, title, size=3.2, bold=True)
        for column in range(_WEEK):
            x = left + (column + 0.5) * _CELL_W
            canvas.text(x, 9, words.weekday(column), size=2.5, colour=GREY, anchor="center")
    for offset in range(month.days):
        day = month.first + timedelta(days=offset)
        found = by_day.get(day)
        _cell(canvas, _corner(month, day, 0.5), day, _aqi(found), words)
        _cell(canvas, _corner(month, day, _PANEL + 8.5), day, _pm25(found), words)
    return canvas.drawing(name, f"{words('daily_aqi')}, {words('daily_pm25')}")


def _corner(month: Month, day: date, left: float) -> tuple[float, float]:
    week = (day.day - 1 + month.first.weekday()) // _WEEK
    return left + day.weekday() * _CELL_W, _TOP + week * _CELL_H


def _aqi(found: DayIndex | None) -> tuple[str, AqiLevel] | None:
    return None if found is None or found.index is None else (str(found.index.aqi), _level(found.index.aqi))


def _pm25(found: DayIndex | None) -> tuple[str, AqiLevel] | None:
    """The day's PM2.5 and the level that it alone would make."""
    if found is None or found.pm25 is None:
        return None
    index = aqi.index({"pm25": max(found.pm25, 0.0)}, aqi.report_on(found.day, "day"))
    return str(round_half_even(found.pm25, 0)), _level(index.aqi if index else 0)


def _level(index: int) -> AqiLevel:
    """The level of an AQI, beyond 500 too."""
    return aqi.level_of(min(index, 500))


def _cell(
    canvas: SvgCanvas,
    corner: tuple[float, float],
    day: date,
    value: tuple[str, AqiLevel] | None,
    words: ReportWords,
) -> None:
    x, y = corner
    fill, ink = (to_hex(value[1].colour.rgb), text_colour_on(value[1].colour.rgb)) if value else (PALE, GREY)
    canvas.round_box(x + 0.3, y + 0.3, _CELL_W - 0.6, _CELL_H - 0.6, fill=fill)
    canvas.text(x + 1.2, y + 2.9, str(day.day), size=2.0, colour=ink)
    centre = x + _CELL_W / 2
    if value is None:
        canvas.text(centre, y + 6.8, words("no_value"), size=2.2, colour=ink, anchor="center")
        return
    text, level = value
    word = words.level_short(level.level)
    canvas.text(x + _CELL_W - 1.1, y + 2.9, word, size=2.0, colour=ink, anchor="right")
    canvas.text(centre, y + 7.1, text, size=3.6, colour=ink, anchor="center", bold=True)


def stations(
    month: Month, rows: Sequence[tuple[str, Sequence[DayIndex]]], words: ReportWords, name: str
) -> Drawing:
    """Each station's AQI day by day, a row each, the number in every cell."""
    cells = [(title, {one.day: _to_cell(one.index) for one in days if one.index}) for title, days in rows]
    return day_strip(month, cells, f"{words('daily_aqi')} – {words('stations')}", name)


def _to_cell(index: Index) -> tuple[str, tuple[int, int, int]]:
    return str(index.aqi), _level(index.aqi).colour.rgb


Cells = dict[date, tuple[str, tuple[int, int, int]]]


def day_strip(month: Month, rows: Sequence[tuple[str, Cells]], title: str, name: str) -> Drawing:
    """Rows of days, each cell a text on a colour; a day without one stays grey."""
    height, width = 5.6, 186.0
    label = label_width((row for row, _ in rows), 2.5, _LABELS)
    cell = (width - label) / month.days
    canvas = SvgCanvas(width, 5 + len(rows) * height + 0.5)
    for offset in range(month.days):
        canvas.text(
            label + (offset + 0.5) * cell, 3.4, str(offset + 1), size=2.0, colour=GREY, anchor="center"
        )
    for number, (row, cells) in enumerate(rows):
        y = 5 + number * height
        canvas.text(0, y + height / 2, truncated(row, label - 2, 2.5), size=2.5, colour=INK, middle=True)
        for offset in range(month.days):
            x = label + offset * cell
            text, rgb = cells.get(month.first + timedelta(days=offset), ("", None))
            canvas.box(x + 0.15, y + 0.25, cell - 0.3, height - 0.5, fill=to_hex(rgb) if rgb else PALE)
            if rgb:
                colour = text_colour_on(rgb)
                canvas.text(
                    x + cell / 2, y + height / 2, text, size=2.0, colour=colour, anchor="center", middle=True
                )
    return canvas.drawing(name, title)
