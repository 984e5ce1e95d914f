"""An event: episodes of one place and cause, of which people are notified as one."""

from datetime import datetime

from msgspec import Struct

from alerts.events.group import EventGroup
from alerts.rules.definition import Category
from sensors.model import Severity


class Event(Struct, frozen=True):
    """One row; times are aware, UTC.

    `severity` is the most severe that any of its episodes was announced with. `calm` is since when none of
    them has been open; None while one is. `ended` follows `calm` once the time for recovery is over.
    `notified_severity`, `notified_at` and `places` are of the last notification that it began, became more
    severe or wider: how many stations were affected then. `step` counts escalations.
    """

    id: str
    area: str
    cause: str
    category: Category
    severity: Severity
    begun: datetime
    calm: datetime | None
    ended: datetime | None
    acked_by: str
    acked_at: datetime | None
    note: str
    notified_severity: Severity | None
    notified_at: datetime | None
    reminded_at: datetime | None
    places: int
    step: int

    @property
    def group(self) -> EventGroup:
        """What its episodes share."""
        return EventGroup(self.area, self.cause)  # type: ignore[arg-type]  # the journal has no other
