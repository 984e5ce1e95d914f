"""Drawings of the boards' layout for the guide: `python -m dashboards.grafana.layout_svg docs/boards`.

Layout, titles and official colours are the boards' own; the curves are decoration, not data.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

from dashboards.grafana.build import to_files
from dashboards.grafana.builder import COLUMNS
from dashboards.grafana.lint import text_px
from dashboards.grafana.theme import GOOD
from sensors.catalogue import loader

Panel = Mapping[str, Any]
Box = tuple[float, float, float, float]  # x, y, width, height of what is inside a panel

WIDTH, ROW, GAP, TITLE = 1200, 15, 4, 20
BACKGROUND, PANEL, TEXT, GRID, LINE = "#111217", "#181b1f", "#d0d0d8", "#3a3d44", "#5794f2"
FONT = "font-family='Inter, Noto Sans SC, Microsoft YaHei, sans-serif'"
STEPS, ROWS, BARS = 24, 9, 6


def svg(board: Mapping[str, Any]) -> str:
    """A board as a drawing."""
    bottom = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"])
    height = 40 + bottom * ROW
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' {FONT}>",
        f"<rect width='{WIDTH}' height='{height}' fill='{BACKGROUND}'/>",
        _text(12, 25, board["title"], 17),
        *(part for panel in board["panels"] for part in _panel(panel)),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _panel(panel: Panel) -> Iterator[str]:
    position, unit = panel["gridPos"], WIDTH / COLUMNS
    x, y = position["x"] * unit + GAP / 2, 40 + position["y"] * ROW + GAP / 2
    width, height = position["w"] * unit - GAP, position["h"] * ROW - GAP
    yield f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' rx='3' fill='{PANEL}'/>"
    size = min(11.0, 11 * (width - 14) / max(text_px(panel["title"], 11), 1))
    yield _text(x + 7, y + 14, panel["title"], size)
    inside = x + 8, y + TITLE + 2, width - 16, height - TITLE - 10
    yield from _RENDERERS[panel["type"]](panel, inside)


def _text(x: float, y: float, text: str, size: float, colour: str = TEXT) -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' font-size='{size:.1f}' fill='{colour}'>{escape(text)}</text>"


def _rect(box: Box, colour: str) -> str:
    x, y, width, height = box
    return (
        f"<rect x='{x:.1f}' y='{y:.1f}' width='{max(width, 0):.1f}' height='{height:.1f}' fill='{colour}'/>"
    )


def _colours(panel: Panel) -> list[str]:
    """The colours of its mappings, or else of its thresholds."""
    defaults = panel["fieldConfig"]["defaults"]
    mapped = [
        result["color"]
        for mapping in defaults.get("mappings", ())
        if mapping["type"] == "value"
        for result in mapping["options"].values()
    ]
    return mapped or [step["color"] for step in defaults.get("thresholds", {}).get("steps", ())] or [GRID]


def _stat(panel: Panel, box: Box) -> Iterator[str]:
    x, y, width, height = box
    colours = _colours(panel)
    yield _rect((x, y, width, height), GOOD if GOOD in colours else colours[0])


def _time_series(panel: Panel, box: Box) -> Iterator[str]:
    x, y, width, height = box
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", ())
    for n, step in enumerate(steps if len(steps) > 1 else ()):
        part = height / len(steps)
        yield _rect((x, y + height - (n + 1) * part, width, part), step["color"] + "30")
    for n, _ in enumerate(panel["targets"][:3]):
        wave = (0.45 + 0.1 * n + 0.22 * ((k * (7 + n)) % 11 - 5) / 5 for k in range(STEPS + 1))
        points = " ".join(f"{x + width * k / STEPS:.1f},{y + height * at:.1f}" for k, at in enumerate(wave))
        yield f"<polyline points='{points}' fill='none' stroke='{LINE}' stroke-opacity='{1 - 0.3 * n:.1f}'/>"
    if len(panel["targets"]) > 1:
        level = y + height * 0.2
        ends = f"x1='{x:.1f}' x2='{x + width:.1f}' y1='{level:.1f}' y2='{level:.1f}'"
        yield f"<line {ends} stroke='#d44a3a' stroke-dasharray='8 6'/>"


def _table(panel: Panel, box: Box) -> Iterator[str]:
    x, y, width, height = box
    organised = next(change["options"] for change in panel["transformations"] if change["id"] == "organize")
    titles = organised["renameByName"]
    heads = [titles[name] for name in sorted(titles, key=organised["indexByName"].__getitem__)]
    for n, head in enumerate(heads):
        yield _text(x + n * width / len(heads), y + 9, head, 9, LINE)
    for n in range(1, min(ROWS, int(height // 13))):
        yield _rect((x, y + 4 + n * 13, width, 1), GRID)


def _state_timeline(panel: Panel, box: Box) -> Iterator[str]:
    x, y, width, height = box
    colours, many = _colours(panel), len(panel["targets"])
    for row in range(many):
        for k in range(STEPS):
            at = x + width * k / STEPS, y + row * height / many, width / STEPS, height / many - 3
            yield _rect(at, colours[min((k * k + row) % 5, len(colours) - 1)])


def _status_history(panel: Panel, box: Box) -> Iterator[str]:
    x, y, width, height = box
    colours = _colours(panel)
    for k in range(2 * STEPS):
        step = width / (2 * STEPS)
        yield _rect((x + k * step, y, step - 2, height), colours[(k * 7 % 4) % len(colours)])


def _bar_gauge(panel: Panel, box: Box) -> Iterator[str]:
    x, y, width, height = box
    for n in range(BARS):
        yield _rect(
            (x, y + n * height / BARS, width * (0.95 - 0.13 * n), height / BARS - 4), _colours(panel)[-1]
        )


def _map(panel: Panel, box: Box) -> Iterator[str]:
    x, y, width, height = box
    yield _rect(box, GRID)
    for n, (across, down) in enumerate(((0.42, 0.5), (0.45, 0.58), (0.4, 0.62), (0.6, 0.3), (0.47, 0.44))):
        colour = _colours(panel)[1 if n == 1 else 0]
        yield f"<circle cx='{x + across * width:.1f}' cy='{y + down * height:.1f}' r='5' fill='{colour}'/>"


def _text_panel(panel: Panel, box: Box) -> Iterator[str]:
    x, y, _, _ = box
    rows = [line for line in panel["options"]["content"].splitlines() if "---" not in line]
    for n, line in enumerate(rows):
        yield _text(x, y + 10 + 13 * n, line.strip("| ").replace(" | ", " · "), 9)


_RENDERERS: Mapping[str, Callable[[Panel, Box], Iterator[str]]] = {
    "stat": _stat,
    "timeseries": _time_series,
    "table": _table,
    "state-timeline": _state_timeline,
    "status-history": _status_history,
    "bargauge": _bar_gauge,
    "geomap": _map,
    "text": _text_panel,
}


def drawings() -> dict[str, str]:
    """Every board's drawing by its file, such as `overview.en.svg`."""
    return {
        f"{board}.{language}.svg": svg(json.loads(text))
        for name, text in to_files(loader.load()).items()
        for language, board in [name.removesuffix(".json").split("/")]
    }


def main(folder: str) -> None:
    """Write them."""
    for name, drawing in drawings().items():
        file = Path(folder, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(drawing, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
