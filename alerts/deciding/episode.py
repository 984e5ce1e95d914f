"""The episode machine: one pure decision for each event of one rule on one series, and its reason.

    NORMAL ─exceeded─► PENDING ─for `for`─► FIRING ─inside─► RECOVERING ─for `clear_for`─► NORMAL

Time is event time. Timers run only between valid values at most `max_gap` apart, so that silence, maintenance
and bad quality move nothing: an episode ends only by values inside, or by one of the reasons in `Ended`.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from alerts.deciding.coverage import Watch, WatchId, graver
from sensors.seams import Change, Severity
from sensors.times import to_ms

Phase = Literal["normal", "pending", "firing", "recovering"]
Ending = Literal["period_end", "invalidated", "rule_changed"]
_OPEN = ("firing", "recovering")
_ZERO = timedelta()


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
    seen since the severity could fall. `announced` says a firing went out that was not historical. `last` and
    `last_begun` name the episode that ended last. `before` is the state before the newest event, to take it
    back.
    """

    phase: Phase = "normal"
    latest: datetime | None = None
    steady: datetime | None = None
    held: timedelta = _ZERO
    episode: str = ""
    severity: Severity = "info"
    begun: datetime | None = None
    inside: datetime | None = None
    milder: Severity | None = None
    milder_for: timedelta = _ZERO
    value: float | None = None
    limit: float = 0.0
    peak: float = 0.0
    peak_at: datetime | None = None
    total: float = 0.0
    n: int = 0
    returns: int = 0
    announced: bool = False
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

    `subject` is the state that the change speaks of (before a resolution emptied it), `end` when the episode
    ended, `historical` whether it wakes nobody.
    """

    state: State
    reason: str
    change: Change | None = None
    subject: State | None = None
    end: datetime | None = None
    historical: bool = False


REST = State()


def episode_id(key: WatchId, begun: datetime, after: str = "") -> str:
    """Twelve hex digits that follow from rule, site, parameter and begin: the same stream, the same id."""
    text = "|".join((*key, str(to_ms(begun)), after))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def due(state: State, event: Event) -> Iterator[Event]:
    """The event, and before it the end of the former period's episode if the event is of another period."""
    if isinstance(event, Observed) and state.phase != "normal":
        newer = state.latest is None or event.time >= state.latest
        if newer and event.period != state.period:
            yield Ended(event.time, "period_end")
    yield event


def decide(watch: Watch, state: State, event: Event) -> Decision:
    """What becomes of an episode; an event older than the newest moves nothing.

    Args:
        watch: The rule on the series: its patience and direction, and what names the episode.
        state: What the machine remembers; `REST` at first.
        event: In the order of arrival, as `due` gave it.
    """
    if isinstance(event, Observed):
        return _observed(watch, state, event)
    if isinstance(event, Frozen):
        return _frozen(state, event)
    if isinstance(event, Withdrawn):
        return _withdrawn(watch, state, event)
    if isinstance(event, Acknowledged):
        return _acknowledged(watch, state, event)
    return _ended(watch, state, event)


def _observed(watch: Watch, state: State, event: Observed) -> Decision:
    latest = state.latest
    if latest is not None and event.time <= latest:
        if event.time < latest:
            return Decision(state, "late")
        if event.value == state.value and event.period == state.period:
            return Decision(state, "duplicate")
        if _may_take_back(state):
            return _instead(watch, state, _step(watch, state.before or REST, event), event.time)
    return _step(watch, state, event)


def _step(watch: Watch, state: State, event: Observed) -> Decision:
    near = state.latest is not None and event.time - state.latest <= watch.timing.max_gap
    elapsed = event.time - state.steady if near and state.steady is not None else _ZERO
    seen = replace(
        state,
        latest=event.time,
        steady=event.time,
        value=event.value,
        limit=event.limit,
        period=event.period,
        before=replace(state, before=None),
    )
    if state.phase == "normal":
        return _normal(watch, seen, event)
    if state.phase == "pending":
        return _pending(watch, seen, event, elapsed, near=near)
    if state.phase == "firing":
        return _firing(watch, seen, event, elapsed)
    return _recovering(watch, seen, event, elapsed)


def _normal(watch: Watch, state: State, event: Observed) -> Decision:
    if event.severity is None:
        return Decision(state, "inside")
    return _begin(watch, state, event, "exceeded")


def _begin(watch: Watch, state: State, event: Observed, reason: str) -> Decision:
    begun = State(
        "pending", state.latest, state.steady, severity=event.severity or "info", begun=event.time,
        value=event.value, limit=event.limit, peak=event.value, peak_at=event.time, total=event.value, n=1,
        period=event.period, last=state.last, last_begun=state.last_begun, before=state.before,
    )  # fmt: skip
    return _fire(watch, begun, event) if watch.timing.for_ <= _ZERO else Decision(begun, reason)


def _fire(watch: Watch, state: State, event: Observed) -> Decision:
    assert state.begun is not None  # noqa: S101 - pending always has a begin
    fired = replace(
        state,
        phase="firing",
        # What was void and begins again at the same moment is another episode.
        episode=episode_id(watch.id, state.begun, state.last if state.begun == state.last_begun else ""),
        severity=event.severity or state.severity,
        held=_ZERO,
        announced=not event.old,
    )
    return _told(watch, fired, "firing", "exceeded", event.time, historical=event.old)


def _pending(watch: Watch, state: State, event: Observed, elapsed: timedelta, *, near: bool) -> Decision:
    if event.severity is None:
        return Decision(_at_rest(state), "back_inside")
    if not near:
        return _begin(watch, state, event, "gap")
    held = state.held + elapsed
    counted = replace(_counted(watch, state, event), held=held, severity=event.severity)
    if held < watch.timing.for_:
        return Decision(counted, "not_long_enough")
    return _fire(watch, counted, event)


