"""A thread that takes step after step, and waits if there is nothing to do or a step must be retried."""

import gc
import math
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

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
COLLECT_AFTER = 10_000  # new objects
COLLECT_YOUNG, COLLECT_ALL = 10, 1_000  # collections of the younger before one of these

TRANSIENT = (StoreAway, sqlite3.OperationalError, TimeoutError)

log = structlog.get_logger()


def tune_interpreter() -> None:
    """Set its collections for a service; called once, when all that stays is built."""
    # Modules and catalogue stay: collections, which halt everything, pass them by. What comes and goes
    # holds no cycles: looked through every 700 objects as by default, it costs a tenth of all time.
    gc.freeze()
    # At 10,000 sites looks through all series took a fifth of all time: now 100 times as rare.
    gc.set_threshold(COLLECT_AFTER, COLLECT_YOUNG, COLLECT_ALL)


class PacedBatches:
    """Lets small batches grow: after one that was not full the next begins no sooner than `seconds` later.

    What comes alone is worked on at once. In a stream each batch costs its transaction and its rows a series,
    so ten of a hundred messages cost several times one of a thousand. In a slow stream it is a quarter as
    long: there is time, and whoever waits for an alarm has it sooner. In a flood the next may grow for
    longer: of one reading a message it saves a third of the work.

    Args:
        step: Works on a batch; returns its size.
        seconds: From the start of one batch to the start of the next.
        full: A batch of so many is full, and so is the next, it seems. A quarter of it is a flood, and so is
            a sixteenth part in `seconds`. A stream that brings at most half as much is slow.
        in_flood: As `seconds`, in a flood.
    """

    def __init__(self, step: Callable[[], int], seconds: float, full: int, in_flood: float) -> None:
        self._step = step
        self._seconds = seconds
        self._full = full
        self._in_flood = in_flood
        self._begun = -math.inf
        self._next = 0.0

    def __call__(self) -> int:
        """Wait until the next batch may begin, and take the step."""
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
            now = self._next
        gathered, self._begun = now - self._begun, now
        size = self._step()
        self._next = now + self._pace(size, gathered)
        return size

    def _pace(self, size: int, gathered: float) -> float:
        """Seconds from the start of a batch that gathered for so long to the start of the next."""
        if size >= self._full:
            return 0.0
        at_this_pace = size * self._seconds
        if size * 4 >= self._full or at_this_pace * 16 >= self._full * gathered:
            return self._in_flood
        return self._seconds / 4 if at_this_pace * 32 <= self._full * gathered else self._seconds


