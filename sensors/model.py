"""The types that pass between the rooms: all of them, and nothing else.

Every room speaks in these values. They are frozen; a field may be added with a default, a name or a
meaning may not change. Times are aware `datetime`s, in UTC inside the program, exact to the millisecond.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

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
    """A mean or maximum over a window or period, with what it is based on.

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


class Refused(Struct, frozen=True):
    """A bad input, as a value: its `reason` (docs/reference/messages.md), words, and where in the input."""

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
