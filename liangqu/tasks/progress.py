"""Progress of a task; the caller supplies what shows it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Advance = Callable[[int], None]
"""Called with how much is done so far."""


class Progress(Protocol):
    """Opened when long work begins; `total` is None where it is not known how much there is."""

    def __call__(self, unit: str, total: int | None = None, /) -> AbstractContextManager[Advance]:
        """Yields what is called as the work goes on; `unit` names what is counted."""
        ...


@contextmanager
def silent(_unit: str = "", _total: int | None = None) -> Iterator[Advance]:
    """Shows nothing."""
    yield lambda _done: None
