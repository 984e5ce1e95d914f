"""`liangqu backup`, `verify` and `restore` with a SQLite store: all of it comes back, or nothing."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs
from typer.testing import CliRunner

from ingest.journal import accounting
from ingest.journal.database.online_copy import copy_database
from ingest.journal.database.schema import JournalTooNewError
from ingest.journal.file import Journal
from ingest.stores.sqlite.copier import SqliteCopier
from ingest.stores.sqlite.store import SqliteStore
from liangqu.__main__ import app
from liangqu.backup import owners
from liangqu.backup.manifest import BackupManifest, KeptFolder, read_manifest, sum_of
from liangqu.backup.owners import group_name, user_name
from liangqu.backup.retention import expired
from liangqu.config.errors import ProblemError
from sensors.model import Checked, Reading
from sensors.store_schema import reading_point

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
HOURS = 500
SETTINGS = """\
[mqtt]
password_file = "secrets/mqtt"
[journal]
path = "state/journal.db"
[sqlite]
path = "state/liangqu.db"
[catalogue]
extra = ["my-sites.toml"]
[alerts]
notify_file = "notify.toml"
"""
UPWARD = """\
[journal]
path = "../state/journal.db"
[sqlite]
path = "../state/liangqu.db"
[alerts]
notify_file = "../conf/notify.toml"
"""
FOLDERS = {"secrets": 0o700, "more": 0o750, "more/deep": 0o711, "state": 0o700}
NOTIFY = '[duty]\nholidays = "holidays.csv"\ncalendar = "duty.csv"\n'


def run(*words: str | Path) -> tuple[int, str]:
    """A command's exit code and what it says."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if isinstance(done.exception, ProblemError):
        return done.exception.exit_code, f"{done.output}{done.exception}"
    assert not isinstance(done.exception, Exception), done.exception
    return done.exit_code, done.output


