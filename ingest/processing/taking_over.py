"""A journal that no service has worked with takes over what the store has of its predecessor."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from msgspec import Struct

from ingest.journal.file import Journal
from ingest.journal.handover import changes, taking
from ingest.journal.handover.points import MEASUREMENT, rows_of
from ingest.journal.handover.tables import TABLES
from ingest.stores.base import Store
from sensors.calendar import EpochMs, from_ms, to_ms

if TYPE_CHECKING:
    from pandas import DataFrame

_LARGE = {"refused_message"}  # its rows hold whole messages
_SPAN, _SPAN_OF_LARGE = timedelta(days=28), timedelta(days=1)
_AHEAD = timedelta(days=1)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)
_COLUMNS = ("part", "key", "body", "parts")

log = structlog.get_logger()


class _Progress(Struct):
    """Which table is read, from which stamp on, and how many rows of each have been put.

    `takes`: the rows are put into the journal; else they are another's, which this one takes the place of.
    """

    takes: bool
    table: int = 0
    stamp: EpochMs = EpochMs(0)
    rows: dict[str, int] = {}


class TakeOver:
    """Reads it table by table, a span of time at once, so that memory is bounded; may be gone on with later.

    Args:
        journal: Owned by the service; nobody works with it yet.
        store: Read by the calling thread.
        now: The clock.
    """

    def __init__(self, journal: Journal, store: Store, now: datetime) -> None:
        self._journal = journal
        self._store = store
        self._now = now
        state = changes.read_state(journal.connection())
        self._progress = _Progress(changes.is_unused(journal.connection()))
        if state not in {"", changes.ON}:
            self._progress = msgspec.json.decode(state, type=_Progress)
        self.is_over = state == changes.ON or self._progress.table == len(TABLES)
        if not state:  # what is done before the first step must not make it a used one
            with journal.transaction() as connection:
                taking.note_progress(connection, msgspec.json.encode(self._progress).decode())
        self._prepared = False

    @property
    def takes(self) -> bool:
        """Whether the journal takes over what is there; one that a service has worked with does not."""
        return self._progress.takes

    @property
    def rows(self) -> Mapping[str, int]:
        """How many rows of each table have come."""
        return self._progress.rows

    def describe(self) -> str:
        """How far it has come, in words."""
        done, total = self._progress.table, len(TABLES)
        return f"reads back what the store has: {done} of {total} tables, {sum(self.rows.values())} rows"

    def step(self) -> None:
        """Read one span of one table.

        Raises:
            StoreAway: the store does not answer; try again later: it is not taken for empty.
        """
        if not self._prepared:
            self._store.prepare()
            self._prepared = True
        name = TABLES[self._progress.table].name
        start = max(from_ms(self._progress.stamp), changes.FIRST)
        end = start + (_SPAN_OF_LARGE if name in _LARGE else _SPAN)
        if end > self._now + _AHEAD:
            end = _LAST
        found = [*rows_of(_records(self._store.points(MEASUREMENT, start, end, {"table": name})))]
        with self._journal.transaction() as connection:
            put = 0
            if self.takes:
                put = sum([taking.put(connection, name, row) for row in found])
            else:
                taking.take_away(connection, name, found)
            if found:
                changes.raise_stamp(connection, to_ms(found[-1].stamp))
            self._move_on(name, put, end)
            taking.note_progress(connection, msgspec.json.encode(self._progress).decode())
            if self.is_over and self.takes:
                taking.settle_quarantine(connection)

    def _move_on(self, name: str, put: int, end: datetime) -> None:
        progress = self._progress
        if put:
            progress.rows = dict(Counter(progress.rows) + Counter({name: put}))
        progress.stamp = to_ms(end)
        if end == _LAST:
            progress.table, progress.stamp = progress.table + 1, EpochMs(0)
            self.is_over = progress.table == len(TABLES)
            if name in progress.rows:
                log.info("taken over from the store", table=name, rows=progress.rows[name])


def _records(frame: "DataFrame") -> list[dict[str, Any]]:
    columns = [frame[name].tolist() for name in _COLUMNS]
    times = [stamp.to_pydatetime() for stamp in frame.index]
    return [
        {"time": time, **dict(zip(_COLUMNS, cells, strict=True))}
        for time, *cells in zip(times, *columns, strict=True)
    ]