class Worker:
    """Calls `step` until it is stopped.

    A StoreAway, a read cut for its length, a locked or full database file is a trouble that passes: it is
    logged once with what waits meanwhile, and its end with how long it lasted; the step is tried again after
    growing, jittered pauses, or the one that the store asks for, up to `LONGEST_OBEYED_S`. Anything else is a
    mistake of ours. A part without which nothing is kept ends by it (`on_failure` is given). Any other is
    restarted: what it remembers is rebuilt by `renew`, after pauses that grow up to `LONGEST_RESTART_S` and
    are short again once it has gone well for `SETTLED_S`.

    Attributes:
        trouble: What keeps it from its work and passes; "" for nothing.
        failure: By what it failed the last time; None since it has gone well for `SETTLED_S`.
        failed: Whether it has ended by that.
        restarts: How often it has failed and was restarted.

    Args:
        name: Of the part, as /readyz and the metrics have it.
        step: Returns how much it did; 0 when it found no work.
        wakes: Those that may have work after a step that did something.
        idle: Seconds until the next step when there was no work and nobody wakes it.
        on_failure: Called when the part has ended; None = it is restarted.
        renew: Called in the part's own thread after a failure, before the next step.
        finish: Called in the part's own thread at its end.
        waiting: How many items wait for it; called in the part's own thread.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], int],
        *,
        wakes: Sequence["Worker"] = (),
        idle: float = IDLE_S,
        on_failure: Callable[[], None] | None = None,
        renew: Callable[[], None] | None = None,
        finish: Callable[[], object] | None = None,
        waiting: Callable[[], int] | None = None,
    ) -> None:
        self.name = name
        self.trouble = ""
        self.failure: BaseException | None = None
        self.failed = False
        self.restarts = 0
        self._step = step
        self._wakes = wakes
        self._idle = idle
        self._on_failure = on_failure
        self._renew = renew
        self._finish = finish
        self._waiting = waiting
        self._trouble_since = 0.0
        self._failed_at = 0.0
        self._in_a_row = 0
        self._pause = FIRST_PAUSE_S
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @property
    def failing(self) -> str:
        """The restarts and the last failure, for people; "" while it goes well."""
        failure = self.failure
        if failure is None or self.failed:
            return ""
        return f"{self.name} restarted ({self.restarts} so far), last after {failure_line(failure)}"

    @property
    def is_stopping(self) -> bool:
        """Whether its step should come to an end: one that would go on asks for it."""
        return self._stopping.is_set()

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
            self.failure, self.failed = failure, True
            log.error("part failed", part=self.name, why=failure_line(failure), trace=failure_trace(failure))  # noqa: TRY400
            if self._on_failure:
                self._on_failure()
        finally:
            self._end()

    def _take_step(self) -> None:
        try:
            done = self._step()
        except TRANSIENT as error:
            self._note_trouble(str(error))
            self._stopping.wait(_pause_after(error, self._pause))
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
            return
        except BaseException as failure:
            if self._on_failure:
                raise
            self._restart(failure)
            return
        self._note_trouble("")
        self._pause = FIRST_PAUSE_S
        if self.failure and time.monotonic() - self._failed_at >= SETTLED_S:
            log.info("part goes well again", part=self.name, restarts=self.restarts)
            self.failure, self._in_a_row = None, 0
        if not done:
            self._wake.wait(self._idle)
            self._wake.clear()
            return
        for worker in self._wakes:
            worker.wake()

    def _restart(self, failure: BaseException) -> None:
        self.failure = failure
        self.restarts += 1
        why, trace = failure_line(failure), failure_trace(failure)
        log.error("part fails", part=self.name, why=why, failures=self.restarts, trace=trace)
        pause = min(FIRST_RESTART_S * 2 ** min(self._in_a_row, 20), LONGEST_RESTART_S)
        self._in_a_row += 1
        self._stopping.wait(pause * random.uniform(0.5, 1))
        self._failed_at = time.monotonic()
        if self._renew and not self._stopping.is_set():
            try:
                self._renew()
            except Exception as error:  # noqa: BLE001 - the next step fails by what is torn, and it is tried again
                log.error("part could not be rebuilt", part=self.name, trace=failure_trace(error))  # noqa: TRY400

    def _note_trouble(self, trouble: str) -> None:
        if trouble == self.trouble:
            return
        waiting: dict[str, int] = {}
        if self._waiting:
            with suppress(sqlite3.Error):
                waiting = {"items": self._waiting()}
        if not self.trouble:
            self._trouble_since = time.monotonic()
        if trouble:
            log.warning("trouble", part=self.name, trouble=trouble, **waiting)
        else:
            lasted = round(time.monotonic() - self._trouble_since, 1)
            log.info("trouble over", part=self.name, seconds=lasted, **waiting)
        self.trouble = trouble

    def _end(self) -> None:
        try:
            if self._finish:
                self._finish()
        except Exception as error:  # noqa: BLE001 - it ends anyway, and the others are still to be stopped
            log.error("part not ended orderly", part=self.name, trace=failure_trace(error))  # noqa: TRY400


def _pause_after(error: Exception, pause: float) -> float:
    """Seconds: what the store asks for, as far as that is a sensible number; else `pause`, jittered."""
    requested = getattr(error, "retry_after", None)
    if isinstance(requested, int | float) and requested > 0:  # not for NaN
        return min(requested, LONGEST_OBEYED_S)
    return pause * random.uniform(0.5, 1)
