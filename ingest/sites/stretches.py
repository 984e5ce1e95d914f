"""What a batch brings of each site, as far as it can be taken together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.checks.calm_stretch import SiteStretch
from ingest.journal.inbox import InboxMessage
from sensors.model import Reading, SiteValues

SHORTEST_STRETCH = 3
"""What is shorter is seen to as quickly time by time."""
MOST_TRIES = 3
"""So often may less be calm; then the rest is seen to time by time."""


class Arrival(NamedTuple):
    """A message and the readings in it, at least one, all of one site."""

    message: InboxMessage
    parts: Sequence[SiteValues | Reading]


Place = tuple[SiteStretch, int]


def find_stretches(arrivals: Iterable[Arrival]) -> list[Place | None]:
    """Of each message the stretch that it belongs to, and its place in it; None if it stands alone.

    Messages of a site follow each other in a stretch as long as each has one time, of the same kind and
    parameters, with nothing to say.
    """
    places: list[Place | None] = []
    begun: dict[str, SiteStretch] = {}
    for message, parts in arrivals:
        one = parts[0]
        if len(parts) > 1 or message.conflict is not None or not isinstance(one, SiteValues):
            begun.pop(one.site, None)
            places.append(None)
            continue
        stretch = begun.get(one.site)
        if stretch is None or not _is_alike(one, stretch.sent[0]):
            stretch = begun[one.site] = SiteStretch([])
        places.append((stretch, len(stretch.sent)))
        stretch.sent.append(one)
    return places


def _is_alike(one: SiteValues, other: SiteValues) -> bool:
    return one.parameters == other.parameters and one.kind == other.kind
