"""Readings of any sites, parameters and times, revised and written again: what InfluxDB gives back.

A store that keeps a row a reading, SQLite, and a dictionary are told the same, and must say the same.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar
from uuid import uuid4

import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from ingest.journal.entries import Entry, EntryStatus, PointEntry, ReadingEntry
from ingest.stores.base import Rejected, Store, StoredValue
from ingest.stores.frames import values_of
from ingest.stores.influxdb.lines import to_lines
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from sensors.model import MEDIA, Checked, Key, Kind, Reading, Validity
from sensors.quality_code import to_quality_code
from tests.support.frames import times_of
from tests.support.queue_entries import options
from tests.support.scale import scaled
from tests.support.servers import Influxd

START = datetime(2026, 11, 22, tzinfo=UTC)
SITES = {"olympic": "air", 'o\'b "c",d=e\\f': "air", "houcheng": "water"}
PARAMETERS = ("pm25", "pm10", "a 'b\",c=d", "value")
KINDS: tuple[Kind, ...] = ("rtd", "hour")
# In one point, beside each other, looked up together and apart, in another shard, before 1970.
TIMES = [START + timedelta(milliseconds=ms) for ms in (0, 1, 60_000, 18_000_000, 9 * 86_400_000)]
TIMES.append(datetime(1969, 7, 20, tzinfo=UTC))
SPAN = TIMES[-1], TIMES[-2] + timedelta(days=1)
EVERY_KEY = [
    Key(medium, site, parameter, kind, time)  # type: ignore[arg-type]
    for site, medium in SITES.items()
    for parameter in PARAMETERS
    for kind in KINDS
    for time in TIMES
]
Said = tuple[float, str, str, Validity, str]
"""Value, device mark, failed checks, validity, what was sent in its place."""

values = st.sampled_from([0.0, -0.0, 1.0, 31.2, 5e-324, -1e300]) | st.floats()
flags = st.sampled_from(["N", "N", "M", "D", "", 'a "b\\'])
checks = st.sampled_from(["", "step", "range,flat_line"])
sents = st.sampled_from(["", "", "<0.025", "＜2", "未检出", "-1", 'a "b\\'])
validities: st.SearchStrategy[Validity] = st.sampled_from(["valid", "valid", "suspect", "invalid"])
# Few of the keys, so that many are written again.
keys = st.sampled_from(EVERY_KEY[:12]) | st.sampled_from(EVERY_KEY)
readings = st.lists(
    st.tuples(
        keys,
        st.tuples(values, flags, checks, validities, sents),
        st.sampled_from(["revised", "amended", "point"]),
    ),
    min_size=1,
    max_size=30,
)


class Stores(RuleBasedStateMachine):
    """InfluxDB, SQLite and a dictionary, told the same."""

    influxd: ClassVar[Influxd]

    def __init__(self) -> None:
        super().__init__()
        self._ended = ExitStack()
        self._influxdb = InfluxDBStore(options(self.influxd.url, str(uuid4())))
        self._ended.callback(self._influxdb.close)
        folder = self._ended.enter_context(TemporaryDirectory())
        self._sqlite = self._ended.enter_context(closing(SqliteStore(Path(folder) / "store.db")))
        self._model: dict[Key, Said] = {}

    def teardown(self) -> None:
        for _ in self._influxdb._query([f'DROP DATABASE "{self._influxdb.database}"']):
            pass
        self._ended.close()

    @initialize()
    def prepare(self) -> None:
        for store in (self._influxdb, self._sqlite):
            store.prepare()

    @rule(given=readings, data=st.data())
    def write(self, given: Sequence[tuple[Key, Said, str]], data: st.DataObject) -> None:
        """In batches of any size, of which some are written in part, or once more after others."""
        entries = [*self._entries(given)]
        cuts = sorted(data.draw(st.sets(st.integers(1, len(entries)), max_size=3), "cuts"))
        batches = [entries[a:b] for a, b in zip([0, *cuts], [*cuts, len(entries)], strict=True)]
        written = data.draw(st.integers(0, len(batches)), "written, but not recorded")
        again = data.draw(st.integers(0, written), "written again from")
        for batch in batches[:written]:
            _write(self._influxdb, batch)
        if written < len(batches):
            self._write_in_part(batches[written], data)

        refused = [bad for batch in batches[again:] for bad in _write(self._influxdb, batch)]

        unfit = [entry for entry in entries if not math.isfinite(_reading(entry).value)]
        assert refused == [entry for batch in batches[again:] for entry in batch if entry in unfit]
        assert _write(self._sqlite, entries) == unfit

    @rule()
    def prepare_again(self) -> None:
        self.prepare()

    @invariant()
    def both_say_what_they_were_told(self) -> None:
        for site in SITES:
            for kind in KINDS:
                self._compare_readings(site, kind)
        expected = {key: StoredValue(*said) for key, said in self._model.items()}
        for store in (self._influxdb, self._sqlite):
            found = store.stored(EVERY_KEY)
            assert repr([*_in_order(found)]) == repr([*_in_order(expected)])
        newest: dict[tuple[str, str, str], datetime] = {}
        for key in self._model:
            series = key.site, key.parameter, key.kind
            newest[series] = max(key.time, newest.get(series, key.time))
        assert self._influxdb.latest() == self._sqlite.latest() == newest

    @invariant()
    def whole_measurements_are_the_same(self) -> None:
        site, parameter = EVERY_KEY[0].site, EVERY_KEY[0].parameter
        for medium in MEDIA:
            for tags in ({}, {"site": site}, {"parameter": parameter}, {"site": site, "kind": "hour"}):
                frames = [store.points(medium, *SPAN, tags) for store in (self._influxdb, self._sqlite)]
                pd.testing.assert_frame_equal(frames[0], frames[1])
        count = sum(len(self._influxdb.points(medium, *SPAN)) for medium in MEDIA)
        assert count == len(self._model)

    @invariant()
    def what_there_is_to_say_stands_in_flagged(self) -> None:
        """As boards ask for it: `qc` above 1."""
        frame = self._influxdb.points("flagged", *SPAN)
        said = frame[frame["qc"] > 1][["site", "parameter", "kind", "value", "sent", "qc", "flag", "failed"]]
        found = zip(times_of(said), said.itertuples(index=False, name=None), strict=True)
        expected = [
            (key.time, (key.site, key.parameter, key.kind, value, sent, float(code), flag, failed))
            for key, (value, flag, failed, validity, sent) in self._model.items()
            if (code := to_quality_code(flag, failed, validity, sent)) > 1
        ]
        assert sorted(map(repr, found)) == sorted(map(repr, expected))

    def _entries(self, given: Sequence[tuple[Key, Said, str]]) -> Iterator[Entry]:
        """As they come out of reconciling: new is what is not there yet."""
        for key, said, how in given:
            value, flag, failed, validity, sent = said
            reading = Reading(key.site, key.parameter, key.kind, key.time, value, flag, key.time, sent)
            checked = Checked(reading, tuple(filter(None, failed.split(","))), validity)
            status: EntryStatus = "new"
            if key in self._model:
                status = "amended" if how == "amended" else "revised"
            entry = ReadingEntry(key.measurement, checked, status)
            yield PointEntry(entry.point) if how == "point" else entry
            if math.isfinite(value):
                self._model[key] = said

    def _write_in_part(self, batch: Sequence[Entry], data: st.DataObject) -> None:
        """Some of its lines, as a server that dies amid them keeps."""
        lines, _ = to_lines(batch)
        kept = [line.text for line in lines if data.draw(st.booleans(), "a line is kept")]
        if kept:
            self._influxdb._server.write(self._influxdb.database, "\n".join(kept))

    def _compare_readings(self, site: str, kind: Kind) -> None:
        """All parameters of the site in one pass, and each by itself."""
        stores = (self._influxdb, self._sqlite)
        passes = [store.readings_by_parameter(site, PARAMETERS, *SPAN, kind) for store in stores]
        for parameter, *frames in zip(PARAMETERS, *passes, strict=True):
            of_pass = [frame for named, frame in frames if named == parameter]
            alone = [store.readings(site, parameter, *SPAN, kind) for store in stores]
            for frame in (*of_pass[1:], *alone):
                pd.testing.assert_frame_equal(of_pass[0], frame)
            for store in stores:
                ((_, values),) = store.values_by_parameter(site, [parameter], *SPAN, kind)
                pd.testing.assert_frame_equal(values, values_of(of_pass[0]))
            expected = sorted(
                (key.time, repr(said))
                for key, said in self._model.items()
                if (key.site, key.parameter, key.kind) == (site, parameter, kind)
            )
            rows = of_pass[0].itertuples(index=False, name=None)
            assert [*zip(times_of(of_pass[0]), map(repr, rows), strict=True)] == expected


def _in_order(found: dict[Key, StoredValue]) -> Iterator[tuple[Key, StoredValue]]:
    return ((key, found[key]) for key in EVERY_KEY if key in found)


def _reading(entry: Entry) -> Reading:
    if isinstance(entry, ReadingEntry):
        return entry.checked.reading
    point = entry.point
    tags, value = point.tags, float(point.fields["value"] or 0.0)
    return Reading(tags["site"], tags["parameter"], "rtd", point.time, value, "N", point.time)


def _write(store: Store, entries: Sequence[Entry]) -> list[Entry]:
    """Write them; returns those that were rejected."""
    try:
        store.write_entries(entries)
    except Rejected as rejected:
        return [entries[index] for index, _ in rejected.lines]
    return []


@pytest.mark.server
def test_influxdb_sqlite_and_a_dictionary_say_the_same(
    influxd: Influxd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stores, "influxd", influxd, raising=False)
    run_state_machine_as_test(
        Stores,
        settings=settings(
            max_examples=scaled(100),
            stateful_step_count=8,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
