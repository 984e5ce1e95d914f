"""How much of the data is there, site by site; and exceedances along the month."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from dashboards.reports.figures.svg_canvas import (
    ACCENT,
    GREY,
    LINE,
    RED,
    Drawing,
    SvgCanvas,
    label_width,
    truncated,
)
from dashboards.reports.month import Month
from dashboards.reports.words import ReportWords, percent
from sensors.model import Severity

_WIDTH = 186.0
_LABELS = (30.0, 58.0)
_SEVERITIES: Mapping[Severity, tuple[str, float]] = {
    "info": ("#b9c4cf", 1.7), "watch": ("#f0b429", 1.4), "warning": ("#d9650b", 1.0), "critical": (RED, 0.6),
}  # fmt: skip
"""The colour of each, and how far its bar stays within its row."""
_LONG_LABELS = (40.0, 88.0)


class CaptureShares(NamedTuple):
    """A site's shares, 0 to 1; None where nothing was expected, or nothing came."""

    title: str
    transmission: float | None
    effective: float | None

    @property
    def worst(self) -> float:
        """The lesser of the two; 1 without either."""
        return min((share for share in (self.transmission, self.effective) if share is not None), default=1.0)


def capture(rows: Sequence[CaptureShares], words: ReportWords, name: str) -> Drawing:
    """Two dots a site on one scale, received of expected (full) and valid of received (hollow), and both.

    The scale ends at 100 % and begins a step below the least share: dots, unlike bars, need no nought.
    """
    height, right = 5.2, _WIDTH - 30
    canvas = SvgCanvas(_WIDTH, 11 + len(rows) * height)
    left = label_width((row.title for row in rows), 2.7, _LABELS)
    low = min(math.floor(min((row.worst for row in rows), default=1.0) * 10) / 10, 0.9)

    def x_of(share: float) -> float:
        return left + (right - left) * (share - low) / (1 - low)

    for x, key, fill in ((left, "transmission", ACCENT), (left + 45, "effective", "#ffffff")):
        canvas.dots([x + 1], [2.7], fill=fill, edge=ACCENT, size=1.8)
        canvas.text(x + 3.5, 3.7, words(key), size=2.6)
    for step in range(round(low * 20), 21):
        x = x_of(step / 20)
        canvas.line([x, x], [7.6, 9 + len(rows) * height], colour=LINE, width=0.15)
        canvas.text(x, 7, f"{5 * step} %", size=2.2, colour=GREY, anchor="center")
    for number, row in enumerate(rows):
        y = 9 + (number + 0.5) * height
        canvas.text(0, y, truncated(row.title, left - 2, 2.7), size=2.7, middle=True)
        shares = [(row.transmission, ACCENT), (row.effective, "#ffffff")]
        known = [x_of(share) for share, _ in shares if share is not None]
        canvas.line([min(known, default=left), max(known, default=left)], [y, y], colour=ACCENT, width=0.3)
        for share, fill in shares:
            if share is not None:
                canvas.dots([x_of(share)], [y], fill=fill, edge=ACCENT, size=1.8)
        text = " / ".join(percent(share) for share, _ in shares)
        canvas.text(_WIDTH, y, text, size=2.4, anchor="right", middle=True)
    return canvas.drawing(name, words("capture_title"))


class TimelineBar(NamedTuple):
    """An event's stay in the month; `open` if it had not ended with it; `severity` is the gravest it had."""

    begin: datetime
    end: datetime
    open: bool
    severity: Severity = "watch"


def timeline(
    month: Month, rows: Sequence[tuple[str, Sequence[TimelineBar]]], words: ReportWords, name: str
) -> Drawing:
    """A row each place and item; a bar each event in the colour of its severity, an arrow where it goes on.

    What the colours mean stands above; in grey the graver is the darker and the higher.
    """
    height = 4.3
    label = label_width((title for title, _ in rows), 2.4, _LONG_LABELS)
    canvas = SvgCanvas(_WIDTH, 6 + len(rows) * height + 6)
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
            colour, inset = _SEVERITIES[bar.severity]
            canvas.box(x, y + inset, width, height - 2 * inset, fill=colour)
            if bar.open:
                canvas.text(x + width + 0.4, y + height / 2, "›", size=4, colour=colour, middle=True)
    for number, (severity, (colour, inset)) in enumerate(_SEVERITIES.items()):
        x, y = label + number * 30, 6 + len(rows) * height + 1
        canvas.box(x, y + inset, 5, height - 2 * inset, fill=colour)
        canvas.text(x + 6.5, y + height / 2, words(f"severity_{severity}"), size=2.4, middle=True)
    return canvas.drawing(name, words("timeline_title"))
