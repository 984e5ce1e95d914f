"""With Chinese settings a command says nothing in English: whole commands typed, their lines looked at."""

import re
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import quarantine
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from liangqu import __main__ as front
from sensors.catalogue.loader import load
from sensors.decoding.decoder import decode_message
from sensors.decoding.types import InputBounds
from sensors.simulated import garbage

NOW = datetime(2026, 11, 27, tzinfo=UTC)
TABLE = """\
site,time,pm25,pm10,o3_8h
wujinku,2026-10-01 00:00,30,x,50
nowhere,2026-10-01 01:00,40,70,50
wujinku,31.2.2026,40,70,50
"""
SECTION = "断面,时间,高锰酸盐指数,氨氮,总磷(mg/L)\n后城,2026-10-01 00:00,3.2,0.2,x\n"
SECTION += "后城,2026-10-01 04:00,-3,abc,0.1\n"
ENGLISH = re.compile(r"\b[a-z]{3,}(?:'s)?,? (?:[a-z]{2,}|a)\b")
NOT_TALK = re.compile(
    r"'[^']*'?|\"[^\"]*\"?|\{.*|liangqu [a-z0-9 -]+|--[a-z-]+"
    r"|^[\w-]+(?:, [\w.:-]+)+|[\w.]+(?:, [\w.:-]+)+ ?…?"
)
"""What was sent, options, commands as they are typed, and lists of ids."""
CHINESE = re.compile("[\u4e00-\u9fff]")
TYPED = [
    "quarantine list", "quarantine show 1", "station list", "station remove wujinku", "station add x",
    "station disable nowhere", "alerts silences", "alerts list", "alerts ack zzz --by 李",
    "alerts metrics", "assess water s.csv", "assess air t.csv", "import t.csv", "import s.csv",
    "import t.csv --format cnemc-air", "import none.csv", "replay t.csv", "export all --from x --to y",
    "hj212 encode t.csv", "check", "status", "marks", "audit", "settings mqtt", "settings nothing",
    "report 2030-01", "verify nothing",
    "mark nowhere pm25 2026-11-25 2026-11-26 --as invalid --by 李 --reason 误", "simulate --for 1s",
    "gateway", "demo --out /proc/x", "frob",
]  # fmt: skip


GOOD = b'{"time":"2026-11-27T08:00:00+08:00","values":{"pm25":16,"pm10":64}}'
Typed = Callable[..., list[str]]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """Types commands beside Chinese settings, two tables, and a journal of what broken loggers send."""
    monkeypatch.chdir(tmp_path)
    Path("liangqu.toml").write_text('language = "zh"\n[mqtt]\nport = 1\n', encoding="utf-8")
    Path("t.csv").write_text(TABLE, encoding="utf-8")
    Path("s.csv").write_text(SECTION, encoding="utf-8")
    catalogue = load()
    bounds = InputBounds(earliest=datetime(2000, 1, 1, tzinfo=UTC), max_ahead=timedelta(minutes=5))
    with closing(Journal(tmp_path / "journal.db")) as journal, journal.transaction() as connection:
        for _, spoiled in garbage.SPOILED:
            message = InboxMessage("liangqu/air/wujinku", spoiled(GOOD), NOW)
            decoded = decode_message(
                message.topic, message.payload, NOW, catalogue, bounds, prefix="liangqu", only=()
            )
            quarantine.add(connection, message, decoded.refused, 10**7)

    def run(*words: str) -> list[str]:
        monkeypatch.setattr(sys, "argv", ["liangqu", *words])
        front._code()
        captured = capfd.readouterr()
        return [*captured.out.splitlines(), *captured.err.splitlines()]

    return run


def test_no_command_speaks_english(typed: Typed) -> None:
    """What is found here wants a row in the table of its kind: liangqu/README.md says which there are."""
    lines = {command: typed(*command.split()) for command in TYPED}

    english = {
        command: found
        for command, said in lines.items()
        if (found := [line for line in said if ENGLISH.search(NOT_TALK.sub("", line))])
    }
    assert english == {}
    assert [command for command, said in lines.items() if not CHINESE.search("".join(said))] == []


def test_english_would_be_seen() -> None:
    for line in (
        "liangqu: a.csv: times without an offset",
        "  values.pm25: a value is a JSON number, not 'x'",
    ):
        assert ENGLISH.search(NOT_TALK.sub("", line))
