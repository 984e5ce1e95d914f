"""What an InfluxDB's answer says, of any server's bytes: the words of an error, a pause, lines; pure."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from http.client import HTTPException

from msgspec import Struct

from sensors.decoding.json_text import parse_json

LONGEST_PAUSE_S = 300.0
"""A server that asks for more than five minutes is asked again after five minutes."""
MAX_ANSWER = 1024**3
MAX_LINE = 64 * 1024**2  # 10,000 rows of a document are 2 MB
MAX_BLANK_LINES = 1000

ABOUT_LINES = (
    "unable to parse", "partial write", "field type conflict",
    "parse fail", "cannot parse", "missing tag value", "point is invalid", "duplicate tag",
    "too long line", "conflict field type", "point time is expired",
)  # fmt: skip
"""What InfluxDB 1.x and 2.x say when some lines are at fault: all of it (`serveWrite`, `ParsePoints`); and in
the second and third row openGemini (`lib/errno/message.go`, `protoparser/influx`)."""
TRANSIENT = re.compile(r"partial write: shard \d+ is pending deletion")
"""No line's fault, and over when the server has dropped its shard (`points_writer.go`)."""

ABOUT_ALL = (
    "field type conflict", "points beyond retention policy", "conflict field type", "point time is expired",
)  # fmt: skip
"""What holds for every line of that field, or of that age; a series too many is none of them."""


class Denied(Struct, frozen=True):
    """What the 2.x API says instead of an answer: `not found`, `unauthorized` …, and its words."""

    code: str
    words: str


class ErrorBody(Struct):
    """The body of an error: `error` of 1.x and of /query, `code` and `message` of 2.x."""

    error: str = ""
    code: str = ""
    message: str = ""

    @property
    def words(self) -> str:
        """What it says, in either dialect."""
        return self.message if self.code else self.error


def error_of(body: bytes) -> ErrorBody | None:
    """The error that a body is; None if InfluxDB gives no such body."""
    found = parse_json(body, ErrorBody)
    return found if isinstance(found, ErrorBody) and found.words else None


def blames_lines(error: ErrorBody) -> bool:
    """Whether some of the lines that were to be written are at fault, and will be for ever."""
    return any(known in error.words for known in ABOUT_LINES) and not TRANSIENT.search(error.words)


def blames_all(words: str) -> bool:
    """Whether a refused line was so for what all lines of its field or age have in common."""
    return any(known in words for known in ABOUT_ALL)


def pause_of(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, at most five minutes; a date is measured against the server's own clock."""
    value = headers.get("Retry-After", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (
                parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
            ).total_seconds()
        except (TypeError, ValueError, OverflowError, IndexError):
            return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_PAUSE_S)


def lines_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines of a body that arrives in blocks; HTTPException if it is larger than any answer can be."""
    rest: list[bytes] = []
    size = whole = blank = 0
    for block in blocks:
        whole += len(block)
        first, *others = block.split(b"\n")
        rest.append(first)
        size += len(first)
        for other in others:
            line, rest, size = b"".join(rest), [other], len(other)
            if line.strip():
                yield line
            else:
                blank += 1
        if size > MAX_LINE or whole > MAX_ANSWER or blank > MAX_BLANK_LINES:
            raise HTTPException("an answer without end")
    if line := b"".join(rest).strip():
        yield line
