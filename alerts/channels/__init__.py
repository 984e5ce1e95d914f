"""Ways out, one file each, behind one method: `send` returns when the other side has taken the message."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from alerts.outbox import Notice


class Message(Struct, frozen=True):
    """What goes out at once: the words for people, and the notices they say."""

    title: str
    body: str
    notices: Sequence[Notice]


class ChannelError(Exception):
    """It was not taken, and may be later; the words name no address."""


class Channel(Protocol):
    """One way out."""

    def send(self, message: Message) -> None:
        """Hand the message over.

        Raises:
            ChannelError: it was not taken.
        """
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...
