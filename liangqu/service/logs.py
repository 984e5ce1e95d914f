"""Structured logs: JSON lines for machines, readable lines on a terminal; to standard error or to a file."""

import errno
import io
import json
import logging
import os
import sys
import traceback
from collections.abc import Mapping
from typing import Any, TextIO

import structlog

from sensors.excerpt import escaped, escaped_json


class LineWriter:
    """Whole lines to a stream; what it cannot take is dropped and counted, nothing is buffered or raised.

    `dropped` is how many, `why` the last one's reason in the system's words. A full disk or a reader that is
    gone costs the log its lines and the service nothing.

    Args:
        stream: Written past its buffer, which would bring a failed line up again.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._cut = False
        self.dropped = 0
        self.why = ""

    def write(self, text: str) -> int:
        """Write it now."""
        raw = (b"\n" if self._cut else b"") + text.encode("utf-8", "backslashreplace")
        try:
            self._write_whole(raw)
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            self.dropped += 1
            self.why = getattr(error, "strerror", None) or str(error)
        else:
            self._cut = False
        return len(text)

    def _write_whole(self, raw: bytes) -> None:
        if self._stream is None:
            raise OSError(errno.EBADF, "there is no standard error")
        try:
            descriptor = self._stream.fileno()
        except io.UnsupportedOperation:  # a stream of Python's own
            self._stream.write(raw.decode())
            return
        while raw:
            raw = raw[os.write(descriptor, raw) :]
            self._cut = bool(raw)

    def flush(self) -> None:
        """Do nothing: nothing is buffered."""

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream is not None and self._stream.isatty()


_writer = LineWriter(sys.stderr)


def configure(level: int = logging.INFO, to: TextIO | None = None) -> None:
    """Set up structlog once for the process; `to` is standard error when None."""
    global _writer  # noqa: PLW0603 - structlog's set-up is the process's too
    _writer = LineWriter(to or sys.stderr)
    readable = _writer.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([_escape_values] if readable else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer(exception_formatter=_plain_traceback)
            if readable
            else structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(_writer),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )


def dropped() -> tuple[int, str]:
    """How many lines could not be written since the start, and why the last one."""
    return _writer.dropped, _writer.why


def _escape_values(_logger: object, _method: str, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Escape what came from outside, so that it cannot control the terminal."""
    return {
        name: escaped(value if isinstance(value, str) else repr(value)) if name != "exc_info" else value
        for name, value in event.items()
    }


def _plain_traceback(out: TextIO, failure: Any) -> None:
    lines = "".join(traceback.format_exception(*failure)).split("\n")
    out.write("\n" + "\n".join(map(escaped, lines)))


def _json(event: Any, **_options: Any) -> str:
    return escaped_json(json.dumps(event, ensure_ascii=False, default=repr))
