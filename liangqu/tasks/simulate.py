"""Simulated stations: published as they fall due, or their past written into the store."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from threading import Event
from typing import Protocol

from msgspec import Struct

from ingest.importing.importer import HistoricMessage
from ingest.mqtt.publisher import Publisher
from liangqu.config.settings import Settings
from liangqu.service.clock import Clock, when_due
from liangqu.tasks.import_history import write_history
from liangqu.tasks.progress import Advance, Progress, silent
from liangqu.tasks.simulated_loggers import SimulatedLoggers
from sensors.catalogue.model import Catalogue, Site
from sensors.simulated import Sent, messages

Span = tuple[datetime, datetime]


class Publication(Struct, frozen=True):
    """The outcome of simulated messages: how many were accepted, how many refused, and the last refusal.

    `doubt` says why `published` may be too high; "" when it is not.
    """

    published: int
    refused: int
    refusal: str
    doubt: str


class PublicationWatcher(Protocol):
    """Watches the progress of a publication."""

    def waits(self, waited_for: Sent) -> None:
        """Called when a message is waited for."""
        ...

    def published(self, refused: int, refusal: str) -> None:
        """Called after each message with how many were refused so far, and the last refusal's words."""
        ...


def publish_simulated(
    link: Publisher | SimulatedLoggers,
    sent: Iterable[Sent],
    clock: Clock,
    stopping: Event,
    watcher: PublicationWatcher,
) -> Publication:
    """Publish each message when the clock shows that it is due, until the last or until `stopping` is set.

    What is under way is still acknowledged then.

    Raises:
        BrokerAwayError: nobody takes the messages.
    """
    with link as publisher:
        for message in when_due(sent, clock, stopping, watcher.waits):
            publisher.publish(message.topic, message.payload)
            watcher.published(publisher.refused, publisher.refusal)
    return Publication(publisher.published, publisher.refused, publisher.refusal, publisher.doubt)


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
        past = simulated_past(settings.mqtt.prefix, catalogue, sites, span, seed, advance)
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
    """What the sites sent in a span, as history; `advance` is told how many messages were taken."""
    sent = messages(sites, catalogue, *span, seed, prefix=prefix)
    for number, message in enumerate(sent, start=1):
        yield HistoricMessage(message.topic, message.payload)
        advance(number)
