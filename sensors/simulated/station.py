"""One simulated site: what its instruments show at a given time, and when the message arrives."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from math import exp
from typing import Any

from msgspec import Struct

from sensors.catalogue.model import Catalogue, Parameter, Site
from sensors.catalogue.units import power_of_ten, shift
from sensors.simulated import air, water
from sensors.simulated.faults import Faults, RandomFaults, ScriptedFaults, TimeSpan, events_at_site
from sensors.simulated.levels import LEVELS
from sensors.simulated.noise import key, smooth_noise
from sensors.simulated.scenario import LevelOverride, Scenario, Stuck
from sensors.simulated.weather import Weather

SHANGHAI = timezone(timedelta(hours=8))
EPOCH = datetime(1970, 1, 1, tzinfo=SHANGHAI)
"""The weather's hours count from here."""

_OFFSET = 8 * 3600
_MODELLED_IN = {"pressure": "hPa", "co": "mg/m³", "chla": "mg/L"}
"""Where the models' unit may differ from the catalogue's."""


class Instrument(Struct, frozen=True):
    """How a model's value becomes the instrument's reading."""

    parameter: str
    decimals: int
    low: float
    high: float
    floor: float
    factor: float
    noise_key: int
    shift: int

    def to_reading(self, value: float) -> float:
        """Rounded, not below what the analyser can see, inside the physical range; in the site's own unit."""
        rounded = round(max(value * self.factor, self.floor), self.decimals or None)
        # + 0 turns -0.0 into 0.0
        clamped = min(max(rounded, self.low), self.high) + 0
        return shift(clamped, self.shift) if self.shift else clamped

    def random_walk(self, hours: float) -> float:
        """For a parameter that no model knows: a random walk about the middle of its range."""
        middle, span = 0.5 * (self.low + self.high), self.high - self.low
        return (middle + 0.06 * span * smooth_noise(self.noise_key, hours, 36)) / self.factor


class SimulatedStation:
    """A site's model with its parameters and its faults, for any time."""

    def __init__(self, site: Site, catalogue: Catalogue, seed: int, scenario: Scenario | None) -> None:
        self.site = site
        self._cycle = cycle_seconds(site)
        self._instruments = [_instrument(parameter, site, seed) for parameter in _measured(site, catalogue)]
        self._weather = Weather(seed, scenario.showers(EPOCH) if scenario else ())
        self._model: air.Air | water.Water = (
            air.station(site, seed)
            if site.medium == "air"
            else water.station(site, seed, [one.parameter for one in self._instruments])
        )
        self._faults: Faults = ScriptedFaults(site, scenario) if scenario else RandomFaults(site, seed)
        self._overrides = list(events_at_site(scenario, site, LevelOverride)) if scenario else []
        self._key = key(seed, site.id, "script")
        self._stuck = list(self._stuck_values(scenario)) if scenario else []
        self._kind = {"kind": "hour"} if site.basis == "hour" else {}
        self._delay = self._cycle if site.basis == "hour" and site.label == "start" else 0

    @property
    def longest_delay(self) -> int:
        """Seconds that a message's delivery may lie behind its time."""
        return self._faults.longest_outage + self._delay

    def arrival(self, seconds: int) -> int | None:
        """When the message of this time arrives; None if it never does."""
        sent = seconds + self._delay
        outage = self._faults.outage(sent)
        if outage is None:
            return sent
        return None if outage.lost else outage.end

    def garbage_number(self, seconds: int) -> int | None:
        """The number of the message, if its logger makes garbage of it."""
        number = (seconds + _OFFSET) // self._cycle
        return number if self._faults.garbage(number, seconds) else None

    def payload(self, seconds: int) -> dict[str, Any]:
        """The native JSON object of this time, whether it arrives or not."""
        values: dict[str, float | None] = dict(self.values(seconds))
        for span, name, value in self._stuck:
            if name in values and span.contains(seconds):
                values[name] = value
        for name in values:
            if self._faults.blank(name, seconds):
                values[name] = None
        body: dict[str, Any] = {
            "time": datetime.fromtimestamp(seconds, SHANGHAI).isoformat(),
            "values": values,
        }
        names = self._faults.parameters_under_maintenance(seconds)
        if names is not None and (flags := {name: "M" for name in values if not names or name in names}):
            body["flags"] = flags
        return body | self._kind

    def values(self, seconds: int) -> dict[str, float]:
        """What healthy instruments print."""
        hours = (seconds + _OFFSET) / 3600
        modelled = self._model.at(self._weather.at(hours))
        for span, override in self._overrides:
            if weight := _weight(override, span, seconds):
                self._apply(override, modelled, weight, hours)
        return {
            one.parameter: one.to_reading(
                modelled[one.parameter] if one.parameter in modelled else one.random_walk(hours)
            )
            for one in self._instruments
        }

    def _apply(
        self, override: LevelOverride, modelled: dict[str, float], weight: float, hours: float
    ) -> None:
        for name, level in override.levels.items():
            if name in modelled:
                noise = smooth_noise(self._key ^ key(0, name), hours, 6)
                modelled[name] += weight * (level * exp(override.spread * noise) - modelled[name])

    def _stuck_values(self, scenario: Scenario) -> Iterator[tuple[TimeSpan, str, float]]:
        for span, stuck in events_at_site(scenario, self.site, Stuck):
            last = next(cycles(self.site, span.begin - self._cycle + 1, span.begin + 1))
            values = self.values(last)
            if stuck.parameter in values:
                yield span, stuck.parameter, values[stuck.parameter]


def _measured(site: Site, catalogue: Catalogue) -> Iterator[Parameter]:
    rows = catalogue.parameters.values()
    typical = [row.id for row in rows if row.medium == site.medium and row.typical]
    for name in site.parameters or typical:
        if parameter := catalogue.parameter(name):
            yield parameter


def _instrument(parameter: Parameter, site: Site, seed: int) -> Instrument:
    factor = 10.0 ** (power_of_ten(_MODELLED_IN.get(parameter.id, parameter.unit), parameter.unit) or 0)
    own_unit = site.units.get(parameter.id, parameter.unit)
    lowest = LEVELS.floor.get(parameter.id)
    return Instrument(
        parameter=parameter.id,
        decimals=parameter.decimals,
        low=parameter.low,
        high=parameter.high,
        floor=parameter.low if lowest is None else lowest * factor,
        factor=factor,
        noise_key=key(seed, site.id, parameter.id, "unmodelled"),
        shift=power_of_ten(parameter.unit, own_unit) or 0,
    )


def _weight(override: LevelOverride, span: TimeSpan, seconds: int) -> float:
    """How much of the natural values the override replaces: 0 outside, its `share` between the slopes."""
    if not span.contains(seconds):
        return 0.0
    if not override.rise:
        return override.share
    rise = override.rise.total_seconds()
    slope = min(1.0, (seconds - span.begin) / rise, (span.end - seconds) / rise)
    return override.share * slope * slope * (3 - 2 * slope)


def cycle_seconds(site: Site) -> int:
    """The expected interval, in whole seconds, at least one."""
    return max(1, round(site.cycle.total_seconds()))


def cycles(site: Site, start: float, end: float) -> Iterator[int]:
    """The site's times, `start <= time < end`, in seconds since 1970 UTC, aligned to Shanghai's clock."""
    cycle = cycle_seconds(site)
    seconds = -int(-(start + _OFFSET) // cycle) * cycle - _OFFSET
    while seconds < end:
        yield seconds
        seconds += cycle


def to_time(seconds: int) -> datetime:
    """Aware, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
