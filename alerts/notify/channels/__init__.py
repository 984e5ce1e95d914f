"""Channels, a file and a row of registry.py each: `send` returns when the other side has the message."""

import hashlib
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.notify.outbox import Notification
    from alerts.texts.summary import EventSummary


KEY_HEADER = "Idempotency-Key"


class ChannelMessage(Struct, frozen=True):
    """One message: the text for people, the notifications in it, and the event that its title is of.

    `thread` is the same for messages that belong together; "" if it belongs to none.
    """

    title: str
    body: str
    notifications: "Sequence[Notification]"
    thread: str = ""
    event: "EventSummary | None" = None

    @property
    def key(self) -> str:
        """The same for the same notifications, in ASCII: a receiver that has it already may drop the message.

        That of a single notification; of several the first one's with a digest of all, as others may join
        them before a repeat.
        """
        keys = [notification.key for notification in self.notifications]
        key = keys[0] if keys else ""
        if len(keys) > 1:
            digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()
            key = f"{key}+{digest[:12]}"
        return key if key.isascii() else quote(key, safe="/+")


class Limits(Struct, frozen=True):
    """What a channel accepts.

    Args:
        message_bytes: The most bytes of title, blank line and body together, in UTF-8; 0 is any number.
        rates: Pairs of messages and seconds: never more than that many within that time.
    """

    message_bytes: int = 0
    rates: tuple[tuple[int, float], ...] = ()


class ChannelError(Exception):
    """The message was not accepted; it is tried again after growing pauses. The text names no address."""


class BusyError(ChannelError):
    """The other side accepts nothing for a time that it asked for, or that its limits are of.

    Args:
        reason: Why.
        after: Seconds until this message, and any other, is tried again.
    """

    def __init__(self, reason: str, after: float) -> None:
        super().__init__(reason)
        self.after = after


class RefusedError(ChannelError):
    """The message was refused for good: the same one would be refused each time, so it goes to somebody else.

    Args:
        reason: Why.
        content: Something in this message is to blame; another one may be accepted.
    """

    def __init__(self, reason: str, *, content: bool = False) -> None:
        super().__init__(reason)
        self.content = content


class Channel(Protocol):
    """One channel.

    `addresses` are hashes of its recipients', if there are several: each gets a notification of its own, for
    `Recipient.address`, so that one who cannot be reached costs the others nothing. `service` identifies a
    service whose limits channels may share; "" if the channel has its own. `doubt` says why "sent" may not
    mean that the service has accepted it; "" when it does.
    """

    limits: Limits = Limits()
    service: str = ""
    addresses: tuple[str, ...] = ()
    doubt: str = ""

    def send(self, message: ChannelMessage) -> None:
        """Send the message.

        Raises:
            RefusedError: it never will be accepted.
            BusyError: it may be, after the time that the other side asks for.
            ChannelError: it was not accepted, and may be later.
        """
        ...


def address_hash(address: str) -> str:
    """A stand-in for an address where it must not be readable: in keys, in the journal."""
    return hashlib.sha256(address.lower().encode()).hexdigest()[:8]
