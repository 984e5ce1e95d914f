"""Whether people are notified of an episode, and of an event that lasts: why, or why not. Pure.

An event speaks once for what belongs together. It speaks again when it becomes more severe, spreads, lasts
another day, is passed on to somebody else, and when it is over; the rest is suppressed, with a reason.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from alerts.events.event import Event
from alerts.events.group import AIR_CAUSES
from alerts.rules.definition import RANK
from sensors.model import Severity

NotifyReason = Literal[
    "first", "graver", "wider", "still", "handed_over", "escalated", "acknowledged", "over"
]
"""Why people are notified of an event; see docs/reference/events.md."""
SuppressReason = Literal[
    "historical", "inhibited", "silenced", "example", "nobody", "lesser", "told", "acknowledged"
]
"""Why an announcement makes no message: see docs/reference/events.md."""
_WIDER_EVERY = timedelta(hours=1)
_WIDER_BY = 2  # times as many stations as people know of
_LONGEST_WAIT = timedelta(days=1)
_STILL_AFTER = timedelta(hours=20)  # so that it comes at the same time of each day


class Notify(Struct, frozen=True):
    """People are notified, at this severity."""

    reason: NotifyReason
    severity: Severity


class Suppressed(Struct, frozen=True):
    """Nobody is notified."""

    reason: SuppressReason


NotifyDecision = Notify | Suppressed


class OpenEpisode(Struct, frozen=True):
    """An open episode of an event, as far as decisions look at it.

    `muted` says why it may notify nobody: a silence, a site that is an example, or that another episode
    speaks for it.
    """

    id: str
    site: str
    is_area: bool
    severity: Severity
    muted: Literal["", "inhibited", "silenced", "example"] = ""


class FollowUpWaits(Struct, frozen=True):
    """How long until somebody else is notified, and until what lasts is repeated; zero: never.

    `repeat` None is once a day, in working hours. `is_handed_over`: who is on duty now knows nothing of it.
    """

    escalate: timedelta
    repeat: timedelta | None
    is_handed_over: bool = False


def decide_announcement(event: Event, episode: OpenEpisode, *, has_recipients: bool) -> NotifyDecision:
    """Whether an episode that was just announced, at its severity, notifies people."""
    known = event.notified_severity
    if episode.muted:
        return Suppressed(episode.muted)
    if known is not None and RANK[episode.severity] <= RANK[known]:
        if event.acked_by:
            return Suppressed("acknowledged")
        return Suppressed("told" if episode.severity == known else "lesser")
    if not has_recipients:
        return Suppressed("nobody")
    return Notify("first" if known is None else "graver", episode.severity)


def decide_follow_up(
    event: Event, episodes: Sequence[OpenEpisode], waits: FollowUpWaits, now: datetime, *, is_working: bool
) -> Notify | None:
    """Whether an event that lasts notifies people now, for what nothing announces.

    Args:
        event: As people know it.
        episodes: Those open; muted ones count for nothing.
        waits: Of the rule that speaks for it.
        now: The clock.
        is_working: Whether these are working hours.
    """
    speaking = [episode for episode in episodes if not episode.muted]
    if not speaking:
        return None
    severity = max((episode.severity for episode in speaking), key=lambda one: RANK[one])
    known = event.notified_severity
    if known is None or RANK[severity] > RANK[known]:
        return Notify("first" if known is None else "graver", severity)
    if event.acked_by or event.notified_at is None:
        return None
    if waits.is_handed_over:
        return Notify("handed_over", known)
    if waits.escalate and now - event.notified_at >= waits.escalate * (event.step + 1):
        return Notify("escalated", known)
    if is_wider(event, speaking, known) and now - event.notified_at >= _WIDER_EVERY:
        return Notify("wider", known)
    if _is_repeated(event, waits, now, is_working=is_working):
        return Notify("still", severity)
    return None


def is_wider(event: Event, episodes: Sequence[OpenEpisode], severity: Severity) -> bool:
    """Whether twice as many stations are affected as people know of; a zone or river speaks for its own."""
    grave = [episode for episode in episodes if RANK[episode.severity] >= RANK[severity]]
    if any(episode.is_area for episode in grave):
        return False
    return count_places(episodes, severity) >= _WIDER_BY * max(event.places, 1)


def count_places(episodes: Iterable[OpenEpisode], severity: Severity) -> int:
    """How many places are affected at that severity or above; muted episodes count for nothing."""
    return len({one.site for one in episodes if not one.muted and RANK[one.severity] >= RANK[severity]})


def _is_repeated(event: Event, waits: FollowUpWaits, now: datetime, *, is_working: bool) -> bool:
    last = max(filter(None, (event.notified_at, event.reminded_at)))
    if waits.repeat is None:
        return is_working and now - last >= _STILL_AFTER
    return bool(waits.repeat) and now - last >= waits.repeat


def is_over(event: Event, recovery: timedelta, now: datetime) -> bool:
    """Whether it has been calm for as long as a short recovery may last."""
    return event.calm is not None and now - event.calm >= recovery


def waits_for(event: Event, others: Iterable[Event], recovery: timedelta, now: datetime) -> bool:
    """Whether the end of a calm event of air waits for the same cause elsewhere: one weather, one end.

    It waits for a day at most, not where ends are told at once, and not for what nobody was told of.
    """
    if event.calm is None or event.cause not in AIR_CAUSES or not recovery:
        return False
    if now - event.calm >= recovery + _LONGEST_WAIT:
        return False
    return any(
        other.id != event.id
        and other.cause == event.cause
        and other.notified_severity is not None
        and not is_over(other, recovery, now)
        for other in others
    )
