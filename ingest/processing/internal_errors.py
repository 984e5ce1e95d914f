"""Inputs that the program itself failed on: set aside, logged, counted, shown; others continue."""

import sqlite3
import time
from typing import Literal

import structlog

from ingest.journal import accounting, inbox, quarantine, requests
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.requests import CommandRequest
from ingest.recompute.model import RecomputeResult
from sensors.excerpt import failure_line, failure_trace, one_line
from sensors.model import RefusalReason, Refused

REASON: RefusalReason = "internal_error"
TickPart = Literal["closing", "alerts"]
"""What is done with the clock: closing what is over, and all that rules do without a reading."""
SHOWN_S = 3600.0  # how long something dropped is shown; a message is, until it has left the quarantine

log = structlog.get_logger()


def to_refusals(message: InboxMessage, failure: Exception) -> list[Refused]:
    """The refusals of a message that could not be processed: one item, or of a replay each requested one."""
    return [Refused(REASON, failure_line(failure), where) for where in message.positions or ("",)]


def log_failure(message: InboxMessage, failure: Exception) -> None:
    """Log which message failed, and where in the program."""
    log.error(
        "message could not be worked on",
        topic=message.topic,
        message=message.id,
        trace=failure_trace(failure),
    )


class InternalErrors:
    """The internal errors of one pipeline; its thread writes, any thread may read the two texts.

    `warning` says what was set aside and waits for somebody, "" for nothing; `tick_failure` why alerts or the
    closing by the clock stand still, "" while they do not.

    Args:
        journal: Where inputs come from and go to.
        quarantine_limit: Bytes that the quarantine may take.
    """

    def __init__(self, journal: Journal, quarantine_limit: int) -> None:
        self.warning = ""
        self.tick_failure = ""
        self._tick_failures: dict[TickPart, str] = {}
        self._journal = journal
        self._quarantine_limit = quarantine_limit
        self._dropped = ""
        self._dropped_at = 0.0

    def quarantine(self, message: InboxMessage, failure: Exception) -> None:
        """Move a message from the inbox into quarantine, whole; `quarantine replay` tries it again."""
        log_failure(message, failure)
        refused = to_refusals(message, failure)
        with self._journal.transaction(frees=True) as connection:
            inbox.remove(connection, [message])
            kept = quarantine.add(connection, message, refused, self._quarantine_limit)
            accounting.add(connection, {"items": len(refused)})
        if kept != "whole":
            self._show_dropped(
                f"a message on {one_line(message.topic)}, for which the quarantine is too full", failure
            )

    def drop_request(self, request: CommandRequest, failure: Exception) -> None:
        """Give up a request of a command or the page; it can be submitted again."""
        body = one_line(request.text)
        log.error(
            "request could not be carried out", what=request.what, body=body, trace=failure_trace(failure)
        )
        self._show_dropped(f"the request {one_line(request.what)}", failure)
        with self._journal.transaction(frees=True) as connection:
            requests.complete(connection, [request])
            accounting.add(connection, {f"{accounting.INTERNAL_ERROR}request": 1})

    def drop_result(self, result: RecomputeResult, failure: Exception) -> None:
        """Give up a recompute's result with its days; `liangqu recompute` queues them again."""
        days = sorted({row.day for row in result.completed})
        log.error(
            "days could not be computed again", site=result.place, days=days, trace=failure_trace(failure)
        )
        self._show_dropped(f"{result.place} on {', '.join(days[:3])}", failure)
        with self._journal.transaction(frees=True) as connection:
            requests.complete_recompute(connection, result.completed)
            accounting.add(connection, {f"{accounting.INTERNAL_ERROR}answer": 1})

    def record_tick_failure(self, part: TickPart, failure: Exception) -> None:
        """Record that a part of the tick failed: until it goes well again, silence goes unnoticed."""
        words = failure_line(failure)
        if words != self._tick_failures.get(part):
            log.error("the clock's work could not be done", part=part, trace=failure_trace(failure))
            self._tick_failures[part] = words
            self.tick_failure = "; ".join(self._tick_failures.values())
        with self._journal.transaction(frees=True) as connection:
            accounting.add(connection, {f"{accounting.INTERNAL_ERROR}tick": 1})

    def end_tick_failure(self, part: TickPart) -> None:
        """This part of the tick went well."""
        if self._tick_failures.pop(part, None) is not None:
            self.tick_failure = "; ".join(self._tick_failures.values())

    def update_warning(self, connection: sqlite3.Connection) -> None:
        """Update `warning`."""
        waiting = quarantine.count(connection, REASON)
        kept = f"{waiting} refused items ({REASON}): see liangqu quarantine list" if waiting else ""
        dropped = self._dropped if time.monotonic() - self._dropped_at < SHOWN_S else ""
        self.warning = "; ".join(part for part in (kept, dropped) if part)

    def _show_dropped(self, what: str, failure: Exception) -> None:
        self._dropped = f"given up after an internal error: {what}: {failure_line(failure)}"
        self._dropped_at = time.monotonic()
