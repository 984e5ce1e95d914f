"""Journal, store and files of the build of commit 3b4a1c3 (version 7), opened and gone on with by today's.

`version_7/` has what that build left, every table filled and every kind of entry waiting; how it was made is
said there.
"""

import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from shutil import copy, copytree
from typing import Any, get_args

import msgspec
import pytest
from msgspec import structs

from alerts import row_checks as alert_checks
from alerts.episodes import register, state_store
from alerts.episodes.states import State
from alerts.notify import config, outbox, silences
from alerts.rules.index import WatchId
from ingest import row_checks as ingest_checks
from ingest.journal import accounting, inbox, outgoing, quarantine, requests, unreadable
from ingest.journal.database import schema
from ingest.journal.entries import Entry, EntryStatus, PointEntry, ReadingEntry, StatisticEntry
from ingest.journal.file import Journal
from ingest.marks import submit
from ingest.observer import Health
from ingest.pipeline import Pipeline
from ingest.recompute.job import RecomputeJob
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from liangqu.config import factories, settings
from sensors.marks import Mark
from sensors.store_schema import MEASUREMENTS
from tests.ingest.journal.version_7 import course
from tests.ingest.journal.version_7.course import END, LEFT, START
from tests.support.typed_command import type_command

FORMER = Path(__file__).with_name("version_7")
HOUR = timedelta(hours=1)
Rows = list[tuple[Any, ...]]


READINGS = """
[[rule]]
id = "pm25-reading"
category = "exceedance"
zones = ["competition"]
parameters = ["pm25"]
statistic = "reading"
levels = [{ severity = "watch", limit = "target" }]
name = { zh = "PM2.5 单次读数高于规划目标值", en = "PM2.5 reading above the plan's target value" }
"""
"""A shipped rule as it was: today it leaves out sites of one reading an hour."""


class Today:
    """Today's service without its threads, over the files of a folder; its store is always there."""

    def __init__(self, folder: Path) -> None:
        self.now = START
        self.settings = settings.load(folder / "liangqu.toml", {})
        self.catalogue = factories.open_catalogue(self.settings)
        self.notify = factories.open_notify(self.settings)
        (readings := folder / "readings.toml").write_text(READINGS, encoding="utf-8")
        rules = structs.replace(self.settings.alerts, rules=(*self.settings.alerts.rules, str(readings)))
        as_then = structs.replace(self.settings, alerts=rules)
        self.engine = factories.open_alerting(as_then, self.catalogue, self.notify)
        self.journal = Journal(folder / "journal.db")
        self.store, self.raw = SqliteStore(folder / "store.db"), SqliteStore(folder / "store.db")
        self.bounds, prefix = self.settings.bounds(), self.settings.mqtt.prefix
        self.pipeline = Pipeline(
            self.journal, self.catalogue, self.bounds, prefix=prefix, quarantine_limit=10**6,
            observer=self.engine, clock=lambda: self.now,
        )  # fmt: skip
        self.sender = StoreSender(self.journal, self.store, prefix=prefix, quarantine_limit=10**6)
        self.recompute = RecomputeJob(
            self.journal, self.raw, self.catalogue, self.pipeline.apply, self.engine.replays
        )

    def close(self) -> None:
        for part in (self.store, self.raw, self.journal):
            part.close()

    def receive(self, topic: str, payload: bytes) -> None:
        message = inbox.to_inbox_message(topic, payload, self.now, self.bounds.max_payload)
        with self.journal.transaction() as connection:
            inbox.add(connection, [message])

    def work(self, *, store_known: bool = True) -> None:  # noqa: ARG002 - it always is
        while self.pipeline.step():
            pass
        self.pipeline.tick(Health(START, {}))

    def deliver(self) -> None:
        with self.journal.transaction() as connection:
            for channel, limit in (("mqtt", 200), ("wang-mail", 2)):
                due = outbox.due_notifications(connection, channel, self.now, limit)
                outbox.mark_sent(connection, due, self.now)
            due = outbox.due_notifications(connection, "group", self.now)
            outbox.mark_failed(connection, due, "HTTP 503", self.now)

    def settle(self) -> None:
        while self.sender.step(self.now):
            pass
        while self.recompute.step():
            while self.sender.step(self.now):
                pass

    break_off = settle

    def acknowledge(self) -> None:
        with self.journal.snapshot() as connection:
            found = [one.id for one in register.history(connection, rule="own-pm25") if one.ended is None]
        for id_ in found:
            self._ask("ack", episode=id_, by="王", note="on my way")

    def silence(self, site: str, hours: float) -> None:
        until = (START + hours * HOUR).isoformat()
        self._ask("silence", id=0, site=site, rule=None, parameter=None, until=until, reason="calm", by="li")

    def mark(self, site: str, parameter: str, begin: float, end: float) -> None:
        span = START + begin * HOUR, START + end * HOUR
        with self.journal.transaction() as connection:
            submit(connection, Mark(site, parameter, *span, "maintenance", "滤膜", "王", self.now), self.now)

    def replay(self, position: str) -> None:
        with self.journal.transaction() as connection:
            every = quarantine.items(connection, quarantine.QuarantineFilter())
            ids = tuple(item.id for item in every if item.position == position)
            assert quarantine.replay(connection, quarantine.QuarantineFilter(ids=ids), "keep") == (1, 0)

    def _ask(self, what: requests.RequestKind, **body: object) -> None:
        with self.journal.transaction() as connection:
            requests.submit(connection, what, body, self.now)

    def rows(self, columns: str, table: str) -> Rows:
        return (
            self.journal.connection().execute(f"SELECT {columns} FROM {table} ORDER BY {columns}").fetchall()
        )


