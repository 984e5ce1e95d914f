"""What is recorded of each change of a reading in the store, so that what it held before can be told.

A reading that comes within `ON_TIME` of its own time needs no record: it was there from then on. Of any other
`arrival` says since when it was there. `former` keeps what another value or verdict replaced, whole.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from ingest.journal.entries import ON_TIME, PointEntry, QueuedEntry, ReadingEntry, SiteEntry
from ingest.journal.file import Journal
from ingest.stores.base import Rejected, Store, StoredValue
from ingest.stores.known.runs import to_runs
from sensors.calendar import EpochMs, shanghai_day, to_ms
from sensors.model import Key, Kind, Point

BEGIN = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when there are records in a store that was empty when they began: ever."""
INTERRUPTED = "records_interrupted"
"""Name in `meta` of a journal that an earlier build has used."""
_EVER = (BEGIN, datetime(2200, 1, 1, tzinfo=UTC))
_MILLISECOND = timedelta(milliseconds=1)


class Replaced(NamedTuple):
    """What the store held under a key before it changed, None: nothing; and what changed it.

    `check` is another verdict on the same value.
    """

    key: Key
    former: StoredValue | None = None
    cause: Literal["late", "revision", "check"] = "late"


class OffTime(NamedTuple):
    """New readings of a site's time that do not come on time."""

    site: str
    kind: Kind
    parameters: tuple[str, ...]
    time: datetime


class RecordStamps:
    """Stamps for such rows: each series has each once, for as long as the object lives."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, ...], datetime] = {}

    def take(self, series: tuple[str, ...], now: datetime) -> datetime:
        """`now`, or a millisecond after the series' last row if that is not earlier."""
        last = self._last.get(series)
        stamp = self._last[series] = now if last is None or last < now else last + _MILLISECOND
        return stamp


class KnowledgeRecorder:
    """Makes the rows of one writer; `source` keeps those of several apart."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._stamps = RecordStamps()

    def points(
        self, replaced: Sequence[Replaced], now: datetime, off_time: Sequence[OffTime] = ()
    ) -> list[PointEntry]:
        """The rows for what changes in the store at `now`, and for what comes there off its time."""
        keys = [one.key for one in replaced if one.former is None]
        late = [OffTime(key.site, key.kind, (key.parameter,), key.time) for key in keys]
        formers = [self._former(one.key, one.former, now) for one in replaced if one.former is not None]
        return [PointEntry(point) for point in (*self._arrivals([*off_time, *late], now), *formers)]

    def _arrivals(self, came: Iterable[OffTime], now: datetime) -> Iterator[Point]:
        times: dict[tuple[str, str], dict[tuple[str, ...], list[EpochMs]]] = {}
        for one in came:
            of_site = times.setdefault((one.site, one.kind), {})
            of_site.setdefault(one.parameters, []).append(to_ms(one.time))
        for (site, kind), of_site in times.items():
            for same, parameters in _by_times(of_site):
                yield Point(
                    "arrival",
                    {"site": site, "kind": kind, "source": self._source},
                    {
                        "at": float(to_ms(now)),
                        "parameters": " ".join(sorted(set(parameters))),
                        "of": to_runs(same),
                    },
                    self._stamps.take((site, kind), now),
                )

    def _former(self, key: Key, former: StoredValue, now: datetime) -> Point:
        series = key.site, key.parameter, key.kind
        return Point(
            "former",
            {"site": key.site, "parameter": key.parameter, "kind": key.kind},
            {
                "at": float(to_ms(now)),
                "of": float(to_ms(key.time)),
                "value": former.value,
                "flag": former.flag,
                "failed": former.failed,
                "validity": former.validity,
                "sent": former.sent,
            },
            self._stamps.take(series, now),
        )


def begin_recording(journal: Journal, store: Store, now: datetime) -> None:
    """As `begin_records`; anew if an earlier build, which records nothing, had the journal in between.

    Raises:
        StoreAway: the store does not answer.
    """
    found = journal.connection().execute("SELECT 1 FROM meta WHERE name = ?", (INTERRUPTED,)).fetchone()
    begin_records(store, now, anew=found is not None)
    if found is not None:
        with journal.transaction() as connection:
            connection.execute("DELETE FROM meta WHERE name = ?", (INTERRUPTED,))


def begin_records(store: Store, now: datetime, *, anew: bool = False) -> None:
    """Say in a store that has no such row, or `anew`, since when changes are recorded: ever, if it is empty.

    A store that refuses the row has none, and `records_since` says so.

    Raises:
        StoreAway: the store does not answer.
    """
    if anew or not len(store.points("records_since", *_EVER)):
        since = float(to_ms(now)) if store.latest() else 0.0
        with suppress(Rejected):  # the stamp is no older than what a database may drop by its age
            store.write([Point("records_since", {}, {"since": since}, now)])


def records_since(store: Store) -> datetime | None:
    """Since when changes of readings are recorded; None: never.

    Raises:
        StoreAway: the store does not answer.
    """
    frame = store.points("records_since", *_EVER)
    return BEGIN + timedelta(milliseconds=float(frame["since"].max())) if len(frame) else None


def off_time(entries: Iterable[QueuedEntry], now: datetime) -> list[OffTime]:
    """The new readings among entries that are written at `now` and do not come on time."""
    return [*_off_time(entries, now)]


def days_of(came: Iterable[OffTime]) -> Iterator[tuple[str, str]]:
    """Site and day of each, a day as YYYY-MM-DD."""
    return ((one.site, shanghai_day(one.time)) for one in came)


def _off_time(entries: Iterable[QueuedEntry], now: datetime) -> Iterator[OffTime]:
    first, last = now - ON_TIME, now + ON_TIME
    for entry in entries:
        if type(entry) is SiteEntry:
            if not first <= entry.time <= last:
                yield OffTime(entry.site, entry.kind, entry.parameters, entry.time)
        elif type(entry) is ReadingEntry and entry.status == "new":
            reading = entry.checked.reading
            if not first <= reading.time <= last:
                yield OffTime(reading.site, reading.kind, (reading.parameter,), reading.time)


def _by_times(
    of_site: Mapping[tuple[str, ...], Sequence[EpochMs]],
) -> Iterable[tuple[Sequence[EpochMs], Sequence[str]]]:
    """Times, and the parameters that came of just these; nearly always all of a site came together."""
    if len(of_site) == 1:
        return [(times, parameters) for parameters, times in of_site.items()]
    times_of: dict[str, list[EpochMs]] = {}
    for parameters, times in of_site.items():
        for parameter in parameters:
            times_of.setdefault(parameter, []).extend(times)
    same: dict[tuple[EpochMs, ...], list[str]] = {}
    for parameter, times in times_of.items():
        same.setdefault(tuple(sorted(times)), []).append(parameter)
    return same.items()
