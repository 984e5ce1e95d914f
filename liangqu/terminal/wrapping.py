"""Lines of Chinese and English that fit a terminal, where a Chinese sign is two columns wide."""

import re
from collections.abc import Iterator
from unicodedata import category, east_asian_width

_CHINESE = "\u2e80-\u9fff\uff00-\uffef"
_CLOSING = "，。；：、）》”！？"
_OPENING = "（《“"
_TOKENS = re.compile(
    rf"\s+|[{_OPENING}]*(?:[^\s{_CHINESE}{_CLOSING}{_OPENING}]+|[{_CHINESE}])[{_CLOSING}]*|\S"
)
"""A blank, a word, or a Chinese sign, with the punctuation that must not be parted from it."""


def columns_of(text: str) -> int:
    """How many columns of a terminal it takes: a Chinese sign two, what combines with another none."""
    return sum(
        0 if category(sign) in {"Mn", "Me", "Cf"} else 1 + (east_asian_width(sign) in {"W", "F"})
        for sign in text
    )


def wrap(text: str, width: int) -> list[str]:
    """The lines of a paragraph; a word that is wider than a line has one of its own."""
    return list(_lines(_TOKENS.findall(text), width))


def _lines(tokens: list[str], width: int) -> Iterator[str]:
    line, used = "", 0
    for token in tokens:
        wide = columns_of(token)
        if line and used + wide > width:
            yield line.rstrip()
            line, used = "", 0
            if token.isspace():
                continue
        line, used = line + token, used + wide
    if line.strip():
        yield line.rstrip()
