"""The episode machine: one pure decision for each event of one rule on one series, and its reason.

    NORMAL ─exceeded─► PENDING ─for `for`─► FIRING ─inside─► RECOVERING ─for `clear_for`─► NORMAL

Time is event time. Timers run only between valid values at most `max_gap` apart, so that silence, maintenance
and bad quality change nothing: an episode ends only by values inside, or by one of the reasons in `Ended`.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec.structs import replace

from alerts.episodes.severity import cap_announced, exceeds_announced, with_severity
from alerts.episodes.states import (
    IDLE,
    ZERO,
    Acknowledged,
    Announcement,
    ChangeReason,
    Decision,
    Ended,
    Event,
    Frozen,
    NoChangeReason,
    Observed,
    State,
    Withdrawn,
)
from alerts.rules.index import Watch, WatchId, is_more_severe
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
        state: What the machine remembers; `IDLE` at first.
        event: In the order of arrival, as `due_event` gave it.
    """
    if isinstance(event, Observed):
        return _on_observed(watch, state, event)
    if isinstance(event, Frozen):
        return _on_frozen(watch, state, event)
    if isinstance(event, Withdrawn):
        return _on_withdrawn(watch, state, event)
    if isinstance(event, Acknowledged):
        return _on_acknowledged(watch, state, event)
    return _on_ended(watch, state, event)


def _on_observed(watch: Watch, state: State, event: Observed) -> Decision:
    latest = state.latest
    if latest is None or event.time > latest:
        return _apply(watch, state, event)
    if event.time < latest:
        return Decision(state, "late", missed=True)
    if state.steady == latest and event.value == state.value and event.period == state.period:
        return Decision(state, "duplicate")
    if _is_undoable(state):
        return _replace_newest(watch, state, _apply(watch, state.before or IDLE, event), event)
    begins = state.phase == "normal" and state.before is None
    return replace(_apply(watch, state, event), missed=not begins)


def _apply(watch: Watch, state: State, event: Observed) -> Decision:
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
        return _when_normal(watch, seen, event)
    if state.phase == "pending":
        return _when_pending(watch, seen, event, elapsed, near=near)
    if state.phase == "firing":
        return _when_firing(watch, seen, event, elapsed)
    return _when_recovering(watch, seen, event, elapsed)


def _when_normal(watch: Watch, state: State, event: Observed) -> Decision:
    if event.severity is None:
        return Decision(state, "inside")
    return _start_pending(watch, state, event, "exceeded")


def _start_pending(watch: Watch, state: State, event: Observed, reason: NoChangeReason) -> Decision:
    begun = State(
        "pending", state.latest, state.steady, severity=event.severity or "info", begun=event.time,
        value=event.value, limit=event.limit, peak=event.value, peak_at=event.time, total=event.value, n=1,
        period=event.period, last=state.last, last_begun=state.last_begun, before=state.before,
        peak_limit=event.limit,
    )  # fmt: skip
    return _fire(watch, begun, event) if watch.timing.for_ <= ZERO else Decision(begun, reason)


def _fire(watch: Watch, state: State, event: Observed) -> Decision:
    begun = state.begun or event.time
    fired = replace(
        state,
        phase="firing",
        # An invalidated episode that begins again at the same moment is another episode.
        episode=episode_id(watch.id, begun, state.last if begun == state.last_begun else ""),
        severity=event.severity or state.severity,
        held=ZERO,
        announced=None if event.old else event.severity,
    )
    return _announce(watch, fired, "exceeded", event, historical=event.old)


def _when_pending(watch: Watch, state: State, event: Observed, elapsed: timedelta, *, near: bool) -> Decision:
    if event.severity is None:
        return Decision(_to_idle(state), "back_inside")
    if not near:
        return _start_pending(watch, state, event, "gap")
    held = state.held + elapsed
    counted = replace(_with_value(watch, state, event), held=held, severity=event.severity)
    if held < watch.timing.for_:
        return Decision(counted, "not_long_enough")
    return _fire(watch, counted, event)


def _when_firing(watch: Watch, state: State, event: Observed, elapsed: timedelta) -> Decision:
    if event.clear:
        recovering = replace(state, phase="recovering", inside=event.time, held=ZERO)
        return _resolve_if_clear(watch, recovering, event, "inside")
    if event.severity is None:
        return Decision(state, "between_clear_and_limit")
    former = state.severity
    state = with_severity(watch, _with_value(watch, state, event), event.severity, elapsed)
    if exceeds_announced(state, event):
        known = state.announced is None and not is_more_severe(state.severity, former)
        return _announce_exceeded(watch, state, event, "still_exceeded" if known else "worse")
    if is_more_severe(state.severity, former):
        return _announce_exceeded(watch, state, event, "worse")
    if is_more_severe(former, state.severity):
        fallen = replace(state, announced=cap_announced(state.announced, state.severity))
        return _announce(watch, fallen, "milder", event, historical=not state.announced)
    return Decision(state, "still_exceeded")


def _announce_exceeded(watch: Watch, state: State, event: Observed, reason: ChangeReason) -> Decision:
    """Announce that it has become more severe, or that what only old values had shown still lasts."""
    if not event.old:
        state = replace(state, announced=event.severity)
    if reason == "worse":
        state = replace(state, acked_by="")
    return _announce(watch, state, reason, event, severity=event.severity, historical=event.old)


