"""Foreign text made fit for one line of ours: cut short, printable, always encodable as UTF-8."""

from typing import Any

LONGEST = 80
LONGEST_LINE = 200

_KINDS = {dict: "an object", list: "an array", bool: "a boolean", type(None): "null", float: "a number"}


def excerpt(given: Any) -> str:
    """What was sent, quoted in at most about 80 characters; objects, arrays, long integers by name only."""
    if isinstance(given, str):
        return repr(given) if len(given) <= LONGEST else f"{given[:LONGEST]!r}…"
    if type(given) is int:
        return str(given) if given.bit_length() <= LONGEST else "an integer with very many digits"
    return _KINDS.get(type(given), type(given).__name__)


def label(name: str) -> str:
    """A foreign name as part of a position: as it is, or escaped and cut where it would break a line."""
    return name if len(name) <= LONGEST and name.isprintable() else repr(name[:LONGEST])[1:-1]


def one_line(text: str) -> str:
    """Words that may quote foreign text: as they are, or escaped and cut where they would break a line."""
    return text if len(text) <= LONGEST_LINE and text.isprintable() else repr(text[:LONGEST_LINE])[1:-1]
