"""What a batch brings of each site, as far as it can be taken together."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.checks.calm_stretch import SiteStretch
from ingest.journal.inbox import InboxMessage
from sensors.model import Reading, SiteValues

SHORTEST_STRETCH = 3
"""What is shorter is seen to as quickly time by time."""


class Arrival(NamedTuple):
    """A message and the readings in it, at least one, all of one site."""

    message: InboxMessage
    parts: Sequence[SiteValues | Reading]


def find_stretches(arrivals: Iterable[Arrival]) -> dict[str, SiteStretch]:
    """The sites of which every message has one time, of the same kind and parameters, with nothing to say."""
    found: dict[str, list[SiteValues]] = {}
    mixed = set[str]()
    for message, parts in arrivals:
        one = parts[0]
        if len(parts) > 1 or message.conflict is not None or not isinstance(one, SiteValues):
            mixed.add(one.site)
            continue
        sent = found.setdefault(one.site, [])
        sent.append(one)
        if one.parameters != sent[0].parameters or one.kind != sent[0].kind:
            mixed.add(one.site)
    return {
        site: SiteStretch(sent)
        for site, sent in found.items()
        if site not in mixed and len(sent) >= SHORTEST_STRETCH
    }
