"""A long run at an even load, to be watched: `./do soak [MINUTES]`, 30 unless told.

200 stations send a message a second each: readings, and among them what is late, sent twice, revised or
refused. Every half minute a line with memory and file sizes; at the end the slope of the memory over the
second half, the largest files, and whether the counts and the database are what was sent.

The readings are ten minutes apart (`APART`), so that the 48 hours of each series that the service holds by
design are full after five minutes; from then on the memory should be flat.
"""

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import LiangquRun, Metrics, items
from tests.support.paths import ROOT
from tests.support.servers import Influxd, Mosquitto
from tests.support.stored_readings import count_readings

STATIONS = 200
RATE = 200
LOOK_S = 30.0
START = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(minutes=10)
MB = 1024**2
LINE = "{:5.0f} s  {:6.1f} MB  journal {:5.1f} MB  log {:5.1f} MB  outgoing {}"
# Of a thousand messages: so many of each, the rest as it should be.
ODD = {"late": 10, "duplicate": 10, "revised": 5, "quarantined": 5}


class Look(NamedTuple):
    """What was seen at one moment: seconds since the start, MB."""

    seconds: float
    memory: float
    journal: float
    log: float
    outgoing: int


class Load:
    """The messages, and what must become of them."""

    def __init__(self) -> None:
        self.expected: Counter[str] = Counter()
        self._chance = random.Random(7)
        self._held: dict[int, tuple[datetime, float]] = {}
        self._levels = [20.0] * STATIONS

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Without end; stations in turn."""
        kinds = [*ODD, "stored"]
        weights = [*ODD.values(), 1000 - sum(ODD.values())]
        number = 0
        while True:
            station, stamp = number % STATIONS, START + APART * (number // STATIONS)
            number += 1
            (kind,) = self._chance.choices(kinds, weights)
            if kind != "stored" and station not in self._held:
                kind = "stored"
            yield self._message(kind, station, stamp)

    def _message(self, kind: str, station: int, now: datetime) -> tuple[str, bytes]:
        stamp, value = self._held.get(station, (now, 0.0))
        if kind == "stored":
            level = self._levels[station] + self._chance.uniform(-2, 2)
            stamp, value = now, round(min(max(level, 1.0), 120.0), 1)
            self._levels[station] = value
            self._held[station] = (now, value)
        elif kind == "late":  # between its last two
            stamp, value = stamp - APART / 2, value + 0.05
            del self._held[station]
        elif kind == "revised":
            value += 0.25
            del self._held[station]
        self.expected["stored" if kind == "late" else kind] += 1
        self.expected["late"] += kind == "late"
        text = '"n/a"' if kind == "quarantined" else json.dumps(value)
        body = f'{{"time": "{stamp.isoformat()}", "values": {{"pm25": {text}}}}}'
        return f"liangqu/air/soak-{station}", body.encode()


def sites() -> str:
    """A catalogue of the stations."""
    rows = (
        f'id = "soak-{n}"\nmedium = "air"\nname = {{ zh = "{n}", en = "{n}" }}\n' for n in range(STATIONS)
    )
    return "".join(f'[[site]]\n{row}zone = "city"\ncycle = "10m"\n' for row in rows)


def looked(service: LiangquRun, begun: float) -> Look:
    """Now."""
    journal = service.folder / "journal.db"
    log = journal.with_name("journal.db-wal")
    return Look(
        time.monotonic() - begun,
        service.memory() / MB,
        journal.stat().st_size / MB,
        log.stat().st_size / MB if log.exists() else 0.0,
        service.accounts()["outgoing"],
    )


def slope(looks: list[Look]) -> float:
    """MB an hour, by least squares over the second half."""
    half = looks[len(looks) // 2 :]
    mean_t = sum(look.seconds for look in half) / len(half)
    mean_m = sum(look.memory for look in half) / len(half)
    above = sum((look.seconds - mean_t) * (look.memory - mean_m) for look in half)
    below = sum((look.seconds - mean_t) ** 2 for look in half)
    return 3600 * above / below if below else 0.0


def run(broker: Mosquitto, service: LiangquRun, load: Load, minutes: float) -> tuple[int, list[Look]]:
    """Send for so long; how many messages, and what was seen."""
    begun, looks, sent = time.monotonic(), list[Look](), 0
    with Publisher(Broker(port=broker.port), rate=RATE) as publisher:
        for topic, payload in load.messages():
            publisher.publish(topic, payload)
            sent += 1
            passed = time.monotonic() - begun
            if passed >= LOOK_S * (len(looks) + 1):
                looks.append(looked(service, begun))
                print(LINE.format(*looks[-1]), flush=True)
            if passed >= 60 * minutes:
                break
    return sent, looks


def told(service: LiangquRun, influxd: Influxd, load: Load, sent: int, figures: Metrics) -> list[str]:
    """What is not as it should be; empty when all is well."""
    came_again = figures["liangqu_messages_received_total"] - sent
    expected = {name: float(load.expected[name]) for name in items(figures)}
    expected["duplicate"] += came_again
    checks = {
        "items": (items(figures), expected),
        "late": (figures["liangqu_items_late_total"], load.expected["late"]),
        "in the database": (count_readings(influxd.url), load.expected["stored"]),
        "sums": (service.gaps(), {"messages": 0, "items": 0}),
    }
    return [
        f"{what}: {found}, expected {wanted}" for what, (found, wanted) in checks.items() if found != wanted
    ]


def main(minutes: float) -> int:
    """The exit code: 1 when the counts are not what was sent."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as started:
        folders = {part: Path(name) / part for part in ("broker", "influxd", "liangqu")}
        for folder in folders.values():
            folder.mkdir()
        extra = folders["liangqu"] / "sites.toml"
        extra.write_text(sites(), encoding="utf-8")
        deployed = (ROOT / "deploy" / "mosquitto.conf").read_text(encoding="utf-8")
        unsaid = deployed.replace("persistence true\n", "").replace("autosave_interval 60\n", "")
        broker, influxd = Mosquitto(folders["broker"], unsaid), Influxd(folders["influxd"])
        for server in (broker, influxd):
            started.callback(server.kill)
            server.start()
        service = LiangquRun(folders["liangqu"], broker.port, influxdb=influxd.url, sites=extra)
        started.callback(service.kill)
        service.start()
        load = Load()
        sent, looks = run(broker, service, load, minutes)
        figures = service.wait_until_settled(sent)
        wrong = told(service, influxd, load, sent, figures)
    print(f"\n{sent:,} messages in {minutes:g} minutes: {dict(load.expected)}")
    print(
        f"memory {looks[0].memory:.1f} to {looks[-1].memory:.1f} MB,"
        f" {slope(looks):+.1f} MB an hour over the second half;"
        f" journal at most {max(look.journal for look in looks):.1f} MB,"
        f" its log {max(look.log for look in looks):.1f} MB,"
        f" at most {max(look.outgoing for look in looks)} items waited"
    )
    print("\n".join(wrong) or "the counts and the database are what was sent")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 30.0))
