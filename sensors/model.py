"""What passes between the rooms: the seam types, all of them, and nothing else.

Every room speaks in these values. They are frozen; a field may be added with a default, a name or a
meaning may not change. Times are aware `datetime`s, in UTC inside the program, exact to the millisecond.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from pandas import DataFrame

Medium = Literal["air", "water"]
Kind = Literal["rtd", "min", "hour", "day"]
Validity = Literal["valid", "suspect", "invalid"]
Severity = Literal["info", "watch", "warning", "critical"]
FieldValue = float | bool | str

NORMAL = "N"


class Name(Struct, frozen=True, forbid_unknown_fields=True):
    """What people call it, in both languages."""

    zh: str
    en: str


class Reading(Struct, frozen=True, gc=False, array_like=True):
    """One measured value as the station sent it; never altered afterwards.

    `(site, parameter, kind, time)` is its identity. `value` is in the parameter's catalogue unit. `flag` is
    the device's mark, one HJ 212 letter, `N` = normal. `received` is when the message reached us.
    """

    site: str
    parameter: str
    kind: str
    time: datetime
    value: float
    flag: str
    received: datetime


class Checked(Struct, frozen=True, gc=False, array_like=True):
    """A reading with the names of the checks it failed.

    `valid` failed none; `suspect` failed one that asks for a look (step, flat line, spike); `invalid` carries
    a device mark or lies outside the physical range. Only `valid` readings feed statistics and rules.
    """

    reading: Reading
    failed: tuple[str, ...] = ()
    validity: Validity = "valid"


class Statistic(Struct, frozen=True, gc=False):
    """A mean or maximum over a window or period, with what it rests on.

    `start <= time < end` bounds the data. `value` is None when nothing could be computed. `n` of `expected`
    inputs were there; `valid` says whether that is enough by the rule; `closed` whether the period is over.
    """

    site: str
    parameter: str
    name: str
    start: datetime
    end: datetime
    value: float | None
    n: int
    expected: int
    valid: bool
    closed: bool


class Verdict(Struct, frozen=True):
    """What one rule says of one reading or statistic; exactly at the limit is within it."""

    subject: Reading | Statistic
    rule: str
    limit: float
    exceeded: bool
    unrounded: float
    reason: str


class Change(Struct, frozen=True):
    """What an episode machine returns when something changed; `reason` says why."""

    rule: str
    site: str
    parameter: str
    episode: str
    state: str
    severity: Severity
    reason: str
    time: datetime


class Refused(Struct, frozen=True):
    """A bad input, as a value: one of the contract's `reason`s, words for people, and where in the input."""

    reason: str
    detail: str
    where: str = ""


class Point(Struct, frozen=True, array_like=True, gc=False):
    """One row for the store: measurement, tags, all of its fields, time (see sensors/store_schema.toml).

    A field that is None is not written. Writing a point again with the same tags and time replaces it.
    """

    measurement: str
    tags: Mapping[str, str]
    fields: Mapping[str, FieldValue | None]
    time: datetime


class Key(Struct, frozen=True, array_like=True):
    """The identity of a reading, with the measurement that holds it."""

    measurement: Medium
    site: str
    parameter: str
    kind: str
    time: datetime


class StoredValue(Struct, frozen=True):
    """What the store holds under a key: the value, its device mark, and what the checks said."""

    value: float
    flag: str
    failed: str
    validity: str


class StoreAway(Exception):  # noqa: N818 - the contract's name
    """The store took nothing and may take it later; `kind` names the cause for the metrics.

    `retry_after` is in seconds, None where the store did not say. `kind` is `away`, `throttled`, `refuses`
    (its answer was 401, 403 or 404: somebody has to change something) or `broken`.
    """

    def __init__(self, detail: str, *, kind: str = "away", retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.retry_after = retry_after


class Rejected(Exception):  # noqa: N818 - the contract's name
    """The store has taken the batch except for `lines`: their index in it and the store's own words."""

    def __init__(self, lines: Sequence[tuple[int, str]]) -> None:
        super().__init__(f"{len(lines)} lines rejected, the first: {lines[0][1]}")
        self.lines = tuple(lines)


class Store(Protocol):
    """Where readings and everything derived from them are kept; see ingest/stores/README.md.

    Every method raises StoreAway when the store does not answer. Times in frames are UTC.
    """

    def prepare(self) -> None:
        """Make the database where it is missing and may be made."""
        ...

    def look(self) -> None:
        """Whether it is still the one that was written; costs next to nothing, asks no server."""
        ...

    def write(self, lines: Sequence[Point]) -> None:
        """Write all of them, any number of times with the same result; raises Rejected for the bad ones."""
        ...

    def stored(self, keys: Sequence[Key]) -> dict[Key, StoredValue]:
        """What is stored under these keys; a key without a value is absent."""
        ...

    def latest(self) -> dict[tuple[str, str, str], datetime]:
        """The newest time of each (site, parameter, kind)."""
        ...

    def readings(
        self, site: str, parameter: str, start: datetime, end: datetime, kind: str = "rtd"
    ) -> "DataFrame":
        """`value flag failed validity` by time, `start <= time < end`, oldest first."""
        ...

    def statistics(self, site: str, parameter: str, name: str, start: datetime, end: datetime) -> "DataFrame":
        """`value n expected valid closed limit target` by stamp, `start <= stamp < end`, oldest first."""
        ...

    def points(
        self, measurement: str, start: datetime, end: datetime, tags: Mapping[str, str] | None = None
    ) -> "DataFrame":
        """Any measurement: a column each tag and field, by time; `tags` narrows."""
        ...

    def close(self) -> None:
        """Give back what is held."""
        ...
