"""An event as a webhook has it, beside the text for people. Pure."""

from msgspec import Struct

from alerts.episodes.states import ChangeState
from alerts.texts.event_view import EventState, EventView
from sensors.model import Severity


class EpisodeSummary(Struct, frozen=True):
    """One episode of an event, with its newest value while it is open, else the one that ended it."""

    episode: str
    rule: str
    site: str
    parameter: str
    severity: Severity
    state: ChangeState
    value: float | None
    limit: float


class EventSummary(Struct, frozen=True):
    """An event as it is when the message goes out, with its episodes, the oldest first."""

    id: str
    area: str
    cause: str
    severity: Severity
    state: EventState
    episodes: tuple[EpisodeSummary, ...]


def summary_of(view: EventView) -> EventSummary:
    """The event for machines."""
    return EventSummary(
        view.id,
        view.area,
        view.cause,
        view.severity,
        view.state,
        tuple(
            EpisodeSummary(
                each.id,
                each.rule,
                each.site,
                each.parameter,
                each.severity,
                each.state,
                each.value,
                each.limit,
            )
            for each in view.episodes
        ),
    )
