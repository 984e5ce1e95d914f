"""The wall clock, and whether somebody sets it; and a faster clock, for replays and simulations."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import structlog

from sensors.calendar import SHANGHAI
from sensors.simulated import Sent

log = structlog.get_logger()

LONGEST_WAIT_S = 30.0
"""Then it looks at the clock again: somebody may have set it, or the machine has slept."""
LEAST_STEP = timedelta(seconds=2)
WARNING_S = 3600.0


def wall() -> datetime:
    """The current time, UTC."""
    return datetime.now(UTC)


class ClockSteps:
    """Notices when somebody sets the wall clock, and corrects what waits as if nobody had.

    Args:
        correct: Called with how far the clock was set ahead; called again with the whole if it failed. None
            where the wall clock takes no part, as in a demonstration.
        of: What time it is on the wall.
        steady: Seconds of a clock that only goes on.
    """

    def __init__(
        self,
        correct: Callable[[timedelta], None] | None = None,
        of: Callable[[], datetime] = wall,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._correct = correct
        self._wall = of
        self._steady = steady
        self._last = of(), steady()
        self._words = ""
        self._warn_until = 0.0
        self._uncorrected = timedelta()
        self._since: tuple[datetime | None, timedelta] = None, timedelta()

    def measure(self) -> timedelta:
        """By how much it was set since the last measurement; 0 for what is below `LEAST_STEP`."""
        wall, steady = self._wall(), self._steady()
        step = (wall - self._last[0]) - timedelta(seconds=steady - self._last[1])
        self._last = wall, steady
        if abs(step) < LEAST_STEP:
            return timedelta()
        direction = "back" if step < timedelta() else "ahead"
        self._words = (
            f"the clock was set {direction} by {timedelta(seconds=round(abs(step).total_seconds()))}, to"
            f" {wall.astimezone(SHANGHAI).isoformat(timespec='seconds')}; waits go on as if it had not been"
        )
        self._warn_until = steady + WARNING_S
        return step

    @property
    def warning(self) -> str:
        """A warning about it for an hour; "" if there is none."""
        return self._words if self._steady() < self._warn_until else ""

    def follow(self) -> None:
        """Correct what waits if the clock was set since the last time."""
        self._uncorrected += self.measure()
        if not self._uncorrected:
            return
        log.warning(
            "clock set",
            seconds=self._uncorrected.total_seconds(),
            now=wall().astimezone(SHANGHAI).isoformat(),
        )
        if self._correct is not None:
            self._correct(self._uncorrected)
            self._since = self._since[0], self._since[1] + self._uncorrected
        self._uncorrected = timedelta()

    def adjusted(self, since: datetime | None) -> datetime | None:
        """The moment since which something has lasted, by the clock as it goes now; None lasts not at all."""
        if since != self._since[0]:
            self._since = since, timedelta()
        return since and since + self._since[1]


class Clock:
    """Shows `start` when made, runs `speed` times as fast as the wall's, with it once it has caught up.

    Args:
        start: Not in the future.
        speed: Seconds a second, at least 1.
        of: What time it is on the wall.
    """

    def __init__(self, start: datetime, speed: float = 1.0, of: Callable[[], datetime] = wall) -> None:
        self.start = start
        self.speed = speed
        self._wall = of
        self._begun = of()

    def now(self) -> datetime:
        """The time it shows."""
        wall = self._wall()
        return min(self.start + (wall - self._begun) * self.speed, wall)

    def seconds_until(self, time: datetime) -> float:
        """Seconds on the wall until it shows `time`; 0 or less when it does already."""
        wall = self._wall()
        scaled = (time - self.start) / self.speed - (wall - self._begun)
        return max(scaled, time - wall) / timedelta(seconds=1)


def when_due(
    messages: Iterable[Sent],
    clock: Clock,
    stopping: Event,
    before_wait: Callable[[Sent], None] = lambda _next: None,
) -> Iterator[Sent]:
    """Each message when the clock shows its `due`; ends after the last, or soon after `stopping` is set.

    `before_wait` is called once with the message that is waited for, if it is not due yet.
    """
    for message in messages:
        if clock.seconds_until(message.due) > 0:
            before_wait(message)
        while (left := clock.seconds_until(message.due)) > 0 and not stopping.is_set():
            stopping.wait(min(left, LONGEST_WAIT_S))
        if stopping.is_set():
            return
        yield message
