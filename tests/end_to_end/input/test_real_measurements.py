"""Real measurements through a real broker into a real database: complete, once, bit for bit.

What must arrive is worked out here from the files alone, by our own reading of docs/reference.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

import pytest

from ingest.journal import accounting
from ingest.stores.base import Store
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from tests.support.frames import times_of
from tests.support.liangqu_process import StartLiangqu, items, refused
from tests.support.paths import REAL
from tests.support.scale import FULL
from tests.support.servers import Influxd, Mosquitto

SHANGHAI = timezone(timedelta(hours=8))
AIR = {"pm25": "pm25", "pm10": "pm10", "so2": "so2", "no2": "no2", "co": "co", "o3": "o3_1h"}
WATER = {
    "water_temp": "water_temp_c", "ph": "ph", "do": "do_mg_l", "conductivity": "ec_us_cm",
    "turbidity": "turbidity_ntu", "codmn": "codmn_mg_l", "nh3n": "nh3n_mg_l", "tp": "tp_mg_l",
    "tn": "tn_mg_l", "chla": "chla_mg_l", "algae": "algae_cells_l",
}  # fmt: skip
MISSING = frozenset({"", "-", "--", "NaN"})  # `_` and `*` are left in, to be refused

Key = tuple[str, str, datetime]


class Recorded(NamedTuple):
    """One row of a file: the station's own name, its time (None where there is none), its cells."""

    station: str
    time: datetime | None
    cells: dict[str, str]


class Expected:
    """What must come of rows, in their order."""

    def __init__(self) -> None:
        self.held: dict[Key, float] = {}
        self.outcomes: Counter[str] = Counter(dict.fromkeys(accounting.OUTCOMES, 0))
        self.reasons: Counter[str] = Counter()

    def add(self, site: str, row: Recorded) -> None:
        """One row more."""
        measured = {p: text for p, text in row.cells.items() if text not in MISSING}
        if row.time is None:
            self.reasons["bad_time"] += bool(measured)
            return
        for parameter, text in measured.items():
            try:
                value = float(text)
            except ValueError:
                self.reasons["wrong_type"] += 1
                continue
            key = (site, parameter, row.time.astimezone(UTC))
            former = self.held.get(key)
            self.outcomes["stored" if former is None else "duplicate" if former == value else "revised"] += 1
            self.held[key] = value


def air() -> Iterator[Recorded]:
    """Nine days of all national air stations, hour by hour."""
    with gzip.open(REAL / "air-pm25in-2020/open/hourly_2020-03-26_04-03.csv.gz", "rt") as stream:
        for row in csv.DictReader(stream):
            day = datetime.strptime(row["date"], "%Y%m%d").replace(tzinfo=SHANGHAI)
            time = day + timedelta(hours=int(row["hour"]))
            cells = {ours: row[theirs] for ours, theirs in AIR.items()}
            yield Recorded(f"{row['city']} {row['station']}", time, cells)


def water() -> Iterator[Recorded]:
    """Half a year of daily samples, then five days of four-hourly ones, from all national sections."""
    folder = REAL / "water-cnemc-2020-2021/open"
    for name in ("daily_2020-05-08_2020-10-31.csv.gz", "april2021_4h.csv.gz"):
        with gzip.open(folder / name, "rt") as stream:
            for row in csv.DictReader(stream):
                time = _with_year(row["time"], row.get("file_date") or "2021-04-06")
                raw = {p: row.get(f"{c}_raw") or row[c] for p, c in WATER.items()}
                yield Recorded(f"{row['province']} {row['section']}", time, raw)


def _with_year(text: str, seen_on: str) -> datetime | None:
    """Times come without a year: the latest one that is not after the day on which they were seen."""
    if not text[:1].isdigit():
        return None
    seen = datetime.fromisoformat(seen_on).replace(tzinfo=SHANGHAI) + timedelta(days=1)
    time = datetime.strptime(f"{seen.year}-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)
    return time if time < seen else time.replace(year=seen.year - 1)


def written(
    folder: Path, rows: Iterator[Recorded], medium: str, ours: tuple[str, ...]
) -> tuple[Path, Path, Expected, int]:
    """A catalogue with every station, the rows as wide CSV, and what must come of them.

    A tenth of the stations in CI, but always Zhangjiakou's own.
    """
    sites: dict[str, str] = {}
    expected, lines = Expected(), 0
    table = folder / f"{medium}.csv"
    parameters = list(AIR if medium == "air" else WATER)
    with table.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["site", "time", *parameters])
        for row in rows:
            site = sites.setdefault(row.station, f"n{len(sites):04}")
            if not FULL and int(site[1:]) % 10 and not any(name in row.station for name in ours):
                continue
            out.writerow([site, row.time.isoformat() if row.time else "*", *row.cells.values()])
            expected.add(site, row)
            lines += 1
    catalogue = folder / f"{medium}-sites.toml"
    catalogue.write_text(
        "".join(
            f'[[site]]\nid = "{site}"\nmedium = "{medium}"\nname = {{ zh = "{name}", en = "{site}" }}\n'
            for name, site in sites.items()
        ),
        encoding="utf-8",
    )
    return catalogue, table, expected, lines


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.real
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["influxdb", "sqlite"])
@pytest.mark.parametrize(
    ("medium", "rows", "ours"),
    [
        pytest.param("air", air, ("zhangjiakou", "张家口"), id="air"),
        pytest.param("water", water, ("八号桥", "后城"), id="water"),
    ],
)
def test_real_input_arrives_complete(
    medium: str,
    rows: Callable[[], Iterator[Recorded]],
    ours: tuple[str, ...],
    kind: str,
    broker: Mosquitto,
    influxd: Influxd,
    start_liangqu: StartLiangqu,
    tmp_path: Path,
) -> None:
    sites, table, expected, lines = written(tmp_path, rows(), medium, ours)
    database = f"real_{medium}"
    url = influxd.url if kind == "influxdb" else ""
    service = start_liangqu(broker.port, influxdb=url, database=database, sites=sites)

    told = service.command("replay", str(table), "--missing", ",".join(sorted(MISSING - {""})))
    published = int(told.split()[0])
    figures = service.wait_until_settled(published)
    store: Store = (
        InfluxDBStore(InfluxOptions(url, database)) if url else SqliteStore(service.folder / "liangqu.db")
    )
    frame = store.points(medium, datetime(2019, 1, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC))
    store.close()

    assert lines > 1000
    expected.outcomes["quarantined"] = expected.reasons.total()
    assert items(figures) == dict(expected.outcomes)
    assert refused(figures) == {reason: n for reason, n in expected.reasons.items() if n}
    times = times_of(frame)
    stored = dict(
        zip(zip(frame["site"], frame["parameter"], times, strict=True), frame["value"], strict=True)
    )
    assert len(frame) == len(stored)
    assert stored == expected.held
