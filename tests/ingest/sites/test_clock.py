"""A station's clock, by the times of its readings against their receipts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.sites.clock import (
    ClockFault,
    ClockLimits,
    clock_fault,
    describe_fault,
    encode_fault,
    is_lasting,
    parse_fault,
)
from sensors.model import Name

LIMITS = ClockLimits(timedelta(hours=6))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOMENT = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("behind", "cycle", "found"),
    [
        pytest.param(timedelta(0), MINUTE, None, id="right"),
        pytest.param(6 * HOUR, MINUTE, None, id="exactly as old as is usual"),
        pytest.param(6 * HOUR + MOMENT, MINUTE, ClockFault(6 * HOUR + MOMENT), id="just older"),
        pytest.param(7 * HOUR, 4 * HOUR, None, id="two cycles are usual at least"),
        pytest.param(-5 * MINUTE, HOUR, None, id="exactly as far ahead as is usual"),
        pytest.param(-5 * MINUTE - MOMENT, HOUR, ClockFault(-5 * MINUTE - MOMENT), id="further ahead"),
        pytest.param(2517 * DAY, HOUR, ClockFault(2517 * DAY), id="a clock that was reset"),
        pytest.param(8 * HOUR + MINUTE, MINUTE, ClockFault(8 * HOUR + MINUTE, True), id="UTC as +08:00"),
        pytest.param(9 * HOUR + MINUTE, HOUR, ClockFault(9 * HOUR + MINUTE, True), id="hours named by begin"),
        pytest.param(9 * HOUR + MINUTE, MINUTE, ClockFault(9 * HOUR + MINUTE), id="nine hours of minutes"),
        pytest.param(8 * HOUR, 4 * HOUR, ClockFault(8 * HOUR, True), id="a section of four hours"),
        pytest.param(-8 * HOUR, HOUR, ClockFault(-8 * HOUR, True), id="China's time as Z"),
    ],
)
def test_what_an_offset_shows(behind: timedelta, cycle: timedelta, found: ClockFault | None) -> None:
    assert clock_fault(behind, cycle, LIMITS) == found


def test_without_a_limit_of_age_no_reading_is_old() -> None:
    assert clock_fault(2517 * DAY, HOUR, ClockLimits(None)) is None


@pytest.mark.parametrize(
    ("lasted", "cycle", "lasting"),
    [
        pytest.param(15 * MINUTE - MOMENT, MINUTE, False, id="minutes of a backlog"),
        pytest.param(15 * MINUTE, MINUTE, True, id="a quarter of an hour"),
        pytest.param(3 * HOUR - MOMENT, HOUR, False, id="less than three cycles"),
        pytest.param(3 * HOUR, HOUR, True, id="three cycles"),
    ],
)
def test_a_fault_has_to_last(lasted: timedelta, cycle: timedelta, lasting: bool) -> None:
    assert is_lasting(lasted, cycle) is lasting


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        pytest.param(
            ClockFault(2517 * DAY), Name("时钟慢 2517 天", "its clock is 2,517 days behind"), id="years"
        ),
        pytest.param(
            ClockFault(-20 * MINUTE), Name("时钟快 0.333 小时", "its clock is 0.333 h ahead"), id="ahead"
        ),
        pytest.param(
            ClockFault(8 * HOUR, is_zone=True),
            Name(
                "时钟慢 8 小时，疑为 UTC 时间标成了北京时间",
                "its clock is 8 h behind, as if UTC were China's time",
            ),
            id="the zone",
        ),
    ],
)
def test_a_fault_is_said_in_both_languages(fault: ClockFault, text: Name) -> None:
    assert describe_fault(fault) == text


@given(st.timedeltas(-10_000 * DAY, 10_000 * DAY), st.booleans())
def test_an_event_keeps_a_fault_to_the_millisecond(behind: timedelta, is_zone: bool) -> None:
    fault = ClockFault(behind // MOMENT * MOMENT, is_zone)

    assert parse_fault(encode_fault(fault)) == fault


@given(st.text())
def test_no_other_text_is_a_fault(text: str) -> None:
    found = parse_fault(text)

    assert found is None or parse_fault(encode_fault(found)) == found
