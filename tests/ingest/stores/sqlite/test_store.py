"""The SQLite store where files are locked, full, foreign or newer, and where a writer dies."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.stores.base import StoreAway
from ingest.stores.sqlite.store import SqliteStore
from ingest.stores.sqlite.tables import VERSION
from sensors.model import MEDIA, Checked, Key, Point, Reading
from sensors.store_schema import reading_point
from tests.support.paths import ROOT

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)


def readings(count: int, first: int = 0) -> list[Point]:
    return [
        reading_point(
            "air", Checked(Reading("olympic", "pm25", "rtd", START + n * HOUR, float(n), "N", START))
        )
        for n in range(first, first + count)
    ]


def count(store: SqliteStore) -> int:
    return len(store.readings("olympic", "pm25", START, START + 100_000 * HOUR))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(SqliteStore(tmp_path / "店 #1?.db", busy_timeout=0.1)) as made:
        made.prepare()
        yield made


def test_every_connection_syncs_and_logs_ahead(store: SqliteStore) -> None:
    connection = store._connect()

    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_a_file_of_a_newer_version_is_refused_and_left_alone(store: SqliteStore) -> None:
    store.close()
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")

    for work in (store.prepare, store.latest, lambda: store.write(readings(1))):
        with pytest.raises(StoreAway, match="newer liangqu") as away:
            work()
        assert away.value.kind == "refuses"


@pytest.mark.parametrize("opened_by", ["prepare", "latest"])
def test_the_tables_of_version_1_get_what_they_lack(store: SqliteStore, opened_by: str) -> None:
    """Version 1 was before `sent`; its readings came as they are."""
    store.write(readings(2))
    store.close()
    with closing(sqlite3.connect(store.path)) as connection:
        for medium in MEDIA:
            connection.execute(f"ALTER TABLE {medium} DROP COLUMN sent")
        connection.execute("ALTER TABLE exceedance DROP COLUMN valid")
        connection.execute("ALTER TABLE mark DROP COLUMN taken_over")
        for later in ("arrival", "former", "records_since"):
            connection.execute(f"DROP TABLE {later}")
        connection.execute("PRAGMA user_version = 1")

    getattr(store, opened_by)()

    assert store._connect().execute("PRAGMA user_version").fetchone() == (VERSION,)
    assert [*store.readings("olympic", "pm25", START, START + 9 * HOUR).sent] == ["", ""]
    assert [*store.points("mark", START, START + 9 * HOUR).taken_over] == []
    assert len(store.points("former", START, START + 9 * HOUR)) == 0
    below = Reading("olympic", "pm25", "rtd", START, 1.0, "N", START, "<2")
    store.write([reading_point("air", Checked(below))])
    assert [*store.readings("olympic", "pm25", START, START + 9 * HOUR).sent] == ["<2", ""]


def test_a_file_that_is_missing_is_only_made_by_preparing(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with closing(SqliteStore(path)) as store:
        with pytest.raises(StoreAway, match="unable to open"):
            store.latest()
        assert not path.exists()
        store.prepare()
        assert store.latest() == {}


def test_a_file_that_is_being_made_is_away_until_its_tables_are_there(tmp_path: Path) -> None:
    path = tmp_path / "begun.db"
    path.touch()
    with closing(SqliteStore(path)) as reader, closing(SqliteStore(path)) as maker:
        with pytest.raises(StoreAway, match="no tables yet") as away:
            reader.latest()
        maker.prepare()
        assert reader.latest() == {}

    assert away.value.kind == "away"


MAKER = """
import sys
from pathlib import Path
from ingest.stores.sqlite.store import SqliteStore
for path in map(Path, sys.argv[1:]):
    SqliteStore(path).prepare()
