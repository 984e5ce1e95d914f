"""deploy/backup.sh and restore.sh on real files and a real InfluxDB: what comes back is what was there."""

import re
import sqlite3
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.journal import accounting
from ingest.journal.file import Journal
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.sqlite.store import SqliteStore
from sensors.model import Checked, Point, Reading
from sensors.store_schema import MEASUREMENTS, reading_point
from tests.deploy.deployment import run
from tests.support.paths import ROOT
from tests.support.servers import Influxd, StartInfluxd

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
HOURS = 500
PYTHON = {"PYTHON": sys.executable}


def points() -> list[Point]:
    """Readings of a station, and a statistic with every kind of field."""
    found = [
        reading_point(
            "air", Checked(Reading("站, a", "pm25", "rtd", NOW - timedelta(hours=n), n / 7, "N", NOW))
        )
        for n in range(HOURS)
    ]
    tags = {"site": "站, a", "parameter": "pm25", "statistic": "day"}
    fields = {"value": 1 / 3, "n": 20.0, "expected": 24.0, "valid": True, "closed": False, "limit": 60.0}
    return [*found, Point("statistic", tags, fields, NOW)]


def content(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    connection = sqlite3.connect(file)
    try:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {
            table: connection.execute(f'SELECT * FROM "{table}" ORDER BY 1, 2').fetchall() for table in tables
        }
    finally:
        connection.close()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    """A journal and a store with something in them, still open."""
    folder = tmp_path / "state"
    folder.mkdir()
    journal, store = Journal(folder / "journal.db"), SqliteStore(folder / "liangqu.db")
    store.prepare()
    store.write(points())
    with journal.transaction() as connection:
        accounting.add(connection, {"items": 7, "stored": 7})
    yield folder
    journal.close()
    store.close()


def test_both_files_come_back_equal(state: Path, tmp_path: Path) -> None:
    files = [str(state / name) for name in ("journal.db", "liangqu.db")]
    kept, restored = tmp_path / "kept", tmp_path / "restored"

    assert run("backup.sh", "sqlite", *files, str(kept), cwd=ROOT, **PYTHON).returncode == 0
    assert run("restore.sh", "sqlite", str(kept), str(restored), cwd=ROOT).returncode == 0

    for name in ("journal.db", "liangqu.db"):
        assert content(restored / name) == content(state / name)
    assert ("items", 7) in content(restored / "journal.db")["count"]
    store = SqliteStore(restored / "liangqu.db")
    assert len(store.readings("站, a", "pm25", NOW - timedelta(days=99), NOW + timedelta(days=1))) == HOURS
    store.close()


def test_a_copy_that_is_made_while_somebody_writes_is_whole(state: Path, tmp_path: Path) -> None:
    """Each transaction adds one to both accounts: in any copy they are equal."""
    over = threading.Event()

    def write() -> None:
        journal = Journal(state / "journal.db")
        while not over.is_set():
            with journal.transaction() as connection:
                accounting.add(connection, {"items": 1, "stored": 1})
        journal.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(5):
            kept = tmp_path / f"kept{n}"
            assert (
                run(
                    "backup.sh", "sqlite", str(state / "journal.db"), str(kept), cwd=ROOT, **PYTHON
                ).returncode
                == 0
            )
            accounts = dict[Any, Any](content(kept / "journal.db")["count"])
            assert accounts["items"] == accounts["stored"] >= 7
    finally:
        over.set()
        writer.join()


def test_nothing_that_is_there_is_overwritten(state: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    journal = str(state / "journal.db")
    assert run("backup.sh", "sqlite", journal, str(kept), cwd=ROOT, **PYTHON).returncode == 0

    again = run("backup.sh", "sqlite", journal, str(kept), cwd=ROOT, **PYTHON)
    back = run("restore.sh", "sqlite", str(kept), str(state), cwd=ROOT)

    assert (again.returncode, again.stderr) == (2, f"backup: {kept} is there already\n")
    assert (back.returncode, back.stderr) == (2, f"restore: {state}/journal.db is there already\n")


@pytest.mark.parametrize("there", ["journal.db", "liangqu.db", "journal.db-wal", "liangqu.db-shm"])
def test_a_file_that_belongs_to_another_history_stops_it(there: str, state: Path, tmp_path: Path) -> None:
    """A `-wal` that is left over would be played into the file that came back."""
    kept, target = tmp_path / "kept", tmp_path / "target"
    files = [str(state / name) for name in ("journal.db", "liangqu.db")]
    assert run("backup.sh", "sqlite", *files, str(kept), cwd=ROOT, **PYTHON).returncode == 0
    target.mkdir()
    (target / there).write_text("mine", encoding="utf-8")

    back = run("restore.sh", "sqlite", str(kept), str(target), cwd=ROOT)

    assert (back.returncode, back.stderr) == (2, f"restore: {target}/{there} is there already\n")
    assert [file.name for file in target.iterdir()] == [there]


@pytest.mark.parametrize("how", ["missing", "cut", "other"])
@pytest.mark.parametrize("name", ["journal.db", "liangqu.db", "manifest", "SHA256SUMS"])
def test_a_backup_that_is_not_as_it_was_made_brings_nothing_back(
    name: str, how: str, state: Path, tmp_path: Path
) -> None:
    kept, target = tmp_path / "kept", tmp_path / "target"
    files = [str(state / name) for name in ("journal.db", "liangqu.db")]
    assert run("backup.sh", "sqlite", *files, str(kept), cwd=ROOT, **PYTHON).returncode == 0
    content = (kept / name).read_bytes()
    (kept / name).unlink()
    if how != "missing":
        changed = content[:-9] if how == "cut" else content[:-9] + b"x" + content[-8:]
        (kept / name).write_bytes(changed)

    back = run("restore.sh", "sqlite", str(kept), str(target), cwd=ROOT)

    assert back.returncode == 1
    assert "restore: done" not in back.stdout
    assert not target.exists()


@pytest.mark.parametrize("what", ["missing", "empty", "no database", "without a row"])
def test_nothing_is_no_backup(what: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal.db"
    if what == "without a row":
        sqlite3.connect(journal).execute("CREATE TABLE t (c)")
    elif what != "missing":
        journal.write_bytes(b"" if what == "empty" else b"text" * 2000)

    saved = run("backup.sh", "sqlite", str(journal), str(tmp_path / "kept"), cwd=ROOT, **PYTHON)

    assert saved.returncode == 1
    assert f"backup: {journal} could not be copied" in saved.stderr
    assert "Traceback" not in saved.stderr
    assert list(tmp_path.glob("kept*")) == []
    assert journal.exists() is (what != "missing")


def test_a_file_keeps_its_owner_and_mode(state: Path, tmp_path: Path) -> None:
    """By whom the service runs; in a folder that is there already, whom that belongs to."""
    kept, journal = tmp_path / "kept", state / "journal.db"
    journal.chmod(0o640)
    assert run("backup.sh", "sqlite", str(journal), str(kept), cwd=ROOT, **PYTHON).returncode == 0
    (tmp_path / "folder").mkdir()
    for target in (tmp_path / "folder", tmp_path / "new"):
        assert run("restore.sh", "sqlite", str(kept), str(target), cwd=ROOT).returncode == 0
        found = (target / "journal.db").stat()
        assert (found.st_mode & 0o777, found.st_uid) == (0o640, journal.stat().st_uid)


@pytest.mark.parametrize("script", ["backup.sh", "restore.sh"])
def test_wrong_use_is_told_how(script: str) -> None:
    done = run(script, "everything", cwd=ROOT)

    assert done.returncode == 2
    assert "sqlite" in done.stderr


@pytest.mark.parametrize(
    "words", [("sqlite", "-x", "-y"), ("sqlite", "journal.db", "-y"), ("compose", "--help")]
)
def test_what_looks_like_an_option_is_refused_in_one_line(words: tuple[str, ...]) -> None:
    done = run("backup.sh", *words, cwd=ROOT)

    assert done.returncode == 2
    found = next(word for word in words if word.startswith("-"))
    assert done.stderr == f"backup: {found} is not an option; a file or folder of that name is ./{found}\n"


def backup_address(server: Influxd) -> str:
    """Where an influxd answers backups: its `bind-address`."""
    config = (server.folder / "influxd.conf").read_text(encoding="utf-8")
    found = re.search(r'^bind-address = "([^"]+)"', config, re.MULTILINE)
    assert found
    return found[1]


def everything(server: Influxd) -> dict[str, list[tuple[Any, ...]]]:
    store = InfluxDBStore(InfluxOptions(server.url, "liangqu"))
    span = (NOW - timedelta(days=99), NOW + timedelta(days=1))
    found = {
        name: [tuple(row) for row in store.points(name, *span).reset_index().astype(str).to_numpy()]
        for name in MEASUREMENTS
    }
    store.close()
    return found


@pytest.mark.server
def test_a_database_comes_back_equal_in_another_server(start_influxd: StartInfluxd, tmp_path: Path) -> None:
    first, second = start_influxd(), start_influxd()
    store = InfluxDBStore(InfluxOptions(first.url, "liangqu"))
    store.prepare()
    store.write(points())
    store.close()
    kept = tmp_path / "kept"

    counted = PYTHON | {"LIANGQU_INFLUXDB__URL": first.url}
    saved = run("backup.sh", "influxdb1", backup_address(first), str(kept), cwd=ROOT, **counted)
    counted["LIANGQU_INFLUXDB__URL"] = second.url
    back = run("restore.sh", "influxdb1", str(kept), backup_address(second), cwd=ROOT, **counted)

    assert saved.returncode == 0, saved.stderr
    assert back.returncode == 0, back.stderr
    assert everything(second) == everything(first)
    assert len(everything(second)["air"]) == HOURS
