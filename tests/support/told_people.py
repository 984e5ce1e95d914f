"""What people are told while measurements pass through pipeline, alerts and delivery, by a quick clock."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from alerts.notify import config
from alerts.notify.channels import Channel, ChannelMessage
from alerts.notify.config import NotifyConfig
from alerts.notify.sending.delivery import ChannelDelivery
from alerts.rules import definition
from alerts.rules.definition import RANK
from ingest.journal import inbox, requests
from ingest.journal.inbox import InboxMessage
from ingest.journal.requests import RequestKind
from ingest.observer import Health
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.model import Severity
from sensors.simulated import Sent
from tests.support.paths import ROOT
from tests.support.pipeline_harness import PipelineHarness

_SOON = timedelta(minutes=1)
_TEN_MINUTES = timedelta(minutes=10)
_NIGHT = 22, 7


class Arrival(NamedTuple):
    """A site's message, when it arrives."""

    now: datetime
    site: str
    time: datetime
    values: Mapping[str, float]


class Told(NamedTuple):
    """One message that a channel was given: how severe, of which events, and why."""

    at: datetime
    channel: str
    severity: Severity
    events: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def day(self) -> date:
        """The day in Shanghai."""
        return self.at.astimezone(SHANGHAI).date()

    @property
    def is_at_night(self) -> bool:
        """Whether it came between 22:00 and 07:00."""
        hour = self.at.astimezone(SHANGHAI).hour
        return hour >= _NIGHT[0] or hour < _NIGHT[1]


class _Noted(Channel):
    def __init__(self, name: str, service: "ServiceOfHours") -> None:
        self._name = name
        self._service = service

    def send(self, message: ChannelMessage) -> None:
        documents = [each.event for each in message.notifications]
        self._service.told.append(
            Told(
                self._service.now,
                self._name,
                max((each.severity for each in documents), key=RANK.__getitem__),
                tuple(each.event for each in documents),
                tuple(str(each.told or each.state) for each in documents),
            )
        )


def shipped_notify(tmp: Path) -> NotifyConfig:
    """`deploy/notify.toml`."""
    file = tmp / "notify.toml"
    file.write_bytes((ROOT / "deploy" / "notify.toml").read_bytes())
    file.chmod(0o600)
    return config.load(file)


class ServiceOfHours:
    """Pipeline, alerts and delivery of one service.

    Args:
        folder: Where its files are.
        catalogue: With the stations.
        start: When it begins.
        tick: How often its clock steps while nothing arrives.
        takers: Who acknowledges at once whatever a channel is told, by channel; of the others nobody does.
    """

    def __init__(
        self,
        folder: Path,
        catalogue: Catalogue,
        start: datetime,
        tick: timedelta = timedelta(minutes=5),
        takers: Mapping[str, str] | None = None,
    ) -> None:
        self.notify = notify = shipped_notify(folder)
        self._every = tick
        self._takers = takers or {}
        self._answered = 0
        self.told: list[Told] = []
        rules = definition.load(catalogue)
        self.harness = PipelineHarness(folder, catalogue, rules, notify=notify, age=timedelta(hours=6))
        self.harness.now = self.start = start
        self._deliveries = self._open_deliveries()

    def _open_deliveries(self) -> list[ChannelDelivery]:
        return [
            ChannelDelivery(
                self.harness.journal, name, _Noted(name, self), self.notify, link=lambda *_: "", language="zh"
            )
            for name in self.notify.channels
        ]

    @property
    def now(self) -> datetime:
        """The clock."""
        return self.harness.now

    def live(self, arrivals: Iterable[Arrival], until: datetime) -> None:
        """Take what arrives, and let the clock go on until then."""
        for now, batch in _batches(arrivals):
            self._go_on(now)
            self.harness.now = now
            for one in batch:
                self.harness.send(one.site, one.time, one.values)
            self.harness.work()
            self._step(now)
            self._step(now + _SOON)
        self._go_on(until)

    def receive(self, sent: Iterable[Sent]) -> None:
        """Take messages as they arrive, each within the minute after it is due."""
        for due, batch in groupby(sent, key=lambda one: one.due.replace(second=0, microsecond=0)):
            now = due + _SOON
            self._go_on(now)
            self.harness.now = now
            self._add([InboxMessage(one.topic, one.payload, now) for one in batch])
            self._step(now)

    def wait(self, until: datetime) -> None:
        """Let the clock go on until then while nothing arrives."""
        self._go_on(until)
        self._step(until)

    def acknowledge(self, event: str, by: str) -> None:
        """Acknowledge an event as a display does, by a message."""
        payload = json.dumps({"action": "ack", "by": by}).encode()
        self._add([InboxMessage(f"liangqu/handling/{event}", payload, self.now)])

    def command(self, what: RequestKind, body: dict[str, Any]) -> None:
        """Have a command carried out, as the command line does."""
        with self.harness.journal.transaction() as connection:
            requests.submit(connection, what, body, self.now)
        self.harness.work()

    def restart(self) -> None:
        """Stop and start, with recompute done and all written to the store."""
        self.harness.settle()
        self.harness.restart()
        self._deliveries = self._open_deliveries()

    def _add(self, messages: Sequence[InboxMessage]) -> None:
        with self.harness.journal.transaction() as connection:
            inbox.add(connection, messages)
        self.harness.work()

    def _answer(self) -> None:
        """Whoever was told something since the last answer acknowledges it, if they are a taker."""
        told, self._answered = self.told[self._answered :], len(self.told)
        for one in told:
            if by := self._takers.get(one.channel):
                for event in one.events:
                    self.acknowledge(event, by)

    def _go_on(self, until: datetime) -> None:
        while self.now + self._every < until:
            self._step(self.now + self._every)

    def _step(self, now: datetime) -> None:
        self.harness.now = now
        self.harness.pipeline.tick(Health(self.start, {}))
        for delivery in self._deliveries:
            delivery.step(now)
        self._answer()


def _batches(arrivals: Iterable[Arrival]) -> Iterator[tuple[datetime, list[Arrival]]]:
    batch: list[Arrival] = []
    for one in arrivals:
        if batch and one.now != batch[0].now:
            yield batch[0].now, batch
            batch = []
        batch.append(one)
    if batch:
        yield batch[0].now, batch


class Load(NamedTuple):
    """What one person was told."""

    messages: int
    a_day: float
    most_a_day: int
    most_in_ten_minutes: int
    mild_at_night: int


def load_of(told: Sequence[Told], days: int) -> Load:
    """The load of one channel's messages over so many days."""
    times = [one.at for one in told]
    most = max((sum(at <= other < at + _TEN_MINUTES for other in times) for at in times), default=0)
    by_day = Counter(one.day for one in told)
    mild = sum(one.is_at_night and one.severity != "critical" for one in told)
    return Load(len(told), len(told) / days, max(by_day.values(), default=0), most, mild)
