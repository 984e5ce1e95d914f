"""One version of rounding by date for means.csv, the report's verdicts and live rules."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from alerts.rules import definition
from alerts.rules.limits import bounds_on
from ingest.stores.sqlite.store import SqliteStore
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.model import Checked, Reading
from sensors.store_schema import reading_point
from tests.support.compiled_report import compiled
from tests.support.planted_rounding import planted_rounding

SITE = "wujinku"
FIRST = datetime(2026, 1, 31, 16, tzinfo=UTC)


def readings() -> Iterator[Reading]:
    """February and March 2026 by the hour, PM2.5 60.4: above 60 to one decimal, in whole numbers within."""
    for hour in range((28 + 31) * 24):
        time = FIRST + timedelta(hours=hour)
        yield Reading(SITE, "pm25", "rtd", time, 60.4, "N", time)


def test_a_report_rounds_by_the_version_in_force_on_a_periods_last_day(tmp_path: Path) -> None:
    """The limit of a day is 60 from 2026-03-01 on."""
    store = SqliteStore(tmp_path / "liangqu.db")
    store.prepare()
    store.write([reading_point("air", Checked(one)) for one in readings()])
    with planted_rounding():
        rows = compiled(store, loader.load(), "2026-03").rows
    store.close()
    months = {
        row.start.astimezone(SHANGHAI).month: row.value
        for row in rows.values()
        if row.key[:3] == (SITE, "pm25", "month")
    }

    assert months == {2: Decimal(60), 3: Decimal("60.4")}
    assert {row.met for row in rows.values() if row.key[:3] == (SITE, "pm25", "day")} == {False}


@pytest.mark.parametrize(("month", "decimals"), [(2, 0), (3, 1)])
def test_so_does_a_live_rule(month: int, decimals: int) -> None:
    catalogue = loader.load()
    shipped = {rule.id: rule for rule in definition.load(catalogue)}
    rule = replace(shipped["pm25-24h-standard"], statistic="day")

    with planted_rounding():
        bounds = bounds_on(rule, SITE, "pm25", datetime(2026, month, 15, tzinfo=UTC), catalogue)

    assert bounds.decimals == decimals
