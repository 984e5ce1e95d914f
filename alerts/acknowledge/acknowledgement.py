"""An acknowledgement: from `liangqu/handling/<episode>`, `alerts ack` or the page's button."""

from typing import Literal

from msgspec import Struct

from sensors.decoding.json_text import parse_json
from sensors.model import Refused

LEVEL = "handling"
_LONGEST = 500


class Acknowledgement(Struct, frozen=True):
    """`by` acknowledges `episode`; `key` identifies the request, so that a repeat is recognised."""

    episode: str
    by: str
    note: str = ""
    key: str = ""


class _Message(Acknowledgement, frozen=True, kw_only=True):
    action: Literal["ack"]
    episode: str = ""  # the topic names it


def parse_acknowledgement(episode: str, payload: bytes) -> Acknowledgement | Refused:
    """The acknowledgement in a message, or why it is refused."""
    message = parse_json(payload, _Message)
    if isinstance(message, Refused):
        return message
    return Acknowledgement(episode, message.by[:_LONGEST] or "?", message.note[:_LONGEST], message.key)
