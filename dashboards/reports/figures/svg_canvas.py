"""A sheet of millimetres to draw on, and the SVG or PNG it becomes.

In SVG text stays text, so that the reader's own fonts show Chinese. It is measured with matplotlib's own
DejaVu Sans, which every machine has: the bytes do not depend on the fonts installed. PNG asks for a font.
"""

import io
import re
import warnings
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Polygon, Rectangle

CHINESE_FONTS = (
    "Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei",
    "WenQuanYi Micro Hei", "Droid Sans Fallback",
)  # fmt: skip
"""Families that show Chinese, of Windows, Linux and macOS, the first that is installed being taken."""

FONTS = ",".join(f"'{family}'" for family in (*CHINESE_FONTS, "DejaVu Sans")) + ",sans-serif"
INK, GREY, PALE, LINE = "#1d2733", "#66717d", "#eef1f4", "#c9d0d7"
ACCENT, RED = "#0b4f8a", "#b3261e"

SERIES_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
"""Okabe and Ito's, which colour-blind readers tell apart; for what no law gives a colour."""

_SETTINGS: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "liangqu",
    "svg.id": None,
    "font.family": ["DejaVu Sans"],
    "text.usetex": False,
    "text.parse_math": False,
    "axes.unicode_minus": False,
    "path.simplify": False,
}
_MM = 25.4
_DPI = 200
_POINTS = 72 / _MM
_BRIGHT = 120
_LATIN_WIDTH = 0.58
_COORDINATES = re.compile(r'\b(?:d|x|y|transform)="[^"]*"')
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_IDS = re.compile(r'(\bid="|url\(#|href="#)')
_PROLOG = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_FONT = re.compile(r"font-family: [^;\"]*; ?")
_UNTURNED = re.compile(r' transform="rotate\(-0 [^"]*\)"')

FIRST_CJK = 0x2E7F
"""Signs behind this one are as wide as they are high."""

Anchor = Literal["left", "center", "right"]


class SvgCanvas:
    """A drawing `width` by `height` millimetres; x to the right, y downwards, as one reads."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        with mpl.rc_context(_SETTINGS):
            self._figure = Figure(figsize=(width / _MM, height / _MM))
            self._axes = self._figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._axes.set_xlim(0, width)
        self._axes.set_ylim(height, 0)
        self._axes.set_axis_off()
        self._layer = 0.0

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 2.6,
        colour: str = INK,
        anchor: Anchor = "left",
        bold: bool = False,
        middle: bool = False,
    ) -> None:
        """Words at a point: their baseline, or with `middle` their middle; `size` in millimetres."""
        self._axes.text(
            x, y + (size * 0.36 if middle else 0), text, fontsize=size * _POINTS, color=colour, ha=anchor,
            va="baseline", fontweight="bold" if bold else "normal", zorder=self._next(),
        )  # fmt: skip

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str,
        edge: str = "none",
        hatch: str = "",
    ) -> None:
        """A rectangle from its upper left corner; `hatch` tells it apart in grey print."""
        corner, border = (x, y), _patch_style(fill, edge)
        self._axes.add_artist(  # add_patch would also measure it for limits that are fixed
            Rectangle(corner, width, height, hatch=hatch or None, zorder=self._next(), **border)
        )

    def round_box(
        self, x: float, y: float, width: float, height: float, *, fill: str, edge: str = "none"
    ) -> None:
        """A rectangle with soft corners."""
        style = "round,pad=0,rounding_size=0.8"
        corner, border = (x, y), _patch_style(fill, edge)
        self._axes.add_artist(
            FancyBboxPatch(corner, width, height, boxstyle=style, zorder=self._next(), **border)
        )

    def polygon(self, xs: Sequence[float], ys: Sequence[float], *, fill: str, edge: str = "none") -> None:
        """A closed shape through points."""
        style = _patch_style(fill, edge)
        points: Any = list(zip(xs, ys, strict=True))
        self._axes.add_artist(Polygon(points, zorder=self._next(), **style))

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        *,
        colour: str = INK,
        width: float = 0.3,
        dashed: str = "",
    ) -> None:
        """A line through points, `width` in millimetres; `dashed` is `--`, `:` or nothing."""
        self._axes.plot(
            xs, ys, color=colour, linewidth=width * _POINTS, linestyle=dashed or "-", clip_on=False,
            zorder=self._next(),
        )  # fmt: skip

    def dots(
        self, xs: Sequence[float], ys: Sequence[float], *, fill: str, edge: str, size: float = 1.2
    ) -> None:
        """Round marks, `size` in millimetres across."""
        self._axes.plot(
            xs, ys, linestyle="none", marker="o", markersize=size * _POINTS, markerfacecolor=fill,
            markeredgecolor=edge, markeredgewidth=0.8, clip_on=False, zorder=self._next(),
        )  # fmt: skip

    def _next(self) -> float:
        """What is drawn later lies above."""
        self._layer += 1
        return self._layer

    def drawing(self, name: str, title: str) -> "Drawing":
        """What was drawn; `name` keeps its ids apart from other figures', `title` says what it shows."""
        return Drawing(self._figure, name, title)


