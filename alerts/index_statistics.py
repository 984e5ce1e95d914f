"""Indices and classes as statistics, so that rules look at them like at any mean.

They are computed as points for the store; a rule names them by `parameters = ["aqi"]` or `["water_class"]`.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from ingest.journal.outgoing import Entry, PointEntry
from sensors.calendar import SHANGHAI
from sensors.model import Point, Statistic
from sensors.standards.statistics import statistic_kind

_FIELDS = {"aqi": "aqi", "water_class": "class"}


def statistics_of(entries: Iterable[Entry], now: datetime) -> Iterator[Statistic]:
    """The `aqi` and `water_class` points among what goes to the store, as statistics.

    Rolling ones are stamped with their end, periods with their start. A period counts as closed once it is
    over by `now`.
    """
    for entry in entries:
        if type(entry) is not PointEntry or entry.point.measurement not in _FIELDS:
            continue
        found = _statistic(entry.point, now)
        if found is not None:
            yield found


def _statistic(point: Point, now: datetime) -> Statistic | None:
    value = point.fields.get(_FIELDS[point.measurement])
    if not isinstance(value, float | int):
        return None
    name = point.tags["statistic"]
    start, end = _bounds(name, point.time)
    return Statistic(
        point.tags["site"],
        point.measurement,
        name,
        start,
        end,
        float(value),
        1,
        1,
        valid=True,
        closed=end <= now,
    )


def _bounds(name: str, stamp: datetime) -> tuple[datetime, datetime]:
    kind = statistic_kind(name)
    if kind.months is not None:
        at_end = kind.stamped == "end"
        return (_months_on(stamp, -kind.months), stamp) if at_end else (stamp, _months_on(stamp, kind.months))
    return (stamp - kind.span, stamp) if kind.stamped == "end" else (stamp, stamp + timedelta(days=1))


def _months_on(moment: datetime, months: int) -> datetime:
    """The first of a month in Shanghai, so many months on."""
    local = moment.astimezone(SHANGHAI)
    whole = local.year * 12 + local.month - 1 + months
    return local.replace(year=whole // 12, month=whole % 12 + 1).astimezone(UTC)
