"""The shipped catalogue beside the authority's own data: codes, coordinates, and what the thresholds flag."""

import pandas as pd
import pytest

from sensors.catalogue.loader import load
from sensors.catalogue.model import Thresholds
from tests.support.paths import REAL

pytestmark = pytest.mark.real

AIR = {"pm25": "pm25", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3": "o3_1h"}
BEIJING = {
    "pm25": "PM2.5",
    "pm10": "PM10",
    "so2": "SO2",
    "no2": "NO2",
    "co": "CO",
    "o3": "O3",
    "air_temp": "TEMP",
    "pressure": "PRES",
    "wind_speed": "WSPM",
    "rain": "RAIN",
}
WATER = {
    "water_temp": "water_temp_c",
    "ph": "ph",
    "do": "do_mg_l",
    "conductivity": "ec_us_cm",
    "turbidity": "turbidity_ntu",
    "codmn": "codmn_mg_l",
    "nh3n": "nh3n_mg_l",
    "tp": "tp_mg_l",
    "tn": "tn_mg_l",
}


def test_codes_and_coordinates_are_those_of_the_national_feed() -> None:
    feed = pd.read_csv(REAL / "air-cnemc-live-2019" / "open" / "hourly.csv.gz")
    columns = ["StationCode", "PositionName", "Longitude", "Latitude"]
    real = set(feed.loc[feed["Area"] == "张家口市", columns].itertuples(index=False, name=None))
    shipped = {(s.code, s.name.zh, s.lon, s.lat) for s in load().sites.values() if s.code}
    assert len(real) == 5
    assert shipped == real


def test_sections_are_in_the_national_feed() -> None:
    feed = pd.read_csv(REAL / "water-cnemc-2020-2021" / "open" / "daily_2020-05-08_2020-10-31.csv.gz")
    sections = [site.name.zh for site in load().sites.values() if site.medium == "water"]
    assert set(sections) <= set(feed["section"])


@pytest.fixture(scope="module")
def air() -> pd.DataFrame:
    folder = REAL / "air-pm25in-2020" / "open"
    frame = pd.read_csv(folder / "hourly_2020-03-26_04-03.csv.gz", na_values=["-", "_"], dtype={"date": str})
    frame["time"] = pd.to_datetime(frame["date"]) + pd.to_timedelta(frame["hour"], unit="h")
    frame["site"] = frame["city"] + "/" + frame["station"]
    stale = pd.read_csv(folder / "stale_stations.csv")
    rows = dict(zip(stale["city"] + "/" + stale["station"], stale["distinct_value_rows"], strict=True))
    return frame.assign(distinct=frame["site"].map(rows))


@pytest.fixture(scope="module")
def beijing() -> pd.DataFrame:
    """Four years of six stations: long enough for flat lines, as the national feed (cut at 04:00) is not."""
    files = sorted((REAL / "air-beijing-prsa").glob("*.csv.gz"))
    frame = pd.concat([pd.read_csv(file) for file in files], ignore_index=True)
    frame["time"] = pd.to_datetime(frame[["year", "month", "day", "hour"]])
    return frame.assign(site=frame["station"], CO=frame["CO"] / 1000, PRES=frame["PRES"] / 10)


@pytest.fixture(scope="module")
def water() -> pd.DataFrame:
    path = REAL / "water-cnemc-2020-2021" / "open" / "april2021_4h.csv.gz"
    frame = pd.read_csv(path, na_values=["--", "*"])
    frame = frame[frame["time"].notna()]
    return frame.assign(
        time=pd.to_datetime("2021-" + frame["time"]), site=frame["province"] + frame["section"]
    )


@pytest.mark.parametrize(("parameter", "column"), AIR.items())
def test_air_readings_are_rarely_flagged(air: pd.DataFrame, parameter: str, column: str) -> None:
    flagged = _flagged(air[air["distinct"].isna()], parameter, column, hours=1)
    assert flagged.mean() <= 0.0002
    assert not flagged[air["city"].isin(["张家口", "zhangjiakou"])].any()


@pytest.mark.parametrize(("parameter", "column"), BEIJING.items())
def test_years_of_air_readings_are_rarely_flagged(beijing: pd.DataFrame, parameter: str, column: str) -> None:
    assert len(beijing) > 200_000
    assert _flagged(beijing, parameter, column, hours=1).mean() <= 0.0002


@pytest.mark.parametrize(("parameter", "column"), WATER.items())
def test_water_readings_are_rarely_flagged(water: pd.DataFrame, parameter: str, column: str) -> None:
    tidal = 0.01 if parameter == "conductivity" else 0.0
    flagged = _flagged(water, parameter, column, hours=4)
    assert flagged.mean() <= 0.0003 + tidal
    assert not flagged[water["section"].str.contains("八号桥|后城|左卫桥|温泉屯")].any()


def test_every_station_that_stood_still_is_found(air: pd.DataFrame) -> None:
    stale = air[(air["distinct"] == 1) & air[list(AIR.values())].notna().any(axis=1)]
    found: set[str] = set()
    for parameter, column in AIR.items():
        flat = _flat(stale, column, load().parameters[parameter].checks, gap=pd.Timedelta(days=9))
        found |= set(stale.loc[flat[flat].index, "site"])
    assert stale["site"].nunique() > 200
    assert found == set(stale["site"])


def _flagged(frame: pd.DataFrame, parameter: str, column: str, hours: int) -> pd.Series:
    """Range, step, spike and flat line over each site's series, missing values left out."""
    limits = load().parameters[parameter]
    rows = frame.dropna(subset=[column]).drop_duplicates(["site", "time"]).sort_values(["site", "time"])
    series, site = rows[column], rows["site"]
    before, after = series.groupby(site).shift(), series.groupby(site).shift(-1)
    apart = rows.groupby("site")["time"].diff()
    near = apart <= pd.Timedelta(hours=hours)
    near_after = (-rows.groupby("site")["time"].diff(-1)) <= pd.Timedelta(hours=hours)
    flagged = ~series.between(limits.low, limits.high)
    if limits.checks.step is not None:
        flagged |= near & ((series - before).abs() > limits.checks.step)
    if limits.checks.spike is not None:
        flagged |= near & near_after & ((series - (before + after) / 2).abs() > limits.checks.spike)
    flagged |= _flat(rows, column, limits.checks, gap=2 * pd.Timedelta(hours=hours))
    return flagged.reindex(frame.index, fill_value=False)


def _flat(frame: pd.DataFrame, column: str, checks: Thresholds, gap: pd.Timedelta) -> pd.Series:
    """True where four or more equal values, neighbours at most `gap` apart, have lasted long enough."""
    rows = frame.dropna(subset=[column]).drop_duplicates(["site", "time"]).sort_values(["site", "time"])
    changed = (rows[column] != rows.groupby("site")[column].shift()) | ~(
        rows.groupby("site")["time"].diff() <= gap
    )
    run = changed.cumsum()
    lasted = rows["time"] - rows.groupby(run)["time"].transform("min")
    flat = (rows.groupby(run).cumcount() >= 3) & (lasted >= pd.Timedelta(hours=checks.flat_hours or 1e6))
    if checks.flat_above is not None:
        flat &= rows[column] > checks.flat_above
    return flat.reindex(frame.index, fill_value=False)
