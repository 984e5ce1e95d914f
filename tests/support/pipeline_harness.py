"""Pipeline, sender and recompute over one journal and one store, stepped by hand; what should come of it."""

import json
import weakref
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import isclose
from pathlib import Path

import numpy as np
import pandas as pd

from alerts.engine import AlertEngine
from alerts.notify.config import NotifyConfig
from alerts.rules.definition import Rule
from alerts.rules.index import RuleIndex
from ingest.journal import inbox, requests
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.pipeline import Pipeline
from ingest.recompute.job import RecomputeJob
from ingest.statistics.series_config import config_on
from ingest.stores.base import Store
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from sensors.averages.bulk import frames
from sensors.averages.bulk.kinds import KindReadings, SeriesKinds
from sensors.averages.bulk.tables import HourTable, zone_hours
from sensors.calendar import HOUR_MS, SHANGHAI, DayNumber, EpochMs, from_ms, to_ms
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of
from sensors.decoding.types import InputBounds
from sensors.model import BASES, Kind, StatisticName
from tests.support.frames import rows_of

BOUNDS = InputBounds(earliest=datetime(2000, 1, 1, tzinfo=UTC), max_ahead=timedelta(days=4000))
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DAY = DayNumber(20_000)  # whose limits hold
AGES = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Row = tuple[str, str, str, datetime]  # place, parameter, statistic, stamp
Value = tuple[float, float, float, bool, bool]  # value, n, expected, valid, closed

SITES = """
[[zone]]
id = "quarter"
name = { zh = "小区", en = "Quarter" }

[[river]]
id = "brook"
name = { zh = "小溪", en = "Brook" }

[[site]]
id = "hourly"
medium = "air"
name = { zh = "甲", en = "A" }
zone = "quarter"
cycle = "1h"
basis = "hour"

[[site]]
id = "quick"
medium = "air"
name = { zh = "乙", en = "B" }
zone = "quarter"
cycle = "20m"

[[site]]
id = "declared"
medium = "air"
name = { zh = "丙", en = "C" }
zone = "competition"
cycle = "1h"
parameters = ["pm25", "o3"]

[[site]]
id = "upper"
medium = "water"
name = { zh = "上", en = "Upper" }
river = "brook"
cycle = "4h"

[[site]]
id = "lower"
medium = "water"
name = { zh = "下", en = "Lower" }
river = "brook"
cycle = "4h"
"""


