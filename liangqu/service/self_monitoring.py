"""The service's points about itself, for the boards: `operation` every 30 s, `site_state` once a minute.

Both go through the journal like everything else, so an outage of the store leaves no gap in them.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Literal, get_args

import structlog
from prometheus_client.core import Metric

from ingest.journal import accounting, inbox, outgoing
from ingest.journal.entries import PointEntry
from ingest.journal.file import Journal
from ingest.sites.activity import SiteActivity, read_activities
from ingest.sites.clock import ClockLimits
from ingest.sites.unused import REASONS, Unused, describe_unused
from ingest.stores.base import STORE_ERRORS
from liangqu.service.metrics import journal_metrics
from sensors.calendar import EpochMs, from_ms, to_ms
from sensors.catalogue.model import Catalogue, Site
from sensors.model import FieldValue, Point

log = structlog.get_logger()

OPERATION_MS = 30_000
SITE_STATE_MS = 60_000

HeardState = Literal["heard", "silent", "never_heard"]
STATES: tuple[HeardState, ...] = get_args(HeardState)
PREFIX = "liangqu_"

# What has not happened yet is 0 and no gap: a board draws its line from the first minute on.
_ALWAYS: Mapping[str, FieldValue] = {
    **{f"quarantine_{reason}": 0.0 for reason in accounting.REASONS},
    **{f"store_errors_{kind}": 0.0 for kind in STORE_ERRORS},
    **{f"unused_{reason}": 0.0 for reason in REASONS},
}


class SelfMonitoring:
    """Puts the points into the outgoing queue when they are due; one thread uses it.

    Args:
        journal: Whose figures they are, and where they go.
        catalogue: The sites.
        limit: The journal's bytes above which nothing is acknowledged.
        clock_limits: From which age on a site's readings are no sign of life.
        unused: What is stored and feeds nothing.
    """

    def __init__(
        self,
        journal: Journal,
        catalogue: Catalogue,
        limit: int,
        clock_limits: ClockLimits,
        unused: Callable[[], Sequence[Unused]] = list,
    ) -> None:
        self._journal = journal
        self._catalogue = catalogue
        self._limit = limit
        self._clock_limits = clock_limits
        self._unused = unused
        self._logged: set[str] = set()
        self._operation = self._states = EpochMs(-1)

    def go_by(
        self, catalogue: Catalogue, clock_limits: ClockLimits, unused: Callable[[], Sequence[Unused]]
    ) -> None:
        """From now on by these; the next step writes all points, a new site's too, but logs nothing again."""
        self._catalogue, self._clock_limits, self._unused = catalogue, clock_limits, unused
        self._operation = self._states = EpochMs(-1)

    def step(self, now: datetime) -> bool:
        """Queue what is due; returns whether there was any. Stamps are full half minutes and minutes."""
        ms = to_ms(now)
        points: list[Point] = []
        stamp = ms - ms % OPERATION_MS
        if stamp != self._operation:  # not `>`: the clock may have been set back
            points.append(Point("operation", {}, self._figures(now), from_ms(stamp)))
            self._operation = stamp
        stamp = ms - ms % SITE_STATE_MS
        if stamp != self._states:
            points += site_states(self._catalogue, self._activities(), now, from_ms(stamp))
            self._states = stamp
        if points:
            with self._journal.transaction() as connection:
                outgoing.add(connection, [PointEntry(point) for point in points])
        return bool(points)

    def _figures(self, now: datetime) -> dict[str, FieldValue | None]:
        """The figures of /metrics by name; how long the oldest have waited, in seconds; sites by state."""
        figures: dict[str, FieldValue | None] = dict(_ALWAYS)
        for family in journal_metrics(self._journal, self._limit):
            figures.update(to_fields(family))
        for queue, age in queue_ages(self._journal.connection(), now).items():
            figures[f"lag_{queue}_seconds"] = age
        figures.update({f"unused_{one}": float(count) for one, count in self._count_unused().items()})
        states = count_states(self._catalogue, self._activities(), now)
        figures.update({f"sites_{state}": float(states[state]) for state in STATES})
        return figures

    def _count_unused(self) -> Counter[str]:
        """How many series feed nothing, by why; what somebody can cure is in the log once."""
        unused = self._unused()
        for line in describe_unused(unused, self._catalogue):
            if line not in self._logged:
                self._logged.add(line)
                log.warning("stored and used by nothing", what=line)
        return Counter(one.reason for one in unused)

    def _activities(self) -> dict[str, SiteActivity]:
        found = read_activities(self._journal.connection(), self._catalogue, self._clock_limits)
        return {one.site.id: one for one in found}


def queue_ages(connection: sqlite3.Connection, now: datetime) -> dict[str, float]:
    """For how many seconds the oldest of each queue has waited; 0 if nothing waits."""
    oldest = {
        "inbox": inbox.oldest_received_ms(connection),
        "outgoing": outgoing.oldest_received_ms(connection),
    }
    ms = to_ms(now)
    return {queue: 0.0 if one is None else max(0.0, (ms - one) / 1000) for queue, one in oldest.items()}


def count_states(
    catalogue: Catalogue, active: Mapping[str, SiteActivity], now: datetime
) -> Counter[HeardState]:
    """How many sites are in each state; one that is switched off is in none."""
    sites = (site for site in catalogue.sites.values() if site.active)
    return Counter(state_of(site, active.get(site.id), now) for site in sites)


def to_fields(family: Metric) -> Iterator[tuple[str, float]]:
    """A family's figures as fields: `items_stored`, `quarantine_bad_time`; those of a site are left out.

    The prefix and `_total` go; the values of labels are added. Sites have `site_state`.
    """
    for sample in family.samples:
        if "site" not in sample.labels:
            name = sample.name.removeprefix(PREFIX).removesuffix("_total")
            yield "_".join([name, *sample.labels.values()]), sample.value


def site_states(
    catalogue: Catalogue, active: Mapping[str, SiteActivity], now: datetime, stamp: datetime
) -> Iterator[Point]:
    """One point a site: whether it is heard (`level`: the state's place in STATES), since when it is not.

    `clock_behind_seconds` is how far a wrong clock is behind (negative: ahead), 0 where it is right.
    """
    for site in catalogue.sites.values():
        one = active.get(site.id)
        state, last = state_of(site, one, now), None if one is None else one.current
        fault = one.fault if one is not None and one.lasting else None
        fields: dict[str, FieldValue | None] = {
            "state": state,
            "level": float(STATES.index(state)),
            "last_seen": None if one is None or one.received is None else float(to_ms(one.received)),
            "silent_seconds": None if last is None else max(0.0, (now - last).total_seconds()),
            "clock_behind_seconds": 0.0 if fault is None else fault.behind.total_seconds(),
            "lon": site.lon,
            "lat": site.lat,
            "name_zh": site.name.zh,
            "name_en": site.name.en,
            "medium": site.medium,
        }
        yield Point("site_state", {"site": site.id}, fields, stamp)


def state_of(site: Site, one: SiteActivity | None, now: datetime) -> HeardState:
    """`heard` within the site's `late_after` (exactly then too), `silent` beyond it, else `never_heard`.

    Old readings are no sign of life.
    """
    if one is None or one.current is None:
        return "never_heard"
    return "silent" if now - one.current > site.late_after else "heard"
