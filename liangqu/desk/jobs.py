"""Long work: commands of ours, each in a process of its own, one after the other, and what they said."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from ingest.journal import audit

JobState = Literal["waiting", "running", "done", "failed"]
KEPT = 20
"""Jobs that are remembered, the newest first; they are forgotten with the process."""
MOST_SAID = 20
"""Lines of what a command said."""
MOST_WAITING = 5


class Job(Struct, frozen=True):
    """A command that was asked for. `what` and `subject` are for people: a code, and what it is of.

    `by` is the name of whoever asked for it; `user` is their id, in whose name it acts.
    """

    id: int
    what: str
    subject: str
    by: str
    user: str
    asked: datetime
    state: JobState = "waiting"
    said: tuple[str, ...] = ()


class Jobs:
    """Runs commands; any thread.

    Args:
        program: What begins each command; that of this process by default.
    """

    def __init__(self, program: Sequence[str] = (sys.executable, "-m", "liangqu")) -> None:
        self._program = (*program,)
        self._lock = threading.Lock()
        self._one_by_one = threading.Lock()
        self._jobs: dict[int, Job] = {}
        self._running: subprocess.Popen[str] | None = None
        self._last = 0
        self._closed = False

    def listed(self, what: str) -> list[Job]:
        """Those of a kind, the newest first."""
        with self._lock:
            return [job for job in reversed(self._jobs.values()) if job.what == what]

    def start(
        self, job: Job, arguments: Sequence[str], after: Callable[[], None] = lambda: None
    ) -> int | None:
        """Run a command as soon as those before it have ended; its number. None: too many wait.

        `after` is called when it has ended, however it did.
        """
        with self._lock:
            if sum(one.state == "waiting" for one in self._jobs.values()) >= MOST_WAITING:
                return None
            self._last += 1
            job = replace(job, id=self._last)
            self._jobs[job.id] = job
            for old in [*self._jobs][:-KEPT]:
                del self._jobs[old]
        threading.Thread(target=self._run, args=(job, arguments, after), name=job.what, daemon=True).start()
        return job.id

    def close(self) -> None:
        """End what runs; what waits does not begin."""
        with self._lock:
            self._closed = True
            if self._running is not None:
                self._running.terminate()

    def _run(self, job: Job, arguments: Sequence[str], after: Callable[[], None]) -> None:
        with self._one_by_one:
            try:
                process = self._begin(job, arguments)
                if process is None:
                    return
                said, _ = process.communicate()
                is_done = process.returncode == 0
            except (OSError, ValueError) as error:  # the latter of NUL in an argument
                said, is_done = str(error), False
            finally:
                self._running = None
                after()
        lines = tuple(line for line in said.splitlines() if line.strip())[-MOST_SAID:]
        self._put(replace(job, state="done" if is_done else "failed", said=lines))

    def _begin(self, job: Job, arguments: Sequence[str]) -> subprocess.Popen[str] | None:
        """Start it; None: everything has ended meanwhile."""
        with self._lock:
            if self._closed:
                return None
            self._running = subprocess.Popen(  # noqa: S603 - our own program, arguments checked by the page
                [*self._program, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
                env={**os.environ, audit.ON_BEHALF_OF: job.user},
            )  # fmt: skip
            self._jobs[job.id] = replace(job, state="running")
            return self._running

    def _put(self, job: Job) -> None:
        with self._lock:
            if job.id in self._jobs:
                self._jobs[job.id] = job