def at(text: str) -> datetime:
    """A time of Asia/Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


class PipelineHarness:
    """Journal, store and the parts between them in one folder."""

    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        rules: Sequence[Rule] | None = None,
        *,
        notify: NotifyConfig | None = None,
        age: timedelta | None = None,
    ) -> None:
        self.folder = folder
        self.catalogue = catalogue
        self.rules = rules
        self.notify = notify or NotifyConfig()
        self.age = age
        self.now = NOW
        self.open()
        self.settle()

    def open(self) -> None:
        self.journal = Journal(self.folder / "journal.db")
        self.store = SqliteStore(self.folder / "liangqu.db")
        self.raw = SqliteStore(self.folder / "liangqu.db")
        for store in (self.store, self.raw):  # Python 3.13 warns of each that is left open
            weakref.finalize(self, store.close)
        alerting = replays = None
        if self.rules is not None:
            alerting = AlertEngine(RuleIndex(self.rules, self.catalogue), self.notify, page_max_age=self.age)
            replays = alerting.replays
        self.pipeline = Pipeline(
            self.journal,
            self.catalogue,
            BOUNDS,
            prefix="liangqu",
            quarantine_limit=10**6,
            observer=alerting,
            clock=lambda: self.now,
        )
        self.sender = StoreSender(self.journal, self.store, prefix="liangqu", quarantine_limit=10**6)
        self.recompute = RecomputeJob(self.journal, self.raw, self.catalogue, self.pipeline.apply, replays)

    def close(self) -> None:
        self.store.close()
        self.raw.close()
        self.journal.close()

    def restart(self, *, journal: bool = True) -> None:
        """Close and open again, on the same journal or without one."""
        self.close()
        if not journal:
            for file in self.folder.glob("journal.db*"):
                file.unlink()
        self.open()

    def send(
        self,
        site: str,
        time: datetime,
        values: Mapping[str, float],
        *,
        flags: Mapping[str, str] | None = None,
        kind: Kind | None = None,
    ) -> None:
        """A message into the inbox, of the finest kind that may count unless another is given."""
        medium, kind = self.catalogue.sites[site].medium, kind or self.catalogue.sites[site].bases[0]
        payload = {"time": time.isoformat(), "values": values, "flags": flags or {}, "kind": kind}
        message = InboxMessage(f"liangqu/{medium}/{site}", json.dumps(payload).encode(), self.now)
        with self.journal.transaction() as connection:
            inbox.add(connection, [message])

    def work(self) -> None:
        """Everything in the inbox through the pipeline."""
        while self.pipeline.step():
            pass

    def settle(self) -> None:
        """Everything into the store, and the recompute queue empty."""
        self.work()
        self._send_all()
        for _ in range(1000):
            if not self.queue():
                break
            self.recompute.step()
            self._send_all()
        assert not self.queue()

    def _send_all(self) -> None:
        while self.sender.step(self.now):
            pass

    def queue(self) -> list[tuple[str, str, str]]:
        return requests.recompute_rows(self.journal.connection())

    def statistics(self) -> dict[Row, Value]:
        return statistics(self.store)

    def expected(self) -> dict[Row, Value]:
        return expected(self.store, self.journal, self.catalogue)


def statistics(store: Store) -> dict[Row, Value]:
    """What the store holds, without what has no input."""
    frame = store.points("statistic", *AGES)
    return {
        (row.site, row.parameter, row.statistic, row.Index.to_pydatetime()): (
            row.value,
            row.n,
            row.expected,
            row.valid,
            row.closed,
        )
        for row in rows_of(frame)
        if row.n
    }


def expected(store: Store, journal: Journal, catalogue: Catalogue) -> dict[Row, Value]:
    """The bulk form over the raw readings as the store gives them back: sites, zones and rivers."""
    made: dict[Row, Value] = {}
    tables: dict[tuple[str, str], dict[str, HourTable]] = {}
    untils: dict[tuple[str, str], list[EpochMs]] = {}
    parts: dict[tuple[str, str], list[KindReadings]] = {}
    reached: dict[tuple[str, str], EpochMs] = {}
    with journal.snapshot() as connection:
        rows = connection.execute("SELECT site, parameter, kind, last_ms FROM series").fetchall()
    for site, parameter, kind, last in sorted(rows, key=lambda row: (*row[:2], _fineness(row[2]))):
        config = config_on(catalogue, site, parameter, DAY, kind)
        if config is None or kind not in catalogue.sites[site].bases:
            continue
        series, raw = (site, parameter), store.readings(site, parameter, *AGES, kind=kind)
        parts.setdefault(series, []).append(KindReadings(config, raw))
        reached[series] = max(reached.get(series, EpochMs(0)), EpochMs(last + config.lead))
    for (site, parameter), of in parts.items():
        kinds, until = SeriesKinds(of), from_ms(reached[site, parameter])
        _add(made, site, parameter, _all_statistics(kinds, until))
        area = area_of(catalogue.sites[site])
        if area is not None and any((part.readings["validity"] == "valid").any() for part in of):
            tables.setdefault((area, parameter), {})[site] = kinds.hours(until)
            untils.setdefault((area, parameter), []).append(to_ms(until))
    for (zone, parameter), members in tables.items():
        ends = untils[zone, parameter]
        until = from_ms(max(min(ends), max(ends) - HOUR_MS))
        basis = config_on(catalogue, zone, parameter, DAY)
        assert basis is not None
        hours = zone_hours(members.values(), until)
        found = frames.hourly_statistics(hours, basis)
        if basis.medium == "air":
            found["1h"] = _zone_hour(members.values(), hours, basis.hour_expected)
        _add(made, zone, parameter, found)
    return made


def _fineness(kind: str) -> int:
    return [*BASES, "day"].index(kind)


def _all_statistics(kinds: SeriesKinds, until: datetime) -> dict[StatisticName, pd.DataFrame]:
    config = kinds.newest.config
    if len(kinds.parts) == 1:
        return frames.all_statistics(kinds.newest.readings, config, until)
    found = frames.hourly_statistics(kinds.hours(until), config)
    if config.medium == "air":
        found["1h"] = kinds.one_hour()
    return found


def _zone_hour(members: Iterable[HourTable], hours: HourTable, sites: int) -> pd.DataFrame:
    every = np.concatenate([member.hour for member in members])
    stamp = pd.to_datetime((hours.hour + 1 - 8) * HOUR_MS, unit="ms", utc=True)
    numbers, over = hours.total
    return pd.DataFrame(
        {
            "stamp": stamp,
            "value": [float(number) / over / 1e6 for number in numbers],
            "n": [int((every == hour).sum()) for hour in hours.hour],
            "expected": sites,
            "valid": True,
            "closed": True,
        }
    )


def _add(
    made: dict[Row, Value], place: str, parameter: str, found: Mapping[StatisticName, pd.DataFrame]
) -> None:
    for name, frame in found.items():
        for row in rows_of(frame):
            if row.n:
                made[place, parameter, name, row.stamp.to_pydatetime()] = (
                    row.value,
                    row.n,
                    row.expected,
                    row.valid,
                    row.closed,
                )


def same(found: Mapping[Row, Value], wanted: Mapping[Row, Value]) -> None:
    """Every row there and equal: the value within 1e-9, all else exactly."""
    missing, more = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    assert not missing, f"{len(missing)} of {len(wanted)} missing: {missing[:50]}"
    assert not more, f"{len(more)} too many: {more[:5]}"
    wrong = [
        (key, row, wanted[key])
        for key, row in found.items()
        if row[1:] != wanted[key][1:] or not isclose(row[0], wanted[key][0], rel_tol=1e-9)
    ]
    assert not wrong, f"{len(wrong)} of {len(wanted)} differ: {wrong[:5]}"


__all__ = ["AGES", "BOUNDS", "NOW", "PipelineHarness", "at", "closing", "expected", "same", "statistics"]
