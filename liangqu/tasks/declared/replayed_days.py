"""Items given back from the quarantine: which approved days they would change."""

import sqlite3
from datetime import datetime

from ingest.journal import quarantine
from ingest.journal.quarantine import QuarantineFilter
from ingest.journal.review.days import is_any_reviewed
from ingest.journal.review.locks import LockedDayError, admit_change
from liangqu.config.errors import ProblemError
from liangqu.config.settings import Settings
from sensors.calendar import shanghai_day
from sensors.catalogue.model import Catalogue
from sensors.decoding.decoder import decode_message


def admit_replay(
    connection: sqlite3.Connection,
    which: QuarantineFilter,
    settings: Settings,
    catalogue: Catalogue,
    now: datetime,
    *,
    topic: str | None,
    reason: str,
    by: str,
) -> None:
    """Let items be given back, in the caller's transaction; a day under review shows as changed.

    Raises:
        ProblemError: one is of an approved day, and there is no reason or no name.
    """
    if not is_any_reviewed(connection):
        return
    prefix, bounds = settings.mqtt.prefix, settings.bounds()
    days: set[tuple[str, str]] = set()
    rows = quarantine.whole_rows(connection, which)
    for message, _ in quarantine.to_messages(connection, rows, "keep"):
        decoded = decode_message(
            topic or message.topic, message.payload, message.received, catalogue, bounds, prefix=prefix,
            only=message.positions,
        )  # fmt: skip
        days |= {(one.site, shanghai_day(one.time)) for one in decoded.readings}
    try:
        admit_change(connection, days, "replay", by=by, reason=reason, now=now)
    except LockedDayError as locked:
        raise ProblemError(
            f"{locked.day} is approved; --why and --by say why it changes, and who says so"
        ) from None
