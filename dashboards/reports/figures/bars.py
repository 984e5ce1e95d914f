"""Bars: how much of the data is there, site by site; and exceedances along the month."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from dashboards.reports.figures.svg_canvas import (
    ACCENT,
    GREY,
    INK,
    LINE,
    PALE,
    RED,
    Drawing,
    SvgCanvas,
    label_width,
    truncated,
)
from dashboards.reports.month import Month
from dashboards.reports.words import ReportWords

_WIDTH = 186.0
_LABELS = (30.0, 58.0)
_LONG_LABELS = (40.0, 88.0)


class CaptureBar(NamedTuple):
    """A site's shares, 0 to 1; None where nothing was expected, or nothing came."""

    title: str
    transmission: float | None
    effective: float | None


def capture(rows: Sequence[CaptureBar], words: ReportWords, name: str) -> Drawing:
    """Two bars a site: received of expected (full), valid of received (hatched), each with its percentage."""
    height = 8.4
    canvas = SvgCanvas(_WIDTH, 8 + len(rows) * height)
    left = label_width((row.title for row in rows), 2.7, _LABELS)
    canvas.box(left, 1.4, 5, 2.6, fill=ACCENT)
    canvas.text(left + 6.5, 3.7, words("transmission"), size=2.6)
    canvas.box(left + 45, 1.4, 5, 2.6, fill="#ffffff", edge=ACCENT, hatch="////")
    canvas.text(left + 51.5, 3.7, words("effective"), size=2.6)
    for number, row in enumerate(rows):
        y = 7 + number * height
        canvas.text(0, y + 3.6, truncated(row.title, left - 2, 2.7), size=2.7, middle=True)
        _bar(canvas, (left, y + 0.4), row.transmission, fill=ACCENT)
        _bar(canvas, (left, y + 4.0), row.effective, fill="#ffffff", hatch="////")
    return canvas.drawing(name, words("capture_title"))


def _bar(
    canvas: SvgCanvas, corner: tuple[float, float], share: float | None, *, fill: str, hatch: str = ""
) -> None:
    left, y = corner
    span = _WIDTH - left - 16
    canvas.box(left, y, span, 3.0, fill=PALE)
    if share is None:
        canvas.text(left + span + 1.5, y + 1.5, "–", size=2.4, colour=GREY, middle=True)
        return
    canvas.box(left, y, span * share, 3.0, fill=fill, edge=ACCENT, hatch=hatch)
    canvas.text(left + span + 1.5, y + 1.5, f"{100 * share:.1f} %", size=2.4, colour=INK, middle=True)


class TimelineBar(NamedTuple):
    """An exceedance's stay in the month; `open` if it had not ended with it."""

    begin: datetime
    end: datetime
    open: bool


def timeline(
    month: Month, rows: Sequence[tuple[str, Sequence[TimelineBar]]], words: ReportWords, name: str
) -> Drawing:
    """A row each place, parameter and statistic; a bar each exceedance, an arrow where it goes on."""
    height = 5.0
    label = label_width((title for title, _ in rows), 2.4, _LONG_LABELS)
    canvas = SvgCanvas(_WIDTH, 6 + len(rows) * height + 1)
    span = _WIDTH - label - 3
    whole = (month.end - month.start) / timedelta(days=1)

    def x_of(time: datetime) -> float:
        inside = min(max(time, month.start), month.end)
        return label + span * ((inside - month.start) / timedelta(days=1)) / whole

    for day in range(month.days):
        x = label + span * day / whole
        canvas.line([x, x], [5, 6 + len(rows) * height], colour=LINE, width=0.12)
        if day % 2 == 0:
            canvas.text(x + span / whole / 2, 3.6, str(day + 1), size=2.1, colour=GREY, anchor="center")
    for number, (title, bars) in enumerate(rows):
        y = 6 + number * height
        canvas.text(0, y + height / 2, truncated(title, label - 2, 2.4), size=2.4, middle=True)
        for bar in bars:
            x, width = x_of(bar.begin), max(x_of(bar.end) - x_of(bar.begin), 0.5)
            canvas.box(x, y + 0.8, width, height - 1.6, fill=RED)
            if bar.open:
                canvas.text(x + width + 0.4, y + height / 2, "›", size=4, colour=RED, middle=True)
    return canvas.drawing(name, words("timeline_title"))
