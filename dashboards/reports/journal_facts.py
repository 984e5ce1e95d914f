"""What only the journal file knows: who acknowledged an exceedance, and what was refused."""

import sqlite3
from datetime import datetime, timedelta

from alerts.episodes import register
from dashboards.reports.exceedances import AcknowledgedBy
from dashboards.reports.report import JournalFacts
from ingest.journal import late_counts
from sensors.calendar import to_ms

_LOOK_BACK = timedelta(days=11)


def read_facts(journal: sqlite3.Connection, start: datetime, end: datetime) -> JournalFacts:
    """Acknowledgements of episodes from eleven days before `start` until `end`; late and refused by site.

    A file made after `start` has not seen the whole month: it counts nothing then.
    """
    whole = late_counts.counted_since(journal) <= start
    return JournalFacts(
        register=_register(journal, start, end),
        quarantined=_quarantined(journal, start, end) if whole else None,
        late=late_counts.read_month(journal, start) if whole else None,
    )


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
