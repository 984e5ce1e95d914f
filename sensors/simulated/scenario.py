"""Scripted events relative to a start, for a demonstration that shows each of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from sensors.catalogue.model import Site
from sensors.simulated.levels import LEVELS
from sensors.simulated.weather import Shower


def _hours(hours: float) -> timedelta:
    return timedelta(hours=hours)


class ScriptedEvent(Struct, frozen=True, kw_only=True):
    """Something between `begin` (included) and `end` (excluded) after the scenario's start, at `sites`."""

    sites: tuple[str, ...]
    begin: timedelta
    end: timedelta


class LevelOverride(ScriptedEvent, frozen=True, kw_only=True):
    """Parameters go from their natural course to these levels within `rise`, and back before the end."""

    levels: Mapping[str, float]
    rise: timedelta = timedelta()
    share: float = 1.0
    """How much of the natural course the levels replace at most."""
    spread: float = 0.06
    """The deviation of the logarithm about the levels."""


class Rain(ScriptedEvent, frozen=True, kw_only=True):
    """`depth` mm of rain; it falls on every site of the region, whatever `sites` says."""

    sites: tuple[str, ...] = ()
    depth: float


class Stuck(ScriptedEvent, frozen=True, kw_only=True):
    """A sensor repeats the value it had at the beginning."""

    parameter: str


class Gap(ScriptedEvent, frozen=True, kw_only=True):
    """Nothing arrives; what was measured is delivered in one burst at the end, or never if `lost`."""

    lost: bool = False


class Maintenance(ScriptedEvent, frozen=True, kw_only=True):
    """Somebody is working on the instruments: these parameters (all if empty) carry the flag M."""

    parameters: tuple[str, ...] = ()


class Garbage(ScriptedEvent, frozen=True, kw_only=True):
    """A broken logger: each `every`th message is one of a dozen kinds of garbage instead."""

    every: int = 5


class Scenario(Struct, frozen=True):
    """Events from `start` on. With a scenario nothing else goes wrong: no gaps or visits by chance."""

    start: datetime
    events: tuple[ScriptedEvent, ...]

    @property
    def length(self) -> timedelta:
        """From the start to the end of the last event."""
        return max((event.end for event in self.events), default=timedelta())

    def showers(self, epoch: datetime) -> tuple[Shower, ...]:
        """The rain among the events, in hours since `epoch`."""
        return tuple(
            Shower(
                start=(self.start + event.begin - epoch) / _hours(1),
                length=(event.end - event.begin) / _hours(1),
                depth=event.depth,
            )
            for event in self.events
            if isinstance(event, Rain)
        )


class _Roles(Struct, frozen=True):
    """Which sites play which part; in a small catalogue a site plays several."""

    hills: tuple[str, ...]
    town: tuple[str, ...]
    section: tuple[str, ...]

    def station(self, number: int) -> tuple[str, ...]:
        return (self.town[number % len(self.town)],) if self.town else ()


def _assign_roles(sites: Sequence[Site]) -> _Roles:
    air = [site for site in sites if site.medium == "air"]
    water = [site for site in sites if site.medium == "water"]
    hills = [site.id for site in air if site.zone == LEVELS.cast.clean_zone]
    town = [site.id for site in air if site.zone != LEVELS.cast.clean_zone]
    section = [site.id for site in water if site.id == LEVELS.cast.section] or [site.id for site in water]
    return _Roles(
        hills=tuple(hills or town),
        town=tuple(town or hills),
        section=tuple(section[:1]),
    )


def demo_scenario(sites: Iterable[Site], start: datetime) -> Scenario:
    """Three days in which everything happens once, with the parts given to these sites.

    Clean air first (the cleanest zone near 12 µg/m³ of PM2.5), an episode that climbs to about 90 and back
    between hours 6 and 30, a stuck sensor (10 to 40), a visit (26 to 30), rain (34 to 42), a section worse
    than Class III (40 to 66), a gap delivered late (44 to 51), and a logger that sends garbage throughout.
    """
    roles = _assign_roles(list(sites))
    return Scenario(start=start, events=_air_events(roles) + _water_events(roles) + _faults(roles))


def _air_events(roles: _Roles) -> tuple[ScriptedEvent, ...]:
    town = () if roles.town == roles.hills else roles.town
    return (
        _clean(roles.hills, {"pm25": 11.5, "pm10": 27.0}),
        _clean(town, {"pm25": 22.0, "pm10": 50.0}),
        _episode(roles.hills, {"pm25": 91.0, "pm10": 124.0, "no2": 52.0, "co": 1.5}),
        _episode(town, {"pm25": 118.0, "pm10": 163.0, "no2": 78.0, "co": 1.9}),
    )


def _clean(sites: tuple[str, ...], levels: Mapping[str, float]) -> LevelOverride:
    return LevelOverride(
        sites=sites, begin=_hours(-6), end=_hours(78), rise=_hours(6), levels=levels, share=0.95, spread=0.15
    )


def _episode(sites: tuple[str, ...], levels: Mapping[str, float]) -> LevelOverride:
    return LevelOverride(sites=sites, begin=_hours(6), end=_hours(30), rise=_hours(9), levels=levels)


def _water_events(roles: _Roles) -> tuple[ScriptedEvent, ...]:
    worse = {"codmn": 8.2, "nh3n": 1.32, "tp": 0.262}
    return (
        _clean(roles.section, {"codmn": 4.0, "nh3n": 0.22, "tp": 0.125}),
        Rain(begin=_hours(34), end=_hours(42), depth=32.0),
        LevelOverride(sites=roles.section, begin=_hours(40), end=_hours(66), rise=_hours(8), levels=worse),
    )


def _faults(roles: _Roles) -> tuple[ScriptedEvent, ...]:
    return (
        Stuck(sites=roles.station(0), parameter="no2", begin=_hours(10), end=_hours(40)),
        Gap(sites=roles.station(1), begin=_hours(44), end=_hours(51)),
        Maintenance(sites=roles.station(2), parameters=("so2", "no2"), begin=_hours(26), end=_hours(30)),
        Garbage(sites=roles.station(3), begin=_hours(0), end=_hours(72)),
    )
