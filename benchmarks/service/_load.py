"""Publishes one-reading messages at a steady rate, in a process of its own.

python -m benchmarks.service._load BROKER_PORT RATE SECONDS SITES      prints when each alarm was published
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher

ONE_IN = 100  # a message in so many is beyond the limit; the first of a site begins an event
HIGH = b"40.0"
START = datetime(2026, 3, 1, tzinfo=UTC)


def publish(port: int, rate: int, seconds: int, sites: int) -> dict[str, float]:
    """When the first message of each site beyond the limit was published, by site and time of the reading."""
    sent: dict[str, float] = {}
    begun: set[str] = set()
    with Publisher(Broker(port=port), rate=rate) as publisher:
        for number in range(rate * seconds):
            site, turn = f"s{number % sites:04}", number // sites
            moment = START + timedelta(minutes=turn)
            high = (number % sites * 7 + turn * 13) % ONE_IN == 0
            value = HIGH if high else b"10.0"
            body = b'{"time": "%s", "values": {"pm25": %s}}' % (moment.isoformat().encode(), value)
            if high and site not in begun:
                begun.add(site)
                sent[f"{site} {moment.timestamp()}"] = time.perf_counter()
            publisher.publish(f"liangqu/air/{site}", body)
    return sent


if __name__ == "__main__":
    sys.setswitchinterval(0.0005)
    print(json.dumps(publish(*map(int, sys.argv[1:]))))
