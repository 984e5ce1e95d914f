"""The end of a line about a name that does not exist: the nearest that does, or all of them."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from textwrap import shorten
from types import MappingProxyType

from sensors.excerpt import LONGEST

_NEAREST = 3
_LIKENESSES = (0.85, 0.6)  # of 1; what is only somewhat alike is no help where something is nearly the same
_LISTED = 300  # characters of all names where none is near


def suggestion(name: str, known: Iterable[str], called: Mapping[str, str] = MappingProxyType({})) -> str:
    """How an error line about an unknown name ends: the nearest names, or else all of them; "" if none.

    `called` is the known name of what people call otherwise.
    """
    there = {each.casefold(): each for each in known}
    near = [called[name]] if name in called else nearest(name, there.values())
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; known are {shorten(', '.join(there.values()), _LISTED, placeholder=' …')}" if there else ""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names that are most alike, the nearest first; none where none is alike."""
    there = {each.casefold(): each for each in known}
    wanted = name[:LONGEST].strip().casefold()
    for likeness in _LIKENESSES:
        if near := get_close_matches(wanted, there, _NEAREST, likeness):
            return [there[each] for each in near]
    return []
