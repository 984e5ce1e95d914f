"""The types that pass between the rooms: all of them, and nothing else.

Every room speaks in these values. They are frozen; a field may be added with a default, a name or a
meaning may not change. Times are aware `datetime`s, in UTC inside the program, exact to the millisecond.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
Medium = Literal["air", "water"]
MEDIA: tuple[Medium, ...] = get_args(Medium)
Kind = Literal["rtd", "min", "hour", "day"]
KINDS: frozenset[Kind] = frozenset(get_args(Kind))
Basis = Literal["rtd", "min", "hour"]
BASES: tuple[Basis, ...] = get_args(Basis)
"""The kinds that can feed statistics, the finest first."""
Label = Literal["end", "start"]
Acceptance = Literal["numeric_text", "extra_keys"]
"""What a site may send beside the letter, if its row says so, see sensors/decoding/json_tolerances.py."""
IndexSpan = Literal["hour", "day"]
Validity = Literal["valid", "suspect", "invalid"]
VALIDITIES: tuple[Validity, ...] = get_args(Validity)
Severity = Literal["info", "watch", "warning", "critical"]
WatchedStatistic = Literal[
    "reading", "sample", "check", "silence", "system", "1h", "8h", "24h", "day", "o3_8h_max",
    "month", "year_to_date", "year", "12month", "36month", "outlook",
    "outlook_margin",
]  # fmt: skip
"""What rules may use."""
StatisticName = Literal[WatchedStatistic, "o3_1h_max"]
"""The ids of sensors/standards/statistics.toml."""
RefusalReason = Literal[
    "not_utf8", "not_json", "oversize", "bad_envelope", "unknown_site", "wrong_medium", "unknown_parameter",
    "unknown_kind", "unknown_flag", "no_time", "bad_time", "time_without_zone", "time_too_old",
    "time_in_future", "wrong_type", "not_a_number", "no_detection_limit", "refused_by_store", "bad_frame",
    "unknown_topic", "internal_error",
]  # fmt: skip
"""Why an input is refused, see docs/reference/messages.md."""
FieldValue = float | bool | str

NORMAL = "N"


class Name(Struct, frozen=True, forbid_unknown_fields=True):
    """What people call it, in both languages."""

    zh: str
    en: str


class Reading(Struct, frozen=True, gc=False, array_like=True):
    """One measured value as the station sent it; never altered afterwards.

    `(site, parameter, kind, time)` is its identity. `value` is in the parameter's catalogue unit. `flag` is
    the device's mark, one HJ 212 letter, `N` = normal. `received` is when the message reached us. `sent` is
    what came where the value counts in its place (`<0.025`, `-1`), as text; empty where the value came so.
    """

    site: str
    parameter: str
    kind: Kind
    time: datetime
    value: float
    flag: str
    received: datetime
    sent: str = ""


class SiteValues(Struct, frozen=True, gc=False):
    """Readings of one site, kind and time that came together, each as sent and without a flag.

    Nearly all come so, and go on together. There is at least one; a parameter may stand there twice, sent by
    two of its names.
    """

    site: str
    kind: Kind
    time: datetime
    received: datetime
    parameters: tuple[str, ...]
    values: tuple[float, ...]

    @property
    def readings(self) -> list[Reading]:
        """Each by itself, in order."""
        return [
            Reading(self.site, parameter, self.kind, self.time, value, NORMAL, self.received)
            for parameter, value in zip(self.parameters, self.values, strict=True)
        ]


class Checked(Struct, frozen=True, gc=False, array_like=True):
    """A reading with the names of the checks it failed.

    `valid` failed none; `suspect` failed one that asks for a look (step, flat line, spike); `invalid` carries
    a device mark or lies outside the physical range. Only `valid` readings feed statistics and rules.
    """

    reading: Reading
    failed: tuple[str, ...] = ()
    validity: Validity = "valid"

    @property
    def has_remark(self) -> bool:
        """Whether anything is to be said of it: what failed, a device's mark, what was sent in its place."""
        return bool(self.failed or self.reading.sent or self.reading.flag != NORMAL)


class Statistic(Struct, frozen=True, gc=False):
    """A mean or maximum over a window or period, with what it is based on.

    `start <= time < end` bounds the data. `value` is None when nothing could be computed. `n` of `expected`
    inputs were there; `valid` says whether that is enough by the rule; `closed` whether the period is over.
    `grounds` are the primary pollutants of an index.
    """

    site: str
    parameter: str
    name: StatisticName
    start: datetime
    end: datetime
    value: float | None
    n: int
    expected: int
    valid: bool
    closed: bool
    grounds: tuple[str, ...] = ()


class Refused(Struct, frozen=True):
    """A bad input, as a value: its `reason`, words, where in the input, and its `time` if that is refused."""

    reason: RefusalReason
    detail: str
    where: str = ""
    time: datetime | None = None


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
    kind: Kind
    time: datetime
