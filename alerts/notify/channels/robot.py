"""What the robots of DingTalk, WeCom and Feishu have in common: one POST, answered by a code in the body.

They refuse with status 200 as well, so only the code says whether a message was accepted.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus

import msgspec
from msgspec import Struct

from alerts.notify.channels import ChannelError, ChannelMessage, RefusedError
from alerts.notify.channels.http import Answer, post

MOST_ANSWER = 16 * 1024
A_WHILE = 30.0  # half of the minute that their limits are of: some of what used it up is over then
LONGEST_WAIT = 300.0
_TOO_FAST = re.compile(r"too fast|too many|frequen|freq out|rate limit|over limit|限流|频率", re.IGNORECASE)
_WAITS = ("Retry-After", "x-ogw-ratelimit-reset")  # seconds; the second is Feishu's
_TEXT_KEPT = 80


class Codes(Struct, frozen=True):
    """How a robot reports the outcome of a message.

    Args:
        robot: Its name for people.
        fields: The fields of the answer that may hold the code; all that are there must be 0.
        words: The fields that may hold the robot's own words.
        final: Codes of refusals that no retry changes, with what is wrong.
        wait: Codes of temporary refusals, with the seconds until a message may be accepted again.
        content: Those of the final codes that blame the message and not the robot's settings.
    """

    robot: str
    fields: tuple[str, ...]
    words: tuple[str, ...]
    final: Mapping[int, str]
    wait: Mapping[int, float]
    content: frozenset[int] = frozenset()


def text_of(message: ChannelMessage) -> str:
    """Title, blank line, body."""
    return f"{message.title}\n\n{message.body}"


def hand_over(url: str, payload: object, codes: Codes, timeout: float) -> None:
    """Post a payload as JSON.

    Raises:
        ChannelError: see `judge`, or there was no answer.
    """
    body = msgspec.json.encode(payload)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    judge(post(url, body, headers, timeout=timeout, most=MOST_ANSWER), codes)


def judge(answer: Answer, codes: Codes) -> None:
    """Return if the answer says that the message was accepted: 2xx, and code 0.

    Raises:
        RefusedError: it was refused for good.
        ChannelError: it was not accepted; an unknown code, or none, is tried again.
    """
    found = _fields(answer.body)
    code = _code(found, codes.fields)
    if code == 0 and answer.taken:
        return
    if not code:
        raise _no_verdict(answer, codes.robot)
    own = _own_words(found, codes.words)
    if _TOO_FAST.search(own) or code in codes.wait or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = _asked_wait(answer) or codes.wait.get(code, A_WHILE)
        raise ChannelError(f"{codes.robot} takes nothing for now: {own or 'no words'} ({code})", wait)
    if code in codes.final:
        words = f"{codes.robot} refuses: {codes.final[code]} ({code})"
        raise RefusedError(words, content=code in codes.content)
    raise ChannelError(f"{codes.robot} did not take it: {own or 'no words'} ({code})")


def _no_verdict(answer: Answer, robot: str) -> ChannelError:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = _asked_wait(answer) or A_WHILE
        return ChannelError(f"{robot} takes nothing for now: too many requests (429)", wait)
    return ChannelError(f"{robot} answered {answer.status}, and not that it took the message")


def _fields(body: bytes) -> Mapping[str, object]:
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


def _own_words(found: Mapping[str, object], fields: tuple[str, ...]) -> str:
    """The robot's own text, shortened, without control characters and anything that may be an address."""
    text = next((found[name] for name in fields if isinstance(found.get(name), str)), "")
    plain = re.sub(r"\w+://\S+", "…", "".join(c if c.isprintable() else " " for c in str(text)))
    return plain[:_TEXT_KEPT].strip()


def _asked_wait(answer: Answer) -> float:
    """The seconds that the answer asks us to wait, at most five minutes; 0 if it does not."""
    for name in _WAITS:
        asked = answer.headers.get(name, "").strip()
        if asked.isascii() and asked.isdigit():
            return min(float(asked[:9]), LONGEST_WAIT)
    return 0.0
