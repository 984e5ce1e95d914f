"""What the simulated sites send, in the order in which it arrives."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import heappop, heappush, merge
from typing import Any

import msgspec
from msgspec import Struct

from sensors.catalogue.model import Catalogue, Site
from sensors.simulated.garbage import spoil
from sensors.simulated.scenario import Scenario
from sensors.simulated.station import SimulatedStation, cycles, to_time

_encode = msgspec.json.Encoder().encode


class Sent(Struct, frozen=True):
    """A message on its way: when it is to be published, where, and its bytes, good or broken."""

    due: datetime
    topic: str
    payload: bytes


def schedule(site: Site, start: datetime, end: datetime) -> Iterator[datetime]:
    """The site's cycle times, `start <= time < end`, in UTC; 4 h means 00:00, 04:00 … in Shanghai."""
    return map(to_time, cycles(site, start.timestamp(), end.timestamp()))


def payload(
    site: Site, catalogue: Catalogue, time: datetime, seed: int, script: Scenario | None = None
) -> dict[str, Any] | None:
    """The JSON object (docs/reference/messages.md#json) that `site` sends for `time`.

    None where nothing is sent: off the site's cycle, or in an outage that is not made good afterwards. What a
    broken logger makes garbage of is returned whole.
    """
    station, at = SimulatedStation(site, catalogue, seed, script), time.timestamp()
    seconds = next(cycles(site, at, at + 1e-3), None)
    if seconds is None or station.due(seconds) is None:
        return None
    return station.payload(seconds)


def messages(
    sites: Iterable[Site],
    catalogue: Catalogue,
    start: datetime,
    end: datetime,
    seed: int,
    *,
    script: Scenario | None = None,
    prefix: str = "liangqu",
) -> Iterator[Sent]:
    """All messages with `start <= due < end`, by `due`, then topic, then time; slices add up.

    A message from before `start` is among them when it is delivered late. Memory holds only what waits.
    """
    since, until = start.timestamp(), end.timestamp()
    stations = [SimulatedStation(site, catalogue, seed, script) for site in sites]
    topics = [f"{prefix}/{station.site.medium}/{station.site.id}" for station in stations]
    for due, topic, seconds, index in _in_order(stations, topics, since, until):
        yield Sent(to_time(due), topic, _bytes(stations[index], seconds))


_Waiting = tuple[int, str, int, int]


def _in_order(
    stations: list[SimulatedStation], topics: list[str], since: float, until: float
) -> Iterator[_Waiting]:
    waiting: list[_Waiting] = []
    for seconds, index in merge(*(_times(i, station, since, until) for i, station in enumerate(stations))):
        while waiting and waiting[0][0] < seconds:
            yield heappop(waiting)
        due = stations[index].due(seconds)
        if due is not None and since <= due < until:
            heappush(waiting, (due, topics[index], seconds, index))
    while waiting:
        yield heappop(waiting)


def _times(index: int, station: SimulatedStation, since: float, until: float) -> Iterator[tuple[int, int]]:
    for seconds in cycles(station.site, since - station.longest_delay, until):
        yield seconds, index


def _bytes(station: SimulatedStation, seconds: int) -> bytes:
    body = _encode(station.payload(seconds))
    number = station.broken(seconds)
    return body if number is None else spoil(body, number)
