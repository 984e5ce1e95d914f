"""What a next machine takes over: twins live the same days, the machine of one burns now and then."""

import random
import sqlite3
import weakref
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.notify import outbox
from alerts.notify.config import NotifyConfig, Person, Route, Waits
from ingest.journal import accounting, outgoing, quarantine
from ingest.journal.file import Journal
from ingest.journal.handover import changes
from ingest.journal.handover.points import (
    PIECE,
    Cell,
    HandedRow,
    decode_cells,
    encode_cells,
    row_points,
    rows_of,
)
from ingest.journal.handover.tables import TABLES
from ingest.journal.inbox import InboxMessage
from ingest.processing.taking_over import TakeOver
from ingest.stores.base import StoreAway
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from sensors.model import Refused
from tests.support.alerting_harness import START, AlertingHarness

NOTIFY = NotifyConfig(
    people={"wang": Person("wang", "王", ("hook",)), "li": Person("li", "李", ("hook",))},
    routes=(Route(("wang", "li")),),
    waits=Waits(group="0s", escalate="15m", digest="0s"),
)
SITES = ("wujinku", "chongli-qingshaonian", "beibengfang")


class Machine(AlertingHarness):
    """A service's alerting whose rows go to a store on another disk."""

    def open(self) -> None:
        super().open()
        self.store = SqliteStore(self.folder / "store.db")
        weakref.finalize(self, self.store.close)
        take_over(self.journal, self.store, self.now)
        self.journal.before_commit = lambda connection: changes.send(connection, self.now)
        self.alerting.load(self.journal.connection())

    def store_all(self) -> None:
        sender = StoreSender(self.journal, self.store, prefix="liangqu")
        while sender.step(self.now):
            pass
        with self.journal.transaction(frees=True) as connection:  # of a sender over a young journal
            connection.execute("DELETE FROM request")
            connection.execute("DELETE FROM recompute")

    def burn(self) -> None:
        """Its disk is gone; another machine begins with nothing."""
        self.store_all()
        self.store_all()
        self.store.close()
        self.journal.close()
        for file in self.folder.glob("journal.db*"):
            file.unlink()
        self.open()

    def rows(self) -> dict[str, list[Any]]:
        return rows(self.journal.connection())


def take_over(journal: Journal, store: SqliteStore, now: datetime) -> dict[str, int]:
    taking = TakeOver(journal, store, now)
    while not taking.is_over:
        taking.step()
    changes.begin(journal, lambda: now, only_new=taking.takes)
    return dict(taking.rows)


def rows(connection: sqlite3.Connection) -> dict[str, list[Any]]:
    return {
        table.name: connection.execute(
            f"SELECT * FROM {table.name} WHERE {table.chosen()} ORDER BY 1, 2"
        ).fetchall()
        for table in TABLES
        if table.name not in {"request", "recompute"}
    }


def live(machine: Machine, order: random.Random) -> None:
    """One moment of its days."""
    machine.hour += order.choice([0.2, 0.5, 1.0])
    site = order.choice(SITES)
    what = order.random()
    if what < 0.7:
        machine.reading(site, {"pm25": order.choice([10.0, 60.0, 120.0, 400.0])})
        machine.statistic(site, "pm25", "24h", order.choice([10.0, 40.0, 90.0, 200.0]))
    elif what < 0.8:
        until = machine.now + timedelta(hours=5)
        silence = {"id": 0, "site": site, "rule": None, "parameter": None, "reason": "维护", "by": "li"}
        machine.ask("silence", **silence, until=until.isoformat())
    elif events := [row[0] for row in rows(machine.journal.connection())["event"]]:
        machine.ask("ack", episode=events[-1], by="wang", note="去看")
    machine.tick()
    with machine.journal.transaction() as connection:
        due = outbox.due_notifications(connection, "hook", machine.now)
        outbox.mark_sent(connection, due[: order.randrange(3)], machine.now)


@pytest.mark.parametrize("seed", [pytest.param(seed, id=f"seed {seed}") for seed in range(2)])
def test_a_machine_that_takes_over_goes_on_as_if_nothing_had_been(seed: int, tmp_path: Path) -> None:
    twins = []
    for name in ("stays", "burns"):
        (tmp_path / name).mkdir()
        twins.append(Machine(tmp_path / name, notify=NOTIFY))
    courses, when = [random.Random(seed), random.Random(seed)], random.Random(f"burns {seed}")
    burnt = 0
    for _ in range(40):
        for twin, course in zip(twins, courses, strict=True):
            live(twin, course)
        if when.random() < 0.2:
            twins[1].burn()
            burnt += 1
        assert twins[1].rows() == twins[0].rows()

    told = twins[0].told("hook")
    assert burnt > 3
    assert {each["told"] for each in told} >= {"first", "acknowledged"}
    assert twins[1].told("hook") == told