class Drawing:
    """A finished figure, as SVG for the page and as PNG for files that take no SVG."""

    def __init__(self, figure: Figure, name: str, title: str) -> None:
        self._figure, self.name, self.title = figure, name, title

    @cached_property
    def svg(self) -> str:
        """An `<svg>` element, the same on every machine."""
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        text = self._saved("svg", _SETTINGS["font.family"], nothing, transparent=True).decode()
        text = _PROLOG.sub("", text, count=1)
        text = _IDS.sub(rf"\g<1>{self.name}-", text)
        text = _UNTURNED.sub("", _FONT.sub("", text))
        text = _COORDINATES.sub(_shorten_coordinates, text)
        head = f'<svg role="img" aria-label="{_escape(self.title)}" style="font-family:{FONTS}" '
        return text.replace("<svg ", head, 1).strip()

    def png(self, fonts: Sequence[str]) -> bytes:
        """200 dots an inch on white; each sign in the first of `fonts`, all installed, that has it."""
        return self._saved("png", [*fonts, *_SETTINGS["font.family"]], {"Software": None}, dpi=_DPI)

    @property
    def letters(self) -> set[str]:
        """Every sign that a font must have."""
        return {sign for text in self._figure.axes[0].texts for sign in text.get_text()}

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in millimetres."""
        width, height = self._figure.get_size_inches()
        return float(width) * _MM, float(height) * _MM

    def _saved(self, kind: str, families: Sequence[str], metadata: dict[str, None], **how: Any) -> bytes:
        for text in self._figure.axes[0].texts:
            text.set_fontfamily(list(families))
        out = io.BytesIO()
        with mpl.rc_context(_SETTINGS), warnings.catch_warnings():
            # Chinese is shown by the reader's fonts; that ours cannot measure it does not matter.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            self._figure.savefig(out, format=kind, metadata=metadata, **how)
        return out.getvalue()


def _patch_style(fill: str, edge: str) -> dict[str, Any]:
    return {"facecolor": fill, "edgecolor": edge, "linewidth": 0.5}


def _shorten_coordinates(place: re.Match[str]) -> str:
    """Coordinates to a hundredth of a point: a third of the bytes, nothing seen."""
    return _NUMBER.sub(lambda number: f"{float(number[0]):.2f}", place[0])


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def text_width(text: str, size: float) -> float:
    """About how wide a text is, in millimetres; a Chinese sign is as wide as it is high."""
    return size * sum(_character_width(character) for character in text)


def truncated(text: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis where it would be wider."""
    room = width / size
    for end, character in enumerate(text):
        room -= _character_width(character)
        if room < 0:
            return text[: max(end - 1, 1)].rstrip() + "…"
    return text


def label_width(texts: Iterable[str], size: float, bounds: tuple[float, float]) -> float:
    """How wide a column is that holds these texts, within bounds; what is longer is to be `truncated`."""
    least, most = bounds
    return min(most, max(least, max((text_width(text, size) for text in texts), default=0.0) + 2.1))


def _character_width(character: str) -> float:
    return 1.0 if ord(character) > FIRST_CJK else _LATIN_WIDTH


def to_hex(rgb: tuple[int, int, int], pale: float = 0.0) -> str:
    """A colour as `#rrggbb`; `pale` of 1 would be white."""
    return "#" + "".join(f"{round(c + (255 - c) * pale):02x}" for c in rgb)


def text_colour_on(rgb: tuple[int, int, int]) -> str:
    """Black or white, whichever reads better on this colour."""
    red, green, blue = rgb
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > _BRIGHT else "#ffffff"
