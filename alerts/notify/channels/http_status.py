"""What a status of HTTP says of a message that was not taken: never, later, or after a time. Pure.

Sources: RFC 9110, chapter 15 (a client error is the request's own fault, a server error is not) and section
10.2.3 (`Retry-After`); RFC 6585, section 4 (429); RFC 4918, section 11.3 (423); RFC 8470 (425).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from alerts.notify.channels import BusyError, ChannelError, RefusedError

PAUSE_S = 30.0  # half of the minute that most limits are of: some of what used it up is over then
LONGEST_PAUSE_S = 300.0
TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503
_CLIENT_ERRORS = range(400, 500)
_MAY_PASS = frozenset({408, 409, 421, 423, 425})  # time-out, conflict, misdirected, locked, too early
_OF_THE_MESSAGE = frozenset({400, 413, 422})  # the request's form, its size, what it says


def status_error(who: str, status: int, headers: Mapping[str, str], *, shown: str = "") -> ChannelError:
    """The error of an answer that is not 2xx; `shown` stands for "`who` answered `status`", its words.

    429, and 503 with `Retry-After`, name a time. Any other 4xx but 408, 409, 421, 423 and 425 is for good.
    """
    words = shown or f"{who} answered {status}"
    pause = requested_pause(headers)
    if status == TOO_MANY_REQUESTS:
        return BusyError(f"{who} takes nothing for now: too many requests (429)", pause or PAUSE_S)
    if status == _UNAVAILABLE and pause:
        return BusyError(f"{who} takes nothing for now (503)", pause)
    if status in _CLIENT_ERRORS and status not in _MAY_PASS:
        return RefusedError(words, content=status in _OF_THE_MESSAGE)
    return ChannelError(words)


def requested_pause(headers: Mapping[str, str], names: Sequence[str] = ("Retry-After",)) -> float:
    """The seconds that an answer asks us to wait, at most five minutes; 0 if it does not."""
    found = (_seconds(headers.get(name, "").strip()) for name in names)
    return min(next((seconds for seconds in found if seconds > 0), 0.0), LONGEST_PAUSE_S)


def _seconds(text: str) -> float:
    """Seconds, or a date of HTTP; 0 where it is neither, or over."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no date, one without a zone, one beyond the calendar
        return 0.0
