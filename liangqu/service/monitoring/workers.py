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
    """Settings, journal and clock of the service that is watched."""

    settings: Settings
    journal: Journal
    clock: Callable[[], datetime]


def monitoring_workers(
    service: MonitoredService,
    reader: EventReader,
    unused: Callable[[], Sequence[Unused]],
    health: Callable[[], ServiceHealth],
    store: Worker,
) -> list[Worker]:
    """`log` and `operation`, not yet started.

    Args:
        service: Which.
        reader: Of events.
        unused: What is stored and feeds nothing.
        health: Of the service, once its parts are there.
        store: To be woken by points.
    """
    settings, journal, clock = service
    limit, limits = parse_size(settings.journal.limit), settings.clock_limits()
    points = SelfMonitoring(journal, reader.catalogue, limit, limits, unused)
    news = JournalNews(journal, reader, settings.language, clock)
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
        return points.step(now)

    return [
        Worker("log", news.step, idle=NEWS_S, finish=news.step),
        Worker("operation", step, wakes=[store], finish=lambda: reporter.finish(clock())),
    ]
