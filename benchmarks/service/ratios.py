"""Processor time of the whole service, in multiples of an empty paho callback: this build and one before.

The one table of `./do bench`; how to read it: docs/performance.md. The messages wait at the broker; an empty
callback, this build and the one before take them in turns, so that the machine's mood cancels out.
"""

import argparse
import os
import signal
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from msgspec import Struct

from benchmarks.service._builds import Build, built, revision_before, this_build
from benchmarks.service.throughput import (
    BROKER,
    NINE,
    Cost,
    message,
    plain,
    processor_time,
    publish,
    read_counts,
    sites_file,
)
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import LiangquRun
from tests.support.servers import Influxd, Mosquitto

READINGS = (1, 3, 9)  # a message
STORES = ("InfluxDB", "SQLite")
MESSAGES = 60_000
ROUNDS = 5

_numbers = count()


class Taken(Struct, frozen=True):
    """What it took a build to store so many messages: processor and wall seconds, and influxd's."""

    spent: float
    took: float
    influxd: float


def take(build: Build, values: int, messages: int, influxd: Influxd | None) -> Taken:
    """The service is stopped while messages gather at the broker; then it takes all into its store."""
    with tempfile.TemporaryDirectory() as name:
        folder, database = Path(name), f"ratios_{next(_numbers)}"
        broker = Mosquitto(folder, BROKER).start()
        url = influxd.url if influxd else ""
        service = LiangquRun(
            folder, broker.port, influxdb=url, database=database, sites=sites_file(folder), max_age="",
            python=build.python, tree=build.tree,
        )  # fmt: skip
        try:
            service.start().wait_until_subscribed()
            _settle(broker.port, values, folder / "journal.db")
            processes = service.processes()
            os.kill(processes[0], signal.SIGSTOP)
            publish(broker.port, messages, values)
            began, before = time.perf_counter(), _spent(processes, influxd)
            os.kill(processes[0], signal.SIGCONT)
            _wait_until_stored(folder / "journal.db", 1 + messages)
            took, after = time.perf_counter() - began, _spent(processes, influxd)
        finally:
            service.kill()
            broker.kill()
        if influxd:
            _drop(influxd, database)
    return Taken(after[0] - before[0], took, after[1] - before[1])


def _settle(port: int, values: int, journal: Path) -> None:
    """Have a message stored: until a service knows what a new store holds, it looks each reading up there."""
    with Publisher(Broker(port=port)) as publisher:
        publisher.publish(*message(0, -1, list(NINE)[:values]))
    _wait_until_stored(journal, 1)


def _spent(processes: Sequence[int], influxd: Influxd | None) -> tuple[float, float]:
    database = processor_time(influxd.pid) if influxd and influxd.pid else 0.0
    return sum(map(processor_time, processes)), database


def _wait_until_stored(journal: Path, messages: int) -> None:
    while True:
        found = read_counts(journal)
        if found["received"] >= messages and not (found["inbox"] or found["outgoing"] or found["rows"]):
            return
        time.sleep(0.05)


def _drop(influxd: Influxd, database: str) -> None:
    body = urllib.parse.urlencode({"q": f'DROP DATABASE "{database}"'}).encode()
    urllib.request.urlopen(f"{influxd.url}/query", body).close()  # noqa: S310 - ours


class Rounds(Struct, frozen=True):
    """All rounds of so many readings a message: an empty callback, and each build into each store."""

    values: int
    empty: list[Cost]
    taken: dict[tuple[str, str], list[Taken]]  # by build and store


def compare(values: int, builds: Sequence[Build], influxd: Influxd, messages: int, rounds: int) -> Rounds:
    """Run everything in turns."""
    found = Rounds(values, [], {})
    for _ in range(rounds):
        found.empty.append(plain("empty", values, messages))
        for store in STORES:
            for build in builds:
                one = take(build, values, messages, influxd if store == "InfluxDB" else None)
                found.taken.setdefault((build.name, store), []).append(one)
    return found


def rows(found: Rounds, builds: Sequence[Build], messages: int) -> Iterator[str]:
    """The lines of the table."""
    micros = [one.spent / one.messages * 1e6 for one in found.empty]
    nothing = " | ".join(["–"] * len(builds))
    yield (
        f"| {found.values} | empty paho callback | 1 = {_spread(micros, 1)} µs"
        + " | –" * (3 * len(builds) - 1)
        + " |"
    )
    for store in STORES:
        taken = [found.taken[build.name, store] for build in builds]
        ratios = [
            [one.spent / empty.spent for one, empty in zip(series, found.empty, strict=True)]
            for series in taken
        ]
        readings = messages * found.values
        rates = [statistics.median(readings / one.took for one in series) for series in taken]
        influxd = [[one.influxd / readings * 1e5 for one in series] for series in taken]
        cells = [
            " | ".join(_spread(one, 2) for one in ratios),
            " | ".join(_spread(one, 2) for one in influxd) if store == "InfluxDB" else nothing,
            " | ".join(f"{rate:,.0f}" for rate in rates),
        ]
        yield f"| {found.values} | {store} | {' | '.join(cells)} |"


def _spread(numbers: Sequence[float], decimals: int) -> str:
    """Median, least and most."""
    median, least, most = (
        f"{one:.{decimals}f}" for one in (statistics.median(numbers), min(numbers), max(numbers))
    )
    return f"{median} ({least} to {most})"


def heading(builds: Sequence[Build]) -> str:
    """The table's first two lines."""
    groups = ("{}", "influxd: {}", "readings/s: {}")
    cells = [group.format(build.name) for group in groups for build in builds]
    return f"| readings a message | to | {' | '.join(cells)} |\n|---|---|{'---|' * len(cells)}"


def main(words: Sequence[str] = ()) -> None:
    """Print the table; wants mosquitto and influxd to be installed, and git and pip for the build before."""
    parser = argparse.ArgumentParser(prog="./do bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--before", default=revision_before(), help="revision to compare with (%(default)s)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each is measured (%(default)s)")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="in each run (%(default)s)")
    chosen = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as name, built(chosen.before) as before:
        builds = (this_build(), before)
        influxd = Influxd(Path(name)).start()
        try:
            print(heading(builds), flush=True)
            for values in READINGS:
                found = compare(values, builds, influxd, chosen.messages, chosen.rounds)
                print(*rows(found, builds, chosen.messages), sep="\n", flush=True)
        finally:
            influxd.kill()


if __name__ == "__main__":
    main()
