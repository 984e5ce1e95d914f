"""Ways out, a file and a row of registry.py each: `send` returns when the other side has the message."""

import hashlib
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.notify.outbox import Notification


class ChannelMessage(Struct, frozen=True):
    """What goes out at once: the words for people, and the notices they say."""

    title: str
    body: str
    notices: "Sequence[Notification]"


class Limits(Struct, frozen=True):
    """What a way out takes.

    Args:
        message_bytes: The most bytes of title, blank line and body together, in UTF-8; 0 is any number.
        rates: Pairs of messages and seconds: never more than so many within so long.
    """

    message_bytes: int = 0
    rates: tuple[tuple[int, float], ...] = ()


class ChannelError(Exception):
    """It was not taken, and may be later; the words name no address.

    Args:
        words: Why.
        after: For so many seconds the channel takes nothing at all; 0 when only this message has failed.
    """

    def __init__(self, words: str, after: float = 0.0) -> None:
        super().__init__(words)
        self.after = after


class RefusedError(ChannelError):
    """It was refused for good: the same message would be refused each time.

    Args:
        words: Why.
        content: Something in this message is to blame; another one may be taken.
    """

    def __init__(self, words: str, *, content: bool = False) -> None:
        super().__init__(words)
        self.content = content


class Channel(Protocol):
    """One way out.

    `addresses` are marks of those it leads to, where they are several: each gets a notification of its own,
    told by `Notice.to.address`, so that one who cannot be reached costs the others nothing. `side` stands for
    the other side where channels may share one, and its limits; "" where the channel has its own. `doubt`
    says why "sent" may not mean "taken"; "" when it does.
    """

    limits: Limits = Limits()
    side: str = ""
    addresses: tuple[str, ...] = ()
    doubt: str = ""

    def send(self, message: ChannelMessage) -> None:
        """Hand the message over.

        Raises:
            ChannelError: it was not taken.
            RefusedError: and never will be.
        """
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...


def mark(address: str) -> str:
    """What stands for an address where it must not be read: in keys, in the journal."""
    return hashlib.sha256(address.lower().encode()).hexdigest()[:8]
