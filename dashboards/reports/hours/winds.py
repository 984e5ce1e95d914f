"""The wind of a month by hour and direction, and a pollutant's mean by the wind it came with."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dashboards.reports.hours.courses import Hours, empty_hours
from dashboards.reports.month import Month, reading_span
from sensors import marks as marking
from sensors.averages.bulk.tables import hours_of, valid_readings
from sensors.calendar import first_day, first_hour, label_shift
from sensors.model import Kind
from sensors.standards.wind_force import force_of, forces

if TYPE_CHECKING:
    import pandas as pd

    from dashboards.reports.content.collection import Collected, Sources
    from sensors.catalogue.model import Site

SECTORS = 16
SPEED, POLLUTANT = "wind_speed", "pm25"
"""What a rose is made of beside the direction."""
_TURN = 360.0
_FEWEST_HOURS, _FEWEST_IN_SECTOR = (
    120,
    5,
)  # ours: five days, as one is one weather; five hours, as one is a gust


class WindRose(NamedTuple):
    """Of `hours` with wind and its speed: how many were calm, and by sector from north clockwise the rest.

    `counts` has a row each sector and a column each force that is none of calm; `means` the pollutant's mean
    by sector, None with fewer than five hours.
    """

    hours: int
    calm: int
    counts: tuple[tuple[int, ...], ...]
    means: tuple[float | None, ...]


def read_directions(
    sources: "Sources", site: "Site", measured: Mapping[str, Sequence[Kind]], collected: "Collected"
) -> Hours | None:
    """The direction of each of the month's hours in degrees; None of a site without a vane."""
    for kind in measured.get("wind_dir", ())[:1]:
        ends = kind != "rtd" and site.label == "end"
        span = reading_span(collected.month.start, collected.until, ends=ends)
        for parameter, values in sources.store.values_by_parameter(site.id, ["wind_dir"], *span, kind=kind):
            concerned = [mark for mark in sources.marks if mark.concerns(site.id, parameter)]
            counted = marking.apply_marks(values, concerned)
            return hourly_directions(counted, label_shift(kind, site.label), collected.month)
    return None


def hourly_directions(readings: "pd.DataFrame", shift: int, month: Month) -> Hours:
    """The mean direction of each hour, NaN where there is none.

    Directions are added as arrows of one length, for 359° and 1° are not a wind from the south; where they
    cancel out there is no direction.
    """
    found = empty_hours(month)
    ms, degrees = valid_readings(readings)
    at = hours_of(ms, shift) - first_hour(first_day(month.number))
    inside = (at >= 0) & (at < len(found))
    at, angle = at[inside], np.radians(degrees[inside])
    east, north = (np.bincount(at, part, len(found)) for part in (np.sin(angle), np.cos(angle)))
    known = np.hypot(east, north) > 1e-6  # noqa: PLR2004 - nought, but for what floats leave
    found[known] = np.degrees(np.arctan2(east, north))[known] % _TURN
    return found


def sector_of(direction: float) -> int:
    """0 is north, 4 east; a sector begins half its width before its name, so that 348.75° is north."""
    width = _TURN / SECTORS
    return int(((direction + width / 2) % _TURN) // width)


def wind_rose(directions: Hours, speeds: Hours, pollutant: Hours) -> WindRose | None:
    """The rose of a month's hours; None with fewer than five days of them. A calm hour has no direction."""
    there = ~np.isnan(speeds) & ~np.isnan(directions)
    if there.sum() < _FEWEST_HOURS:
        return None
    counts = [[0] * (len(forces()) - 1) for _ in range(SECTORS)]
    values: list[list[float]] = [[] for _ in range(SECTORS)]
    calm = 0
    for direction, speed, value in zip(directions[there], speeds[there], pollutant[there], strict=True):
        force = force_of(float(speed))
        if force == 0:
            calm += 1
            continue
        sector = sector_of(float(direction))
        counts[sector][force - 1] += 1
        if not np.isnan(value):
            values[sector].append(float(value))
    means = [sum(some) / len(some) if len(some) >= _FEWEST_IN_SECTOR else None for some in values]
    return WindRose(int(there.sum()), calm, tuple(map(tuple, counts)), tuple(means))