def former_files(folder: Path) -> Path:
    """What the former build left in its folder."""
    folder.mkdir()
    for file in FORMER.glob("*.toml"):
        copy(file, folder)
    (folder / "notify.toml").chmod(0o600)
    for name in ("journal", "store"):
        with closing(sqlite3.connect(folder / f"{name}.db")) as connection:
            connection.executescript((FORMER / f"{name}.sql").read_text(encoding="utf-8"))
    return folder


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Today]:
    """Today's service over the former files, nothing done yet."""
    with closing(Today(former_files(tmp_path / "former"))) as today:
        today.now = LEFT
        yield today


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Today, Today]]:
    """Gone on with after the former build, and worked by today's alone; after all hours, all settled."""
    folder = tmp_path_factory.mktemp("both")
    (folder / "whole").mkdir()
    for file in former_files(folder / "resumed").glob("*.toml"):
        copy(file, folder / "whole")
    with ExitStack() as opened:
        resumed, whole = (opened.enter_context(closing(Today(folder / n))) for n in ("resumed", "whole"))
        course.play_first_part(whole)
        for each in (resumed, whole):
            course.play(each, LEFT, END)
            each.settle()
        yield resumed, whole


def as_text(rows: Iterable[Sequence[Any]]) -> list[str]:
    """NaN equals NaN, NULL sorts."""
    return sorted(map(repr, rows))


