"""The bounds of a message, and the result of decoding one."""

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from sensors.calendar import shanghai_day
from sensors.decoding.hj212.tolerances import TOLERATED
from sensors.decoding.times import to_shanghai_text
from sensors.model import Reading, Refused, SiteValues

FLAGS = frozenset("NFMSDCTB")
"""HJ 212-2017 table 8: normal, stopped, maintenance, manual, fault, calibration, over range, link fault."""


class InputBounds(Struct, frozen=True):
    """The bounds of a message: not older, not further ahead of its receipt, not more bytes.

    Exactly at `earliest`, at `received - max_age`, at `received + max_ahead` and at `max_payload` bytes is
    accepted; without `max_age` a time may be any age. `tolerated` names the deviations from HJ 212 that a
    frame may have.
    """

    earliest: datetime
    max_ahead: timedelta
    max_payload: int = 8 * 1024**2
    tolerated: frozenset[str] = TOLERATED
    max_age: timedelta | None = None

    @property
    def of_any_age(self) -> "InputBounds":
        """The same without `max_age`, for what a person brings in: an import, a replay out of quarantine."""
        return replace(self, max_age=None)

    def times(self, received: datetime) -> tuple[datetime, datetime]:
        """The earliest and the latest time that a message received then may carry."""
        oldest = self.earliest if self.max_age is None else max(self.earliest, received - self.max_age)
        return oldest, received + self.max_ahead

    def refuse_time(self, written: str, time: datetime, received: datetime) -> Refused:
        """A time outside `times`, with what was written, and what may be done about it."""
        if time > received:
            latest = to_shanghai_text(received + self.max_ahead)
            return Refused("time_in_future", f"{written} is after {latest}", time=time)
        detail = f"{written} is before {to_shanghai_text(self.earliest)}"
        if time >= self.earliest:
            day, old = shanghai_day(time), (received - time).days
            detail = f"{written} is of {day}, {old} days old; import or quarantine replay takes it"
        return Refused("time_too_old", detail, time=time)


class Decoded(Struct):
    """What one message holds: its items are `readings`, `refused` and `missing`, in the order of the payload.

    `parts` holds the readings: those of an object together where nothing is to be said of any.

    `positions` says where each reading was, as in `Refused.where`; empty unless requested. `tolerated` names
    the tolerances that a JSON payload needed (json_tolerances.py). `missing` says where a value stood that
    means at its site that nothing was measured.
    """

    parts: list[SiteValues | Reading]
    refused: list[Refused]
    positions: list[str] = []
    tolerated: frozenset[str] = frozenset()
    missing: list[str] = []

    @property
    def readings(self) -> list[Reading]:
        """Each by itself, in order."""
        readings: list[Reading] = []
        for part in self.parts:
            readings += part.readings if isinstance(part, SiteValues) else [part]
        return readings
