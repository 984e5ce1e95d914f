"""One MQTT message, from topic and bytes to readings and refusals."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sensors.catalogue.model import Catalogue, Site
from sensors.decoding.hj212_payload import decode_frames
from sensors.decoding.json_objects import LARGEST_PIECE
from sensors.decoding.json_payload import decode_json
from sensors.decoding.topics import HJ212, refuse_topic
from sensors.decoding.types import Decoded, InputBounds
from sensors.model import Reading, RefusalReason, Refused, SiteValues


def decode_message(
    topic: str,
    payload: bytes,
    received: datetime,
    catalogue: Catalogue,
    bounds: InputBounds,
    *,
    prefix: str = "liangqu",
    only: Collection[str] = (),
) -> Decoded:
    """Decode a message; never raises, whatever the topic and the bytes.

    The topic is `<prefix>/<medium>/<site>` or `<prefix>/hj212/<MN>`; the prefix may hold slashes. A topic
    that is none, and more than `LARGEST_PIECE` bytes, refuse the message as one item, in this order.

    Args:
        topic: Where it was published.
        payload: Native JSON or frames of HJ 212, as they came.
        received: When it reached us.
        catalogue: Sites and parameters.
        bounds: Times that are accepted.
        prefix: The topics' first part, by setting.
        only: Positions (`Refused.where`) to keep, for a replay out of quarantine; empty keeps everything.
            A position covers what lies under it. What is refused above a position is refused at it, so
            that every requested position that is still bad is one item again.
    """
    site = find_site(topic, prefix, catalogue)
    before, _, name = topic.rpartition("/")
    if site is None and before != f"{prefix}/{HJ212}":
        refused = refuse_topic(topic, prefix, catalogue)
        return _refused(refused.reason, refused.detail, only)
    if len(payload) > LARGEST_PIECE:
        detail = f"one object or frame of {len(payload)} bytes, the most is {LARGEST_PIECE}"
        return _refused("oversize", detail, only)
    located = bool(only)
    if site is None:
        decoded = decode_frames(name, payload, received, catalogue, bounds, located=located)
    else:
        decoded = decode_json(site, payload, received, catalogue, bounds, located=located)
    return _restricted(decoded, only) if only else decoded


def find_site(topic: str, prefix: str, catalogue: Catalogue) -> Site | None:
    """Whose JSON is published on a topic; None if it is no such topic."""
    before, _, name = topic.rpartition("/")
    site = catalogue.sender(name)
    return site if site is not None and before == f"{prefix}/{site.medium}" else None


def _refused(reason: RefusalReason, detail: str, only: Collection[str]) -> Decoded:
    """The whole message as one item, or as the items that a replay requests."""
    return Decoded([], [Refused(reason, detail, where) for where in only or ("",)])


def _restricted(decoded: Decoded, only: Collection[str]) -> Decoded:
    kept: list[SiteValues | Reading] = []
    positions: list[str] = []
    for reading, position in zip(decoded.readings, decoded.positions, strict=True):
        if _is_requested(position, only):
            kept.append(reading)
            positions.append(position)
    refused = [
        Refused(each.reason, each.detail, where)
        for each in decoded.refused
        for where in _requested_positions(each.where, only)
    ]
    missing = [position for position in decoded.missing if _is_requested(position, only)]
    return Decoded(kept, refused, positions, missing=missing)


def _requested_positions(where: str, only: Collection[str]) -> Sequence[str]:
    """Where a refusal counts: at itself, else at every requested position that lies under it."""
    return (
        (where,)
        if _is_requested(where, only)
        else [requested for requested in only if _is_under(requested, where)]
    )


def _is_requested(position: str, only: Collection[str]) -> bool:
    return position in only or any(_is_under(position, requested) for requested in only)


def _is_under(position: str, above: str) -> bool:
    """Whether `above` is the message (empty) or the object (`[2]`) that holds the position."""
    return not above or ("." not in above and position.startswith(f"{above}."))
