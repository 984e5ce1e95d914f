"""Nobody is told what a next machine would not know of, but for a store that is away."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alerts.notify.sending.stored_first import ALL, PATIENCE_S, StoredFirst
from ingest.journal import outgoing
from ingest.journal.file import Journal
from ingest.journal.handover import changes

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ADDED = (
    "INSERT INTO notification (key, channel, person, episode, site, document, made_ms, due_ms)"
    " VALUES (?, 'hook', '', 'e', 's', '{}', 1, 1)"
)


def add(journal: Journal, key: str) -> None:
    with journal.transaction() as connection:
        connection.execute(ADDED, (key,))


def store_all(journal: Journal) -> None:
    batch = outgoing.fetch(journal.connection(), 100)
    assert batch is not None
    with journal.transaction() as connection:
        outgoing.remove(connection, batch)


def test_a_notification_waits_until_the_store_has_its_row(tmp_path: Path) -> None:
    seconds = [0.0]
    with closing(Journal(tmp_path / "journal.db")) as journal:
        stored = StoredFirst(journal, lambda: seconds[0])
        add(journal, "before it was switched on")
        assert stored.newest() == ALL
        changes.begin(journal, lambda: NOW)
        assert [stored.newest(), stored.newest()] == [0, 0]
        store_all(journal)
        assert stored.newest() == 1

        add(journal, "second")
        assert stored.newest() == 1
        seconds[0] = 1.0
        add(journal, "third")
        assert stored.newest() == 1
        seconds[0] = PATIENCE_S  # exactly as long: the store is away, and people have to know
        assert stored.newest() == 2
        store_all(journal)
        assert stored.newest() == 3
