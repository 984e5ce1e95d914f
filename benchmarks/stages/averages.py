"""What the live statistics cost per reading, and streaming against bulk on ten years of hours.

python -m benchmarks.stages.averages [STATIONS]
"""

import random
import sys
from datetime import timedelta
from time import process_time

import numpy as np
import pandas as pd

from sensors.averages.bulk.frames import all_statistics
from sensors.averages.config import AveragingConfig, config_of_site
from sensors.averages.live.series import LiveSeries
from sensors.calendar import HOUR_MS, EpochMs
from sensors.catalogue.model import Site
from sensors.model import Medium, Name

START = EpochMs(1_420_041_600_000)  # 2015-01-01 00:00 in Asia/Shanghai
YEARS = 10
HOURS = YEARS * 8766
READINGS = 40_000
TOGETHER = 20  # readings of one series in one batch of the pipeline under load
SORTS: dict[str, tuple[Medium, timedelta, str]] = {
    "air, every minute": ("air", timedelta(minutes=1), "pm25"),
    "air, every 5 minutes": ("air", timedelta(minutes=5), "pm25"),
    "air, hourly": ("air", timedelta(hours=1), "pm25"),
    "air, hourly, ozone": ("air", timedelta(hours=1), "o3"),
    "water, every 4 hours": ("water", timedelta(hours=4), "codmn"),
    "water, every 4 hours, pH": ("water", timedelta(hours=4), "ph"),
}


def basis(medium: Medium, cycle: timedelta, parameter: str) -> AveragingConfig:
    """The basis of one parameter at a site of this cycle."""
    site = Site(id="s", medium=medium, name=Name(zh="站", en="site"), cycle=cycle, late_after=2 * cycle)
    made = config_of_site(site, parameter, o3_limit=160.0)
    if made is None:
        raise ValueError(parameter)
    return made


def values(count: int, seed: int) -> list[float]:
    """Values of one decimal, 0.1 to 14."""
    rng = random.Random(seed)
    return [rng.randint(1, 140) / 10 for _ in range(count)]


def live(of: AveragingConfig, feed: list[float], together: int) -> tuple[float, int]:
    """Processor seconds of the live form, and how many statistics it gave."""
    series, made = LiveSeries(of), 0
    begun = process_time()
    for at, value in enumerate(feed, start=1):
        series.add(START + at * of.cycle, value)
        if at % together == 0:
            made += len(series.changes().statistics)
    return process_time() - begun, made


def per_reading() -> None:
    """Processor time of one reading, alone in its batch and among twenty."""
    print(f"{'':28}alone     {TOGETHER} together   statistics a reading")
    for name, sort in SORTS.items():
        of, feed = basis(*sort), values(READINGS, 1)
        alone, made = live(of, feed, 1)
        batch, _ = live(of, feed, TOGETHER)
        alone, batch = alone / READINGS * 1e6, batch / READINGS * 1e6
        print(f"{name:28}{alone:5.1f} µs  {batch:5.1f} µs      {made / READINGS:.2f}")


def ten_years(stations: int) -> None:
    """Hourly PM2.5 of ten years: every statistic, live by days and in bulk."""
    of = basis("air", timedelta(hours=1), "pm25")
    index = pd.to_datetime(START + np.arange(1, HOURS + 1) * HOUR_MS, unit="ms", utc=True)
    streaming = bulk = 0.0
    for station in range(stations):
        feed = values(HOURS, station)
        streaming += live(of, feed, 24)[0]
        frame = pd.DataFrame({"value": feed}, index=index)
        begun = process_time()
        all_statistics(frame, of)
        bulk += process_time() - begun
    readings = stations * HOURS
    print(f"\n{YEARS} years hourly of {stations} stations, {readings:,} readings, processor time:")
    for name, seconds in (("streaming, day by day", streaming), ("bulk", bulk)):
        print(f"  {name:24}{seconds:7.1f} s  {readings / seconds:12,.0f} readings/s")


def main(stations: int = 3) -> None:
    """Print both tables."""
    per_reading()
    ten_years(stations)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
