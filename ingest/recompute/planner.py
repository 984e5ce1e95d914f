"""Which days of the recompute queue come next, and the state of their place in the journal."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from datetime import date

from ingest.journal import statistics_state
from ingest.journal.requests import RecomputeRequest
from ingest.recompute.model import LIVE_HOURS, DayRange, RecomputePlan, SeriesVersion
from ingest.statistics.series_config import config_on
from sensors.averages.live.state import SeriesState
from sensors.calendar import DAY_MS, HOUR_MS, HOURS_A_DAY, DayNumber, EpochMs, day_number, day_of
from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.places import Place
from sensors.model import Kind

READINGS_AT_ONCE = 200_000  # in one step, about: it bounds memory and the outgoing batch
MOST_DAYS = 366
TOGETHER = 2  # days no further apart are computed in one go


def plan(
    connection: sqlite3.Connection, catalogue: Catalogue, place: Place, requests: Sequence[RecomputeRequest]
) -> RecomputePlan:
    """The oldest requested days of a place, as many as are sensible at once; `requests` are sorted by day."""
    members: Mapping[tuple[str, str], EpochMs] = {}
    newest = {site: _newest(connection, catalogue, site) for site in place.members or (place.id,)}
    if place.is_site:
        known = _series_of_site(connection, catalogue, place, newest[place.id])
    else:
        known, members = _series_of_area(connection, catalogue, place)
    whole = any(row.cause == "new_journal" for row in requests)
    days = _days(requests, place, catalogue, known, whole=whole)
    rows = [row for row in requests if _day_of(row) < days.past and (not whole or _day_of(row) >= days.first)]
    last = connection.execute("SELECT ifnull(max(id), 0) FROM outgoing").fetchone()[0]
    kinds = {(site, parameter): [*come] for site, of in newest.items() for parameter, come in of.items()}
    if place.is_site:
        days = _with_days_concerned(days, catalogue.sites[place.id], kinds.values(), known)
    return RecomputePlan(place, days, rows, known, members, kinds, last, whole)


def _newest(
    connection: sqlite3.Connection, catalogue: Catalogue, site: str
) -> dict[str, dict[Kind, EpochMs]]:
    """The stamp of the newest reading of each kind that may count, the finest first, by parameter."""
    rows = connection.execute(
        "SELECT parameter, kind, last_ms FROM series WHERE site = ? AND last_ms >= 0", (site,)
    ).fetchall()
    newest: dict[str, dict[Kind, EpochMs]] = {}
    for basis in catalogue.sites[site].bases:
        for parameter, kind, last in rows:
            if kind == basis:
                newest.setdefault(parameter, {})[basis] = last
    return newest


def _series_of_site(
    connection: sqlite3.Connection,
    catalogue: Catalogue,
    place: Place,
    newest: Mapping[str, Mapping[Kind, EpochMs]],
) -> dict[str, SeriesVersion]:
    """The site's series that statistics rest on, each until it is closed by its readings or the clock."""
    states = statistics_state.states(connection, place.id)
    known = {}
    for parameter, come in newest.items():
        configs = [
            (config_on(catalogue, place.id, parameter, day_of(ms), kind), ms) for kind, ms in come.items()
        ]
        ends = [EpochMs(ms + config.lead) for config, ms in configs if config is not None]
        if ends:
            version, head = states.get(parameter, (0, SeriesState()))
            known[parameter] = SeriesVersion(version, max(*ends, head.until or EpochMs(0)))
    return known


def _series_of_area(
    connection: sqlite3.Connection, catalogue: Catalogue, place: Place
) -> tuple[dict[str, SeriesVersion], dict[tuple[str, str], EpochMs]]:
    """The series of a zone or river, closed as far as its sites have come, as in `LiveStatistics`."""
    states = statistics_state.states(connection, place.id)
    reached: dict[str, dict[str, EpochMs]] = {}
    for site in (catalogue.sites[id_] for id_ in place.members):
        for parameter, (_, head) in statistics_state.states(connection, site.id).items():
            if head.until is not None and (not site.parameters or parameter in site.parameters):
                reached.setdefault(parameter, {})[site.id] = head.until
    known = {}
    for parameter, of_sites in reached.items():
        number, head = states.get(parameter, (0, SeriesState()))
        until = max(min(of_sites.values()), max(of_sites.values()) - HOUR_MS, head.until or EpochMs(0))
        known[parameter] = SeriesVersion(number, until)
    return known, {(site, p): until for p, of_sites in reached.items() for site, until in of_sites.items()}


def _days(
    requests: Sequence[RecomputeRequest],
    place: Place,
    catalogue: Catalogue,
    known: Mapping[str, SeriesVersion],
    *,
    whole: bool,
) -> DayRange:
    """The first run of days; for a new journal all days from the end of the store to the live series."""
    first = past = _day_of(requests[0])
    if whole:
        newest = max((day_of(one.until) for one in known.values()), default=first)
        return DayRange(min(first, newest - LIVE_HOURS // HOURS_A_DAY), newest + 1)
    most = _most_days(place, catalogue, len(known))
    for row in requests:
        day = _day_of(row)
        if day - past > TOGETHER or day - first >= most:
            break
        past = day + 1
    return DayRange(first, max(past, first + 1))


def _most_days(place: Place, catalogue: Catalogue, parameters: int) -> int:
    """How many days of the place's readings are about `READINGS_AT_ONCE`."""
    sites = [catalogue.sites[id_] for id_ in place.members or (place.id,)]
    a_day = sum(DAY_MS / max(1000.0, site.cycle.total_seconds() * 1000) for site in sites)
    return max(1, min(MOST_DAYS, int(READINGS_AT_ONCE / (a_day * max(1, parameters)))))


def _with_days_concerned(
    days: DayRange, site: Site, kinds: Collection[Sequence[Kind]], known: Mapping[str, SeriesVersion]
) -> DayRange:
    """Requests name the calendar day of a stamp; 00:00 as the end of an hour belongs to the day before.

    Where several kinds come, the one that has an hour is that of the next day's hours which none fills.
    """
    if site.label == "end" and any(kind != "rtd" for come in kinds for kind in come):
        days = days.widened(1, 0)
    if any(len(come) > 1 for come in kinds):
        newest = max((day_of(one.until) for one in known.values()), default=days.first)
        days = days.widened(0, int(days.past <= newest))
    return days


def _day_of(row: RecomputeRequest) -> DayNumber:
    return day_number(date.fromisoformat(row.day))
