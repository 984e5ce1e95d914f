"""A part of the service: what passes is tried again, what does not ends it."""

import sqlite3
import threading
import time

import pytest
from structlog.testing import capture_logs

from ingest.stores.base import StoreAway
from liangqu.service import worker
from liangqu.service.worker import PacedBatches, Worker


@pytest.fixture(autouse=True)
def without_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(worker, "FIRST_RESTART_S", 0.001)


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

    part = Worker("store", step)
    part.start()
    ends(over)
    part.stop()

    assert troubles[:4] == ["", str(passing), str(passing), str(passing)]
    assert part.trouble == ""
    assert not part.failed


@pytest.mark.parametrize(
    ("asked", "pause"),
    [
        pytest.param(0.25, 0.25, id="a sensible pause"),
        pytest.param(300, 300.0, id="the longest"),
        pytest.param(300.5, 300.0, id="longer than we obey"),
        pytest.param(1e8, 300.0, id="three years"),
        pytest.param(1e308, 300.0, id="more than the system can wait"),
        pytest.param(float("inf"), 300.0, id="for ever"),
        pytest.param(10**400, 300.0, id="more than a float holds"),
        pytest.param(float("nan"), 1.0, id="NaN"),
        pytest.param(0, 1.0, id="none at all"),
        pytest.param(-5.0, 1.0, id="a moment ago"),
        pytest.param(float("-inf"), 1.0, id="always"),
        pytest.param(None, 1.0, id="not said"),
        pytest.param("7", 1.0, id="text"),
    ],
)
def test_how_long_it_waits_when_the_store_asks_for_a_pause(
    monkeypatch: pytest.MonkeyPatch, asked: float, pause: float
) -> None:
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    waits: list[float] = []
    part = Worker("store", lambda: False)
    monkeypatch.setattr(worker, "FIRST_PAUSE_S", 1.0)
    monkeypatch.setattr(part, "_pause", 1.0)
    monkeypatch.setattr(part, "_step", lambda: raises(StoreAway("slow down", retry_after=asked)))
    monkeypatch.setattr(part._stopping, "wait", waits.append)

    part._take_step()

    assert waits == [pause]
    assert part.trouble == "slow down"


def raises(failure: BaseException) -> bool:
    raise failure


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        pytest.param(ZeroDivisionError("by 0"), "ZeroDivisionError: by 0", id="a mistake"),
        pytest.param(KeyError("pm25"), "KeyError: 'pm25'", id="a missing key"),
        pytest.param(RecursionError(), "RecursionError", id="without words"),
        pytest.param(MemoryError(), "MemoryError", id="memory"),
        pytest.param(SystemExit(1), "SystemExit: 1", id="a library that wants to end it all"),
        pytest.param(OverflowError("timeout"), "OverflowError: timeout", id="a number too large"),
        pytest.param(
            ValueError("no host in http://u:geheim@h/geheim?x at all"),
            "ValueError: no host in … at all",
            id="an address",
        ),
        pytest.param(ValueError("a\x1b[2J\nb"), r"ValueError: a\x1b[2J\nb", id="signs for a terminal"),
        pytest.param(
            sqlite3.DatabaseError("malformed"), "DatabaseError: malformed", id="a damaged file"
        ),
    ],
)  # fmt: skip
def test_by_anything_else_a_part_is_rebuilt_and_restarted(failure: BaseException, words: str) -> None:
    over, steps, renewed = threading.Event(), list[str](), list[BaseException | None]()

    def step() -> bool:
        steps.append(part.failing)
        if len(steps) < 4:
            raise failure
        over.set()
        return False

    part = Worker("store", step, renew=lambda: renewed.append(part.failure))
    part.start()
    ends(over)
    part.stop()

    assert steps[:4] == ["", *(f"store restarted ({n} so far), last after {words}" for n in (1, 2, 3))]
    assert renewed == [failure] * 3
    assert part.restarts == 3
    assert part.failing == steps[3]  # it has not yet gone well for long enough
    assert not part.failed


