"""What the clock closes: hours that are complete, and all that a silent series leaves open.

A reading closes what is before it. Where none comes, an hour with every reading that it expects closes as it
ends; the others, days, months and years close once the site is late: `late_after` behind their end.
"""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from ingest.journal import statistics_state
from ingest.journal.statistics_state import Id
from sensors.averages.live.calendar_periods import KEPT_MONTHS
from sensors.calendar import (
    EpochMs,
    day_of,
    day_start_ms,
    hour_of,
    hour_start_ms,
    month_of,
    to_ms,
)
from sensors.catalogue.model import Catalogue

_OF_HOURS = timedelta(days=2)  # so long after its last reading no window of a series moves with the hour


class Closing(Struct, frozen=True):
    """A site's series, and up to when it closes; `if_complete`: only if its last hour has all it expects."""

    id: Id
    until: EpochMs
    if_complete: bool = False


def closings(
    connection: sqlite3.Connection,
    catalogue: Catalogue,
    now: datetime,
    since: datetime | None,
    *,
    silent_only: bool = False,
) -> Iterator[Closing]:
    """The series of sites that the clock closes further than their readings have.

    Args:
        connection: To the journal.
        catalogue: The sites; zones and rivers follow them.
        now: The clock.
        since: When the broker was connected; None: it is away, and no site is known to be late.
        silent_only: Whether only series count of which nothing has come for two days, whoever was connected.
    """
    hour = hour_of(to_ms(now))
    oldest = month_of(day_of(to_ms(now))) - KEPT_MONTHS
    for id_, until, newest in statistics_state.reached(connection):
        site = catalogue.sites.get(id_[0])
        if site is None or month_of(day_of(until)) < oldest:
            continue
        late = now - site.late_after
        end = hour_start_ms(hour_of(to_ms(late)))
        is_silent = to_ms(now) - newest > _OF_HOURS // timedelta(milliseconds=1)
        if is_silent:
            end = day_start_ms(day_of(end))
        if silent_only:
            if is_silent and until < end:
                yield Closing(id_, end)
        elif since is not None and since <= late and until < end:
            yield Closing(id_, end)
        elif hour_of(until) == hour - 1:
            yield Closing(id_, hour_start_ms(hour), if_complete=True)
