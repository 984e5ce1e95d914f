"""The interpreter of a service: collections that still find what is lost."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from liangqu.service.worker import COLLECT_AFTER, COLLECT_YOUNG, tune_interpreter


@pytest.fixture
def tuned() -> Iterator[None]:
    """As a service has it; as before afterwards."""
    before = gc.get_threshold()
    tune_interpreter()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


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
def test_all_that_stays_is_looked_through_seldom() -> None:
    """At 10,000 sites it took a fifth of all time; `benchmarks/service/sites.py`."""
    before = gc.get_stats()[-1]["collections"]
    kept: list[list[int]] = [[] for _ in range(20 * COLLECT_AFTER * COLLECT_YOUNG)]

    assert gc.get_stats()[-1]["collections"] == before, len(kept)
