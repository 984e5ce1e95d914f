"""Handling an episode: what `liangqu/handling/<episode>`, `alerts ack` and the page's button ask for."""

from typing import Any

import msgspec
from msgspec import Struct

from sensors.seams import Refused

LEVEL = "handling"
_LONGEST = 500


class Handling(Struct, frozen=True):
    """`by` takes on `episode`; `key` names the asking, so that a repeat is known as one."""

    episode: str
    by: str
    note: str = ""
    key: str = ""


class _Body(Struct, frozen=True):
    action: str
    by: str
    note: str = ""
    key: str = ""


def episode_of(topic: str, prefix: str) -> str | None:
    """The episode that a topic handles; None for any other topic."""
    start = f"{prefix}/{LEVEL}/"
    return topic.removeprefix(start) if topic.startswith(start) else None


def read(episode: str, payload: bytes) -> Handling | Refused:
    """The wish in a message; else why it is refused."""
    try:
        body = msgspec.json.decode(payload, type=_Body)
    except msgspec.ValidationError as error:
        return Refused("bad_envelope", str(error).replace("`", ""))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Refused("not_json", str(error))
    if body.action != "ack":
        return Refused("bad_envelope", f"action {body.action!r} is not ack", "action")
    return Handling(episode, body.by[:_LONGEST] or "?", body.note[:_LONGEST], body.key)


def wish(body: dict[str, Any]) -> Handling:
    """From the row that a command left."""
    return msgspec.convert(body, Handling)
