"""Of a day at rest a line goes ahead: InfluxDB may lose what it is first given there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.stores.base import StoreAway
from ingest.stores.influxdb.ahead_writer import (
    BUSY_S,
    AheadWriter,
    first_of_each_day,
)
from ingest.stores.influxdb.http import LinesRefused
from sensors.calendar import DAY_MS

MON, TUE = 20_000, 20_001
BAD = "bad"
PAUSE = 0.25


def line(day: int, value: str = "1.0", ms: int = 0) -> str:
    return f"air,site=x pm25={value} {day * DAY_MS + ms}"


class RecordingServer:
    """Keeps each request, the pauses between them, and refuses requests with a bad line."""

    def __init__(self) -> None:
        self.seen: list[list[str] | float] = []
        self.now = 0.0
        self.is_away = False
        self.writer = AheadWriter(self, "liangqu", PAUSE, lambda: self.now, self.seen.append)

    def write(self, database: str, lines: str) -> None:
        assert database == "liangqu"
        if self.is_away:
            raise StoreAway("away")
        self.seen.append(lines.split("\n"))
        if BAD in lines:
            raise LinesRefused("no")

    def requests(self, lines: list[str], after: float = 0.0) -> list[list[str] | float]:
        """What is sent of these lines, so many seconds later; pauses as numbers."""
        self.now += after
        self.seen.clear()
        self.writer.write(lines)
        return [*self.seen]


@pytest.fixture
def server() -> RecordingServer:
    return RecordingServer()


def test_a_line_of_each_day_goes_ahead_and_then_all(server: RecordingServer) -> None:
    lines = [line(MON), line(MON, ms=DAY_MS - 1), line(TUE)]

    assert server.requests(lines) == [[lines[0], lines[2]], PAUSE, lines]


@pytest.mark.parametrize(
    ("after", "is_ahead"),
    [
        pytest.param(0.0, False, id="at once"),
        pytest.param(BUSY_S - 0.1, False, id="just before it counts as at rest"),
        pytest.param(BUSY_S, True, id="exactly then"),
    ],
)
def test_a_day_that_was_written_to_is_busy_for_five_minutes(
    after: float, is_ahead: bool, server: RecordingServer
) -> None:
    server.requests([line(MON)])

    found = server.requests([line(MON, "2.0")], after)

    assert found == ([[line(MON, "2.0")], PAUSE] if is_ahead else []) + [[line(MON, "2.0")]]


def test_each_write_keeps_its_days_busy_and_no_other(server: RecordingServer) -> None:
    server.requests([line(MON), line(TUE)])
    for _ in range(3):
        server.requests([line(MON)], BUSY_S / 2)

    assert server.requests([line(MON), line(TUE)]) == [[line(TUE)], PAUSE, [line(MON), line(TUE)]]


def test_a_bad_line_keeps_no_other_day_from_its_line(server: RecordingServer) -> None:
    lines = [line(MON, BAD), line(TUE)]
    with pytest.raises(LinesRefused):
        server.requests(lines)

    assert server.seen == [lines, lines[:1], lines[1:], PAUSE, lines]
    assert server.requests([line(MON), line(TUE)])[0] == [line(MON)]  # Tuesday has its line


def test_a_server_that_is_away_is_asked_anew(server: RecordingServer) -> None:
    server.is_away = True
    with pytest.raises(StoreAway):
        server.requests([line(MON)])
    server.is_away = False

    assert server.requests([line(MON)]) == [[line(MON)], PAUSE, [line(MON)]]


def test_days_at_rest_are_forgotten_when_they_become_many(server: RecordingServer) -> None:
    for first in range(0, 30_000, 10_000):
        server.requests([line(day) for day in range(first, first + 10_000)], BUSY_S)

    assert len(server.writer._written) <= 20_000


@given(st.lists(st.integers(-(10**13), 10**13), max_size=20))
def test_each_line_has_its_day_and_the_first_stands(stamps: list[int]) -> None:
    lines = [f'flagged,site=a\\ b failed="x y" {ms}' for ms in stamps]

    found = first_of_each_day(lines)

    days = [ms // DAY_MS for ms in stamps]
    assert {day: lines.index(first) for day, first in found.items()} == {day: days.index(day) for day in days}
