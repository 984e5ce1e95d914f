"""Lines sent so that InfluxDB keeps them all: of a day at rest one line goes ahead of the others.

Every ten seconds InfluxDB looks which shards have nothing in memory, and frees those (`monitorShards` in
tsdb/store.go of 1.6.7; 2.7 looks too). What is written between the look and the freeing is acknowledged, and
in no answer until it starts again; once the shard is next written to disk, it is gone. A shard that has
something in memory is left alone: hence a line ahead, and half a second for a look that was before it.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from ingest.stores.influxdb.http import LinesRefused
from sensors.calendar import DAY_MS

BUSY_S = 300.0
"""After ten minutes at rest (`cache-snapshot-write-cold-duration`) a shard has nothing in memory any more."""

MOST_REMEMBERED = 10_000  # days, beyond which those at rest are forgotten


class LineServer(Protocol):
    """What takes lines, as `InfluxHTTP` and `InfluxServers` do."""

    def write(self, database: str, lines: str) -> None:
        """Send lines."""


class AheadWriter:
    """Writes lines into one database; used by one thread at a time.

    Args:
        server: Where to.
        database: There already.
        settle: Seconds by which a line goes ahead; 0: none does.
        clock: Seconds that only grow.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        server: LineServer,
        database: str,
        settle: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._server = server
        self._database = database
        self._settle = settle
        self._clock = clock
        self._sleep = sleep
        self._written: dict[int, float] = {}

    def write(self, lines: Sequence[str]) -> None:
        """Send all in one request, at rest one line of each day before; raises as `InfluxHTTP.write`."""
        days = first_of_each_day(lines) if self._settle else {}
        if ahead := self._at_rest(days):
            self._note(self._write_ahead(ahead))
            self._sleep(self._settle)
        self._server.write(self._database, "\n".join(lines))
        self._note(days)

    def _at_rest(self, days: Mapping[int, str]) -> dict[int, str]:
        busy_since = self._clock() - BUSY_S
        return {day: line for day, line in days.items() if self._written.get(day, busy_since) <= busy_since}

    def _write_ahead(self, days: Mapping[int, str]) -> list[int]:
        """The days whose line is taken; a bad line keeps no other from it."""
        try:
            self._server.write(self._database, "\n".join(days.values()))
        except LinesRefused:
            each = [{day: line} for day, line in days.items()] if len(days) > 1 else []
            return [day for one in each for day in self._write_ahead(one)]
        return [*days]

    def _note(self, days: Iterable[int]) -> None:
        now = self._clock()
        if len(self._written) > MOST_REMEMBERED:
            self._written = {day: at for day, at in self._written.items() if at > now - BUSY_S}
        self._written |= dict.fromkeys(days, now)


def first_of_each_day(lines: Iterable[str]) -> dict[int, str]:
    """The first line of each day of UTC, by its number since 1970; each line ends with its milliseconds.

    A shard holds whole days: a week, or one where little is kept.
    """
    found: dict[int, str] = {}
    for line in lines:
        day = int(line[line.rindex(" ") + 1 :]) // DAY_MS
        if day not in found:
            found[day] = line
    return found
