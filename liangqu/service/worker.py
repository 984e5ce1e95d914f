"""A thread that takes step after step, and waits if there is nothing to do or a step must be retried."""

import random
import sqlite3
import threading
import time
from collections.abc import Callable

import structlog

from ingest.stores.base import StoreAway
from sensors.excerpt import failure_line, failure_trace

IDLE_S = 0.2
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
LONGEST_OBEYED_S = 300.0
FIRST_RESTART_S = 1.0
LONGEST_RESTART_S = 60.0
SETTLED_S = 60.0
LONGEST_STEP_S = 30.0  # that an orderly end waits for

PASSING = (StoreAway, sqlite3.OperationalError, TimeoutError)

log = structlog.get_logger()


class BatchPace:
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

    def record(self, size: int) -> None:
        """So many were in the batch that has just been worked on."""
        if size >= self._full:
            self._next = 0.0
        elif size * 4 >= self._full:
            self._next += self._seconds


class Worker:
    """Calls `step` until it is stopped.

    A StoreAway, a read cut for its length, a locked or full database file is a trouble that passes: it is
    said once, and the step is tried again after growing, jittered pauses, or the one that the store asks for,
    up to `LONGEST_OBEYED_S`. Anything else is a mistake of ours. A part without which nothing is kept ends by
    it (`on_failure` is given). Any other is restarted: what it remembers is rebuilt by `renew`, after pauses
    that grow up to `LONGEST_RESTART_S` and are short again once it has gone well for `SETTLED_S`.

    Attributes:
        trouble: What keeps it from its work and passes; "" for nothing.
        failing: By what it failed the last time; "" since it has gone well for `SETTLED_S`.
        restarts: How often it has failed and was restarted.
        failure: By what it has ended on its own; None for a part that is restarted.

    Args:
        name: Of the part, as /readyz and the metrics have it.
        step: Whether it found work.
        on_failure: Called when the part has ended; None = it is restarted.
        renew: Told by what the step has failed, in the part's own thread, before the next one.
        finish: Called in the part's own thread at its end.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool],
        *,
        on_failure: Callable[[], None] | None = None,
        renew: Callable[[BaseException], None] | None = None,
        finish: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.error = ""
        self.failing = ""
        self.restarts = 0
        self.failure: BaseException | None = None
        self._step = step
        self._on_failure = on_failure
        self._renew = renew
        self._finish = finish
        self._failed_at = 0.0
        self._in_a_row = 0
        self._pause = FIRST_PAUSE_S
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def failed(self) -> bool:
        """Whether it has ended on its own."""
        return self.failure is not None

    def state(self) -> str:
        """How it fails, for people; "" while it does not."""
        return (
            f"{self.name} restarted ({self.restarts} so far), last after {self.failing}"
            if self.failing
            else ""
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """There may be work."""
        self._wake.set()

    def stop_soon(self) -> None:
        """Let it finish the step it is in, without waiting for that."""
        self._stopping.set()
        self._wake.set()

    def stop(self) -> None:
        """Let it finish the step it is in, and return when it has. One that hangs is left, if it may be."""
        self.stop_soon()
        self._thread.join(None if self._on_failure else LONGEST_STEP_S)
        if self._thread.is_alive():
            log.warning("part left behind", part=self.name)

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._take_step()
        except BaseException as failure:  # noqa: BLE001 - the end of a part is said, whatever it is by
            self.failure = failure
            log.error("part failed", part=self.name, why=failure_line(failure), trace=failure_trace(failure))  # noqa: TRY400
            if self._on_failure:
                self._on_failure()
        finally:
            self._end()

    def _take_step(self) -> None:
        try:
            busy = self._step()
        except PASSING as error:
            self._say(str(error))
            self._stopping.wait(_wait(error, self._pause))
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
            return
        except BaseException as failure:
            if self._on_failure:
                raise
            self._restart(failure)
            return
        self._say("")
        self._pause = FIRST_PAUSE_S
        if self.failing and time.monotonic() - self._failed_at >= SETTLED_S:
            log.info("part goes well again", part=self.name, restarts=self.restarts)
            self.failing, self._in_a_row = "", 0
        if not busy:
            self._wake.wait(IDLE_S)
            self._wake.clear()

    def _restart(self, failure: BaseException) -> None:
        self.failing = failure_line(failure)
        self.restarts += 1
        log.error(
            "part fails",
            part=self.name,
            why=self.failing,
            failures=self.restarts,
            trace=failure_trace(failure),
        )
        pause = min(FIRST_RESTART_S * 2 ** min(self._in_a_row, 20), LONGEST_RESTART_S)
        self._in_a_row += 1
        self._stopping.wait(pause * random.uniform(0.5, 1))
        self._failed_at = time.monotonic()
        if self._renew and not self._stopping.is_set():
            try:
                self._renew(failure)
            except Exception as error:  # noqa: BLE001 - the next step fails by what is torn, and it is tried again
                log.error("part could not be rebuilt", part=self.name, trace=failure_trace(error))  # noqa: TRY400

    def _say(self, trouble: str) -> None:
        if trouble != self.error:
            log.warning("trouble", part=self.name, trouble=trouble or "over")
            self.error = trouble

    def _end(self) -> None:
        try:
            if self._finish:
                self._finish()
        except Exception as error:  # noqa: BLE001 - it ends anyway, and the others are still to be stopped
            log.error("part not ended orderly", part=self.name, trace=failure_trace(error))  # noqa: TRY400


def _wait(error: Exception, pause: float) -> float:
    """Seconds: what the store asks for, as far as that is a sensible number; else `pause`, jittered."""
    asked = getattr(error, "retry_after", None)
    if isinstance(asked, int | float) and asked > 0:  # not for NaN
        return min(asked, LONGEST_OBEYED_S)
    return pause * random.uniform(0.5, 1)
