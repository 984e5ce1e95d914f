"""Lines that a server has taken and does not show yet: they are waited for where it is found to be late."""

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from ingest.stores.base import StoreAway
from ingest.stores.cells import WrongAnswerError
from ingest.stores.influxdb import influxql
from ingest.stores.influxdb.cluster.asking import ask
from ingest.stores.influxdb.cluster.servers import InfluxServers
from ingest.stores.influxdb.lines import AnyLine
from sensors.calendar import EpochMs

TRUSTED_AFTER = 3  # batches with new series that were seen at once: it is not asked any more
LOOKED_AT = 8  # new series of a batch
PATIENCE_S = 10.0
PAUSE_S = 0.1
MOST_REMEMBERED = 200_000  # series, beyond which all are new again

_TAG_END = re.compile(r"(?<!\\),")
_NAME_END = re.compile(r"(?<!\\)=")
_KEY_END = re.compile(r"(?<!\\) ")
_PROTECTED = re.compile(r"\\([, =])")


class Visibility:
    """Waits until a server shows the series that are new to it; used by one thread.

    Args:
        server: Asked for a point of some new series of each batch.
        database: Where they are.
        sleep: Waits so many seconds.
    """

    def __init__(
        self, server: InfluxServers, database: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._server = server
        self._database = database
        self._sleep = sleep
        self._known: set[str] = set()
        self._seen_at_once = 0

    def wait(self, lines: Sequence[AnyLine]) -> None:
        """Return once the new series of what was written are shown.

        Raises:
            StoreAway: after ten seconds they are not; sending all of them again does no harm.
        """
        if self._seen_at_once >= TRUSTED_AFTER:
            return
        new = self._new(lines)
        if not new:
            return
        statements = [_statement(key, stamp) for key, stamp in _some(new)]
        pauses = 0
        while not self._shows(statements):
            if pauses * PAUSE_S >= PATIENCE_S:
                words = f"what it has taken it has not shown for {PATIENCE_S:g} s"
                raise StoreAway(f"{self._server.url}: {words}", kind="broken")
            self._sleep(PAUSE_S)
            pauses += 1
        # Once late, it stays under watch.
        self._seen_at_once = self._seen_at_once + 1 if pauses == 0 and self._seen_at_once >= 0 else -1
        self._known |= new.keys()

    def _new(self, lines: Iterable[AnyLine]) -> dict[str, str]:
        """Series that were not written before, each with a stamp."""
        if len(self._known) > MOST_REMEMBERED:
            self._known.clear()
        texts = (line.text for line in lines)
        cut = ((_KEY_END.split(text, 1)[0], text.rpartition(" ")[2]) for text in texts)
        return {key: stamp for key, stamp in cut if key not in self._known}

    def _shows(self, statements: Sequence[str]) -> bool:
        try:
            return sum(bool(series.rows) for series in ask(self._server, self._database, statements)) >= len(
                statements
            )
        except (influxql.ServerError, WrongAnswerError) as error:
            words = self._server.redact(str(error))
            raise StoreAway(f"{self._server.url}: {words}", kind="broken") from None


def _some(new: Mapping[str, str]) -> Sequence[tuple[str, str]]:
    """A few of them, from the first to the last."""
    every = [*new.items()]
    step = max(1, len(every) // LOOKED_AT)
    return [*every[::step][:LOOKED_AT], every[-1]] if len(every) > 1 else every


def _statement(key: str, stamp: str) -> str:
    measurement, *tags = _TAG_END.split(key)
    pairs = (_NAME_END.split(tag, 1) for tag in tags)
    narrow = {_plain(name): _plain(value) for name, value in pairs}
    ms = EpochMs(int(stamp))
    return influxql.select({}, [_plain(measurement)], narrow, (ms, EpochMs(ms + 1)))


def _plain(protected: str) -> str:
    return _PROTECTED.sub(r"\1", protected)
