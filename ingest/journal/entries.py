"""Queue entries for the store: readings, statistics and points, in the form in which they are kept."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct, structs

from ingest.journal.inbox import Conflict
from sensors.model import NORMAL, Checked, Kind, Medium, Point, Reading
from sensors.store_schema import reading_point

EntryStatus = Literal["new", "revised", "amended", "verify", "late", "amend"]
ON_TIME = timedelta(minutes=1)
"""How far from its own time a reading may come without a record of when it came."""


class ReadingEntry(Struct, frozen=True, array_like=True, tag="r", gc=False):
    """A checked reading on its way.

    Ready to write: `new` (will count as stored), `revised`, and `amended` (a former reading checked again; no
    item). To be reconciled first, see reconcile.py: `late` is not newer than its series' last; `verify` is,
    but the journal is young and the store may know better; `amend` holds only for the value that was checked.
    `conflict` says whether another value replaces the store's (`revise`) or yields to it (`keep`).
    """

    medium: Medium
    checked: Checked
    status: EntryStatus
    conflict: Conflict = "revise"
    source: str = "mqtt"

    @property
    def point(self) -> Point:
        """As every store keeps it."""
        return reading_point(self.medium, self.checked)


class SiteEntry(Struct, frozen=True, array_like=True, tag="g", gc=False):
    """New readings of one site's time that all count, with nothing to say of any: nearly all there are.

    It is only how they are kept: to be reconciled, recorded or refused, each is a `ReadingEntry` again.
    """

    medium: Medium
    site: str
    kind: Kind
    time: datetime
    received: datetime
    parameters: tuple[str, ...]
    values: tuple[float, ...]

    @property
    def readings(self) -> list[ReadingEntry]:
        """Each by itself, in order."""
        return [ReadingEntry(self.medium, self.checked(at), "new") for at in range(len(self.values))]

    def checked(self, at: int) -> Checked:
        """One of them."""
        parameter, value = self.parameters[at], self.values[at]
        return Checked(Reading(self.site, parameter, self.kind, self.time, value, NORMAL, self.received))

    def only(self, parameters: Sequence[str]) -> "SiteEntry":
        """The entry with only these of its parameters, in their order."""
        values = dict(zip(self.parameters, self.values, strict=True))
        return structs.replace(
            self, parameters=tuple(parameters), values=tuple(values[name] for name in parameters)
        )


class PointEntry(Struct, frozen=True, array_like=True, tag="p", gc=False):
    """A point that is not an item: a mark, an exceedance."""

    point: Point


class StatisticEntry(Struct, frozen=True, array_like=True, tag="s", gc=False):
    """A statistic with the limit and target of its date; there is one with nearly every reading."""

    site: str
    parameter: str
    statistic: str  # another build may have queued it: a name unknown here must not cost the row's readings
    stamp: datetime
    value: float | None
    n: float
    expected: float
    valid: bool
    closed: bool
    limit: float | None
    target: float | None

    @property
    def point(self) -> Point:
        """As every store keeps it."""
        return Point(
            "statistic",
            {"site": self.site, "parameter": self.parameter, "statistic": self.statistic},
            {
                "value": self.value,
                "n": self.n,
                "expected": self.expected,
                "valid": self.valid,
                "closed": self.closed,
                "limit": self.limit,
                "target": self.target,
            },
            self.stamp,
        )


DerivedEntry = PointEntry | StatisticEntry
"""What liangqu derives from readings: never an item, never looked up."""


Entry = ReadingEntry | DerivedEntry
QueuedEntry = Entry | SiteEntry
"""As entries lie in the queue."""


_NO_ITEMS = ("amend", "amended")


def is_item(entry: Entry) -> bool:
    """Whether the entry is one of the items that are counted."""
    return type(entry) is ReadingEntry and entry.status not in _NO_ITEMS


def count_items(entries: Sequence[QueuedEntry]) -> int:
    """How many of the entries are items."""
    several = [len(entry.values) for entry in entries if type(entry) is SiteEntry]
    return sum(several) + sum(
        [1 for entry in entries if type(entry) is ReadingEntry and entry.status not in _NO_ITEMS]
    )


def count_entries(entries: Sequence[QueuedEntry]) -> int:
    """How many `to_single_entries` would give."""
    return len(entries) + sum([len(entry.values) - 1 for entry in entries if type(entry) is SiteEntry])


def to_single_entries(entries: Iterable[QueuedEntry]) -> list[Entry]:
    """Every reading by itself, in order."""
    separated: list[Entry] = []
    for entry in entries:
        if type(entry) is SiteEntry:
            separated += entry.readings
        else:
            separated.append(entry)  # type: ignore[arg-type]
    return separated
