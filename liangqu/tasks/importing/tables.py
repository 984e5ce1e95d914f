"""The cells of tables of readings, each header checked before anything is read."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ingest.importing import csv_rows
from ingest.importing.cells import Cells
from ingest.importing.csv_rows import RowOptions
from ingest.importing.labels import with_own_labels
from liangqu.config.errors import ProblemError
from sensors.catalogue.model import Catalogue
from sensors.model import Label


def table_cells(
    files: Iterable[Path],
    catalogue: Catalogue,
    options: RowOptions,
    label: Label | None,
    say: Callable[[str], None],
) -> dict[str, Cells]:
    """The cells of each file by its name; every header has been checked when this returns.

    `say` hears what is assumed about them, what holds for every file only once.

    Raises:
        ProblemError: a header is wrong.
    """
    said: set[str] = set()

    def note(line: str) -> None:
        words = line.partition(": ")[2] if line.endswith(csv_rows.WITHOUT_OFFSET) else line
        if words not in said:
            said.add(words)
            say(line)

    try:
        found = {str(file): csv_rows.rows(file, catalogue, options, note) for file in files}
    except ValueError as error:
        raise ProblemError(str(error)) from None
    return {name: with_own_labels(cells, catalogue, label) for name, cells in found.items()}
