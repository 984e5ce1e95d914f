"""The scaled clock: as fast as told, never ahead of the wall."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from liangqu.service.clock import Clock, ClockSteps, when_due
from sensors.simulated import Sent

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Wall:
    """A wall clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        return self.time


def test_it_catches_up_and_then_goes_with_the_wall() -> None:
    """It runs from the past until then."""
    wall = Wall()
    clock = Clock(NOW - 2 * HOUR, 3600, wall)
    assert clock.now() == NOW - 2 * HOUR
    assert clock.seconds_until(NOW - HOUR) == 1

    wall.time = NOW + timedelta(seconds=1)
    assert clock.now() == NOW - HOUR
    assert clock.seconds_until(NOW - HOUR) == 0

    wall.time = NOW + timedelta(seconds=10)
    assert clock.now() == wall.time
    assert clock.seconds_until(wall.time + HOUR) == 3600


def test_messages_are_held_back_until_the_clock_shows_their_time() -> None:
    clock = Clock(NOW, 1, lambda: NOW)
    due = [Sent(NOW - HOUR, "a", b""), Sent(NOW, "b", b""), Sent(NOW + HOUR, "c", b"")]
    stopping, waited = Event(), list[str]()

    def stop(message: Sent) -> None:
        waited.append(message.topic)
        stopping.set()

    assert [message.topic for message in when_due(due, clock, stopping, stop)] == ["a", "b"]
    assert waited == ["c"]


def test_it_wakes_up_when_the_time_has_come() -> None:
    start = datetime.now(UTC) - 10 * HOUR
    clock = Clock(start, 36_000)

    def seen() -> Iterator[tuple[datetime, datetime]]:
        for message in when_due([Sent(start + n * HOUR, "", b"") for n in range(6)], clock, Event()):
            yield message.due, clock.now()

    assert all(due <= shown for due, shown in seen())


class TestClockSteps:
    """Rows: what the wall's clock does while ten seconds pass, and what is said of it."""

    @pytest.mark.parametrize(
        ("moved", "step", "words"),
        [
            pytest.param(10.0, 0.0, "", id="nothing"),
            pytest.param(11.9, 0.0, "", id="less than two seconds more"),
            pytest.param(3610.0, 3600.0, "the clock was set ahead by 1:00:00, to ", id="an hour ahead"),
            pytest.param(-3590.0, -3600.0, "the clock was set back by 1:00:00, to ", id="an hour back"),
            pytest.param(8.0 + 86400 * 400, 86400 * 400 - 2.0, "ahead by 399 days, 23:59:58", id="400 days"),
            pytest.param(0.0, -10.0, "the clock was set back by 0:00:10, to ", id="it stands still"),
        ],
    )
    def test_a_step(self, moved: float, step: float, words: str) -> None:
        wall, passed = Wall(), [100.0]
        steps = ClockSteps(None, wall, lambda: passed[0])
        assert steps.measure() == timedelta()
        wall.time += timedelta(seconds=moved)
        passed[0] += 10

        assert steps.measure() == timedelta(seconds=step)
        assert words in steps.warning
        assert bool(steps.warning) == bool(words)
        assert steps.measure() == timedelta()
        passed[0] += 3600
        assert not steps.warning
