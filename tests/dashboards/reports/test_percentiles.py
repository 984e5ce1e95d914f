"""Percentiles of a month: a tie rounds to even, exactly; what ozone's rests on is the daily largest 8 h."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from dashboards.reports.content.means import Mean
from ingest.stores.sqlite.store import SqliteStore
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.model import Checked, Reading
from sensors.store_schema import reading_point
from tests.support.compiled_report import compiled

Hours = Sequence[float | None]

SITE = """[[site]]
id = "hill"
medium = "air"
name = { zh = "山", en = "hill" }
zone = "competition"
source = "test"
"""
TIE: list[Hours] = [*[[1.0] * 24] * 28, [2.5] * 22 + [2.6] * 2, [5.6] * 23 + [5.4], [6.0] * 24]


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "hill.toml").write_text(SITE, encoding="utf-8")
    return loader.load([tmp_path / "hill.toml"])


def month_of(
    folder: Path,
    catalogue: Catalogue,
    parameter: str,
    month: str,
    days: Sequence[Hours],
) -> dict[tuple[str, str], Mean]:
    """The month's rows of a store with these hours of `hill`, by place and statistic; None: no reading."""
    first = datetime.fromisoformat(f"{month}-01T00:00:00+08:00")

    def readings() -> Iterator[Reading]:
        for day, hours in enumerate(days):
            for hour, value in enumerate(hours):
                time = (first + timedelta(days=day, hours=hour)).astimezone(UTC)
                if value is not None:
                    yield Reading("hill", parameter, "rtd", time, value, "N", time)

    store = SqliteStore(folder / "liangqu.db")
    store.prepare()
    store.write([reading_point("air", Checked(one)) for one in readings()])
    report = compiled(store, catalogue, month)
    store.close()
    return {
        (row.site, row.statistic): row
        for row in report.rows.values()
        if row.parameter == parameter and row.start.astimezone(SHANGHAI) == first
    }


@pytest.mark.parametrize("place", ["hill", "zone-competition"])
def test_a_tie_of_the_95th_percentile_of_co_is_even_and_within(
    place: str, tmp_path: Path, catalogue: Catalogue
) -> None:
    """(60.2 / 24 + 134.2 / 24) / 2 = 4.05 exactly, so 4.0, within 4; the floats between lie above."""
    row = month_of(tmp_path, catalogue, "co", "2025-01", TIE)[place, "month_p95"]

    assert (row.value, row.unrounded, row.target) == (Decimal("4.0"), 4.05, Decimal(4))
    assert row.valid
    assert row.verdict is not None
    assert (row.verdict.within, row.met) == (True, None)  # a month is progress, see verdicts


def test_a_hair_above_the_tie_is_not_met(tmp_path: Path, catalogue: Catalogue) -> None:
    """One hour of 5.600001 more on the second largest day: above 4.05, so 4.1."""
    days: list[Hours] = [*TIE[:-2], [5.6] * 22 + [5.600001, 5.4], TIE[-1]]
    row = month_of(tmp_path, catalogue, "co", "2025-01", days)["hill", "month_p95"]

    assert row.value == Decimal("4.1")
    assert row.verdict is not None
    assert row.verdict.within is False


@pytest.mark.parametrize(
    ("whole", "of_19_hours", "mornings_only", "n", "valid"),
    [
        pytest.param(25, 5, 0, 30, True, id="14 windows, but no valid daily mean, on five days"),
        pytest.param(22, 5, 3, 27, True, id="27 valid maxima are enough"),
        pytest.param(21, 5, 4, 26, False, id="26 are not"),
        pytest.param(26, 0, 4, 26, False, id="a day of 7 hours has no maximum"),
    ],
)
def test_ozones_percentile_counts_the_daily_maxima(
    whole: int,
    of_19_hours: int,
    mornings_only: int,
    n: int,
    valid: bool,
    tmp_path: Path,
    catalogue: Catalogue,
) -> None:
    """GB 3095 table 4 has a daily mean of five gases and particles, for ozone the largest 8 h: 14 of 17."""
    days: list[Hours] = [
        *[[90.0] * 24] * whole,
        *[[None] * 5 + [90.0] * 19] * of_19_hours,
        *[[90.0] * 7 + [None] * 17] * mornings_only,
    ]
    rows = month_of(tmp_path, catalogue, "o3", "2025-06", days)
    row = rows["hill", "month_8h_p90"]

    assert (row.n, row.expected, row.valid) == (n, 30, valid)
    assert row.verdict is not None
    assert row.verdict.within is (True if valid else None)
    assert rows["hill", "month"].valid is (whole >= 27)


def test_the_four_others_stand_beside_their_means(tmp_path: Path, catalogue: Catalogue) -> None:
    """30 days of 1 to 30: rank 29.42 of SO2 (98), so 29.42; the limit is that of the day, 150."""
    days: list[Hours] = [[float(day + 1)] * 24 for day in range(30)]
    rows = month_of(tmp_path, catalogue, "so2", "2025-06", days)

    assert (rows["hill", "month_p98"].unrounded, rows["hill", "month_p98"].value) == (29.42, Decimal(29))
    assert rows["hill", "month_p98"].target == Decimal(150)
    assert rows["hill", "month"].unrounded == 15.5
