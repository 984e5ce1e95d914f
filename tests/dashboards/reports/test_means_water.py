"""Water months of the national feed against plain pandas: means, classes, samples that met their target.

The oracle shares no code with the product; its limits are typed from GB 3838-2002, table 1 (rivers).
"""

import math
from collections.abc import Iterator
from datetime import UTC
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import means_csv
from ingest.stores.sqlite.store import SqliteStore
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.model import Checked, Reading
from sensors.store_schema import reading_point
from tests.dashboards.reports.beijing_oracle import Key
from tests.dashboards.reports.test_means_air import rows_of
from tests.support.compiled_report import compiled
from tests.support.frames import days_of, times_of
from tests.support.paths import REAL
from tests.support.scale import FULL

pytestmark = pytest.mark.real

FEED = REAL / "water-cnemc-2020-2021" / "open"
SECTIONS = {
    "bahaoqiao": "八号桥",
    "heishantou": "黑山头",
    "jiangqiao": "江桥",
    "longdong": "龙洞",
    "taocha": "陶岔",
}
MONTHS = (
    ("2020-05", "2020-06", "2020-07", "2020-08", "2020-09", "2020-10") if FULL else ("2020-06", "2020-10")
)
ITEMS = {
    "water_temp": "water_temp_c", "ph": "ph", "do": "do_mg_l", "conductivity": "ec_us_cm",
    "turbidity": "turbidity_ntu", "codmn": "codmn_mg_l", "nh3n": "nh3n_mg_l", "tp": "tp_mg_l",
    "tn": "tn_mg_l",
}  # fmt: skip
# Decimals of an assessment: 环办监测函〔2020〕82号 and 总站水字〔2020〕90号.
DECIMALS = {
    "water_temp": 1, "ph": 0, "do": 1, "conductivity": 1, "turbidity": 1, "codmn": 1, "nh3n": 2, "tp": 3,
    "tn": 2,
}  # fmt: skip
AT_MOST = {"codmn": "2 4 6 10 15", "nh3n": "0.15 0.5 1 1.5 2", "tp": "0.02 0.1 0.2 0.3 0.4"}
AT_LEAST = {"do": "7.5 6 5 3 2"}
ROMAN = {"Ⅰ": 1, "Ⅱ": 2, "Ⅲ": 3, "Ⅳ": 4, "Ⅴ": 5, "劣Ⅴ": 6}


def test_an_item_rounds_and_classes_as_the_standard_says() -> None:
    assert _class({"nh3n": Decimal("1.00"), "do": Decimal("5.0"), "ph": Decimal(9)}) == 3
    assert _class({"ph": Decimal("9.1")}) == 6


@pytest.fixture(scope="module")
def feed() -> dict[str, pd.DataFrame]:
    """Section by section the unrounded values by Beijing time; stale times of other days are left out."""
    table = pd.read_csv(FEED / "daily_2020-05-08_2020-10-31.csv.gz", dtype=str)
    made = {}
    for id_, name in SECTIONS.items():
        rows = table[(table["section"] == name) & (table["time"].str[:5] == table["file_date"].str[5:])]
        rows = rows.drop_duplicates("file_date")
        rows.index = pd.to_datetime(rows["file_date"].str[:5] + rows["time"]).dt.tz_localize("Asia/Shanghai")
        values = {
            item: pd.to_numeric(rows[f"{column}_raw"], errors="coerce") for item, column in ITEMS.items()
        }
        made[id_] = pd.DataFrame(values).assign(given=rows["class_given"].map(ROMAN))
    return made


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    file = tmp_path_factory.mktemp("water") / "sections.toml"
    rows = [
        f'[[site]]\nid = "{id_}"\nmedium = "water"\nname = {{ zh = "{name}", en = "{id_}" }}\ncycle = "24h"\n'
        'source = "national feed"\n' + ('river = "yongding"\n' if id_ == "bahaoqiao" else "")
        for id_, name in SECTIONS.items()
    ]
    file.write_text("\n".join(rows), encoding="utf-8")
    return loader.load([file])


