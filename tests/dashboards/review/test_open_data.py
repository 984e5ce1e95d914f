"""Hints on real months: each at most once where nothing was planted, and what is planted is found.

Beijing's six stations, four years. In CI a month of every sixth, all of them in `./do prove`; the numbers of
dashboards/review/README.md are those of all.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pytest

from dashboards.review.curves import Floats, MaintenanceSpan, SiteMonth
from dashboards.review.hints.hint import Hint, HintKind
from dashboards.review.hints.registry import HINTS, hints_of
from dashboards.review.hints.thresholds import shipped_thresholds
from tests.support.review_months import beijing, beijing_month, site_month
from tests.support.scale import FULL

Tables = Mapping[str, Mapping[str, Floats]]
DAY = 24


def months() -> list[str]:
    """Those that are looked at."""
    every = [str(month) for month in beijing()["pm25"].index.to_period("M").unique()]  # type: ignore[attr-defined]
    return every if FULL else every[4::6]


@pytest.mark.real
@pytest.mark.heavy
def test_untouched_months_have_each_hint_at_most_once() -> None:
    found: Counter[tuple[HintKind, str, str]] = Counter()
    looked_at = months()[:: 1 if FULL else 2]
    for month in looked_at:
        tables = beijing_month(month)
        for site in tables["pm25"]:
            for hint in hints_of(site_month(site, f"{month}-01", tables)):
                found[hint.kind, site, month] += 1

    assert [key for key, n in found.items() if n > 1] == []
    kinds = Counter(kind for kind, _, _ in found)
    print(kinds)
    n = 6 * len(looked_at)
    assert kinds["repeats"] == 0
    assert kinds["below_limit"] <= 0.03 * n  # ozone of March 2013 stays at 107 for days
    assert kinds["night_flat"] <= 0.15 * n
    assert kinds["leaves_neighbours"] <= 0.6 * n


class Plant(NamedTuple):
    """What is done to the hours of a station, who is expected to see it, and in which share of cases."""

    kind: HintKind
    parameter: str
    hours: int
    change: Callable[[Tables, str, slice], None]
    share: float
    maintenance: bool = False


def above(factor: float) -> Callable[[Tables, str, slice], None]:
    def change(tables: Tables, site: str, at: slice) -> None:
        tables["pm25"][site][at] = np.round(tables["pm10"][site][at] * factor)

    return change


def clip(parameter: str, limit: float, *held: float) -> Callable[[Tables, str, slice], None]:
    def change(tables: Tables, site: str, at: slice) -> None:
        part = tables[parameter][site][at]
        high = np.flatnonzero(part > limit)
        part[high] = np.resize(held, len(high))

    return change


def copy(parameter: str, lag: int, add: float) -> Callable[[Tables, str, slice], None]:
    def change(tables: Tables, site: str, at: slice) -> None:
        other = next(name for name in tables[parameter] if name != site)
        tables[parameter][site][at] = tables[parameter][other][at.start - lag : at.stop - lag] + add

    return change


def times(parameter: str, factor: float) -> Callable[[Tables, str, slice], None]:
    def change(tables: Tables, site: str, at: slice) -> None:
        tables[parameter][site][at] *= factor

    return change


def stay(parameter: str) -> Callable[[Tables, str, slice], None]:
    def change(tables: Tables, site: str, at: slice) -> None:
        tables[parameter][site][at] = tables[parameter][site][at.start]

    return change


PLANTS = {
    "PM2.5 is 1.1 PM10 for 6 h": Plant("part_above_whole", "pm25", 6, above(1.1), 0.85),
    "PM2.5 is 1.3 PM10 for 3 h": Plant("part_above_whole", "pm25", 3, above(1.3), 0.9),
    "clipped to 74 for 7 d": Plant("below_limit", "pm25", 7 * DAY, clip("pm25", 75, 74), 0.95),
    "clipped to 73.5 to 75 for 7 d": Plant(
        "below_limit", "pm25", 7 * DAY, clip("pm25", 75, 73.5, 75, 74.2), 0.95
    ),
    "clipped to 34 for 7 d": Plant("below_limit", "pm25", 7 * DAY, clip("pm25", 35, 34), 0.9),
    "clipped to 74 for 3 d": Plant("below_limit", "pm25", 3 * DAY, clip("pm25", 75, 74), 0.9),
    "a neighbour's for 24 h": Plant("repeats", "pm25", DAY, copy("pm25", 0, 0), 0.95),
    "a neighbour's 2 h later for 24 h": Plant("repeats", "pm10", DAY, copy("pm10", 2, 0), 0.95),
    "a neighbour's, rounded otherwise, for 24 h": Plant("repeats", "pm25", DAY, copy("pm25", 0, 0.5), 0.9),
    "a neighbour's for 12 h": Plant("repeats", "no2", 12, copy("no2", 0, 0), 0.95),
    "half for 3 d": Plant("leaves_neighbours", "pm25", 3 * DAY, times("pm25", 0.5), 0.9),
    "twice for 3 d": Plant("leaves_neighbours", "pm10", 3 * DAY, times("pm10", 2), 0.95),
    "half for 7 d": Plant("leaves_neighbours", "pm10", 7 * DAY, times("pm10", 0.5), 0.95),
    "flat 00:00 to 05:00": Plant("night_flat", "pm25", 6, stay("pm25"), 0.95),
    "flat 00:00 to 04:00": Plant("night_flat", "pm10", 5, stay("pm10"), 0.85),
    "a third from the begin of maintenance on": Plant(
        "maintenance_drop", "pm25", 12, times("pm25", 0.33), 0.85, maintenance=True
    ),
    "half from the begin of maintenance on": Plant(
        "maintenance_drop", "pm10", 24, times("pm10", 0.5), 0.8, maintenance=True
    ),
}


@pytest.mark.real
@pytest.mark.heavy
@pytest.mark.parametrize("name", PLANTS)
def test_what_is_planted_is_found(name: str) -> None:
    plant = PLANTS[name]

    found = list(tried(plant))

    print(f"{name}: {np.mean(found):.2f} of {len(found)}")
    assert len(found) > len(months()) / 2
    assert np.mean(found) >= plant.share - (0 if FULL else 0.15)  # of few months the share is uncertain


def tried(plant: Plant) -> Iterator[bool]:
    """Planted once in each month, at a station and a time of their own."""
    numbers = np.random.default_rng(20)
    for month in months():
        tables = beijing_month(month)
        site = str(numbers.choice(list(tables["pm25"])))
        begin = start_of(plant, tables[plant.parameter][site], numbers)
        if begin is not None:
            at = slice(begin, begin + plant.hours)
            plant.change(tables, site, at)
            yield is_found(plant, with_maintenance(plant, month, tables, site, at), at)


def start_of(plant: Plant, values: Floats, numbers: np.random.Generator) -> int | None:
    """A begin at random where nearly all values are there; at midnight what has to be; None without any."""
    step = DAY if plant.kind in {"night_flat", "below_limit"} else 1
    begins = np.arange(2 * DAY, len(values) - plant.hours - DAY, step)
    there = [begin for begin in begins if fits(plant, values[begin : begin + plant.hours])]
    return int(numbers.choice(there)) if there else None


def fits(plant: Plant, values: Floats) -> bool:
    """Whether something can be planted there that a person would see too."""
    if plant.kind == "below_limit":
        return int(np.count_nonzero(values > 75)) >= 15
    lowest = {"night_flat": 10, "part_above_whole": 0}.get(plant.kind, 0)
    return bool(np.count_nonzero(~np.isnan(values)) >= 0.9 * len(values) and values[0] > lowest)


def with_maintenance(plant: Plant, month: str, tables: Tables, site: str, at: slice) -> SiteMonth:
    made = site_month(site, f"{month}-01", tables)
    if not plant.maintenance:
        return made
    start = made.grid.time(at.start)
    return site_month(
        site, f"{month}-01", tables, [MaintenanceSpan("all", start, start + timedelta(hours=4), "mark")]
    )


def is_found(plant: Plant, month: SiteMonth, at: slice) -> bool:
    """Whether a hint of the kind touches what was planted."""
    begin, end = month.grid.time(at.start), month.grid.time(at.stop)

    def touches(hint: Hint) -> bool:
        return any(
            one.start < end and begin < one.end and one.parameter == plant.parameter for one in hint.intervals
        )

    return any(touches(hint) for hint in HINTS[plant.kind](month, shipped_thresholds()))