def former_rows(name: str) -> dict[str, Rows]:
    """Every row of each table of a former file, as it was left."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript((FORMER / f"{name}.sql").read_text(encoding="utf-8"))
        return {
            table: connection.execute(f'SELECT * FROM "{table}"').fetchall()
            for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }


def test_the_former_build_left_rows_in_every_table_and_every_kind_of_entry() -> None:
    left = former_rows("journal")
    with closing(sqlite3.connect(":memory:")) as connection:
        for statements in schema.MIGRATIONS[:7]:
            connection.executescript(statements)
        tables = {
            name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
        }
    kinds = {(entry[0], entry[3] if entry[0] == "r" else "") for entry in raw_entries()}

    assert set(left) == tables
    assert [table for table, rows in left.items() if not rows] == []
    assert kinds == {("p", ""), ("s", ""), *(("r", status) for status in get_args(EntryStatus))}


def test_no_row_of_the_former_build_is_taken_for_unreadable(opened: Today) -> None:
    """As at each start of the service: what cannot be read would go to the quarantine."""
    checks = (*ingest_checks.CHECKS, *alert_checks.CHECKS)

    assert not unreadable.set_aside(opened.journal, checks, "liangqu", 10**6, LEFT)
    assert opened.rows("reason", "refusal") == sorted((row[2],) for row in former_rows("journal")["refusal"])


def raw_entries() -> list[list[Any]]:
    """What waits for the store, taken apart without the program; readings since then say what was sent."""
    bodies = [row[3] for row in sorted(former_rows("journal")["outgoing"])]
    entries = [entry for body in bodies for entry in msgspec.msgpack.decode(body)]
    for reading in (entry[2][0] for entry in entries if entry[0] == "r"):
        reading.append("")
    return entries


NEW_ROWS = {("count", ("missing", 0)), ("meta", ("records_interrupted", "1"))}
"""What every journal has since then."""


def test_the_journal_is_migrated_and_no_row_is_another(opened: Today) -> None:
    connection = opened.journal.connection()

    assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
    assert not opened.journal.is_new
    for table, rows in former_rows("journal").items():
        found = connection.execute(f'SELECT * FROM "{table}"').fetchall()
        kept = [row[: len(rows[0])] for row in found if (table, row) not in NEW_ROWS]
        assert as_text(kept) == as_text(rows), table


def test_times_of_the_journal_end_in_ms(opened: Today) -> None:
    """Whatever the fixture holds of the years 2020 to 2030, and no other number."""
    connection = opened.journal.connection()
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        rows = connection.execute(f'SELECT * FROM "{table}"')
        names = [column for column, *_ in rows.description]
        for name, *values in zip(names, *rows, strict=True):
            numbers = [value for value in values if isinstance(value, int)]
            times = [value for value in numbers if 1_577_836_800_000 <= value < 1_893_456_000_000]
            assert len(times) == (len(numbers) if name.endswith("_ms") else 0), f"{table}.{name}"


def test_what_waits_is_read_as_it_was_written(opened: Today) -> None:
    batch = outgoing.fetch(opened.journal.connection(), 10_000)
    assert batch is not None
    entries: list[Entry] = outgoing.decode_entries(batch.rows)

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(entries)) == raw_entries()
    assert Counter(map(type, entries)) == {ReadingEntry: 34, StatisticEntry: 104, PointEntry: 13}
    assert [(m.topic, m.payload, m.length, m.sha256, m.conflict, m.positions) for m in inbox_of(opened)] == [
        (topic, payload, length, sha256, conflict, tuple(msgspec.json.decode(positions or "[]")))
        for _, topic, payload, _, length, sha256, conflict, positions in former_rows("journal")["inbox"]
    ]


def inbox_of(today: Today) -> list[inbox.InboxMessage]:
    return inbox.fetch(today.journal.connection(), 100)


def test_the_accounts_go_on(opened: Today, both: tuple[Today, Today]) -> None:
    at_first, (resumed, _) = accounting.read_counts(opened.journal.connection()), both
    afterwards = accounting.read_counts(resumed.journal.connection())

    assert accounting.imbalances(at_first) == accounting.imbalances(afterwards) == {"messages": 0, "items": 0}
    assert at_first == dict(former_rows("journal")["count"]) | {"missing": 0}
    assert all(afterwards[name] >= at_first[name] for name in ("received", "stored", "revised", "late"))
    assert (afterwards["inbox"], afterwards["outgoing"]) == (0, 0)


def test_every_refused_item_can_be_replayed(opened: Today) -> None:
    with opened.journal.transaction() as connection:
        whole = quarantine.QuarantineFilter(reason="unknown_parameter")
        (item,) = quarantine.items(connection, whole)
        moved = quarantine.replay(connection, quarantine.QuarantineFilter(), "revise")
    topics = [message.topic for message in inbox_of(opened)][3:]

    assert (item.topic, item.position, item.site) == ("liangqu/air/hourly", "values.pm1", "hourly")
    assert moved == (3, 1)  # of the one that was too large only the head is kept
    assert topics == ["liangqu/air/quick", "liangqu/air/nobody", "liangqu/air/hourly"]


def test_what_commands_asked_is_carried_out(opened: Today) -> None:
    opened.work()

    connection = opened.journal.connection()
    (firing,) = (one for one in register.history(connection, rule="own-pm25") if one.ended is None)
    assert requests.pending(connection) == []
    assert (firing.acked_by, firing.note, firing.acked_at) == ("王", "on my way", LEFT)
    assert [one.site for one in silences.in_force(connection, LEFT)] == ["hourly", "lower"]


def test_an_episode_that_fires_is_over_under_its_id(both: tuple[Today, Today]) -> None:
    former = {row[0]: row for row in former_rows("journal")["episode"]}
    resumed, _ = both
    episodes = {one.id: one for one in register.history(resumed.journal.connection())}
    (firing,) = (id_ for id_, row in former.items() if row[1] == "own-pm25" and row[8] is None)

    assert set(former) <= set(episodes)
    assert (episodes[firing].begun, episodes[firing].ended) == (
        START + 8 * HOUR,
        START + 10.5 * HOUR + timedelta(minutes=20),  # the reading of then comes in late
    )
    told = resumed.rows("document ->> 'state'", f"notification WHERE episode = '{firing}'")
    assert {state for (state,) in told} == {"firing", "acknowledged", "resolved"}


OTHERWISE = {
    # The store was away in one life only; what waited for people was of episodes then, and is of events now.
    "count": "name LIKE 'store_error:%' OR name GLOB 'notification:[^m]*'",
    # The clock of the wall; when people's messages were due, of which the former build kept nothing.
    "meta": "name = 'late_since' OR name LIKE 'planned_for:%'",
    # The words have been edited since.
    "refusal": "detail LIKE '% parameter id or HJ code' OR reason IN ('not_json', 'oversize')",
}
"""Rows of tables that may differ between a life in two builds and one in today's."""
WORDS = re.compile(
    r'"message":".*?","text":\{[^{}]*\}|,"event":"[0-9a-f]*"|,"told":null|,"peak(_limit)?":[^,}]*'
)
"""Of a change: they have been edited since, and it names its event and peak."""
OF_EVENTS = {("episode", name) for name in ("event", "told_at_ms", "tellings", "step", "told_severity")}
"""Columns of what people know; since then it is kept of events."""
SKIPPED = {
    "head": "counts changes; its body is compared below",
    "notification": "people are notified of events since then; what goes out over MQTT is compared below",
    "machine": "former states are read, not rewritten; compared below as they are read",
    "quarantine_bytes": "the former build did not count topics",
    "sqlite_sequence": "how many rows the queue has had",
}


