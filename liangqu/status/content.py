"""The facts of one moment: service, journal, places, events, quarantine, channels."""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from alerts.texts.event_view import EventView
from ingest.journal.database.holder import Holder
from ingest.sites.clock import ClockFault
from liangqu.service.monitoring.self_report import SelfReport
from sensors.catalogue.model import Site
from sensors.catalogue.places import Place
from sensors.marks import Mark

HearingState = Literal["heard", "silent", "never_heard", "switched_off"]
ServiceState = Literal["running", "stopped", "ended", "never_started"]
"""`ended`: it is gone without having said so, as after a crash."""


class JournalLoad(Struct, frozen=True, kw_only=True):
    """What waits in the journal; `oldest` is when the oldest of it was received, `limit` of `used` in bytes.

    `inbox` are messages, `outgoing` items, of them `held` what the store refuses as a whole; `recompute` days
    that are to be computed again.
    """

    path: str
    inbox: int
    outgoing: int
    held: int
    oldest: datetime | None
    recompute: int
    used: int
    limit: int
    late: int
    received: int


class CurrentValue(Struct, frozen=True):
    """The newest hourly index of a place, or the class of a section's newest sample.

    `number` is the AQI or the class, 1 to 6; `at` the end of the hour or the time of the sample.
    """

    number: int
    at: datetime
    grounds: tuple[str, ...]
    target: int | None


class StationFacts(Struct, frozen=True, kw_only=True):
    """A station or section: when it was last heard, and its newest value; None: none, or an old one.

    `marks` are those in force now.
    """

    site: Site
    state: HearingState
    heard: datetime | None
    value: CurrentValue | None
    fault: ClockFault | None
    marks: tuple[Mark, ...] = ()


class AreaFacts(Struct, frozen=True):
    """A zone with the newest index of its stations' means."""

    place: Place
    value: CurrentValue


class QuarantineFacts(Struct, frozen=True):
    """What was refused for a reason in the last day and is still in the quarantine."""

    reason: str
    items: int
    newest: datetime


class ChannelFacts(Struct, frozen=True, kw_only=True):
    """A channel: when it last accepted a message, what waits; `failure` since then, "" if none."""

    id: str
    address: str
    sent: datetime | None
    waiting: int
    failed: datetime | None
    failure: str


class Status(Struct, frozen=True, kw_only=True):
    """Everything at `now`. `report` is the service's own last one, of a service that runs or ran.

    `changed_days` counts days of stations that changed after they were submitted for review. `standby` is the
    process that waits for the journal.
    """

    now: datetime
    state: ServiceState
    report: SelfReport | None
    journal: JournalLoad
    stations: tuple[StationFacts, ...]
    areas: tuple[AreaFacts, ...]
    events: tuple[EventView, ...]
    silences: int
    quarantine: tuple[QuarantineFacts, ...]
    channels: tuple[ChannelFacts, ...]
    changed_days: int = 0
    standby: Holder | None = None

    @property
    def uptime(self) -> timedelta | None:
        """How long the service has run; None while none does."""
        if self.state != "running" or self.report is None:
            return None
        return max(self.now - self.report.started, timedelta())
