"""`liangqu run`: the parts as threads, and the process that writes InfluxDB, started and stopped in order."""

import gc
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from alerts.acknowledge import acknowledgement
from ingest import pipeline
from ingest.internal_errors import REASON
from ingest.journal.corruption import is_damage, mark_suspect
from ingest.journal.sessions import Sessions
from ingest.mqtt.delivery_queue import DeliveryQueue
from ingest.mqtt.receiver import InboxWriter
from ingest.mqtt.session import Session
from ingest.pipeline import Pipeline
from ingest.recompute.job import RecomputeJob
from ingest.recompute.model import RecomputeResult
from ingest.stores import sender
from ingest.stores.sender import StoreSender
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_own_journal, open_store, open_writer
from liangqu.config.settings import Settings
from liangqu.service import http
from liangqu.service.alert_workers import AlertWorkers
from liangqu.service.clock import ClockFollower, Steps, wall
from liangqu.service.condition import Condition
from liangqu.service.self_monitoring import SelfMonitoring
from liangqu.service.unreadable_rows import UnreadableRows
from liangqu.service.worker import BatchPace, Worker
from sensors.catalogue.model import Catalogue
from sensors.section import parse_size

TOPICS = ("air", "water", "hj212", acknowledgement.LEVEL)
TICK_S = 1.0
ANSWER_WITHIN_S = 30.0  # a pipeline that is busy for longer is offered a new result later
COLLECTED_AFTER = 10_000  # new objects
PACE_S = 0.05
PATIENCE_S = 0.2  # how long the `InboxWriter` waits for a message before it checks whether to stop

log = structlog.get_logger()


def filters(settings: Settings) -> list[str]:
    """What the service subscribes."""
    return [f"{settings.mqtt.prefix}/{kind}/+" for kind in TOPICS]


