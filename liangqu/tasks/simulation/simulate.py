"""Simulated stations: published as they fall due, or their past written into the store."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from threading import Event

from ingest.importing.importer import HistoricMessage
from ingest.mqtt.publisher import Publisher
from liangqu.config.settings import Settings
from liangqu.service.clock import Clock, when_due
from liangqu.tasks.importing.history import write_history
from liangqu.tasks.progress import Advance, Progress, silent
from liangqu.tasks.simulation.simulated_loggers import SimulatedLoggers
from sensors.catalogue.model import Catalogue, Site
from sensors.simulated import Sent, messages

Span = tuple[datetime, datetime]


def publish_simulated(
    link: Publisher | SimulatedLoggers,
    sent: Iterable[Sent],
    clock: Clock,
    stopping: Event,
    before_wait: Callable[[Sent], None] = lambda _next: None,
    after_each: Callable[[], None] = lambda: None,
) -> None:
    """Publish each message when the clock shows that it is due, until the last or until `stopping` is set.

    What is under way is still acknowledged then; `link` says what became of the messages.

    Args:
        link: Not yet open.
        sent: In the order of time.
        clock: Real or scaled.
        stopping: Set by another thread.
        before_wait: Called with the message that is waited for, if it is not due yet.
        after_each: Called after each message.

    Raises:
        BrokerAwayError: nobody takes the messages.
    """
    with link as publisher:
        for message in when_due(sent, clock, stopping, before_wait):
            publisher.publish(message.topic, message.payload)
            after_each()


def write_simulated_past(
    settings: Settings,
    catalogue: Catalogue,
    sites: Sequence[Site],
    span: Span,
    seed: int,
    progress: Progress = silent,
) -> Counter[str]:
    """Write what the sites sent in a span into the store; how many items had which outcome.

    Raises:
        ProblemError: as `write_history`.
    """
    with progress("messages", expected_messages(sites, span)) as advance:
        past = simulated_past(settings.mqtt.served[0], catalogue, sites, span, seed, advance)
        return write_history(settings, catalogue, past, "simulate", "keep")


def expected_messages(sites: Iterable[Site], span: Span) -> int:
    """About how many messages the sites send in a span."""
    start, end = span
    return sum((end - start) // site.cycle for site in sites)


def simulated_past(
    prefix: str,
    catalogue: Catalogue,
    sites: Sequence[Site],
    span: Span,
    seed: int,
    advance: Advance,
) -> Iterator[HistoricMessage]:
    """What the sites sent in a span, as history; `advance` gets the number of messages taken."""
    sent = messages(sites, catalogue, *span, seed, prefix=prefix)
    for number, message in enumerate(sent, start=1):
        yield HistoricMessage(message.topic, message.payload)
        advance(number)
