"""Readings that are stored and feed nothing: why, and what to change; for /readyz, /metrics and `import`.

It is the state of each series' newest readings, as the journal has it: nothing is counted on a reading's way,
and what was cured is over.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from ingest.journal import statistics_state
from sensors.averages.stamps import interval_of
from sensors.calendar import DAY_MS, EpochMs, HourNumber, hour_of, hour_start_ms, to_ms
from sensors.catalogue.model import Catalogue, Site
from sensors.durations import to_duration_text
from sensors.model import BASES, Kind, Reading
from sensors.standards import completeness

UnusedReason = Literal["other_kind", "basis", "day", "parameter", "cycle"]
"""Why a kind of a series feeds nothing: see docs/reference/http.md."""
REASONS: tuple[UnusedReason, ...] = get_args(UnusedReason)
_COME_MS = 2 * DAY_MS  # a kind whose newest reading is so much older than that of another has ended
_FACTOR = 2  # by which a distance contradicts a cycle
_FEWEST = 3  # hours with readings that tell a distance
_SHOWN = 3  # parameters in a line
_HOURS_HELD = 96  # of a series that is brought in
_HOUR = timedelta(hours=1)
_SECOND_MS = 1000

IsJudged = Callable[[str, str], bool]
"""Whether a rule looks at the readings of a site's parameter."""


class Unused(Struct, frozen=True, order=True):
    """A kind of a series that feeds nothing; `distance` is how far apart its readings come, for `cycle`.

    `alone`: others of its site come as the cycle says, so that not the cycle is wrong.
    """

    site: str
    reason: UnusedReason
    kind: Kind
    distance: timedelta
    parameter: str
    alone: bool = False


def usual_distance(hours: Sequence[tuple[int, int]]) -> timedelta | None:
    """How far apart readings usually come, by hour and count, in order; None for less than three hours."""
    there = [(hour, n) for hour, n in hours if n > 0]
    if len(there) < _FEWEST:
        return None
    n = median(count for _, count in there)
    if n > 1:
        return _HOUR / n
    return _HOUR * median(after - before for (before, _), (after, _) in pairwise(there))


def contradicts(distance: timedelta, kind: Kind, cycle: timedelta) -> bool:
    """Whether readings come at least twice as far apart as kind and cycle say, or at most half."""
    interval = max(interval_of(kind, cycle), cycle) if kind == "hour" else interval_of(kind, cycle)
    return not interval / _FACTOR < distance < interval * _FACTOR


def find_unused(
    site: Site,
    parameter: str,
    kinds: Iterable[Kind],
    counts: Kind | None,
    distance: timedelta | None,
    *,
    is_judged: bool,
) -> Iterator[Unused]:
    """What of a series feeds nothing.

    Args:
        site: Where it is measured.
        parameter: What it is.
        kinds: Those that come.
        counts: The one of them that counts; None if none may.
        distance: How far apart its readings usually come, as far as known.
        is_judged: Whether a rule looks at its readings.
    """
    none = timedelta()
    for kind in kinds:
        if counts is None:
            yield Unused(site.id, "basis" if site.basis else "day", kind, none, parameter)
        elif kind != counts:
            yield Unused(site.id, "other_kind", kind, none, parameter)
        elif completeness.method(parameter) == "none":
            if not is_judged:
                yield Unused(site.id, "parameter", kind, none, parameter)
        elif distance is not None and contradicts(distance, kind, site.cycle):
            yield Unused(site.id, "cycle", kind, distance, parameter)


def read_unused(connection: sqlite3.Connection, catalogue: Catalogue, is_judged: IsJudged) -> list[Unused]:
    """All that the journal shows of the catalogue's series."""
    newest: dict[tuple[str, str], dict[Kind, EpochMs]] = defaultdict(dict)
    rows = connection.execute("SELECT site, parameter, kind, last_ms FROM series WHERE last_ms >= 0")
    for site, parameter, kind, last in rows:
        if site in catalogue.sites and parameter in catalogue.parameters:
            newest[site, parameter][kind] = last
    in_force, distances = statistics_state.kinds_in_force(connection), _distances(connection)
    found, fitting = list[Unused](), set[tuple[str, Kind]]()
    for (site, parameter), last in newest.items():
        row, latest = catalogue.sites[site], max(last.values())
        come = [kind for kind, ms in last.items() if ms > latest - _COME_MS]
        counts = counting_kind(row, come, in_force.get((site, parameter)))
        distance = distances.get((site, parameter))
        judged = is_judged(site, parameter)
        found += find_unused(row, parameter, come, counts, distance, is_judged=judged)
        fitting |= _fitting(row, counts, distance)
    return sorted(_beside(found, fitting))


