"""The desk in a process of its own, which the service starts, watches and stops."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from liangqu.service.worker import Worker

LOOK_S = 0.5
BESIDE = "DESK_BESIDE_SERVICE"
"""In the environment of a desk that a service has started: it ends when its standard input does."""
PATIENCE_S = 5.0


def desk_command(file: Path | None) -> list[str]:
    """This program as a desk, with the same settings."""
    return [sys.executable, "-m", "liangqu", *(["-c", str(file)] if file else []), "desk"]


class DeskEndedError(Exception):
    """The desk's process has ended by itself; it is started again."""


class DeskProcess:
    """Starts the desk and sees whether it still runs; one thread's.

    Args:
        command: Program and arguments.
        output: Takes what it prints; by default that stands among what the service prints.
    """

    def __init__(self, command: Sequence[str], output: IO[str] | None = None) -> None:
        self._command = [*command]
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None

    def worker(self) -> Worker:
        """The part of the service that does this."""
        return Worker("desk", self.step, idle=LOOK_S, finish=self.stop)

    def step(self) -> int:
        """Start it, or look at it; 0, as there is nothing more to do at once.

        Raises:
            DeskEndedError: it has ended; the next step starts it again.
        """
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._command,
                stdin=subprocess.PIPE,  # which ends with this process, however that ends
                stdout=self._output,
                stderr=self._output,
                env={**os.environ, BESIDE: "1"},
            )
        elif (code := self._process.poll()) is not None:
            self._let_go()
            raise DeskEndedError(f"exit code {code}")
        return 0

    def stop(self) -> None:
        """Let it end; by force where it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._let_go()

    def _let_go(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None
