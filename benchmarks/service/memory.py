"""What the service needs in memory: 1,800 series after 400 days; both processes, at work and at rest."""

import random
import tempfile
import tracemalloc
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from benchmarks.service.throughput import NINE, SITES, whole
from sensors.averages.config import config_of_site
from sensors.averages.exact_sum import Exact, simplify
from sensors.averages.live.calendar_periods import KEPT_DAYS
from sensors.averages.live.hourly import KEPT_HOURS
from sensors.averages.live.series import LiveSeries
from sensors.averages.live.state import DayMean, HourSum, MonthMean, SeriesState
from sensors.calendar import (
    HOURS_A_DAY,
    DayNumber,
    day_of_hour,
    first_hour,
    hour_start_ms,
    month_of,
    numbers_from,
)
from sensors.catalogue.model import Site
from sensors.model import Name
from tests.support.servers import Influxd

MINUTES = 60
CLOSED = first_hour(DayNumber(20_600)) + 13  # in 2026
MOST = 90_000_000  # of a reading, in millionths
HELD = {
    "nothing yet": (0, 0),
    "48 hours": (KEPT_HOURS, 0),
    "48 hours and 400 days with their months": (KEPT_HOURS, KEPT_DAYS),
}
WORK = {"at rest (one message)": 1, "40,000 messages of nine readings": 40_000}
MB = 1024**2


def series(parameter: str, hours: int, days: int, numbers: random.Random) -> LiveSeries:
    """A series at a reading a minute, as a restart finds it."""
    site = Site("s", "air", Name("站", "station"), timedelta(minutes=1), timedelta(minutes=2))
    basis = config_of_site(site, parameter)
    if basis is None:
        raise ValueError(f"{parameter} has no mean")
    made, today = LiveSeries(basis), day_of_hour(CLOSED)
    months = numbers_from(month_of(today - days), month_of(today))
    made.restore(
        SeriesState(hour_start_ms(CLOSED), CLOSED),
        [
            HourSum(hour, MINUTES, numbers.randrange(MINUTES * MOST))
            for hour in numbers_from(CLOSED - hours, CLOSED)
        ],
        [DayMean(day, HOURS_A_DAY, sum_of_means(numbers)) for day in numbers_from(today - days, today)],
        [MonthMean(month, 30, sum_of_means(numbers), 30, valid=True) for month in months],
    )
    return made


def sum_of_means(numbers: random.Random) -> Exact:
    """What a day's hourly means add up to; of readings a minute it is a whole number only by chance."""
    return simplify(Fraction(numbers.randrange(HOURS_A_DAY * MINUTES * MOST), MINUTES))


def remembered() -> None:
    """A line for each age of the series."""
    print("| 1,800 series hold | MB |\n|---|---|")
    for what, (hours, days) in HELD.items():
        numbers = random.Random(1)
        tracemalloc.start()
        held = [series(parameter, hours, days, numbers) for _ in range(SITES) for parameter in NINE]
        now, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del held
        print(f"| {what} | {now / MB:.0f} |", flush=True)


def needed() -> None:
    """The most that the service and the process that writes InfluxDB had, together."""
    print("\n| service and writer | peak, MB |\n|---|---|")
    for what, count in WORK.items():
        with tempfile.TemporaryDirectory() as name:
            influxd = Influxd(Path(name)).start()
            try:
                cost = whole(len(NINE), count, influxd.url)
            finally:
                influxd.kill()
        print(f"| {what} | {cost.peak / MB:.0f} |", flush=True)


def main() -> None:
    """Print both tables; the second wants mosquitto and influxd to be installed."""
    remembered()
    needed()


if __name__ == "__main__":
    main()
