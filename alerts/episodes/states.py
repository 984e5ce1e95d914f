"""An episode machine's input events, its state, and its decisions."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from alerts.rules.index import Watch
from sensors.model import Severity

Phase = Literal["normal", "pending", "firing", "recovering"]
Ending = Literal["period_end", "invalidated", "rule_changed", "place_removed"]
ChangeState = Literal["firing", "acknowledged", "resolved"]
ChangeReason = Literal[
    "exceeded", "worse", "milder", "revised", "still_exceeded", "repeat", "escalated", "acknowledged", "test",
    "clear", Ending,
]  # fmt: skip
"""Why a change is announced, see docs/reference/events.md; the journal keeps these words."""
NoChangeReason = Literal[
    "inside", "exceeded", "gap", "not_long_enough", "back_inside", "between_clear_and_limit",
    "still_exceeded", "late", "duplicate", "frozen", "withdrawn", "not_the_newest",
    "nothing_open", "acknowledged_already",
]  # fmt: skip
_OPEN = ("firing", "recovering")
ZERO = timedelta()


class Observed(Struct, frozen=True):
    """A valid value as evaluated. `period` names a period value's calendar period; `old` notifies nobody."""

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
    """What else ends an episode: the end of its period, the loss of its basis, or a changed rule."""

    time: datetime
    reason: Ending


class Acknowledged(Struct, frozen=True):
    """Somebody has acknowledged it; `time` is the clock's."""

    time: datetime
    by: str
    note: str = ""


Event = Observed | Frozen | Withdrawn | Ended | Acknowledged


class State(Struct, frozen=True, array_like=True):
    """What a machine remembers.

    `latest` is the newest event, `steady` the newest valid one that timers may run on from, `held` how long
    the condition of the phase has lasted. `inside` is when the recovery began, `milder` the most severe level
    seen since the severity could fall. `severity` follows from the values, `announced` is what was announced
    of current ones: the highest since it last fell, None while only old or late values are known. `last` and
    `last_begun` identify the episode that ended last. `before` is the state before the newest event, kept so
    that the event can be undone. `peak_limit` is what the peak was compared with then, None if a former build
    did not write it down.
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
    peak_limit: float | None = None

    @property
    def open(self) -> bool:
        """Whether an episode is open."""
        return self.phase in _OPEN


class Announcement(Struct, frozen=True):
    """A change of an episode: it fires, was acknowledged, or is resolved, and why.

    `subject` is the machine's state that it speaks of, before a resolution emptied it; `end` is when the
    episode ended. A `historical` one wakes nobody. `detail` are words about the value.
    """

    watch: Watch
    state: ChangeState
    severity: Severity
    reason: ChangeReason
    time: datetime
    subject: State
    end: datetime | None = None
    historical: bool = False
    detail: str = ""


class Decision(Struct, frozen=True):
    """The state after an event, and why; with an announcement where an episode has changed.

    `missed` says that the event came too late: it concerns a time that the machine has left behind.
    """

    state: State
    reason: ChangeReason | NoChangeReason
    announcement: Announcement | None = None
    missed: bool = False


IDLE = State()
_MOMENT = timedelta(milliseconds=1)


def cap_times(state: State, now: datetime) -> State:
    """A state whose times lie at `now` at the latest, so that events from now on are newer."""
    begun = None if state.begun is None else min(state.begun, now)
    return replace(_with_times(state, lambda time: min(time, now - _MOMENT)), begun=begun)


def shift_times(state: State, by: timedelta) -> State:
    """A state with its times shifted by a change of the clock."""
    return _with_times(state, lambda time: time + by)


def _with_times(state: State, change: Callable[[datetime], datetime]) -> State:
    """A state with every time changed; the state before it is dropped."""
    times = ("latest", "steady", "begun", "inside", "peak_at", "last_begun")
    changed = {name: change(time) for name in times if (time := getattr(state, name)) is not None}
    return replace(state, before=None, **changed)