"""


def test_a_file_that_is_being_made_is_never_seen_half(tmp_path: Path) -> None:
    """Whoever reads it meanwhile finds all of it or has to wait."""
    paths = [tmp_path / f"{number}.db" for number in range(100)]
    kinds = set()
    with subprocess.Popen([sys.executable, "-c", MAKER, *map(str, paths)], cwd=ROOT) as making:
        for path in paths:
            found = None
            while found is None and making.poll() in {None, 0}:
                with closing(SqliteStore(path)) as reader:
                    try:
                        found = reader.latest()
                    except StoreAway as away:
                        kinds.add((away.kind, str(away).partition(": ")[2]))
                        time.sleep(0.0005)  # the maker needs a moment without readers
            assert found == {}

    assert {kind for kind, _ in kinds} == {"away"}, kinds


def test_a_locked_file_is_away_until_it_is_free(store: SqliteStore) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreAway, match="locked") as away:
            store.write(readings(3))
        other.execute("ROLLBACK")
    store.write(readings(3))

    assert away.value.kind == "away"
    assert count(store) == 3


def test_a_full_disk_takes_the_whole_batch_or_nothing(store: SqliteStore) -> None:
    store.write(readings(100))
    pages = store._connect().execute("PRAGMA page_count").fetchone()[0]
    store._connect().execute(f"PRAGMA max_page_count = {pages + 2}")

    with pytest.raises(StoreAway, match="full") as away:
        store.write(readings(5_000))

    assert away.value.kind == "broken"
    assert count(store) == 100
    store._connect().execute("PRAGMA max_page_count = 1000000")
    store.write(readings(5_000))
    assert count(store) == 5_000


def test_a_foreign_file_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    path.write_bytes(b"no database at all" * 100)
    with closing(SqliteStore(path)) as store, pytest.raises(StoreAway) as away:
        store.latest()

    assert away.value.kind == "broken"


def test_another_database_is_not_taken_for_the_store(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE inbox (payload BLOB)")
    with closing(SqliteStore(path)) as store:
        for work in (store.prepare, store.latest):
            with pytest.raises(StoreAway, match="not one of this store") as away:
                work()
            assert away.value.kind == "refuses"


def test_readers_see_whole_batches_while_one_writes(store: SqliteStore) -> None:
    seen: list[int] = []
    done = threading.Event()

    def read() -> None:
        with closing(SqliteStore(store.path)) as reader:
            while not done.is_set() or not seen:
                seen.append(count(reader))

    thread = threading.Thread(target=read)
    thread.start()
    for first in range(0, 2_000, 100):
        store.write(readings(100, first))
    done.set()
    thread.join()

    assert seen == sorted(seen)
    assert {number % 100 for number in seen} == {0}


WRITER = """
import sys
from pathlib import Path
from ingest.stores.sqlite.store import SqliteStore
from tests.ingest.stores.sqlite.test_store import readings
store = SqliteStore(Path(sys.argv[1]))
store.prepare()
for first in range(0, 10**6, 50):
    store.write(readings(50, first))
    print(first + 50, flush=True)
