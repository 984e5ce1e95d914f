"""What only the journal file knows: who acknowledged an exceedance, what was refused, how alarms were."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts.episodes import register
from alerts.events.quality import AlarmQuality, measure
from alerts.events.quality_rows import read_record
from alerts.notify import outbox
from dashboards.reports.content.alarms import month_alarms
from dashboards.reports.content.exceedances.runs import AcknowledgedBy
from dashboards.reports.content.report import JournalFacts
from dashboards.reports.revisions import approvals
from ingest.journal import late_counts
from ingest.journal.review.days import days_of, read_days
from sensors.calendar import to_ms
from sensors.model import Name

_LOOK_BACK = timedelta(days=11)


def read_facts(
    journal: sqlite3.Connection,
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    people: Mapping[str, str],
    rules: Mapping[str, Name],
) -> JournalFacts:
    """Acknowledgements of episodes from eleven days before `start` until `end`; late and refused by site.

    A file made after `start` has not seen the whole month: it counts no late and refused ones then, and
    alarms since it was made. `people` and `rules` are what the alarms' people and rules are called.
    """
    whole = late_counts.counted_since(journal) <= start
    return JournalFacts(
        register=_register(journal, start, end),
        quarantined=_quarantined(journal, start, end) if whole else None,
        late=late_counts.read_month(journal, start) if whole else None,
        alarms=month_alarms(_alarms(journal, start, end, now), people, rules),
        reviews=tuple(approvals.read_reviews(journal, month := approvals.month_of(start))),
        approved_changes=tuple(approvals.read_changes(journal, month)),
        reviewed_days=tuple(read_days(journal, days=days_of(month))),
    )


def _alarms(
    journal: sqlite3.Connection, start: datetime, end: datetime, now: datetime
) -> AlarmQuality | None:
    """None where the month began before what messages are kept for: exactly at the limit they are there."""
    if start < now - outbox.KEPT:
        return None
    return measure(read_record(journal, max(start, late_counts.counted_since(journal)), min(end, now)))


def _register(
    journal: sqlite3.Connection, start: datetime, end: datetime
) -> dict[tuple[str, str, str, datetime], AcknowledgedBy]:
    episodes = register.history(journal, start - _LOOK_BACK, end)
    return {
        (one.rule, one.site, one.parameter, one.begun): AcknowledgedBy(one.acked_by, one.note)
        for one in episodes
    }


def _quarantined(journal: sqlite3.Connection, start: datetime, end: datetime) -> dict[str, int]:
    rows = journal.execute(
        "SELECT m.site, count(*) FROM refusal r JOIN refused_message m ON m.id = r.message"
        " WHERE m.received_ms >= ? AND m.received_ms < ? GROUP BY m.site",
        (to_ms(start), to_ms(end)),
    )
    return {str(site): int(items) for site, items in rows}
