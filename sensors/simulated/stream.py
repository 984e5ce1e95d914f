"""What the simulated sites send, in the order in which it arrives."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import heappop, heappush, merge

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


def messages(
    sites: Iterable[Site],
    catalogue: Catalogue,
    start: datetime,
    end: datetime,
    seed: int,
    *,
    scenario: Scenario | None = None,
    prefix: str = "liangqu",
) -> Iterator[Sent]:
    """All messages with `start <= due < end`, by `due`, then topic, then time; slices add up.

    A message from before `start` is among them when it is delivered late. Memory holds only what waits.
    """
    start_s, end_s = start.timestamp(), end.timestamp()
    stations = [SimulatedStation(site, catalogue, seed, scenario) for site in sites]
    topics = [f"{prefix}/{station.site.medium}/{station.site.id}" for station in stations]
    for due, topic, seconds, index in _by_arrival(stations, topics, start_s, end_s):
        yield Sent(to_time(due), topic, _payload_bytes(stations[index], seconds))


_Pending = tuple[int, str, int, int]


def _by_arrival(
    stations: list[SimulatedStation], topics: list[str], start_s: float, end_s: float
) -> Iterator[_Pending]:
    pending: list[_Pending] = []
    for seconds, index in merge(
        *(_cycle_times(i, station, start_s, end_s) for i, station in enumerate(stations))
    ):
        while pending and pending[0][0] < seconds:
            yield heappop(pending)
        due = stations[index].arrival(seconds)
        if due is not None and start_s <= due < end_s:
            heappush(pending, (due, topics[index], seconds, index))
    while pending:
        yield heappop(pending)


def _cycle_times(
    index: int, station: SimulatedStation, start_s: float, end_s: float
) -> Iterator[tuple[int, int]]:
    for seconds in cycles(station.site, start_s - station.longest_delay, end_s):
        yield seconds, index


def _payload_bytes(station: SimulatedStation, seconds: int) -> bytes:
    body = _encode(station.payload(seconds))
    number = station.garbage_number(seconds)
    return body if number is None else spoil(body, number)
