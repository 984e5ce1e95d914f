"""A part of the service: what passes is tried again, what does not ends it."""

import sqlite3
import threading
import time

import pytest

from liangqu import worker
from liangqu.worker import Pace, Worker
from sensors.seams import StoreAway


@pytest.fixture(autouse=True)
def without_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE_S", 0.001)


def ends(condition: threading.Event) -> None:
    assert condition.wait(10)


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(StoreAway("no answer"), id="store away"),
        pytest.param(StoreAway("slow down", retry_after=0.01), id="store asks for a pause"),
        pytest.param(sqlite3.OperationalError("database or disk is full"), id="disk full"),
    ],
)
def test_a_trouble_is_said_and_the_step_tried_again(passing: Exception) -> None:
    over, troubles = threading.Event(), list[str]()

    def step() -> bool:
        troubles.append(part.trouble)
        if len(troubles) < 4:
            raise passing
        over.set()
        return False

    part = Worker("store", step, lambda: None)
    part.start()
    ends(over)
    part.stop()

    assert troubles[:4] == ["", str(passing), str(passing), str(passing)]
    assert part.trouble == ""
    assert not part.failed


def test_anything_else_ends_the_part_and_is_told() -> None:
    told, finished = threading.Event(), threading.Event()

    def step() -> bool:
        raise ZeroDivisionError

    part = Worker("pipeline", step, told.set, finished.set)
    part.start()
    ends(told)
    part.stop()

    assert part.failed
    assert finished.is_set()


def test_it_works_while_there_is_work_and_waits_to_be_woken() -> None:
    left, done, empty = [3], list[int](), threading.Event()

    def step() -> bool:
        if not left[0]:
            empty.set()
            return False
        left[0] -= 1
        done.append(left[0])
        return True

    part = Worker("pipeline", step, lambda: None)
    part.start()
    ends(empty)
    assert done == [2, 1, 0]
    empty.clear()
    left[0] = 1
    part.wake()
    ends(empty)
    part.stop()

    assert done == [2, 1, 0, 0]


def test_stopping_waits_for_the_step_and_calls_finish_in_the_parts_own_thread() -> None:
    names: list[str] = []
    begun = threading.Event()

    def step() -> bool:
        begun.set()
        time.sleep(0.05)
        names.append(threading.current_thread().name)
        return False

    part = Worker("store", step, lambda: None, lambda: names.append(threading.current_thread().name))
    part.start()
    ends(begun)
    part.stop()

    assert names == ["store", "store"]


class Clock:
    """Stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(
    ("sizes", "begins"),
    [
        pytest.param([(1, 1.0), (1, 1.0)], [0.0, 1.0, 2.0], id="what comes alone is worked on at once"),
        pytest.param([(1, 0.0), (1, 0.0)], [0.0, 0.25, 0.5], id="small batches of a stream wait for more"),
        pytest.param([(2, 0.0), (7, 0.0)], [0.0, 0.5, 1.0], id="larger ones, of a flood, wait twice as long"),
        pytest.param([(8, 0.0), (8, 0.0)], [0.0, 0.0, 0.0], id="full batches wait for nothing"),
        pytest.param([(8, 0.0), (1, 0.125)], [0.0, 0.0, 0.25], id="the time that work takes counts"),
    ],
)
def test_the_pace_of_batches(
    monkeypatch: pytest.MonkeyPatch, sizes: list[tuple[int, float]], begins: list[float]
) -> None:
    clock, found = Clock(), []
    monkeypatch.setattr(worker, "time", clock)
    pace = Pace(0.25, full=8)

    for size, took in [*sizes, (0, 0.0)]:
        pace.wait()
        found.append(clock.now - 100)
        clock.sleep(took)
        pace.took(size)

    assert found == begins
