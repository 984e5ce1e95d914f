"""When each site was last heard, and whether its clock is right: as the times in its messages show.

Times that are refused count too: a clock that was reset sends nothing else.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from ingest.journal import check_state, site_clocks
from ingest.journal.inbox import InboxMessage
from ingest.journal.site_clocks import SiteClock, SiteTimes
from ingest.sites.clock import ClockFault, ClockLimits, clock_fault, is_lasting, tolerance
from sensors.calendar import EpochMs, from_ms
from sensors.catalogue.model import Catalogue, Site
from sensors.decoding.types import Decoded

UNHEARD_AFTER = timedelta(days=1)
"""A site of the catalogue from which nothing has come for so long is told."""
NEVER_HEARD = "never_heard"

_MILLISECOND = timedelta(milliseconds=1)


class SiteActivity(Struct, frozen=True):
    """When readings of a site were last received, and when such as were not old (None: never).

    `fault` is what its last message shows of its clock, received at `seen` whether its times were taken or
    not; `lasting` whether that has been so for a while.
    """

    site: Site
    received: datetime | None
    current: datetime | None
    fault: ClockFault | None = None
    seen: datetime | None = None
    lasting: bool = False


def collect_times(
    message: InboxMessage,
    decoded: Decoded,
    catalogue: Catalogue,
    times: dict[str, SiteTimes],
    prefix: str = "",
) -> None:
    """Add a message's times to those of its site; a message is taken to be in the order of time.

    One out of the quarantine says nothing of now. `prefix` is that of its topic, "" where there is only one.
    """
    if message.conflict is not None:
        return
    parts = decoded.parts
    taken = None
    if parts:
        taken = parts[0].time if len(parts) == 1 else max(parts[0].time, parts[-1].time)
    newest = taken
    for refused in decoded.refused:
        if refused.time is not None and (newest is None or refused.time > newest):
            newest = refused.time
    if newest is None:
        return
    site = catalogue.sites[parts[0].site] if parts else _site_of(message.topic, catalogue)
    if site is None:
        return
    one = times.get(site.id)
    if one is None:
        lasting = tolerance(site.cycle) // _MILLISECOND
        times[site.id] = SiteTimes(message.received, newest, taken, lasting, prefix)
        return
    one.received, one.newest, one.prefix = message.received, max(one.newest, newest), prefix
    if taken is not None and (one.taken is None or taken > one.taken):
        one.taken = taken


def _site_of(topic: str, catalogue: Catalogue) -> Site | None:
    name = topic.rpartition("/")[2]
    return catalogue.sender(catalogue.by_mn.get(name, name))


def read_activities(
    connection: sqlite3.Connection, catalogue: Catalogue, limits: ClockLimits
) -> Iterator[SiteActivity]:
    """Each site of the catalogue from which anything with a time has come."""
    heard, clocks = check_state.last_seen(connection), site_clocks.read(connection)
    for site in catalogue.sites.values():
        received, clock = heard.get(site.id), clocks.get(site.id)
        if received is not None or clock is not None:
            yield _activity(site, received, clock, limits)


def _activity(
    site: Site, received: EpochMs | None, clock: SiteClock | None, limits: ClockLimits
) -> SiteActivity:
    last = current = None if received is None else from_ms(received)
    if clock is None:
        return SiteActivity(site, last, current)
    oldest = limits.oldest(site.cycle)
    if current is not None and clock.newest_ms is not None and oldest is not None:
        current = min(current, from_ms(clock.newest_ms) + oldest)
    fault = clock_fault(clock.behind_ms * _MILLISECOND, site.cycle, limits)
    lasted = (clock.seen_ms - clock.since_ms) * _MILLISECOND
    lasting = is_lasting(lasted, site.cycle)
    return SiteActivity(site, last, current, fault, from_ms(clock.seen_ms), lasting=lasting)
