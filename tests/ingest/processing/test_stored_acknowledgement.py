"""A message is acknowledged once all that came of it is in the store: readings, and rows handed over."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from ingest.journal import accounting, outgoing
from ingest.journal.file import Journal
from ingest.journal.handover import changes
from ingest.mqtt.message import MqttMessage
from ingest.processing.stored_acknowledgement import StoredAcknowledgement

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_it_waits_for_rows_that_are_noted_and_for_those_on_their_way(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    with closing(Journal(tmp_path / "journal.db")) as journal:
        changes.begin(journal, lambda: NOW)
        journal.before_commit = None  # as the rows that another process writes
        stored = StoredAcknowledgement(journal, lambda group: acknowledged.extend(m.topic for m in group))
        with journal.transaction() as connection:
            accounting.add(connection, {"received": 1, "processed": 1})
            connection.execute("INSERT INTO late VALUES ('a', '2026-03', 1)")
        stored.hold([MqttMessage("liangqu/air/a", b"{}", NOW, packet=1, qos=1, connection=1)])
        assert stored.step() == 0
        assert stored.step() == 0

        with journal.transaction() as connection:
            changes.send(connection, NOW)
        assert stored.step() == 0
        batch = outgoing.fetch(journal.connection(), 10)
        assert batch is not None
        with journal.transaction() as connection:
            outgoing.remove(connection, batch)
        assert stored.step() == 1
    assert acknowledged == ["liangqu/air/a"]