"""


def test_what_was_written_before_a_kill_is_there(tmp_path: Path) -> None:
    path = tmp_path / "killed.db"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as writer:
        assert writer.stdout
        told = [int(writer.stdout.readline()) for _ in range(20)]
        os.kill(writer.pid, signal.SIGKILL)
        told += [int(line) for line in writer.stdout.read().split()]

    with closing(SqliteStore(path)) as store:
        found = count(store)
    assert told[-1] <= found <= told[-1] + 50
    assert found % 50 == 0


def test_a_store_used_by_a_second_thread_is_a_mistake_and_no_outage(store: SqliteStore) -> None:
    caught: list[Exception] = []

    def use() -> None:
        try:
            store.latest()
        except sqlite3.ProgrammingError as error:
            caught.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()

    assert len(caught) == 1


def test_minus_zero_keeps_its_sign_in_the_file(store: SqliteStore) -> None:
    point = readings(1)[0]
    store.write([Point(point.measurement, point.tags, {**point.fields, "value": -0.0}, point.time)])
    store.close()

    assert str(store.readings("olympic", "pm25", START, START + HOUR).value.iloc[0]) == "-0.0"


def gone(path: Path) -> None:
    path.unlink()


def gone_with_its_log(path: Path) -> None:
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()


def log_gone(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def replaced(path: Path) -> None:
    other = path.with_name("other.db")
    with closing(SqliteStore(other)) as made:
        made.prepare()
    other.replace(path)


def folder_renamed(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))


@pytest.mark.parametrize("how", [gone, gone_with_its_log, log_gone, replaced, folder_renamed])
def test_a_file_that_is_deleted_while_it_is_open_is_noticed(
    tmp_path: Path, how: Callable[[Path], None]
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with closing(SqliteStore(folder / "store.db")) as store:
        store.prepare()
        store.write(readings(3))
        store.verify()
        how(store.path)

        for work in (store.verify, lambda: store.write(readings(5))):
            with pytest.raises(StoreAway, match=r"deleted or replaced while it was open|it is gone") as away:
                work()
                pytest.fail("taken for the file that was opened")
            assert away.value.kind == "broken"
            if how in {replaced, log_gone}:
                break  # what stands there is a store again, and nothing is under way to it
        assert store.path.exists() == (how in {replaced, log_gone})


def test_a_file_deleted_in_the_middle_of_a_write(
    store: SqliteStore,
) -> None:
    """The write has not been taken."""
    store.write(readings(1))
    connection = store._connect()
    connection.set_trace_callback(lambda text: store.path.unlink() if text == "COMMIT" else None)

    with pytest.raises(StoreAway, match="deleted or replaced"):
        store.write(readings(3))


def test_a_file_that_is_put_back_is_taken_again(store: SqliteStore, tmp_path: Path) -> None:
    store.write(readings(3))
    aside = tmp_path / "aside.db"
    store.path.rename(aside)
    for _ in range(2):
        with pytest.raises(StoreAway):
            store.verify()
    aside.rename(store.path)

    store.verify()
    store.write(readings(5))

    assert count(store) == 5


def test_a_store_with_random_pages_is_not_made_ready(tmp_path: Path) -> None:
    path = tmp_path / "random.db"
    with closing(SqliteStore(path)) as store:
        store.prepare()
        store.write(readings(5_000))
    content = bytearray(path.read_bytes())
    for page in range(8, 40):
        content[page * 4096 : (page + 1) * 4096] = random.Random(page).randbytes(4096)
    path.write_bytes(content)

    with closing(SqliteStore(path)) as store:
        for work in (store.prepare, store.verify):
            with pytest.raises(StoreAway, match=r"random\.db: damaged: .*backup") as away:
                work()
            assert away.value.kind == "broken"
            assert str(away.value).isprintable()


def test_damage_is_looked_for_until_the_file_is_whole(store: SqliteStore, tmp_path: Path) -> None:
    """Damage that is met is looked for in all of the file, until a whole one is there."""
    store.write(readings(5_000))
    store.close()
    whole = store.path.read_bytes()
    content = bytearray(whole)
    for page in range(8, 200):
        content[page * 4096 : (page + 1) * 4096] = b"\xff" * 4096
    store.path.write_bytes(content)
    with pytest.raises(StoreAway, match="malformed") as met:
        count(store)
    assert (met.value.kind, store.path.with_name(f"{store.path.name}.suspect").exists()) == ("broken", True)
    for _ in range(2):
        with pytest.raises(StoreAway, match="damaged"):
            store.verify()
    store.close()
    store.path.write_bytes(whole)

    store.verify()

    assert count(store) == 5_000
    assert not store.path.with_name(f"{store.path.name}.suspect").exists()


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE air SET value = 'text'", id="a value that is a text"),
        pytest.param("UPDATE air SET value = 9e999", id="a value without end"),
        pytest.param("UPDATE air SET value = x'c0ffee'", id="a value of bytes"),
        pytest.param("UPDATE air SET flag = 7.5", id="a flag that is a number"),
        pytest.param("UPDATE air SET validity = 7", id="a validity that is a number"),
        pytest.param("UPDATE air SET sent = x'3c32'", id="what was sent as bytes"),
        pytest.param("UPDATE air SET time = 9e15 + time", id="a time beyond any"),
    ],
)
def test_cells_of_a_foreign_hand_are_a_store_that_is_broken(store: SqliteStore, statement: str) -> None:
    store.write(readings(3))
    store._connect().execute(statement)
    key = Key("air", "olympic", "pm25", "rtd", START)
    far = datetime.max.replace(tzinfo=UTC)
    works: list[Callable[[], object]] = [
        lambda: store.stored([key]) or store.latest(),
        lambda: store.points("air", START, far) if "time" not in statement else store.latest(),
    ]
    if "time" not in statement and "flag" not in statement:
        works.append(lambda: dict(store.values_by_parameter("olympic", ["pm25"], START, far)))

    for work in works:
        with pytest.raises(StoreAway) as away:
            work()
        assert away.value.kind == "broken"


def test_fields_of_a_foreign_hand_are_a_store_that_is_broken(store: SqliteStore) -> None:
    store.write([Point("operation", {}, {"figure": 1.0}, START)])
    for text in ("'[1]'", "'{\"a\":'", "7", f"'{'[' * 100_000}'"):
        store._connect().execute(f"UPDATE operation SET fields = {text}")
        with pytest.raises(StoreAway, match="no JSON of ours"):
            store.points("operation", START, START + HOUR)
