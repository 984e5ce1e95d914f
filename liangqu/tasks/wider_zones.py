"""Means of wider zones, from the daily means of their members that one store or several hold."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path

from msgspec import Struct

from ingest.recompute.wider_zones.computed import (
    ZoneSeries,
    changed,
    compute,
    newest_days,
    to_members,
    to_points,
)
from ingest.recompute.wider_zones.stored import RowId, StoredRow, read_member, read_zone
from ingest.statistics.points import PointBuilder
from ingest.stores.base import Rejected, Store
from liangqu.config import settings as settings_file
from liangqu.config.errors import ProblemError
from liangqu.config.factories import reading_store
from liangqu.config.settings import Settings
from liangqu.tasks.progress import Progress, silent
from sensors.averages.bulk.wider_zones import Member
from sensors.averages.config import config_of_wider_zone
from sensors.calendar import SHANGHAI, calendar_day, day_number, day_of, day_start, to_ms
from sensors.catalogue.model import Catalogue
from sensors.catalogue.places import Place

POINTS_AT_ONCE = 5_000
YEARS_BACK = 3
"""A mean of 36 months that ends today began so many years ago."""
_HOUR = timedelta(hours=1)


class ZoneDone(Struct, frozen=True):
    """A wider zone that is up to date.

    `written` are the rows that the store had otherwise or not at all. `newest` is the newest day of each
    parameter, by id.
    """

    place: Place
    written: int
    newest: Mapping[str, tuple[date, StoredRow]]


def first_day_of(now: datetime) -> date:
    """From which day on means are computed where nothing is said: 1 January, three years ago."""
    return date(now.astimezone(SHANGHAI).year - YEARS_BACK, 1, 1)


def compute_zones(
    settings: Settings, catalogue: Catalogue, since: date, now: datetime, progress: Progress = silent
) -> list[ZoneDone]:
    """Compute every wider zone from a day on, and write what the store does not have like that.

    Raises:
        ProblemError: the catalogue has no such zone; a store or a file of `[zones] shards` cannot be used.
    """
    if not catalogue.wider_zones:
        raise ProblemError("catalogue: no [[zone]] has `of`, the sites and zones that it is made of")
    work = sum(len(zone.members) for zone in catalogue.wider_zones.values())
    with ExitStack() as opened, progress("members", work) as advance:
        own = opened.enter_context(reading_store(settings))
        own.prepare()
        stores = [own, *(opened.enter_context(reading_store(each)) for each in _shards(settings))]
        update = _Update(catalogue, stores, since, now)
        done = []
        for zone in catalogue.wider_zones.values():
            done.append(update.zone(zone))
            advance(sum(len(one.place.members) for one in done))
        return done


def _shards(settings: Settings) -> Iterator[Settings]:
    """The settings of the other services, as they stand in their files: the environment is this one's."""
    for file in settings.zones.shards:
        yield settings_file.load(Path(file), {})


class _Update:
    """Zones one after the other; a zone that others are made of is remembered, not read again."""

    def __init__(self, catalogue: Catalogue, stores: list[Store], since: date, now: datetime) -> None:
        self._catalogue, self._stores, self._now = catalogue, stores, now
        self._span = day_start(day_number(since)), now + timedelta(days=1)
        self._builder = PointBuilder({**catalogue.places, **catalogue.wider_zones})
        self._parameters = [one.id for one in catalogue.parameters.values() if one.medium == "air"]
        self._made: dict[str, dict[str, Member]] = {}

    def zone(self, place: Place) -> ZoneDone:
        """Compute one, write it, and say what it rests on."""
        members = {id_: self._member(id_) for id_ in place.members}
        rows: dict[RowId, StoredRow] = {}
        for parameter in self._parameters:
            series = self._series(place, parameter, members)
            if series is not None and series.members:
                rows |= compute(series, self._builder, self._now)
        own = self._stores[0]
        written = changed(rows, read_zone(own, place.id, self._span), to_ms(self._span[0]))
        _write(own, place.id, written)
        self._made[place.id] = to_members(rows)
        return ZoneDone(
            place,
            len(written),
            {at.parameter: (calendar_day(day_of(at.stamp)), row) for at, row in newest_days(rows)},
        )

    def _member(self, id_: str) -> dict[str, Member]:
        if id_ in self._made:
            return self._made[id_]
        place = self._catalogue.places.get(id_)
        declared = place.parameters if place is not None and place.is_site else ()
        return read_member(self._stores, id_, declared or self._parameters, self._span)

    def _series(
        self, place: Place, parameter: str, members: Mapping[str, Mapping[str, Member]]
    ) -> ZoneSeries | None:
        """One parameter of the zone; None if it has no mean."""
        basis = config_of_wider_zone(place.id, parameter, _HOUR, place.targets)
        if basis is None:
            return None
        there = {id_: found[parameter] for id_, found in members.items() if parameter in found}
        waited_for = (id_ for id_ in place.members if id_ in there or self._is_waited_for(id_, parameter))
        return ZoneSeries(basis, there, tuple(waited_for))

    def _is_waited_for(self, id_: str, parameter: str) -> bool:
        """Of a station as in every zone; a zone counts from its first value on."""
        site = self._catalogue.sites.get(id_)
        if site is None or not site.active or site.status == "example":
            return False
        return not site.parameters or parameter in site.parameters


def _write(store: Store, zone: str, rows: Mapping[RowId, StoredRow]) -> None:
    points = [*to_points(zone, rows)]
    for first in range(0, len(points), POINTS_AT_ONCE):
        try:
            store.write(points[first : first + POINTS_AT_ONCE])
        except Rejected as rejected:
            raise ProblemError(f"store: {zone}: {rejected}", exit_code=1) from None