def put(file: Path, text: str, mode: int = 0o644) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the deployment `live`, and its backup `kept`."""
    folder = tmp_path_factory.mktemp("backup")
    live = folder / "live"
    put(live / "liangqu.toml", SETTINGS)
    put(live / "secrets" / "mqtt", "secret", 0o600)
    put(live / "my-sites.toml", "")
    put(live / "notify.toml", NOTIFY, 0o640)
    put(live / "holidays.csv", "date,kind\n")
    put(live / "duty.csv", "date,person\n")
    put(live / "state" / "reports" / "2026-10" / "zh" / "report.html", "月报")
    put(live / "users.toml", "# 王", 0o600)
    put(live / "more" / "deep" / "grafana.db", "users")
    fill(live / "state")
    for name, mode in FOLDERS.items():
        (live / name).chmod(mode)
    code, said = run("backup", folder / "kept", "-c", live / "liangqu.toml", "--also", live / "more")
    assert code == 0, said
    return folder


def fill(state: Path) -> None:
    with closing(SqliteStore(state / "liangqu.db")) as store:
        store.prepare()
        store.write(
            [
                reading_point(
                    "air", Checked(Reading("站, a", "pm25", "rtd", NOW - timedelta(hours=n), n / 7, "N", NOW))
                )
                for n in range(HOURS)
            ]
        )
    journal = Journal(state / "journal.db")
    with journal.transaction() as connection:
        accounting.add(connection, {"items": 7, "stored": 7})
    journal.close()


@pytest.fixture
def kept(made_once: Path, tmp_path: Path) -> Path:
    """A copy of the backup, to be damaged; the live deployment stays."""
    return Path(shutil.copytree(made_once / "kept", tmp_path / "kept"))


@pytest.fixture
def empty_machine(made_once: Path) -> Any:
    """The place of the live deployment is empty for as long as the test lasts."""
    away = made_once / "away"
    (made_once / "live").rename(away)
    yield made_once / "live"
    shutil.rmtree(made_once / "live", ignore_errors=True)
    away.rename(made_once / "live")


def tree(folder: Path) -> dict[str, bytes]:
    """Every file but those that opening a database makes."""
    made = (".lock", "-wal", "-shm")
    return {
        str(file.relative_to(folder)): b"" if file.suffix == ".db" else file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and not file.name.endswith(made)
    }


def rows(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with closing(sqlite3.connect(file)) as connection:
        names = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in names
        }


class TestWhatComesBack:
    def test_every_file_every_row_with_its_mode(self, made_once: Path, empty_machine: Path) -> None:
        code, said = run("restore", made_once / "kept")

        assert code == 0, said
        away = made_once / "away"
        assert tree(empty_machine) == tree(away)
        for name in ("journal.db", "liangqu.db"):
            assert rows(empty_machine / "state" / name) == rows(away / "state" / name)
        assert len(rows(empty_machine / "state" / "liangqu.db")["air"]) == HOURS
        modes = {"secrets/mqtt": 0o600, "notify.toml": 0o640, "state/journal.db": 0o600}
        for name, mode in modes.items():
            assert (empty_machine / name).stat().st_mode & 0o777 == mode, name
        for name, mode in FOLDERS.items():
            assert (empty_machine / name).stat().st_mode & 0o777 == mode, name

    def test_where_settings_of_ones_own_say(self, made_once: Path, tmp_path: Path) -> None:
        put(tmp_path / "new" / "own.toml", '[journal]\npath = "j.db"\n[sqlite]\npath = "s.db"\n')

        code, said = run("restore", made_once / "kept", "-c", tmp_path / "new" / "own.toml")

        assert code == 0, said
        assert len(rows(tmp_path / "new" / "s.db")["air"]) == HOURS
        assert ("items", 7) in rows(tmp_path / "new" / "j.db")["count"]
        assert (tmp_path / "new" / "reports" / "2026-10" / "zh" / "report.html").read_text("utf-8") == "月报"
        assert (tmp_path / "new" / "users.toml").read_text("utf-8") == "# 王"
        assert not (tmp_path / "new" / "notify.toml").exists()
        assert "settings and secrets are in" in said

    def test_reports_of_the_folder_that_the_settings_name_come_back_into_it(
        self, made_once: Path, tmp_path: Path
    ) -> None:
        """They were kept among the settings' files, and stayed in the backup."""
        for name in ("one", "other"):
            text = f'[journal]\npath = "j.db"\n[sqlite]\npath = "s.db"\n[report]\nfolder = "{name}-reports"\n'
            put(tmp_path / name / "own.toml", text)
        put(tmp_path / "one" / "one-reports" / "2026-10" / "zh" / "report.html", "月报")
        for database in ("j.db", "s.db"):
            kept = {"j.db": "journal.db", "s.db": "liangqu.db"}[database]
            shutil.copyfile(made_once / "live" / "state" / kept, tmp_path / "one" / database)
        assert run("backup", tmp_path / "kept", "-c", tmp_path / "one" / "own.toml")[0] == 0

        code, said = run("restore", tmp_path / "kept", "-c", tmp_path / "other" / "own.toml")

        assert code == 0, said
        made = tmp_path / "other" / "other-reports" / "2026-10" / "zh" / "report.html"
        assert made.read_text("utf-8") == "月报"

    def test_where_the_stores_folder_is_missing(
        self, made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        put(tmp_path / "own.toml", '[journal]\npath = "j/j.db"\n[sqlite]\npath = "far/away/s.db"\n')
        modes: list[int] = []
        whole = shutil.copyfileobj

        def look(source: Any, target: Any) -> None:
            whole(source, target)
            modes.append(os.fstat(target.fileno()).st_mode & 0o777)

        monkeypatch.setattr(shutil, "copyfileobj", look)
        before = os.umask(0)
        try:
            code, said = run("restore", made_once / "kept", "-c", tmp_path / "own.toml")
        finally:
            os.umask(before)

        assert code == 0, said
        assert len(rows(tmp_path / "far" / "away" / "s.db")["air"]) == HOURS
        assert {*modes} == {0o600}, "nobody else reads what comes meanwhile"

    def test_folders_and_files_are_whose_they_were(
        self, made_once: Path, empty_machine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As root brings it back; the numbers are those that this machine has for the names."""
        given: dict[Path, tuple[int, int]] = {}
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(os, "chown", lambda place, *owner: given.update({place: owner}))
        monkeypatch.setattr(owners, "_user", {user_name(os.getuid()): os.getuid()}.get)
        monkeypatch.setattr(owners, "_group", {group_name(os.getgid()): 1234}.get)

        code, said = run("restore", made_once / "kept")

        assert code == 0, said
        assert given[empty_machine] == given[empty_machine / "secrets"] == (os.getuid(), 1234)
        assert given[empty_machine / "state" / "liangqu.db"] == (os.getuid(), 1234)
        assert "this machine has no" not in said

    def test_owners_that_this_machine_does_not_know_are_named(
        self, made_once: Path, empty_machine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        monkeypatch.setattr(os, "chown", lambda *_: None)
        monkeypatch.setattr(owners, "_user", lambda _: None)

        code, said = run("restore", made_once / "kept")

        assert code == 0, said
        assert empty_machine.is_dir()
        assert said.count(f"this machine has no user {user_name(os.getuid())}: ") == 1

    def test_folders_of_a_backup_that_has_their_modes_alone(self, made_once: Path) -> None:
        former = structs.replace(read_manifest(made_once / "kept"), folders={"/srv/liangqu": 0o711})

        read = msgspec.json.decode(msgspec.json.encode(former), type=BackupManifest)

        assert read.folder(Path("/srv/liangqu")) == KeptFolder(0o711, "root", "root")

    def test_what_is_named_by_way_of_the_folder_above(self, tmp_path: Path) -> None:
        live, kept, away = tmp_path / "live", tmp_path / "kept", tmp_path / "away"
        put(live / "conf" / "liangqu.toml", UPWARD)
        put(live / "conf" / "notify.toml", '[duty]\nholidays = "../holidays.csv"\n')
        for name in ("holidays.csv", "reports/2026-10/zh/report.html", "more/users.db"):
            put(live / name, name)
        (live / "state").mkdir()
        fill(live / "state")
        where = live / "conf" / ".."
        code, said = run(
            "backup", kept, "-c", where / "conf" / "liangqu.toml",
            "--also", where / "more", "--reports", where / "reports",
        )  # fmt: skip
        assert code == 0, said
        assert not [file.name for file in read_manifest(kept).files if ".." in file.name]

        live.rename(away)
        code, said = run("restore", kept)

        assert code == 0, said
        assert tree(live) == tree(away)

    def test_settings_that_were_found_in_the_folder_are_of_it(
        self, made_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(made_once / "live")

        code, said = run("backup", tmp_path / "kept")

        assert code == 0, said
        assert read_manifest(tmp_path / "kept").settings == str(made_once / "live" / "liangqu.toml")

    def test_the_backup_is_its_owners_alone(self, made_once: Path) -> None:
        kept = made_once / "kept"

        assert kept.stat().st_mode & 0o777 == 0o700
        assert {f.stat().st_mode & 0o077 for f in kept.rglob("*")} == {0}

    def test_verify_counts_it(self, made_once: Path) -> None:
        code, said = run("verify", made_once / "kept")

        assert code == 0
        assert f"store {HOURS} rows" in said


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def turn_a_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


DAMAGE: dict[str, Callable[[Path], None]] = {"missing": Path.unlink, "cut": cut, "other": turn_a_bit}


class TestADamagedBackup:
    @pytest.mark.parametrize("how", DAMAGE)
    @pytest.mark.parametrize(
        "name", ["journal.db", "store/store.db", "manifest.json", "SHA256SUMS", "report.html", "mqtt"]
    )
    def test_it_is_refused_by_the_files_name(
        self, name: str, how: str, kept: Path, empty_machine: Path
    ) -> None:
        (file,) = [f for f in kept.rglob("*") if f.is_file() and str(f).endswith(f"/{name}")]
        DAMAGE[how](file)

        for words in (("verify", kept), ("restore", kept)):
            code, said = run(*words)

            assert code in {1, 2}
            # A digit of a sum that has become another is told of the file whose sum it is.
            a_sum = name == "SHA256SUMS" and said.endswith(": is not as it was made")
            assert a_sum or name.rpartition("/")[2] in said
            assert not empty_machine.exists()

    def test_a_file_too_many(self, kept: Path) -> None:
        put(kept / "store" / "more.db", "x")

        assert run("verify", kept) == (1, f"{kept}/store/more.db: is not of this backup")

    def test_rows_that_no_sum_misses(self, kept: Path) -> None:
        """As when the copy had been made from half a file: sums are right, the count is not."""
        manifest = kept / "manifest.json"
        manifest.write_text(manifest.read_text("utf-8").replace('"air": 500', '"air": 501'), "utf-8")
        own = f"{sum_of(manifest)}  manifest.json\n"
        sums = (kept / "SHA256SUMS").read_text("utf-8").splitlines(keepends=True)
        (kept / "SHA256SUMS").write_text(own + "".join(sums[1:]), "utf-8")

        assert run("verify", kept) == (1, "store/store.db: air: 500 of 501")


class TestNothingIsOverwritten:
    def test_a_backup(self, made_once: Path) -> None:
        before = tree(made_once / "kept")
        code, said = run("backup", made_once / "kept", "-c", made_once / "live" / "liangqu.toml")

        assert (code, said) == (2, f"{made_once / 'kept'} is there already")
        assert tree(made_once / "kept") == before

    @pytest.mark.parametrize(
        "there",
        [
            "state/journal.db",
            "state/liangqu.db",
            "state/journal.db-wal",
            "state/liangqu.db-shm",
            "my-sites.toml",
        ],
    )
    def test_a_restore_names_what_is_there(self, there: str, made_once: Path, empty_machine: Path) -> None:
        put(empty_machine / there, "mine")

        code, said = run("restore", made_once / "kept")

        assert code == 2
        assert f"{empty_machine / there} is there already" in said
        assert tree(empty_machine) == (
            {} if there.endswith(("-wal", "-shm")) else {there: tree(empty_machine)[there]}
        )

    def test_a_restore_that_fails_half_way_starts_no_service_and_is_tried_again(
        self, made_once: Path, empty_machine: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as broken:
            broken.setattr(SqliteCopier, "count", lambda _: {"air": 3})
            code, said = run("restore", made_once / "kept")
        assert code == 1
        assert "store: air: 3 of 500" in said
        assert "NOT finished" in said
        with pytest.raises(JournalTooNewError, match="a restore has not finished"):
            Journal(empty_machine / "state" / "journal.db")

        (empty_machine / "state" / "liangqu.db").unlink()  # as was said

        code, said = run("restore", made_once / "kept")
        assert code == 0, said


class TestNothingIsNoBackup:
    @pytest.mark.parametrize("what", ["missing", "empty", "no database", "without a row"])
    @pytest.mark.parametrize("which", ["journal.db", "liangqu.db"])
    def test_a_source_that_is_none(self, which: str, what: str, tmp_path: Path) -> None:
        put(tmp_path / "liangqu.toml", "")
        fill(tmp_path)
        for file in tmp_path.glob(f"{which}*"):
            file.unlink()
        file = tmp_path / which
        if what == "without a row":
            with closing(sqlite3.connect(file)) as connection:
                connection.execute("CREATE TABLE t (c)")
        elif what != "missing":
            file.write_bytes(b"" if what == "empty" else b"text" * 2000)

        code, said = run("backup", tmp_path / "kept", "-c", tmp_path / "liangqu.toml")

        assert code == 1
        assert f"{file}: " in said
        assert "no backup was made" in said
        assert [*tmp_path.glob("*kept*")] == []
        assert file.exists() is (what != "missing")

    def test_a_file_that_the_settings_name(self, tmp_path: Path) -> None:
        put(tmp_path / "liangqu.toml", '[catalogue]\nextra = ["sites.toml"]\n[mqtt]\nca_file = "ca.crt"\n')
        fill(tmp_path)

        code, said = run("backup", tmp_path / "kept", "-c", tmp_path / "liangqu.toml")

        assert code == 2
        assert said.splitlines()[-2:] == [
            f"mqtt.ca_file: {tmp_path}/ca.crt: No such file or directory",
            f"catalogue.extra: {tmp_path}/sites.toml: No such file or directory",
        ]

    def test_a_store_of_another_program(self, tmp_path: Path) -> None:
        put(tmp_path / "liangqu.toml", "")
        fill(tmp_path)
        (tmp_path / "liangqu.db").replace(tmp_path / "journal.db")

        code, said = run("backup", tmp_path / "kept", "-c", tmp_path / "liangqu.toml")

        assert code == 1
        assert "no journal of liangqu" in said


def test_a_copy_that_is_made_while_somebody_writes_is_whole(tmp_path: Path) -> None:
    """Each transaction adds one to both accounts: in any copy they are equal."""
    over, path = threading.Event(), tmp_path / "journal.db"
    Journal(path).close()

    def write() -> None:
        journal = Journal(path)
        while not over.is_set():
            with journal.transaction() as connection:
                accounting.add(connection, {"items": 1, "stored": 1})
        journal.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(5):
            steps: list[int] = []
            copy_database(path, tmp_path / f"{n}.db", steps.append)
            accounts = dict[Any, Any](rows(tmp_path / f"{n}.db")["count"])
            assert accounts["items"] == accounts["stored"]
            assert steps
    finally:
        over.set()
        writer.join()


class TestRetention:
    NAMES = (
        "liangqu-2026-08-31T023000", "liangqu-2026-09-01T023000", "liangqu-2026-09-02T023000",
        "liangqu-2026-10-01T023000", "liangqu-2026-10-15T023000", "liangqu-2026-11-01T023000",
        "liangqu-2026-11-02T023000", "liangqu-2026-11-03T023000", "mine", "liangqu-of-monday",
    )  # fmt: skip

    @pytest.mark.parametrize(
        ("newest", "monthly", "goes"),
        [
            pytest.param(2, 0, [0, 1, 2, 3, 4, 5], id="the newest alone"),
            pytest.param(2, 2, [0, 1, 2, 4], id="and the first of two months"),
            pytest.param(2, 12, [2, 4], id="of all months"),
            pytest.param(10, 0, [], id="more than there are, by less than as many again"),
            pytest.param(99, 0, [], id="many more than there are"),
            pytest.param(2, 5, [2, 4], id="of more months than there are"),
        ],
    )
    def test_what_goes(self, newest: int, monthly: int, goes: list[int]) -> None:
        assert expired(reversed(self.NAMES), newest, monthly) == [self.NAMES[index] for index in goes]

    def test_the_command_removes_whole_backups_after_the_new_one(
        self, made_once: Path, tmp_path: Path
    ) -> None:
        for name in (*self.NAMES[:3], "mine"):
            shutil.copytree(made_once / "kept", tmp_path / name)
        (tmp_path / "liangqu-2026-07-01T000000").mkdir()  # not a backup

        code, said = run(
            "backup", "--into", tmp_path, "--keep", "2", "--keep-months", "0", "-c",
            made_once / "live" / "liangqu.toml",
        )  # fmt: skip

        assert code == 0, said
        there = sorted(folder.name for folder in tmp_path.iterdir())
        assert there[:2] == ["liangqu-2026-07-01T000000", self.NAMES[2]]
        assert there[2].startswith("liangqu-")
        assert there[3:] == ["mine"]