def _fitting(site: Site, counts: Kind | None, distance: timedelta | None) -> set[tuple[str, Kind]]:
    """The site and kind of a series whose readings come as its cycle says."""
    fits = counts is not None and distance is not None and not contradicts(distance, counts, site.cycle)
    return {(site.id, counts)} if fits and counts is not None else set()


def _beside(found: Iterable[Unused], fitting: Collection[tuple[str, Kind]]) -> list[Unused]:
    """The same, each told whether others of its site contradict the cycle as well."""
    return [replace(one, alone=(one.site, one.kind) in fitting) for one in found]


def counting_kind(site: Site, come: Sequence[Kind], in_force: Kind | None = None) -> Kind | None:
    """Which of the kinds that come counts: the one that a live series goes on with, else the finest."""
    if in_force in come:
        return in_force
    return next((kind for kind in site.bases if kind in come), None)


def _distances(connection: sqlite3.Connection) -> dict[tuple[str, str], timedelta]:
    """How far apart the readings of each live series usually come, from the hours that are over."""
    hours: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for site, parameter, hour, n in connection.execute(
        "SELECT site, parameter, hour, n FROM hour_sum ORDER BY site, parameter, hour"
    ):
        hours[site, parameter].append((hour, n))
    found = {id_: usual_distance(rows) for id_, rows in hours.items()}
    return {id_: distance for id_, distance in found.items() if distance is not None}


def describe_unused(found: Iterable[Unused], catalogue: Catalogue) -> Iterator[str]:
    """A line for each site and cause that somebody can remove: what is the matter, and the cure."""
    groups: dict[tuple[str, UnusedReason, Kind, timedelta, bool], list[str]] = defaultdict(list)
    for one in sorted(found):
        if one.reason != "other_kind":
            groups[one.site, one.reason, one.kind, one.distance, one.alone].append(one.parameter)
    for (id_, reason, kind, distance, alone), parameters in groups.items():
        site, more = catalogue.sites[id_], len(parameters) - _SHOWN
        names = ", ".join(parameters[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
        yield f"{site.name.en} ({id_}): {names}: {_words(site, reason, kind, distance, alone=alone)}"


def _words(site: Site, reason: UnusedReason, kind: Kind, distance: timedelta, *, alone: bool) -> str:
    if reason == "cycle":
        real, cycle = to_duration_text(distance), to_duration_text(site.cycle)
        if alone:
            others = f"others of the site every {cycle}, as its row says"
            return f"{kind} readings come every {real}, {others}: hours and days are judged by that"
        by_it = f"its cycle is {cycle}, by which hours and days are taken for complete"
        return f'{kind} readings come every {real}, but {by_it}; say cycle = "{real}" in its row'
    if reason == "parameter":
        return "stored, and feeds nothing: it has no mean, and no rule looks at it"
    if reason == "basis":
        cure = f'leave basis out of its row, or say basis = "{kind}"' if kind in BASES else "send hours"
        return f'{kind} readings are stored and feed nothing, as its row says basis = "{site.basis}"; {cure}'
    return f"{kind} readings are stored and feed nothing: statistics rest on hours and less; send these"


class ArrivedKinds:
    """What of each series has been brought in, as far as it tells what of that feeds nothing."""

    def __init__(self) -> None:
        self._hours: dict[tuple[str, str], dict[Kind, dict[HourNumber, int]]] = defaultdict(dict)

    def add(self, reading: Reading) -> None:
        """A reading of any time; of files that overlap each time counts once, to the second."""
        hours = self._hours[reading.site, reading.parameter].setdefault(reading.kind, {})
        ms = to_ms(reading.time)
        hour = hour_of(ms)
        hours[hour] = hours.get(hour, 0) | 1 << (ms - hour_start_ms(hour)) // _SECOND_MS
        if len(hours) > _HOURS_HELD:
            del hours[next(iter(hours))]

    def unused(self, catalogue: Catalogue, is_judged: IsJudged) -> list[Unused]:
        """What feeds nothing."""
        found, fitting = list[Unused](), set[tuple[str, Kind]]()
        for (id_, parameter), kinds in self._hours.items():
            site = catalogue.sites[id_]
            counts = counting_kind(site, [*kinds])
            seconds = sorted(kinds[counts].items()) if counts else ()
            distance = usual_distance([(hour, those.bit_count()) for hour, those in seconds])
            judged = is_judged(id_, parameter)
            found += find_unused(site, parameter, kinds, counts, distance, is_judged=judged)
            fitting |= _fitting(site, counts, distance)
        return _beside(found, fitting)
