"""One message on its way from the broker into the journal."""

from datetime import datetime

from ingest.journal.inbox import InboxMessage
from ingest.mqtt.publish_frame import PublishFrame


class MqttMessage(InboxMessage, frozen=True, kw_only=True):
    """A message for the inbox, and what its acknowledgement needs.

    `packet` is the packet id, valid on `connection` only. What is `passed_over` (a retained copy of an
    earlier message, a message that is not for us) is acknowledged in its turn and not kept.
    """

    packet: int
    qos: int
    connection: int
    passed_over: bool = False


def from_frame(frame: PublishFrame, received: datetime, connection: int, *, passed_over: bool) -> MqttMessage:
    """The message from a PUBLISH; a topic that is not UTF-8 is readable, refused later and stops no other."""
    topic, payload, packet, qos, _retain, _dup, length, sha256 = frame
    return MqttMessage(
        topic.decode("utf-8", "replace"),
        payload,
        received,
        length=length,
        sha256=sha256,
        packet=packet,
        qos=qos,
        connection=connection,
        passed_over=passed_over,
    )
