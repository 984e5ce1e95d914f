"""The authority's own verdicts of 2019, 2020 and 2022, reproduced: class, index, level, primary pollutants.

Only two things come from the labels: which sections count as lakes (the list beside the data was inferred
from them), and the feed's own ways that `cnemc-live-2012` is made of.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sensors.standards.aqi import Index, index, level_of, report
from sensors.standards.rounding import Number
from sensors.standards.water_class import sample_class
from sensors.standards.water_limits import Waterbody, assessed
from tests.support.paths import REAL

pytestmark = pytest.mark.real

WATER = REAL / "water-cnemc-2020-2021" / "open"
BLANK = {"", "--", "*", "—", "-", "_", "NaN"}
CLASSES = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅳ": 4, "Ⅴ": 5, "劣Ⅴ": 6}
ITEMS = {"ph": "ph", "do": "do_mg_l", "codmn": "codmn_mg_l", "nh3n": "nh3n_mg_l", "tp": "tp_mg_l"}
POLLUTANTS = {
    "细颗粒物(PM2.5)": "pm25",
    "颗粒物(PM10)": "pm10",
    "二氧化硫": "so2",
    "二氧化氮": "no2",
    "一氧化碳": "co",
    "臭氧1小时": "o3",
}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _measured(row: Mapping[str, str], columns: Mapping[str, str], suffix: str = "") -> dict[str, Number]:
    return {item: text for item, column in columns.items() if (text := row[column + suffix]) not in BLANK}


@pytest.fixture(scope="module")
def lakes() -> set[tuple[str, str, str]]:
    """The sections whose labels fit only lake limits for total phosphorus."""
    rows = _rows(WATER / "section_type_inferred.csv")
    return {(r["province"], r["basin"], r["section"]) for r in rows if r["inferred"] == "lake"}


@pytest.fixture(scope="module")
def daily() -> list[dict[str, str]]:
    """Rows of May to October 2020 that carry the authority's class."""
    rows = list(_rows(WATER / "daily_2020-05-08_2020-10-31.csv.gz"))
    return [row for row in rows if row["class_given"] in CLASSES]


def _agreeing(rows: list[dict[str, str]], lakes: set[tuple[str, str, str]], suffix: str) -> int:
    agreeing = 0
    for row in rows:
        lake = (row["province"], row["basin"], row["section"]) in lakes
        body: Waterbody = "lake" if lake else "river"
        found = sample_class(_measured(row, ITEMS, suffix), assessed("GB 3838-2002", body))
        agreeing += found is not None and found.number == CLASSES[row["class_given"]]
    return agreeing


def test_class_on_unrounded_values(daily: list[dict[str, str]], lakes: set[tuple[str, str, str]]) -> None:
    assert len(daily) == 13_243
    assert _agreeing(daily, lakes, "_raw") == 13_243


def test_class_on_published_values(daily: list[dict[str, str]], lakes: set[tuple[str, str, str]]) -> None:
    """The authority rounds for show and decides on the unrounded value: 45 rows sit that close to a limit."""
    agreeing = _agreeing(daily, lakes, "")
    print(f"{agreeing} of {len(daily)} on published values")
    assert agreeing == 13_198


def test_the_kind_of_water_body_matters(daily: list[dict[str, str]]) -> None:
    """With river limits for every section about one label in twenty is missed."""
    agreeing = _agreeing(daily, set(), "_raw")
    print(f"{agreeing} of {len(daily)} by river limits alone")
    assert 0.93 < agreeing / len(daily) < 0.96


def test_a_class_is_given_without_total_phosphorus(daily: list[dict[str, str]]) -> None:
    """Why a missing item does not block a class: it is missing in labelled rows, and nothing else ever is."""
    missing = Counter(item for row in daily for item in ITEMS if row[f"{ITEMS[item]}_raw"] in BLANK)
    assert set(missing) == {"tp"}


def _index(row: Mapping[str, str], columns: Mapping[str, str]) -> Index:
    found = index(_measured(row, columns), report("cnemc-live-2012", "hour"))
    assert found is not None
    return found


def _live(file: str) -> list[dict[str, str]]:
    return list(_rows(REAL / file))


def test_the_national_feed_of_2019() -> None:
    """O3 is the field named O3_24h: the names stand the wrong way round in that feed."""
    columns = {"pm25": "PM2_5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3_24h"}
    rows = [row for row in _live("air-cnemc-live-2019/open/hourly.csv.gz") if row["AQI"] not in BLANK]
    assert len(rows) == 5_678
    for row in rows:
        found = _index(row, columns)
        primary = [POLLUTANTS[name] for name in row["PrimaryPollutant"].split(",") if name not in BLANK]
        given = (int(row["AQI"]), row["Quality"], primary)
        assert (found.aqi, level_of(found.aqi).category.zh, list(found.primary)) == given, row


def test_its_relay_of_2020() -> None:
    """Both clean and dusty days, ties in the feed's order; an AQI of 0 stands for none."""
    columns = {"pm25": "pm25", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3": "o3_1h"}
    rows = _live("air-pm25in-2020/open/hourly_2020-03-26_04-03.csv.gz")
    rows = [row for row in rows if row["aqi"] not in BLANK | {"0"}]
    assert len(rows) == 74_555
    for row in rows:
        found = _index(row, columns)
        primary = [POLLUTANTS[name] for name in row["primary"].split() if name not in BLANK]
        given = (int(row["aqi"]), row["level"], primary)
        assert (found.aqi, level_of(found.aqi).category.zh, list(found.primary)) == given, row


def test_the_opening_day_of_2022() -> None:
    """Expected: the 40 rows of the excerpt that carry an AQI."""
    columns = {"pm25": "pm2_5", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3": "o3_24h"}
    rows = [row for row in _live("air-cnemc-2022-excerpt/excerpt_2022-02-04.csv") if row["aqi"]]
    assert len(rows) == 40
    assert [_index(row, columns).aqi for row in rows] == [int(row["aqi"]) for row in rows]
