"""Reconciles readings that may be in the store already with what it holds. Pure.

The queue is worked off in order, so whatever went before an entry is either in the store or earlier in the
same batch: one look-up a batch tells new, duplicate and revised apart. What is decided is written back into
the queue before anything is sent, so that a crash in between decides nothing twice.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, field, structs

from ingest.journal import late_counts
from ingest.journal.entries import Entry, PointEntry, QueuedEntry, ReadingEntry
from ingest.journal.requests import RecomputeCause
from ingest.stores.base import StoredValue
from ingest.stores.known.record import Replaced
from sensors.calendar import shanghai_day
from sensors.model import Checked, FieldValue, Key, Point, Reading

UNRECONCILED = frozenset({"verify", "late", "amend"})
YIELDED = ":kept"
"""How the `source` of a row of `revision` ends whose `former` never came into force."""
_MILLISECOND = timedelta(milliseconds=1)


class ReceiptStamps:
    """Stamps for the rows of `revision`: one of a series' own each, for as long as the object lives."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str, str], datetime] = {}

    def take(self, reading: Reading) -> datetime:
        """When the reading was received; a millisecond after the series' last row, if that is not earlier."""
        series = reading.site, reading.parameter, reading.kind
        last = self._last.get(series)
        is_taken = last is not None and last >= reading.received
        stamp = self._last[series] = last + _MILLISECOND if last and is_taken else reading.received
        return stamp


class Reconciliation(Struct):
    """The entries to write, what is recorded at once, and what is to be recomputed."""

    stamps: ReceiptStamps
    entries: list[Entry] = field(default_factory=list)
    replaced: list[Replaced] = field(default_factory=list)  # what the entries change in the store
    outcomes: Counter[str] = field(default_factory=Counter)  # duplicate, dropped, late
    late: Counter[late_counts.Month] = field(default_factory=Counter)  # by site and month
    recompute: dict[RecomputeCause, set[tuple[str, str]]] = field(
        default_factory=dict
    )  # cause -> (site, day)

    def keep_record(self, reading: Reading, former: float | None, value: float, source: str) -> None:
        """Have a row in `revision`, stamped with the receipt; without `former` the reading came late."""
        tags = {"site": reading.site, "parameter": reading.parameter, "kind": reading.kind}
        fields: dict[str, FieldValue | None] = {
            "of": reading.time.isoformat(timespec="milliseconds"),
            "former": former,
            "value": value,
            "source": source,
        }
        self.entries.append(PointEntry(Point("revision", tags, fields, self.stamps.take(reading))))

    def request_recompute(self, checked: Checked, cause: RecomputeCause) -> None:
        """Request a recompute of the reading's day."""
        reading = checked.reading
        self.recompute.setdefault(cause, set()).add((reading.site, shanghai_day(reading.time)))


def keys_to_look_up(entries: Sequence[QueuedEntry]) -> list[Key]:
    """The identities that must be known before the batch can be reconciled, each once; often none."""
    return list(
        dict.fromkeys([_key(e) for e in entries if type(e) is ReadingEntry and e.status in UNRECONCILED])
    )


def reconcile(
    entries: Sequence[Entry], stored: Mapping[Key, StoredValue], stamps: ReceiptStamps
) -> Reconciliation:
    """Decide a batch, given what the store holds under `keys_to_look_up(entries)`.

    Two readings of one identity are duplicates when value, device flag and what was sent are equal: a flag
    that comes later is a revision, it must not be lost. A revision is written with all fields and the former
    value goes to measurement `revision`; a late reading has a row there without one. With `conflict = "keep"`
    the store's value stays: the item counts as dropped, and what it said is kept in `revision` with a
    `source` that ends in `YIELDED`.
    """
    result = Reconciliation(stamps)
    known = dict(stored)
    wanted = set(keys_to_look_up(entries))
    for entry in entries:
        if not isinstance(entry, ReadingEntry):
            result.entries.append(entry)
        elif entry.status in UNRECONCILED:
            _reconcile_entry(entry, known, result)
        else:
            if (identity := _key(entry)) in wanted:
                known[identity] = _to_stored_value(entry.checked)
            result.entries.append(entry)
    return result


def _reconcile_entry(entry: ReadingEntry, known: dict[Key, StoredValue], result: Reconciliation) -> None:
    identity, checked, reading = _key(entry), entry.checked, entry.checked.reading
    former = known.get(identity)
    same = former is not None and _is_same(reading, former)
    if entry.status == "amend":
        if not same:
            return  # revised since: the verdict was about another value
        result.replaced.append(Replaced(identity, former, "check"))
        result.entries.append(structs.replace(entry, status="amended"))
    elif same:
        result.outcomes["duplicate"] += 1
        return
    elif former is not None and entry.conflict == "keep":
        result.outcomes["dropped"] += 1
        result.keep_record(reading, reading.value, former.value, f"{entry.source}{YIELDED}")
        return
    elif former is not None:
        result.request_recompute(checked, "revision")
        result.replaced.append(Replaced(identity, former, "revision"))
        result.keep_record(reading, former.value, reading.value, entry.source)
        result.entries.append(structs.replace(entry, status="revised"))
    else:
        result.replaced.append(Replaced(identity))
        if entry.status == "late":
            result.outcomes["late"] += 1
            result.late[late_counts.month_of(reading.site, reading.time)] += 1
            result.request_recompute(checked, "late")
            result.keep_record(reading, None, reading.value, entry.source)
        result.entries.append(structs.replace(entry, status="new"))
    known[identity] = _to_stored_value(checked)


def _is_same(reading: Reading, former: StoredValue) -> bool:
    return (reading.value, reading.flag, reading.sent) == (former.value, former.flag, former.sent)


def _key(entry: ReadingEntry) -> Key:
    r = entry.checked.reading
    return Key(entry.medium, r.site, r.parameter, r.kind, r.time)


def _to_stored_value(checked: Checked) -> StoredValue:
    r = checked.reading
    return StoredValue(r.value, r.flag, ",".join(checked.failed), checked.validity, r.sent)
