"""Events of an episode that no announcement makes: that it lasts, and that it ends with its rule."""

from datetime import datetime

from msgspec import structs

from alerts.episodes.register import Episode
from alerts.episodes.states import ChangeReason
from alerts.notify.event import AlertEvent
from alerts.notify.sentences import EpisodeFacts, change_text, reminder_text
from alerts.notify.words import describe_measured
from alerts.texts.details import describe_detail
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.model import Language, Severity


def to_reminder(
    episode: Episode,
    catalogue: Catalogue,
    language: Language,
    now: datetime,
    *,
    reason: ChangeReason,
    severity: Severity | None = None,
) -> AlertEvent:
    """The event that an open episode still lasts, with its last event's severity unless another is given."""
    event = structs.replace(episode.event, state="firing", severity=severity or episode.event.severity)
    text = reminder_text(_facts_of(episode, catalogue, now), event.severity, reason)
    return structs.replace(event, reason=reason, message=getattr(text, language), text=text)


def to_last_event(
    episode: Episode, catalogue: Catalogue, language: Language, now: datetime, *, reason: ChangeReason
) -> AlertEvent:
    """The event that an episode ends now, whose machine is gone."""
    text = change_text(_facts_of(episode, catalogue, now), "resolved", episode.event.severity, reason)
    return structs.replace(
        episode.event,
        state="resolved",
        reason=reason,
        time=now.astimezone(SHANGHAI),
        historical=episode.historical,
        message=getattr(text, language),
        text=text,
    )


def _facts_of(episode: Episode, catalogue: Catalogue, now: datetime) -> EpisodeFacts:
    return EpisodeFacts(
        place=episode.event.site_name,
        rule=episode.event.name,
        measured=describe_measured(episode.parameter, episode.statistic, catalogue),
        statistic=episode.statistic,
        value=episode.event.value,
        limit=episode.limit,
        peak=episode.peak,
        peak_limit=limit_at_peak(episode),
        lasted=now - episode.begun,
        detail=describe_detail(episode.statistic, episode.event.detail, catalogue),
    )


def limit_at_peak(episode: Episode) -> float:
    """What the peak was compared with then; the last limit where only a former build knew."""
    document = episode.event
    if document.peak != episode.peak or document.peak_limit is None:
        return episode.limit
    return document.peak_limit
