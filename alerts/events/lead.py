"""Which of an event's episodes speaks for it. Pure."""

from collections.abc import Iterable

from alerts.episodes.register import Episode
from alerts.rules.definition import INDICES, RANK
from sensors.catalogue.model import Catalogue
from sensors.standards.statistics import statistics

_LENGTH = {kind.id: number for number, kind in enumerate(statistics())}


def lead_of(episodes: Iterable[Episode], catalogue: Catalogue) -> Episode:
    """The most severe; of those a zone before its stations, an index before its pollutants, the longer mean.

    Among equals the one that is furthest beyond its limit.
    """

    def weight(episode: Episode) -> tuple[int, bool, bool, int, float]:
        place = catalogue.places.get(episode.site)
        return (
            RANK[episode.announced or episode.severity],
            place is not None and place.is_area,
            episode.parameter in INDICES,
            _LENGTH.get(episode.statistic, 0),
            episode.peak / episode.limit if episode.limit > 0 else episode.peak,
        )

    return max(episodes, key=weight)
