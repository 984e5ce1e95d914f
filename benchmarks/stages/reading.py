"""What one message and one reading cost: decoding, times, checks."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from timeit import repeat

from ingest.checks import CheckState, check_newest
from sensors.catalogue.loader import load
from sensors.decoding import decoder
from sensors.decoding.times import parse_time
from sensors.decoding.types import InputBounds
from sensors.model import Reading

ROUNDS = 20_000
CATALOGUE = load()
SITE = next(site for site in CATALOGUE.sites.values() if site.medium == "air")
RECEIVED = datetime(2026, 11, 22, 0, 1, tzinfo=UTC)
BOUNDS = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=5))
TIME = "2026-11-22T08:00:00+08:00"
NINE = ("pm25", "pm10", "so2", "no2", "co", "o3", "air_temp", "humidity", "pressure")


def microseconds(work: Callable[[], object], items: int = 1, rounds: int = ROUNDS) -> float:
    """The best of seven, for one item."""
    return min(repeat(work, number=rounds, repeat=7)) / rounds / items * 1e6


def payload(values: dict[str, float], **rest: object) -> bytes:
    """A native message."""
    return json.dumps({"time": TIME, "values": values, **rest}).encode()


def decoding() -> None:
    """Messages of every sort, the bad ones too."""
    nine = {name: 31.2 + i for i, name in enumerate(NINE)}
    sorts = {
        "one value": payload({"pm25": 31.2}),
        "nine values": payload(nine),
        "nine values, one flag": payload(nine, flags={"pm10": "M"}),
        "nine values, one NaN": payload({**nine, "pm10": float("nan")}),
        "not UTF-8": b"\xff" * 100,
    }
    topic = f"liangqu/air/{SITE.id}"
    for name, sent in sorts.items():
        cost = microseconds(partial(decoder.decode_message, topic, sent, RECEIVED, CATALOGUE, BOUNDS))
        print(f"read a message, {name:24} {cost:6.1f} µs")
    for time in (TIME, "2026-11-22T08:00:00.250+08:00", "2026-11-22T24:00:00+08:00", 1_795_305_600_000):
        print(f"parse_time {time!s:30}{microseconds(partial(parse_time, time)):6.1f} µs")


def checking() -> None:
    """All checks over a random walk, with the shipped thresholds of PM2.5."""
    rng, parameter = random.Random(1), CATALOGUE.parameters["pm25"]
    hour, start = timedelta(hours=1), datetime(2026, 1, 1, tzinfo=UTC)
    series = [
        Reading(SITE.id, "pm25", "rtd", start + i * hour, round(rng.uniform(5, 90), 1), "N", RECEIVED)
        for i in range(ROUNDS)
    ]

    def all_of_them() -> None:
        state = CheckState()
        for reading in series:
            check_newest(reading, parameter, hour, state)

    print(f"check a reading by all checks          {microseconds(all_of_them, ROUNDS, 1):6.1f} µs")


def main() -> None:
    """Print both."""
    decoding()
    checking()


if __name__ == "__main__":
    main()
