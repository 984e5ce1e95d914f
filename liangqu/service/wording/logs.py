"""The log: sentences for people on a terminal, JSON lines elsewhere; to standard error or to a file."""

import errno
import io
import json
import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from datetime import datetime
from typing import Any, TextIO

import structlog

from liangqu.service.wording.lines import LEVELS, sentence
from sensors.calendar import SHANGHAI
from sensors.excerpt import escaped, escaped_json
from sensors.model import Language

_COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "1;31"}


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
_language: Language = "zh"


def configure(language: Language, level: int = logging.INFO, to: TextIO | None = None) -> None:
    """Set up structlog once for the process; `to` is standard error when None.

    On a terminal a line is time, level and a sentence in this language; elsewhere a JSON object with the
    event's name and fields, and the sentence as `message`. Times are Shanghai's.
    """
    global _writer  # noqa: PLW0603 - structlog's set-up is the process's too
    _writer = LineWriter(to or sys.stderr)
    speak(language)
    readable = _writer.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            *(
                [HumanLines(coloured="NO_COLOR" not in os.environ)]
                if readable
                else [
                    _add_message,
                    structlog.processors.JSONRenderer(serializer=_json),
                ]
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(_writer),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )


def speak(language: Language) -> None:
    """Write further lines in this language: loggers that were used before are there for good."""
    global _language  # noqa: PLW0603 - as above
    _language = language


def dropped() -> tuple[int, str]:
    """How many lines could not be written since the start, and why the last one."""
    return _writer.dropped, _writer.why


class HumanLines:
    """Renders an event as a line for people, what came from outside escaped, a traceback below it."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def __call__(self, _logger: object, _method: str, event: Mapping[str, Any]) -> str:
        """`11-26 22:57:03  warning  database 127.0.0.1:8086 refuses the connection; 214 items wait`."""
        level = str(event.get("level", ""))
        known = LEVELS.get(level)
        word = level if known is None else str(getattr(known, _language))
        if self._coloured and level in _COLOURS:
            word = f"\x1b[{_COLOURS[level]}m{word}\x1b[0m"
        now = datetime.now(SHANGHAI)
        first = f"{now:%m-%d %H:%M:%S}  {word}  {escaped(sentence(event, _language))}"
        return "\n".join([first, *(f"    {escaped(line)}" for line in _trace_lines(event))])


def _add_message(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    event["message"] = sentence(event, _language)
    event["timestamp"] = datetime.now(SHANGHAI).isoformat(timespec="milliseconds")
    return event


def _trace_lines(event: Mapping[str, Any]) -> list[str]:
    trace = str(event.get("trace") or event.get("exception") or "")
    return trace.rstrip().split("\n") if trace else []


def _json(event: Any, **_options: Any) -> str:
    return escaped_json(json.dumps(event, ensure_ascii=False, default=repr))
