"""What is wrong with single stations, for /readyz: a wrong clock, never a message, what feeds nothing."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from ingest.journal.file import Journal
from ingest.sites import expected_sites
from ingest.sites.activity import UNHEARD_AFTER, read_activities
from ingest.sites.clock import ClockLimits, describe_fault
from ingest.sites.unused import IsJudged, Unused, describe_unused, read_unused
from sensors.calendar import shanghai_day
from sensors.catalogue.model import Catalogue

_OF_TODAY = timedelta(days=1)


def site_warnings(
    journal: Journal,
    catalogue: Catalogue,
    limits: ClockLimits,
    clock: Callable[[], datetime],
    unused: Callable[[], Sequence[Unused]],
) -> Iterator[str]:
    """All that there is to say of single stations."""
    yield from clock_warnings(journal, catalogue, limits, clock)
    yield from unheard_warnings(journal, catalogue, clock)
    yield from describe_unused(unused(), catalogue)


def unused_series(journal: Journal, catalogue: Catalogue, is_judged: IsJudged) -> list[Unused]:
    """What is stored and feeds nothing at this moment."""
    with journal.snapshot() as connection:
        return read_unused(connection, catalogue, is_judged)


def clock_warnings(
    journal: Journal, catalogue: Catalogue, limits: ClockLimits, clock: Callable[[], datetime]
) -> Iterator[str]:
    """The stations of the last day whose clocks are wrong and have been for a while."""
    now = clock()
    with journal.snapshot() as connection:
        found = list(read_activities(connection, catalogue, limits))
    for one in found:
        if one.fault is not None and one.lasting and one.seen is not None and now - one.seen <= _OF_TODAY:
            yield f"{one.site.name.en} ({one.site.id}): {describe_fault(one.fault).en}"


def unheard_warnings(journal: Journal, catalogue: Catalogue, clock: Callable[[], datetime]) -> Iterator[str]:
    """The sites from which nothing has come since they were in the catalogue, for over a day."""
    now = clock()
    with journal.snapshot() as connection:
        found = expected_sites.unheard(connection)
    for id_, since in sorted(found.items()):
        site = catalogue.sites.get(id_)
        if site is not None and now - since > UNHEARD_AFTER:
            yield (
                f"{site.name.en} ({id_}): never heard since {shanghai_day(since)};"
                " look at its topic and password, or switch it off in the catalogue: active = false"
            )
