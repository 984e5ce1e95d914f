"""Writes entries as lines, and finds out which of them the server will not take."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from ingest.journal.entries import QueuedEntry, count_entries
from ingest.stores.base import Rejected, StoreAway
from ingest.stores.influxdb.ahead_writer import AheadWriter
from ingest.stores.influxdb.cluster.servers import InfluxServers
from ingest.stores.influxdb.cluster.visibility import Visibility
from ingest.stores.influxdb.http import LinesRefused, RequestTooLarge
from ingest.stores.influxdb.lines import AnyLine, Refusal, to_lines
from ingest.stores.influxdb.section import InfluxOptions

ENTRIES_AT_ONCE = 5_000


class EntryWriter:
    """Writes into one database of a server; used by one thread.

    Args:
        server: Where to.
        options: Its database is there already.
        visibility: Waits until what is written is shown; None: it is at once.
    """

    def __init__(
        self, server: InfluxServers, options: InfluxOptions, visibility: Visibility | None = None
    ) -> None:
        self._server = server
        self._visibility = visibility
        self._lines = AheadWriter(server, options.database, options.settle)
        self._executor = ThreadPoolExecutor(1, "sender")  # lines are encoded while others are being sent

    def write(self, entries: Sequence[QueuedEntry]) -> None:
        """Write all; bad lines are searched for by halves once the server says there are any.

        Raises:
            Rejected: some cannot be kept; all others are in.
            StoreAway: some may be in; sending all of them again does no harm.
        """
        rejected: list[Refusal] = []
        sending: Future[list[Refusal]] | None = None
        try:
            index = 0
            for first in range(0, len(entries), ENTRIES_AT_ONCE):
                part = entries[first : first + ENTRIES_AT_ONCE]
                lines, bad = to_lines(part, index)
                index += count_entries(part)
                rejected += bad
                if sending:
                    rejected += sending.result()
                if first + ENTRIES_AT_ONCE < len(entries):
                    sending = self._executor.submit(self._write_lines, lines)
                else:
                    rejected += self._write_lines(lines)
        finally:
            sending = None  # its error refers to this frame: the cycle would keep all lines alive
        if rejected:
            raise Rejected(sorted(dict(rejected).items()))

    def close(self) -> None:
        """Return once what is in flight is written."""
        self._executor.shutdown()

    def _write_lines(self, lines: Sequence[AnyLine]) -> list[Refusal]:
        """Send lines; the entries of the bad ones come back with the server's words, all others are in."""
        if not lines:
            return []
        try:
            self._lines.write([line.text for line in lines])
        except LinesRefused as said:
            if len(lines) == 1:
                return self._write_parts(lines[0], str(said))
            return self._write_halves(lines)
        except RequestTooLarge as said:
            if len(lines) > 1:
                return self._write_halves(lines)
            if not said.by_influxdb:
                words = f"{self._server.url}: not even one line may be written: {said}"
                raise StoreAway(self._server.redact(words), kind="refuses") from None
            return self._write_parts(lines[0], str(said))
        if self._visibility is not None:
            self._visibility.wait(lines)
        return []

    def _write_parts(self, line: AnyLine, words: str) -> list[Refusal]:
        """One field that is refused loses its whole point: write the others by themselves."""
        parts = line.split()
        if not parts:
            return [(index, words) for index in line.indexes]
        return [refused for part in parts for refused in self._write_lines([part])]

    def _write_halves(self, lines: Sequence[AnyLine]) -> list[Refusal]:
        middle = len(lines) // 2
        return self._write_lines(lines[:middle]) + self._write_lines(lines[middle:])
