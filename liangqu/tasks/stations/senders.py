"""Senders that the catalogue does not know, with what they send: read as if each were a station."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from ingest.journal import quarantine, refusals
from ingest.journal.quarantine import QuarantinedItem, QuarantineFilter
from liangqu.config.settings import Settings
from sensors.calendar import from_ms
from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.rows import ID
from sensors.decoding.decoder import decode_message
from sensors.decoding.topics import HJ212, prefix_of
from sensors.model import MEDIA, Medium, Name

LOOKED_AT = 5
"""The newest messages of a sender, of which its parameters are taken."""
MOST_BYTES = 64 * 1024
"""Of each; a longer one is not read."""
_NO_ID = re.compile(r"[^A-Za-z0-9_.-]+")


class UnknownSender(Struct, frozen=True):
    """A sender that no station of the catalogue is.

    Attributes:
        name: The last level of its topics, or its MN.
        items: How many are kept in the quarantine.
        since: When the first and
        newest: the last of them was received.
        topic: Of the newest.
        payload: Of the newest, its beginning.
        medium: As its topic has it; of a data logger what most of its parameters are. None: nobody can tell.
        mn: Of a data logger; "" else.
        parameters: Ids of what it sends, as its newest messages show.
        id: As which it might be added; its topic is read only under its own name.
    """

    name: str
    items: int
    since: datetime
    newest: datetime
    topic: str
    payload: bytes
    medium: Medium | None
    mn: str
    parameters: Sequence[str]
    id: str


def read_unknown_senders(
    connection: sqlite3.Connection, settings: Settings, catalogue: Catalogue, most: int
) -> list[UnknownSender]:
    """Those with the newest messages, at most so many."""
    first = refusals.first_received(connection, "unknown_site")
    found = [
        (newest, sender, items)
        for _, sender, items, newest in quarantine.summary(
            connection, QuarantineFilter(reason="unknown_site")
        )
        if not (catalogue.sender(sender) or sender in catalogue.by_mn)
    ]
    return [
        _describe(connection, settings, catalogue, sender, items, from_ms(first[sender]))
        for _, sender, items in sorted(found, key=lambda row: (-row[0], row[1]))[:most]
    ]


def _describe(
    connection: sqlite3.Connection,
    settings: Settings,
    catalogue: Catalogue,
    sender: str,
    items: int,
    since: datetime,
) -> UnknownSender:
    which = QuarantineFilter(reason="unknown_site", site=sender)
    newest = list(quarantine.items(connection, which, LOOKED_AT, head=MOST_BYTES))
    topic = newest[0].topic
    prefix = prefix_of(topic, settings.mqtt.served)
    mn = sender if topic == f"{prefix}/{HJ212}/{sender}" else ""
    media = [each for each in MEDIA if mn or topic == f"{prefix}/{each}/{sender}"]
    sent = {each: _parameters(newest, settings, _with_sender(catalogue, sender, each, mn)) for each in media}
    medium = max(media, key=lambda each: len(sent[each]), default=None)
    return UnknownSender(
        name=sender,
        items=items,
        since=since,
        newest=newest[0].received,
        topic=topic,
        payload=newest[0].payload,
        medium=medium if medium is None or not mn or sent[medium] else None,
        mn=mn,
        parameters=sent[medium] if medium else (),
        id=suggested_id(sender),
    )


def suggested_id(sender: str) -> str:
    """The sender's name where it can be an id, else what is left of it without what cannot stand in one."""
    if ID.fullmatch(sender):
        return sender
    return _NO_ID.sub("-", sender).strip("-._")


def _with_sender(catalogue: Catalogue, sender: str, medium: Medium, mn: str) -> Catalogue:
    """The catalogue as if the sender were a station of it."""
    hour = timedelta(hours=1)
    site = Site(sender, medium, Name(sender, sender), hour, 2 * hour, mn=mn or None)
    by_mn = {**catalogue.by_mn, mn: sender} if mn else catalogue.by_mn
    return replace(catalogue, sites={**catalogue.sites, sender: site}, by_mn=by_mn)


def _parameters(items: Sequence[QuarantinedItem], settings: Settings, catalogue: Catalogue) -> Sequence[str]:
    """In the order of the catalogue."""
    found = {
        reading.parameter
        for item in items
        if len(item.payload) == item.length
        for reading in decode_message(
            item.topic,
            item.payload,
            item.received,
            catalogue,
            settings.bounds().of_any_age,
            prefix=prefix_of(item.topic, settings.mqtt.served),
        ).readings
    }
    return tuple(_in_order(found, catalogue))


def _in_order(found: set[str], catalogue: Catalogue) -> Iterator[str]:
    return (id_ for id_ in catalogue.parameters if id_ in found)
