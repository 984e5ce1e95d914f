"""What loggers do besides measuring, once each: a message sent twice, one sent late, a value corrected."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from liangqu.demo.story import StoryLine
from liangqu.demo.words import DemoWords
from sensors.catalogue.model import Site
from sensors.simulated import Sent

MishapKind = Literal["twice", "late", "corrected"]
_PLAN: tuple[tuple[MishapKind, float, float], ...] = (
    ("twice", 13.0, 0.25),
    ("late", 21.0, 2.5),
    ("corrected", 32.0, 3.0),
)
"""Each with the hour of the script at which its message is due, and how many hours later it comes (again)."""
_CORRECTED_BY = 1.25


class Mishap(Struct, frozen=True):
    """The first message of a site due at `begin` or later; `after` that it arrives, or arrives once more."""

    kind: MishapKind
    site: str
    begin: datetime
    after: timedelta


def planned_mishaps(sites: Sequence[Site], start: datetime) -> list[Mishap]:
    """One of each kind, at stations one after the other; a catalogue without stations has none."""
    stations = [site.id for site in sites if site.medium == "air"]
    return [
        Mishap(kind, stations[number % len(stations)], start + timedelta(hours=at), timedelta(hours=after))
        for number, (kind, at, after) in enumerate(_PLAN)
        if stations
    ]


def with_mishaps(sent: Iterable[Sent], mishaps: Sequence[Mishap]) -> Iterator[Sent]:
    """The messages by their `due`, and what goes wrong with some; what the end cuts off is not sent."""
    left, numbers = list(mishaps), count()
    waiting: list[tuple[datetime, int, Sent]] = []
    for one in sent:
        while waiting and waiting[0][0] <= one.due:
            yield heappop(waiting)[2]
        found = next((each for each in left if _concerns(each, one)), None)
        if found is None:
            yield one
            continue
        left.remove(found)
        if found.kind != "late":
            yield one
        again = replace(one, due=one.due + found.after, payload=_payload(found, one))
        heappush(waiting, (again.due, next(numbers), again))


def mishap_lines(mishaps: Iterable[Mishap], words: DemoWords) -> list[StoryLine]:
    """A sentence each, when it shows."""
    return [
        StoryLine(each.begin + each.after, words(f"mishap_{each.kind}", sites=words.site(each.site)))
        for each in mishaps
    ]


def _concerns(mishap: Mishap, sent: Sent) -> bool:
    return sent.due >= mishap.begin and sent.topic.endswith(f"/{mishap.site}")


def _payload(mishap: Mishap, sent: Sent) -> bytes:
    """As it was; of a corrected one its first value by a quarter more."""
    if mishap.kind != "corrected":
        return sent.payload
    body = msgspec.json.decode(sent.payload)
    name = next(iter(body["values"]))
    body["values"][name] = round(body["values"][name] * _CORRECTED_BY, 1)
    return msgspec.json.encode(body)