def columns_of(today: Today, table: str) -> str:
    """Those of a table but for what people know of an episode."""
    names = [row[1] for row in today.journal.connection().execute(f'PRAGMA table_info("{table}")')]
    return ", ".join(f'"{name}"' for name in names if (table, name) not in OF_EVENTS)


def test_all_state_is_that_of_an_uninterrupted_life(both: tuple[Today, Today]) -> None:
    for table in former_rows("journal").keys() - SKIPPED:
        but = f'"{table}" WHERE NOT ({OTHERWISE.get(table, "0")})'
        rows = (as_text(each.rows(columns_of(each, table), but)) for each in both)
        resumed, whole = (sorted(WORDS.sub("", row) for row in each) for each in rows)
        assert resumed == whole, table
    bodies = [each.rows("site, parameter, body", "head") for each in both]
    changes = [each.rows("key", "notification WHERE channel = 'mqtt'") for each in both]
    machines = [machine_states(each) for each in both]

    assert bodies[0] == bodies[1]
    assert changes[0] == changes[1]
    assert machines[0] == machines[1]


def machine_states(today: Today) -> dict[WatchId, State]:
    """What each machine remembers, but for the state before its newest event; `last_begun` is of `last`.

    A shipped rule that has changed since then begins anew: what it saw last within its limit is as it came.
    """
    loaded = state_store.load(today.journal.connection())
    return {key: _comparable(key, one.state) for key, one in loaded.items()}


def _comparable(key: WatchId, state: State) -> State:
    state = structs.replace(state, before=None, last_begun=state.last_begun if state.last else None)
    is_anew = state.phase == "normal" and not key[0].startswith("own-")
    return structs.replace(state, latest=None) if is_anew else state


def test_what_was_told_of_an_episode_that_is_over_is_known(opened: Today) -> None:
    """The value that ended it may be taken back."""
    surge = state_store.load(opened.journal.connection())["own-surge", "quick", "pm10"].state

    assert surge.before is not None
    assert (surge.phase, surge.before.phase, surge.before.announced) == ("normal", "firing", "watch")


NOT_KEPT_THEN = {"arrival", "former", "records_since"}
"""The former build recorded no changes of readings; the store says since when there are records."""


