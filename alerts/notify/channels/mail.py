"""Mail through the standard library's SMTP: one address at a time, a repeat recognisable by its Message-ID.

Addresses are apprise's `mailto://` and `mailtos://`, which know the servers of many providers; apprise itself
reports neither which recipient failed nor why, and gives each try a new Message-ID.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Protocol

from alerts.notify.channels import Channel, ChannelMessage, RefusedError, address_hash, apprise
from alerts.notify.channels.row import ChannelRow
from alerts.notify.channels.smtp import MailServer, submit
from alerts.notify.outbox import Notification

_LONGEST_DOMAIN = 40  # the library writes a longer reference as an encoded word, which no mail program reads
KEY_OF_EVENT = "X-Liangqu-Key"
# RFC 2156, 5.3.4 and 5.3.6; the third is read by Outlook and others.
_URGENT = (("Importance", "high"), ("Priority", "urgent"), ("X-Priority", "1 (Highest)"))


class MailUrl(MailServer, Protocol):
    """A mailto:// address as apprise parses it."""

    from_addr: tuple[str | bool, str]
    targets: list[tuple[str | bool, str]]
    cc: set[str]
    bcc: set[str]
    reply_to: set[str]
    headers: dict[str, str]


class Mail(Channel):
    """All recipients that one address names; each gets their own mail.

    Args:
        parsed: The address.
        timeout: Seconds for each step of the conversation.

    Raises:
        ValueError: an address in it cannot be used in a mail; the text does not show it.
    """

    def __init__(self, parsed: MailUrl, *, timeout: float = 15.0) -> None:
        self._parsed = parsed
        self._timeout = timeout
        self._from = _address(*parsed.from_addr)
        self._headers = dict(parsed.headers)
        if not all(text.isprintable() for pair in self._headers.items() for text in pair):
            raise ValueError("one of its headers cannot be written in a mail")
        self._targets = [_address(*target) for target in parsed.targets]
        self._copies = [_address("", each) for each in sorted(parsed.cc)]
        hidden = [_address("", each) for each in sorted(parsed.bcc)]
        self._reply_to = [_address("", each) for each in sorted(parsed.reply_to)]
        everybody = [*self._targets, *self._copies, *hidden]
        if not everybody:
            raise ValueError("it names nobody to write to")
        self._by_hash = {address_hash(each.addr_spec): each for each in everybody}
        self.addresses = tuple(self._by_hash) if len(self._by_hash) > 1 else ()

    def send(self, message: ChannelMessage) -> None:
        """Submit to the server, for the address that the notifications are for."""
        address = message.notifications[0].to.address
        to = self._by_hash.get(address) if address else next(iter(self._by_hash.values()))
        if to is None:
            raise RefusedError("the notify file names the address no longer")
        mail = self._mail(message, to).as_bytes()
        submit(self._parsed, self._timeout, self._from.addr_spec, to.addr_spec, mail)

    def _mail(self, message: ChannelMessage, to: Address) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = self._from
        mail["To"] = [to] if to in self._targets or not self._targets else self._targets
        if self._copies:
            mail["Cc"] = self._copies
        if self._reply_to:
            mail["Reply-To"] = self._reply_to
        mail["Subject"] = " ".join(message.title.split())
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = self._id(*(notification.key for notification in message.notifications))
        if message.thread:
            mail["In-Reply-To"] = mail["References"] = self._id(message.thread)
        for name, value in _machine_headers(message):
            mail[name] = value
        for name, value in self._headers.items():
            if name not in mail:
                mail[name] = value
        # Base64: seven bits, so that a server without 8BITMIME accepts it, and no line is too long.
        mail.set_content(message.body, cte="base64")
        return mail

    def _id(self, *names: str) -> str:
        """The same id for the same names, so that mail programs merge what was sent twice."""
        digest = hashlib.sha256("\n".join(names).encode()).hexdigest()[:32]
        domain = self._from.domain[-_LONGEST_DOMAIN:].lstrip(".-")
        return f"<{digest}@{domain}>"


def _machine_headers(message: ChannelMessage) -> Iterator[tuple[str, str]]:
    """The keys of the notifications, and what makes a mail program show that it is urgent."""
    yield "X-Application", "liangqu"
    for notification in message.notifications:
        yield KEY_OF_EVENT, notification.key
    if any(map(_is_urgent, message.notifications)):
        yield from _URGENT


def _is_urgent(notification: Notification) -> bool:
    event = notification.event
    return event.severity == "critical" and event.state == "firing" and not event.historical


def _address(name: Any, address: str) -> Address:
    """Apprise gives False for no name."""
    try:
        return Address(name or "", addr_spec=address)
    except (ValueError, IndexError, UnicodeError):
        raise ValueError("one of its addresses is not a mail address") from None


def open_channel(address: str, row: ChannelRow, timeout: float) -> Channel:
    """The mail of a row; `timeout` in seconds. What is to be encrypted by PGP goes through apprise.

    Raises:
        ValueError: the address is none; the words do not show it.
    """
    plugin: Any = apprise.parse(address)
    if not hasattr(plugin, "smtp_host"):
        raise ValueError("no address of mail: it begins with mailto:// or mailtos://")
    if plugin.pgp_mode != "no":
        return apprise.open_channel(address, row, timeout)
    return Mail(plugin, timeout=timeout)
