"""What stations and people do in the hours of the fixture, for the build that wrote it and for today's."""

import json
import math
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Protocol

SHANGHAI = timezone(timedelta(hours=8))
START = datetime(2026, 1, 31, 18, tzinfo=SHANGHAI)
STORE_AWAY = START + timedelta(hours=9)
LEFT = START + timedelta(hours=10)
"""When the former build stopped; what follows is today's work."""
END = START + timedelta(hours=17)

HIGH = ((2.0, 3.5), (8.0, 11.0))
"""Hours in which `quick` is beyond its limit: one episode is over before the stop, one lasts across it."""

UNKNOWN_STORE = LEFT - timedelta(seconds=1)
"""Received then: judged as by a journal that does not know yet what the store holds."""

Message = tuple[datetime, str, bytes]  # received, topic, payload


class House(Protocol):
    """A service without its threads, worked by hand."""

    now: datetime

    def receive(self, topic: str, payload: bytes) -> None:
        """Into the inbox."""

    def work(self, *, store_known: bool = True) -> None:
        """Everything in the inbox through the pipeline, then what the clock brings."""

    def deliver(self) -> None:
        """The broker takes everything, the group's webhook nothing, the mailbox two letters."""

    def settle(self) -> None:
        """Everything into the store, and all days computed again."""

    def break_off(self) -> None:
        """Settle what is to go to the store, and get nothing written."""

    def acknowledge(self) -> None:
        """Ask that whatever fires of the rule own-pm25 be taken on, by 王, who is on his way."""

    def silence(self, site: str, hours: float) -> None:
        """Ask that nobody be told of the site until so many hours after START."""

    def mark(self, site: str, parameter: str, begin: float, end: float) -> None:
        """Maintenance between these hours after START."""

    def replay(self, position: str) -> None:
        """Give the item at this position back from the quarantine; what the store has stays."""


def play_first_part(house: House) -> None:
    """All until the former build stopped, with what it left undone."""
    house.mark("declared", "pm25", 1, 2)
    house.silence("hourly", 30)
    play(house, START, LEFT)
    house.now = LEFT
    house.replay("values.radon")
    house.receive("liangqu/air/quick", b"x" * 300_000)
    house.receive("liangqu/air/quick", b"[]")
    house.acknowledge()
    house.silence("lower", 19)
    house.mark("hourly", "pm25", 8, 9)


def play(house: House, begin: datetime, end: datetime) -> None:
    """All that is received from `begin` until before `end`; in the hour before LEFT the store is away."""
    for received, topic, payload in messages(begin, end):
        house.now = received
        house.receive(topic, payload)
        house.work(store_known=received != UNKNOWN_STORE)
        house.deliver()
        if not STORE_AWAY <= received < LEFT:
            house.settle()
        elif received < STORE_AWAY + timedelta(minutes=30):
            house.break_off()


def messages(begin: datetime, end: datetime) -> Iterator[Message]:
    """Everything received from `begin` until before `end`, in order."""
    every = sorted([*_measured(), *_odd()], key=lambda message: message[0])
    return (message for message in every if begin <= message[0] < end)


def message(
    site: str,
    measured: datetime,
    values: dict[str, float],
    after: timedelta = timedelta(seconds=5),
    **more: object,
) -> Message:
    """As a station sends it, received some time after it was measured."""
    medium = "water" if site in {"upper", "lower"} else "air"
    payload = {"time": measured.isoformat(), "values": values, **more}
    return measured + after, f"liangqu/{medium}/{site}", json.dumps(payload).encode()


def _measured() -> Iterator[Message]:
    for step in range(int((END - START) / timedelta(minutes=20))):
        time = START + step * timedelta(minutes=20)
        hour = step / 3
        wave = round(20 + 8 * math.sin(hour), 1)
        high = 70 if any(begin <= hour < end for begin, end in HIGH) else 0
        gases = {"o3": 60 + wave, "so2": 8.0, "no2": wave / 2, "co": 0.6}
        spikes = {13: {"pm10": 700.0}, 27: {"so2": 900.0}, 28: {"co": 40.0}}.get(step, {})
        yield message("quick", time, {"pm25": wave + high, "pm10": wave + 30, **gases, **spikes})
        if step % 3 == 0:
            yield message("hourly", time, {"pm25": wave + 2, "pm10": wave + 40, **gases}, kind="hour")
            yield message("declared", time, {"pm25": wave + 5, "o3": 50 + wave})
        if step % 12 == 0:
            for site, more in (("upper", 0.0), ("lower", 0.9)):
                yield message(site, time, {"ph": 7.2, "do": 8.1, "nh3n": 0.4 + more, "codmn": 3.0})


def _odd() -> Iterator[Message]:
    """What is late, revised, doubled, spoilt or partly spoilt, before the stop and after it."""
    for away in (5.0, 9.2, 9.7, 13.0):
        moment = START + timedelta(hours=away, minutes=1)
        late = moment - timedelta(hours=2, minutes=11)
        yield message("quick", late, {"pm25": 33.0}, after=moment - late)
        hour = (moment - timedelta(hours=3)).replace(minute=0)
        yield message("declared", hour, {"pm25": 44.0}, after=moment - hour)
        yield message("hourly", hour, {"so2": 8.0}, after=moment - hour, kind="hour")
    before = timedelta(minutes=30)
    yield message("hourly", UNKNOWN_STORE - before, {"no2": 11.5}, after=before, kind="hour")
    moment = START + timedelta(hours=6, minutes=2)
    yield moment, "liangqu/air/quick", b'{"time":'
    yield moment, "liangqu/air/nobody", b'{"time": "2026-02-01T00:00:00+08:00", "values": {"pm25": 1}}'
    yield moment, "liangqu/air/quick", b"x" * 300_000
    yield message("hourly", moment, {"pm1": 3.0, "radon": 9.0}, kind="hour")
