"""What is wrong with single stations though each of their messages is taken, for /readyz."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from ingest.journal.file import Journal
from ingest.sites.activity import read_activities
from ingest.sites.clock import ClockLimits, describe_fault
from sensors.catalogue.model import Catalogue

_OF_TODAY = timedelta(days=1)


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
