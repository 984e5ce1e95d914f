"""An acknowledgement: from `liangqu/handling/<episode>`, `alerts ack` or the page's button."""

import sqlite3
from datetime import datetime
from typing import Literal

from msgspec import Struct

from alerts.events.register import is_known
from ingest.journal import accounting, audit
from sensors.decoding.json_text import parse_json
from sensors.model import Refused

LEVEL = "handling"
_LONGEST = 500


class Acknowledgement(Struct, frozen=True):
    """`by` acknowledges `episode`; `key` identifies the request, so that a repeat is recognised.

    `is_message`: it came over MQTT; what came otherwise stands in the audit list already.
    """

    episode: str
    by: str
    note: str = ""
    key: str = ""
    is_message: bool = False


class _Message(Acknowledgement, frozen=True, kw_only=True):
    action: Literal["ack"]
    episode: str = ""  # the topic names it


def parse_acknowledgement(episode: str, payload: bytes) -> Acknowledgement | Refused:
    """The acknowledgement in a message, or why it is refused."""
    message = parse_json(payload, _Message)
    if isinstance(message, Refused):
        return message
    by, note = message.by[:_LONGEST] or "?", message.note[:_LONGEST]
    return Acknowledgement(episode, by, note, message.key, is_message=True)


def record_ack(connection: sqlite3.Connection, request: Acknowledgement, now: datetime) -> None:
    """Put what a person says over MQTT into the audit list; what nobody here knows of is another shard's."""
    if request.is_message:
        with audit.acting(request.by, "mqtt"):
            audit.record(connection, "ack", [request.episode], now, why=request.note)
        if not is_known(connection, request.episode):
            accounting.add(connection, {f"{accounting.PASSED_OVER}unknown_episode": 1})
