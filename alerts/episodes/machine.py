"""The episode machine: one pure decision for each event of one rule on one series, and its reason.

    NORMAL ─exceeded─► PENDING ─for `for`─► FIRING ─inside─► RECOVERING ─for `clear_for`─► NORMAL

Time is event time. Timers run only between valid values at most `max_gap` apart, so that silence, maintenance
and bad quality change nothing: an episode ends only by values inside, or by one of the reasons in `Ended`.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.episodes.severity import at_most, is_news, levelled
from alerts.episodes.states import (
    REST,
    ZERO,
    Acknowledged,
    Announcement,
    ChangeReason,
    ChangeState,
    Decision,
    Ended,
    Event,
    Frozen,
    NoChangeReason,
    Observed,
    State,
    Withdrawn,
)
from alerts.rules.index import Watch, WatchId, graver
from sensors.calendar import to_ms
from sensors.model import Severity


def episode_id(key: WatchId, begun: datetime, after: str = "") -> str:
    """Twelve hex digits derived from rule, site, parameter and begin: the same stream gives the same id."""
    text = "|".join((*key, str(to_ms(begun)), after))
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def due_event(state: State, event: Event) -> Iterator[Event]:
    """The event, preceded by the end of the former period's episode if the event is of another period."""
    if isinstance(event, Observed) and state.phase != "normal":
        newer = state.latest is None or event.time >= state.latest
        if newer and event.period != state.period:
            yield Ended(event.time, "period_end")
    yield event


def decide(watch: Watch, state: State, event: Event) -> Decision:
    """The next state and what to announce; an event older than the newest changes nothing.

    Args:
        watch: The rule on the series: its patience and direction, and what names the episode.
        state: What the machine remembers; `REST` at first.
        event: In the order of arrival, as `due` gave it.
    """
    if isinstance(event, Observed):
        return _observed(watch, state, event)
    if isinstance(event, Frozen):
        return _frozen(watch, state, event)
    if isinstance(event, Withdrawn):
        return _withdrawn(watch, state, event)
    if isinstance(event, Acknowledged):
        return _acknowledged(watch, state, event)
    return _ended(watch, state, event)


def _observed(watch: Watch, state: State, event: Observed) -> Decision:
    latest = state.latest
    if latest is None or event.time > latest:
        return _step(watch, state, event)
    if event.time < latest:
        return Decision(state, "late", missed=True)
    if state.steady == latest and event.value == state.value and event.period == state.period:
        return Decision(state, "duplicate")
    if _may_take_back(state):
        return _instead(watch, state, _step(watch, state.before or REST, event), event)
    begins = state.phase == "normal" and state.before is None
    return replace(_step(watch, state, event), missed=not begins)


def _step(watch: Watch, state: State, event: Observed) -> Decision:
    near = state.latest is not None and event.time - state.latest <= watch.timing.max_gap
    elapsed = event.time - state.steady if near and state.steady is not None else ZERO
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


def _begin(watch: Watch, state: State, event: Observed, reason: NoChangeReason) -> Decision:
    begun = State(
        "pending", state.latest, state.steady, severity=event.severity or "info", begun=event.time,
        value=event.value, limit=event.limit, peak=event.value, peak_at=event.time, total=event.value, n=1,
        period=event.period, last=state.last, last_begun=state.last_begun, before=state.before,
    )  # fmt: skip
    return _fire(watch, begun, event) if watch.timing.for_ <= ZERO else Decision(begun, reason)


