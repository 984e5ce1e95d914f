"""What makes a wider zone's row, one with `of`, sound among the others of the catalogue."""

from collections.abc import Iterator, Mapping

from sensors.catalogue.places import zone_id, zone_of
from sensors.catalogue.rows import SiteRow, Zone


def zone_contradictions(row: Zone, sites: Mapping[str, SiteRow], zones: Mapping[str, Zone]) -> Iterator[str]:
    """Where a wider zone does not agree with the rest of the catalogue; a zone of its sites always does."""
    if row.of and any(site.zone == row.id for site in sites.values()):
        yield "of: sites name it as their zone; it is either the mean of its sites or of what stands in `of`"
    if len(set(row.of)) < len(row.of):
        yield "of: one stands twice"
    for member in row.of:
        if member in sites:
            if sites[member].medium != "air":
                yield f'of: "{member}" is a section of water; zones are of air'
        elif member in zones:
            yield f'of: a zone stands here by the id of its place, "{zone_id(member)}"'
        elif zone_of(member) not in zones:
            yield f'of: no air site or zone has the id "{member}"'
    if row.id in _zones_within(row, zones):
        yield "of: it is made of itself, by the zones in it"


def _zones_within(row: Zone, zones: Mapping[str, Zone]) -> set[str]:
    """The zones that it is made of, and those that these are made of."""
    found: set[str] = set()
    waiting = [row]
    while waiting:
        within = {zone_of(member) for member in waiting.pop().of} & zones.keys()
        waiting += [zones[id_] for id_ in within - found if id_ is not None]
        found |= {id_ for id_ in within if id_ is not None}
    return found
