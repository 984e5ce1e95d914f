"""The table `[shard]` of the settings file: which part of a larger whole this service is."""

import re
from typing import ClassVar

from sensors.excerpt import excerpt
from sensors.section import Readers, Section

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


def parse_shard(text: str) -> str:
    """What a shard is called: one level of a topic that every broker takes; "" for no shard.

    Raises:
        ValueError: it is neither.
    """
    if text and not _NAME.fullmatch(text):
        raise ValueError(f"{excerpt(text)} is no name of a shard: at most 64 letters, digits, _ and -")
    return text


class ShardChoice(Section, frozen=True):
    """One of several services that share the work by place; "" is the only one there is.

    Of a shard one service works at a time; another with the same name waits until it has gone.
    """

    texts: ClassVar[Readers] = {"name": parse_shard}

    name: str = ""
