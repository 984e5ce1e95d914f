"""The journal file: owned once, migrated, refused when newer, rolled back whole."""

import gc
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.journal import accounting, check_state, inbox, outgoing, requests
from ingest.journal.database import opening, schema
from ingest.journal.database.schema import JournalTooNewError
from ingest.journal.database.write_ahead_log import log_bytes
from ingest.journal.entries import PointEntry
from ingest.journal.file import Journal, JournalInUseError, used_bytes
from ingest.journal.inbox import HEAD, InboxMessage
from sensors.calendar import EPOCH
from sensors.model import Point
from tests.support.paths import ROOT

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db")) as opened:
        yield opened


def test_a_new_file_has_todays_schema_and_accounts_at_zero(journal: Journal) -> None:
    with journal.snapshot() as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        assert set(accounting.read_counts(connection).values()) == {0}
    assert journal.is_new


def test_a_journal_that_nobody_holds_any_more_has_closed_its_connections(tmp_path: Path) -> None:
    """Python 3.13 warns of each that was left open."""
    journal = Journal(tmp_path / "journal.db")
    connection = journal.connection()

    del journal
    gc.collect()

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("SELECT 1")


def test_every_connection_syncs_at_every_commit(journal: Journal) -> None:
    with journal.snapshot() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert journal.connection().execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_newer_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.VERSION + 1}")

    with pytest.raises(
        JournalTooNewError, match=f"schema version {schema.VERSION + 1}, this liangqu knows up to"
    ):
        Journal(path)


def test_one_owner_at_a_time(tmp_path: Path) -> None:
    first, second = Journal(tmp_path / "journal.db"), Journal(tmp_path / "journal.db")
    first.own()

    with pytest.raises(JournalInUseError, match="another liangqu run has this journal"):
        second.own()
    first.close()
    second.own()
    second.close()


def test_a_failure_inside_a_transaction_leaves_nothing_behind(journal: Journal) -> None:
    with pytest.raises(ZeroDivisionError), journal.transaction() as connection:
        inbox.add(connection, [InboxMessage("liangqu/air/a", b"{}", NOW)])
        raise ZeroDivisionError

    with journal.snapshot() as connection:
        assert inbox.fetch(connection, 10) == []
        assert accounting.read_counts(connection)["received"] == 0


def test_messages_come_out_as_they_went_in_and_in_order(journal: Journal) -> None:
    given = [
        InboxMessage("liangqu/air/a", b"\x00\xff", NOW),
        InboxMessage("liangqu/air/b", b"{}", NOW, conflict="keep", positions=("values.pm25", "[2]")),
    ]
    with journal.transaction() as connection:
        inbox.add(connection, given)
    taken = inbox.fetch(journal.connection(), 10)

    assert [(m.topic, m.payload, m.received, m.conflict, m.positions) for m in taken] == [
        (m.topic, m.payload, m.received, m.conflict, m.positions) for m in given
    ]
    with journal.transaction() as connection:
        inbox.remove(connection, taken[:1])
    assert [m.topic for m in inbox.fetch(journal.connection(), 10)] == ["liangqu/air/b"]


@pytest.mark.parametrize(("size", "kept"), [(99, 99), (100, 100), (101, 101), (10_000, HEAD)])
def test_above_the_limit_only_the_head_is_kept_with_length_and_hash(size: int, kept: int) -> None:
    message = inbox.to_inbox_message("t", b"x" * size, NOW, max_payload=100)

    assert len(message.payload) == kept
    assert message.length == (size if size > 100 else None)
    assert (message.sha256 is None) == (size <= 100)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    topic=st.binary(max_size=40).map(lambda raw: raw.decode(errors="replace"))
    | st.text(st.characters(exclude_categories=["Cs"])),
    payload=st.binary(max_size=40),
)
def test_any_topic_and_any_bytes_come_out_as_they_went_in(
    topic: str, payload: bytes, journal: Journal
) -> None:
    with journal.transaction() as connection:
        inbox.add(connection, [InboxMessage(topic, payload, NOW)])
        (taken,) = inbox.fetch(connection, 10)
        inbox.remove(connection, [taken])

    assert (taken.topic, taken.payload, taken.received) == (topic, payload, NOW)