def _fire(watch: Watch, state: State, event: Observed) -> Decision:
    assert state.begun is not None  # noqa: S101 - pending always has a begin
    fired = replace(
        state,
        phase="firing",
        # An invalidated episode that begins again at the same moment is another episode.
        episode=episode_id(watch.id, state.begun, state.last if state.begun == state.last_begun else ""),
        severity=event.severity or state.severity,
        held=ZERO,
        announced=None if event.old else event.severity,
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
        recovering = replace(state, phase="recovering", inside=event.time, held=ZERO)
        return _recovered(watch, recovering, event, "inside")
    if event.severity is None:
        return Decision(state, "between_clear_and_limit")
    former = state.severity
    state = levelled(watch, _counted(watch, state, event), event.severity, elapsed)
    if is_news(state, event):
        known = state.announced is None and not graver(state.severity, former)
        return _announced(watch, state, event, "still_exceeded" if known else "worse")
    if graver(state.severity, former):
        return _announced(watch, state, event, "worse")
    if graver(former, state.severity):
        fallen = replace(state, announced=at_most(state.announced, state.severity))
        return _told(watch, fallen, "firing", "milder", event.time, historical=not state.announced)
    return Decision(state, "still_exceeded")


def _announced(watch: Watch, state: State, event: Observed, reason: ChangeReason) -> Decision:
    """Announce that it has become more severe, or that what only old values had shown still lasts."""
    if not event.old:
        state = replace(state, announced=event.severity)
    if reason == "worse":
        state = replace(state, acked_by="")
    return _told(watch, state, "firing", reason, event.time, severity=event.severity, historical=event.old)


def _recovering(watch: Watch, state: State, event: Observed, elapsed: timedelta) -> Decision:
    if event.severity is not None:
        again = replace(state, phase="firing", inside=None, held=ZERO, returns=state.returns + 1)
        return _firing(watch, again, event, elapsed)
    if not event.clear:
        return Decision(replace(state, inside=None, held=ZERO), "between_clear_and_limit")
    if state.inside is None:
        return _recovered(watch, replace(state, inside=event.time), event, "inside")
    return _recovered(watch, replace(state, held=state.held + elapsed), event, "not_long_enough")


def _recovered(watch: Watch, state: State, event: Observed, reason: NoChangeReason) -> Decision:
    if state.held < watch.timing.clear_for:
        return Decision(state, reason)
    return _over(watch, state, "clear", event.time, state.inside or event.time)


def _frozen(watch: Watch, state: State, event: Frozen) -> Decision:
    if state.latest is not None and event.time <= state.latest:
        if event.time == state.steady:  # it counted
            return _withdrawn(watch, state, Withdrawn(event.time))
        return Decision(state, "late", missed=event.time < state.latest)
    before = None if state.phase == "normal" else replace(state, before=None)
    return Decision(replace(state, latest=event.time, steady=None, before=before), "frozen")


def _withdrawn(watch: Watch, state: State, event: Withdrawn) -> Decision:
    if state.latest != event.time or not _may_take_back(state):
        return Decision(state, "not_the_newest", missed=True)
    before = state.before or REST
    state_before = replace(before, latest=event.time, steady=None, value=None, before=before)
    return _instead(watch, state, Decision(state_before, "withdrawn"), event)


def _may_take_back(state: State) -> bool:
    """An announced resolution is not taken back: a new episode begins instead."""
    return state.before is not None and not (state.before.open and not state.open)


def _instead(watch: Watch, told: State, decision: Decision, event: Observed | Withdrawn) -> Decision:
    """The same decision, announcing only what differs from what was announced already."""
    state, announcement = decision.state, decision.announcement
    if not told.open:
        return decision
    if announcement is not None and announcement.end is not None:  # open before, and over by this value
        over = replace(
            announcement.subject, episode=told.episode, announced=told.announced, acked_by=told.acked_by
        )
        return _over(watch, over, "clear", event.time, announcement.end)
    if not state.open:
        void = _over(watch, told, "invalidated", event.time, event.time)
        return replace(void, state=replace(state, last=told.episode, last_begun=told.begun, before=None))
    state = replace(state, episode=told.episode, announced=told.announced, acked_by=told.acked_by)
    if isinstance(event, Observed) and is_news(state, event):
        return _announced(watch, state, event, "worse")
    if state.severity != told.severity:
        state = replace(state, announced=at_most(state.announced, state.severity))
        return _told(watch, state, "firing", "revised", event.time, historical=not state.announced)
    return Decision(state, decision.reason)


def _acknowledged(watch: Watch, state: State, event: Acknowledged) -> Decision:
    if not state.open:
        return Decision(state, "nothing_open")
    if state.acked_by:
        return Decision(state, "acknowledged_already")
    return _told(watch, replace(state, acked_by=event.by), "acknowledged", "acknowledged", event.time)


def _ended(watch: Watch, state: State, event: Ended) -> Decision:
    state = replace(state, before=None)  # what has ended is not evaluated again
    if not state.open:
        return Decision(_at_rest(state), event.reason)
    return _over(watch, state, event.reason, event.time, event.time)


def _over(watch: Watch, state: State, reason: ChangeReason, moment: datetime, end: datetime) -> Decision:
    announcement = Announcement(
        watch, "resolved", state.announced or state.severity, reason, moment, state, end, not state.announced
    )
    return Decision(_at_rest(state), reason, announcement)


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
    watch: Watch,
    state: State,
    told: ChangeState,
    reason: ChangeReason,
    moment: datetime,
    *,
    severity: Severity | None = None,
    historical: bool = False,
) -> Decision:
    """The change with the severity that is announced: the machine's, unless another is given.

    An end or an acknowledgement refers to what was announced.
    """
    if severity is None:
        severity = state.severity if told == "firing" else state.announced or state.severity
    announcement = Announcement(watch, told, severity, reason, moment, state, historical=historical)
    return Decision(state, reason, announcement)
