"""Progress of long work: a moving bar on a terminal, a plain line every ten seconds elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from liangqu.terminal.problems import typed_language
from liangqu.terminal.words import CommandWords

PLAIN_EVERY_S = 10.0


@contextmanager
def progress(unit: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Yields a function to call with how much is done so far, of `total` if that is known; on stderr."""
    words = CommandWords("progress", typed_language())
    unit = words(unit) if unit in words else unit
    if not sys.stderr.isatty():
        yield _Plain(unit if total is None else words("of", total=total, unit=unit))
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    counted = TextColumn("{task.completed:,.0f} " + unit if total is None else "{task.percentage:>3.0f} %")
    bar = [] if total is None else [BarColumn()]
    with Progress(SpinnerColumn(), *bar, counted, TimeElapsedColumn(), console=Console(stderr=True)) as shown:
        task = shown.add_task("", total=total)
        yield lambda done: shown.update(task, completed=done)


class _Plain:
    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._next = time.monotonic() + PLAIN_EVERY_S

    def __call__(self, done: int) -> None:
        if time.monotonic() >= self._next:
            self._next += PLAIN_EVERY_S
            with suppress(OSError):  # nobody can be told; the work goes on
                sys.stderr.write(f"{done} {self._unit}\n")
