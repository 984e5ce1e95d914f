"""The month hour by hour, held against plain pandas on real measurements: courses of a day and winds."""

import gzip
import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.rules.index import RuleIndex
from dashboards.reports.content.collection import Sources, month_of_report
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.sites.site_reading import SiteReading
from dashboards.reports.hours.courses import Hours, day_course, empty_hours
from dashboards.reports.hours.winds import SECTORS, hourly_directions, sector_of, wind_rose
from dashboards.reports.month import Month
from ingest.stores.base import Store
from sensors.calendar import OFFSET_MS
from sensors.catalogue.model import Catalogue
from sensors.standards.wind_force import force_of
from tests.dashboards.reports import beijing_oracle
from tests.support.paths import REAL

MONTH = Month.parse("2016-12")
START = datetime(2016, 11, 30, 16, tzinfo=UTC)
NAMES = ["N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW"]


def winds_of(station: str) -> pd.DataFrame:
    """December 2016 of a real station: `wd` in letters, `WSPM` in m/s, `PM2.5`."""
    if not REAL.is_dir():
        pytest.skip("no real measurements")
    file = REAL / "air-beijing-prsa" / f"PRSA_Data_{station}_20130301-20170228.csv.gz"
    with gzip.open(file, "rt") as text:
        table = pd.read_csv(text)
    return table[(table["year"] == 2016) & (table["month"] == 12)].reset_index(drop=True)


@pytest.mark.real
@pytest.mark.parametrize("parameter", ["pm25", "co", "o3"])
def test_the_course_of_a_day_is_the_mean_of_each_hour(
    parameter: str,
    beijing_store: Store,
    beijing_catalogue: Catalogue,
    beijing_tables: dict[str, pd.DataFrame],
) -> None:
    """Tiantan, December 2016; every hour of the day has more than half of 31 days."""
    column = beijing_tables["tiantan"][parameter]
    inside = column[(column.index >= "2016-12-01") & (column.index < "2017-01-01")]
    wanted = inside.groupby(pd.DatetimeIndex(inside.index).hour).mean()

    sources = Sources(beijing_store, beijing_catalogue, RuleIndex([], beijing_catalogue), ())
    reading = SiteReading(
        sources, month_of_report(sources, MONTH, MONTH.end), beijing_catalogue.sites["tiantan"]
    )
    reading.read({parameter: ("rtd",)})
    found = day_course(reading.collected.series["tiantan", parameter].hours)

    assert len(found) == 24
    assert found == pytest.approx(wanted.tolist())


def test_an_hour_that_half_of_the_days_lack_has_no_mean() -> None:
    hours = empty_hours(MONTH)
    hours[0::24] = 5.0  # 31 days at 0 o'clock
    hours[1 : 16 * 24 : 24] = 7.0  # 16 of 31 at 1 o'clock
    hours[2 : 15 * 24 : 24] = 9.0  # 15 of 31 at 2 o'clock

    assert day_course(hours)[:4] == [5.0, 7.0, None, None]


@pytest.mark.real
@pytest.mark.parametrize("station", ["Tiantan", "Huairou"])
def test_a_rose_counts_real_winds_as_their_letters_say(station: str) -> None:
    """The station names 16 winds; calm is up to 0.2 m/s; means of PM2.5 by plain pandas."""
    table = winds_of(station)
    degrees = table["wd"].map({name: 22.5 * number for number, name in enumerate(NAMES)})
    rose = wind_rose(*(np.asarray(one, dtype=float) for one in (degrees, table["WSPM"], table["PM2.5"])))
    there = table[table["wd"].notna() & table["WSPM"].notna()]
    blowing = there[there["WSPM"] > 0.2]
    counts = blowing["wd"].value_counts()

    assert rose is not None
    assert (rose.hours, rose.calm) == (len(there), len(there) - len(blowing))
    assert [sum(row) for row in rose.counts] == [counts.get(name, 0) for name in NAMES]
    for name, mean in zip(NAMES, rose.means, strict=True):
        values = blowing[blowing["wd"] == name]["PM2.5"].dropna()
        assert mean == (pytest.approx(values.mean()) if len(values) >= 5 else None)


@pytest.mark.parametrize(
    ("direction", "sector"),
    [(0, 0), (360, 0), (11.2, 0), (11.25, 1), (348.74, 15), (348.75, 0), (90, 4), (180, 8), (270, 12)],
)
def test_a_sector_lies_around_its_name(direction: float, sector: int) -> None:
    assert sector_of(direction) == sector


@given(st.floats(0, 360))
def test_every_direction_has_a_sector_and_its_opposite_the_opposite(direction: float) -> None:
    sector = sector_of(direction)

    assert 0 <= sector < SECTORS
    assert (sector_of((direction + 180) % 360) - sector) % SECTORS in {7, 8, 9}


def directions(*degrees: float, minutes: int = 5) -> Hours:
    times = pd.DatetimeIndex([START + timedelta(minutes=minutes * n) for n in range(len(degrees))])
    return hourly_directions(pd.DataFrame({"value": degrees}, index=times), OFFSET_MS, MONTH)


@pytest.mark.parametrize(
    ("degrees", "mean"),
    [
        pytest.param((359.0, 1.0), 0.0, id="about north, not south"),
        pytest.param((80.0, 100.0), 90.0, id="east"),
        pytest.param((0.0, 180.0), math.nan, id="they cancel out"),
        pytest.param((), math.nan, id="nothing"),
    ],
)
def test_the_direction_of_an_hour_is_that_of_arrows_added(degrees: tuple[float, ...], mean: float) -> None:
    found = directions(*degrees)

    assert len(found) == 31 * 24
    turned = (found[0] - mean + 180) % 360 - 180
    assert math.isnan(mean) == math.isnan(found[0])
    assert math.isnan(mean) or turned == pytest.approx(0, abs=1e-9)
    assert np.isnan(found[1:]).all()


def test_what_lies_outside_of_the_month_is_not_counted() -> None:
    before = pd.DatetimeIndex([START - timedelta(minutes=1), START + timedelta(days=31)])

    found = hourly_directions(pd.DataFrame({"value": [90.0, 90.0]}, index=before), OFFSET_MS, MONTH)

    assert np.isnan(found).all()


def test_less_than_five_days_of_wind_are_no_rose() -> None:
    some = empty_hours(MONTH)
    some[:119] = 1.0

    assert wind_rose(some, some, some) is None
    some[119] = 1.0
    assert wind_rose(some, some, some) is not None


@pytest.mark.parametrize(
    ("speed", "force"),
    [
        (0.0, 0),
        (0.2, 0),
        (0.25, 0),
        (0.3, 1),
        (1.5, 1),
        (1.6, 2),
        (3.3, 2),
        (5.4, 3),
        (7.9, 4),
        (8.0, 5),
        (30.0, 5),
    ],
)
def test_a_speed_has_its_force_on_one_decimal(speed: float, force: int) -> None:
    """Beaufort's limits: calm up to 0.2 m/s, force 1 up to 1.5, 2 up to 3.3, 3 up to 5.4, 4 up to 7.9."""
    assert force_of(speed) == force


@pytest.mark.real
def test_a_store_without_wind_has_no_rose(beijing_report: MonthlyReport) -> None:
    assert beijing_report.collected.roses == {}
    assert "tiantan" in beijing_oracle.STATIONS
