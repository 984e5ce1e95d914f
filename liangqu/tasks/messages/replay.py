"""Publishes recorded CSV rows to the broker as a station would have sent them."""

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from ingest.importing.cells import BadCell, Cells
from ingest.importing.csv_messages import CellMessage, UnroutableCell, group_messages
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.mqtt.publishing.broker_drops import BrokerDrops
from liangqu.tasks.progress import Progress, silent
from sensors.catalogue.model import Catalogue
from sensors.model import Medium

MOST_REASONS = 20
LONGEST_SLEEP_S = 1e8  # three years; the system's clock takes no number of seconds


class Replayed(Struct):
    """The outcome of a replay.

    `published` and `refused` count messages by the broker's answer; `unheard` those of the published that had
    no subscriber (MQTT 5); `dropped` those that the broker has thrown away meanwhile, for whomever, None: it
    does not say. `cells` are those in all messages, `unsent` those in none, `bad` those of both that are no
    readings, and `old` those that a service would refuse for their age.
    """

    published: int = 0
    refused: int = 0
    unheard: int = 0
    dropped: int | None = None
    cells: int = 0
    bad: int = 0
    old: int = 0
    unsent: int = 0


def replay(
    files: Mapping[str, Cells],
    broker: Broker,
    catalogue: Catalogue,
    *,
    prefix: str = "liangqu",
    medium: Medium | None = None,
    speed: float | None = None,
    rate: float | None = None,
    oldest: datetime | None = None,
    progress: Progress = silent,
    say: Callable[[str], None] = lambda _line: None,
) -> Replayed:
    """Publish every cell of `files`, one after the other, in their order.

    Returns when all is acknowledged and the broker has said what it dropped: mosquitto does every 10 s.

    Args:
        files: From `csv_rows.rows`, by name. Consecutive cells of one site, time and kind become one message.
        broker: Where to.
        catalogue: Says which sites measure air and which water.
        prefix: First level of the topics.
        medium: For sites that the catalogue does not know; None leaves their rows unsent.
        speed: Event seconds a second; None sends as fast as the broker acknowledges.
        rate: Most messages a second.
        oldest: Cells before it are counted as `old`; they are sent like the others.
        progress: Shows the number of messages acknowledged.
        say: Called with a line for each of the first 20 reasons why cells are not sent.

    Raises:
        BrokerAwayError: The broker cannot be reached, or acknowledges nothing for a minute.
        ValueError: A file is damaged.
    """
    media = {site.id: site.medium for site in catalogue.sites.values()}
    named = ((file, one) for file, cells in files.items() for one in group_messages(cells, media, medium))
    drops = BrokerDrops()
    with (
        progress("messages") as advance,
        Publisher(broker, name="replay", rate=rate, progress=advance, drops=drops) as publisher,
    ):
        done = _publish(publisher, named, prefix, _Pace(speed), oldest, say)
        publisher.flush()
        done.dropped = drops.count() if publisher.published else 0
    done.published, done.refused, done.unheard = publisher.published, publisher.refused, publisher.unheard
    if done.refused:
        say(f"messages that the broker refused: {done.refused}; {publisher.refusal}")
    if publisher.doubt:
        say(publisher.doubt)
    return done


def _publish(
    publisher: Publisher,
    named: Iterable[tuple[str, CellMessage | UnroutableCell]],
    prefix: str,
    pace: "_Pace",
    oldest: datetime | None,
    say: Callable[[str], None],
) -> Replayed:
    """Publish what can be; count the cells, and say why some are not sent, each reason once."""
    done, reasons = Replayed(), set[str]()
    for file, message in named:
        if isinstance(message, UnroutableCell):
            done.unsent += 1
            done.bad += isinstance(message.cell, BadCell)
            if message.detail not in reasons and len(reasons) < MOST_REASONS:
                reasons.add(message.detail)
                say(f"{file}, line {message.cell.line}: not sent: {message.detail}")
            continue
        pace.wait_for(message.time)
        publisher.publish(message.topic(prefix), message.payload())
        done.cells += len(message.values)
        done.bad += len(message.bad)
        if oldest is not None and isinstance(message.time, datetime) and message.time < oldest:
            done.old += len(message.values)
    return done


class _Pace:
    """Holds messages back until their event time, counted from the first one's, has come."""

    def __init__(self, speed: float | None) -> None:
        self._speed = speed
        self._first: datetime | None = None
        self._begun = time.monotonic()

    def wait_for(self, event: datetime | str) -> None:
        """Sleep until it is due; a time that is none, or lies behind, is due at once."""
        if self._speed is None or isinstance(event, str):
            return
        if self._first is None:
            self._first, self._begun = event, time.monotonic()
        due = self._begun + (event - self._first).total_seconds() / self._speed
        time.sleep(min(max(0.0, due - time.monotonic()), LONGEST_SLEEP_S))
