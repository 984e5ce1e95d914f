"""A river section's station: temperature, oxygen, and what the land and the rain bring."""

from collections.abc import Iterable
from math import exp, floor

from msgspec import Struct

from sensors.catalogue.model import Site
from sensors.simulated.levels import LEVELS, TypicalLevel, WaterLevels, levels_of_site
from sensors.simulated.noise import key, normal, smooth_noise
from sensors.simulated.weather import Sky, standard_pressure

_PHYSICS = frozenset({"water_temp", "ph", "do"})


class Water(Struct, frozen=True):
    """One section: its levels, and each substance's key and course."""

    levels: WaterLevels
    site_key: int
    substances: tuple[tuple[str, int, float, TypicalLevel], ...]

    def at(self, sky: Sky) -> dict[str, float]:
        """Temperature, pH, oxygen and the substances asked for, unrounded; units as levels.toml says."""
        values = self._physics(sky)
        hours = sky.hours
        for name, seed_key, scale, level in self.substances:
            noise = 0.75 * smooth_noise(seed_key, hours, 90) + 0.55 * smooth_noise(seed_key + 1, hours, 22)
            noise += 0.35 * normal(seed_key, floor(3600 * hours))
            season = (1 + level.winter * sky.cold) * (1 + level.rain * sky.runoff)
            # A long dry spell never dilutes below a tenth.
            values[name] = (
                level.mean * scale * max(season, 0.1) * exp(level.noise * (noise - 0.5 * level.noise))
            )
        return values

    def _physics(self, sky: Sky) -> dict[str, float]:
        levels, hours = self.levels, sky.hours
        slow = smooth_noise(self.site_key, hours, 120)
        warmed = (sky.photochemistry - 0.32) * 2
        degrees = levels.temperature - 12.3 * sky.cold + 1.1 * slow + levels.swing * warmed
        degrees = degrees if degrees > 1 else 0.2 + 0.8 * exp(degrees - 1)
        mean, winter = levels.saturation
        activity = 0.4 + 0.6 * (1 - sky.cold) / 2
        share = mean + winter * sky.cold + 0.07 * activity * warmed + 0.05 * slow - 0.09 * sky.runoff
        share += 0.05 * smooth_noise(self.site_key + 1, hours, 20)
        mean_ph, winter_ph, noise = levels.ph
        ph = (
            mean_ph
            + winter_ph * sky.cold
            + noise * (0.6 * warmed * activity + 0.7 * smooth_noise(self.site_key + 2, hours, 60))
        )
        oxygen = max(share, 0.15) * saturated_oxygen(degrees, levels.altitude)
        return {"water_temp": degrees, "ph": ph - 0.08 * sky.runoff, "do": oxygen}


def saturated_oxygen(degrees: float, altitude: float) -> float:
    """Oxygen in fresh water in balance with the air, mg/L; 0 to 40 °C, altitude in m.

    Source: Benson and Krause (1984), the fit at one atmosphere, times the standard atmosphere's share.
    """
    per = 1 / (degrees + 273.15)
    at_sea = exp(-139.34411 + per * (1.575701e5 - per * (6.642308e7 - per * (1.2438e10 - per * 8.621949e11))))
    return at_sea * standard_pressure(altitude) / standard_pressure(0)


def station(site: Site, seed: int, names: Iterable[str]) -> Water:
    """The model of this section for the parameters `names`; those it knows no level of are left out."""
    levels = levels_of_site(site, LEVELS.water)
    known = {**LEVELS.rare, **levels.level}
    spread = 0.2 if levels is LEVELS.water["other"] else 0.0
    substances = tuple(
        (name, seed_key, exp(spread * normal(seed_key, -1)), known[name])
        for name in names
        if name in known and name not in _PHYSICS
        for seed_key in (key(seed, site.id, name),)
    )
    return Water(levels=levels, site_key=key(seed, site.id), substances=substances)