def test_it_fails_no_more_once_it_has_gone_well_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    failures = [ZeroDivisionError("a"), None, ValueError("b"), None, None, KeyError("c")]
    part = Worker("store", lambda: raises(failed) if (failed := failures.pop(0)) else True)
    waits: list[float] = []
    monkeypatch.setattr(worker, "time", clock)
    monkeypatch.setattr(worker, "FIRST_RESTART_S", 1.0)
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    monkeypatch.setattr(part._stopping, "wait", waits.append)
    seen = []
    for _ in range(6):
        part._take_step()
        seen.append(part.failing.partition("after ")[2])
        clock.sleep(40)

    assert seen == ["ZeroDivisionError: a"] * 2 + ["ValueError: b"] * 2 + ["", "KeyError: 'c'"]
    assert waits == [1.0, 2.0, 1.0]  # growing, and short again
    assert part.restarts == 3


def test_pauses_grow_to_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Worker("store", lambda: raises(ZeroDivisionError()))
    waits: list[float] = []
    monkeypatch.setattr(worker, "FIRST_RESTART_S", 1.0)
    monkeypatch.setattr("random.uniform", lambda _low, high: high)
    monkeypatch.setattr(part._stopping, "wait", waits.append)
    for _ in range(30):
        part._take_step()

    assert waits[:8] == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]
    assert waits[-1] == 60.0


def test_what_cannot_be_rebuilt_is_tried_again() -> None:
    over, tries = threading.Event(), list[int]()

    def renew() -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OSError("no file descriptor left")

    def step() -> bool:
        if len(tries) < 3:
            raise ZeroDivisionError
        over.set()
        return False

    part = Worker("store", step, renew=renew)
    part.start()
    ends(over)
    part.stop()

    assert len(tries) == 3


def test_a_part_without_which_nothing_is_kept_ends_by_it_and_it_is_told() -> None:
    told, finished = threading.Event(), threading.Event()

    def step() -> bool:
        raise ZeroDivisionError

    part = Worker("pipeline", step, on_failure=told.set, finish=finished.set)
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

    part = Worker("pipeline", step)
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

    part = Worker("store", step, finish=lambda: names.append(threading.current_thread().name))
    part.start()
    ends(begun)
    part.stop()

    assert names == ["store", "store"]


def test_one_that_hangs_is_left_behind_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LONGEST_STEP_S", 0.05)
    begun, released = threading.Event(), threading.Event()

    def step() -> bool:
        begun.set()
        return released.wait(60)

    part = Worker("channel", step)
    part.start()
    ends(begun)
    with capture_logs() as logged:
        part.stop()
    released.set()

    assert logged == [{"event": "part left behind", "part": "channel", "log_level": "warning"}]


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
        pytest.param([(1, 0.0), (50, 0.0)], [0.0, 0.0625, 0.125], id="a slow stream waits a quarter as long"),
        pytest.param([(1, 0.0), (51, 0.0)], [0.0, 0.0625, 0.3125], id="a faster one waits for more"),
        pytest.param(
            [(1, 0.0), (50, 0.1875), (150, 0.0)],
            [0.0, 0.0625, 0.25, 0.3125],
            id="a slow stream that had to wait is still slow",
        ),
        pytest.param(
            [(1600, 0.0), (6399, 0.0)], [0.0, 1.0, 2.0], id="large batches, of a flood, wait for longer"
        ),
        pytest.param(
            [(0, 0.25), (400, 0.0), (399, 0.0)],
            [0.0, 0.25, 1.25],
            id="a flood is told by its rate: a sixteenth part while a batch gathers",
        ),
        pytest.param([(6400, 0.0), (6400, 0.0)], [0.0, 0.0, 0.0], id="full batches wait for nothing"),
        pytest.param(
            [(6400, 0.125), (150, 0.125)], [0.0, 0.125, 0.375], id="the time that work takes counts"
        ),
    ],
)
def test_the_pace_of_batches(
    monkeypatch: pytest.MonkeyPatch, sizes: list[tuple[int, float]], begins: list[float]
) -> None:
    clock, begun = Clock(), list[float]()
    monkeypatch.setattr(worker, "time", clock)
    batches = iter([*sizes, (0, 0.0)])

    def step() -> int:
        begun.append(clock.now - 100)
        size, took = next(batches)
        clock.sleep(took)
        return size

    paced = PacedBatches(step, 0.25, full=6400, in_flood=1.0)
    for _ in begins:
        paced()

    assert begun == begins
