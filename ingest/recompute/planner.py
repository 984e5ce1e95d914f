"""Which days of the recompute queue come next, and what the journal knows of their place at that moment."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import date

from ingest.journal import statistics_state
from ingest.journal.requests import NEW_JOURNAL, RecomputeRequest
from ingest.recompute.model import LIVE_HOURS, DayRange, RecomputePlan, SeriesVersion
from ingest.statistics.places import Places
from sensors.averages.live.state import SeriesState
from sensors.calendar import DAY_MS, HOUR_MS, HOURS_A_DAY, DayNumber, EpochMs, day_number, day_of
from sensors.catalogue.places import Place

READINGS_AT_ONCE = 200_000  # what a step is about at most: it bounds memory and the outgoing batch
MOST_DAYS = 366
TOGETHER = 2  # days no further apart are computed in one go

Members = Mapping[tuple[str, str], EpochMs]


def plan(
    connection: sqlite3.Connection, places: Places, place: Place, asked: Sequence[RecomputeRequest]
) -> RecomputePlan:
    """The oldest requested days of a place, as many as are reasonable at once; `asked` by day."""
    members: Members = {}
    if place.is_site:
        known = _of_site(connection, places, place)
    else:
        known, members = _of_zone(connection, places, place)
    whole = any(row.cause == NEW_JOURNAL for row in asked)
    days = _days(asked, place, places, known, whole=whole)
    rows = [row for row in asked if _number(row) < days.past and (not whole or _number(row) >= days.first)]
    last = connection.execute("SELECT ifnull(max(id), 0) FROM outgoing").fetchone()[0]
    return RecomputePlan(place, _before_labels(days, place, places), rows, known, members, last, whole)


def _of_site(connection: sqlite3.Connection, places: Places, place: Place) -> dict[str, SeriesVersion]:
    """The site's series of the kind that feeds statistics, each until the end of its newest reading."""
    fed = statistics_state.states(connection, place.id)
    rows = connection.execute(
        "SELECT parameter, last_ms FROM series WHERE site = ? AND kind = ? AND last_ms >= 0",
        (place.id, places.sites[place.id].basis),
    )
    known = {}
    for parameter, last in rows:
        basis = places.basis(place.id, parameter, day_of(last))
        if basis is not None:
            known[parameter] = SeriesVersion(fed[parameter][0] if parameter in fed else 0, last + basis.lead)
    return known


def _of_zone(
    connection: sqlite3.Connection, places: Places, place: Place
) -> tuple[dict[str, SeriesVersion], Members]:
    """The series of a zone or river, as far as its sites have come: closed as in `LiveStatistics`."""
    fed = statistics_state.states(connection, place.id)
    reached: dict[str, dict[str, EpochMs]] = {}
    for site in (places.sites[id_] for id_ in place.members):
        for parameter, (_, head) in statistics_state.states(connection, site.id).items():
            if head.until is not None and (not site.parameters or parameter in site.parameters):
                reached.setdefault(parameter, {})[site.id] = head.until
    known = {}
    for parameter, of_sites in reached.items():
        number, head = fed.get(parameter, (0, SeriesState()))
        until = max(min(of_sites.values()), max(of_sites.values()) - HOUR_MS, head.until or EpochMs(0))
        known[parameter] = SeriesVersion(number, until)
    members = {
        (site, parameter): u for parameter, of_sites in reached.items() for site, u in of_sites.items()
    }
    return known, members


def _days(
    asked: Sequence[RecomputeRequest],
    place: Place,
    places: Places,
    known: Mapping[str, SeriesVersion],
    *,
    whole: bool,
) -> DayRange:
    """The first run of days; for a new journal everything from where the store ended to where live stands."""
    first = past = _number(asked[0])
    if whole:
        newest = max((day_of(one.until) for one in known.values()), default=first)
        return DayRange(min(first, newest - LIVE_HOURS // HOURS_A_DAY), newest + 1)
    most = _most_days(place, places, len(known))
    for row in asked:
        day = _number(row)
        if day - past > TOGETHER or day - first >= most:
            break
        past = day + 1
    return DayRange(first, max(past, first + 1))


def _most_days(place: Place, places: Places, parameters: int) -> int:
    """How many days of the place's readings are about `READINGS_AT_ONCE`."""
    sites = [places.sites[id_] for id_ in place.members or (place.id,)]
    a_day = sum(DAY_MS / max(1000.0, site.cycle.total_seconds() * 1000) for site in sites)
    return max(1, min(MOST_DAYS, int(READINGS_AT_ONCE / (a_day * max(1, parameters)))))


def _before_labels(days: DayRange, place: Place, places: Places) -> DayRange:
    """Rows name the calendar day of a stamp; one of 00:00 that labels an end belongs to the day before."""
    if place.is_site and places.sites[place.id].basis != "rtd" and places.sites[place.id].label == "end":
        return days.widened(1, 0)
    return days


def _number(row: RecomputeRequest) -> DayNumber:
    return day_number(date.fromisoformat(row.day))
