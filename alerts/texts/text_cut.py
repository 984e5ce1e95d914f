"""Text cut to a number of bytes, never within what a reader sees as one character."""

import unicodedata
from collections.abc import Iterator

import msgspec

ELLIPSIS = "…"
_JOINER = "\u200d"


def size(text: str) -> int:
    """Bytes of a text in UTF-8, as it stands in JSON: a line break or a quotation mark counts two."""
    return len(msgspec.json.encode(text)) - 2


def cut(text: str, most: int) -> str:
    """The text if it has at most `most` bytes (see `size`), else its beginning and `…`; "" if none fits."""
    if size(text) <= most:
        return text
    room = most - size(ELLIPSIS)
    kept = ""
    for cluster in _clusters(text):
        room -= size(cluster)
        if room < 0:
            break
        kept += cluster
    return kept + ELLIPSIS if most >= size(ELLIPSIS) else ""


def _clusters(text: str) -> Iterator[str]:
    """Characters with the accents, joiners, skin tones and second flag letters that belong to them."""
    cluster = ""
    for character in text:
        if cluster and not _continues(cluster, character):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster


def _continues(cluster: str, character: str) -> bool:
    flag = _is_flag_letter(character) and len(cluster) == 1 and _is_flag_letter(cluster)
    return (
        flag
        or cluster.endswith(_JOINER)
        or character == _JOINER
        or unicodedata.category(character).startswith("M")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
