"""The parts that only say something of the others: points and reports of the service itself, its log."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from alerts.texts.event_reader import EventReader
from ingest.journal.file import Journal
from ingest.sites.unused import Unused
from liangqu import __version__
from liangqu.config.settings import Settings
from liangqu.service.clock import wall
from liangqu.service.health import ServiceHealth
from liangqu.service.monitoring.self_report import SelfReport, SelfReporter
from liangqu.service.self_monitoring import SelfMonitoring
from liangqu.service.wording.news import JournalNews
from liangqu.service.worker import Worker
from sensors.section import parse_size

NEWS_S = 1.0


class MonitoredService(NamedTuple):
    """What is watched of a service now.

    Attributes:
        settings: In force.
        journal: Its own.
        clock: The time of day.
        reader: Of events; another one after a reload.
        unused: What is stored and feeds nothing.
        is_turn: Whether it is to write to the store.
    """

    settings: Settings
    journal: Journal
    clock: Callable[[], datetime]
    reader: EventReader
    unused: Callable[[], Sequence[Unused]]
    is_turn: Callable[[], bool]


class _Follower:
    """Tells a part of one thread when other settings are in force; it goes on with what it has said."""

    def __init__(
        self, service: Callable[[], MonitoredService], go_by: Callable[[MonitoredService], None]
    ) -> None:
        self._service = service
        self._go_by = go_by
        self._reader = service().reader

    def follow(self) -> None:
        """Go by those in force."""
        of = self._service()
        if of.reader is not self._reader:
            self._reader = of.reader
            self._go_by(of)


def _points(service: Callable[[], MonitoredService]) -> Callable[[datetime], bool]:
    of = service()
    limit, limits = parse_size(of.settings.journal.limit), of.settings.clock_limits()
    points = SelfMonitoring(of.journal, of.reader.catalogue, limit, limits, of.unused)
    follower = _Follower(
        service, lambda of: points.go_by(of.reader.catalogue, of.settings.clock_limits(), of.unused)
    )

    def step(now: datetime) -> bool:
        follower.follow()
        return points.step(now)

    return step


def _news(service: Callable[[], MonitoredService]) -> Callable[[], int]:
    of = service()
    news = JournalNews(of.journal, of.reader, of.settings.language, of.clock)
    follower = _Follower(service, lambda of: news.go_by(of.reader, of.settings.language))

    def step() -> int:
        follower.follow()
        return news.step()

    return step


def monitoring_workers(
    service: Callable[[], MonitoredService],
    health: Callable[[], ServiceHealth],
    store: Worker,
) -> list[Worker]:
    """`log` and `operation`, not yet started.

    Args:
        service: Which, as it is now.
        health: Of the service, once its parts are there.
        store: To be woken by points.
    """
    points, news = _points(service), _news(service)
    settings, journal, clock, *_ = service()
    first = SelfReport(
        version=__version__,
        started=clock(),
        said=clock(),
        broker=str(settings.broker()),
        store=settings.store_section().location,
        simulated=clock is not wall,
        shard=settings.shard.name,
    )
    reporter = SelfReporter(
        journal, first, lambda: health().troubles(), lambda report: health().complete(report)
    )

    def step() -> bool:
        now = clock()
        reporter.step(now)
        return service().is_turn() and points(now)

    return [
        Worker("log", news, idle=NEWS_S, finish=news),
        Worker("operation", step, wakes=[store], finish=lambda: reporter.finish(clock())),
    ]
