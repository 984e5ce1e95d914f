"""Coverage of the first second of a test: what it goes on doing, it has done by then."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

SECONDS = 1.0
"""Of processor time, all threads together. One test in fifty takes longer: three quarters of all time."""

PROCESSES = "COVERAGE_PROCESS_CONFIG"
"""By which coverage tells the processes that are started to measure too."""


class Measurement(Protocol):
    """What `coverage.Coverage.current()` gives: it may be stopped and started again."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


@contextmanager
def covered_at_first(measurement: Measurement | None, seconds: float = SECONDS) -> Iterator[None]:
    """Stop measuring after these seconds of the block, and start again behind it.

    While anything is measured, Python 3.11 runs every line at half its speed or less, in other packages too.
    """
    if measurement is None:
        yield
        return
    stopped = False

    def stop(*_: object) -> None:
        nonlocal stopped
        stopped = True
        measurement.stop()

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if stopped:
            _start_again(measurement)


@contextmanager
def uncovered(measurement: Measurement | None) -> Iterator[None]:
    """Measure nothing of the block."""
    if measurement is None:
        yield
        return
    measurement.stop()
    try:
        yield
    finally:
        _start_again(measurement)


def _start_again(measurement: Measurement) -> None:
    """Start it, and tell processes nothing that they were not told before: starting does."""
    told = os.environ.get(PROCESSES)
    measurement.start()
    if told is None:
        os.environ.pop(PROCESSES, None)
