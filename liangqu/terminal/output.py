"""Output of commands: foreign text cannot control the terminal; no locale or closed pipe stops them."""

import contextlib
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

import typer

from liangqu.config.errors import ProblemError
from sensors.excerpt import escaped, escaped_json

OUTPUT = "standard output"


def prepare() -> None:
    r"""Once for the process: what the locale has no sign for is shown as `\u540e`.

    Where standard input, output or error is closed, the next file opened would take its number, and what is
    printed: there it is nowhere instead.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(line: str = "", *, err: bool = False) -> None:
    """Print one line; what would control the terminal or break the line stands escaped."""
    _print(escaped(line), err=err)


def say_json(value: Any) -> None:
    """Print a value as indented JSON."""
    import msgspec

    _print(escaped_json(msgspec.json.format(msgspec.json.encode(value), indent=2).decode()))


class MachineOutput:
    """Standard output for other programs: UTF-8 whatever the locale, line ends as written.

    Raises:
        ProblemError: while writing: a full disk is behind it.
    """

    def __init__(self) -> None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="")

    @staticmethod
    def write(text: str) -> int:
        """Write it, buffered."""
        with _one_line_problems(OUTPUT):
            return sys.stdout.write(text) if sys.stdout is not None else 0


@contextlib.contextmanager
def _one_line_problems(where: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ProblemError(f"{where}: {error.strerror}", exit_code=1) from None


def say_result(value: Any, words: str, *, as_json: bool) -> None:
    """The outcome of a command, as JSON or in words."""
    if as_json:
        say_json(value)
    else:
        say(words)


def _print(text: str, *, err: bool = False) -> None:
    with _one_line_problems("standard error" if err else OUTPUT):
        typer.echo(text, err=err)


def flush(code: int) -> int:
    """Write out what is buffered; the exit code, 1 at least where standard output could not take it all.

    Nobody reads on (`| head`): not a word. A full disk is said.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError as error:
            _discard(stream)
            if stream is sys.stdout and error.errno != errno.EPIPE and not code:
                print_error(f"{OUTPUT}: {error.strerror}")
            code = code or 1
    return code


def print_error(line: str) -> None:
    """One line of an error, if anybody can be told."""
    with contextlib.suppress(OSError, ProblemError):
        say(f"liangqu: {line}", err=True)


def _discard(stream: TextIO) -> None:
    """What it still holds goes nowhere: Python would try again at its end, and say so."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
