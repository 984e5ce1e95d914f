"""Small pictures of lines on one sheet, three in a row: courses of a day, ratios of a month."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from matplotlib.ticker import MaxNLocator

from dashboards.reports.figures.svg_canvas import (
    GREY,
    LINE,
    SERIES_COLOURS,
    Drawing,
    SvgCanvas,
    text_width,
    truncated,
)

_WIDTH, _GAP, _LEGEND = 186.0, 6.0, 6.0
_A_ROW = 3
_DASHES = ("-", "--", ":", "-.", "-", "--")
_Box = tuple[float, float, float, float]  # left, top, right, bottom


class Curve(NamedTuple):
    """A name, and its points by x; where a y is None the line is broken."""

    label: str
    points: Sequence[tuple[float, float | None]]


class Panel(NamedTuple):
    """A picture: what it shows, its curves, marks on the x axis, and from what to what x goes."""

    title: str
    curves: Sequence[Curve]
    marks: Sequence[tuple[float, str]]
    span: tuple[float, float]


def even_rows(count: int, most: int = _A_ROW) -> list[range]:
    """So many pictures in rows of at most `most`, as even as can be."""
    lines = math.ceil(count / most)
    edges = [round(line * count / lines) for line in range(lines + 1)] if lines else [0]
    return [range(*ends) for ends in pairwise(edges)]


def panels(shown: Sequence[Panel], title: str, name: str, *, height: float = 34.0) -> Drawing:
    """All of them from nought up, with one legend of colours and dashes."""
    rows = even_rows(len(shown))
    canvas = SvgCanvas(_WIDTH, _LEGEND + max(len(rows), 1) * height)
    labels = list(dict.fromkeys(curve.label for panel in shown for curve in panel.curves))
    styles = {label: _style(number) for number, label in enumerate(labels)}
    _legend(canvas, styles)
    for line, row in enumerate(rows):
        width = (_WIDTH - _GAP * (len(row) - 1)) / len(row)
        for place, number in enumerate(row):
            x, y = place * (width + _GAP), _LEGEND + line * height
            _draw(canvas, (x + 8, y + 6, x + width - 1, y + height - 5), shown[number], styles)
    return canvas.drawing(name, title)


def _style(number: int) -> tuple[str, str]:
    return SERIES_COLOURS[number % len(SERIES_COLOURS)], _DASHES[number % len(_DASHES)]


def _legend(canvas: SvgCanvas, styles: dict[str, tuple[str, str]]) -> None:
    x, room = 0.0, _WIDTH / max(len(styles), 1) - 12
    for label, (colour, dashed) in styles.items():
        canvas.line([x, x + 7], [2.6, 2.6], colour=colour, width=0.6, dashed=dashed)
        text = truncated(label, room, 2.6)
        canvas.text(x + 8.5, 2.6, text, size=2.6, middle=True)
        x += 8.5 + text_width(text, 2.6) + 6


def _draw(canvas: SvgCanvas, frame: _Box, panel: Panel, styles: dict[str, tuple[str, str]]) -> None:
    left, top, right, bottom = frame
    values = [y for curve in panel.curves for _, y in curve.points if y is not None]
    ticks = [
        float(tick) for tick in MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(0, max(values, default=1))
    ]
    first, last = panel.span

    def x_of(x: float) -> float:
        return left + (right - left) * (x - first) / (last - first)

    def y_of(y: float) -> float:
        return bottom - (bottom - top) * y / ticks[-1]

    canvas.text(left - 8, top - 2.2, panel.title, size=2.7, bold=True)
    for tick in ticks:
        canvas.line([left, right], [y_of(tick)] * 2, colour=LINE, width=0.15)
        canvas.text(left - 1, y_of(tick), f"{tick:g}", size=2.1, colour=GREY, anchor="right", middle=True)
    for x, text in panel.marks:
        canvas.text(x_of(x), bottom + 3, text, size=2.1, colour=GREY, anchor="center")
    for curve in panel.curves:
        colour, dashed = styles[curve.label]
        for run in _runs(curve.points):
            xs, ys = [x_of(x) for x, _ in run], [y_of(y) for _, y in run]
            canvas.line(xs, ys, colour=colour, width=0.5, dashed=dashed)
            if len(run) == 1:  # a line of one point is none
                canvas.dots(xs, ys, fill=colour, edge=colour, size=0.9)


def _runs(points: Sequence[tuple[float, float | None]]) -> list[list[tuple[float, float]]]:
    """The points without gaps between them."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if run]
