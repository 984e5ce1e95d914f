"""The index of a day with a pollutant missing: HJ 633-2026, 5.3.1 gives it above 100 only, else NA."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from dashboards.reports.rendering.tables import air_tables
from dashboards.reports.words import ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.model import Checked, Reading
from sensors.store_schema import reading_point
from tests.support.compiled_report import compiled

SITE = "wujinku"
FIRST = datetime(2026, 3, 31, 16, tzinfo=UTC)


def test_an_index_that_is_not_given_has_no_number(tmp_path: Path) -> None:
    """PM2.5 alone: 30 would be index 43, which is NA; 115 is index 150, which is given."""
    store = SqliteStore(tmp_path / "liangqu.db")
    store.prepare()
    times = [FIRST + timedelta(hours=hour) for hour in range(48)]
    readings = [
        Reading(SITE, "pm25", "rtd", at, 30.0 if n < 24 else 115.0, "N", at) for n, at in enumerate(times)
    ]
    store.write([reading_point("air", Checked(one)) for one in readings])
    report = compiled(store, loader.load(), "2026-04")
    store.close()

    rows = [row for row in report.rows.values() if row.key[:2] == (SITE, "aqi")]
    assert [(row.value, row.unrounded, row.valid) for row in rows] == [
        (None, None, False),
        (Decimal(150), 150.0, True),
    ]
    table = air_tables.daily(report, ReportWords("zh"))
    shown = [[cell.text for cell in row[3:6]] for row in table.rows if row[0].text == SITE]
    assert shown == [["NA", "–", "–"], ["150", "轻度污染", "PM₂.₅"]]
