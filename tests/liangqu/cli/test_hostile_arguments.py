"""Every command with hostile arguments and files, one at a time: one line, 0, 1 or 2, never a traceback."""

import gzip
import itertools
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer.main

from ingest.journal import quarantine
from ingest.journal.inbox import InboxMessage
from liangqu import __main__ as front
from sensors.model import Refused
from tests.support.alerting_harness import AlertingHarness
from tests.support.scale import FULL

BASE: dict[str, dict[str, str]] = {
    "demo": {"out": "a.csv", "minutes": "0.01"},  # a file where the folder should be
    "run": {},
    "check": {},
    "status": {},
    "settings": {"names": "store.kind", "as_json": ""},
    "replay": {"files": "a.csv"},
    "import": {"files": "a.csv"},
    "zones": {"from_": "2026-03-01"},
    "recompute": {"site": "wujinku", "from_": "2026-03-01", "to": "2026-03-01"},
    "assess": {"medium": "water", "file": "water.csv"},
    "simulate": {"last": "1s", "sites": "wujinku"},
    "mark": {
        "site": "wujinku", "parameter": "pm25", "start": "2026-03-01", "end": "2026-03-02", "what": "invalid",
        "reason": "r", "by": "b",
    },
    "unmark": {
        "site": "wujinku", "parameter": "pm25", "start": "2026-03-01", "end": "2026-03-02", "reason": "r",
        "by": "b",
    },
    "marks": {},
    "hints": {"site": "wujinku", "month": "2026-03"},
    "export": {"site": "wujinku", "start": "2026-03-01", "end": "2026-03-02"},
    "report": {"month": "2026-03"},
    "backup": {"folder": "kept"},
    "restore": {"folder": "nothing"},
    "verify": {"folder": "nothing"},
    "approval submit": {"month": "2026-03", "by": "b"},
    "approval approve": {"month": "2026-03", "by": "b"},
    "approval return": {"month": "2026-03", "by": "b", "reason": "r"},
    "approval list": {},
    "station add": {"id_": "hill", "medium": "air", "zh": "山", "en": "Hill"},
    "station remove": {"id_": "wujinku"},
    "station rename": {"id_": "wujinku", "new": "hill"},
    "station rotate": {"id_": "wujinku"},
    "station disable": {"id_": "wujinku"},
    "station enable": {"id_": "wujinku"},
    "station contact": {"id_": "wujinku", "text": "t"},
    "station list": {},
    "reload": {"wait": "0.1s"},
    "alerts list": {},
    "alerts history": {},
    "alerts ack": {"ids": "nowhere", "by": "b"},
    "alerts silence": {"site": "wujinku", "by": "b"},
    "alerts unsilence": {"number": "1"},
    "alerts metrics": {},
    "alerts test": {"by": "b"},
    "quarantine list": {},
    "quarantine show": {"item": "1"},
    "quarantine replay": {"ids": "1"},
    "quarantine drop": {"ids": "1"},
    "gateway": {"listen": "TAKEN", "any_password": ""},
    "hj212 decode": {"source": "a.csv"},
    "hj212 encode": {"source": "a.csv"},
    "dashboards build": {"boards": "boards"},
    "dashboards check": {"boards": "boards"},
    "dashboards install": {"grafana": "boards"},
    "audit": {},
    "desk user add": {"name": "wang"},
    "desk user list": {},
    "desk user remove": {"name": "wang"},
    "desk user roles": {"name": "wang", "roles": "duty"},
    "desk user password": {"name": "wang"},
}  # fmt: skip
TEXTS = [
    "\udcff",
    "a\0b",
    "",
    " ",
    "x" * 10_000,
    "\x1b[2J\x07",
    "=1+1",
    "../..",
    "张" * 300,
    "--",
    "*",
    "'; DROP",
]
NUMBERS = [
    "9223372036854775808",
    "-9223372036854775809",
    "9223372036854775807",
    "1" * 5000,
    "-1",
    "0",
    "nan",
    "x",
]
FLOATS = ["nan", "inf", "-inf", "1e308", "1e-308", "-1", "0", "x"]
TIMES = [
    "0001-01-01", "9999-12-31", "9999-12-30", "1900-01-01", "2100-01-01", "2026-02-30", "0000-00-00",
    "99999999999999999999",
    "-1", "2026-03-01T24:00:00+08:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00",
]  # fmt: skip
FILES = [
    "folder", "missing", "nowhere/missing", "empty", "binary", "gbk.csv", "utf16.csv", "nul.csv", "no.csv.gz",
    "cut.csv.gz",
    "deep.json", "/dev/full", "/proc/self/mem", "\udcff", "", "x" * 300, "a\0b",
]  # fmt: skip
SOMETIMES_LONG = {("demo", "out"), ("simulate", "last"), ("gateway", "listen")}
"""What would really begin when taken."""


class Call(NamedTuple):
    """One command line, of which one argument is hostile."""

    command: str
    parameter: str
    value: str
    line: list[str]


