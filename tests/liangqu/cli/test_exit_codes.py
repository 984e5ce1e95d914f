"""`run` ends with 2 only where somebody has to change the settings; the world is tried again, so it is 1."""

import fcntl
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from ingest.journal.database.schema import VERSION
from ingest.journal.file import Journal
from tests.support.paths import ROOT
from tests.support.servers import free_port

Arrange = Callable[[Path, ExitStack], str]
"""Given the folder and what lasts as long as the test: the settings."""


def a_mount_that_comes_late(_folder: Path, _held: ExitStack) -> str:
    return '[journal]\npath = "mnt/journal.db"\n'


def a_folder_that_is_shut(_folder: Path, _held: ExitStack) -> str:
    return '[journal]\npath = "/sys/journal.db"\n'


def a_port_that_is_taken(_folder: Path, held: ExitStack) -> str:
    taken = held.enter_context(socket.create_server(("127.0.0.1", 0)))
    return f'[http]\nlisten = "127.0.0.1:{taken.getsockname()[1]}"\n'


def an_address_of_another_machine(_folder: Path, _held: ExitStack) -> str:
    return '[http]\nlisten = "192.0.2.1:9464"\n'


def a_locked_database(folder: Path, held: ExitStack) -> str:
    Journal(folder / "journal.db").close()
    connection = held.enter_context(closing(sqlite3.connect(folder / "journal.db", isolation_level=None)))
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    return ""


def another_run(folder: Path, held: ExitStack) -> str:
    lock = held.enter_context((folder / "journal.db.lock").open("wb"))
    fcntl.flock(lock, fcntl.LOCK_EX)
    return ""


def an_unknown_key(_folder: Path, _held: ExitStack) -> str:
    return '[mqtt]\nhots = "x"\n'


def no_toml(_folder: Path, _held: ExitStack) -> str:
    return "[mqtt\n"


def a_secret_that_is_not_there(_folder: Path, _held: ExitStack) -> str:
    return '[mqtt]\nusername = "a"\npassword_file = "nowhere"\n'


def a_notify_file_that_is_wrong(folder: Path, _held: ExitStack) -> str:
    (folder / "notify.toml").write_text("[[chanel]]\n", encoding="utf-8")
    return '[alerts]\nnotify_file = "notify.toml"\n'


def a_folder_for_a_journal(folder: Path, _held: ExitStack) -> str:
    (folder / "journal.db").mkdir()
    return ""


def a_journal_of_another_program(folder: Path, _held: ExitStack) -> str:
    with closing(sqlite3.connect(folder / "journal.db")) as connection:
        connection.execute("CREATE TABLE moz_places (url TEXT)")
    return ""


def a_journal_of_a_newer_liangqu(folder: Path, _held: ExitStack) -> str:
    Journal(folder / "journal.db").close()
    with closing(sqlite3.connect(folder / "journal.db")) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    return ""


WORLD = [
    a_mount_that_comes_late,
    a_folder_that_is_shut,
    a_port_that_is_taken,
    an_address_of_another_machine,
    a_locked_database,
]
SETTINGS = [
    an_unknown_key,
    no_toml,
    a_secret_that_is_not_there,
    a_notify_file_that_is_wrong,
    a_folder_for_a_journal,
    a_journal_of_another_program,
    a_journal_of_a_newer_liangqu,
]


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def run(folder: Path, settings: str, *under: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    file = folder / "liangqu.toml"
    file.write_text(settings, encoding="utf-8")
    return subprocess.run(
        [*under, sys.executable, "-m", "liangqu", "run", "-c", str(file)],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if name != "INVOCATION_ID"},
            "LIANGQU_MQTT__PORT": str(free_port()),
            **({} if "listen" in settings else {"LIANGQU_HTTP__LISTEN": f"127.0.0.1:{free_port()}"}),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("arrange", WORLD, ids=lambda arrange: arrange.__name__)
def test_the_world_is_tried_again(arrange: Arrange, tmp_path: Path, held: ExitStack) -> None:
    done = run(tmp_path, arrange(tmp_path, held))

    assert done.returncode == 1, done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("liangqu: ")]) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arrange", SETTINGS, ids=lambda arrange: arrange.__name__)
def test_settings_are_for_people(arrange: Arrange, tmp_path: Path, held: ExitStack) -> None:
    done = run(tmp_path, arrange(tmp_path, held))

    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert str(tmp_path) in done.stderr


def test_a_second_run_is_a_slip_by_hand_and_tried_again_by_systemd(tmp_path: Path, held: ExitStack) -> None:
    settings = another_run(tmp_path, held)
    words = f"liangqu: {tmp_path / 'journal.db'}: another liangqu run has this journal\n"

    by_hand, by_systemd = run(tmp_path, settings), run(tmp_path, settings, INVOCATION_ID="4f2a")

    assert (by_hand.returncode, by_hand.stderr) == (2, words)
    assert (by_systemd.returncode, by_systemd.stderr) == (1, words)


@pytest.mark.heavy  # what fails to write would be the file of the coverage too
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace injects the failures")
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
def test_a_disk_that_fails_is_tried_again(call: str, tmp_path: Path) -> None:
    Journal(tmp_path / "journal.db").close()

    done = run(tmp_path, "", "strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:error=EIO")

    assert done.returncode == 1, done.stderr
    assert "disk I/O error" in done.stderr
    assert "Traceback" not in done.stderr
