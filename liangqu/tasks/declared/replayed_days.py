"""Items given back from the quarantine: which approved days they would change."""

import sqlite3
from datetime import datetime

from msgspec.structs import replace

from dashboards.reports.revisions import approvals
from ingest.journal import quarantine
from ingest.journal.quarantine import QuarantineFilter
from ingest.journal.review.days import is_any_reviewed
from ingest.journal.review.locks import LockedDayError, SiteDay, admit_change
from ingest.processing.message_decoder import MessageDecoder
from ingest.processing.pieces import to_pieces
from liangqu.config.errors import ProblemError
from liangqu.config.settings import Settings
from sensors.calendar import shanghai_day
from sensors.catalogue.model import Catalogue


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
    prefixes = settings.mqtt.served
    decoder = MessageDecoder(catalogue, settings.bounds(), prefixes, None)
    days: set[SiteDay] = set()
    rows = quarantine.whole_rows(connection, which)
    for message, _ in quarantine.to_messages(connection, rows, "keep"):
        sent = message if topic is None else replace(message, topic=topic)
        for piece in to_pieces(sent, catalogue, prefixes):
            readings = decoder.decode(piece).decoded.readings
            days |= {(one.site, shanghai_day(one.time)) for one in readings}
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
