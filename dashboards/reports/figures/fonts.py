"""Which fonts of this machine a picture is drawn in: text in a picture cannot ask the reader for one."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from matplotlib import font_manager

from dashboards.reports.figures.svg_canvas import CHINESE_FONTS

_LATIN = "DejaVu Sans"  # matplotlib's own


class NoLettersError(Exception):
    """No font installed has some of the signs; the text names the first."""


def picture_fonts(letters: Iterable[str], families: tuple[str, ...] = CHINESE_FONTS) -> list[str]:
    """The family among `families` to be named before matplotlib's own; none where that has all signs.

    Raises:
        NoLettersError: a sign is in none of them.
    """
    wanted = {letter for letter in letters if letter.isprintable() and not letter.isspace()}
    missing = wanted - _signs(_LATIN)
    if not missing:
        return []
    for family in _installed(families):
        if not missing - _signs(family):
            return [family]
    raise NoLettersError(min(missing))


@cache
def _installed(families: tuple[str, ...]) -> list[str]:
    """Those that are installed, in their order; a list older than the last font is made anew."""
    for manager in _managers():
        known = {entry.name for entry in manager.ttflist}
        if found := [family for family in families if family in known]:
            return found
    return []


def _managers() -> Iterator[Any]:
    yield _kept()
    yield font_manager.FontManager()


def _kept() -> Any:
    """The list that matplotlib keeps between runs."""
    return font_manager.fontManager


@cache
def _signs(family: str) -> set[str]:
    wanted = font_manager.FontProperties(family=[family])
    face: Any = font_manager.get_font(_kept().findfont(wanted))  # type: ignore[no-untyped-call]
    return set(map(chr, face.get_charmap()))
