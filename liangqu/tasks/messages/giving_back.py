"""Items of the quarantine given back to the service, or dropped for good."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from ingest.journal import audit, quarantine, requests
from ingest.journal.inbox import Conflict
from ingest.journal.quarantine import QuarantineFilter
from liangqu.config.settings import Settings
from liangqu.tasks.declared.replayed_days import admit_replay
from liangqu.tasks.messages.selection import check_selection, check_topic, unknown_senders
from sensors.catalogue.model import Catalogue


class GivenBack(Struct, frozen=True):
    """How many items were given back, and how many must stay as only their head was kept.

    `again` names the senders of items that will be refused again: the catalogue does not know them.
    """

    moved: int
    cut: int
    again: Sequence[str] = ()


def give_back(
    connection: sqlite3.Connection,
    which: QuarantineFilter,
    settings: Settings,
    catalogue: Catalogue,
    now: datetime,
    *,
    conflict: Conflict = "keep",
    topic: str | None = None,
    reason: str = "",
    by: str = "",
) -> GivenBack:
    """Give items back, in a transaction; the service reads its settings again before it processes them.

    `reason` and `by` say why and who, where an approved day changes. The audit list has a row of it.

    Raises:
        ProblemError: as `check_selection`, `check_topic` and `admit_replay`.
    """
    check_selection(connection, which, catalogue)
    if topic is not None:
        check_topic(connection, which, topic, settings.mqtt.served, catalogue)
    admit_replay(connection, which, settings, catalogue, now, topic=topic, reason=reason, by=by)
    again = [] if topic is not None else unknown_senders(connection, which, catalogue)
    requests.ask_reload(connection, now)
    moved, cut = quarantine.replay(connection, which, conflict, topic)
    details = {"items": moved, "topic": topic}
    _record(connection, "quarantine_replayed", which, now, details=details, why=reason, by=by)
    return GivenBack(moved, cut, again)


def drop_items(
    connection: sqlite3.Connection, which: QuarantineFilter, catalogue: Catalogue, now: datetime, why: str
) -> int:
    """Delete items for good, in a transaction; they stay counted as dropped. Returns how many.

    The audit list says how many and `why`.

    Raises:
        ProblemError: as `check_selection`.
    """
    check_selection(connection, which, catalogue)
    dropped = quarantine.drop(connection, which)
    _record(connection, "quarantine_dropped", which, now, why=why, details={"items": dropped})
    return dropped


def _record(
    connection: sqlite3.Connection,
    what: str,
    which: QuarantineFilter,
    now: datetime,
    *,
    details: Mapping[str, object],
    why: str = "",
    by: str = "",
) -> None:
    """The objects are the items where they were named by number, else the sender's."""
    objects = [*map(str, which.ids or ())] or [which.site or ""]
    said = {"reason": which.reason, **details}
    given = {key: value for key, value in said.items() if value is not None}
    audit.record(connection, what, filter(None, objects), now, why=why, by=by, details=given)
