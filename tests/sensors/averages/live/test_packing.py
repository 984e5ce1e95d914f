"""The last readings of a series survive the journal, whatever their times and sizes; how short they are."""

from array import array
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.averages.exact_sum import Exact, to_exact
from sensors.averages.live.packing import pack, unpack
from sensors.averages.live.rolling_hour import RollingHour
from sensors.averages.live.state import SeriesState, to_packable
from sensors.calendar import HOUR_MS, EpochMs
from tests.support.feeds import basis

MINUTE_MS = 60_000
STATION = basis(cycle=timedelta(minutes=1))

small = st.integers(0, 500_000).map(lambda tenths: tenths / 10)
any_value = st.one_of(
    small,
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2147.483647, 2147.483648, -2147.483648, -2147.483649, 1e15, 0.1234567]),
)
moment = st.integers(0, 90).map(lambda minute: EpochMs(minute * MINUTE_MS)) | st.integers(
    0, 90 * MINUTE_MS
).map(EpochMs)


def through_the_journal(recent: RollingHour) -> list[tuple[EpochMs, Exact]]:
    head = msgspec.msgpack.decode(
        msgspec.msgpack.encode(SeriesState(recent=recent.stored_readings())), type=SeriesState
    )
    return list(unpack(head.recent))


@given(st.lists(st.tuples(moment, st.none() | any_value), max_size=60))
def test_what_is_kept_is_what_was_put_and_not_taken_out(changes: list[tuple[EpochMs, float | None]]) -> None:
    """In any order, replaced and removed too; a second life goes on as the first does."""
    recent = RollingHour(STATION)
    expected: dict[EpochMs, Exact] = {}
    for ms, value in changes:
        total = None if value is None else to_exact(value)
        recent.put(ms, total)
        if total is None:
            expected.pop(ms, None)
        else:
            expected[ms] = total

    assert through_the_journal(recent) == sorted(expected.items())

    again = RollingHour(STATION)
    again.restore(recent.stored_readings(), newest=max(dict(changes), default=EpochMs(0)))
    assert through_the_journal(again) == sorted(expected.items())


@given(st.lists(small, min_size=200, max_size=200), st.sets(st.integers(0, 199)))
def test_pruning_and_gaps_leave_the_rest_as_it_was(values: list[float], missing: set[int]) -> None:
    recent = RollingHour(STATION)
    fed = [(EpochMs(n * MINUTE_MS), to_exact(value)) for n, value in enumerate(values) if n not in missing]
    for ms, total in fed:
        recent.put(ms, total)
        recent.statistics()

    last = fed[-1][0] if fed else 0
    assert through_the_journal(recent) == [pair for pair in fed if pair[0] > last - 2 * HOUR_MS]


@pytest.mark.parametrize(
    ("times", "top", "size"),
    [
        pytest.param(range(0, 120 * MINUTE_MS, MINUTE_MS), 31.2, 17 + 120 * 4, id="a reading a minute"),
        pytest.param(range(0, 120 * MINUTE_MS, MINUTE_MS), 9999.9, 17 + 120 * 8, id="large values"),
        pytest.param([0, 1, *range(MINUTE_MS, 119 * MINUTE_MS, MINUTE_MS)], 31.2, 17 + 120 * 12, id="uneven"),
        pytest.param([0], 31.2, 17 + 12, id="one reading"),
        pytest.param([], 31.2, 0, id="none"),
    ],
)
def test_how_many_bytes_two_hours_take(times: list[EpochMs], top: float, size: int) -> None:
    recent = RollingHour(STATION)
    for ms in times:
        recent.put(ms, to_exact(top))

    kept = recent.stored_readings()

    assert isinstance(kept, bytes)
    assert len(kept) == size


def test_a_gap_is_forgotten_once_it_has_left_the_two_hours() -> None:
    recent = RollingHour(STATION)
    for minute in [0, 1, 2, 5, *range(6, 200)]:
        recent.put(EpochMs(minute * MINUTE_MS), to_exact(31.2))
        recent.statistics()

    assert len(recent.stored_readings()) == 17 + 120 * 4


def test_the_form_of_older_journals_is_read() -> None:
    """Before version 6: all times and then all totals as 64-bit words."""
    totals = [31_200_000, -5, 2**62]
    words = array("q", [0, 60_000, 180_000, *totals])
    words_lowest_first = b"".join(word.to_bytes(8, "little", signed=True) for word in words)

    assert list(unpack(words_lowest_first)) == list(zip([0, 60_000, 180_000], totals, strict=True))
    assert list(unpack(b"")) == []


def test_what_is_no_word_is_kept_as_text() -> None:
    totals = [to_exact(31.2), to_exact(1 / 3), to_exact(1e18)]
    kept = tuple((EpochMs(ms), to_packable(total)) for ms, total in enumerate(totals))

    assert list(unpack(kept)) == list(enumerate(totals))


def test_the_bytes_do_not_depend_on_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with the highest byte first turns the words: what it writes reads as what was meant."""
    turned = array("i", [1, 2])
    turned.byteswap()
    times = array("q", [0, 60_000])
    times.byteswap()
    monkeypatch.setattr("sys.byteorder", "big")

    as_it_would_write = pack(times, turned, 0)
    monkeypatch.undo()

    assert as_it_would_write[17:] == pack(array("q", [0, 60_000]), array("i", [1, 2]), 0)[17:]
