"""Typical levels of the simulated sites, from levels.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from sensors.catalogue.model import Site

_Table = TypeVar("_Table")


class TypicalLevel(Struct, frozen=True, forbid_unknown_fields=True):
    """A concentration's course: mean, relative winter excess, deviation of its logarithm, answer to rain."""

    mean: float
    winter: float = 0.0
    noise: float = 0.0
    rain: float = 0.0


class AirLevels(Struct, frozen=True, forbid_unknown_fields=True):
    """Annual means of a zone, and the altitudes (m) between which its stations stand."""

    altitude: tuple[float, float]
    pm25: float
    coarse: float
    so2: float
    no2: float
    co: float
    titration: float


class WaterLevels(Struct, frozen=True, forbid_unknown_fields=True):
    """A section's altitude (m), mean temperature and its daily swing (°C), and levels.

    `saturation` is the oxygen saturation's mean and winter excess; `ph` mean, winter excess and deviation.
    """

    altitude: float
    temperature: float
    swing: float
    saturation: tuple[float, float]
    ph: tuple[float, float, float]
    level: Mapping[str, TypicalLevel]


class DemoCast(Struct, frozen=True, forbid_unknown_fields=True):
    """Who plays which part in the demonstration: the zone with the clean air, the section that turns bad."""

    clean_zone: str
    section: str


class Levels(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of levels.toml."""

    air: Mapping[str, AirLevels]
    water: Mapping[str, WaterLevels]
    rare: Mapping[str, TypicalLevel]
    floor: Mapping[str, float]
    cast: DemoCast


LEVELS = msgspec.toml.decode(Path(__file__).with_name("levels.toml").read_bytes(), type=Levels)


def levels_of_site(site: Site, tables: Mapping[str, _Table]) -> _Table:
    """The table of the site's id, else of its river or zone, else `other`."""
    for name in (site.id, site.river, site.zone):
        if name and name in tables:
            return tables[name]
    return tables["other"]