def _firing(watch: Watch, state: State, event: Observed, elapsed: timedelta) -> Decision:
    if event.clear:
        recovering = replace(state, phase="recovering", inside=event.time, held=_ZERO)
        return _recovered(watch, recovering, event, "inside")
    if event.severity is None:
        return Decision(state, "between_clear_and_limit")
    state = _counted(watch, state, event)
    if graver(event.severity, state.severity):
        worse = replace(
            state,
            severity=event.severity,
            milder=None,
            acked_by="",
            announced=state.announced or not event.old,
        )
        return _told(watch, worse, "firing", "worse", event.time, historical=event.old)
    state = _milder(state, event.severity, elapsed)
    if not state.announced and not event.old:
        return _told(watch, replace(state, announced=True), "firing", "still_exceeded", event.time)
    if state.milder is not None and state.milder_for >= watch.timing.hold:
        fallen = replace(state, severity=state.milder, milder=None, milder_for=_ZERO)
        return _told(watch, fallen, "firing", "milder", event.time, historical=not state.announced)
    return Decision(state, "still_exceeded")


def _milder(state: State, seen: Severity, elapsed: timedelta) -> State:
    """Follow how long a lower level has lasted, and the gravest of them meanwhile."""
    if seen == state.severity:
        return replace(state, milder=None, milder_for=_ZERO) if state.milder else state
    if state.milder is None:
        return replace(state, milder=seen, milder_for=_ZERO)
    gravest = seen if graver(seen, state.milder) else state.milder
    return replace(state, milder=gravest, milder_for=state.milder_for + elapsed)


def _recovering(watch: Watch, state: State, event: Observed, elapsed: timedelta) -> Decision:
    if event.severity is not None:
        again = replace(state, phase="firing", inside=None, held=_ZERO, returns=state.returns + 1)
        return _firing(watch, again, event, elapsed)
    if not event.clear:
        return Decision(replace(state, inside=None, held=_ZERO), "between_clear_and_limit")
    if state.inside is None:
        return _recovered(watch, replace(state, inside=event.time), event, "inside")
    return _recovered(watch, replace(state, held=state.held + elapsed), event, "not_long_enough")


def _recovered(watch: Watch, state: State, event: Observed, reason: str) -> Decision:
    if state.held < watch.timing.clear_for:
        return Decision(state, reason)
    return _over(watch, state, "clear", event.time, state.inside or event.time)


def _frozen(state: State, event: Frozen) -> Decision:
    if state.latest is not None and event.time <= state.latest:
        return Decision(state, "late")
    return Decision(replace(state, latest=event.time, steady=None, before=None), "frozen")


def _withdrawn(watch: Watch, state: State, event: Withdrawn) -> Decision:
    if state.latest != event.time or not _may_take_back(state):
        return Decision(state, "not_the_newest")
    before = replace(state.before or REST, latest=event.time, steady=None, value=None)
    return _instead(watch, state, Decision(before, "withdrawn"), event.time)


def _may_take_back(state: State) -> bool:
    """A resolution that was told is not taken back: a new episode begins instead."""
    return state.before is not None and not (state.before.open and not state.open)


def _instead(watch: Watch, told: State, decision: Decision, moment: datetime) -> Decision:
    """The same decision, telling only what differs from what was told already."""
    state = decision.state
    if told.open and not state.open:
        over = _over(watch, told, "invalidated", moment, moment)
        return replace(over, state=replace(state, last=told.episode, last_begun=told.begun, before=None))
    if told.open and state.open:
        state = replace(state, announced=told.announced or state.announced, acked_by=told.acked_by)
        if state.severity != told.severity:
            return _told(watch, state, "firing", "revised", moment, historical=not state.announced)
        return Decision(state, decision.reason)
    return decision


def _acknowledged(watch: Watch, state: State, event: Acknowledged) -> Decision:
    if not state.open:
        return Decision(state, "nothing_open")
    if state.acked_by:
        return Decision(state, "acknowledged_already")
    return _told(watch, replace(state, acked_by=event.by), "acknowledged", "acknowledged", event.time)


def _ended(watch: Watch, state: State, event: Ended) -> Decision:
    state = replace(state, before=None)  # what ended is not judged again
    if not state.open:
        return Decision(_at_rest(state), event.reason)
    return _over(watch, state, event.reason, event.time, event.time)


def _over(watch: Watch, state: State, reason: str, moment: datetime, end: datetime) -> Decision:
    decision = _told(watch, state, "resolved", reason, moment, historical=not state.announced)
    return replace(decision, state=_at_rest(state), end=end)


def _at_rest(state: State) -> State:
    return State(
        "normal", state.latest, state.steady, value=state.value, limit=state.limit, period=state.period,
        last=state.episode or state.last, last_begun=state.begun if state.episode else state.last_begun,
        before=state.before,
    )  # fmt: skip


def _counted(watch: Watch, state: State, event: Observed) -> State:
    """The figures of the register with one more value beyond the limit."""
    higher = watch.sign * event.value > watch.sign * state.peak
    return replace(
        state,
        peak=event.value if higher else state.peak,
        peak_at=event.time if higher else state.peak_at,
        total=state.total + event.value,
        n=state.n + 1,
    )


def _told(
    watch: Watch, state: State, told: str, reason: str, moment: datetime, *, historical: bool = False
) -> Decision:
    rule, site, parameter = watch.id
    change = Change(rule, site, parameter, state.episode, told, state.severity, reason, moment)
    return Decision(state, reason, change, state, historical=historical)