class Service:
    """Everything between the broker and the store.

    Args:
        settings: Already checked.
        catalogue: Already checked.
        clock: The time of day; a demonstration has its own.

    Raises:
        JournalInUseError: another service has this journal.
        ProblemError: something is wrong with what the settings name, or the HTTP port is taken.
    """

    def __init__(
        self, settings: Settings, catalogue: Catalogue, clock: Callable[[], datetime] = wall
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._limit = parse_size(settings.journal.limit)
        self.over = threading.Event()
        self.journal = open_own_journal(settings, datetime.now(UTC))
        self._unreadable = UnreadableRows(self.journal, settings)
        self._unreadable.set_aside()
        self._calling = AlertWorkers(settings, catalogue, self.journal, clock)
        self._ticked = 0.0
        self._steps = Steps()
        self._pipeline_pace = BatchPace(PACE_S, pipeline.BATCH)
        # Whole rows of the queue; two more may not fit.
        self._drain_pace = BatchPace(PACE_S, sender.BATCH // 2)
        self._pipeline = self._make_pipeline(catalogue)
        # A demonstration's own clock is not set by anybody.
        self._follower = ClockFollower(self._steps, self._pipeline.clock_set if clock is wall else None)
        self.store = open_store(settings)
        self._writer = open_writer(settings)
        self._drain = StoreSender(
            self.journal, self.store, prefix=settings.mqtt.prefix, transport=self._writer
        )
        self._raw = open_store(settings)  # a store object belongs to one thread
        self._recompute = RecomputeJob(
            self.journal, self._raw, catalogue, self._hand_over_answer, self._pipeline.replay_alerts
        )
        self._waiting = DeliveryQueue()
        self._sessions = Sessions(self.journal, settings.mqtt.client_id)
        self._session = self._make_session(catalogue)
        self._intake = self._make_intake()
        self._operation = SelfMonitoring(self.journal, catalogue, self._limit)
        self._storing = Worker("store", self._drain_step, renew=self._renew_drain, finish=self._close_store)
        self._working = Worker("pipeline", self._pipeline_step, on_failure=self.over.set)
        self._workers = self._make_workers()
        self._damage: BaseException | None = None
        self.condition = self._make_condition()
        self._http = self._open_pages() if settings.http.listen else None

    def _make_pipeline(self, catalogue: Catalogue) -> Pipeline:
        settings = self._settings
        return Pipeline(
            self.journal,
            catalogue,
            settings.bounds(),
            prefix=settings.mqtt.prefix,
            quarantine_limit=parse_size(settings.journal.quarantine_limit),
            observer=self._calling.alerting,
            before_reload=self._unreadable.look_again,
            clock=self._clock,
        )

    def _make_intake(self) -> InboxWriter:
        window, acknowledge = self._settings.mqtt.window, self._session.acknowledge
        return InboxWriter(self.journal, self._waiting, acknowledge, window=window, limit=self._limit)

    def _make_workers(self) -> list[Worker]:
        """The threads that take readings and keep them, last in the flow first."""
        return [
            self._storing,
            self._working,
            Worker("intake", self._intake_step, on_failure=self.over.set),
            Worker("recompute", self._recompute.step, renew=self._renew_recompute, finish=self._close_raw),
            Worker("operation", self._operation_step, renew=self._note_damage),
        ]

    def _make_condition(self) -> Condition:
        return Condition(
            journal=self.journal,
            limit=self._limit,
            session=self._session,
            intake=self._intake,
            waiting=self._waiting,
            pipeline=self._pipeline,
            drain=self._drain,
            calling=self._calling,
            steps=self._steps,
            parts=self.parts,
        )

    def _open_pages(self) -> http.HttpServer:
        listen, forms = self._settings.http.listen, {"/alerts/": self._calling.episode_page}
        try:
            return http.HttpServer(listen, self.condition.pages(), forms)
        except OSError as error:  # a port that is taken now may be free soon
            raise ProblemError(f"http.listen: {listen}: {error.strerror or error}", exit_code=1) from None

    def _make_session(self, catalogue: Catalogue) -> Session:
        settings = self._settings
        return Session(
            settings.broker(),
            filters(settings),
            self._waiting.put,
            window=settings.mqtt.window,
            expiry=int(settings.session_expiry().total_seconds()),
            known=self._sessions.known(),
            most=settings.bounds().max_payload,
            clock=self._clock,
            silence=settings.watchdog(min(site.cycle for site in catalogue.sites.values())),
            resumed=self._waiting.forget,
        )

    @property
    def port(self) -> int:
        """Where health and metrics are served; 0 when they are not."""
        return self._http.port if self._http else 0

    @property
    def failed(self) -> bool:
        """Whether a part has ended on its own."""
        return any(worker.failed for worker in self.parts())

    def start(self) -> None:
        """Start the parts, last in the flow first, so that nothing arrives that nobody takes."""
        # Modules and catalogue stay: collections, which halt everything, pass them by. What comes and goes
        # holds no cycles: looked through every 700 objects as by default, it costs a tenth of all time.
        gc.freeze()
        gc.set_threshold(COLLECTED_AFTER)
        if self._writer:
            with suppress(OSError):  # its first batch says why
                self._writer.start()
        for worker in self.parts():
            worker.start()
        self._session.start()
        log.info(
            "started",
            broker=str(self._settings.broker()),
            store=self._settings.store.kind,
            journal=self._settings.journal.path,
            http=self.port,
        )

    def stop(self) -> None:
        """Stop the parts, first in the flow first; what is under way stays in the journal."""
        self._session.stop()
        for worker in self._calling.workers:
            worker.stop_soon()
        for worker in reversed(self.parts()):
            worker.stop()
        with suppress(sqlite3.Error):
            self._sessions.count(self._session.tally)
        self.journal.close()
        if any(isinstance(worker.failure, sqlite3.DatabaseError) for worker in self._workers):
            mark_suspect(self.journal.path)
        log.info("stopped")

    def _close_store(self) -> None:
        self._drain.flush()
        self.store.close()
        if self._writer:
            self._writer.close()

    def _close_raw(self) -> None:
        self._raw.close()

    def _hand_over_answer(self, answer: RecomputeResult) -> bool:
        self._working.wake()
        taken = self._pipeline.offer(answer, ANSWER_WITHIN_S)
        self._storing.wake()
        return taken

    def _renew_drain(self, failure: BaseException) -> None:
        self._note_damage(failure)
        if self._writer:
            self._writer.close()
        self.store.close()
        self.store = open_store(self._settings)
        self._drain.renew(self.store)

    def _renew_recompute(self, failure: BaseException) -> None:
        self._note_damage(failure)
        self._raw.close()
        self._raw = open_store(self._settings)
        self._recompute.renew(self._raw)

    def _note_damage(self, failure: BaseException) -> None:
        """A damaged journal can only be moved aside by the next start, so the pipeline ends by it."""
        if is_damage(failure):
            self._damage = failure

    def _intake_step(self) -> bool:
        taken = self._intake.step(PATIENCE_S)
        if taken:
            self._working.wake()
        return True  # it has waited for itself

    def _pipeline_step(self) -> bool:
        if self._damage is not None:
            raise self._damage
        self._pipeline_pace.wait()
        self._follower.follow()
        self._sessions.count(self._session.tally)
        done = self._pipeline.step()
        self._pipeline_pace.record(done)
        if time.monotonic() - self._ticked >= TICK_S:
            self._ticked = time.monotonic()
            connection = self.journal.connection()
            troubles = self.condition.troubles() | {REASON: self._pipeline.internal_errors.warning}
            since = self._follower.corrected(self._session.connected_since())
            self._pipeline.tick(self._calling.health(connection, troubles, since))
        if done:
            self._storing.wake()
            self._calling.wake()
        return done > 0

    def _drain_step(self) -> bool:
        self._drain_pace.wait()
        moved = self._drain.step(datetime.now(UTC))
        self._drain_pace.record(moved)
        return moved > 0

    def _operation_step(self) -> bool:
        if self._operation.step(self._clock()):
            self._storing.wake()
        return False  # the next is half a minute away

    def parts(self) -> list[Worker]:
        """All that run, each with how it is."""
        pages = [self._http.worker] if self._http else []
        return [*pages, *self._calling.workers, *self._workers]