@pytest.mark.parametrize(
    ("received", "positions"),
    [
        pytest.param(2**62, None, id="received beyond the calendar"),
        pytest.param(-(2**62), None, id="received before it"),
        pytest.param(0, "no json", id="positions, no JSON"),
        pytest.param(0, "[" * 5_000, id="positions, too deep"),
        pytest.param(0, '{"a": 1}', id="positions, another shape"),
    ],
)
def test_a_row_that_nobody_of_ours_wrote_stops_no_other(
    received: int, positions: str | None, journal: Journal
) -> None:
    with journal.transaction() as connection:
        connection.execute(
            "INSERT INTO inbox (topic, payload, received_ms, positions) VALUES ('t', X'7b', ?, ?)",
            (received, positions),
        )
        inbox.add(connection, [InboxMessage("liangqu/air/wujinku", b"{}", NOW)])

    strange, sound = inbox.fetch(journal.connection(), 10)

    assert (strange.payload, strange.received, strange.positions) == (b"{", EPOCH, ())
    assert (sound.topic, sound.received) == ("liangqu/air/wujinku", NOW)


def test_raising_the_last_times_never_lowers_them(journal: Journal) -> None:
    later, earlier = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    for time in (later, earlier):
        with journal.transaction() as connection:
            check_state.raise_last(connection, {("a", "pm25", "rtd"): time})

    assert check_state.load(journal.connection())["a", "pm25", "rtd"].last == int(later.timestamp() * 1000)


def test_requests_are_taken_in_order_and_once(journal: Journal) -> None:
    with journal.transaction() as connection:
        requests.submit(connection, "ack", {"episode": "e1"}, NOW)
        requests.submit(connection, "ack", {"episode": "e2"}, NOW)
    waiting = requests.pending(journal.connection())
    with journal.transaction() as connection:
        requests.complete(connection, waiting[:1])

    assert [r.body["episode"] for r in waiting] == ["e1", "e2"]
    assert [r.body["episode"] for r in requests.pending(journal.connection())] == ["e2"]


def test_freed_pages_count_as_room(journal: Journal) -> None:
    empty = used_bytes(journal.connection())
    with journal.transaction() as connection:
        inbox.add(connection, [InboxMessage("t", b"x" * 100_000, NOW)] * 20)
    full = used_bytes(journal.connection())
    with journal.transaction() as connection:
        inbox.remove(connection, inbox.fetch(connection, 100, most_bytes=2_000_000))

    assert full > empty + 1_900_000
    assert used_bytes(journal.connection()) < empty + 20_000


def test_numbers_of_an_emptied_queue_do_not_come_back(journal: Journal) -> None:
    entry = PointEntry(Point("operation", {}, {"x": 1.0}, NOW))
    with journal.transaction() as connection:
        outgoing.add(connection, [entry])
        first = outgoing.fetch(connection, 1)
        assert first is not None
        outgoing.remove(connection, first)
        outgoing.add(connection, [entry])
        second = outgoing.fetch(connection, 1)

    assert second is not None
    assert second.last_id > first.last_id


def test_a_queue_whose_last_number_is_the_highest_is_renumbered_in_order(journal: Journal) -> None:
    """Another hand's row; until then SQLite says that the disk is full."""
    entry = PointEntry(Point("operation", {}, {"x": 1.0}, NOW))
    with journal.transaction() as connection:
        outgoing.add(connection, [entry] * 2)
        outgoing.renumber_if_exhausted(connection)
        row = f"({2**63 - 1}, 1, 0, x'c1')"
        connection.execute(f"INSERT INTO outgoing (id, entry_count, items, body) VALUES {row}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        outgoing.add(journal.connection(), [entry])

    with journal.transaction() as connection:
        outgoing.renumber_if_exhausted(connection)
        outgoing.add(connection, [entry] * 3)

        rows = connection.execute("SELECT id, entry_count FROM outgoing ORDER BY id").fetchall()
    assert rows == [(1, 2), (2, 1), (3, 3)]


def test_what_was_decided_of_rows_has_the_number_of_the_oldest_of_them(journal: Journal) -> None:
    """Whoever waits until all up to a number are stored must not be passed by one of them."""
    entry = PointEntry(Point("operation", {}, {"x": 1.0}, NOW))
    with journal.transaction() as connection:
        for _ in range(3):
            outgoing.add(connection, [entry])
        oldest = outgoing.fetch(connection, 1)
        together = outgoing.fetch(connection, 3)
        assert oldest is not None
        assert together is not None
        outgoing.replace(connection, together, [entry] * 3)
        decided = outgoing.fetch(connection, 3)

    assert decided is not None
    assert (decided.last_id, decided.size) == (oldest.last_id, 3)


def test_a_file_of_the_first_version_is_brought_up_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"{schema.MIGRATIONS[0]}; PRAGMA user_version = 1;")
        connection.execute("INSERT INTO outgoing VALUES (41, 1, 1, x'90')")
        connection.execute("INSERT INTO recompute VALUES ('wujinku', '2026-11-21', 'late')")
        connection.commit()

    with closing(Journal(path)) as journal:
        rows = journal.connection().execute("SELECT id, entry_count, items, body FROM outgoing").fetchall()
        assert rows == [(41, 1, 1, b"\x90")]
        assert requests.next_requests(journal.connection()) == [
            requests.RecomputeRequest("wujinku", "2026-11-21", "late", 1)
        ]
        assert not journal.is_new


