"""`liangqu status`: where there is no journal, another program's, a newer build's; on no terminal."""

import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ingest.journal.file import Journal
from liangqu import __main__ as front

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Exit code, and all that was printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIANGQU_LANGUAGE", "en")

    def typed(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["liangqu", "status", *words])
        code = front._code()
        captured = capfd.readouterr()
        return code, captured.out + captured.err

    return typed


def foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (x)")


def newer(path: Path) -> None:
    with closing(Journal(path)) as journal:
        journal.connection().execute("PRAGMA user_version = 9999")


def garbage(path: Path) -> None:
    path.write_bytes(b"no database" * 1000)


@pytest.mark.parametrize(
    ("make", "words", "code"),
    [
        pytest.param(lambda _: None, "there is no journal yet; has liangqu run been started?", 2, id="none"),
        pytest.param(foreign, "a SQLite file of another program", 2, id="another program's"),
        pytest.param(newer, "schema version 9999, this liangqu knows up to", 2, id="a newer build's"),
        pytest.param(garbage, "file is not a database", 1, id="no database"),
    ],
)
def test_a_journal_that_cannot_be_read_is_one_line(
    make: Callable[[Path], object], words: str, code: int, status: Run, tmp_path: Path
) -> None:
    make(tmp_path / "journal.db")

    found, said = status()

    assert found == code
    assert len(said.splitlines()) == 1
    assert words in said
    assert "journal.db" in said


def test_a_new_journal_is_a_screen_of_what_is_not_there_yet(status: Run, tmp_path: Path) -> None:
    Journal(tmp_path / "journal.db").close()

    code, shown = status()

    assert code == 0
    assert "liangqu never started" in shown.splitlines()[0]
    assert "no open events" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("words", [("--watch",), ("--watch", "--json")])
def test_watching_needs_a_terminal(words: tuple[str, ...], status: Run) -> None:
    assert status(*words) == (2, "liangqu: --watch: needs a terminal, and no --json\n")
