"""Roses: how often the wind came from where, and a pollutant's mean by the wind it came with."""

import math
from collections.abc import Sequence

from matplotlib.ticker import MaxNLocator

from dashboards.reports.figures.svg_canvas import (
    ACCENT,
    GREY,
    LINE,
    SERIES_COLOURS,
    Drawing,
    SvgCanvas,
    text_width,
)
from dashboards.reports.hours.winds import SECTORS, WindRose
from dashboards.reports.words import ReportWords
from sensors.standards.wind_force import forces

_WIDTH, _HEIGHT, _RADIUS = 186.0, 78.0, 25.0
_CENTRES = ((42.0, 39.0), (140.0, 39.0))
_PER_TURN = 2 * math.pi
_FILL = 0.84  # of a sector's width
_ARC = 7
_SHADES = ("#d6e6f2", "#9cc4df", "#5b9cc8", "#2b74ab", "#0b4f8a")  # light to dark, in grey print too

Point = tuple[float, float]


def roses(rose: WindRose, words: ReportWords, title: str, name: str) -> Drawing:
    """Two circles from nought at the middle: frequency stacked by force, and the mean by direction."""
    canvas = SvgCanvas(_WIDTH, _HEIGHT)
    stacks = [[100 * n / rose.hours for n in row] for row in rose.counts]
    _circle(canvas, _CENTRES[0], stacks, _SHADES, title=words("rose_winds"), compass=words("compass"))
    means = [[mean or 0.0] for mean in rose.means]
    _circle(
        canvas, _CENTRES[1], means, SERIES_COLOURS[5:], title=words("rose_means"), compass=words("compass")
    )
    _legend(canvas, words)
    return canvas.drawing(name, title)


def _circle(
    canvas: SvgCanvas,
    centre: Point,
    stacks: Sequence[Sequence[float]],
    fills: Sequence[str],
    *,
    title: str,
    compass: str,
) -> None:
    x, _ = centre
    largest = max(map(sum, stacks)) or 1.0
    ticks = [float(t) for t in MaxNLocator(3, steps=[1, 2, 5, 10]).tick_values(0, largest)]
    canvas.text(x, 4, title, size=2.7, anchor="center", bold=True)
    for tick in ticks[1:]:
        ring = _arc(centre, _RADIUS * tick / ticks[-1], 0.0, _PER_TURN, 60)
        canvas.line(*zip(*ring, strict=True), colour=LINE, width=0.2)
    for number, sign in enumerate(compass.split()):
        at = _at(centre, _RADIUS + 4.5, _PER_TURN * number / 8)
        canvas.text(*at, sign, size=2.5, colour=GREY, anchor="center", middle=True)
    for sector, stack in enumerate(stacks):
        _stack(canvas, centre, sector, [_RADIUS * part / ticks[-1] for part in stack], fills)
    for tick in ticks[1:]:
        at = _at(centre, _RADIUS * tick / ticks[-1], _PER_TURN * 1.5 / SECTORS)
        canvas.text(*at, f"{tick:g}", size=2.1, colour=ACCENT, anchor="center", middle=True)


def _stack(
    canvas: SvgCanvas, centre: Point, sector: int, parts: Sequence[float], fills: Sequence[str]
) -> None:
    """A wedge of each part, one outside the other."""
    middle, half = _PER_TURN * sector / SECTORS, _PER_TURN * _FILL / SECTORS / 2
    inner = 0.0
    for part, fill in zip(parts, fills, strict=False):
        if part > 0:
            outer = inner + part
            shape = _arc(centre, inner, middle - half, middle + half, _ARC)
            shape += reversed(_arc(centre, outer, middle - half, middle + half, _ARC))
            canvas.polygon(*zip(*shape, strict=True), fill=fill, edge="#ffffff")
            inner = outer


def _arc(centre: Point, radius: float, start: float, end: float, steps: int) -> list[Point]:
    return [_at(centre, radius, start + (end - start) * step / steps) for step in range(steps + 1)]


def _at(centre: Point, radius: float, angle: float) -> Point:
    """The point so far from the middle; angles go clockwise from north, which is up."""
    return centre[0] + radius * math.sin(angle), centre[1] - radius * math.cos(angle)


def _legend(canvas: SvgCanvas, words: ReportWords) -> None:
    x = 0.0
    for force, fill in zip(forces()[1:], _SHADES, strict=True):
        text = words.name(force.name)
        canvas.box(x, _HEIGHT - 3.6, 3, 2.6, fill=fill, edge=GREY)
        canvas.text(x + 4, _HEIGHT - 1.4, text, size=2.4)
        x += 4 + text_width(text, 2.4) + 4
