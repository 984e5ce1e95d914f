"""A command as its console script runs it, inside the test's process: one of its own costs half a second."""

import io
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import pytest

from liangqu import __main__ as front
from tests.support.paths import ROOT


class EndOfCommand(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def type_command(*words: str, cwd: Path = ROOT) -> EndOfCommand:
    """Run `liangqu WORDS` in a working directory; the end that its process would have."""
    said, wrong = _stream(), _stream()
    with redirect_stdout(said), redirect_stderr(wrong), chdir(cwd), pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["liangqu", *words])
        code = front._code()
    return EndOfCommand(code, _text(said), _text(wrong))


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode().replace("\r\n", "\n")  # as subprocess does with text
