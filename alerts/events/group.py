"""Which event an episode belongs to: its zone or river, and its cause. Pure."""

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from alerts.rules.definition import INDICES, Category
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import area_of
from sensors.model import StatisticName

Cause = Literal[
    "particles", "ozone", "gases", "water", "attainment", "silence", "sensor",
    "broker", "ingest", "store", "channel", "parts", "internal_error",
]  # fmt: skip
"""What an event is about; of the system the part, see docs/reference/events.md."""
CAUSES: tuple[Cause, ...] = get_args(Cause)
AIR_CAUSES: tuple[Cause, ...] = ("particles", "ozone", "gases")
_BY_PARAMETER: Mapping[str, Cause] = {"pm25": "particles", "pm10": "particles", "o3": "ozone"}


class EventGroup(NamedTuple):
    """What the episodes of one event share: the id of a zone, river, lone site or `_`, and the cause."""

    area: str
    cause: Cause


class EpisodeSubject(NamedTuple):
    """What an episode is of."""

    category: Category
    site: str
    parameter: str
    statistic: StatisticName


def group_of(subject: EpisodeSubject, catalogue: Catalogue) -> EventGroup:
    """The group of an episode; of an air quality index particles, unless another event of air is open."""
    if subject.category == "system":
        return EventGroup(
            subject.site, next((cause for cause in CAUSES if cause == subject.parameter), "parts")
        )
    site = catalogue.sites.get(subject.site)
    area = (None if site is None else area_of(site)) or subject.site
    return EventGroup(area, _cause_of(subject, catalogue))


def _cause_of(subject: EpisodeSubject, catalogue: Catalogue) -> Cause:
    if subject.category == "attainment":
        return "attainment"
    if subject.statistic == "silence":
        return "silence"
    if subject.category == "equipment":
        return "sensor"
    place = catalogue.places.get(subject.site)
    if place is not None and place.medium == "water":
        return "water"
    if subject.parameter in INDICES:
        return "particles"
    return _BY_PARAMETER.get(subject.parameter, "gases")
