"""A batch that fails is processed in halves, down to the one input that fails alone."""

import traceback
from collections.abc import Callable, Sequence
from typing import TypeVar

from ingest.journal.database.failures import is_of_the_file

_Input = TypeVar("_Input")


def process_in_halves(
    batch: Sequence[_Input],
    process: Callable[[Sequence[_Input]], None],
    set_aside: Callable[[_Input, Exception], None],
) -> None:
    """Process a batch in order; if that fails, process its halves, and so on.

    Args:
        batch: At least one input.
        process: Processes some inputs, all or none of them. Each is alone in a call at most once.
        set_aside: Gets the input that failed alone, with its failure.

    Raises:
        Exception: A failure of the journal's file (`is_of_the_file`), or one of `set_aside`. What came
            before is done, the rest is as it was.
    """
    try:
        process(batch)
    except Exception as error:
        if is_of_the_file(error):
            raise
        failure = error
        traceback.clear_frames(error.__traceback__)  # a query that they hold open would lock the file
    else:
        return
    if half := len(batch) // 2:
        process_in_halves(batch[:half], process, set_aside)
        process_in_halves(batch[half:], process, set_aside)
    else:
        set_aside(batch[0], failure)
