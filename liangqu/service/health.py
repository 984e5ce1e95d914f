"""The health of a running service: /readyz with its troubles and warnings, /metrics."""

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from ingest.journal.database.corruption import list_set_aside
from ingest.journal.file import Journal
from ingest.mqtt.inbox_writer import InboxWriter
from ingest.mqtt.message_queue import MessageQueue
from ingest.mqtt.session import Session
from ingest.pipeline import Pipeline
from ingest.sites.unused import Unused
from ingest.stores.sender import StoreSender
from liangqu.config.settings import Settings
from liangqu.service import answers, http
from liangqu.service.alert_workers import AlertWorkers
from liangqu.service.clock import ClockSteps
from liangqu.service.metrics import journal_metrics, part_metrics, unused_metrics
from liangqu.service.monitoring.self_report import SelfReport
from liangqu.service.monitoring.site_warnings import site_warnings
from liangqu.service.monitoring.state_metrics import process_metrics, state_metrics
from liangqu.service.reloading import SettingsReload
from liangqu.service.wording import logs
from liangqu.service.worker import Worker
from sensors.catalogue.model import Catalogue

NEARLY_FULL = 0.8


class ServiceHealth(Struct, frozen=True, kw_only=True):
    """Read from the parts of one service, by any thread; `limit` is of the journal, in bytes."""

    journal: Journal
    limit: int
    session: Session
    messages: MessageQueue
    inbox_writer: InboxWriter
    pipeline: Pipeline
    sender: StoreSender
    alert_workers: AlertWorkers
    clock_steps: ClockSteps
    parts: Callable[[], Sequence[Worker]]
    unused: Callable[[], Sequence[Unused]]
    port: Callable[[], int]
    reload: SettingsReload
    started: datetime
    clock: Callable[[], datetime]
    catalogue: Catalogue
    settings: Settings

    def pages(self) -> dict[str, http.Page]:
        """The answer of each path."""
        pages = {
            "/readyz": lambda: answers.readiness(self.troubles(), self.warnings()),
            "/healthz": answers.health,
            "/metrics": self._metrics,
        }
        return {"/": lambda: answers.index(pages), **pages}

    def troubles(self) -> dict[str, str]:
        """What keeps each part from its work; "" if nothing does."""
        trouble = {part.name: part.trouble for part in self.parts()}
        local = next(
            filter(None, map(trouble.get, ("pipeline", "intake", "operation", "acknowledgement"))), ""
        )
        return {
            "broker": self.session.trouble(),
            "network_thread": self.session.network_trouble(),
            "store": trouble["store"] or self.sender.trouble,
            "journal": local or self.inbox_writer.full,
            "parts": "; ".join(part.failing for part in self.parts() if part.failing),
            "alerts": self.pipeline.internal_errors.tick_failure,
        }

    def warnings(self) -> list[str]:
        """What needs attention though it keeps nothing from its work yet."""
        found = [*self.session.warnings(), *self.alert_workers.warnings()]
        if self.reload.warning:
            found.append(self.reload.warning)
        if self.clock_steps.warning:
            found.append(self.clock_steps.warning)
        if self.inbox_writer.filled >= NEARLY_FULL:
            found.append(
                f"the journal is {self.inbox_writer.filled:.0%} full; at 100% nothing more is acknowledged"
            )
        if self.sender.warning:
            found.append(self.sender.warning)
        if lost := self.messages.lost:
            found.append(
                f"{lost} messages were lost: sent at QoS 0, nothing held them back while there was no room"
            )
        dropped, why = logs.dropped()
        if dropped:
            found.append(f"{dropped} lines of the log could not be written: {why}")
        if internal := self.pipeline.internal_errors.warning:
            found.append(internal)
        about = self.journal, self.catalogue, self.settings.clock_limits(), self.clock
        found += site_warnings(*about, self.unused)
        if self.pipeline.warning:
            found.append(self.pipeline.warning)
        if damaged := list_set_aside(self.journal.path):
            found.append(f"{len(damaged)} damaged journals were moved aside: {', '.join(damaged)}")
        return found

    def complete(self, report: SelfReport) -> SelfReport:
        """A report with what is so now besides troubles."""
        return replace(
            report,
            connected=self.clock_steps.adjusted(self.session.connected_since()),
            http=self.port(),
            warnings=tuple(self.warnings()),
            restarts={part.name: part.restarts for part in self.parts() if part.restarts},
        )

    def _metrics(self) -> http.Answer:
        try:
            families = [*journal_metrics(self.journal, self.limit), *part_metrics(self.parts())]
            families += unused_metrics(self.unused())
            families += process_metrics(
                self.started, self.troubles(), dict(self.pipeline.readings), self.settings.shard.name
            )
            families += state_metrics(
                self.journal, self.catalogue, self.settings.clock_limits(), self.clock()
            )
        except sqlite3.Error as error:
            return 503, http.TEXT, f"journal: {error}\n".encode()
        return answers.metrics(families)