@pytest.mark.parametrize(
    "measurement",
    sorted(name for name, m in MEASUREMENTS.items() if not m.only_in and name not in NOT_KEPT_THEN),
)
def test_the_store_is_that_of_an_uninterrupted_life(measurement: str, both: tuple[Today, Today]) -> None:
    year = timedelta(days=366)
    frames = [each.store.points(measurement, START - year, END + year).reset_index() for each in both]
    if measurement == "alert":  # the words have been edited since
        frames = [frame.drop(columns="message") for frame in frames]
    if measurement == "air":  # the former build made no remark on PM2.5 above PM10
        frames = [frame.replace({"failed": {"inversion": ""}}) for frame in frames]
    if measurement == "statistic":  # nor compared the rest of a year with years before
        frames = [frame[frame.statistic != "outlook_margin"] for frame in frames]
    if measurement == "revision":  # nor a row of a reading that came late
        frames = [frame.dropna(subset="former") for frame in frames]
    if measurement == "event":  # the former build had none; what was open then has become some
        resumed_groups, all_groups = ({*zip(frame.area, frame.cause, strict=True)} for frame in frames)
        assert resumed_groups
        assert resumed_groups <= all_groups
        return
    resumed, whole = (Counter(map(repr, frame.itertuples(index=False, name=None))) for frame in frames)

    if measurement == "aqi":  # the former build published an index on a quarter of a day's ozone
        of_former = Counter(row for row in (resumed - whole) if "2026-01-30 16:00:00+0000" in row)
        assert all("'day'" in row for row in of_former)
        resumed -= of_former
    assert resumed == whole


def test_settings_catalogue_rules_and_notify_files_mean_what_they_meant(
    opened: Today, tmp_path: Path
) -> None:
    meant = msgspec.json.decode((FORMER / "meaning.json").read_bytes())
    rules = factories.open_rules(opened.settings, opened.catalogue).rules
    catalogue, deploy = opened.catalogue, tmp_path / "former" / "deploy"
    copytree(FORMER / "deploy", deploy)
    (deploy / "notify.toml").chmod(0o600)
    means = {
        "deployed settings": settings.load(deploy / "liangqu.toml", {}),
        "deployed notify": config.load(deploy / "notify.toml"),
        "settings": opened.settings,
        "notify": opened.notify,
        "fingerprint": {id_: rule.fingerprint for id_, rule in rules.items()},
        "site": dict(catalogue.sites),
        "zone": dict(catalogue.zones),
        "river": dict(catalogue.rivers),
        "parameter": dict(catalogue.parameters),
        "rule": dict(rules),
    }
    plain = msgspec.json.encode(means)
    for folder in (deploy, deploy.parent):
        plain = plain.replace(f"{folder}/".encode(), b"")

    assert {kind: len(rows) for kind, rows in meant.items() if kind in {"site", "rule", "parameter"}} == {
        "site": 6, "rule": 3, "parameter": 1,
    }  # fmt: skip
    # A default: more is taken than was.
    grown = ".deployed settings.mqtt.max_payload: '256kB' was meant, '8MB' is"
    # Another one: what lasts is repeated in working hours.
    repeated = {f".rule.{id_}.repeat: '4h' was meant, 'daily' is" for id_ in ("own-surge", "pm25-24h")}
    # A site that names no basis: its kind is chosen from what comes, and of `rtd` alone it is `rtd`.
    chosen = {
        f".site.{id_}.basis: 'rtd' was meant, None is"
        for id_ in meant["site"]
        if catalogue.sites[id_].basis is None
    }
    assert set(differences(meant, msgspec.json.decode(plain), "")) == {grown, *repeated, *chosen}


def differences(former: object, today: object, where: str) -> Iterator[str]:
    """What is not as it was; what is there today beside is none."""
    if isinstance(former, dict) and isinstance(today, dict):
        for key, value in former.items():
            if key not in today:
                yield f"{where}.{key} is gone"
            else:
                yield from differences(value, today[key], f"{where}.{key}")
    elif isinstance(former, list) and isinstance(today, list) and len(former) == len(today):
        for number, (value, now) in enumerate(zip(former, today, strict=True)):
            yield from differences(value, now, f"{where}.{number}")
    elif former != today:
        yield f"{where}: {former!r} was meant, {today!r} is"


@pytest.mark.parametrize("words", [("check",), ("alerts", "list"), ("quarantine", "list")], ids=" ".join)
def test_commands_open_the_folder_of_the_former_build(words: tuple[str, ...], tmp_path: Path) -> None:
    folder = former_files(tmp_path / "former")

    done = type_command(*words, "-c", str(folder / "liangqu.toml"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert {"check": "all is well", "alerts": "B PM2.5 reading", "quarantine": "unknown_site"}[
        words[0]
    ] in done.stdout
