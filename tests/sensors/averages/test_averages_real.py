"""The averages on real measurements, beside plain pandas and beside what the authority published."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from sensors.averages.bulk.frames import all_statistics
from sensors.averages.exact_sum import UNIT
from sensors.averages.live.series import LiveSeries
from sensors.calendar import EpochMs, hour_of
from sensors.model import StatisticName
from sensors.standards.rounding import round_half_even
from tests.support.feeds import basis, frame_of, ms, table_of, table_of_frames
from tests.support.paths import REAL
from tests.support.scale import FULL

pytestmark = pytest.mark.real

STATIONS = ("Aotizhongxin", "Changping", "Dingling", "Dongsi", "Huairou", "Tiantan")
POLLUTANTS = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3"}
CASES = [(station, "pm25") for station in STATIONS]
CASES += [(STATIONS[k], name) for k, name in enumerate(POLLUTANTS) if name != "pm25"]
CASES += [("Dongsi", "co")]  # has a month without one reading
if FULL:
    CASES = [(station, name) for station in STATIONS for name in POLLUTANTS]


def texts(station: str, parameter: str) -> pd.Series:
    """The values as printed, by local hour (naive): the hour is that which begins."""
    path = REAL / "air-beijing-prsa" / f"PRSA_Data_{station}_20130301-20170228.csv.gz"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    time = pd.to_datetime(table[["year", "month", "day", "hour"]].astype(int))
    values = pd.Series(table[POLLUTANTS[parameter]].to_numpy(), index=pd.DatetimeIndex(time))
    return values[values != "NA"].map(str)


def readings(values: pd.Series) -> pd.DataFrame:
    """As the store gives them."""
    index = pd.DatetimeIndex(values.index).tz_localize("Asia/Shanghai").tz_convert("UTC")
    return pd.DataFrame({"value": values.to_numpy().astype(float), "validity": "valid"}, index=index)


def by_stamp(frame: pd.DataFrame) -> pd.DataFrame:
    """With local stamps, as plain pandas has them."""
    index = pd.DatetimeIndex(frame["stamp"]).tz_convert("Asia/Shanghai").tz_localize(None)
    return frame.set_index(index)


def close(ours: pd.Series, plain: pd.Series) -> None:
    there = plain.notna()
    assert there.any()
    np.testing.assert_allclose(ours[there].to_numpy(), plain[there].to_numpy(), rtol=1e-9)


def rounds_as(ours: pd.Series, exact: dict[pd.Timestamp, Fraction], decimals: int) -> int:
    """Our rounded values are those of the exact fractions; returns how many of these are ties."""
    ties = 0
    for stamp, fraction in exact.items():
        scaled = fraction * 10**decimals
        ties += scaled.denominator == 2
        whole = round(scaled)  # Python rounds a Fraction half to even
        assert round_half_even(float(ours[stamp]), decimals) == Decimal(whole).scaleb(-decimals), stamp
    return ties


@pytest.mark.parametrize(("station", "parameter"), CASES)
def test_day_month_year_and_twelve_months_equal_plain_pandas(station: str, parameter: str) -> None:
    printed = texts(station, parameter)
    of = basis(basis="hour", label="start", parameter=parameter)
    made = {name: by_stamp(frame) for name, frame in all_statistics(readings(printed), of).items()}

    values = printed.astype(float)
    daily = values.resample("D").agg(["mean", "count"])
    day = made["day"].reindex(daily.index)
    have = daily["count"] > 0
    assert (day["n"].fillna(0) == daily["count"]).all()
    assert (day["valid"].fillna(value=False).astype(bool) == (daily["count"] >= 20)).all()
    close(day["value"][have], daily["mean"][have])

    good = daily["mean"][daily["count"] >= 20]
    monthly = good.resample("MS").agg(["mean", "sum", "count"])
    needed = np.where(pd.DatetimeIndex(monthly.index).month == 2, 25, 27)
    month = made["month"].reindex(monthly.index)
    assert (month["n"].isna() == (values.resample("MS").count()[monthly.index] == 0)).all(), (
        "no reading, no row"
    )
    assert (month["n"].fillna(0) == monthly["count"]).all()
    enough = monthly["count"] >= needed
    closed = month["closed"].fillna(value=True).astype(bool)  # an absent month is over too
    assert (month["valid"].fillna(value=False).astype(bool) == enough).all()
    close(month["value"], monthly["mean"])
    enough &= closed

    yearly = good.resample("YS").agg(["mean", "count"])
    year = made["year"].reindex(yearly.index)
    months_a_year = enough.resample("YS").sum()
    assert (year["n"] == yearly["count"]).all()
    assert (year["valid"].astype(bool) == ((yearly["count"] >= 324) & (months_a_year == 12))).all()
    close(year["value"], yearly["mean"])

    rolled = monthly[["sum", "count"]].rolling(12).sum()
    rolled.index += pd.offsets.MonthBegin(1)  # stamped with the end of the window
    rolled = rolled[closed.to_numpy() & rolled["count"].notna().to_numpy()]
    twelve = made["12month"].reindex(rolled.index)
    valid = enough.astype(int).rolling(12).sum()
    valid.index += pd.offsets.MonthBegin(1)
    assert (twelve["n"] == rolled["count"]).all()
    expected = (rolled["count"] >= 324) & (valid.reindex(rolled.index) == 12)
    assert (twelve["valid"].astype(bool) == expected).all()
    close(twelve["value"], rolled["sum"] / rolled["count"])


def exact_days(printed: pd.Series) -> dict[pd.Timestamp, tuple[Fraction, int]]:
    days: dict[pd.Timestamp, tuple[Fraction, int]] = {}
    for time, text in zip(pd.DatetimeIndex(printed.index).normalize(), printed.tolist(), strict=True):
        total, n = days.get(time, (Fraction(0), 0))
        days[time] = total + Fraction(text), n + 1
    return days


@pytest.mark.parametrize("station", STATIONS if FULL else STATIONS[1:3])
def test_every_mean_rounds_as_its_exact_fraction_ties_included(station: str) -> None:
    printed = texts(station, "pm25")
    made = all_statistics(readings(printed), basis(basis="hour", label="start"))
    days = exact_days(printed)
    means = {day: total / n for day, (total, n) in days.items()}
    good = {day: means[day] for day, (_, n) in days.items() if n >= 20}

    ours = by_stamp(made["day"])["value"]
    ties = sum(rounds_as(ours, means, decimals) for decimals in (0, 1, 2))
    assert ties > 50, "a proof without ties proves nothing about them"

    periods: Mapping[StatisticName, str] = {"month": "MS", "year": "YS"}
    for name, start in periods.items():
        groups: dict[pd.Timestamp, list[Fraction]] = {}
        for day, mean in good.items():
            first = day.to_period("M" if start == "MS" else "Y").to_timestamp()
            groups.setdefault(first, []).append(mean)
        exact = {first: sum(parts, Fraction(0)) / len(parts) for first, parts in groups.items()}
        ours = by_stamp(made[name])["value"]
        for decimals in (0, 1, 2):
            rounds_as(ours, exact, decimals)


@pytest.mark.heavy
@pytest.mark.parametrize("station", STATIONS if FULL else STATIONS[4:5])
def test_four_years_live_equal_four_years_in_bulk(station: str) -> None:
    printed = texts(station, "o3")
    of = basis(basis="hour", label="start", parameter="o3")
    raw = {ms(str(time)): float(text) for time, text in printed.items()}
    series, live = LiveSeries(of), []

    for at, value in raw.items():
        series.add(at, value)
        live += series.changes().statistics

    bulk = table_of_frames(all_statistics(frame_of(raw), of))
    written = table_of(live)
    assert written.keys() == bulk.keys()
    assert [key for key in bulk if written[key] != bulk[key]] == []


def published_ozone() -> Iterator[tuple[str, EpochMs, int, str, str]]:
    """station, end of the hour (ms), hours since midnight, o3_1h, o3_8h; stale stations left out."""
    folder = REAL / "air-pm25in-2020" / "open"
    with (folder / "stale_stations.csv").open(encoding="utf-8") as file:
        stale = {(row["city"], row["station"]) for row in csv.DictReader(file)}
    with gzip.open(folder / "hourly_2020-03-26_04-03.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if (row["city"], row["station"]) in stale:
                continue
            day = row["date"]
            at = ms(f"{day[:4]}-{day[4:6]}-{day[6:]}T{row['hour']}:00")
            since = int(row["hour"]) or 24
            yield f"{row['city']}/{row['station']}", at, since, row["o3_1h"], row["o3_8h"]


def test_eight_hour_ozone_equals_what_the_feed_published() -> None:
    """The feed averages the last 8 hours *since midnight*: its first seven windows of a day are shorter.

    That is the feed's own rule, not HJ 663's and not ours: GB 3095 says 8 consecutive hours. Here it is the
    width of the window that is asked of the same exact sums. A window counts where all of its hours are
    published; hours the authority corrected later make up the rest (README of the data: 99.4 %).
    """
    rows: dict[str, list[tuple[EpochMs, int, str, str]]] = {}
    for station, at, since, hour, eight in published_ozone():
        rows.setdefault(station, []).append((at, since, hour, eight))
    full = right = 0
    for hours in rows.values():
        series = LiveSeries(basis(basis="hour", parameter="o3"))
        for at, since, hour, eight in sorted(hours):
            if not hour.isdigit():
                continue
            series.add(at, float(hour))
            series.changes()
            width = min(8, since)
            n, total = series.hours.window(hour_of(at), width)
            if n == width and eight.isdigit():
                full += 1
                right += round_half_even(Fraction(total, n * UNIT), 0) == int(eight)

    print(f"{right} of {full} full windows: {right / full:.4%}")
    assert full > 20_000
    assert right / full >= 0.993
