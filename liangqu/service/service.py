"""`liangqu run`: the parts as threads, and the process that writes InfluxDB, started and stopped in order.

session ─► messages ─► inbox writer ─► inbox ─► pipeline ─► outgoing ─► sender ─► store
                                                    │ ▲                              │
                                    alert workers ◄─┘ └────────── recompute ◄────────┘
"""

# ruff: noqa: PLW0108 - what a lambda calls may be another by then
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import structlog

from ingest import pipeline
from ingest.journal import outgoing
from ingest.journal.database.corruption import mark_suspect
from ingest.journal.database.failures import is_damage
from ingest.journal.file import Journal
from ingest.journal.sessions import Sessions
from ingest.mqtt.message_queue import MessageQueue
from ingest.pipeline import Pipeline
from ingest.processing.internal_errors import REASON
from ingest.recompute.job import RecomputeJob
from ingest.recompute.model import RecomputeResult
from ingest.stores import sender
from ingest.stores.base import FormerLayoutError
from ingest.stores.former_sites import with_former_sites
from liangqu import __version__
from liangqu.config.factories import JudgingParts, open_judging, open_own_journal, open_store
from liangqu.config.settings import Settings
from liangqu.config.topics import open_intake, open_session
from liangqu.service import http
from liangqu.service.alert_workers import AlertWorkers
from liangqu.service.clock import ClockSteps, wall
from liangqu.service.health import ServiceHealth
from liangqu.service.monitoring.site_warnings import unused_series
from liangqu.service.monitoring.workers import MonitoredService, monitoring_workers
from liangqu.service.parts.shard import ServedShard
from liangqu.service.parts.store_part import StorePart
from liangqu.service.parts.unreadable_rows import UnreadableRows
from liangqu.service.reloading import SettingsReload
from liangqu.service.wording import logs
from liangqu.service.worker import PacedBatches, Worker, tune_interpreter
from sensors.catalogue.model import Catalogue
from sensors.section import parse_size

TICK_S = 1.0
RESULT_PATIENCE_S = 30.0  # a pipeline that is busy for longer is offered a new result later
PACE_S, FLOOD_PACE_S = 0.05, 0.2
RECEIVE_PATIENCE_S = 0.2  # how long the inbox writer waits for a message before it checks whether to stop

log = structlog.get_logger()


