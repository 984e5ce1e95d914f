"""What an episode machine is told, what it remembers, and what it answers."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from sensors.model import Change, Severity

Phase = Literal["normal", "pending", "firing", "recovering"]
Ending = Literal["period_end", "invalidated", "rule_changed"]
_OPEN = ("firing", "recovering")
ZERO = timedelta()


class Observed(Struct, frozen=True):
    """A valid value as judged. `period` names the calendar period of a period's value; `old` wakes nobody."""

    time: datetime
    value: float
    limit: float
    severity: Severity | None
    clear: bool
    period: str = ""
    old: bool = False


class Frozen(Struct, frozen=True):
    """A value that does not count: suspect, invalid, in maintenance or calibration."""

    time: datetime


class Withdrawn(Struct, frozen=True):
    """The value at this time does not count after all, for example a spike."""

    time: datetime


class Ended(Struct, frozen=True):
    """What else ends an episode: its period, the loss of its ground, or another rule in its place."""

    time: datetime
    reason: Ending


class Acknowledged(Struct, frozen=True):
    """Somebody has taken it on; `time` is the clock's."""

    time: datetime
    by: str
    note: str = ""


Event = Observed | Frozen | Withdrawn | Ended | Acknowledged


class State(Struct, frozen=True, array_like=True):
    """What a machine remembers.

    `latest` is the newest event, `steady` the newest valid one that timers may run on from, `held` how long
    the condition of the phase has lasted. `inside` is when the recovery began, `milder` the gravest level
    seen since the severity could fall. `severity` is what the values come to, `announced` what was told of
    current ones: the gravest since it last fell, None while only old or late values are known. `last` and
    `last_begun` name the episode that ended last. `before` is the state before the newest event, to take it
    back.
    """

    phase: Phase = "normal"
    latest: datetime | None = None
    steady: datetime | None = None
    held: timedelta = ZERO
    episode: str = ""
    severity: Severity = "info"
    begun: datetime | None = None
    inside: datetime | None = None
    milder: Severity | None = None
    milder_for: timedelta = ZERO
    value: float | None = None
    limit: float = 0.0
    peak: float = 0.0
    peak_at: datetime | None = None
    total: float = 0.0
    n: int = 0
    returns: int = 0
    announced: Severity | None = None
    acked_by: str = ""
    period: str = ""
    last: str = ""
    last_begun: datetime | None = None
    before: "State | None" = None

    @property
    def open(self) -> bool:
        """Whether an episode is open."""
        return self.phase in _OPEN


class Decision(Struct, frozen=True):
    """The state after an event, what is to be told of it, and always why.

    `missed` says that the machine could not follow: the event concerns a time that it has left behind.

    `subject` is the state that the change speaks of (before a resolution emptied it), `end` when the episode
    ended, `historical` whether it wakes nobody.
    """

    state: State
    reason: str
    change: Change | None = None
    subject: State | None = None
    end: datetime | None = None
    historical: bool = False
    missed: bool = False


REST = State()
_MOMENT = timedelta(milliseconds=1)


def by_clock(state: State, now: datetime) -> State:
    """A state that began at `now` at the latest and has seen nothing of it: its events are newer."""
    begun = None if state.begun is None else min(state.begun, now)
    return replace(_mapped(state, lambda time: min(time, now - _MOMENT)), begun=begun)


def moved(state: State, by: timedelta) -> State:
    """A state whose times lie as long ago by a clock that was set."""
    return _mapped(state, lambda time: time + by)


def _mapped(state: State, change: Callable[[datetime], datetime]) -> State:
    """Every time of it changed; what came before is no longer taken back."""
    times = ("latest", "steady", "begun", "inside", "peak_at", "last_begun")
    changed = {name: change(time) for name in times if (time := getattr(state, name)) is not None}
    return replace(state, before=None, **changed)
