"""What takes messages into the journal and acknowledges them, when `[journal] acknowledge` says."""

from ingest.journal.file import Journal
from ingest.mqtt.inbox_writer import InboxWriter
from ingest.mqtt.message_queue import MessageQueue
from ingest.mqtt.session import Session
from ingest.processing.stored_acknowledgement import StoredAcknowledgement
from liangqu.config.settings import Settings
from liangqu.service.worker import Worker
from sensors.section import parse_size


def open_intake(
    settings: Settings, journal: Journal, messages: MessageQueue, session: Session
) -> tuple[InboxWriter, list[Worker]]:
    """The inbox's writer, and the part that acknowledges later than it, if any."""
    window, limit = settings.mqtt.window, parse_size(settings.journal.limit)
    if settings.journal.acknowledge == "journal":
        return InboxWriter(journal, messages, session.acknowledge, window=window, limit=limit), []
    stored = StoredAcknowledgement(journal, session.acknowledge)
    writer = InboxWriter(journal, messages, stored.hold, window=window, limit=limit)
    return writer, [Worker("acknowledgement", stored.step)]
