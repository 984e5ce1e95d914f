"""A webhook in our own format: signed JSON with an idempotency key."""

import hashlib
import hmac

import msgspec

from alerts.notify.channels import KEY_HEADER, Channel, ChannelMessage
from alerts.notify.channels.http import TIMEOUT_S, post
from alerts.notify.channels.row import ChannelRow

SIGNATURE = "X-Liangqu-Signature"


def signature(secret: str, body: bytes) -> str:
    """`sha256=` and the HMAC of the body, in hex; the receiver computes it again and compares."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class Webhook(Channel):
    """Posts `{"title", "text", "event", "events": [{"key", …the event}]}`; the status says what became of it.

    The answer's body is not waited for; `timeout` is in seconds, for the whole call.
    """

    def __init__(self, url: str, secret: str, *, timeout: float = TIMEOUT_S) -> None:
        self._url = url
        self._timeout = timeout
        self._secret = secret

    def send(self, message: ChannelMessage) -> None:
        """See `Channel.send`."""
        events = [{"key": n.key, **msgspec.to_builtins(n.event)} for n in message.notifications]
        body = msgspec.json.encode(
            {"title": message.title, "text": message.body, "event": message.event, "events": events}
        )
        headers = {"Content-Type": "application/json", KEY_HEADER: message.key}
        if self._secret:
            headers[SIGNATURE] = signature(self._secret, body)
        post(self._url, body, headers, timeout=self._timeout).check("the webhook")


def open_channel(address: str, row: ChannelRow, timeout: float) -> Channel:
    """The webhook of a row; `timeout` in seconds."""
    return Webhook(address, row.secret, timeout=timeout)
