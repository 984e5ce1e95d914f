"""The weather over the whole prefecture: what neighbouring sites have in common at one moment.

Hours count from 1970-01-01T00:00+08:00, so that `hours % 24` is the hour of the day there.
"""

from functools import lru_cache
from math import asin, cos, exp, floor, pi, sin, tau

from msgspec import Struct

from sensors.simulated.noise import key, normal, smooth_noise, uniform

_YEAR = 365.2425
_LATITUDE = 40.8 * pi / 180
_SOLAR_NOON = 12.35
"""115 degrees east, on the clock of 120 degrees east."""

# Chance of a wet day, mean depth in mm of a wet day, and chance of a dust day, January to December: ours,
# round figures for a valley with some 400 mm a year, most of it in July and August, and dust in spring.
_WET_DAYS = (0.04, 0.05, 0.08, 0.12, 0.18, 0.30, 0.38, 0.34, 0.24, 0.14, 0.08, 0.04)
_DEPTH = (1.5, 1.5, 2.5, 4.0, 5.0, 7.0, 9.5, 9.0, 6.0, 4.0, 2.5, 1.5)
_DUST_DAYS = (0.0, 0.01, 0.06, 0.09, 0.06, 0.01, 0.0, 0.0, 0.0, 0.01, 0.01, 0.0)

_RUNOFF_DAYS = 5
_RUNOFF_RISE = 5.0
_RUNOFF_DECAY = 30.0
_RUNOFF_DEPTH = 20.0


class Shower(Struct, frozen=True):
    """Rain of `depth` mm from `start` (hours) for `length` hours."""

    start: float
    length: float
    depth: float


class Weather(Struct, frozen=True):
    """A seed's weather; `showers` fall in addition to what the seed lets fall."""

    seed: int
    showers: tuple[Shower, ...] = ()

    def at(self, hours: float) -> "Sky":
        """The weather at one moment; the same for all sites."""
        return _sky(self, hours)


class Sky(Struct, frozen=True):
    """One moment's weather.

    `cold` runs from -1 (mid July) to 1 (mid January). `stagnation` has mean 0 and deviation 1: high is a calm
    inversion, low a clean north-west wind. `sun` is 0 to 1, `photochemistry` the same some hours later.
    `confinement` (mean about 1) is how much a shallow mixing layer concentrates, `traffic` (mean about 1) the
    emissions' two peaks. `rain` is in mm/h, `runoff` about 1 some hours after 20 mm, `dust` in µg/m³,
    `temperature` in °C at 720 m, `swing` its daily part, `wind` about 1 on average.
    """

    hours: float
    cold: float
    stagnation: float
    cloud: float
    sun: float
    photochemistry: float
    confinement: float
    traffic: float
    temperature: float
    swing: float
    wind: float
    rain: float
    runoff: float
    dust: float


@lru_cache(maxsize=256)
def _sky(weather: Weather, hours: float) -> Sky:
    seed, hour = weather.seed, hours % 24
    season = tau * (hours / 24 % _YEAR) / _YEAR
    cold = cos(season - 0.26)
    showers = _showers_before(weather, hours)
    rain = sum(_falling(shower, hours) for shower in showers)
    stagnation = 0.8 * smooth_noise(key(seed, "synoptic"), hours, 84) + 0.6 * smooth_noise(
        key(seed, "front"), hours, 33
    )
    cover = min(1.0, max(0.0, 0.4 - 0.1 * cold + 0.3 * smooth_noise(key(seed, "cloud"), hours, 19)))
    cloud = max(cover, min(0.35 * rain, 1.0))
    swing = (1 - 0.6 * cover) * cos(tau * (hour - 15) / 24)
    gust = smooth_noise(key(seed, "wind"), hours, 13)
    return Sky(
        hours=hours,
        cold=cold,
        stagnation=stagnation,
        cloud=cloud,
        sun=_sun(season, hour) * (1 - 0.7 * cloud),
        photochemistry=_sun(season, hour - 2.5) * (1 - 0.55 * cloud),
        confinement=1 + 0.36 * cos(tau * (hour - 0.5) / 24) + 0.22 * (_daily_peak(hour, 8) - 0.26),
        traffic=0.62 + 0.75 * (_daily_peak(hour, 8) + 1.15 * _daily_peak(hour, 19.5)) * (0.9 + 0.1 * cold),
        temperature=8.9
        - 16.4 * cold
        + 6.6 * swing
        + 3.2 * smooth_noise(key(seed, "warmth"), hours, 71)
        - min(0.6 * rain, 3.0),
        swing=swing,
        wind=exp(0.35 * gust - 0.28 * stagnation - 0.1) * (1 + 0.35 * _daily_peak(hour, 15, 4) - 0.08),
        rain=rain,
        runoff=min(3.0, sum(_running_off(shower, hours) for shower in showers)),
        dust=_dust(seed, hours),
    )