@pytest.fixture(scope="module")
def store(feed: dict[str, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    made = SqliteStore(Path(tmp_path_factory.mktemp("water")) / "water.db")
    made.prepare()
    for site, table in feed.items():
        points = []
        for item in ITEMS:
            values = table[item].dropna()
            for local, value in zip(times_of(values), values.tolist(), strict=True):
                time = local.astimezone(UTC)
                points.append(
                    reading_point("water", Checked(Reading(site, item, "rtd", time, value, "N", time)))
                )
        made.write(points)
    yield made
    made.close()


@pytest.mark.parametrize("month", MONTHS)
def test_every_row_equals_plain_pandas(
    month: str, store: SqliteStore, catalogue: Catalogue, feed: dict[str, pd.DataFrame]
) -> None:
    report = compiled(store, catalogue, month)
    found = rows_of(means_csv(report))
    wanted: dict[Key, tuple[str, float | None, int, int, bool]] = {}
    for site, table in feed.items():
        for place in (site, "river-yongding") if site == "bahaoqiao" else (site,):
            wanted |= _expected(place, table, pd.Timestamp(month, tz="Asia/Shanghai"))

    assert found.keys() == wanted.keys()
    for key, (value, unrounded, n, of, valid) in wanted.items():
        row = found[key]
        assert (row["value"], row["n"], row["expected"], row["valid"]) == (
            value, str(n), str(of), "true" if valid else "false",
        ), key  # fmt: skip
        if unrounded is None:
            assert row["unrounded"] == "", key
        else:
            assert float(row["unrounded"]) == pytest.approx(unrounded, rel=1e-9), key
        assert row["standard"] == "GB 3838-2002"
    print(f"\n{month}: {len(wanted)} rows of {len(feed)} sections equal")
    _classed_like_the_labels(report, feed, month)


def _classed_like_the_labels(report: MonthlyReport, feed: dict[str, pd.DataFrame], month: str) -> None:
    """八号桥, the section with a target: every sample has the authority's own class, the share follows."""
    table, place = feed["bahaoqiao"], report.water["bahaoqiao"]
    given = table[pd.DatetimeIndex(table.index).strftime("%Y-%m") == month]["given"].dropna()
    ours = {one.time: one.result.number for one in place.samples}
    assert len(given) >= 8
    assert {time: ours[time] for time in given.index} == {time: int(number) for time, number in given.items()}
    assert place.target == 3
    assert place.met_share == pytest.approx(sum(number <= 3 for number in ours.values()) / len(ours))


def _expected(
    site: str, table: pd.DataFrame, month: pd.Timestamp
) -> dict[Key, tuple[str, float | None, int, int, bool]]:
    rows: dict[Key, tuple[str, float | None, int, int, bool]] = {}
    classes: dict[tuple[str, str], dict[str, tuple[str, int, int, bool]]] = {}
    past = month + pd.DateOffset(months=1)
    for item in ITEMS:
        values = table[item].dropna()
        values = values[values.index < past]
        if not len(values):
            continue
        months = {}
        for first in pd.date_range("2020-01-01", month.tz_localize(None), freq="MS", tz="Asia/Shanghai"):
            inside = values[(values.index >= first) & (values.index < first + pd.DateOffset(months=1))]
            if len(inside):
                enough = len(inside) >= 0.75 * first.days_in_month
                months[first] = (_mean(item, inside.to_numpy()), enough)
                _put(
                    rows,
                    classes,
                    (site, item, "month", first),
                    months[first][0],
                    len(inside),
                    first.days_in_month,
                    enough,
                )
        late = values[values.index >= month]
        for day, inside in late.groupby(days_of(late)):
            _put(
                rows,
                None,
                (site, item, "day", pd.Timestamp(day)),
                _mean(item, inside.to_numpy()),
                len(inside),
                1,
                valid=True,
            )
        good = {first: mean for first, (mean, enough) in months.items() if enough}
        for first in pd.date_range("2020-01-01", month.tz_localize(None), freq="MS", tz="Asia/Shanghai"):
            some = [mean for at, mean in good.items() if at <= first]
            if some:
                start = first - pd.DateOffset(months=11)
                _put(
                    rows,
                    classes,
                    (site, item, "12month", start),
                    _mean(item, np.array(some)),
                    len(some),
                    12,
                    valid=False,
                )
        january = pd.Timestamp("2020-01-01", tz="Asia/Shanghai")
        if good:
            mean = _mean(item, np.array(list(good.values())))
            _put(
                rows,
                classes,
                (site, item, "year_to_date", january),
                mean,
                len(good),
                month.month,
                valid=False,
            )
        else:
            rows[site, item, "year_to_date", january.isoformat()] = ("", None, 0, month.month, False)
    for (statistic, begin), items in classes.items():
        number = _class({item: Decimal(value) for item, (value, *_) in items.items()})
        n, of = min(one[1] for one in items.values()), max(one[2] for one in items.values())
        valid = all(one[3] for one in items.values()) and len(items) == len(AT_MOST) + len(AT_LEAST) + 1
        rows[site, "water_class", statistic, begin] = (str(number), float(number), n, of, valid)
    return rows


def _put(
    rows: dict[Key, tuple[str, float | None, int, int, bool]],
    classes: dict[tuple[str, str], dict[str, tuple[str, int, int, bool]]] | None,
    key: tuple[str, str, str, pd.Timestamp],
    mean: float,
    n: int,
    of: int,
    valid: bool,
) -> None:
    site, item, statistic, start = key
    value = _rounded(mean, DECIMALS[item])
    rows[site, item, statistic, start.isoformat()] = (value, mean, n, of, valid)
    if classes is not None and (item in AT_MOST or item in AT_LEAST or item == "ph"):
        classes.setdefault((statistic, start.isoformat()), {})[item] = (value, n, of, valid)


def _mean(item: str, values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    if item == "ph":
        return -math.log10(np.mean(10.0**-values))
    return float(np.mean(values))


def _rounded(value: float, decimals: int) -> str:
    """Half to even; what would become 0 keeps one digit, as the feed itself publishes it."""
    exact = Decimal(repr(round(value, 10)))
    rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    while exact and not rounded:
        decimals += 1
        rounded = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_EVEN)
    return f"{rounded:f}"


def _class(items: dict[str, Decimal]) -> int:
    found = [1]
    for item, value in items.items():
        if item in AT_MOST:
            found.append(1 + sum(value > Decimal(limit) for limit in AT_MOST[item].split()))
        elif item in AT_LEAST:
            found.append(1 + sum(value < Decimal(limit) for limit in AT_LEAST[item].split()))
        elif not 6 <= value <= 9:
            found.append(6)
    return max(found)
