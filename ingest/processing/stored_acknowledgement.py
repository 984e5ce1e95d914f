"""Acknowledging messages only when all that came of them is in the store: this machine's disk may burn."""

from collections import deque
from collections.abc import Callable

from msgspec.structs import replace

from ingest.journal import accounting, outgoing
from ingest.journal.file import Journal
from ingest.journal.handover import changes
from ingest.mqtt.message import MqttMessage


class StoredAcknowledgement:
    """Holds the acknowledgements of what is in the journal until the store has it, in their order.

    The broker's window bounds how much is held. What the store refuses, and what is refused before, is in the
    journal alone: that is acknowledged too, as one bad message may not stop the others. A message received
    while another was given back by the quarantine waits for that one as well.

    Args:
        journal: Where the messages are.
        acknowledge: Called with each group.
    """

    def __init__(self, journal: Journal, acknowledge: Callable[[list[MqttMessage]], None]) -> None:
        self._journal = journal
        self._acknowledge = acknowledge
        self._in_inbox = deque[tuple[int, list[MqttMessage]]]()  # with how many were received by then
        self._in_outgoing = deque[tuple[int, list[MqttMessage]]]()  # with the last row that may be of them

    def hold(self, group: list[MqttMessage]) -> None:
        """Take a group that has just been committed to the inbox; the thread that commits calls it."""
        received = accounting.read_count(self._journal.connection(), "received")
        self._in_inbox.append((received, [replace(message, payload=b"") for message in group]))

    def step(self) -> int:
        """Acknowledge what has reached the store; returns how many messages. One thread calls it."""
        self._follow_pipeline()
        done = 0
        if self._in_outgoing:
            first = outgoing.first_id(self._journal.connection())
            while self._in_outgoing and (first is None or self._in_outgoing[0][0] < first):
                group = self._in_outgoing[0][1]
                self._acknowledge(group)
                self._in_outgoing.popleft()
                done += len(group)
        return done

    def _follow_pipeline(self) -> None:
        """The inbox is worked off in order, so that counting says what has left it."""
        if not self._in_inbox:
            return
        connection = self._journal.connection()
        processed = accounting.read_count(connection, "processed")
        if changes.is_waiting(connection):
            return  # something of them is not even on its way
        # Read after it: what came of the processed messages was written in the same transactions.
        last = outgoing.last_id(connection)
        while self._in_inbox and self._in_inbox[0][0] <= processed:
            _, group = self._in_inbox.popleft()
            self._in_outgoing.append((last, group))
