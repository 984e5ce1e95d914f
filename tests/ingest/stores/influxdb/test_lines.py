"""Entries of the queue as lines: readings of a site's time together, everything else as its point."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from ingest.journal import outgoing
from ingest.journal.entries import (
    Entry,
    EntryStatus,
    PointEntry,
    QueuedEntry,
    ReadingEntry,
    SiteEntry,
    StatisticEntry,
    to_single_entries,
)
from ingest.stores.influxdb.line_protocol import encode
from ingest.stores.influxdb.lines import EntryLine, Refusal, SiteLine, to_lines
from sensors.calendar import to_ms
from sensors.model import Checked, Point, Reading
from tests.support.queue_entries import NOW, raw

TEXTS = st.sampled_from(
    ["pm25", "a b,c=d", 'a"b\\c', "", "line\nbreak", "文" * 99, "\ud800", "end\\", "time"]
)
NUMBERS = st.floats() | st.sampled_from([0, 5, True]) | st.sampled_from([0.0, -0.0, 5.0, 25.0, 31.2])
TIMES = st.sampled_from([NOW, NOW.replace(year=1969), NOW.replace(microsecond=999)]) | st.datetimes(
    timezones=st.just(UTC)
)
FAILED = st.lists(st.sampled_from(["flag", "range", "step", "flat", "spike"]), max_size=2).map(tuple)

readings = st.builds(Reading, TEXTS, TEXTS, TEXTS, TIMES, NUMBERS, TEXTS, TIMES)
raws = st.builds(
    ReadingEntry,
    st.sampled_from(["air", "water"]),
    st.builds(Checked, readings, FAILED, st.sampled_from(["valid", "suspect", "invalid"])),
    st.sampled_from(["new", "revised", "amended"]),
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


@given(st.lists(statistics | others), st.integers(0, 10_000))
def test_what_is_no_reading_has_the_line_of_its_point(entries: list[Entry], start: int) -> None:
    lines, refused = to_lines(entries, start)
    expected, unfit = dict[int, str](), list[Refusal]()
    for index, entry in enumerate(entries, start):
        try:
            expected[index] = encode(entry.point)
        except ValueError as error:
            unfit.append((index, str(error)))

    assert {line.indexes[0]: line.text for line in lines} == expected
    assert refused == unfit


@given(st.lists(raws | statistics, max_size=30), st.integers(0, 10_000))
def test_each_entry_has_lines_or_a_reason(entries: list[Entry], start: int) -> None:
    lines, refused = to_lines(entries, start)

    held = Counter(index for line in lines if isinstance(line, SiteLine) for index in line.indexes)
    held.update(
        index
        for line in lines
        if isinstance(line, EntryLine) and not line.text.startswith("flagged")
        for index in line.indexes
    )
    assert held + Counter(index for index, _ in refused) == Counter(range(start, start + len(entries)))
    assert len(
        {line.text.split(" ")[0] + line.text.rsplit(" ")[-1] for line in lines if isinstance(line, SiteLine)}
    ) == (sum(isinstance(line, SiteLine) for line in lines))
    for line in lines:
        if isinstance(line, SiteLine) and (parts := line.split()):
            assert sorted(index for part in parts for index in part.indexes) == sorted(line.indexes)
            fields = [part.text.split(" ", 1) for part in parts]
            assert all(not part.split() for part in parts)
            assert len(fields) > 1


def reading(
    parameter: str,
    value: float = 31.2,
    status: EntryStatus = "new",
    *,
    flag: str = "N",
    failed: tuple[str, ...] = (),
    minute: int = 0,
    site: str = "olympic",
    sent: str = "",
) -> ReadingEntry:
    validity = "invalid" if flag != "N" else "suspect" if failed else "valid"
    time = NOW + timedelta(minutes=minute)
    return ReadingEntry(
        "air",
        Checked(Reading(site, parameter, "rtd", time, value, flag, time, sent), failed, validity),  # type: ignore[arg-type]
        status,
    )


T0, T1 = to_ms(NOW), to_ms(NOW + timedelta(minutes=1))
FLAGGED = "flagged,kind=rtd,parameter=pm25,site=olympic"


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param(
            [reading("pm25"), reading("pm10", 54.0)],
            [f"air,kind=rtd,site=olympic pm25=31.2,pm25_qc=1i,pm10=54.0,pm10_qc=1i {T0}"],
            id="one message, or two of one time: one point",
        ),
        pytest.param(
            [reading("pm25"), reading("pm25", minute=1), reading("pm10")],
            [
                f"air,kind=rtd,site=olympic pm25=31.2,pm25_qc=1i,pm10=31.2,pm10_qc=1i {T0}",
                f"air,kind=rtd,site=olympic pm25=31.2,pm25_qc=1i {T1}",
            ],
            id="two times",
        ),
        pytest.param(
            [reading("pm25"), reading("pm25", site="b c")],
            [
                f"air,kind=rtd,site=olympic pm25=31.2,pm25_qc=1i {T0}",
                f"air,kind=rtd,site=b\\ c pm25=31.2,pm25_qc=1i {T0}",
            ],
            id="two sites",
        ),
        pytest.param(
            [reading("pm25", failed=("step",))],
            [
                f'{FLAGGED} value=31.2,sent="",qc=3i,flag="N",failed="step" {T0}',
                f"air,kind=rtd,site=olympic pm25=31.2,pm25_qc=3i {T0}",
            ],
            id="something to say",
        ),
        pytest.param(
            [reading("pm25", flag="M", failed=("flag", "range"))],
            [
                f'{FLAGGED} value=31.2,sent="",qc=4i,flag="M",failed="flag,range" {T0}',
                f"air,kind=rtd,site=olympic pm25=31.2,pm25_qc=4i {T0}",
            ],
            id="does not count",
        ),
        pytest.param(
            [reading("pm25", 1.0, sent='＜2 "L"')],
            [
                f'{FLAGGED} value=1.0,sent="＜2 \\"L\\"",qc=2i,flag="N",failed="" {T0}',
                f"air,kind=rtd,site=olympic pm25=1.0,pm25_qc=2i {T0}",
            ],
            id="sent in another form",
        ),
        pytest.param(
            [reading("pm25", status="revised")],
            [
                f'{FLAGGED} value=31.2,sent="",qc=1i,flag="N",failed="" {T0}',
                f"air,kind=rtd,site=olympic pm25=31.2,pm25_qc=1i {T0}",
            ],
            id="revised: what was said of the former value goes",
        ),
        pytest.param(
            [reading("pm25", 1.0), reading("pm25", 2.0)],
            [f"air,kind=rtd,site=olympic pm25=2.0,pm25_qc=1i {T0}"],
            id="one reading twice: the later stands",
        ),
    ],
)
def test_readings(entries: list[Entry], expected: list[str]) -> None:
    lines, refused = to_lines(entries)

    assert [line.text for line in lines] == expected
    assert refused == []


@pytest.mark.parametrize("name", ["pm25_qc", "time", "site", "kind", "", "a\nb", "a\\b"])
def test_a_parameter_that_cannot_name_a_field_is_refused(name: str) -> None:
    lines, refused = to_lines([reading("pm10"), reading(name)])

    assert [index for index, _ in refused] == [1]
    assert [line.text for line in lines] == [f"air,kind=rtd,site=olympic pm10=31.2,pm10_qc=1i {T0}"]


def site_entries(entries: Sequence[ReadingEntry]) -> list[QueuedEntry]:
    """The same readings as they lie in the queue where they may be together."""
    together: list[QueuedEntry] = []
    for entry in entries:
        r, last = entry.checked.reading, together[-1] if together else None
        if (
            entry.status != "new"
            or entry.checked.failed
            or r.sent
            or r.flag != "N"
            or type(r.value) is not float
        ):
            together.append(entry)
        elif (
            isinstance(last, SiteEntry)
            and (last.medium, last.site, last.kind, last.time)
            == (
                entry.medium,
                r.site,
                r.kind,
                r.time,
            )
            and r.parameter not in last.parameters
        ):
            together[-1] = structs.replace(
                last, parameters=(*last.parameters, r.parameter), values=(*last.values, r.value)
            )
        else:
            together.append(
                SiteEntry(entry.medium, r.site, r.kind, r.time, r.received, (r.parameter,), (r.value,))
            )
    return together


few = st.builds(
    lambda medium, site, parameter, minute, value, flag, status: ReadingEntry(
        medium,
        Checked(
            Reading(site, parameter, "rtd", NOW + timedelta(minutes=minute), value, flag, NOW),
            () if flag == "N" else ("flag",),
            "valid" if flag == "N" else "invalid",
        ),
        status,
    ),
    st.sampled_from(["air", "water"]),
    st.sampled_from(["a", "b", "line\nbreak"]),
    st.sampled_from(["pm25", "pm10", "o3", "a%r", "pm25_qc", "time"]),
    st.integers(0, 1),
    st.sampled_from([1.0, 2.5, -0.0, 1e300, -1e300, math.inf, math.nan]),
    st.sampled_from(["N", "N", "N", "M"]),
    st.sampled_from(["new", "new", "revised"]),
)


@given(st.lists(few, max_size=20), st.integers(0, 100))
def test_readings_that_lie_together_have_the_lines_of_each_by_itself(
    entries: list[ReadingEntry], start: int
) -> None:
    together = site_entries(entries)
    assert repr(to_single_entries(together)) == repr([structs.replace(e, checked=e.checked) for e in entries])
    (lines, refused), (expected, expected_refused) = to_lines(together, start), to_lines(entries, start)

    assert sorted(refused) == sorted(expected_refused)
    assert sorted(line.text for line in lines) == sorted(line.text for line in expected)
    assert sorted(tuple(line.indexes) for line in lines) == sorted(tuple(line.indexes) for line in expected)
    for line, other in zip(lines, expected, strict=True):
        assert [part.text for part in line.split()] == [part.text for part in other.split()]


def statistic(value: float | None = 31.2, limit: float | None = 35.0) -> StatisticEntry:
    return StatisticEntry(
        "olympic", "pm25", "24h", NOW, value, 24, 24, valid=True, closed=True, limit=limit, target=25.0
    )


def line_of(entry: Entry) -> str:
    ((line,), _) = to_lines([entry])
    return line.text


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
