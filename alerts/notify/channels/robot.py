"""What the robots of DingTalk, WeCom and Feishu have in common: one POST, answered by a code in the body.

They refuse with status 200 as well, so only the code says whether a message was accepted.
"""

import re
import time
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from alerts.notify.channels import (
    KEY_HEADER,
    BusyError,
    Channel,
    ChannelError,
    ChannelMessage,
    RefusedError,
    address_hash,
)
from alerts.notify.channels.http import Answer, post
from alerts.notify.channels.http_status import PAUSE_S, TOO_MANY_REQUESTS, requested_pause, status_error

_MAX_ANSWER = 16 * 1024
_TOO_FAST = re.compile(r"too fast|too many|frequen|freq out|rate limit|over limit|限流|频率", re.IGNORECASE)
_PAUSE_HEADERS = ("Retry-After", "x-ogw-ratelimit-reset")  # seconds; the second is Feishu's
_MAX_TEXT = 80


class RobotCodes(Struct, frozen=True):
    """How a robot reports the outcome of a message.

    Args:
        robot: Its name for people.
        fields: The fields of the answer that may hold the code; all that are there must be 0.
        texts: The fields that may hold the robot's own error text.
        final: Codes of refusals that no retry changes, with what is wrong.
        wait: Codes of temporary refusals.
        content: Those of the final codes that blame the message and not the robot's settings.
    """

    robot: str
    fields: tuple[str, ...]
    texts: tuple[str, ...]
    final: Mapping[int, str]
    wait: frozenset[int]
    content: frozenset[int] = frozenset()


class Robot(Channel):
    """One robot, in plain text.

    Args:
        url: Its address, with the token.
        secret: Its signing secret; "" when it has none.
        timeout: Seconds for one message.
    """

    codes: RobotCodes

    def __init__(self, url: str, secret: str = "", *, timeout: float = 10.0) -> None:
        self.url = url
        self.secret = secret
        self.service = address_hash(url)
        self._timeout = timeout

    def to_request(self, text: str, now: float) -> tuple[str, object]:
        """The address and the payload for a text; `now` in seconds since 1970, for the signature."""
        raise NotImplementedError

    def send(self, message: ChannelMessage) -> None:
        """See `Channel.send`."""
        url, payload = self.to_request(f"{message.title}\n\n{message.body}", time.time())
        headers = {"Content-Type": "application/json; charset=utf-8", KEY_HEADER: message.key}
        answer = post(url, msgspec.json.encode(payload), headers, timeout=self._timeout, max_body=_MAX_ANSWER)
        check_answer(answer, self.codes)


def check_answer(answer: Answer, codes: RobotCodes) -> None:
    """Return if the answer says that the message was accepted: 2xx, and code 0.

    Raises:
        RefusedError: it was refused for good, by its code, or without one by the status.
        BusyError: there were too many.
        ChannelError: it was not accepted; an unknown code is tried again.
    """
    fields = _parse_fields(answer.body)
    code = _code(fields, codes.fields)
    if code == 0 and answer.is_success:
        return
    too_many = answer.status == TOO_MANY_REQUESTS
    if not code and not too_many:
        words = f"{codes.robot} answered {answer.status}, and not that it took the message"
        raise status_error(codes.robot, answer.status, answer.headers, shown=words)
    text = (_error_text(fields, codes.texts) or "no words") if code else "too many requests"
    if too_many or code in codes.wait or _TOO_FAST.search(text):
        pause = requested_pause(answer.headers, _PAUSE_HEADERS) or PAUSE_S
        raise BusyError(f"{codes.robot} takes nothing for now: {text} ({code or answer.status})", pause)
    if code and code in codes.final:
        refusal = f"{codes.robot} refuses: {codes.final[code]} ({code})"
        raise RefusedError(refusal, content=code in codes.content)
    raise ChannelError(f"{codes.robot} did not take it: {text} ({code})")


def parse_other_form(address: str) -> Any:
    """What apprise makes of an address in its own form; None for one that HTTP can call.

    Raises:
        ValueError: apprise does not understand it; the text does not show it.
    """
    if address.lower().startswith(("http://", "https://")):
        return None
    from alerts.notify.channels.apprise import parse  # noqa: PLC0415 - a second that a robot's own address saves

    return parse(address)


def _parse_fields(body: bytes) -> Mapping[str, object]:
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _code(found: Mapping[str, object], fields: tuple[str, ...]) -> int | None:
    """The first nonzero code; None if there is no code, or one that is not a whole number."""
    given = [found[name] for name in fields if name in found]
    codes = [value for value in given if isinstance(value, int) and not isinstance(value, bool)]
    if not codes or len(codes) < len(given):
        return None
    return next((code for code in codes if code), 0)


def _error_text(found: Mapping[str, object], fields: tuple[str, ...]) -> str:
    """The robot's own text, shortened, without control characters and anything that may be an address."""
    text = next((found[name] for name in fields if isinstance(found.get(name), str)), "")
    plain = re.sub(r"\w+://\S+", "…", "".join(c if c.isprintable() else " " for c in str(text)))
    return plain[:_MAX_TEXT].strip()
