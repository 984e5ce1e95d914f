"""The quick way from the queue to a line says what the careful one by the entry's point says."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.journal import outgoing
from ingest.journal.entries import Entry, PointEntry, ReadingEntry, StatisticEntry
from ingest.stores.influxdb.fast_lines import line_of
from ingest.stores.influxdb.line_protocol import encode, encode_all
from sensors.model import Checked, Point, Reading
from tests.support.queue_entries import NOW, raw

TEXTS = st.sampled_from(["pm25", "a b,c=d", 'a"b\\c', "", "line\nbreak", "文" * 99, "\ud800", "end\\"])
NUMBERS = st.floats() | st.sampled_from([0, 5, True]) | st.sampled_from([0.0, -0.0, 5.0, 25.0, 31.2])
TIMES = st.sampled_from([NOW, NOW.replace(year=1969), NOW.replace(microsecond=999)]) | st.datetimes(
    timezones=st.just(UTC)
)
FAILED = st.lists(st.sampled_from(["flag", "range", "step", "flat", "spike"]), max_size=2).map(tuple)

readings = st.builds(Reading, TEXTS, TEXTS, TEXTS, TIMES, NUMBERS, TEXTS, TIMES)
raws = st.builds(
    ReadingEntry,
    st.sampled_from(["air", "water"]),
    st.builds(Checked, readings, FAILED, st.sampled_from(["valid", "suspect"])),
    st.just("new"),
)
statistics = st.builds(
    StatisticEntry,
    TEXTS,
    TEXTS,
    TEXTS,
    TIMES,
    st.none() | NUMBERS,
    st.integers(0, 60),
    st.integers(0, 60),
    st.booleans(),
    st.booleans(),
    st.none() | NUMBERS,
    st.none() | NUMBERS,
)
others = st.builds(
    PointEntry, st.builds(Point, st.just("mark"), st.just({"site": "s"}), st.just({"reason": "r"}), TIMES)
)


@given(st.lists(raws | statistics | others), st.integers(0, 10_000))
def test_an_entry_has_the_line_of_its_point(entries: list[Entry], start: int) -> None:
    points = [entry.point for entry in entries]

    assert encode_all(entries, start, by=line_of) == encode_all(points, start, by=encode)


def statistic(value: float | None = 31.2, limit: float | None = 35.0) -> StatisticEntry:
    return StatisticEntry(
        "olympic", "pm25", "24h", NOW, value, 24, 24, valid=True, closed=True, limit=limit, target=25.0
    )


@pytest.mark.parametrize("turn", [1, -1], ids=["one way", "the other"])
def test_zero_and_minus_zero_are_two_limits(turn: int) -> None:
    """What stands beside a value is remembered, and the two are equal keys."""
    for limit in (0.0, -0.0)[::turn]:
        assert f",limit={limit!r}," in line_of(statistic(limit=limit))


def test_a_row_of_the_queue_from_before_version_7_is_written() -> None:
    """There statistics wait as points with all their names."""
    now = statistic()
    row = msgspec.msgpack.encode([raw(0, 31.2), PointEntry(now.point)])

    entries = outgoing.decode_entries([row, msgspec.msgpack.encode([now])])

    _, before, after = map(line_of, entries)
    assert before == after
    assert after == (
        "statistic,parameter=pm25,site=olympic,statistic=24h "
        "value=31.2,n=24.0,expected=24.0,valid=true,closed=true,limit=35.0,target=25.0 "
        f"{int(datetime(2026, 11, 23, tzinfo=UTC).timestamp() * 1000)}"
    )
