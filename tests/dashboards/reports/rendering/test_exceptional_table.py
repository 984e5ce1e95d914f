"""With and without exceptional readings: both figures where they differ, classes too, and the days meant."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dashboards.reports.rendering.tables import exceptional_table
from dashboards.reports.words import ReportWords
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.marks import Mark
from sensors.model import Checked, Reading
from sensors.store_schema import reading_point
from tests.support.compiled_report import compiled

SITE = "bahaoqiao"
FIRST = datetime(2026, 9, 30, 16, tzinfo=UTC)
ZH = ReportWords("zh")


def spilled() -> Iterator[Reading]:
    """October 2026 every four hours: NH3-N 0.4, and 8.0 on the 4th and 5th; pH 7.8 throughout."""
    for sample in range(31 * 6):
        time = FIRST + timedelta(hours=4 * sample)
        on_the_day = sample // 6 + 1
        yield Reading(SITE, "nh3n", "rtd", time, 8.0 if on_the_day in {4, 5} else 0.4, "N", time)
        yield Reading(SITE, "ph", "rtd", time, 7.8, "N", time)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "liangqu.db")
    made.prepare()
    made.write([reading_point("water", Checked(one)) for one in spilled()])
    yield made
    made.close()


def exceptional(first: int, days: int) -> Mark:
    start = FIRST + timedelta(days=first - 1)
    return Mark(SITE, "all", start, start + timedelta(days=days), "exceptional", "泄漏", "张三", start)


def test_both_figures_and_both_classes(store: SqliteStore) -> None:
    """(29 x 0.4 + 2 x 8.0) / 31 = 0.89: class III; without the two days 0.40: class II."""
    report = compiled(store, loader.load(), "2026-10", [exceptional(4, 2)])
    table = exceptional_table.without(report, ZH)

    assert table is not None
    of_month = {
        (row[0].text, row[1].text): (row[3].text, row[4].text) for row in table.rows if row[2].text == "本月"
    }
    assert of_month["八号桥", "氨氮"] == ("0.89", "0.40")
    assert of_month["八号桥", "水质类别"] == ("Ⅲ类", "Ⅱ类")
    assert ("八号桥", "pH值") not in of_month
    assert "八号桥 2 天（4、5日）" in table.note


def test_what_moves_nothing_printed_has_no_row_and_its_days_are_told(store: SqliteStore) -> None:
    """pH alone is marked, whose mean is the same without the day."""
    start = FIRST + timedelta(days=19)
    mark = Mark(SITE, "ph", start, start + timedelta(days=1), "exceptional", "泄漏", "张三", start)
    table = exceptional_table.without(compiled(store, loader.load(), "2026-10", [mark]), ZH)

    assert table is not None
    assert [row for row in table.rows if row[2].text == "本月"] == []
    assert "八号桥 1 天（20日）" in table.note


def test_without_a_mark_there_is_no_table(store: SqliteStore) -> None:
    assert exceptional_table.without(compiled(store, loader.load(), "2026-10"), ZH) is None