def _when_recovering(watch: Watch, state: State, event: Observed, elapsed: timedelta) -> Decision:
    if event.severity is not None:
        again = replace(state, phase="firing", inside=None, held=ZERO, returns=state.returns + 1)
        return _when_firing(watch, again, event, elapsed)
    if not event.clear:
        return Decision(replace(state, inside=None, held=ZERO), "between_clear_and_limit")
    if state.inside is None:
        return _resolve_if_clear(watch, replace(state, inside=event.time), event, "inside")
    return _resolve_if_clear(watch, replace(state, held=state.held + elapsed), event, "not_long_enough")


def _resolve_if_clear(watch: Watch, state: State, event: Observed, reason: NoChangeReason) -> Decision:
    if state.held < watch.timing.clear_for:
        return Decision(state, reason)
    return _resolve(watch, state, "clear", event.time, state.inside or event.time)


def _on_frozen(watch: Watch, state: State, event: Frozen) -> Decision:
    if state.latest is not None and event.time <= state.latest:
        if event.time == state.steady:  # it counted
            return _on_withdrawn(watch, state, Withdrawn(event.time))
        return Decision(state, "late", missed=event.time < state.latest)
    before = None if state.phase == "normal" else replace(state, before=None)
    return Decision(replace(state, latest=event.time, steady=None, before=before), "frozen")


def _on_withdrawn(watch: Watch, state: State, event: Withdrawn) -> Decision:
    if state.latest != event.time or not _is_undoable(state):
        return Decision(state, "not_the_newest", missed=True)
    before = state.before or IDLE
    state_before = replace(before, latest=event.time, steady=None, value=None, before=before)
    return _replace_newest(watch, state, Decision(state_before, "withdrawn"), event)


def _is_undoable(state: State) -> bool:
    """An announced resolution is not taken back: a new episode begins instead."""
    return state.before is not None and not (state.before.open and not state.open)


def _replace_newest(watch: Watch, former: State, decision: Decision, event: Observed | Withdrawn) -> Decision:
    """The same decision, announcing only what differs from what was announced already."""
    state, announcement = decision.state, decision.announcement
    if not former.open:
        return decision
    if announcement is not None and announcement.end is not None:  # open before, and over by this value
        ended = _continue_episode(announcement.subject, former)
        return _resolve(watch, ended, announcement.reason, event.time, announcement.end)
    if not state.open:
        invalidated = _resolve(watch, former, "invalidated", event.time, event.time)
        state = replace(state, last=former.episode, last_begun=former.begun, before=None)
        return replace(invalidated, state=state)
    state = _continue_episode(state, former)
    if isinstance(event, Observed) and exceeds_announced(state, event):
        return _announce_exceeded(watch, state, event, "worse")
    if state.severity != former.severity:
        state = replace(state, announced=cap_announced(state.announced, state.severity))
        return _announce(watch, state, "revised", event, historical=not state.announced)
    return Decision(state, decision.reason)


def _continue_episode(state: State, former: State) -> State:
    """The state as one of the same episode, with what was announced and acknowledged of it."""
    return replace(state, episode=former.episode, announced=former.announced, acked_by=former.acked_by)


def _on_acknowledged(watch: Watch, state: State, event: Acknowledged) -> Decision:
    if not state.open:
        return Decision(state, "nothing_open")
    if state.acked_by:
        return Decision(state, "acknowledged_already")
    state, severity = replace(state, acked_by=event.by), state.announced or state.severity
    announcement = Announcement(watch, "acknowledged", severity, "acknowledged", event.time, state)
    return Decision(state, "acknowledged", announcement)


def _on_ended(watch: Watch, state: State, event: Ended) -> Decision:
    state = replace(state, before=None)  # what has ended is not evaluated again
    if not state.open:
        return Decision(_to_idle(state), event.reason)
    return _resolve(watch, state, event.reason, event.time, event.time)


def _resolve(watch: Watch, state: State, reason: ChangeReason, moment: datetime, end: datetime) -> Decision:
    announcement = Announcement(
        watch, "resolved", state.announced or state.severity, reason, moment, state, end, not state.announced
    )
    return Decision(_to_idle(state), reason, announcement)


def _to_idle(state: State) -> State:
    return State(
        "normal", state.latest, state.steady, value=state.value, limit=state.limit, period=state.period,
        last=state.episode or state.last, last_begun=state.begun if state.episode else state.last_begun,
        before=state.before,
    )  # fmt: skip


def _with_value(watch: Watch, state: State, event: Observed) -> State:
    """The episode's figures with one more value beyond the limit."""
    higher = watch.sign * event.value > watch.sign * state.peak
    return replace(
        state,
        peak=event.value if higher else state.peak,
        peak_at=event.time if higher else state.peak_at,
        peak_limit=event.limit if higher else state.peak_limit,
        total=state.total + event.value,
        n=state.n + 1,
    )


def _announce(
    watch: Watch,
    state: State,
    reason: ChangeReason,
    event: Observed | Withdrawn,
    *,
    historical: bool,
    severity: Severity | None = None,
) -> Decision:
    """Announce that it fires, with the machine's severity unless another is given."""
    announcement = Announcement(
        watch, "firing", severity or state.severity, reason, event.time, state, historical=historical
    )
    return Decision(state, reason, announcement)
