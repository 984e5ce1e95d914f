"""How the progress of a backup is shown: by whoever calls."""

from contextlib import AbstractContextManager
from typing import Protocol

from liangqu.backup.manifest import Advance


class ShowProgress(Protocol):
    """Opened when long work begins; `total` is None where it is not known how much there is."""

    def __call__(self, unit: str, total: int | None = None, /) -> AbstractContextManager[Advance]:
        """Yields what is called with how much is done so far; `unit` names what is counted."""
        ...
