"""Alerting on a real journal with a clock of the test's own: fed by hand, asked what it told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from alerts.engine import AlertEngine
from alerts.episodes import register
from alerts.notify import outbox
from alerts.notify.config import NotifyConfig
from alerts.rules import definition
from alerts.rules.definition import Rule
from alerts.rules.index import RuleIndex
from ingest.journal import check_state, requests
from ingest.journal.entries import PointEntry
from ingest.journal.file import Journal
from ingest.observer import Health
from sensors.model import Checked, Point, Reading, Statistic, StatisticName, Validity
from tests.support import rule_streams

CATALOGUE = rule_streams.CATALOGUE
SHIPPED = definition.load(CATALOGUE)
START = datetime(2026, 3, 1, 2, tzinfo=UTC)


class AlertingHarness:
    """One service's alerting; `hour` is its clock, in hours after the start."""

    def __init__(
        self,
        folder: Path,
        *,
        notify: NotifyConfig | None = None,
        own: Sequence[Rule] | None = None,
        age: timedelta | None = timedelta(hours=6),
    ) -> None:
        self.folder = folder
        self.notify = notify or NotifyConfig()
        self.rules = tuple(own) if own is not None else SHIPPED
        self.age = age
        self.catalogue = CATALOGUE
        self.hour = 0.0
        self.since: datetime | None = START
        self.troubles: dict[str, float] = {}
        self.points: list[Point] = []
        self.open()

    def open(self) -> None:
        """Begin, or begin again after `close`."""
        self.journal = Journal(self.folder / "journal.db")
        self.alerting = AlertEngine(RuleIndex(self.rules, self.catalogue), self.notify, page_max_age=self.age)
        self.alerting.load(self.journal.connection())

    def restart(self) -> None:
        """As after a crash: the file alone is left."""
        self.journal.close()
        self.open()

    @property
    def now(self) -> datetime:
        return START + timedelta(hours=self.hour)

    def reading(
        self,
        site: str,
        values: dict[str, float],
        *,
        hour: float | None = None,
        validity: Validity = "valid",
        failed: tuple[str, ...] = (),
    ) -> None:
        """One message of a site, measured now or at another hour."""
        moment = self.now if hour is None else START + timedelta(hours=hour)
        checked = [
            Checked(Reading(site, parameter, "rtd", moment, value, "N", self.now), failed, validity)
            for parameter, value in values.items()
        ]
        with self.journal.transaction() as connection:
            check_state.record_last_seen(connection, {site: self.now}, self.now)
            self._keep(self.alerting.evaluate(connection, checked, (), self.now))

    def statistic(
        self, site: str, parameter: str, name: StatisticName, value: float | None, **more: Any
    ) -> None:
        """One statistic; a rolling one ends now, a period's bounds are given."""
        start = more.pop("start", self.now - timedelta(hours=24))
        end = more.pop("end", self.now)
        closed, valid = more.pop("closed", True), more.pop("valid", True)
        grounds = more.pop("grounds", ())
        made = Statistic(site, parameter, name, start, end, value, 24, 24, valid, closed, grounds)
        with self.journal.transaction() as connection:
            self._keep(self.alerting.evaluate(connection, (), (made,), self.now))

    def tick(self) -> None:
        with self.journal.transaction() as connection:
            self._keep(self.alerting.tick(connection, Health(self.since, self.troubles), self.now))

    def ask(self, what: requests.RequestKind, **body: Any) -> None:
        """As a command does, and the service that takes it."""
        with self.journal.transaction() as connection:
            requests.submit(connection, what, body, self.now)
            asked = requests.pending(connection)
            self._keep(self.alerting.carry_out(connection, asked, self.now))
            requests.complete(connection, asked)

    def _keep(self, derived: Sequence[PointEntry]) -> None:
        self.points += [each.point for each in derived]

    def events(self) -> list[str]:
        """Every event in short, as it went out over MQTT."""
        return [
            f"{e['rule']} {e['site']} {e['state']} {e['severity']} {e['reason']}"
            for e in self.told(outbox.MQTT)
        ]

    def told(self, channel: str) -> list[dict[str, Any]]:
        """The events that were put down for a channel, in order."""
        rows = self.journal.connection().execute(
            "SELECT document FROM notification WHERE channel = ? ORDER BY id", (channel,)
        )
        return [msgspec.json.decode(document) for (document,) in rows]

    def reasons(self, channel: str) -> list[str]:
        """Why a channel was told, in order."""
        return [f"{e['state']} {e['reason']}" for e in self.told(channel)]

    def register(self) -> list[register.Episode]:
        return list(register.history(self.journal.connection()))

    def flags(self) -> list[tuple[str, str, float, float]]:
        """The exceedance points: site, rule, value, limit."""
        return [
            (p.tags["site"], p.tags["rule"], float(p.fields["value"] or 0), float(p.fields["limit"] or 0))
            for p in self.points
            if p.measurement == "exceedance"
        ]


def critical_standard() -> Rule:
    """The shipped rule of the 24 h standard of PM2.5, critical whatever is shipped."""
    [rule] = [rule for rule in SHIPPED if rule.id == "pm25-24h-standard"]
    levels = tuple(msgspec.structs.replace(level, severity="critical") for level in rule.levels)
    return msgspec.structs.replace(rule, levels=levels)
