"""Items given back from the quarantine: which approved days they would change."""

import sqlite3
from datetime import datetime

from dashboards.reports.revisions import approvals
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
        ProblemError: one is of an approved day or month, and there is no reason or no name.
    """
    approved = approvals.approved_months(connection)
    if not approved and not is_any_reviewed(connection):
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
    months = approvals.months_among(approved, (day for _, day in days))
    if months and not (reason.strip() and by.strip()):
        raise _refusal(min(months))
    try:
        admit_change(connection, days, "replay", by=by, reason=reason, now=now)
    except LockedDayError as locked:
        raise _refusal(locked.day) from None
    approvals.add_changes(connection, sorted(months), "replay", reason=reason, by=by, now=now)


def _refusal(what: str) -> ProblemError:
    return ProblemError(f"{what} is approved; --why and --by say why it changes, and who says so")
