"""What giving items of the quarantine back would bring now: each message is decoded as the service would."""

import sqlite3
from collections import Counter
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from ingest.journal import quarantine
from ingest.journal.inbox import MOST_BYTES, InboxMessage
from ingest.journal.quarantine import QuarantineFilter
from ingest.processing.message_decoder import DecodedMessage, MessageDecoder
from liangqu.config.factories import open_alerting, open_notify
from liangqu.config.settings import Settings
from sensors.catalogue.model import Catalogue


class ReplayForecast(Struct, frozen=True):
    """What would come of the selected items.

    Attributes:
        items: How many were tried.
        readings: Would be accepted; one that is stored already changes nothing.
        refused: Items that would be refused again, by reason.
        details: What would be said of the first of each reason.
        requests: Acknowledgements that would be carried out.
        missing: Values that mean that nothing was measured.
        cut: Items that cannot be given back: only the head of their payload was kept.
        untried: Items that would be given back but were not tried: too many, or in pieces.
    """

    items: int = 0
    readings: int = 0
    refused: Mapping[str, int] = {}
    details: Mapping[str, str] = {}
    requests: int = 0
    missing: int = 0
    cut: int = 0
    untried: int = 0


def forecast_replay(
    connection: sqlite3.Connection,
    which: QuarantineFilter,
    settings: Settings,
    catalogue: Catalogue,
    *,
    topic: str | None = None,
    most: int | None = None,
) -> ReplayForecast:
    """Decode what would be given back, and change nothing.

    The catalogue is that of the files: a running service reads them before it takes items back.

    Args:
        connection: To the journal.
        which: As for `quarantine.replay`.
        settings: Bounds and prefix, and who takes acknowledgements.
        catalogue: Sites and parameters.
        topic: As for `quarantine.replay`.
        most: Messages that are tried; None for all.

    Raises:
        ProblemError: rules or people cannot be read.
    """
    engine = open_alerting(settings, catalogue, open_notify(settings))
    decoder = MessageDecoder(catalogue, settings.bounds(), settings.mqtt.served, engine)
    rows = quarantine.whole_rows(connection, which)
    found = _Count()
    for message, items in quarantine.to_messages(connection, rows, "keep"):
        if most is not None and found.messages >= most:
            break
        if not _is_in_pieces(message):
            sent = message if topic is None else replace(message, topic=topic)
            found.add(items, decoder.decode(sent))
    return found.to_forecast(len(rows), quarantine.count_cut(connection, which))


class _Count:
    def __init__(self) -> None:
        self.messages = self.items = self.readings = self.requests = self.missing = 0
        self.refused = Counter[str]()
        self.details: dict[str, str] = {}

    def add(self, items: int, one: DecodedMessage) -> None:
        self.messages += 1
        self.items += items
        self.readings += len(one.decoded.readings)
        self.missing += len(one.decoded.missing)
        self.requests += one.request is not None
        for each in one.decoded.refused:
            self.refused[each.reason] += 1
            self.details.setdefault(each.reason, each.detail)

    def to_forecast(self, whole: int, cut: int) -> ReplayForecast:
        return ReplayForecast(
            items=self.items,
            readings=self.readings,
            refused=dict(self.refused.most_common()),
            details=self.details,
            requests=self.requests,
            missing=self.missing,
            cut=cut,
            untried=whole - self.items,
        )


def _is_in_pieces(message: InboxMessage) -> bool:
    """Whether the service works on it piece by piece; a part of it is one piece."""
    return len(message.payload) > MOST_BYTES and not message.positions