def standard_pressure(altitude: float) -> float:
    """Pressure in hPa of the International Standard Atmosphere (ISO 2533) at this altitude in m."""
    return 1013.25 * float((1 - 2.25577e-5 * altitude) ** 5.25588)


def _daily_peak(hour: float, centre: float, width: float = 2.5) -> float:
    """1 at `centre` o'clock, falling off on both sides, midnight or not."""
    distance = (hour - centre + 12) % 24 - 12
    return exp(-0.5 * (distance / width) ** 2)


def _sun(season: float, hour: float) -> float:
    """The sine of the sun's height, 0 at night."""
    declination = asin(0.3978 * -cos(season + 0.17))
    angle = tau * (hour - _SOLAR_NOON) / 24
    height = sin(_LATITUDE) * sin(declination) + cos(_LATITUDE) * cos(declination) * cos(angle)
    return max(0.0, height)


def _month(day: int) -> int:
    """0 to 11; a day off at most, which no weather notices."""
    return int(day % _YEAR / _YEAR * 12)


@lru_cache(maxsize=64)
def _shower(seed: int, day: int) -> Shower | None:
    month, rain_key = _month(day), key(seed, "rain")
    if uniform(rain_key, 8 * day) >= _WET_DAYS[month]:
        return None
    # From a tenth of the mean to three times the mean; the mean of the factor is 1.
    depth = _DEPTH[month] * (0.1 + 2.9 * uniform(rain_key, 8 * day + 1) ** 2.222)
    start = 24 * day + 6 + 15 * uniform(rain_key, 8 * day + 2)
    return Shower(start=start, length=1 + 7 * uniform(rain_key, 8 * day + 3), depth=depth)


def _showers_before(weather: Weather, hours: float) -> list[Shower]:
    """What has begun to fall and may still run off."""
    today = floor(hours / 24)
    natural = (_shower(weather.seed, day) for day in range(today - _RUNOFF_DAYS, today + 1))
    earliest = hours - 24 * _RUNOFF_DAYS
    candidates = (*(shower for shower in natural if shower), *weather.showers)
    return [shower for shower in candidates if earliest < shower.start <= hours]


def _falling(shower: Shower, hours: float) -> float:
    part = (hours - shower.start) / shower.length
    return shower.depth / shower.length * 6 * part * (1 - part) if 0 < part < 1 else 0.0


def _running_off(shower: Shower, hours: float) -> float:
    after = hours - shower.start
    fade = max(0.0, 1 - after / (24 * _RUNOFF_DAYS))
    return (
        1.6
        * shower.depth
        / _RUNOFF_DEPTH
        * (1 - exp(-after / _RUNOFF_RISE))
        * exp(-after / _RUNOFF_DECAY)
        * fade
    )


@lru_cache(maxsize=64)
def _dust_day(seed: int, day: int) -> Shower | None:
    dust_key = key(seed, "dust")
    if uniform(dust_key, 8 * day) >= _DUST_DAYS[_month(day)]:
        return None
    start = 24 * day + 4 + 14 * uniform(dust_key, 8 * day + 1)
    peak = 120 + 700 * uniform(dust_key, 8 * day + 2) ** 2
    return Shower(start=start, length=6 + 14 * uniform(dust_key, 8 * day + 3), depth=peak)


def _dust(seed: int, hours: float) -> float:
    today = floor(hours / 24)
    total = 0.0
    for storm in (_dust_day(seed, today - 1), _dust_day(seed, today)):
        if storm:
            part = (hours - storm.start) / storm.length
            total += storm.depth * 6.75 * part * (1 - part) ** 2 if 0 < part < 1 else 0.0
    return total * (1 + 0.1 * normal(key(seed, "gusts"), floor(hours)))
