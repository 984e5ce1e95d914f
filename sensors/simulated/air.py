"""An air station: particles, gases and weather at one place, from the sky over the region."""

from math import exp, floor

from msgspec import Struct

from sensors.catalogue.model import Site
from sensors.simulated.levels import LEVELS, AirLevels, levels_of_site
from sensors.simulated.noise import key, normal, smooth_noise, uniform
from sensors.simulated.weather import Sky, standard_pressure

_STAGNANT = 0.70
"""Deviation of the logarithm of PM2.5 that the region's weather makes."""


class Air(Struct, frozen=True):
    """One station's place among its neighbours: its zone's levels, its own altitude and dirtiness."""

    levels: AirLevels
    altitude: float
    scale: float
    zone: int
    site_key: int

    def at(self, sky: Sky) -> dict[str, float]:
        """Pollutants and weather, unrounded; µg/m³, CO mg/m³, °C, %, hPa, m/s, degrees, mm/h."""
        hours = sky.hours
        build_up = _STAGNANT * sky.stagnation + 0.22 * smooth_noise(self.zone, hours, 41)
        build_up += 0.13 * smooth_noise(self.site_key, hours, 9) + 0.05 * normal(
            self.site_key, floor(3600 * hours)
        )
        return (
            self._particles(sky, self.scale * exp(build_up - 0.28))
            | self._gases(sky, self.scale * exp(0.55 * build_up - 0.08))
            | self._weather(sky)
        )

    def _particles(self, sky: Sky, stagnant: float) -> dict[str, float]:
        washed = 1 / (1 + 0.35 * sky.rain)
        fine = self.levels.pm25 * (1 + 0.32 * sky.cold) * stagnant * sky.confinement * washed
        gritty = exp(0.3 * smooth_noise(self.site_key + 1, sky.hours, 15) - 0.05)
        coarse = (
            self.levels.coarse * gritty * (0.6 + 0.4 * sky.wind) * (1 + 0.35 * (sky.traffic - 1)) * washed
        )
        return {"pm25": fine + 0.12 * sky.dust, "pm10": fine + coarse + sky.dust}

    def _gases(self, sky: Sky, stagnant: float) -> dict[str, float]:
        levels, mixing = self.levels, 0.5 + 0.5 * sky.confinement
        sunlit = 1 - 0.5 * sky.sun
        no2 = levels.no2 * (1 + 0.3 * sky.cold) * stagnant * mixing * sky.traffic * sunlit * 1.15
        noon = 0.75 + 0.6 * sky.sun
        so2 = (
            levels.so2
            * (1 + 0.55 * sky.cold)
            * stagnant
            * noon
            * exp(0.3 * smooth_noise(self.site_key + 2, sky.hours, 7))
        )
        co = levels.co * (1 + 0.28 * sky.cold) * stagnant * mixing * (0.8 + 0.2 * sky.traffic)
        ozone_made = sky.photochemistry * (1 - 0.45 * sky.cold) * (1 + 0.1 * sky.stagnation)
        background = 62 - 12 * sky.cold + 5 * smooth_noise(self.site_key + 3, sky.hours, 11)
        o3 = background + 72 * ozone_made - levels.titration * 1.5 * no2
        return {"so2": so2, "no2": no2, "co": co, "o3": max(o3, 2 + 0.05 * background)}

    def _weather(self, sky: Sky) -> dict[str, float]:
        above = self.altitude - 720
        damp = 46 - 14 * sky.cold - 15 * sky.swing + 9 * sky.stagnation + 10 * min(sky.rain, 3.0)
        veer = 95 * smooth_noise(self.site_key + 4, sky.hours, 8)
        return {
            "air_temp": sky.temperature - 0.006 * above + 0.4 * smooth_noise(self.site_key + 5, sky.hours, 3),
            "humidity": min(99.0, max(9.0, damp + 3 * smooth_noise(self.site_key + 6, sky.hours, 5))),
            "pressure": standard_pressure(self.altitude)
            + 5.5 * sky.cold
            - 3.2 * sky.stagnation
            - 0.8 * sky.swing,
            "wind_speed": max(
                0.1, (1.7 + 0.0012 * above) * sky.wind * exp(0.2 * normal(self.site_key, int(sky.hours)))
            ),
            "wind_dir": (225 + 80 * sky.cold + veer) % 360,
            "rain": sky.rain,
        }


def station(site: Site, seed: int) -> Air:
    """The model of this site, which only its id, zone and the seed decide."""
    levels = levels_of_site(site, LEVELS.air)
    low, high = levels.altitude
    site_key = key(seed, site.id)
    return Air(
        levels=levels,
        altitude=low + (high - low) * uniform(site_key, -1) ** 2,
        scale=exp(0.05 * normal(site_key, -2)),
        zone=key(seed, "zone", site.zone or ""),
        site_key=site_key,
    )
