"""Real stations of Beijing (UCI 501) in a store, and their month computed again in plain pandas.

The oracle shares no code with the product: float means of pandas, limits and breakpoints typed from
GB 3095-2012 table 1 and HJ 633-2012 table 1.
"""

import gzip
import math
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ingest.stores.base import Store
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.model import Checked, Point, Reading
from sensors.store_schema import reading_point
from tests.support.frames import days_of, times_of
from tests.support.paths import REAL
from tests.support.scale import FULL

ZONES = {
    "huairou": "city", "tiantan": "city", "dongsi": "city",
    "changping": "competition", "dingling": "competition", "aotizhongxin": "competition",
}  # fmt: skip
ZONES_NAMED = ("city", "competition")
STATIONS = tuple(ZONES) if FULL else ("huairou", "tiantan")
COLUMNS = {"pm25": "PM2.5", "pm10": "PM10", "so2": "SO2", "no2": "NO2", "co": "CO", "o3": "O3"}
FIRST = "2013-03-01"
BATCH = 5000

# GB 3095-2012, table 1, class 2: year, day (ozone: 8 h), hour. Percentiles: HJ 663-2013.
YEAR = {"pm25": 35, "pm10": 70, "so2": 60, "no2": 40}
DAY = {"pm25": 75, "pm10": 150, "so2": 150, "no2": 80, "co": 4}
OZONE_8H, OZONE_1H = 160, 200
PERCENT = {"so2": 98, "no2": 98, "pm10": 95, "pm25": 95, "co": 95, "o3": 90}

# HJ 633-2012, table 1.
IAQI = [0, 50, 100, 150, 200, 300, 400, 500]
STEPS = {
    "so2": [0, 50, 150, 475, 800, 1600, 2100, 2620],
    "no2": [0, 40, 80, 180, 280, 565, 750, 940],
    "pm10": [0, 50, 150, 250, 350, 420, 500, 600],
    "pm25": [0, 35, 75, 115, 150, 250, 350, 500],
    "co": [0, 2, 4, 14, 24, 36, 48, 60],
    "o3_1h": [0, 160, 200, 300, 400, 800, 1000, 1200],
    "o3_8h": [0, 100, 160, 215, 265, 800],
}

Row = dict[str, Any]
Key = tuple[str, str, str, str]


def raw(station: str) -> pd.DataFrame:
    """The file's hours from the first on, a column each pollutant; CO in mg/m³."""
    file = REAL / "air-beijing-prsa" / f"PRSA_Data_{_file(station)}_20130301-20170228.csv.gz"
    with gzip.open(file, "rt") as stream:
        table = pd.read_csv(stream, na_values="NA")
    table.index = pd.to_datetime(table[["year", "month", "day", "hour"]]).dt.tz_localize("Asia/Shanghai")
    table = table[list(COLUMNS.values())].set_axis(list(COLUMNS), axis=1)
    table["co"] = (table["co"] / 1000).round(6)
    return table[table.index >= pd.Timestamp(FIRST, tz="Asia/Shanghai")]


def _file(station: str) -> str:
    return station.capitalize()


def catalogue(folder: Path) -> tuple[Path, Catalogue]:
    """A catalogue file with the stations in the zones city and competition, and the catalogue."""
    file = folder / "beijing.toml"
    rows = [
        f'[[site]]\nid = "{id_}"\nmedium = "air"\nname = {{ zh = "{id_}", en = "{id_}" }}\n'
        f'zone = "{ZONES[id_]}"\nsource = "UCI 501"\n'
        for id_ in STATIONS
    ]
    rows += [f'[[zone]]\nid = "{zone}"\nname = {{ zh = "{zone}", en = "{zone}" }}\n' for zone in ZONES_NAMED]
    file.write_text("\n".join(rows), encoding="utf-8")
    return file, loader.load([file], shipped=False)


def points(tables: Mapping[str, pd.DataFrame]) -> Iterator[Point]:
    """Every value as a valid reading, kind rtd."""
    for station, table in tables.items():
        for parameter in COLUMNS:
            values = table[parameter].dropna()
            for local, value in zip(times_of(values), values.tolist(), strict=True):
                time = local.astimezone(UTC)
                reading = Reading(station, parameter, "rtd", time, value, "N", time)
                yield reading_point("air", Checked(reading))


def fill(store: Store, tables: Mapping[str, pd.DataFrame]) -> None:
    """Put them into a store."""
    store.prepare()
    batch: list[Point] = []
    for point in points(tables):
        batch.append(point)
        if len(batch) == BATCH:
            store.write(batch)
            batch = []
    store.write(batch)


