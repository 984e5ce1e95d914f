"""What the rest of the year may average as a band, and what it averaged in earlier years as dots on it."""

from collections.abc import Sequence
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
from dashboards.reports.words import ReportWords

_WIDTH = 186.0
_LABELS = (38.0, 64.0)
_ROW, _TOP = 9.0, 5.0
_GOOD = "#cfe6cf"
_RIGHT = 24.0
_MOST = 3.0
_APART = 6.5


class OutlookBand(NamedTuple):
    """One row, in multiples of the limit: what is `allowed` of the rest, earlier years by name, the trend."""

    title: str
    text: str
    allowed: float
    former: Sequence[tuple[str, float]]
    trend: float | None
    at_least: bool


def outlook_bands(rows: Sequence[OutlookBand], words: ReportWords, name: str) -> Drawing:
    """A row each item; values beyond three limits lie at the edge."""
    canvas = SvgCanvas(_WIDTH, _TOP + len(rows) * _ROW + 6)
    left = label_width((row.title for row in rows), 2.7, _LABELS)
    values = [value for row in rows for value in (row.allowed, *(v for _, v in row.former), row.trend or 0.0)]
    most = min(_MOST, max(1.25, *values) * 1.06)

    def x_of(value: float) -> float:
        return left + (_WIDTH - _RIGHT - left) * min(max(value, 0.0), most) / most

    for number, row in enumerate(rows):
        _row(canvas, row, _TOP + number * _ROW, (left, x_of(most)), x_of(row.allowed))
        _marks(canvas, _TOP + number * _ROW, [(label, x_of(value)) for label, value in row.former])
        if row.trend is not None:
            middle = _TOP + number * _ROW + 4.2
            canvas.text(x_of(row.trend), middle, "▲", size=2.8, colour=ACCENT, anchor="center", middle=True)
    bottom = _TOP + len(rows) * _ROW
    canvas.line([x_of(1.0)] * 2, [_TOP - 1, bottom], colour=RED, width=0.35, dashed="--")
    for value in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0):
        if value <= most:
            canvas.text(x_of(value), bottom + 3.4, f"{value:g}", size=2.2, colour=GREY, anchor="center")
    return canvas.drawing(name, words("outlook_title"))


def _row(canvas: SvgCanvas, row: OutlookBand, y: float, sides: tuple[float, float], edge: float) -> None:
    """The name, the whole scale pale, and on it what is allowed."""
    left, right = sides
    canvas.text(0, y + 4.2, truncated(row.title, left - 2, 2.7), size=2.7, middle=True)
    canvas.box(left, y + 1.2, right - left, 6.0, fill=PALE)
    start, stop = (edge, right) if row.at_least else (left, edge)
    if stop > start:
        canvas.box(start, y + 1.2, stop - start, 6.0, fill=_GOOD)
    canvas.line([edge, edge], [y + 1.2, y + 7.2], colour=INK, width=0.5)
    canvas.text(right + 2, y + 4.2, row.text, size=2.5, colour=INK, middle=True)


def _marks(canvas: SvgCanvas, y: float, marks: Sequence[tuple[str, float]]) -> None:
    """Dots with their years; a year that would lie on another's is left to the table."""
    canvas.line([mark for _, mark in marks], [y + 4.2] * len(marks), colour=LINE, width=0.3)
    canvas.dots([mark for _, mark in marks], [y + 4.2] * len(marks), fill=INK, edge=INK, size=1.4)
    written: list[float] = []
    for label, mark in marks:
        if all(abs(mark - other) >= _APART for other in written):
            canvas.text(mark, y + 2.6, label, size=1.9, colour=GREY, anchor="center")
            written.append(mark)