class Service:
    """Everything between the broker and the store.

    Attributes:
        stopping: Set to end it; it sets this itself when a part fails without which nothing is kept.
        refused: Why it cannot work with what the settings name, found after the start; "" otherwise.

    Args:
        settings: Already checked.
        catalogue: Already checked.
        clock: The time of day; a demonstration has its own.
        read_settings: Reads them again for a reload; None: they do not change.
        beside: Parts that stand beside the flow, as the desk's process.
        journal: Already owned; None: it is opened.
        shard: Whose turn has been waited for; None: nobody has.

    Raises:
        JournalInUseError: another service has this journal.
        ProblemError: something is wrong with what the settings name, or the HTTP port is taken.
    """

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        clock: Callable[[], datetime] = wall,
        *,
        read_settings: Callable[[], Settings] | None = None,
        beside: Sequence[Worker] = (),
        journal: Journal | None = None,
        shard: ServedShard | None = None,
    ) -> None:
        self._clock, self._begun, self._started = clock, clock(), time.monotonic()
        self._limit, self._ticked = parse_size(settings.journal.limit), 0.0
        self.stopping, self.refused = threading.Event(), ""
        self.journal = journal or open_own_journal(settings, datetime.now(UTC))
        self._unreadable = UnreadableRows(self.journal, settings)
        self._unreadable.set_aside()
        self._shard = shard or ServedShard(settings, self.journal, clock)
        parts, turn = open_judging(settings, catalogue), self._shard.is_served
        self._alert_workers = AlertWorkers(parts, self.journal, clock, turn)
        self._messages = MessageQueue()
        self._sessions = Sessions(self.journal, settings.mqtt.client_id)
        known, lease = self._sessions.known(), self._shard.lease
        self._session = open_session(settings, catalogue, self._messages, clock, known=known, lease=lease)
        self._session.give_up(self._shard.former)
        self._inbox_writer, self._acknowledging = open_intake(
            settings, self.journal, self._messages, self._session
        )
        # A demonstration's own clock is never set by anybody.
        self._clock_steps = ClockSteps((lambda by: self._pipeline.shift_times(by)) if clock is wall else None)
        self._settings = settings
        self._storing = StorePart(lambda: self._settings, self.journal, self._shard)
        self._store_reader = open_store(settings)  # a store object belongs to one thread
        self.reload = SettingsReload(self.journal, read_settings, self._take, clock)
        self._build(parts)
        self._workers = [*beside, *self._make_workers()]
        self._http = self._open_pages() if settings.http.listen else None

    def _build(self, parts: JudgingParts) -> None:
        """The parts that go by catalogue, rules, people and language, all they know out of the journal."""
        self._settings, self._catalogue = parts.settings, parts.catalogue
        self._pipeline = self._make_pipeline()
        reader = with_former_sites(self._store_reader, parts.catalogue)
        hand_over = partial(self._hand_over_result, self._pipeline)
        self._recompute = RecomputeJob(
            self.journal, reader, parts.catalogue, hand_over, self._alert_workers.engine.replays
        )
        self._unused = partial(unused_series, self.journal, parts.catalogue, parts.rules.is_judged)
        self.health = self._make_health()

    def _take(self, parts: JudgingParts) -> None:
        """Go on by other settings, between two batches: broker and inbox, sender and store notice nothing."""
        self._pipeline.retire()
        self._alert_workers.renew(parts)
        self._build(parts)
        self._session.set_silence(parts.settings.watchdog(parts.catalogue.fastest_cycle))
        logs.speak(parts.settings.language)

    def _make_pipeline(self) -> Pipeline:
        settings = self._settings
        return Pipeline(
            self.journal,
            self._catalogue,
            settings.bounds(),
            prefix=settings.mqtt.served[0],
            other_prefixes=settings.mqtt.served[1:],
            quarantine_limit=parse_size(settings.journal.quarantine_limit),
            observer=self._alert_workers.engine,
            before_reload=self._unreadable.look_again,
            clock=self._clock,
        )

    def _make_workers(self) -> list[Worker]:
        """The threads that take readings and keep them, last in the flow first; each wakes the next."""
        # A batch of the sender is whole rows of the queue; two more may not fit.
        # Where the broker waits until all is stored, a longer pause would bring no larger batch.
        in_flood = PACE_S if self._acknowledging else FLOOD_PACE_S
        send = PacedBatches(self._send, PACE_S, sender.BATCH // 2, in_flood)
        process = PacedBatches(self._process, PACE_S, pipeline.BATCH, in_flood)
        left = lambda: outgoing.count(self.journal.connection())  # noqa: E731 - a line
        later = [Worker("acknowledgement", step) for step in self._acknowledging]
        renew, finish = self._storing.renew, lambda: self._storing.close(self._clock())
        store = Worker("store", send, wakes=later, renew=renew, finish=finish, waiting=left)
        turn = self._shard.is_served
        of = lambda: MonitoredService(  # noqa: E731 - a line
            self._settings, self.journal, self._clock, self._alert_workers.reader, self._unused, turn
        )
        self._pipeline_worker = Worker(
            "pipeline",
            process,
            wakes=[store, *later, *self._alert_workers.workers],
            on_failure=self.stopping.set,
        )
        return [
            *later,
            *monitoring_workers(of, lambda: self.health, store),
            store,
            self._pipeline_worker,
            Worker(
                "intake",
                partial(self._inbox_writer.step, RECEIVE_PATIENCE_S),
                wakes=[self._pipeline_worker],
                idle=0.0,  # it has waited for a message
                on_failure=self.stopping.set,
            ),
            Worker(
                "recompute",
                self._shard.while_served(lambda: self._recompute.step()),
                wakes=[store],
                renew=self._renew_recompute,
                finish=lambda: self._store_reader.close(),
            ),
        ]

    def _make_health(self) -> ServiceHealth:
        return ServiceHealth(
            journal=self.journal,
            limit=self._limit,
            session=self._session,
            messages=self._messages,
            inbox_writer=self._inbox_writer,
            pipeline=self._pipeline,
            sender=self._storing.sender,
            alert_workers=self._alert_workers,
            clock_steps=self._clock_steps,
            parts=self.parts,
            reload=self.reload,
            unused=self._unused,
            port=lambda: self.port,
            started=self._begun,
            clock=self._clock,
            catalogue=self._catalogue,
            settings=self._settings,
        )

    def _open_pages(self) -> http.HttpServer:
        pages = {path: lambda path=path: self.health.pages()[path]() for path in self.health.pages()}
        forms = {"/alerts/": lambda *asked: self._alert_workers.pages.answer(*asked)}
        return http.open_server(self._settings.http.listen, pages, forms)

    @property
    def port(self) -> int:
        """Where health and metrics are served; 0 when they are not."""
        return self._http.port if self._http else 0

    @property
    def failed(self) -> bool:
        """Whether a part has ended on its own."""
        return any(worker.failed for worker in self.parts())

    def parts(self) -> list[Worker]:
        """All threads, last in the flow first."""
        pages = [self._http.worker] if self._http else []
        return [*pages, *self._alert_workers.workers, *self._workers]

    def start(self) -> None:
        """Start the parts, last in the flow first, so that nothing arrives that nobody takes."""
        tune_interpreter()
        self._storing.start()
        for worker in self.parts():
            worker.start()
        self._shard.start()
        self._session.start()
        settings = self._settings
        where = {"broker": str(settings.broker()), "store": settings.store.kind, "http": self.port}
        log.info("started", version=__version__, journal=settings.journal.path, **where)

    def stop(self) -> None:
        """Stop the parts, first in the flow first; what is under way stays in the journal."""
        self._session.stop()
        for worker in self._alert_workers.workers:
            worker.stop_soon()
        for worker in reversed(self.parts()):
            worker.stop()
        with suppress(sqlite3.Error):
            self._sessions.count(self._session.counts)
        self._shard.stop()
        self.journal.close()
        if any(w.failed and isinstance(w.failure, sqlite3.DatabaseError) for w in self._workers):
            mark_suspect(self.journal.path)
        log.info("stopped", seconds=round(time.monotonic() - self._started))

    def _process(self) -> int:
        """A step of the pipeline's thread; returns how many messages."""
        for worker in self._workers:
            # A damaged journal can only be moved aside by the next start, so the pipeline ends by it.
            if worker.failure and is_damage(worker.failure):
                raise worker.failure
        self.journal.check_owner()
        self.reload.step(self._settings)
        self._clock_steps.follow()
        self._sessions.count(self._session.counts)
        if not self._shard.is_served():
            return 0
        processed = self._pipeline.step()
        if time.monotonic() - self._ticked >= TICK_S:
            self._ticked = time.monotonic()
            troubles = self.health.troubles() | {REASON: self._pipeline.internal_errors.warning}
            since = self._clock_steps.adjusted(self._session.connected_since())
            self._pipeline.tick(self._alert_workers.health(self.journal.connection(), troubles, since))
        return processed

    def _send(self) -> int:
        try:
            return self._storing.step()
        except FormerLayoutError as error:
            self.refused = str(error)
            self.stopping.set()
            raise

    def _hand_over_result(self, pipeline: Pipeline, result: RecomputeResult) -> bool:
        self._pipeline_worker.wake()
        return pipeline.offer(result, RESULT_PATIENCE_S)

    def _renew_recompute(self) -> None:
        self._store_reader.close()
        self._store_reader = open_store(self._settings)
        self._recompute.renew(with_former_sites(self._store_reader, self._catalogue))
