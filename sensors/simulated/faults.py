"""Faults of a site: by chance over the years, or as a scenario says.

Times are seconds since 1970 (UTC), whole; a span holds its begin and not its end.
"""

from collections.abc import Iterator
from typing import TypeVar

from msgspec import Struct

from sensors.catalogue.model import Site
from sensors.simulated.noise import key, uniform
from sensors.simulated.scenario import Gap, Garbage, Maintenance, Scenario, ScriptedEvent

_Event = TypeVar("_Event", bound=ScriptedEvent)

_HOUR = 3600
_WEEK = 168 * _HOUR
_LONGEST_OUTAGE = 9 * _HOUR
_OUTAGE_CHANCE = 0.16
"""Chance of one in a week; half of them are delivered afterwards."""
_BLANK_CHANCE = 0.004
"""Chance that one value of a message is missing."""


class TimeSpan(Struct, frozen=True):
    """An event and its time span."""

    begin: int
    end: int

    def contains(self, seconds: int) -> bool:
        """Whether the moment lies in it."""
        return self.begin <= seconds < self.end


class Outage(TimeSpan, frozen=True):
    """No connection; `lost` says that nothing is delivered afterwards."""

    lost: bool = False


class RandomFaults:
    """By chance: now and then an outage, a visit every other week, a missing value."""

    longest_outage = _LONGEST_OUTAGE

    def __init__(self, site: Site, seed: int) -> None:
        self._outages = key(seed, site.id, "outage")
        self._visits = key(seed, site.id, "visit")
        self._blanks = key(seed, site.id, "blank")

    def outage(self, seconds: int) -> Outage | None:
        """At most one a week, 2 to 9 hours."""
        week = seconds // _WEEK
        if uniform(self._outages, 8 * week) >= _OUTAGE_CHANCE:
            return None
        length = int(_HOUR * (2 + 7 * uniform(self._outages, 8 * week + 1)))
        begin = week * _WEEK + int(uniform(self._outages, 8 * week + 2) * (_WEEK - length))
        outage = Outage(begin=begin, end=begin + length, lost=uniform(self._outages, 8 * week + 3) < 1 / 2)
        return outage if outage.contains(seconds) else None

    def parameters_under_maintenance(self, seconds: int) -> tuple[str, ...] | None:
        """Two hours of a working morning or afternoon, once in 14 days."""
        local = seconds + 8 * _HOUR
        fortnight, within = divmod(local, 2 * _WEEK)
        day = int(14 * uniform(self._visits, 2 * fortnight))
        hour = 9 + int(6 * uniform(self._visits, 2 * fortnight + 1))
        begin = (24 * day + hour) * _HOUR
        return () if begin <= within < begin + 2 * _HOUR else None

    def blank(self, parameter: str, seconds: int) -> bool:
        """Once in 250 values."""
        return uniform(self._blanks ^ _number(parameter), seconds) < _BLANK_CHANCE

    def garbage(self, cycles: int, seconds: int) -> bool:  # noqa: ARG002 - the protocol's
        """Never by chance."""
        return False


def _number(parameter: str) -> int:
    return key(0, parameter)


class ScriptedFaults:
    """As the scenario says, and nothing else."""

    def __init__(self, site: Site, scenario: Scenario) -> None:
        self._gaps = [
            Outage(span.begin, span.end, gap.lost) for span, gap in events_at_site(scenario, site, Gap)
        ]
        self._visits = [
            (span, visit.parameters) for span, visit in events_at_site(scenario, site, Maintenance)
        ]
        self._garbage = [(span, garbage.every) for span, garbage in events_at_site(scenario, site, Garbage)]
        self.longest_outage = max((gap.end - gap.begin for gap in self._gaps), default=0)

    def outage(self, seconds: int) -> Outage | None:
        """The scenario's gaps."""
        return next((gap for gap in self._gaps if gap.contains(seconds)), None)

    def parameters_under_maintenance(self, seconds: int) -> tuple[str, ...] | None:
        """The scenario's visits."""
        return next((names for span, names in self._visits if span.contains(seconds)), None)

    def blank(self, parameter: str, seconds: int) -> bool:  # noqa: ARG002 - the protocol's
        """Never in a scenario."""
        return False

    def garbage(self, cycles: int, seconds: int) -> bool:
        """Each nth message of the broken logger."""
        return any(cycles % every == 0 and span.contains(seconds) for span, every in self._garbage)


def events_at_site(scenario: Scenario, site: Site, kind: type[_Event]) -> Iterator[tuple[TimeSpan, _Event]]:
    """The events of one kind that this site takes part in, with their times."""
    start = int(scenario.start.timestamp())
    for event in scenario.events:
        if isinstance(event, kind) and site.id in event.sites:
            begin, end = (start + int(edge.total_seconds()) for edge in (event.begin, event.end))
            yield TimeSpan(begin=begin, end=end), event


Faults = RandomFaults | ScriptedFaults
