"""Makes journal.sql, store.sql and meaning.json, by the build of commit 3b4a1c3 (journal version 7).

    git worktree add /tmp/build_7 3b4a1c3
    PYTHONPATH=/tmp/build_7 python tests/ingest/journal/version_7/make.py

Pipeline, drain and recompute of that build work in turns on what `course.py` sends; the store is away for the
last hour. Then every table has rows, and every kind of entry waits. Run by hand, with that build's modules.
"""
# mypy: ignore-errors
# ruff: noqa: I001 - which modules are ours is that build's

import sqlite3
import sys
import tempfile
import tomllib
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from shutil import copy

import msgspec
from course import START, play_first_part

from alerts import notify_file, outbox, register
from alerts.alerting import Alerting
from alerts.clocked import Health
from ingest.drain import Drain
from ingest.journal import inbox, quarantine, requests
from ingest.journal.journal import Journal
from ingest.marks import leave
from ingest.statistics.recompute import Recompute
from ingest.stores.sqlite.store import SqliteStore
from liangqu import assembly, settings
from liangqu.pipeline import Pipeline
from sensors.marks import Mark
from sensors.seams import StoreAway

HERE = Path(__file__).parent
HOUR = timedelta(hours=1)


class Former:
    """The service of that build without its threads."""

    def __init__(self, folder: Path) -> None:
        for file in HERE.glob("*.toml"):
            copy(file, folder)
        (folder / "notify.toml").chmod(0o600)
        self.settings = settings.load(folder / "liangqu.toml", {})
        self.catalogue = assembly.open_catalogue(self.settings)
        self.rules = assembly.open_coverage(self.settings, self.catalogue)
        self.notify = assembly.open_notify(self.settings)
        self.now = START
        self.journal = Journal(folder / "journal.db")
        self.store = SqliteStore(folder / "store.db")
        self.raw = SqliteStore(folder / "store.db")
        self.bounds, prefix = self.settings.bounds(), self.settings.mqtt.prefix
        self.pipeline = Pipeline(
            self.journal, self.catalogue, self.bounds, prefix=prefix, quarantine_limit=10**6,
            alerting=Alerting(self.rules, self.notify, page_max_age=None, language="en"),
            clock=lambda: self.now,
        )  # fmt: skip
        self.drain = Drain(self.journal, self.store, prefix=prefix, quarantine_limit=10**6)
        self.recompute = Recompute(
            self.journal, self.raw, self.catalogue, self.pipeline.take_in, self.pipeline.judge_again
        )

    def receive(self, topic: str, payload: bytes) -> None:
        with self.journal.transaction() as connection:
            inbox.add(connection, [inbox.cut(topic, payload, self.now, self.bounds.max_payload)])

    def work(self, *, store_known: bool = True) -> None:
        if not store_known:
            self.forget_store()
        while self.pipeline.step():
            pass
        self.pipeline.tick(Health(START, {}))
        if not store_known:
            self.know_store()

    def forget_store(self) -> None:
        with self.journal.transaction() as connection:
            connection.execute("DELETE FROM meta WHERE name = 'store_known'")
        self.pipeline._reload_series()

    def know_store(self) -> None:
        with self.journal.transaction() as connection:
            connection.execute("INSERT INTO meta VALUES ('store_known', '1')")
        self.pipeline._reload_series()

    def settle(self) -> None:
        while self.drain.step(self.now):
            pass
        while self.recompute.step():
            while self.drain.step(self.now):
                pass

    def deliver(self) -> None:
        """The broker takes everything, the group's webhook nothing, the mailbox its first letters."""
        with self.journal.transaction() as connection:
            outbox.sent(connection, outbox.due(connection, "mqtt", self.now), self.now)
            outbox.failed(connection, outbox.due(connection, "group", self.now), "HTTP 503", self.now)
            outbox.sent(connection, outbox.due(connection, "wang-mail", self.now, 2), self.now)

    def break_off(self) -> None:
        def write(_points: object) -> None:
            raise StoreAway("cut off")

        self.store.write = write
        with suppress(StoreAway):
            self.drain.step(self.now)
        self.drain._forget()
        del self.store.write

    def acknowledge(self) -> None:
        with self.journal.snapshot() as connection:
            found = [one.id for one in register.history(connection, rule="own-pm25") if one.ended is None]
        for id_ in found:
            self.ask("ack", episode=id_, by="王", note="on my way")

    def ask(self, what: str, **body: object) -> None:
        with self.journal.transaction() as connection:
            requests.ask(connection, what, body, self.now)

    def silence(self, site: str, hours: float) -> None:
        until = (START + hours * HOUR).isoformat()
        self.ask("silence", id=0, site=site, rule=None, parameter=None, until=until, reason="calm", by="li")

    def mark(self, site: str, parameter: str, begin: float, end: float) -> None:
        span = START + begin * HOUR, START + end * HOUR
        with self.journal.transaction() as connection:
            leave(connection, Mark(site, parameter, *span, "maintenance", "滤膜", "王", self.now), self.now)

    def replay(self, position: str) -> None:
        with self.journal.transaction() as connection:
            every = quarantine.kept(connection, quarantine.Filter())
            ids = tuple(item.id for item in every if item.position == position)
            quarantine.replay(connection, quarantine.Filter(ids=ids), "keep")


def meaning(house: Former) -> dict[str, object]:
    """What this build makes of the files beside it, as plain JSON; what is shipped may change."""
    files = [
        tomllib.loads((HERE / name).read_text(encoding="utf-8")) for name in ("sites.toml", "rules.toml")
    ]
    here = {(kind, row["id"]) for file in files for kind, rows in file.items() for row in rows}
    catalogue = house.catalogue
    found = {
        "site": catalogue.sites, "zone": catalogue.zones, "river": catalogue.rivers,
        "parameter": catalogue.parameters, "rule": house.rules.rules,
    }  # fmt: skip
    (HERE / "deploy" / "notify.toml").chmod(0o600)
    return {
        "settings": house.settings,
        "notify": house.notify,
        "deployed settings": settings.load(HERE / "deploy" / "liangqu.toml", {}),
        "deployed notify": notify_file.load(HERE / "deploy" / "notify.toml"),
        "fingerprint": {id_: house.rules.rules[id_].fingerprint for kind, id_ in here if kind == "rule"},
        **{
            kind: {id_: row for id_, row in rows.items() if (kind, id_) in here}
            for kind, rows in found.items()
        },
    }


def dump(file: Path, to: Path) -> None:
    """As text, with the version and the application id that such a dump leaves out."""
    with closing(sqlite3.connect(file)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            if not connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]:
                print(f"{to.name}: {table} is empty", file=sys.stderr)
        kept = [
            f"PRAGMA {name} = {connection.execute(f'PRAGMA {name}').fetchone()[0]};"
            for name in ("user_version", "application_id")
        ]
        to.write_text("\n".join([*connection.iterdump(), *kept]) + "\n", encoding="utf-8")


def main() -> None:
    """The three files."""
    with tempfile.TemporaryDirectory() as name:
        house = Former(Path(name))
        play_first_part(house)
        plain = msgspec.json.encode(meaning(house), order="sorted")
        for folder in (name, HERE / "deploy"):
            plain = plain.replace(f"{folder}/".encode(), b"")
        (HERE / "meaning.json").write_bytes(msgspec.json.format(plain, indent=1) + b"\n")
        for part in (house.store, house.raw, house.journal):
            part.close()
        for part in ("journal", "store"):
            dump(Path(name) / f"{part}.db", HERE / f"{part}.sql")


main()
