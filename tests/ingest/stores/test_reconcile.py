"""Settling: new, duplicate, revised, late and amended, told apart by what the store holds."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ingest.journal.entries import Entry, EntryStatus, PointEntry, ReadingEntry
from ingest.stores import reconcile as reconciling
from ingest.stores.base import StoredValue
from ingest.stores.reconcile import ReceiptStamps, Reconciliation, keys_to_look_up
from sensors.model import Checked, Key, Point, Reading

T0 = datetime(2026, 11, 21, 16, tzinfo=UTC)  # midnight of the 22nd in Shanghai
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
KEY = Key("air", "wujinku", "pm25", "rtd", T0)


def raw(
    value: float,
    status: EntryStatus = "late",
    flag: str = "N",
    minute: int = 0,
    conflict: str = "revise",
    *,
    sent: str = "",
) -> ReadingEntry:
    reading = Reading("wujinku", "pm25", "rtd", T0 + timedelta(minutes=minute), value, flag, NOW, sent)
    return ReadingEntry("air", Checked(reading), status, "keep" if conflict == "keep" else "revise")


def reconcile(entries: Sequence[Entry], held: Mapping[Key, StoredValue]) -> Reconciliation:
    """As a sender that has just begun."""
    return reconciling.reconcile(entries, held, ReceiptStamps())


def statuses(entries: list[Entry]) -> list[str]:
    return [e.status if isinstance(e, ReadingEntry) else e.point.measurement for e in entries]


HELD = StoredValue(31.0, "N", "", "valid")
BELOW = StoredValue(31.0, "N", "", "valid", "<62")


@pytest.mark.parametrize(
    ("entry", "held", "written", "outcomes"),
    [
        pytest.param(raw(31.0), None, ["revision", "new"], {"late": 1}, id="late, nothing there"),
        pytest.param(raw(31.0, "verify"), None, ["new"], {}, id="newer than all, store asked"),
        pytest.param(raw(31.0), HELD, [], {"duplicate": 1}, id="same value"),
        pytest.param(raw(31.0, flag="M"), HELD, ["revision", "revised"], {}, id="same value, other flag"),
        pytest.param(raw(31.0, sent="<62"), BELOW, [], {"duplicate": 1}, id="same below detection"),
        pytest.param(raw(31.0, sent="<62"), HELD, ["revision", "revised"], {}, id="now below detection"),
        pytest.param(raw(31.0), BELOW, ["revision", "revised"], {}, id="now measured"),
        pytest.param(raw(31.0, "amend", sent="<62"), BELOW, ["amended"], {}, id="amended below detection"),
        pytest.param(raw(32.0), HELD, ["revision", "revised"], {}, id="other value"),
        pytest.param(raw(32.0, conflict="keep"), HELD, ["revision"], {"dropped": 1}, id="other value, keep"),
        pytest.param(raw(31.0, conflict="keep"), HELD, [], {"duplicate": 1}, id="same value, keep"),
        pytest.param(raw(31.0, "amend"), HELD, ["amended"], {}, id="amended"),
        pytest.param(raw(32.0, "amend"), HELD, [], {}, id="amended, but revised since"),
        pytest.param(raw(31.0, "amend"), None, [], {}, id="amended, but gone"),
        pytest.param(raw(31.0, "new"), None, ["new"], {}, id="settled already"),
    ],
)
def test_one_entry(
    entry: ReadingEntry, held: StoredValue | None, written: list[str], outcomes: dict[str, int]
) -> None:
    result = reconcile([entry], {KEY: held} if held else {})

    assert statuses(result.entries) == written
    assert dict(result.outcomes) == outcomes


def test_late_readings_are_counted_by_the_month_of_their_own_time() -> None:
    """In Shanghai: the hour that ends November there is still the 30th of November in UTC."""
    edge = 9 * 24 * 60  # minutes from the 22nd to the 1st of December

    result = reconcile([raw(1.0, minute=edge - 1), raw(2.0, minute=edge), raw(3.0, "verify")], {})

    assert result.late == {("wujinku", "2026-11"): 1, ("wujinku", "2026-12"): 1}
    assert result.outcomes == {"late": 2}


def test_a_revision_keeps_the_former_value_with_its_source_and_time_of_receipt() -> None:
    (revision, written), outcomes = (r := reconcile([raw(32.0)], {KEY: HELD})).entries, r.outcomes

    assert revision == PointEntry(
        Point(
            "revision",
            {"site": "wujinku", "parameter": "pm25", "kind": "rtd"},
            {"of": "2026-11-21T16:00:00.000+00:00", "former": 31.0, "value": 32.0, "source": "mqtt"},
            NOW,
        )
    )
    assert written == raw(32.0, "revised")
    assert not outcomes


def test_revisions_received_together_all_stay() -> None:
    held = {KEY: HELD, Key("air", "wujinku", "pm25", "rtd", T0 + timedelta(minutes=1)): HELD}

    result = reconcile([raw(32.0), raw(33.0, minute=1), raw(34.0)], held)

    stamps = [e.point.time for e in result.entries if isinstance(e, PointEntry)]
    assert stamps == [NOW, NOW + timedelta(milliseconds=1), NOW + timedelta(milliseconds=2)]


def test_a_late_reading_has_a_row_without_a_former_value() -> None:
    (record, written) = reconcile([raw(32.0)], {}).entries

    assert record == PointEntry(
        Point(
            "revision",
            {"site": "wujinku", "parameter": "pm25", "kind": "rtd"},
            {"of": "2026-11-21T16:00:00.000+00:00", "former": None, "value": 32.0, "source": "mqtt"},
            NOW,
        )
    )
    assert written == raw(32.0, "new")


def test_records_received_together_all_stay_whatever_batch_they_come_in() -> None:
    """A day of late minutes in one message, and the next message of its station a moment later."""
    stamps = ReceiptStamps()
    first = [raw(1.0, minute=minute) for minute in range(100)]
    moment_later = structs.replace(first[0].checked.reading, received=NOW + timedelta(milliseconds=5))
    second = [
        structs.replace(one, checked=Checked(structs.replace(moment_later, time=T0 - timedelta(minutes=m))))
        for m, one in enumerate(first, 1)
    ]

    made = [reconciling.reconcile(batch, {}, stamps) for batch in (first[:60], first[60:], second)]

    points = [one.point for result in made for one in result.entries if isinstance(one, PointEntry)]
    assert [point.time for point in points] == [NOW + timedelta(milliseconds=n) for n in range(200)]


arrivals = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([1.0, 2.0, 3.0]), st.sampled_from(["keep", "revise"])),
    max_size=12,
)


@given(arrivals=arrivals, together=st.integers(1, 4))
def test_what_was_known_at_any_moment_follows_from_the_store_and_its_records(
    arrivals: list[tuple[int, float, str]], together: int
) -> None:
    """Backwards from what is in force, as docs/reference/store.md says."""
    stored, records, snapshots = dict[Key, StoredValue](), list[Point](), list[dict[datetime, float]]()
    newest, stamps = -1, ReceiptStamps()
    for first in range(0, len(arrivals), together):
        batch = list[Entry]()
        for number, (minute, value, conflict) in enumerate(arrivals[first : first + together], first):
            one = raw(value, "new" if minute > newest else "late", minute=minute, conflict=conflict)
            received = structs.replace(one.checked.reading, received=NOW + timedelta(seconds=number))
            batch.append(structs.replace(one, checked=Checked(received)))
            newest = max(newest, minute)
        for entry in reconciling.reconcile(batch, stored, stamps).entries:
            if isinstance(entry, ReadingEntry):
                reading = entry.checked.reading
                key = Key("air", reading.site, reading.parameter, reading.kind, reading.time)
                stored[key] = StoredValue(reading.value, reading.flag, "", "valid")
            else:
                assert isinstance(entry, PointEntry)
                records.append(entry.point)
        snapshots.append({key.time: one.value for key, one in stored.items()})

    known = {key.time: one.value for key, one in stored.items()}
    on_time = {T0 + timedelta(minutes=m) for m in _on_time(arrivals)}
    for at in reversed(range(len(snapshots))):
        came = {T0 + timedelta(minutes=m) for m, _, _ in arrivals[: (at + 1) * together]}
        expected = {time: value for time, value in known.items() if time not in on_time or time in came}
        assert snapshots[at] == expected
        since = NOW + timedelta(seconds=at * together)
        while records and records[-1].time >= since:
            _take_back(known, records.pop())


def _on_time(arrivals: Sequence[tuple[int, float, str]]) -> Iterator[int]:
    """The minutes whose first value was the newest: those were known from their own time on."""
    newest = -1
    for minute, _, _ in arrivals:
        if minute > newest:
            newest = minute
            yield minute


def _take_back(known: dict[datetime, float], record: Point) -> None:
    """What was known before this record."""
    of, former, source = (record.fields[name] for name in ("of", "former", "source"))
    time = datetime.fromisoformat(str(of))
    if former is None:
        del known[time]
    elif not str(source).endswith(reconciling.YIELDED):
        known[time] = float(former)


def test_what_goes_before_in_the_batch_counts_as_held() -> None:
    result = reconcile([raw(31.0, "new"), raw(31.0), raw(32.0), raw(32.0)], {})

    assert statuses(result.entries) == ["new", "revision", "revised"]
    assert result.outcomes == {"duplicate": 2}


def test_late_and_revised_days_are_to_be_recomputed_duplicates_not() -> None:
    result = reconcile(
        [raw(31.0), raw(5.0, minute=-1), raw(31.0, minute=9)], {KEY: StoredValue(30.0, "N", "", "valid")}
    )

    assert result.recompute == {
        "revision": {("wujinku", "2026-11-22")},
        "late": {("wujinku", "2026-11-21"), ("wujinku", "2026-11-22")},
    }


def test_nothing_is_looked_up_for_what_is_plainly_new() -> None:
    assert keys_to_look_up([raw(1.0, "new"), PointEntry(Point("aqi", {}, {}, T0))]) == []
    assert keys_to_look_up([raw(1.0, "new"), raw(1.0, "late"), raw(2.0, "amend")]) == [KEY]


entries = st.lists(
    st.builds(
        raw,
        st.sampled_from([1.0, 2.0]),
        st.sampled_from(["verify", "late"]),
        st.sampled_from(["N", "M"]),
        st.integers(0, 2),
    ),
    max_size=8,
)


@given(before=entries, after=entries)
def test_a_crash_between_deciding_and_writing_decides_nothing_twice(
    before: list[Entry], after: list[Entry]
) -> None:
    batch = [*before, *after]
    once = reconcile(batch, {})

    again = reconcile(once.entries, {})

    assert again.entries == once.entries
    assert (again.outcomes, again.recompute) == ({}, {})


@given(batch=entries)
def test_every_item_has_exactly_one_place(batch: list[Entry]) -> None:
    result = reconcile(batch, {})

    written = sum(isinstance(e, ReadingEntry) for e in result.entries)
    assert written + result.outcomes["duplicate"] + result.outcomes["dropped"] == len(batch)
