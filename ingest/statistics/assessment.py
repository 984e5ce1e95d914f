"""Indices and classes as statistics, with the grounds that the store keeps with them."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from sensors.model import Statistic, StatisticName
from sensors.standards.aqi import Index
from sensors.standards.statistics import ROLLING_1H, statistic_kind
from sensors.standards.water_class import WaterClass

AQI = "aqi"
WATER_CLASS = "water_class"


class Assessment(Struct, frozen=True):
    """The air quality index or water class of a window, a period or a sample.

    The statistic's parameter is `aqi` or `water_class`, its value the index or the class, 1 to 6. `grounds`
    is None for what has lost its basis; `former` is the index that was published. `target` is the class that
    was to be met.
    """

    statistic: Statistic
    grounds: Index | WaterClass | None
    target: int | None = None
    former: float = 0.0


def grounds_of(one: Assessment) -> tuple[str, ...]:
    """The primary pollutants of an index, the determining items of a class; none of what is withdrawn."""
    if isinstance(one.grounds, Index):
        return one.grounds.primary
    return () if one.grounds is None else one.grounds.determining


def hour_index(site: str, value: float | None, stamp: datetime, primary: Sequence[str] = ()) -> Statistic:
    """The index of the hour that ends at `stamp`; None was withdrawn."""
    return _statistic(site, AQI, ROLLING_1H, stamp, value, grounds=primary)


def index_assessment(site: str, name: StatisticName, index: Index, stamp: datetime) -> Assessment:
    """The index of the hour that ends at `stamp` (`1h`), or of the day that begins then (`day`)."""
    return Assessment(_statistic(site, AQI, name, stamp, float(index.aqi), grounds=index.primary), index)


def withdrawn_index(site: str, name: StatisticName, former: float, stamp: datetime) -> Assessment:
    """An index that may not be published any more."""
    return Assessment(_statistic(site, AQI, name, stamp, None), None, former=former)


def withdrawn_class(
    site: str, name: StatisticName, *, start: datetime, end: datetime, closed: bool
) -> Assessment:
    """A class that has lost its basis."""
    statistic = Statistic(site, WATER_CLASS, name, start, end, None, 0, 1, valid=False, closed=closed)
    return Assessment(statistic, None)


def class_assessment(
    site: str,
    name: StatisticName,
    found: WaterClass,
    target: int | None,
    *,
    start: datetime,
    end: datetime,
    closed: bool,
) -> Assessment:
    """The class of a period's means, or of a sample (`reading`), which stands for a day."""
    value = float(found.number)
    statistic = Statistic(site, WATER_CLASS, name, start, end, value, 1, 1, valid=True, closed=closed)
    return Assessment(statistic, found, target)


def _statistic(
    site: str,
    parameter: str,
    name: StatisticName,
    stamp: datetime,
    value: float | None,
    *,
    grounds: Sequence[str] = (),
) -> Statistic:
    span = statistic_kind(name).span
    at_end = statistic_kind(name).stamped == "end"
    start, end = (stamp - span, stamp) if at_end else (stamp, stamp + span)
    there = value is not None
    return Statistic(
        site, parameter, name, start, end, value, int(there), 1,
        valid=there, closed=True, grounds=tuple(grounds),
    )  # fmt: skip
