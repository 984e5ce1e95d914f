"""A thread that takes one step after another, waits when there is nothing to do or a step must be retried."""

import random
import sqlite3
import threading
import time
from collections.abc import Callable

import structlog

from sensors.seams import StoreAway

IDLE_S = 0.2
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0

log = structlog.get_logger()


class Pace:
    """Lets small batches grow: after one that was not full the next begins no sooner than `seconds` later.

    What comes alone is worked on at once. In a stream each batch costs its transaction and its rows a series,
    so ten of a hundred messages cost several times one of a thousand. In a flood the next may grow twice as
    long: it saves a fifth of the work.

    Args:
        seconds: From the begin of one batch to the begin of the next.
        full: A batch of so many is full, and so is the next, it seems; a quarter of it is a flood.
    """

    def __init__(self, seconds: float, full: int) -> None:
        self._seconds = seconds
        self._full = full
        self._next = 0.0

    def wait(self) -> None:
        """Until the next batch may begin; tell `took` how large it was."""
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
            now = self._next
        self._next = now + self._seconds

    def took(self, size: int) -> None:
        """So many were in the batch that has just been worked on."""
        if size >= self._full:
            self._next = 0.0
        elif size * 4 >= self._full:
            self._next += self._seconds


class Worker:
    """Calls `step` until told to stop.

    `step` returns whether it found work. A StoreAway, a read cut for its length, a locked or full database
    file is a trouble that passes: it is said once, and the step is tried again after growing, jittered
    pauses. Anything else is a broken world: the worker ends, `failure` is set and `on_failure` called.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        on_failure: Callable[[], None],
        finish: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.trouble = ""
        self.failure: BaseException | None = None
        self._step = step
        self._on_failure = on_failure
        self._finish = finish
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def failed(self) -> bool:
        """Whether it has ended on its own."""
        return self.failure is not None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be work."""
        self._wake.set()

    def stop(self) -> None:
        """Let it finish the step it is in, and return when it has."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        try:
            while not self._stopping.is_set():
                try:
                    busy = self._step()
                except (StoreAway, sqlite3.OperationalError, TimeoutError) as error:
                    self._say(str(error))
                    asked = getattr(error, "retry_after", None)
                    self._stopping.wait(asked or pause * random.uniform(0.5, 1))
                    pause = min(pause * 2, LONGEST_PAUSE_S)
                    continue
                self._say("")
                pause = FIRST_PAUSE_S
                if not busy:
                    self._wake.wait(IDLE_S)
                    self._wake.clear()
        except BaseException as failure:
            self.failure = failure
            log.exception("part failed", part=self.name)
            self._on_failure()
        finally:
            if self._finish:
                self._finish()

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            log.warning("trouble", part=self.name, trouble=trouble or "over")
            self.trouble = trouble