def zones(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Stations and zones: of each hour the mean over the stations that have it."""
    made = dict(tables)
    for zone in dict.fromkeys(ZONES[station] for station in tables):
        members = [table for station, table in tables.items() if ZONES[station] == zone]
        made[f"zone-{zone}"] = pd.concat(members).groupby(level=0).mean()
    return made


def expected(tables: Mapping[str, pd.DataFrame], year: int, month: int) -> dict[Key, Row]:
    """Every row that means.csv must have for a month, by site, parameter, statistic and start."""
    rows: dict[Key, Row] = {}
    at = _at(year, month)
    for site, whole in zones(tables).items():
        # What lies further back is not read, what came later is in the store and must not show.
        table = whole[(whole.index >= at - pd.DateOffset(months=35)) & (whole.index < _next(at))]
        for parameter in COLUMNS:
            rows |= {
                (site, parameter, *key): row for key, row in _series(parameter, table[parameter], at).items()
            }
    _count_points(rows, tables)
    rows |= _indices(rows)
    for site in zones(tables):
        rows |= _composite(site, rows, at)
    return rows


def _indices(rows: Mapping[Key, Row]) -> dict[Key, Row]:
    """The daily index of each place, of what is valid of its day; of ozone the largest 8 h mean and hour."""
    names = {"o3_8h_max": "o3_8h", "o3_1h_max": "o3_1h"}
    items: dict[tuple[str, str], dict[str, float]] = {}
    for (site, parameter, statistic, start), row in rows.items():
        item = names.get(statistic, parameter if statistic == "day" and parameter != "o3" else "")
        if item and row["valid"]:
            items.setdefault((site, start), {})[item] = row["unrounded"]
    return {
        (site, "aqi", "day", start): _aqi(found, pd.Timestamp(start))
        for (site, start), found in items.items()
    }


def _count_points(rows: Mapping[Key, Row], stations: Collection[str]) -> None:
    """Of a zone's rows how many of its stations have a valid one; below half, of fewer than four, invalid."""
    for (site, parameter, statistic, start), row in rows.items():
        members = [station for station in stations if site == f"zone-{ZONES[station]}"]
        if members and parameter != "aqi":
            there = [rows.get((member, parameter, statistic, start)) for member in members]
            row["points"] = sum(bool(one and one["valid"]) for one in there)
            row["of_points"] = len(members)
            if row["points"] * 2 < len(members):
                row["valid"], row["met"] = False, None


def _composite(site: str, rows: Mapping[Key, Row], at: pd.Timestamp) -> dict[Key, Row]:
    """Single indices over class 2 and their sum, of the statistics as printed."""
    made: dict[Key, Row] = {}
    january = pd.DateOffset(months=at.month - 1)
    for period, start in (
        ("month", at), ("month", at - pd.DateOffset(months=1)), ("month", at - pd.DateOffset(months=12)),
        ("year_to_date", at - january), ("year_to_date", at - january - pd.DateOffset(months=12)),
    ):  # fmt: skip
        names = {"co": f"{period}_p95", "o3": f"{period}_8h_p90"}
        parts = {
            parameter: rows[site, parameter, names.get(parameter, period), _text(start)]
            for parameter in COLUMNS
            if (site, parameter, names.get(parameter, period), _text(start)) in rows
        }
        found = {name: row for name, row in parts.items() if row["value"] is not None}
        limits: dict[str, int] = {**YEAR, "co": DAY["co"], "o3": OZONE_8H}
        single = {name: row["value"] / Decimal(limits[name]) for name, row in found.items()}
        for name, value in single.items():
            made[site, name, f"{period}_single_index", _text(start)] = _index(value, found[name])
        if parts:
            whole = sum(single.values(), Decimal(0)) if len(single) == len(COLUMNS) else None
            printed = [made[site, name, f"{period}_single_index", _text(start)]["value"] for name in single]
            made[site, "composite_index", period, _text(start)] = _index(whole, parts["pm25"]) | {
                "value": None if whole is None else sum(printed, Decimal(0)),
                "n": sum(row["valid"] for row in parts.values()),
                "expected": len(COLUMNS),
                "valid": whole is not None and all(row["valid"] for row in parts.values()),
                "points": "",
                "of_points": "",
            }
    return made


def _index(value: Decimal | None, of: Row) -> Row:
    """An index beside the row that it rests on; its limits have 2 and 35 as factors, so the 28 digits do."""
    return of | {
        "value": None if value is None else value.quantize(Decimal("0.01"), ROUND_HALF_EVEN),
        "unrounded": None if value is None else float(value),
        "target": None,
        "met": None,
        "standard": "HJ 663-2013",
    }


def _at(year: int, month: int) -> pd.Timestamp:
    return pd.Timestamp(year=year, month=month, day=1, tz="Asia/Shanghai")


def _text(time: pd.Timestamp) -> str:
    return time.isoformat()


def _row(
    parameter: str,
    end: pd.Timestamp,
    value: float,
    n: int,
    of: int,
    *,
    valid: bool,
    limit: float | None,
    judged: bool = True,
) -> Row:
    """`judged` is false of what is no day and no year: no limit of a year decides on it."""
    decimals = 1 if parameter == "co" else 0
    rounded = None if math.isnan(value) else _rounded(value, decimals)
    met = (
        None
        if limit is None or not valid or rounded is None or not judged
        else rounded <= Decimal(str(limit))
    )
    return {
        "end": _text(end), "value": rounded, "unrounded": value, "n": n, "expected": of, "valid": valid,
        "target": limit, "met": met, "standard": "GB 3095-2012",
    }  # fmt: skip


def _rounded(value: float, decimals: int) -> Decimal:
    """Half to even; a float mean is first freed of its noise, which ends far below the ninth decimal."""
    return Decimal(repr(round(float(value), 9))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)


def _daily(values: pd.Series) -> pd.DataFrame:
    """`value n valid` by day."""
    by_day = values.dropna().groupby(days_of(values.dropna()))
    daily = pd.DataFrame({"value": by_day.mean(), "n": by_day.count()})
    daily["valid"] = daily["n"] >= 20
    return daily


def _eight(values: pd.Series) -> pd.DataFrame:
    """The largest 8 h mean of windows of at least 6 h that end at 08:00 to 24:00, by day."""
    hourly = values.asfreq("h")
    means = hourly.rolling(8, min_periods=6).mean().dropna()
    ends = pd.DatetimeIndex(means.index) + pd.Timedelta(hours=1)
    day = (ends - pd.Timedelta(hours=1)).floor("D")
    inside = (ends - day) >= pd.Timedelta(hours=8)
    by_day = means[inside].groupby(day[inside])
    made = pd.DataFrame({"value": by_day.max(), "n": by_day.count()})
    made = made.reindex(_daily(values).index)
    made["n"] = made["n"].fillna(0).astype(int)
    made["valid"] = [
        n >= 14 or (n > 0 and _rounded(v, 0) > OZONE_8H)
        for n, v in zip(made["n"], made["value"], strict=True)
    ]
    return made


def _aqi(items: Mapping[str, float], day: pd.Timestamp) -> Row:
    iaqi = {item: found for item, value in items.items() if (found := _iaqi(STEPS[item], value)) is not None}
    aqi = max(iaqi.values())
    missing = {"pm25", "pm10", "so2", "no2", "co", "o3"} - {item.partition("_")[0] for item in items}
    return {
        "end": _text(day + pd.Timedelta(days=1)), "value": Decimal(aqi), "unrounded": float(aqi),
        "n": len(iaqi), "expected": len(iaqi) + len(missing), "valid": True, "target": None, "met": None,
        "standard": "HJ 633-2012",
    }  # fmt: skip


def _iaqi(steps: list[int], value: float) -> int | None:
    if value > steps[-1]:
        return 500 if len(steps) == len(IAQI) else None
    exact = Decimal(repr(round(float(value), 9)))
    upper = max(1, next(i for i, step in enumerate(steps) if exact <= step))
    low, high = steps[upper - 1], steps[upper]
    part = (IAQI[upper] - IAQI[upper - 1]) * (exact - low) / (high - low) + IAQI[upper - 1]
    return math.ceil(part)


class _Months(NamedTuple):
    """The months that are read, and of each how many valid days it has and whether they are enough."""

    all: pd.DatetimeIndex
    enough: Mapping[pd.Timestamp, bool]


def _months(good: pd.Series, at: pd.Timestamp) -> _Months:
    months = pd.date_range(at - pd.DateOffset(months=35), at, freq="MS")
    counts = {month: int(((good.index >= month) & (good.index < _next(month))).sum()) for month in months}
    return _Months(months, {month: n >= (25 if month.month == 2 else 27) for month, n in counts.items()})


def _series(parameter: str, values: pd.Series, at: pd.Timestamp) -> dict[tuple[str, str], Row]:
    """All rows of one series but its index."""
    daily = _daily(values)
    good = daily[daily["valid"]]["value"]
    months = _months(good, at)
    rows = _days(parameter, values, daily, at)
    means: dict[pd.Timestamp, tuple[float, bool]] = {}
    for month in months.all:
        end = _next(month)
        inside = good[(good.index >= month) & (good.index < end)]
        if len(daily[(daily.index >= month) & (daily.index < end)]):
            rows["month", _text(month)] = _row(
                parameter, end, inside.mean(), len(inside), month.days_in_month,
                valid=months.enough[month], limit=None,
            )  # fmt: skip
        start = month - pd.DateOffset(months=11)
        row = _long(parameter, good, start, end, months.enough, judged=False)
        means[month] = (row["unrounded"], row["valid"])
        if start >= months.all[0] and row["n"]:
            rows["12month", _text(start)] = row
    for year in range(at.year - 2, at.year + 1):
        january, end = _at(year, 1), _at(year + 1, 1)
        if january >= months.all[0] and end <= _next(at):
            rows["year", _text(january)] = _long(parameter, good, january, end, months.enough)
    for back in (0, 12):
        start, end = _at((at - pd.DateOffset(months=back)).year, 1), _next(at - pd.DateOffset(months=back))
        rows["year_to_date", _text(start)] = _so_far(parameter, good, start, end, months)
    three = [means[at - pd.DateOffset(months=back)] for back in (24, 12, 0)]
    sure = [value for value, valid in three if valid]
    if sure:
        rows["36month", _text(months.all[0])] = _row(
            parameter, _next(at), float(np.mean(sure)), len(sure), 3, valid=len(sure) == 3,
            limit=YEAR.get(parameter), judged=False,
        )  # fmt: skip
    return rows | _percentiles(parameter, values, at)


def _so_far(parameter: str, good: pd.Series, start: pd.Timestamp, end: pd.Timestamp, months: _Months) -> Row:
    """Whole months from January on: valid if each is."""
    inside = good[(good.index >= start) & (good.index < end)]
    every = all(valid for month, valid in months.enough.items() if start <= month < end)
    return _row(
        parameter, end, inside.mean(), len(inside), (end - start) // timedelta(days=1),
        valid=every and len(inside) > 0, limit=YEAR.get(parameter), judged=False,
    )  # fmt: skip


def _days(
    parameter: str, values: pd.Series, daily: pd.DataFrame, at: pd.Timestamp
) -> dict[tuple[str, str], Row]:
    """The days of the month: means, and of ozone the largest 8 h mean and hour."""
    tables = [("day", daily, 24, DAY.get(parameter))]
    if parameter == "o3":
        largest = daily.assign(value=values.dropna().groupby(days_of(values.dropna())).max())
        tables += [("o3_8h_max", _eight(values), 17, OZONE_8H), ("o3_1h_max", largest, 24, OZONE_1H)]
    made = {}
    for name, table, of, limit in tables:
        inside = table[table.index >= at]
        for day, (_, one) in zip(pd.DatetimeIndex(inside.index), inside.iterrows(), strict=True):
            end, n, valid = day + pd.Timedelta(days=1), int(one["n"]), bool(one["valid"])
            made[name, _text(day)] = _row(parameter, end, one["value"], n, of, valid=valid, limit=limit)
    return made


def _next(month: pd.Timestamp) -> pd.Timestamp:
    return month + pd.DateOffset(months=1)


def _long(
    parameter: str,
    good: pd.Series,
    start: pd.Timestamp,
    end: pd.Timestamp,
    enough: Mapping[pd.Timestamp, bool],
    *,
    judged: bool = True,
) -> Row:
    inside = good[(good.index >= start) & (good.index < end)]
    every = all(valid for month, valid in enough.items() if start <= month < end)
    of = (end - start) // timedelta(days=1)
    return _row(
        parameter,
        end,
        inside.mean(),
        len(inside),
        of,
        valid=every and len(inside) >= 324,
        limit=YEAR.get(parameter),
        judged=judged,
    )


def _percentiles(parameter: str, values: pd.Series, at: pd.Timestamp) -> dict[tuple[str, str], Row]:
    """Of valid daily values, of ozone the largest 8 h means; as valid as a mean of these would be."""
    ozone = parameter == "o3"
    table = _eight(values) if ozone else _daily(values)
    good = table[table["valid"]]["value"]
    months = _months(good, at)
    suffix = f"{'8h_' if ozone else ''}p{PERCENT[parameter]}"
    rows: dict[tuple[str, str], Row] = {}
    wanted = [
        ("month", 0, 1), ("month", 1, 1), ("month", 12, 1), ("12month", 0, 12),
        ("year_to_date", 0, at.month), ("year_to_date", 12, at.month),
        *([("year", 0, 12), ("year", 12, 12)] if at.month == 12 else [("year", at.month, 12)]),
    ]  # fmt: skip
    for period, back, length in wanted:
        end = _next(at - pd.DateOffset(months=back))
        start = end - pd.DateOffset(months=length)
        if start < months.all[0]:
            continue
        inside = good[(good.index >= start) & (good.index < end)]
        every = all(months.enough[month] for month in months.all if start <= month < end)
        valid = every and len(inside) >= (324 if period in {"12month", "year"} else 1)
        value = float(np.percentile(inside, PERCENT[parameter])) if len(inside) else math.nan
        rows[f"{period}_{suffix}", _text(start)] = _row(
            parameter, end, value, len(inside), (end - start) // timedelta(days=1), valid=valid,
            limit=OZONE_8H if ozone else DAY[parameter], judged=period == "year",
        )  # fmt: skip
    return rows
