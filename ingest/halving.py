"""A batch that fails is processed in halves, down to the one input that fails alone."""

import traceback
from collections.abc import Callable, Sequence
from typing import TypeVar

from ingest.journal.failures import is_of_the_file

_Input = TypeVar("_Input")


def work_through(
    batch: Sequence[_Input],
    work: Callable[[Sequence[_Input]], None],
    set_aside: Callable[[_Input, Exception], None],
) -> None:
    """Process a batch in order; if that fails, process its halves, and so on.

    Args:
        batch: What is to be done; at least one.
        work: Processes some of it, whole or not at all. Each input is alone in a call at most once.
        set_aside: Takes the input that failed alone, with its failure.

    Raises:
        Exception: What the journal's file fails by (`is_of_the_file`), and what `set_aside` raises. What
            came before is done, the rest is as it was.
    """
    try:
        work(batch)
    except Exception as error:
        if is_of_the_file(error):
            raise
        failure = error
        traceback.clear_frames(error.__traceback__)  # a query that they hold open would lock the file
    else:
        return
    if len(batch) == 1:
        set_aside(batch[0], failure)
        return
    half = len(batch) // 2
    for part in (batch[:half], batch[half:]):
        work_through(part, work, set_aside)
