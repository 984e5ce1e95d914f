"""The parts that only say something of the others: points and reports of the service itself, its log."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

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
_Part = TypeVar("_Part")


class MonitoredService(NamedTuple):
    """What is watched of a service now.

    Attributes:
        settings: In force.
        journal: Its own.
        clock: The time of day.
        reader: Of events; another one after a reload.
        unused: What is stored and feeds nothing.
    """

    settings: Settings
    journal: Journal
    clock: Callable[[], datetime]
    reader: EventReader
    unused: Callable[[], Sequence[Unused]]


class _Renewed(Generic[_Part]):
    """A part of one thread, built anew once the service goes by other settings."""

    def __init__(
        self, service: Callable[[], MonitoredService], build: Callable[[MonitoredService], _Part]
    ) -> None:
        self._service = service
        self._build = build
        self._of = service()
        self._part = build(self._of)

    def __call__(self) -> _Part:
        now = self._service()
        if now.reader is not self._of.reader:
            self._of, self._part = now, self._build(now)
        return self._part


def _points(of: MonitoredService) -> SelfMonitoring:
    limit, limits = parse_size(of.settings.journal.limit), of.settings.clock_limits()
    return SelfMonitoring(of.journal, of.reader.catalogue, limit, limits, of.unused)


class _LiveNews:
    """The news of one thread, told by the settings in force; what was told stays told."""

    def __init__(self, service: Callable[[], MonitoredService]) -> None:
        of = service()
        self._service = service
        self._reader = of.reader
        self._news = JournalNews(of.journal, of.reader, of.settings.language, of.clock)

    def step(self) -> int:
        """Write what is new."""
        of = self._service()
        if of.reader is not self._reader:
            self._reader = of.reader
            self._news.go_by(of.reader, of.settings.language)
        return self._news.step()


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
    points, news = _Renewed(service, _points), _LiveNews(service)
    settings, journal, clock, *_ = service()
    first = SelfReport(
        version=__version__,
        started=clock(),
        said=clock(),
        broker=str(settings.broker()),
        store=settings.store_section().location,
        simulated=clock is not wall,
    )
    reporter = SelfReporter(
        journal, first, lambda: health().troubles(), lambda report: health().complete(report)
    )

    def step() -> bool:
        now = clock()
        reporter.step(now)
        return points().step(now)

    return [
        Worker("log", news.step, idle=NEWS_S, finish=news.step),
        Worker("operation", step, wakes=[store], finish=lambda: reporter.finish(clock())),
    ]
