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
from sensors.calendar import shanghai_day
from sensors.model import Checked, FieldValue, Key, Point, Reading

UNRECONCILED = frozenset({"verify", "late", "amend"})


class Reconciliation(Struct):
    """The entries to write, what is recorded at once, and what is to be recomputed."""

    entries: list[Entry] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)  # duplicate, dropped, late
    late: Counter[late_counts.Month] = field(default_factory=Counter)  # by site and month
    recompute: dict[RecomputeCause, set[tuple[str, str]]] = field(
        default_factory=dict
    )  # cause -> (site, day)
    revision_times: set[tuple[str, str, str, datetime]] = field(default_factory=set)  # already used

    def request_recompute(self, checked: Checked, cause: RecomputeCause) -> None:
        """Request a recompute of the reading's day."""
        reading = checked.reading
        self.recompute.setdefault(cause, set()).add((reading.site, shanghai_day(reading.time)))


def keys_to_look_up(entries: Sequence[QueuedEntry]) -> list[Key]:
    """The identities that must be known before the batch can be reconciled, each once; often none."""
    return list(
        dict.fromkeys([_key(e) for e in entries if type(e) is ReadingEntry and e.status in UNRECONCILED])
    )


def reconcile(entries: Sequence[Entry], stored: Mapping[Key, StoredValue]) -> Reconciliation:
    """Decide a batch, given what the store holds under `keys_to_look_up(entries)`.

    Two readings of one identity are duplicates when value, device flag and what was sent are equal: a flag
    that comes later is a revision, it must not be lost. A revision is written with all fields and the former
    value goes to measurement `revision`. With `conflict = "keep"` the store's value stays: the item counts as
    dropped, and what it said is kept in `revision` with a `source` that ends in `:kept`.
    """
    result = Reconciliation()
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
    identity, checked = _key(entry), entry.checked
    former = known.get(identity)
    same = former is not None and _is_same(checked.reading, former)
    if entry.status == "amend":
        if not same:
            return  # revised since: the verdict was about another value
        result.entries.append(structs.replace(entry, status="amended"))
    elif same:
        result.outcomes["duplicate"] += 1
        return
    elif former is not None and entry.conflict == "keep":
        result.outcomes["dropped"] += 1
        result.entries.append(
            _revision(entry, checked.reading.value, former.value, f"{entry.source}:kept", result)
        )
        return
    elif former is not None:
        result.request_recompute(checked, "revision")
        result.entries.append(_revision(entry, former.value, checked.reading.value, entry.source, result))
        result.entries.append(structs.replace(entry, status="revised"))
    else:
        if entry.status == "late":
            result.outcomes["late"] += 1
            result.late[late_counts.month_of(checked.reading.site, checked.reading.time)] += 1
            result.request_recompute(checked, "late")
        result.entries.append(structs.replace(entry, status="new"))
    known[identity] = _to_stored_value(checked)


def _revision(
    entry: ReadingEntry, former: float, value: float, source: str, result: Reconciliation
) -> PointEntry:
    """The audit row, stamped with the receipt; a millisecond later where that stamp is taken."""
    r = entry.checked.reading
    stamp = r.received
    while (r.site, r.parameter, r.kind, stamp) in result.revision_times:
        stamp += timedelta(milliseconds=1)
    result.revision_times.add((r.site, r.parameter, r.kind, stamp))
    tags = {"site": r.site, "parameter": r.parameter, "kind": r.kind}
    fields: dict[str, FieldValue | None] = {
        "of": r.time.isoformat(timespec="milliseconds"),
        "former": former,
        "value": value,
        "source": source,
    }
    return PointEntry(Point("revision", tags, fields, stamp))


def _is_same(reading: Reading, former: StoredValue) -> bool:
    return (reading.value, reading.flag, reading.sent) == (former.value, former.flag, former.sent)


def _key(entry: ReadingEntry) -> Key:
    r = entry.checked.reading
    return Key(entry.medium, r.site, r.parameter, r.kind, r.time)


def _to_stored_value(checked: Checked) -> StoredValue:
    r = checked.reading
    return StoredValue(r.value, r.flag, ",".join(checked.failed), checked.validity, r.sent)
