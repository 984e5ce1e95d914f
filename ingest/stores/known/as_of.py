"""What a store held of readings at an earlier time: what it holds now, with every later change taken back.

Nothing is ever removed from a store, so that a row was there as it is, was there with other words, or was not
there; each change since says which. What no record reaches is refused, never guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from ingest.journal.entries import ON_TIME
from ingest.stores.base import Store
from ingest.stores.known.record import records_since
from ingest.stores.known.runs import parse_runs
from sensors.calendar import EpochMs, to_ms

if TYPE_CHECKING:
    from pandas import DataFrame

SLACK = timedelta(days=1)
"""How much further back than stations may be ahead it is read what came before its time."""
_END = datetime.fromisoformat("2200-01-01T00:00:00+00:00")
_TOLERANCE = ON_TIME // timedelta(milliseconds=1)
_CELLS = ("value", "flag", "failed", "validity", "sent")

Identity = tuple[str, str, str, EpochMs]
"""Site, parameter, kind and time of a reading."""


class NotRecordedError(ValueError):
    """Nobody recorded what the store held at that time; the text says since when it is."""


class _Change(NamedTuple):
    """What a reading was until `at`; without cells it was not there."""

    at: EpochMs
    cells: tuple[Any, ...] | None


class KnownThen:
    """What was known at a time of the readings of a span.

    `uncertain` counts readings so close to that time that it was not recorded whether they had come; they
    are among what was known if their own time is not later.
    """

    def __init__(self, at: datetime, changes: Mapping[Identity, _Change], early: frozenset[Identity]) -> None:
        """`changes` are the first ones since; `early` are recorded to have come before it."""
        self._at = to_ms(at)
        self._changes = changes
        self._early = early
        self.uncertain = 0

    def frame(self, readings: "DataFrame") -> "DataFrame":
        """Rows of `Store.points` of readings as they were then, in their order."""
        kept: list[int] = []
        changed: dict[int, tuple[Any, ...]] = {}
        times = readings.index.as_unit("ms").asi8.tolist()  # type: ignore[attr-defined]
        tags = zip(readings["site"], readings["parameter"], readings["kind"], times, strict=True)
        for row, identity in enumerate(tags):
            change = self._changes.get(identity)
            if change is None and not self._was_there(identity):
                continue
            if change is not None:
                if change.cells is None:
                    continue
                changed[row] = change.cells
            kept.append(row)
        if len(kept) == len(readings) and not changed:
            return readings
        found = readings.copy()
        for column, name in enumerate(_CELLS):
            cells = found[name].tolist()
            for row, former in changed.items():
                cells[row] = former[column]
            found[name] = cells
        return found.iloc[kept]

    def _was_there(self, identity: Identity) -> bool:
        """Whether a reading that did not change since was there."""
        if identity in self._early:
            return True
        ahead = identity[3] - self._at
        if abs(ahead) < _TOLERANCE:
            self.uncertain += 1
        return ahead <= 0


def known_then(
    store: Store,
    at: datetime,
    span: tuple[datetime, datetime],
    site: str | None = None,
    *,
    max_ahead: timedelta = timedelta(0),
) -> KnownThen:
    """What was known at `at` of the readings of a span, of a site or of all.

    Args:
        store: Where they are.
        at: That time; what changed at it is known.
        span: From the first, to before the second.
        site: Its id; None: every one.
        max_ahead: How far behind its receipt a reading's time may lie.

    Raises:
        NotRecordedError: changes were not recorded yet.
        StoreAway: the store does not answer.
    """
    since = records_since(store)
    if since is None:
        raise NotRecordedError("this store has no records of changes yet; liangqu run or import begins them")
    if at < since:
        raise NotRecordedError(f"changes are recorded since {since.isoformat(timespec='seconds')} only")
    tags = {} if site is None else {"site": site}
    first, end, then = to_ms(span[0]), to_ms(span[1]), to_ms(at)
    changes: dict[Identity, _Change] = {}
    early: set[Identity] = set()
    for row in _rows(store, "arrival", at - max_ahead - SLACK, tags):
        moment = EpochMs(int(row["at"]))
        for identity in _arrived(row, first, end):
            if moment <= then and identity[3] > then - _TOLERANCE:
                early.add(identity)
            elif moment > then and identity[3] < then + _TOLERANCE:
                _keep_first(changes, identity, _Change(moment, None))
    for row in _rows(store, "former", at, tags):
        moment, time = EpochMs(int(row["at"])), EpochMs(int(row["of"]))
        if moment > then and first <= time < end:
            identity = row["site"], row["parameter"], row["kind"], time
            _keep_first(changes, identity, _Change(moment, tuple(row[name] for name in _CELLS)))
    not_there = [one for one in changes if one[3] > then and one not in early]
    return KnownThen(at, changes | dict.fromkeys(not_there, _Change(EpochMs(then), None)), frozenset(early))


def _keep_first(changes: dict[Identity, _Change], identity: Identity, change: _Change) -> None:
    known = changes.get(identity)
    if known is None or change.at < known.at:
        changes[identity] = change


def _arrived(row: Mapping[str, Any], first: EpochMs, end: EpochMs) -> Iterator[Identity]:
    """The readings of a row of `arrival` whose times lie in a span."""
    parameters: Sequence[str] = row["parameters"].split(" ")
    for run in parse_runs(row["of"]):
        if run.last >= first and run.first < end:
            for time in run.times():
                if first <= time < end:
                    for parameter in parameters:
                        yield row["site"], parameter, row["kind"], time


def _rows(
    store: Store, measurement: str, start: datetime, tags: Mapping[str, str]
) -> Iterator[Mapping[str, Any]]:
    """The rows of a measurement from a time on."""
    yield from store.points(measurement, start, _END, tags).to_dict("records")  # type: ignore[misc]
