"""Structured logs: JSON lines for machines, readable lines on a terminal; to standard error or to a file."""

import logging
import sys
from typing import TextIO

import structlog


def configure(level: int = logging.INFO, to: TextIO | None = None) -> None:
    """Set up structlog once for the process; `to` is standard error when None."""
    stream = to or sys.stderr
    readable = stream.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if readable else [structlog.processors.format_exc_info]),
            structlog.dev.ConsoleRenderer()
            if readable
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