def commands(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, found in group.commands.items():
        if hasattr(found, "commands"):
            yield from commands(found, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", found


ALL = dict(commands(typer.main.get_command(front.app)))


def hostile(parameter: Any) -> list[str]:
    """What to try for it, by its type and by what its name means."""
    kind = str(parameter.type_descriptor.annotation)
    if parameter.name in {"file", "source"}:  # a stream, of any length
        return [file for file in FILES if file != "/dev/full"]
    if "Path" in kind:
        return FILES
    if parameter.name in {"start", "end", "from_", "to", "day", "month"}:
        return TEXTS + TIMES
    if "int" in kind:
        return NUMBERS
    if "float" in kind:
        return FLOATS
    return TEXTS + NUMBERS[:1]


def line(command: str, given: dict[str, str]) -> list[str]:
    """The command line with these values by parameter."""
    options, arguments = list[str](), list[str]()
    for parameter in ALL[command].params:
        if parameter.name not in given:
            continue
        value = given[parameter.name]
        if parameter.param_type_name == "argument":
            arguments.append(value)
        else:
            name = max(parameter.opts, key=len)
            options += [name] if getattr(parameter, "is_flag", False) else [f"{name}={value}"]
    return [*command.split(), *options, "--", *arguments]


def calls(command: str) -> Iterator[Call]:
    """In CI a third of the values for each parameter, the next third for the next; `./do prove` tries all."""
    every = 1 if FULL else 3
    for turn, parameter in enumerate(ALL[command].params, start=list(ALL).index(command)):
        if getattr(parameter, "is_flag", False) or parameter.name == "help":
            continue
        if (command, parameter.name) in SOMETIMES_LONG:
            continue
        for value in hostile(parameter)[turn % every :: every]:
            given = BASE[command] | {parameter.name: value}
            yield Call(command, parameter.name, value, line(command, given))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a journal of something, files of every kind, and nobody on the network."""
    path = tmp_path_factory.mktemp("hostile")
    for name, content in {
        "a.csv": b"site,parameter,time,value\nwujinku,pm25,2026-03-01T00:00:00+08:00,12\n",
        "water.csv": b"codmn,nh3n\n3,0.2\n",
        "empty": b"", "binary": bytes(range(256)) * 40, "nul.csv": b"site,\0\n",
        "gbk.csv": "site,参数\n五金库,1\n".encode("gbk"), "utf16.csv": "site,time\n".encode("utf-16"),
        "no.csv.gz": b"site,parameter,time,value\n", "cut.csv.gz": gzip.compress(b"site,time\n" * 999)[:40],
        "deep.json": b'{"a":' * 5000,
    }.items():  # fmt: skip
        (path / name).write_bytes(content)
    for name in ("folder", "boards"):
        (path / name).mkdir()
    harness = AlertingHarness(path)
    message = InboxMessage("liangqu/air/x", b"x", datetime(2026, 1, 1, tzinfo=UTC))
    with harness.journal.transaction() as connection:
        quarantine.add(connection, message, [Refused("not_json", "", "")], 2**20)
    harness.journal.close()
    return path


@pytest.fixture
def here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """In that directory, with a port that is taken and one where no broker is."""
    with ExitStack() as held:
        taken = held.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
        monkeypatch.chdir(folder)
        for name in list(os.environ):
            if name.startswith("LIANGQU_"):
                monkeypatch.delenv(name)
        monkeypatch.setenv("LIANGQU_MQTT__PORT", "1")
        monkeypatch.setenv("LIANGQU_HTTP__LISTEN", f"127.0.0.1:{taken}")
        yield f"127.0.0.1:{taken}"


def test_the_table_has_every_command() -> None:
    assert BASE.keys() == ALL.keys()


def test_every_command_looks_at_its_arguments_first() -> None:
    from liangqu.cli.options import CheckedCommand

    assert all(isinstance(command, CheckedCommand) for command in ALL.values())


@pytest.mark.heavy
@pytest.mark.parametrize("command", ALL)
def test_no_argument_brings_a_traceback(
    command: str, here: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    wrong = []
    for call in calls(command):
        words = [word.replace("TAKEN", here) for word in call.line]
        code, said = run(words, monkeypatch, capfd)
        if code not in {0, 1, 2} or "Traceback" in said or "unexpected " in said or _lines(said) > 4:
            wrong.append(f"{call.parameter}={call.value[:40]!r}: {code}: {said[-400:]}")

    assert not wrong, "\n".join(wrong)


def run(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """The exit code and what was said on standard error."""
    monkeypatch.setattr(sys, "argv", ["liangqu", *words])
    code = front._code()
    return code, capfd.readouterr().err


def _lines(said: str) -> int:
    """Lines of an error, without those that count: an `assess` has one a bad cell."""
    kinds = itertools.groupby(line.partition(":")[0] for line in said.splitlines() if '"event"' not in line)
    return len(list(kinds))


@pytest.mark.parametrize("words", ["dashboards check", "dashboards build"])
def test_a_missing_extra_is_named(
    words: str, here: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in [
        name for name in sys.modules if name.startswith(("grafana_foundation", "dashboards.grafana"))
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "grafana_foundation_sdk", None)

    assert run(words.split(), monkeypatch, capfd) == (
        2, "liangqu: the extra is missing: pip install grafana-foundation-sdk==0.0.21\n",
    )  # fmt: skip


def test_what_nobody_foresaw_is_one_line(
    here: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("\x1b[2J" + "words " * 100)

    monkeypatch.setattr("liangqu.tasks.checking.mistakes.open_catalogue", broken)

    code, said = run(["check"], monkeypatch, capfd)

    assert code == 1
    assert said.startswith(r"liangqu: unexpected RuntimeError: \x1b[2Jwords words")
    assert len(said.splitlines()) == 1
    assert len(said) < 250
    monkeypatch.setenv("LIANGQU_DEBUG", "1")
    with pytest.raises(RuntimeError):
        run(["check"], monkeypatch, capfd)
