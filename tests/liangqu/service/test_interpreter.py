"""The interpreter of a service: short turns for its threads, and collections that still find what is lost."""

import gc
import sys
import weakref
from collections.abc import Iterator

import pytest

from liangqu.service.worker import COLLECT_AFTER, SWITCH_S, tune_interpreter


@pytest.fixture
def tuned() -> Iterator[None]:
    """As a service has it; as before afterwards."""
    before, turn = gc.get_threshold(), sys.getswitchinterval()
    tune_interpreter()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)
    sys.setswitchinterval(turn)


class Ring:
    """Refers to itself: only a collection frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("tuned")
def test_cycles_are_freed_without_being_asked_for() -> None:
    lost = weakref.ref(Ring())
    kept: list[list[int]] = [[] for _ in range(2 * COLLECT_AFTER)]
    assert lost() is None, len(kept)


@pytest.mark.usefixtures("tuned")
def test_a_thread_that_computes_gives_way_sooner_than_by_default() -> None:
    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
    assert SWITCH_S < 0.005  # CPython's own: Modules/_gil.c, DEFAULT_INTERVAL 5000 µs
