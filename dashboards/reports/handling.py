"""What the journal file knows beside the store: who took an exceedance on, and what was refused."""

import sqlite3
from datetime import datetime

from dashboards.reports.compiling import Known
from dashboards.reports.exceedances import Handling
from sensors.times import from_ms, to_ms

_LOOK_BACK_MS = 11 * 24 * 3_600_000


def known(journal: sqlite3.Connection, start: datetime, end: datetime) -> Known:
    """Handling of the episodes that began from eleven days before `start` until `end`; refused items by site.

    A journal of a service that has no register yet gives an empty one.
    """
    return Known(register=_register(journal, start, end), quarantined=_quarantined(journal, start, end))


def _register(
    journal: sqlite3.Connection, start: datetime, end: datetime
) -> dict[tuple[str, str, str, datetime], Handling]:
    tables = {name for (name,) in journal.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "episode" not in tables:
        return {}
    rows = journal.execute(
        "SELECT rule, site, parameter, begun, acked_by, note FROM episode WHERE begun >= ? AND begun < ?",
        (to_ms(start) - _LOOK_BACK_MS, to_ms(end)),
    )
    return {
        (rule, site, parameter, from_ms(begun)): Handling(by, note)
        for rule, site, parameter, begun, by, note in rows
    }


def _quarantined(journal: sqlite3.Connection, start: datetime, end: datetime) -> dict[str, int]:
    rows = journal.execute(
        "SELECT m.site, count(*) FROM refusal r JOIN refused_message m ON m.id = r.message"
        " WHERE m.received >= ? AND m.received < ? GROUP BY m.site",
        (to_ms(start), to_ms(end)),
    )
    return {str(site): int(items) for site, items in rows}
