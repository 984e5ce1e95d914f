"""One MQTT message, from topic and bytes to readings and refusals."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sensors.catalogue.model import Catalogue
from sensors.decoding.hj212.decoder import decode_frame
from sensors.decoding.json_payload import decode_json
from sensors.decoding.topics import HJ212, refuse_topic
from sensors.decoding.types import Decoded, InputBounds
from sensors.model import Reading, RefusalReason, Refused


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

    The topic is `<prefix>/<medium>/<site>` or `<prefix>/hj212/<MN>`; the prefix may hold slashes. Too many
    bytes, and a topic that is none, refuse the message as one item, in this order.

    Args:
        topic: Where it was published.
        payload: Native JSON or an HJ 212 frame, as it came.
        received: When it reached us.
        catalogue: Sites and parameters.
        bounds: Sizes and times that are accepted.
        prefix: The topics' first part, by setting.
        only: Positions (`Refused.where`) to keep, for a replay out of quarantine; empty keeps everything.
            A position covers what lies under it. What is refused above a position is refused at it, so
            that every requested position that is still bad is one item again.
    """
    if len(payload) > bounds.max_payload:
        detail = f"{len(payload)} bytes, the most is {bounds.max_payload}"
        return _refused("oversize", detail, only)
    before, _, name = topic.rpartition("/")
    if before == f"{prefix}/{HJ212}":
        if not only:
            return decode_frame(name, payload, received, catalogue, bounds).decoded
        frame = decode_frame(name, payload, received, catalogue, bounds, located=True)
        return _restricted(frame.decoded, only)
    site = catalogue.sites.get(name)
    if site is None or before != f"{prefix}/{site.medium}":
        refused = refuse_topic(topic, prefix, catalogue)
        return _refused(refused.reason, refused.detail, only)
    if not only:
        return decode_json(site, payload, received, catalogue, bounds)
    return _restricted(decode_json(site, payload, received, catalogue, bounds, located=True), only)


def _refused(reason: RefusalReason, detail: str, only: Collection[str]) -> Decoded:
    """The whole message as one item, or as the items that a replay requests."""
    return Decoded([], [Refused(reason, detail, where) for where in only or ("",)])


def _restricted(decoded: Decoded, only: Collection[str]) -> Decoded:
    kept: list[Reading] = []
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
