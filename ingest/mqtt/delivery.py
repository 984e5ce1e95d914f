"""One message on its way from the broker into the journal."""

from datetime import datetime

from msgspec import Struct
from paho.mqtt.client import MQTTMessage

from ingest.journal import inbox


class MqttMessage(Struct, frozen=True):
    """One message as the broker gave it; `packet` is meaningful on `connection` only.

    `redelivered`: a retained copy of an earlier message; acknowledged in its turn and not kept. `length`
    and `sha256` are set when `payload` is only its head.
    """

    topic: str
    payload: bytes
    received: datetime
    packet: int
    qos: int
    connection: int
    redelivered: bool = False
    length: int | None = None
    sha256: str | None = None


def take(message: MQTTMessage, received: datetime, connection: int, most: int, *, again: bool) -> MqttMessage:
    """The message from one of paho's; above `most` bytes with its payload's head only.

    A whole window of such messages may wait: what is too large to be read is let go of at once.
    """
    kept = inbox.to_inbox_message(topic_of(message), bytes(message.payload), received, most)
    packet, qos = message.mid, message.qos
    return MqttMessage(
        kept.topic, kept.payload, received, packet, qos, connection, again, kept.length, kept.sha256
    )


def topic_of(message: MQTTMessage) -> str:
    """The topic, readable even where it is not UTF-8: such a message is refused later, it stops nobody."""
    try:
        return message.topic
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", errors="replace")
