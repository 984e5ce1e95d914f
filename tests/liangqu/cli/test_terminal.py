"""What commands print: nothing that came from outside works on the terminal, and every end is quiet."""

import csv
import io
import json
import os
import subprocess
import sys
import unicodedata
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.journal import inbox, quarantine
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from sensors.model import Refused
from tests.support.alerting_harness import AlertingHarness
from tests.support.paths import ROOT

HOSTILE = "\x1b]0;owned\x07\x1b[2J\r\nall is well\x85\x9b31m\u202e\u2028\u200b王"
SHOWN = r"\x1b]0;owned\x07\x1b[2J\r\nall is well\x85\x9b31m\u202e\u2028\u200b王"
FORMULAS = ("=cmd|'/c calc'!A1", '=HYPERLINK("http://evil.example")')
NO_UTF_8 = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def liangqu(
    folder: Path, *words: str | bytes, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "liangqu", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        capture_output=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def refused(tmp_path: Path) -> Path:
    """A folder with a journal that holds one refused message, of which everything is hostile."""
    harness = AlertingHarness(tmp_path)
    message = InboxMessage(
        f"liangqu/air/{HOSTILE}", HOSTILE.encode() + b"\xff", datetime(2026, 1, 1, tzinfo=UTC)
    )
    with harness.journal.transaction() as connection:
        quarantine.add(connection, message, [Refused("not_utf8", HOSTILE, HOSTILE)], 2**20)
    harness.journal.close()
    return tmp_path


@pytest.fixture
def handled(tmp_path: Path) -> Path:
    """A folder with a journal in which an episode was taken on, and silenced, by hostile hands."""
    harness = AlertingHarness(tmp_path)
    harness.reading("houcheng", {"codmn": 20.0})
    harness.reading("bahaoqiao", {"codmn": 20.0})
    for episode, (by, note) in zip(harness.register(), ((HOSTILE, HOSTILE), FORMULAS), strict=False):
        harness.ask("ack", episode=episode.id, by=by, note=note)
    harness.ask(
        "silence", id=0, site="all", rule=None, parameter=None,
        until=datetime(2100, 1, 1, tzinfo=UTC).isoformat(), reason=HOSTILE, by=HOSTILE,
    )  # fmt: skip
    harness.journal.close()
    return tmp_path


def hidden(text: str) -> set[str]:
    """What of it a terminal would obey or not show, but the line breaks of its own lines."""
    return {c for c in text.replace("\n", "") if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}


@pytest.mark.parametrize(
    "words",
    [
        ("quarantine", "list"),
        ("quarantine", "show", "1"),
        ("quarantine", "list", "--json"),
        ("quarantine", "show", "1", "--json"),
    ],
    ids=" ".join,
)
def test_what_was_refused_does_nothing_to_the_terminal(words: tuple[str, ...], refused: Path) -> None:
    done = liangqu(refused, *words)

    assert done.returncode == 0, done.stderr
    assert not hidden(done.stdout.decode())
    assert "王" in done.stdout.decode()
    if "--json" not in words:
        assert SHOWN in done.stdout.decode()
        assert "\nall is well" not in done.stdout.decode()


def test_a_json_of_what_was_refused_gives_it_back_whole(refused: Path) -> None:
    (row,) = json.loads(liangqu(refused, "quarantine", "list", "--json").stdout)

    assert (row["detail"], row["position"]) == (HOSTILE, HOSTILE)


@pytest.mark.parametrize("words", [("alerts", "list"), ("alerts", "history")], ids=" ".join)
def test_who_handled_it_does_nothing_to_the_terminal(words: tuple[str, ...], handled: Path) -> None:
    done = liangqu(handled, *words)

    assert done.returncode == 0, done.stderr
    assert not hidden(done.stdout.decode())
    assert "\nall is well" not in done.stdout.decode()


def test_the_registers_cells_are_no_formulas(handled: Path) -> None:
    done = liangqu(handled, "alerts", "history", "--csv")

    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert {(row["acknowledged_by"], row["note"]) for row in rows} >= {tuple(f"'{f}" for f in FORMULAS)}
    assert all(float(row["peak"]) > 0 for row in rows)


def test_an_error_line_does_nothing_to_the_terminal(tmp_path: Path) -> None:
    done = liangqu(tmp_path, "export", HOSTILE, "--from", "2026-01-01", "--to", "2026-01-02")

    assert done.returncode == 2
    assert done.stderr.decode().count("\n") == 1
    assert not hidden(done.stderr.decode())


def test_whatever_the_locale_chinese_paths_and_names_work(tmp_path: Path) -> None:
    folder = tmp_path / "数据"
    folder.mkdir()
    (folder / "设置.toml").write_text(
        '[journal]\npath = "日志.db"\n[sqlite]\npath = "库.db"\n', encoding="utf-8"
    )
    mark = ["mark", "wujinku", "pm25", "2026-01-01", "2026-01-02", "--as", "invalid", "--reason", "校准"]

    done = liangqu(folder, *mark, "--by", "王", "-c", "设置.toml", environment=NO_UTF_8)
    shown = liangqu(folder, "alerts", "list", "-c", "设置.toml", environment=NO_UTF_8)

    assert (done.returncode, shown.returncode) == (0, 0), done.stderr + shown.stderr
    assert (folder / "日志.db").exists()
    with Journal(folder / "日志.db").snapshot() as connection:
        assert connection.execute("SELECT by, reason FROM mark").fetchall() == [("王", "校准")]


def test_what_the_locale_has_no_sign_for_is_shown_escaped(handled: Path) -> None:
    done = liangqu(handled, "alerts", "list", environment={"PYTHONIOENCODING": "iso-8859-1"})

    assert done.returncode == 0, done.stderr
    assert rb"\u738b" in done.stdout


def test_the_machine_s_output_is_utf_8_whatever_the_locale(handled: Path) -> None:
    plain = liangqu(handled, "alerts", "history", "--csv")
    other = liangqu(handled, "alerts", "history", "--csv", environment=NO_UTF_8)

    assert other.stdout == plain.stdout


@pytest.mark.parametrize("words", [("check",), ("--help",), ("alerts", "history", "--json")], ids=" ".join)
def test_a_reader_that_goes_away_is_not_talked_of(words: tuple[str, ...], handled: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "-m", "liangqu", *words],
            cwd=handled,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=pipe,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("words", [("check",), ("alerts", "history", "--csv")], ids=" ".join)
def test_a_full_disk_behind_standard_output_is_said(words: tuple[str, ...], handled: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "liangqu", *words],
            cwd=handled,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr == b"liangqu: standard output: No space left on device\n"


def test_nobody_at_all_to_talk_to(tmp_path: Path) -> None:
    script = f'exec "{sys.executable}" -m liangqu check >&- 2>&- <&-'
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    assert subprocess.run(["sh", "-c", script], cwd=tmp_path, env=environment, check=False).returncode == 0


@pytest.mark.parametrize(
    "words", [("quarantine", "show", "1"), ("quarantine", "show", "1", "--json")], ids=" ".join
)
def test_a_data_loggers_password_is_masked_and_its_frame_replayed_as_it_came(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    frame = b"##0066QN=20260706085857000;ST=21;CN=2011;PW=s3cret;MN=A1;Flag=9;CP=&&&&ABCD\r\n"
    harness = AlertingHarness(tmp_path)
    message = InboxMessage("liangqu/hj212/A1", frame, datetime(2026, 1, 1, tzinfo=UTC))
    with harness.journal.transaction() as connection:
        quarantine.add(connection, message, [Refused("bad_frame", "in PW:s3cret", "PW=s3cret")], 2**20)

    shown = liangqu(tmp_path, *words).stdout.decode()
    with harness.journal.transaction() as connection:
        quarantine.replay(connection, quarantine.QuarantineFilter(ids=(1,)), "keep")
        (again,) = inbox.fetch(connection, 1)
    harness.journal.close()

    assert "s3cret" not in shown
    assert "PW=******;MN=A1" in shown
    assert again.payload == frame
