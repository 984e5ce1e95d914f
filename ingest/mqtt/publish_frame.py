"""One MQTT packet in a buffer: where it ends, and what a PUBLISH says. MQTT 5 and 3.1.1 (OASIS, 2.1 and 3.3).

Only what is plain is read here; whatever is unusual (QoS 2, a topic alias, properties that may be malformed)
is "not ours", and paho reads it.
"""

from typing import Final, Literal, NamedTuple

from paho.mqtt.client import MQTTMessage

from ingest.journal.inbox import to_inbox_message
from sensors.calendar import EPOCH

LONGEST_LENGTH = 4  # bytes of the remaining length: 2.2.3 of 3.1.1, 1.5.5 of 5
# MQTT 5, 3.3.2.3: what a PUBLISH may carry, by identifier. Not the topic alias (35), whose meaning is the
# session's, nor the subscription identifier (11): we never ask for one.
_Shape = Literal["flag", "four bytes", "text", "binary", "two texts"]
PROPERTIES: Final[dict[int, _Shape]] = {
    1: "flag",
    2: "four bytes",
    3: "text",
    8: "text",
    9: "binary",
    38: "two texts",
}
REPEATABLE = 38


class PublishFrame(NamedTuple):
    """A PUBLISH of QoS 0 or 1 as it stands in the packet; `packet` is 0 at QoS 0.

    `length` and `sha256` are set where `payload` is only the head of one that is too large.
    """

    topic: bytes
    payload: bytes
    packet: int
    qos: int
    retain: bool
    dup: bool
    length: int | None = None
    sha256: str | None = None


def from_paho(message: MQTTMessage, max_payload: int) -> PublishFrame:
    """The PUBLISH that paho has read; of a payload above `max_payload` bytes only the head.

    A whole window of such messages may wait: what is too large to be read is released at once.
    """
    kept = to_inbox_message("", bytes(message.payload), EPOCH, max_payload)
    return PublishFrame(
        _topic(message),
        kept.payload,
        message.mid,
        message.qos,
        message.retain,
        message.dup,
        kept.length,
        kept.sha256,
    )


def _topic(message: MQTTMessage) -> bytes:
    try:
        return message.topic.encode()
    except UnicodeDecodeError as error:
        return error.object


class PublishHead(NamedTuple):
    """Where a PUBLISH's payload begins, and what stands before it."""

    topic: bytes
    packet: int
    payload_start: int


def find_packet(data: bytes, position: int) -> tuple[int, int] | None:
    """Where the packet's body begins and ends, perhaps beyond `data`; None: its length is not there yet.

    A length of more than four bytes is malformed: body and end are then behind the fifth byte.
    """
    length = shift = 0
    for index in range(position + 1, position + 1 + LONGEST_LENGTH):
        if index >= len(data):
            return None
        byte = data[index]
        length |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return index + 1, index + 1 + length
        shift += 7
    end = position + 2 + LONGEST_LENGTH
    return (end, end) if end <= len(data) else None


def is_readable(first: int) -> bool:
    """Whether a packet that begins with this byte is a PUBLISH of QoS 0 or 1."""
    return first & 0xF4 == 0x30  # noqa: PLR2004 - 2.2.1: type 3; bit 2 is set by QoS 2 and by the forbidden 3


def parse_head(data: bytes, position: int, body: int, end: int, *, five: bool) -> PublishHead | None:
    """The head of the PUBLISH at `position`; None if it is not ours, or cut off at `end`."""
    start = body + 2
    topic_end = start + int.from_bytes(data[body:start])
    packet, after = 0, topic_end
    if data[position] & 0x02:
        after = topic_end + 2
        packet = int.from_bytes(data[topic_end:after])
        if not packet:
            return None
    if topic_end == start or after > end:
        return None  # an empty topic stands for an alias, or is malformed
    if not five:
        return PublishHead(data[start:topic_end], packet, after)
    payload_start = _after_properties(data, after, end)
    return None if payload_start is None else PublishHead(data[start:topic_end], packet, payload_start)


def _after_properties(data: bytes, position: int, end: int) -> int | None:
    """Where the payload begins; None: something in the properties is not ours."""
    sized = _number(data, position, end)
    if sized is None:
        return None
    length, position = sized
    stop = position + length
    if stop > end:
        return None
    seen: set[int] = set()
    while position < stop:
        identifier = data[position]
        shape = PROPERTIES.get(identifier)
        if shape is None or (identifier in seen and identifier != REPEATABLE):
            return None
        seen.add(identifier)
        after = _after_value(data, position + 1, stop, shape)
        if after is None or after > stop:
            return None
        position = after
    return position


def _after_value(data: bytes, position: int, end: int, shape: _Shape) -> int | None:
    match shape:
        case "flag":
            return position + 1 if data[position : position + 1] in (b"\0", b"\1") else None
        case "four bytes":
            return position + 4
        case "binary":
            return position + 2 + int.from_bytes(data[position : position + 2])
        case "text":
            return _after_text(data, position, end)
        case "two texts":
            middle = _after_text(data, position, end)
            return None if middle is None else _after_text(data, middle, end)


def _after_text(data: bytes, position: int, end: int) -> int | None:
    start = position + 2
    after = start + int.from_bytes(data[position:start])
    if after > end:
        return None
    try:
        text = data[start:after].decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text or "\ufeff" in text else after


def _number(data: bytes, position: int, end: int) -> tuple[int, int] | None:
    """A variable byte integer and where it ends; None: it does not end, or not before `end`."""
    value = shift = 0
    for index in range(position, min(position + LONGEST_LENGTH, end)):
        value |= (data[index] & 0x7F) << shift
        if data[index] < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, index + 1
        shift += 7
    return None
