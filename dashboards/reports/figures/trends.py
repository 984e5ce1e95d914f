"""Lines: the rolling mean against its target over years, and a month's water items among their classes."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from matplotlib.ticker import MaxNLocator

from dashboards.reports.figures.panels import even_rows
from dashboards.reports.figures.svg_canvas import ACCENT, GREY, INK, LINE, RED, Drawing, SvgCanvas, to_hex
from dashboards.reports.month import Month
from dashboards.reports.words import ReportWords
from sensors.calendar import numbers_from
from sensors.standards.water_limits import ItemLimits, quality

Scale: TypeAlias = Callable[[float], float]
_Box: TypeAlias = tuple[float, float, float, float]  # left, top, right, bottom

_WIDTH = 186.0
_APART, _LOWEST_LABEL = 3.6, 1.9
_FEW = 12
_AIR = 0.1


class PlotPoint(NamedTuple):
    """A value of a month; `valid` whether there is enough behind it."""

    month: Month
    value: float
    valid: bool


class Line(NamedTuple):
    """A number to compare with, and what it is called."""

    value: float
    label: str
    dashed: str


def rolling(
    months: Sequence[PlotPoint],
    twelve: Sequence[PlotPoint],
    lines: Sequence[Line],
    words: ReportWords,
    name: str,
) -> Drawing:
    """Month means as bars, the mean of twelve months as a line, and what these are compared with.

    What has too little behind it is hollow or dotted, and so reads in grey print too.
    """
    canvas = SvgCanvas(_WIDTH, 54)
    if not months:
        return canvas.drawing(name, words("rolling_title"))
    first, last = months[0].month, max(months[-1].month, twelve[-1].month if twelve else months[-1].month)
    left, right, top, bottom = 10.0, _WIDTH - 34, 7.0, 46.0
    step = (right - left) / (last.number - first.number + 1)
    ticks = _ticks(*(p.value for p in (*months, *twelve)), *(line.value for line in lines))

    def x_of(month: Month) -> float:
        return left + (month.number - first.number + 0.5) * step

    def y_of(value: float) -> float:
        return bottom - (bottom - top) * value / ticks[-1]

    _grid(canvas, (left, right), ticks, y_of)
    for month in months:
        fill = "#c7d6e4" if month.valid else "#ffffff"
        x, y = x_of(month.month) - step * 0.36, y_of(month.value)
        canvas.box(x, y, step * 0.72, bottom - y, fill=fill, edge="#a9bccd")
    _months(canvas, first, last, x_of, bottom)
    labels = [(y_of(line.value), line.label, RED) for line in lines]
    for line in lines:
        canvas.line([left, right], [y_of(line.value)] * 2, colour=RED, width=0.4, dashed=line.dashed)
    _twelve_months(canvas, twelve, x_of, y_of)
    if twelve:
        end = twelve[-1]
        labels.append((y_of(end.value), f"{words('rolling_12')} {end.value:.1f}", ACCENT))
    _labels(canvas, right + 2, labels, bottom)
    return canvas.drawing(name, words("rolling_title"))


def _twelve_months(
    canvas: SvgCanvas, twelve: Sequence[PlotPoint], x_of: Callable[[Month], float], y_of: Scale
) -> None:
    """The line; dotted where too little is behind either end."""
    for before, after in pairwise(twelve):
        xs, ys = [x_of(before.month), x_of(after.month)], [y_of(before.value), y_of(after.value)]
        sure = before.valid and after.valid
        canvas.line(xs, ys, colour=ACCENT, width=0.7 if sure else 0.3, dashed="" if sure else ":")
    for good, fill in ((True, ACCENT), (False, "#ffffff")):
        some = [p for p in twelve if p.valid is good]
        canvas.dots([x_of(p.month) for p in some], [y_of(p.value) for p in some], fill=fill, edge=ACCENT)


def _labels(canvas: SvgCanvas, x: float, labels: Sequence[tuple[float, str, str]], bottom: float) -> None:
    """(height, text, colour) at the right end of lines, moved apart where they would overlap."""
    ranked = sorted(labels, key=lambda label: label[0])
    places = [place for place, _, _ in ranked]
    for n in range(1, len(places)):
        places[n] = max(places[n], places[n - 1] + _APART)
    if places and places[-1] > bottom:
        places[-1] = bottom
    for n in range(len(places) - 2, -1, -1):
        places[n] = min(places[n], places[n + 1] - _APART)
    for place, (_, text, colour) in zip(places, ranked, strict=True):
        canvas.text(x, place, text, size=2.6, colour=colour, bold=colour == ACCENT, middle=True)


def _ticks(*values: float) -> list[float]:
    """Round numbers from 0 to one a little above all values."""
    return [
        float(tick) for tick in MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(0, max(values) * 1.04 or 1)
    ]


def _grid(canvas: SvgCanvas, sides: tuple[float, float], ticks: Sequence[float], y_of: Scale) -> None:
    left, right = sides
    for value in ticks:
        canvas.line([left, right], [y_of(value), y_of(value)], colour=LINE, width=0.15)
        canvas.text(left - 1.2, y_of(value), f"{value:g}", size=2.3, colour=GREY, anchor="right", middle=True)
    canvas.text(0, 3.2, "µg/m³", size=2.4, colour=GREY)


def _months(
    canvas: SvgCanvas, first: Month, last: Month, x_of: Callable[[Month], float], bottom: float
) -> None:
    for number in numbers_from(first.number, last.number + 1):
        month = Month(number)
        if month.month in {1, 4, 7, 10}:
            canvas.text(x_of(month), bottom + 3.4, str(month.month), size=2.2, colour=GREY, anchor="center")
        if month.month == 1 or number == first.number:
            canvas.text(
                x_of(month), bottom + 7.0, str(month.year), size=2.5, colour=INK, anchor="center", bold=True
            )


class Trend(NamedTuple):
    """An item of water over a month: its name and unit, its limits, and the samples by time."""

    title: str
    limits: ItemLimits
    samples: Sequence[tuple[datetime, float]]


def items(month: Month, trends: Sequence[Trend], words: ReportWords, name: str) -> Drawing:
    """Small pictures in rows that reach across: samples among bands in the colours of the classes."""
    height, gap, rows = 32.0, 6.0, even_rows(len(trends))
    canvas = SvgCanvas(_WIDTH, max(len(rows), 1) * height)
    for line, row in enumerate(rows):
        width = (_WIDTH - gap * (len(row) - 1)) / len(row)
        for place, number in enumerate(row):
            x, y = place * (width + gap), line * height
            _item(canvas, (x + 9, y + 6, x + width - 6, y + height - 5), month, trends[number], words)
    return canvas.drawing(name, words("items_title"))


def _item(canvas: SvgCanvas, frame: _Box, month: Month, trend: Trend, words: ReportWords) -> None:
    left, top, right, bottom = frame
    values = [value for _, value in trend.samples]
    low, high = _range(trend, values)

    def y_of(value: float) -> float:
        return bottom - (bottom - top) * (min(max(value, low), high) - low) / (high - low)

    canvas.text(left - 9, top - 2.2, trend.title, size=2.7, bold=True)
    for number, lower, upper in _bands(trend.limits, low, high):
        colour = to_hex(quality(number).colour.rgb, pale=0.55)
        y, tall = y_of(upper), y_of(lower) - y_of(upper)
        if tall <= 0:
            continue
        canvas.box(left, y, right - left, tall, fill=colour)
        if tall > _LOWEST_LABEL:
            label = words.class_short(number)
            canvas.text(right + 1.2, y + tall / 2, label, size=min(2.3, tall), colour=INK, middle=True)
    for value in (low, high):
        canvas.text(left - 1, y_of(value), f"{value:g}", size=2.2, colour=GREY, anchor="right", middle=True)
    span = (month.end - month.start) / timedelta(days=1)
    xs = [
        left + (right - left) * ((time - month.start) / timedelta(days=1)) / span for time, _ in trend.samples
    ]
    ys = [y_of(value) for value in values]
    canvas.line(xs, ys, colour=INK, width=0.35)
    if len(xs) <= _FEW:  # a line of one sample is none
        canvas.dots(xs, ys, fill=INK, edge=INK, size=0.8)
    for day in (1, 10, 20, month.days):
        x = left + (right - left) * (day - 0.5) / span
        canvas.text(x, bottom + 3, str(day), size=2.1, colour=GREY, anchor="center")


def _range(trend: Trend, values: Sequence[float]) -> tuple[float, float]:
    """From what to what the picture reaches.

    Of what must stay below limits from nought to the limit above the largest value; else, where nought
    is far from every value, what the values span.
    """
    limits = [float(limit) for limit in trend.limits.limits]
    if trend.limits.direction == "at_most":
        above = next((limit for limit in limits if limit >= max(values)), max(values))
        return 0.0, _ticks(above)[-1]
    ticks = MaxNLocator(4, steps=[1, 2, 5, 10]).tick_values(min(values) - _AIR, max(values) + _AIR)
    return float(ticks[0]), float(ticks[-1])


def _bands(limits: ItemLimits, low: float, high: float) -> list[tuple[int, float, float]]:
    """(class, from, to) of each class between `low` and `high`; equal limits leave no band between them."""
    steps = [float(limit) for limit in limits.limits]
    if limits.direction == "range":
        return [(6, low, steps[0]), (1, steps[0], steps[1]), (6, steps[1], high)]
    if limits.direction == "at_least":
        edges = [high, *steps, low]
        return [(n + 1, edges[n + 1], edges[n]) for n in range(6) if edges[n] > edges[n + 1]]
    edges = [low, *(min(step, high) for step in steps), high]
    return [(n + 1, edges[n], edges[n + 1]) for n in range(6) if edges[n + 1] > edges[n]]
