"""One message on its way from the broker into the journal."""

from datetime import datetime

from paho.mqtt.client import MQTTMessage

from ingest.journal.inbox import InboxMessage, to_inbox_message


class MqttMessage(InboxMessage, frozen=True, kw_only=True):
    """A message for the inbox, and what its acknowledgement needs.

    `packet` is the packet id, valid on `connection` only. A `retained_copy` of an earlier message is
    acknowledged in its turn and not kept.
    """

    packet: int
    qos: int
    connection: int
    retained_copy: bool = False


def from_paho(
    message: MQTTMessage, received: datetime, connection: int, max_payload: int, *, retained_copy: bool
) -> MqttMessage:
    """The message from one of paho's; of a payload above `max_payload` bytes only the head.

    A whole window of such messages may wait: what is too large to be read is released at once.
    """
    kept = to_inbox_message(topic_of(message), bytes(message.payload), received, max_payload)
    return MqttMessage(
        kept.topic,
        kept.payload,
        received,
        length=kept.length,
        sha256=kept.sha256,
        packet=message.mid,
        qos=message.qos,
        connection=connection,
        retained_copy=retained_copy,
    )


def topic_of(message: MQTTMessage) -> str:
    """The topic, readable even where it is not UTF-8: such a message is refused later and stops no other."""
    try:
        return message.topic
    except UnicodeDecodeError as error:
        return error.object.decode("utf-8", errors="replace")
