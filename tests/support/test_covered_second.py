"""Coverage ends with a test's first second of processor time and begins again behind it."""

import os
import time

import pytest
from coverage import Coverage

from tests.support.covered_second import PROCESSES, covered_at_first, uncovered


class Measured(list[str]):
    """Notes when it is stopped and started."""

    def start(self) -> None:
        self.append("started")

    def stop(self) -> None:
        self.append("stopped")


def compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        sum(range(10_000))


def test_what_computes_longer_is_not_measured_to_its_end() -> None:
    measured = Measured()
    with covered_at_first(measured, 0.02):
        compute(0.2)
        assert measured == ["stopped"]

    assert measured == ["stopped", "started"]


def test_a_failure_ends_it_too() -> None:
    measured = Measured()
    with pytest.raises(ZeroDivisionError), covered_at_first(measured, 0.02):
        compute(0.2)
        raise ZeroDivisionError

    assert measured == ["stopped", "started"]


def test_what_ends_before_or_only_waits_is_measured_whole() -> None:
    measured = Measured()
    with covered_at_first(measured, 0.1):
        time.sleep(0.2)
    compute(0.2)

    assert measured == []


def test_what_is_never_measured_is_stopped_before_it_begins_however_it_ends() -> None:
    measured = Measured()
    with pytest.raises(ZeroDivisionError), uncovered(measured):
        assert measured == ["stopped"]
        raise ZeroDivisionError

    assert measured == ["stopped", "started"]


@pytest.mark.heavy
def test_nothing_measures_a_heavy_test_also_in_a_worker() -> None:
    """In `./do test`: pytest-cov pauses, and what had begun before it knew of the worker has been ended."""
    assert Coverage.current() is None
    assert PROCESSES not in os.environ
