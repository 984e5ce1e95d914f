"""A process that measures the pipeline with shipped rules over the sites of a settings file: see `sites.py`.

python -m benchmarks.service._sites SETTINGS TURNS [RECORDED]: JSON of what it needed, on standard output.
RECORDED holds the messages of each minute as they were sent, see `record`; else they are made on the way.
"""

import gc
import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from benchmarks.service.throughput import NINE, message
from ingest.journal import inbox
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.pipeline import Pipeline
from liangqu.config import settings
from liangqu.config.factories import open_catalogue, open_judging
from liangqu.service.worker import COLLECT_AFTER, COLLECT_ALL, COLLECT_YOUNG

KB = 1024
WARM = 2  # minutes: each series has begun, or is read from the journal
FIRST = 24 * 60  # the minute, from START on, with which the messages begin


def resident() -> int:
    """Bytes of memory that this process has."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * KB for line in lines if line.startswith("VmRSS"))


def record(file: Path, first: int, number: int, minutes: int) -> None:
    """Write what these sites send in so many minutes: a line a message, its topic before a tab."""
    with file.open("wb") as opened:
        for turn in range(minutes):
            for site in range(first, first + number):
                topic, payload = message(site, FIRST + turn, list(NINE))
                opened.write(topic.encode() + b"\t" + payload + b"\n")


class MeasuredPipeline:
    """Pipeline and rules as the service makes them, without broker and store."""

    def __init__(self, file: Path, recorded: Path | None = None) -> None:
        self._recorded = None if recorded is None else recorded.open("rb")
        read = settings.load(file)
        catalogue = open_catalogue(read)
        self.sites = sorted(site for site in catalogue.sites if site.startswith("s"))
        self.journal = Journal(file.parent / "journal.db")
        engine = open_judging(read, catalogue).engine
        engine.load(self.journal.connection())
        self.pipeline = Pipeline(
            self.journal, catalogue, read.bounds(), prefix="liangqu", quarantine_limit=10**8, observer=engine
        )
        self.pipeline.step()

    def minute(self, turn: int) -> tuple[float, int]:
        """A message of each site; processor seconds, and how many batches."""
        now = datetime.now(UTC)
        sent = [*self._sent(turn)]
        with self.journal.transaction() as connection:
            connection.execute("DELETE FROM outgoing")  # no store takes them here
            inbox.add(connection, [InboxMessage(topic, payload, now) for topic, payload in sent])
        begun, batches = time.process_time(), 0
        while self.pipeline.step():
            batches += 1
        return time.process_time() - begun, batches

    def _sent(self, turn: int) -> Iterator[tuple[str, bytes]]:
        """A message of each site; recorded ones in the order in which they were."""
        if self._recorded is None:
            yield from (message(site, FIRST + turn, list(NINE)) for site in range(len(self.sites)))
            return
        for line in islice(self._recorded, len(self.sites)):
            topic, _, payload = line.rstrip(b"\n").partition(b"\t")
            yield topic.decode(), payload


def main() -> None:
    """Warm up, measure, print."""
    file, turns, recorded = Path(sys.argv[1]), int(sys.argv[2]), [*map(Path, sys.argv[3:])]
    gc.set_threshold(COLLECT_AFTER, COLLECT_YOUNG, COLLECT_ALL)
    measured = MeasuredPipeline(file, *recorded)
    gc.freeze()  # as the service
    gc.collect()
    empty = resident()
    first = sum(measured.minute(turn)[0] for turn in range(WARM))
    gc.collect()
    full = resident()
    spent = sorted(measured.minute(WARM + turn) for turn in range(turns))
    readings = len(measured.sites) * len(NINE)
    figures = {
        "microseconds": spent[len(spent) // 2][0] / readings * 1e6,
        "first_seconds": first,
        "series_bytes": (full - empty) / readings,
        "resident": full,
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