class DiskOfOthers:
    """A journal that hands over, and the store that it hands over to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SqliteStore(folder / "store.db")
        weakref.finalize(self, self.store.close)
        self.journal = self.open("journal.db")
        changes.begin(self.journal, lambda: START)

    def open(self, name: str) -> Journal:
        return Journal(self.folder / name)

    def write(self, *statements: str) -> None:
        with self.journal.transaction() as connection:
            for statement in statements:
                connection.execute(statement)

    def store_all(self) -> None:
        sender = StoreSender(self.journal, self.store, prefix="liangqu")
        while sender.step(START):
            pass


@pytest.fixture
def disk(tmp_path: Path) -> DiskOfOthers:
    return DiskOfOthers(tmp_path)


SILENCE = "INSERT INTO silence (site, until_ms, reason, by, made_ms) VALUES ('{0}', 1, '{0}', 'li', 2)"


def test_a_row_that_is_changed_or_deleted_is_taken_over_as_it_was_last(disk: DiskOfOthers) -> None:
    disk.write(*map(SILENCE.format, ("a", "b", "c")))
    disk.store_all()
    disk.write(
        "UPDATE silence SET reason = 'changed' WHERE site = 'a'", "DELETE FROM silence WHERE site = 'b'"
    )
    disk.write(SILENCE.format("gone at once"), "DELETE FROM silence WHERE site = 'gone at once'")
    disk.store_all()

    heir = disk.open("heir.db")
    assert take_over(heir, disk.store, START)["silence"] == 3
    assert heir.connection().execute("SELECT id, site, reason FROM silence").fetchall() == [
        (1, "a", "changed"),
        (3, "c", "c"),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("INSERT OR REPLACE INTO late VALUES ('a', '2026-03', 1)", id="replaced"),
        pytest.param("INSERT OR IGNORE INTO late VALUES ('a', '2026-03', 1)", id="ignored if there"),
        pytest.param(
            "INSERT INTO late VALUES ('a', '2026-03', 1) ON CONFLICT DO UPDATE SET readings = readings + 1",
            id="added to",
        ),
    ],
)
def test_a_change_is_noted_once_whatever_the_statement_says_of_conflicts(
    statement: str, disk: DiskOfOthers
) -> None:
    disk.journal.before_commit = None

    disk.write(statement, statement)

    noted = disk.journal.connection().execute("SELECT name, key FROM handover_change").fetchall()
    assert noted == [("late", '["a","2026-03"]')]


def test_what_commands_wrote_before_the_service_keeps_its_number_and_goes_to_the_store_too(
    disk: DiskOfOthers,
) -> None:
    disk.write(SILENCE.format("former"))
    disk.store_all()
    disk.journal = disk.open("heir.db")
    disk.write(SILENCE.format("command"))

    take_over(disk.journal, disk.store, START)
    disk.store_all()

    third = disk.open("third.db")
    take_over(third, disk.store, START)
    for journal in (disk.journal, third):
        found = journal.connection().execute("SELECT id, site FROM silence").fetchall()
        assert found == [(1, "command"), (2, "former")]


def test_a_journal_that_a_service_has_worked_with_takes_nothing_over_but_hands_over_all(
    disk: DiskOfOthers,
) -> None:
    disk.write(*map(SILENCE.format, ("older", "older too", "and this")))
    disk.store_all()
    disk.journal = disk.open("other.db")
    disk.write(SILENCE.format("newer"), "UPDATE count SET value = 1 WHERE name = 'received'")

    assert take_over(disk.journal, disk.store, START) == {}
    disk.store_all()
    changes.end(disk.journal)
    disk.write(SILENCE.format("not handed over"), "DELETE FROM silence WHERE site = 'newer'")
    assert not changes.is_waiting(disk.journal.connection())
    take_over(disk.journal, disk.store, START)
    disk.store_all()

    heir = disk.open("heir.db")
    take_over(heir, disk.store, START)
    found = heir.connection().execute("SELECT site FROM silence").fetchall()
    assert found == [("not handed over",)]


def test_a_store_that_is_away_is_no_empty_one(disk: DiskOfOthers, monkeypatch: pytest.MonkeyPatch) -> None:
    disk.write(SILENCE.format("a"))
    disk.store_all()
    heir = disk.open("heir.db")
    asked = disk.store.points

    def away(measurement: str, *spans: datetime, tags: Any = None) -> Any:
        raise StoreAway("away")

    taking = TakeOver(heir, disk.store, START)
    for _ in range(len(TABLES)):
        taking.step()
    monkeypatch.setattr(disk.store, "points", away)
    with pytest.raises(StoreAway):
        taking.step()
    monkeypatch.setattr(disk.store, "points", asked)

    assert not taking.is_over
    assert take_over(heir, disk.store, START)["silence"] == 1  # another start goes on with it


def test_the_quarantine_is_whole_again_and_counted(disk: DiskOfOthers) -> None:
    payload = bytes(range(256)) * 300
    message = InboxMessage("liangqu/air/地", payload, START)
    with disk.journal.transaction() as connection:
        quarantine.add(connection, message, [Refused("not_json", "", ""), Refused("bad_time", "", "x")], 1e9)
    disk.store_all()

    heir = disk.open("heir.db")
    take_over(heir, disk.store, START)
    connection, former = heir.connection(), disk.journal.connection()
    found = list(quarantine.items(connection, quarantine.ANY))
    assert found == list(quarantine.items(former, quarantine.ANY))
    assert [each.payload for each in found] == [payload] * 2
    sizes = "SELECT * FROM quarantine_bytes ORDER BY site"
    assert connection.execute(sizes).fetchall() == former.execute(sizes).fetchall()
    accounts = accounting.read_counts(connection)
    assert (accounts["items"], accounts["quarantined"]) == (2, 2)
    assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}


def test_no_secret_and_no_session_is_handed_over(disk: DiskOfOthers) -> None:
    disk.write(
        "INSERT INTO meta VALUES ('alert_link_secret', 'geheim')",
        "INSERT INTO login_session VALUES ('geheim', 'li', 'geheim', 1, 2, '', '')",
    )
    disk.store_all()

    bodies = disk.store.points("journal", changes.FIRST, datetime(2200, 1, 1, tzinfo=UTC))["body"]
    assert not [body for body in bodies if "geheim" in body]


def test_what_is_noted_but_not_sent_holds_back_no_more_than_the_acknowledgement(disk: DiskOfOthers) -> None:
    """A transaction sends at most so many rows: the others follow with the next."""
    disk.write(
        *[f"INSERT INTO late VALUES ('{number}', '2026-03', 1)" for number in range(changes.MOST_ROWS + 1)]
    )

    assert changes.is_waiting(disk.journal.connection())
    assert outgoing.fetch(disk.journal.connection(), 10**6).size == changes.MOST_ROWS  # type: ignore[union-attr]
    disk.write()
    assert not changes.is_waiting(disk.journal.connection())


@pytest.mark.parametrize("length", [0, 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_row_is_the_same_after_its_pieces_are_put_together(length: int) -> None:
    row = HandedRow('["a"]', START, "阈" * length)
    points = list(row_points("episode", row))
    records = [{"time": p.time, **p.tags, **p.fields} for p in points]

    assert [*rows_of(reversed(records))] == [row]
    assert all(len(str(p.fields["body"]).encode()) < 65_536 for p in points)
    assert [*rows_of(records[:-1])] == []  # one piece is not there yet


def test_cells_come_back_with_their_types() -> None:
    cells: dict[str, Cell] = {
        "blob": bytes(range(256)),
        "text": '\n"阈',
        "number": 0.1,
        "whole": 2**53 + 1,
        "none": None,
    }

    assert decode_cells(encode_cells(cells), ["blob"]) == cells


def test_a_day_that_is_to_be_recomputed_already_is_no_contradiction(disk: DiskOfOthers) -> None:
    day = "INSERT INTO recompute (site, day, cause) VALUES ('a', '2026-03-01', 'new_journal')"
    disk.write(day)
    disk.store_all()
    heir = disk.open("heir.db")
    with heir.transaction() as connection:
        connection.execute(day)

    assert take_over(heir, disk.store, START)["recompute"] == 1
    assert heir.connection().execute("SELECT count(*) FROM recompute").fetchone() == (1,)
