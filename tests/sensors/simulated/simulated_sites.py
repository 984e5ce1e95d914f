"""A small catalogue and its sites, for what the tests of the simulated stations share."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec

from sensors.catalogue.model import Catalogue, Parameter, Site, Thresholds
from sensors.decoding.types import InputBounds
from sensors.model import Name
from sensors.simulated import Scenario, demo_scenario, messages
from sensors.simulated.station import SimulatedStation, cycles, to_time

CST = timezone(timedelta(hours=8))
YEAR = datetime(2025, 1, 1, tzinfo=CST)
DEMO_START = datetime(2026, 11, 20, tzinfo=CST)
RANGES = {
    "pm25": ("air", "µg/m³", 1, 0, 5000), "pm10": ("air", "µg/m³", 0, 0, 20_000),
    "so2": ("air", "µg/m³", 0, 0, 3000), "no2": ("air", "µg/m³", 0, 0, 4000),
    "co": ("air", "mg/m³", 1, 0, 200), "o3": ("air", "µg/m³", 0, 0, 1500),
    "air_temp": ("air", "°C", 1, -60, 60), "humidity": ("air", "%", 0, 0, 100),
    "pressure": ("air", "kPa", 2, 50, 110), "wind_speed": ("air", "m/s", 1, 0, 80),
    "wind_dir": ("air", "°", 0, 0, 360),
    "water_temp": ("water", "°C", 1, -2, 45), "ph": ("water", "–", 2, 0, 14),
    "do": ("water", "mg/L", 2, 0, 40), "conductivity": ("water", "µS/cm", 1, 0, 200_000),
    "turbidity": ("water", "NTU", 1, 0, 20_000), "codmn": ("water", "mg/L", 2, 0, 200),
    "nh3n": ("water", "mg/L", 3, 0, 150), "tp": ("water", "mg/L", 3, 0, 50),
    "tn": ("water", "mg/L", 2, 0, 200),
    "hg": ("water", "mg/L", 6, 0, 0.1), "flow": ("water", "m³/s", 2, 0, 20_000),
    "radon": ("air", "Bq/m³", 1, 20, 80),
}  # fmt: skip


def parameter_of(name: str) -> Parameter:
    medium, unit, decimals, low, high = RANGES[name]
    return msgspec.convert(
        {
            "id": name, "medium": medium, "codes": (), "name": Name(name, name), "unit": unit,
            "decimals": decimals, "low": low, "high": high, "source": "test",
            "checks": Thresholds(source="test"), "typical": name not in {"hg", "flow", "radon"},
        },
        Parameter,
    )  # fmt: skip


def site_of(name: str, medium: Any = "air", hours: float = 1, **more: Any) -> Site:
    cycle = timedelta(hours=hours)
    return Site(name, medium, Name(name, name), cycle, 2 * cycle, **more)


HILLS = [site_of(f"hill-{i}", zone="competition") for i in range(2)]
TOWN = [site_of(f"town-{i}", zone="city") for i in range(4)]
BAHAOQIAO = site_of("bahaoqiao", "water", 4, river="yongding")
HOUCHENG = site_of("houcheng", "water", 4, river="baihe")
SITES = [*HILLS, *TOWN, BAHAOQIAO, HOUCHENG]
CATALOGUE = Catalogue(
    {name: parameter_of(name) for name in RANGES}, {site.id: site for site in SITES}, {}, {}, {}
)
DEMO = demo_scenario(SITES, DEMO_START)
BOUNDS = InputBounds(earliest=datetime(2000, 1, 1, tzinfo=UTC), max_ahead=timedelta(minutes=5))

Rows = list[tuple[datetime, dict[str, float]]]


def rows_of(
    sites: list[Site], start: datetime, days: float, seed: int, script: Scenario | None = None
) -> Iterator[Any]:
    for sent in messages(sites, CATALOGUE, start, start + timedelta(days=days), seed, scenario=script):
        yield sent, sent.topic.split("/")[2], json.loads(sent.payload)


def schedule(site: Site, start: datetime, end: datetime) -> Iterator[datetime]:
    """The site's cycle times, `start <= time < end`."""
    return map(to_time, cycles(site, start.timestamp(), end.timestamp()))


def payload(
    site: Site, catalogue: Catalogue, time: datetime, seed: int, scenario: Scenario | None = None
) -> dict[str, Any] | None:
    """What the site sends for this time, as a logger in order would; None where it sends nothing."""
    station, at = SimulatedStation(site, catalogue, seed, scenario), time.timestamp()
    seconds = next(cycles(site, at, at + 1e-3), None)
    if seconds is None or station.arrival(seconds) is None:
        return None
    return station.payload(seconds)
