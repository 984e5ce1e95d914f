"""The checks in sequence: named rows, vectors of another implementation, and restarts at any moment."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest.checks import CheckState, check_alone, check_company, check_newest, flat_line, was_valid
from ingest.checks.registry import CHECK_WORDS, INVALIDATING
from sensors.catalogue.model import Parameter, Thresholds
from sensors.model import Checked, Kind, Medium, Name, Reading
from sensors.quality_code import to_quality_code

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
STEP = Thresholds("test", step=10)
SPIKE = Thresholds("test", spike=2)
BOTH = Thresholds("test", step=10, spike=5)
FLAT = Thresholds("test", flat_hours=3)
WITHIN_1 = Thresholds("test", flat_hours=3, flat_tolerance=1)
ALL = Thresholds("test", step=3, spike=2, flat_hours=3, flat_tolerance=0.5, flat_above=1)


def parameter(checks: Thresholds, low: float = 0, high: float = 1000) -> Parameter:
    return Parameter("pm25", "air", (), Name("细", "fine"), "µg/m3", 1, low, high, checks, "test")


def readings(
    values: Sequence[float],
    hours: Sequence[float] | None = None,
    flags: str = "",
    kind: Kind = "rtd",
    cycle: timedelta = HOUR,
) -> list[Reading]:
    at = hours or range(len(values))
    marks = flags or "N" * len(values)
    return [
        Reading("s", "pm25", kind, START + hour * cycle, value, flag, START + hour * cycle + HOUR)
        for value, hour, flag in zip(values, at, marks, strict=True)
    ]


def judged(series: Sequence[Reading], of: Parameter, cycle: timedelta = HOUR) -> list[tuple[str, ...]]:
    """What each reading failed in the end, the late verdicts included."""
    state = CheckState()
    failed: dict[datetime, tuple[str, ...]] = {}
    for reading in series:
        checked, again = check_newest(reading, of, cycle, state)
        assert checked.reading is reading
        failed[reading.time] = checked.failed
        if again is not None:
            assert again.failed == (*failed[again.reading.time], "spike")
            failed[again.reading.time] = again.failed
    return list(failed.values())


def marked(series: Sequence[Reading], of: Parameter, cycle: timedelta = HOUR) -> str:
    """One letter a reading: the first of what it failed, `.` for nothing; `x` flag, `k` spike as its last."""
    letters = {"flag": "x", "range": "r", "step": "s", "flat": "f", "spike": "k"}
    return "".join(letters[failed[-1]] if failed else "." for failed in judged(series, of, cycle))


ROWS = [
    pytest.param(STEP, [10, 20, 30.5, 31], {}, "..s.", id="step: exactly at the limit is plausible"),
    pytest.param(STEP, [10, 50, 50, 50], {}, ".s..", id="step: a new level is flagged once"),
    pytest.param(STEP, [50, 10], {}, ".s", id="step: downwards"),
    pytest.param(Thresholds("t", step=0.3), [0.1, 0.4, 0.1], {}, "...", id="step: 0.4 - 0.1 is at 0.3"),
    pytest.param(Thresholds("t", step=0), [1, 1, 1.1], {}, "..s", id="step: threshold 0 is a threshold"),
    pytest.param(Thresholds("t"), [1, 900, 1, 1, 1, 1, 1], {}, ".......", id="None switches every check off"),
    pytest.param(STEP, [10, 50], {"hours": [0, 2]}, ".s", id="step: two cycles apart are neighbours"),
    pytest.param(STEP, [10, 50], {"hours": [0, 2.001]}, "..", id="step: further apart are none"),
    pytest.param(STEP, [10, 50], {"hours": [0, 0.001]}, ".s", id="step: a few seconds apart are neighbours"),
    pytest.param(STEP, [10, 2000, 11], {}, ".r.", id="step: invalid is no neighbour"),
    pytest.param(STEP, [10, 2000, 50], {}, ".rs", id="step: compared across the invalid one"),
    pytest.param(STEP, [10, 90, 11], {"flags": "NMN"}, ".x.", id="step: marked is no neighbour"),
    pytest.param(STEP, [10, 90, 90, 50], {"flags": "NMMN"}, ".xx.",
                 id="step: two marked end the neighbourhood"),
    pytest.param(SPIKE, [5, 9, 5, 5], {}, ".k..", id="spike"),
    pytest.param(SPIKE, [5, 1, 5, 5], {}, ".k..", id="spike: downwards"),
    pytest.param(SPIKE, [5, 7, 5, 5, 7.25, 5], {}, "....k.", id="spike: exactly at the limit is plausible"),
    pytest.param(SPIKE, [5, 5, 5, 9], {}, "....", id="spike: the newest is not judged"),
    pytest.param(SPIKE, [9, 5, 5], {}, "...", id="spike: nor is the first"),
    pytest.param(SPIKE, [5, 4.9, 20, 20.1, 20], {}, ".....", id="spike: not beside a step"),
    pytest.param(SPIKE, [5, 5, 40, 5, 5, 5], {}, "..k...", id="spike: not beside a tall one"),
    pytest.param(SPIKE, [0, 10, 20, 30, 40], {}, ".....", id="spike: not on a ramp"),
    pytest.param(Thresholds("t", spike=0), [1, 1.1, 1], {}, ".k.", id="spike: threshold 0 is a threshold"),
    pytest.param(Thresholds("t", spike=0.3), [0.1, 0.4, 0.1], {}, "...", id="spike: 0.4 - 0.1 is at 0.3"),
    pytest.param(SPIKE, [5, 9, 5], {"hours": [0, 2, 4]}, ".k.", id="spike: neighbours two cycles away"),
    pytest.param(SPIKE, [5, 9, 5], {"hours": [0, 3, 4]}, "...", id="spike: a gap before"),
    pytest.param(SPIKE, [5, 9, 5], {"hours": [0, 1, 4]}, "...", id="spike: a gap behind"),
    pytest.param(SPIKE, [5, 9, 2000, 5], {}, ".kr.", id="spike: seen across an invalid one"),
    pytest.param(BOTH, [5, 40, 5, 5], {}, ".k..",
                 id="step behind a spike is compared with what was before it"),
    pytest.param(BOTH, [5, 40, 22, 22], {}, ".ks.", id="step behind a spike, to a new level"),
    pytest.param(BOTH, [5, 40, 17, 17], {"hours": [0, 2, 4, 6]}, ".k..",
                 id="step behind a spike with wide gaps: the one before it is too far away"),
    pytest.param(FLAT, [7, 7, 7, 7, 7], {}, "...ff", id="flat: from exactly three hours on"),
    pytest.param(FLAT, [7, 7, 7, 7.1, 7.1, 7.1, 7.1], {}, "......f", id="flat: a move begins anew"),
    pytest.param(FLAT, [7, 7, 7, 7], {"hours": [0, 1, 2, 2.999]}, "....", id="flat: not yet three hours"),
    pytest.param(FLAT, [7, 7, 7, 7, 7, 7], {"hours": [0, 1, 2, 4.5, 5.5, 6.5]}, "......",
                 id="flat: a gap begins anew"),
    pytest.param(FLAT, [7, 7, 0, 7, 7], {"flags": "NNMNN"}, "..xff", id="flat: a marked one is passed over"),
    pytest.param(FLAT, [1, 2, 3, 4, 5, 6, 7], {}, ".......", id="flat: a trend"),
    pytest.param(Thresholds("t", flat_hours=0.5), [7, 7, 7, 8, 9, 8], {}, "..f...",
                 id="flat: three readings at least, a window below the cycle does no harm"),
    pytest.param(WITHIN_1, [7, 8, 7.5, 7, 8.5], {}, "...f.",
                 id="flat: exactly at the tolerance is within it"),
    pytest.param(WITHIN_1, [7, 8, 8.5, 8, 8.5], {}, "....f",
                 id="flat: the run begins behind what lies too far"),
    pytest.param(Thresholds("t", flat_hours=3, flat_above=2), [2, 2, 2, 2, 2], {}, ".....",
                 id="flat: at or below flat_above is exempt"),
    pytest.param(Thresholds("t", flat_hours=3, flat_above=2), [2.1] * 5, {}, "...ff",
                 id="flat: above it is not"),
]  # fmt: skip


@pytest.mark.parametrize(("checks", "values", "options", "expected"), ROWS)
def test_a_series_is_judged(
    checks: Thresholds, values: list[float], options: dict[str, Any], expected: str
) -> None:
    assert marked(readings(values, **options), parameter(checks)) == expected


@pytest.mark.parametrize(
    ("value", "flag", "failed"),
    [
        pytest.param(0, "N", (), id="exactly at the low end"),
        pytest.param(1000, "N", (), id="exactly at the high end"),
        pytest.param(-0.1, "N", ("range",), id="below"),
        pytest.param(1000.1, "N", ("range",), id="above"),
        *(pytest.param(5, letter, ("flag",), id=f"marked {letter}") for letter in "FMSDCTB"),
        pytest.param(2000, "D", ("flag", "range"), id="both"),
    ],
)
def test_a_reading_alone_is_valid_or_invalid(value: float, flag: str, failed: tuple[str, ...]) -> None:
    (reading,) = readings([value], flags=flag)
    expected = Checked(reading, failed, "invalid" if failed else "valid")

    assert check_alone(reading, parameter(ALL)) == expected
    assert check_newest(reading, parameter(ALL), HOUR, CheckState()) == (expected, None)


def test_an_invalid_reading_leaves_no_trace() -> None:
    state = CheckState()
    for reading in readings([5, 6]):
        check_newest(reading, parameter(ALL), HOUR, state)
    before = msgspec.msgpack.encode(state)

    check_newest(readings([0, 0, 5000])[2], parameter(ALL), HOUR, state)

    assert msgspec.msgpack.encode(state) == before


def test_all_failures_stand_in_their_order_and_a_spike_keeps_the_former() -> None:
    series = readings([7, 7, 7, 7, 40, 7])

    assert judged(series, parameter(ALL)) == [(), (), (), ("flat",), ("step", "spike"), ()]
    assert tuple(CHECK_WORDS) == ("flag", "range", "step", "flat", "spike", "inversion")


def test_a_spike_is_returned_as_it_was_read() -> None:
    series, state = readings([5, 9, 5]), CheckState()

    late = [check_newest(reading, parameter(SPIKE), HOUR, state)[1] for reading in series]

    assert late == [None, None, Checked(series[1], ("spike",), "suspect")]


def test_hours_are_neighbours_whatever_the_cycle() -> None:
    series = readings([10, 50, 50], kind="hour")

    assert marked(series, parameter(STEP), timedelta(minutes=5)) == ".s."


MINUTES, DAY = timedelta(minutes=1), 24 * HOUR


@pytest.mark.parametrize(
    ("medium", "kind", "apart", "cycle", "fires"),
    [
        pytest.param("air", "rtd", 5 * MINUTES, 5 * MINUTES, True, id="air every five minutes"),
        pytest.param("air", "rtd", HOUR, HOUR, True, id="air every hour"),
        pytest.param("air", "rtd", HOUR, DAY, True, id="air every hour where a day is declared"),
        pytest.param("air", "hour", HOUR, 4 * HOUR, True, id="hours of air where four are declared"),
        pytest.param("air", "rtd", 4 * HOUR, 4 * HOUR, False, id="air every four hours"),
        pytest.param("air", "rtd", DAY, DAY, False, id="air once a day"),
        pytest.param("air", "day", DAY, HOUR, False, id="days of air"),
        pytest.param("water", "rtd", HOUR, HOUR, True, id="water every hour"),
        pytest.param("water", "rtd", 4 * HOUR, 4 * HOUR, True, id="water every four hours"),
        pytest.param("water", "rtd", 8 * HOUR, 4 * HOUR, True, id="water, every second one missing"),
        pytest.param("water", "rtd", 12 * HOUR, 12 * HOUR, False, id="water twice a day"),
        pytest.param("water", "rtd", DAY, DAY, False, id="water once a day"),
        pytest.param(
            "water", "rtd", DAY, 4 * HOUR, False, id="water once a day where four hours are declared"
        ),
        pytest.param("water", "day", DAY, 4 * HOUR, False, id="days of water"),
        pytest.param("water", "rtd", 7 * DAY, 7 * DAY, False, id="water once a week, by hand"),
    ],
)
@pytest.mark.parametrize(
    ("checks", "values", "letter"),
    [
        pytest.param(STEP, [10, 50, 50], "s", id="step"),
        pytest.param(SPIKE, [5, 9, 5], "k", id="spike"),
        pytest.param(Thresholds("t", flat_hours=0.1), [7, 7, 7], "f", id="flat"),
    ],
)
def test_thresholds_hold_for_the_distance_they_were_taken_from(
    checks: Thresholds,
    values: list[float],
    letter: str,
    medium: Medium,
    kind: Kind,
    apart: timedelta,
    cycle: timedelta,
    fires: bool,
) -> None:
    """Hourly values of air, water every four hours: a change or a rest between two days says nothing."""
    series = readings(values, kind=kind, cycle=apart)

    assert (letter in marked(series, replace(parameter(checks), medium=medium), cycle)) == fires


WHOLE = replace(parameter(Thresholds("t")), id="pm10")
PART = parameter(Thresholds("t", part_of="pm10", part_margin=1))
TOGETHER = {"pm25": PART, "pm10": WHOLE, "so2": replace(WHOLE, id="so2")}


def reading_of(name: str, value: float, flag: str = "N", kind: Kind = "rtd", hour: int = 0) -> Reading:
    return Reading("s", name, kind, START + hour * HOUR, value, flag, START)


@pytest.mark.parametrize(
    ("company", "expected"),
    [
        pytest.param([("pm25", 80), ("pm10", 30)], {0, 1}, id="above"),
        pytest.param([("so2", 5), ("pm10", 30), ("pm25", 80)], {1, 2}, id="in any order"),
        pytest.param([("pm25", 30), ("pm10", 80)], set(), id="below"),
        pytest.param([("pm25", 30), ("pm10", 30)], set(), id="equal"),
        pytest.param([("pm25", 31), ("pm10", 30)], set(), id="above by a rounding"),
        pytest.param([("pm25", 30.4), ("pm10", 29.4)], set(), id="exactly 1, though not in binary"),
        pytest.param([("pm25", 31.1), ("pm10", 30)], {0, 1}, id="above by a little more"),
        pytest.param([("pm25", 80), ("so2", 30)], set(), id="no whole came with it"),
        pytest.param([("pm25", 80), ("pm10", 30, "M")], set(), id="the whole is marked"),
        pytest.param([("pm25", 80, "D"), ("pm10", 30)], set(), id="the part is marked"),
        pytest.param([("pm25", 5000), ("pm10", 30)], set(), id="the part is out of range"),
        pytest.param([("pm25", 80), ("pm10", 30, "N", "hour")], set(), id="of different kinds"),
        pytest.param([("pm25", 80), ("pm10", 30, "N", "rtd", 1)], set(), id="of different times"),
        pytest.param(
            [("pm25", 10), ("pm10", 30), ("pm25", 80, "N", "rtd", 1), ("pm10", 30, "N", "rtd", 1)],
            {2, 3},
            id="several times in one message",
        ),
    ],
)
def test_a_part_above_its_whole_is_remarked_of_both(
    company: list[tuple[Any, ...]], expected: set[int]
) -> None:
    series = [reading_of(*one) for one in company]

    assert check_company(series, TOGETHER) == dict.fromkeys(expected, ("inversion",))


def test_a_remark_counts_and_stays_with_what_is_found_later() -> None:
    series, state = readings([5, 9, 5]), CheckState()
    remark = ("inversion",)

    checked = [check_newest(reading, parameter(SPIKE), HOUR, state, remark) for reading in series]

    assert [one for one, _ in checked] == [Checked(reading, remark, "valid") for reading in series]
    late = checked[2][1]
    assert late == Checked(series[1], ("inversion", "spike"), "suspect")
    assert was_valid(late)
    assert not was_valid(replace(late, failed=("inversion", "step", "spike")))
    assert check_alone(replace(series[0], flag="D"), parameter(SPIKE), remark) == Checked(
        replace(series[0], flag="D"), ("flag",), "invalid"
    )
    assert to_quality_code("N", "inversion", "valid") == 2


VECTORS = json.loads(Path(__file__).with_name("ioos_qc.json").read_text(encoding="utf-8"))["vectors"]
EQUAL = [each for each in VECTORS if each["name"] not in
         {"a step", "a tall one", "stuck, no tolerance", "moving, window below the cycle"}]  # fmt: skip
FAILED = {3, 4}


def ours(vector: dict[str, Any]) -> str:
    """Our marks for a recorded series, with the same thresholds."""
    given_ = vector["parameters"]
    cycle = timedelta(seconds=vector["cycle_s"])
    low, high = given_.get("fail_span", (-1e9, 1e9))
    hours = given_.get("fail_threshold", 0) / 3600
    checks = {
        "gross_range_test": Thresholds("test"),
        "rate_of_change_test": Thresholds("test", step=given_.get("threshold", 0) * vector["cycle_s"]),
        "flat_line_test": Thresholds("test", flat_hours=hours, flat_tolerance=given_.get("tolerance", 0)),
        "spike_test": Thresholds("test", spike=given_.get("fail_threshold")),
    }[vector["function"]]
    return marked(readings(vector["values"], cycle=cycle), parameter(checks, low, high), cycle)


@pytest.mark.parametrize("vector", EQUAL, ids=lambda v: f"{v['function']}: {v['name']}")
def test_ioos_qc_says_the_same(vector: dict[str, Any]) -> None:
    letter = {"g": "r", "r": "s", "f": "f", "s": "k"}[vector["function"][0]]
    theirs = "".join(letter if flag in FAILED else "." for flag in vector["flags"])

    assert ours(vector) == theirs


@pytest.mark.parametrize(
    ("name", "theirs", "better"),
    [
        pytest.param("a step", [2, 1, 4, 4, 1, 2], "......", id="the values beside a step are no spikes"),
        pytest.param("a tall one", [2, 4, 4, 4, 2], "..k..", id="nor are those beside a tall spike"),
        pytest.param("stuck, no tolerance", [1] * 10, "......ffff", id="a stuck sensor is flat"),
        pytest.param("moving, window below the cycle", [4] * 5, ".....", id="a moving one is not"),
    ],
)
def test_where_ioos_qc_is_wrong_we_differ(name: str, theirs: list[int], better: str) -> None:
    (vector,) = (each for each in VECTORS if each["name"] == name)

    assert vector["flags"] == theirs
    assert ours(vector) == better


VALUES = st.lists(
    st.sampled_from([0.0, 0.4, 0.5, 0.9, 1.0, 1.4, 1.5, 2.0, 4.0, 7.0, 7.1, 2000.0])
    | st.floats(allow_nan=False, allow_infinity=False),
    min_size=1,
    max_size=60,
)
GAPS = st.lists(st.sampled_from([0.001, 0.5, 1, 1, 1, 1, 2, 2.1, 30]), min_size=60, max_size=60)
FLAGS = st.lists(st.sampled_from("NNNNNNNM"), min_size=60, max_size=60)


def a_series(values: list[float], gaps: list[float], flags: list[str]) -> list[Reading]:
    hours = [sum(gaps[:i]) for i in range(len(values))]
    return readings(values, hours, "".join(flags[: len(values)]))


@given(VALUES, GAPS, FLAGS, st.lists(st.booleans(), min_size=60, max_size=60))
def test_a_restart_between_any_two_readings_changes_nothing(
    values: list[float], gaps: list[float], flags: list[str], restarts: list[bool]
) -> None:
    straight, restarted = CheckState(), CheckState()
    for reading, restart in zip(a_series(values, gaps, flags), restarts, strict=False):
        if restart:
            restarted = msgspec.msgpack.decode(msgspec.msgpack.encode(restarted), type=CheckState)
        said = check_newest(reading, parameter(ALL), HOUR, straight)

        assert check_newest(reading, parameter(ALL), HOUR, restarted) == said
        assert said[0].reading is reading


@given(VALUES, GAPS, FLAGS)
def test_verdicts_are_of_one_kind_and_in_order(
    values: list[float], gaps: list[float], flags: list[str]
) -> None:
    state = CheckState()
    for reading in a_series(values, gaps, flags):
        for said in check_newest(reading, parameter(ALL), HOUR, state):
            if said is None:
                continue
            assert list(said.failed) == sorted(set(said.failed), key=[*CHECK_WORDS].index)
            alone = INVALIDATING & set(said.failed)
            assert said.validity == ("invalid" if alone else "suspect" if said.failed else "valid")


def flat_by_looking_back(
    values: list[float], hours: list[float], window: float, tolerance: float
) -> list[bool]:
    """The definition, on the whole history: the longest end within the tolerance is as old as the window."""
    found = []
    for now in range(len(values)):
        first = now
        while first > 0 and all(
            abs(exactly(values[first - 1]) - exactly(later)) <= exactly(tolerance)
            for later in values[first : now + 1]
        ):
            first -= 1
        found.append(now - first >= 2 and hours[now] - hours[first] >= window)
    return found


def exactly(value: float) -> Fraction:
    return Fraction(repr(value))


TENTHS = st.integers(0, 15).map(lambda tenths: tenths / 10)


@given(st.lists(TENTHS, min_size=1, max_size=40), st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.2]))
@example([0.1, 0.4, 0.1, 0.4, 0.1], 0.3)
def test_the_run_is_the_longest_end_within_the_tolerance(values: list[float], tolerance: float) -> None:
    hours = [float(i) for i in range(len(values))]
    run, found = None, []
    for value, hour in zip(values, hours, strict=True):
        run = flat_line.follow(run, value, START + hour * HOUR, tolerance)
        found.append(flat_line.is_flat(run, START + hour * HOUR, 3))

    assert found == flat_by_looking_back(values, hours, 3, tolerance)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([i / 1000 for i in range(5000)], id="rising within the tolerance"),
        pytest.param([5 - i / 1000 for i in range(5000)], id="falling within the tolerance"),
        pytest.param([(-1) ** i * i / 1000 for i in range(5000)], id="swinging ever wider"),
        pytest.param([(-1) ** i * (5000 - i) / 1000 for i in range(5000)], id="swinging ever less"),
        pytest.param([7.0] * 5000, id="stuck"),
    ],
)
def test_the_state_stays_small_however_long_the_series(values: list[float]) -> None:
    state, largest = CheckState(), 0
    checks = Thresholds("test", step=1, spike=1, flat_hours=100_000, flat_tolerance=1000)
    for reading in readings(values):
        check_newest(reading, parameter(checks, -1000), HOUR, state)
        largest = max(largest, len(msgspec.msgpack.encode(state)))

    assert largest < 2000


@given(st.lists(st.integers(0, 300).map(float), min_size=40, max_size=120), st.integers(100, 250))
@example([float(i) for i in range(100)], 90)
def test_a_run_of_more_steps_than_are_kept_fails_later_and_never_wrongly(
    values: list[float], tolerance: int
) -> None:
    hours = [float(i) for i in range(len(values))]
    truth = flat_by_looking_back(values, hours, 20, tolerance)
    run = None
    for value, hour, flat in zip(values, hours, truth, strict=True):
        run = flat_line.follow(run, value, START + hour * HOUR, tolerance)

        assert flat or not flat_line.is_flat(run, START + hour * HOUR, 20)
        assert max(len(run.lows), len(run.negated_highs)) <= 32
