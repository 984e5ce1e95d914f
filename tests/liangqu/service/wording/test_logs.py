"""The log never ends what it tells of: a full disk, a reader that is gone, a terminal, foreign text."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from liangqu.service.wording import logs
from liangqu.service.wording.logs import LineWriter
from sensors.calendar import SHANGHAI
from sensors.model import Language
from tests.support.servers import free_port

FOREIGN = "\x1b]0;x\x07\u202e\x9b\u2028张\udcff"


class TestLineWriter:
    def test_a_full_disk_costs_the_line_and_is_counted(self) -> None:
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            lines = LineWriter(full)
            for _ in range(3):
                lines.write("x" * 10_000 + "\n")

            assert (lines.dropped, lines.why) == (3, "No space left on device")

    def test_a_pipe_that_nobody_reads_costs_the_line(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            lines = LineWriter(pipe)
            lines.write("a line\n")

            assert (lines.dropped, lines.why) == (1, "Broken pipe")

    def test_a_stream_that_is_closed_or_none_costs_the_line(self, tmp_path: Path) -> None:
        with (tmp_path / "log").open("w", encoding="utf-8") as file:
            pass
        for stream in (file, None):
            lines = LineWriter(stream)
            lines.write("a line\n")

            assert lines.dropped == 1

    def test_after_a_line_that_was_cut_the_next_begins_anew(self, tmp_path: Path) -> None:
        file = tmp_path / "log"
        with file.open("w", encoding="utf-8") as stream:
            lines = LineWriter(stream)
            lines.write("one\n")
            lines._cut = True  # as when the disk took a half of it
            lines.write("two\n")
            lines.write("three\n")

        assert file.read_text(encoding="utf-8") == "one\n\ntwo\nthree\n"


def test_a_json_line_is_one_line_and_gives_foreign_text_back(tmp_path: Path) -> None:
    file = tmp_path / "log"
    with file.open("w", encoding="utf-8") as stream:
        logs.configure("en", to=stream)
        structlog.get_logger().warning("refused", by=FOREIGN, raw=b"\x1b")

    (line,) = file.read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["by"] == FOREIGN
    assert "张" in line
    assert line.isprintable()


def fail() -> None:
    raise ValueError(FOREIGN)


def test_foreign_text_does_nothing_to_a_terminal() -> None:
    leading, terminal = pty.openpty()
    with os.fdopen(terminal, "w", encoding="utf-8") as stream:
        logs.configure("en", to=stream)
        log = structlog.get_logger()
        log.warning("refused", by=FOREIGN)
        try:
            fail()
        except ValueError:
            log.exception("failed")
        shown = os.read(leading, 100_000).decode()
        time.sleep(0.1)
        shown += os.read(leading, 100_000).decode() if "ValueError" not in shown else ""
    os.close(leading)

    assert r"\x1b]0;x\x07\u202e\x9b\u2028张\udcff" in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "ValueError" in shown


@pytest.mark.parametrize("behind", ["a full disk", "a reader that is gone", "nothing at all"])
def test_the_service_goes_on_whatever_stands_behind_its_log(behind: str, tmp_path: Path) -> None:
    port = free_port()
    environment = os.environ | {
        "LIANGQU_HTTP__LISTEN": f"127.0.0.1:{port}",
        "LIANGQU_MQTT__PORT": str(free_port()),
    }
    program = [sys.executable, "-m", "liangqu", "run"]
    reading, writing = os.pipe()
    os.close(reading)
    with Path("/dev/full").open("wb") as full, os.fdopen(writing, "wb") as pipe:
        service = subprocess.Popen(
            ["sh", "-c", 'exec "$0" "$@" 2>&-', *program] if behind == "nothing at all" else program,
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=full if behind == "a full disk" else pipe,
        )
    try:
        assert _dropped(port, service) >= 1
    finally:
        service.send_signal(signal.SIGTERM)

    assert service.wait(30) == 0


def _dropped(port: int, service: "subprocess.Popen[bytes]") -> float:
    """How many lines it says it has dropped, once it says any."""
    deadline = time.monotonic() + 60
    while service.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except OSError:
            lines = []
        found = [
            float(line.split()[1]) for line in lines if line.startswith("liangqu_log_lines_dropped_total")
        ]
        if found and found[0]:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                assert answer.read() == b"ok\n"
            return found[0]
        time.sleep(0.1)
    return 0.0


def test_a_stream_of_pythons_own_is_written_to() -> None:
    stream = io.StringIO()

    LineWriter(stream).write("a line\n")

    assert stream.getvalue() == "a line\n"


@pytest.mark.parametrize(
    ("language", "coloured", "line"),
    [
        pytest.param("zh", False, "警告  数据库 db:8086 拒绝连接；214 个数据项待写入", id="Chinese"),
        pytest.param(
            "en", False, "warning  database db:8086 refuses the connection; 214 items wait", id="English"
        ),
        pytest.param("en", True, "\x1b[33mwarning\x1b[0m  database db:8086 refuses", id="in colour"),
    ],
)
def test_a_line_for_people_is_shanghais_time_level_and_sentence(
    language: Language, coloured: bool, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = "http://db:8086/write: connection refused"
    event = {"event": "trouble", "level": "warning", "part": "store", "trouble": trouble, "items": 214}
    monkeypatch.setattr(logs, "_language", language)

    before = datetime.now(SHANGHAI)
    said = logs.HumanLines(coloured=coloured)(None, "", event)

    stamp = datetime.strptime(f"{before.year} {said[:14]}+0800", "%Y %m-%d %H:%M:%S%z")
    assert timedelta(0) <= stamp - before.replace(microsecond=0) < timedelta(minutes=1)
    assert said[14:].startswith(f"  {line}")


def test_a_traceback_stands_below_its_line_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    event = {"event": "part fails", "level": "error", "part": "store", "why": "x", "failures": 1}

    monkeypatch.setattr(logs, "_language", "en")

    first, *trace = logs.HumanLines(coloured=False)(None, "", event | {"trace": "a\n\x1b[0mb\n"}).split("\n")

    assert "Store fails (1 so far)" in first
    assert trace == ["    a", r"    \x1b[0mb"]
