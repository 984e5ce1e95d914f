"""Hands results to the pipeline's thread: others offer and wait, it applies them between steps."""

import threading
from collections.abc import Callable
from queue import SimpleQueue

from ingest.recompute.model import RecomputeResult


class _Offer:
    """One result, and whether it was applied."""

    def __init__(self, answer: RecomputeResult) -> None:
        self.answer = answer
        self.taken = False
        self.answered = threading.Event()


class Handoff:
    """A queue of results between two threads."""

    def __init__(self) -> None:
        self._waiting: SimpleQueue[_Offer] = SimpleQueue()

    def offer(self, answer: RecomputeResult, patience: float) -> bool:
        """Put a result in and wait, in seconds; whether it was applied by then."""
        offer = _Offer(answer)
        self._waiting.put(offer)
        offer.answered.wait(patience)
        return offer.taken

    def take_all(self, take_in: Callable[[RecomputeResult], bool]) -> None:
        """Apply all waiting results."""
        while not self._waiting.empty():
            offer = self._waiting.get()
            offer.taken = take_in(offer.answer)
            offer.answered.set()