OPENER = """
import sys
from contextlib import closing
from pathlib import Path
from ingest.journal import accounting
from ingest.journal.file import Journal
for path in map(Path, sys.argv[1:]):
    with closing(Journal(path)) as journal:
        accounting.read_counts(journal.connection())
"""


@pytest.mark.parametrize("version", [0, 1])
def test_who_opens_a_file_while_it_is_made_or_migrated_waits(tmp_path: Path, version: int) -> None:
    paths = [tmp_path / f"{number}.db" for number in range(50)]
    for path in paths if version else ():
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(f"{schema.MIGRATIONS[0]}; PRAGMA user_version = 1;")

    openers = [
        subprocess.Popen([sys.executable, "-c", OPENER, *map(str, paths)], cwd=ROOT, stderr=subprocess.PIPE)
        for _ in range(3)
    ]

    assert [opener.communicate()[1].decode() for opener in openers] == [""] * 3


def test_a_batch_ends_with_the_message_that_reaches_its_bytes(journal: Journal) -> None:
    with journal.transaction() as connection:
        inbox.add(connection, [InboxMessage(str(number), b"x" * 400, NOW) for number in range(5)])

    def topics(most_bytes: int) -> str:
        return "".join(m.topic for m in inbox.fetch(journal.connection(), 4, most_bytes))

    assert [topics(most) for most in (1, 400, 401, 800, 5_000)] == ["0", "0", "01", "01", "0123"]


def test_the_reserve_is_held_again_after_a_full_disk(tmp_path: Path) -> None:
    """Free pages are given back."""
    journal = Journal(tmp_path / "journal.db", reserve=100_000)
    journal.own()
    with journal.transaction() as connection:
        inbox.add(connection, [InboxMessage("t", b"x" * 1_000, NOW)] * 5_000)
    with journal.transaction() as connection:
        inbox.remove(connection, inbox.fetch(connection, 5_000, most_bytes=10_000_000))
    journal.regain_room()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    held = journal.path.stat().st_size
    assert held > 5_000_000  # nothing to regain while the reserve is held

    journal.reserve.give_up()
    assert journal.disk_is_full()
    with pytest.raises(sqlite3.OperationalError, match="the disk is full"), journal.transaction():
        pass
    with journal.transaction(frees=True):
        pass
    journal.regain_room()
    assert not journal.disk_is_full()
    assert journal.path.stat().st_size < held - 4_000_000  # one step gives 4 MB back
    journal.close()


def test_a_long_read_is_cut(journal: Journal) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"

    with pytest.raises(TimeoutError, match=r"journal\.db: cut after 0\.05 s of reading"):
        with journal.snapshot(longest=0.05) as connection:
            connection.execute(endless)


def test_what_a_reader_kept_in_the_log_is_given_back_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "LOG_KEPT", 2**20)
    with closing(Journal(tmp_path / "journal.db")) as journal:
        with journal.snapshot() as reader:
            reader.execute("SELECT count(*) FROM inbox").fetchone()
            for _ in range(30):
                with journal.transaction() as connection:
                    inbox.add(connection, [InboxMessage("liangqu/air/a", bytes(2**17), NOW)])
            grown = log_bytes(journal.path)
        for _ in range(30):
            with journal.transaction() as connection:
                inbox.add(connection, [InboxMessage("liangqu/air/a", b"{}", NOW)])

        assert grown > 3 * 2**20
        assert log_bytes(journal.path) <= 2**20
