"""Imports history: cells of files become messages of the past, decoded and checked like live ones."""

import gzip
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from ingest.importing.cells import Cells, CsvReading
from ingest.importing.csv_messages import CellMessage, UnroutableCell, group_messages
from ingest.importing.importer import HistoricMessage, Importer
from ingest.journal import audit
from ingest.sites.unused import ArrivedKinds
from ingest.stores.base import FormerLayoutError, StoreAway
from ingest.stores.held_back import HeldBack
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_journal, open_store
from liangqu.config.settings import Settings
from liangqu.tasks.progress import Progress, silent
from liangqu.terminal.words import CommandWords
from sensors.catalogue.model import Catalogue
from sensors.model import Language, RefusalReason, Refused
from sensors.section import parse_size

OUTCOMES = ("stored", "duplicate", "revised", "dropped", "quarantined", "missing")
LARGEST_COUNTED = 256 * 1024**2  # bytes, unpacked: half a second
_LINES = {".csv", ".txt", ".tsv"}
Conflict = Literal["keep", "revise"]


def import_history(
    settings: Settings,
    catalogue: Catalogue,
    files: Mapping[str, Cells],
    conflict: Conflict,
    *,
    lines: int | None = None,
    progress: Progress = silent,
    arrived: ArrivedKinds | None = None,
    reason: str = "",
    by: str = "",
) -> Counter[str]:
    """Take the cells of each file, by its name, into the store; how many items had which of `OUTCOMES`.

    `lines` is how many lines the files have, for the progress; `arrived` is told of each reading. Days to
    compute again stay queued.

    Raises:
        ProblemError: as `write_history`.
    """
    with progress("lines", lines) as advance:
        past = historic_messages(files, catalogue, settings.mqtt.served[0], advance)
        return write_history(
            settings,
            catalogue,
            past,
            "import",
            conflict,
            arrived=arrived,
            reason=reason,
            by=by,
            names=[Path(file).name for file in files],
        )


def write_history(
    settings: Settings,
    catalogue: Catalogue,
    past: Iterator[HistoricMessage],
    source: str,
    conflict: Conflict,
    *,
    arrived: ArrivedKinds | None = None,
    reason: str = "",
    by: str = "",
    names: Sequence[str] = (),
) -> Counter[str]:
    """Take messages of the past into the store of the settings; how many items had which of `OUTCOMES`.

    What was taken stands in the audit list, with the `names` of the files.

    Raises:
        ProblemError: the store cannot be reached, or a file is damaged; what was taken stays.
    """
    total: Counter[str] = Counter()
    store, journal = open_store(settings), open_journal(settings)
    try:
        store.prepare()
        history = Importer(
            journal,
            store,
            catalogue,
            settings.bounds().of_any_age,
            conflict=conflict,
            source=source,
            prefix=settings.mqtt.served[0],
            quarantine_limit=parse_size(settings.journal.quarantine_limit),
            arrived=arrived,
            reason=reason,
            by=by,
        )
        for outcomes in history.take(past, datetime.now(UTC)):
            total += outcomes
    except FormerLayoutError as former:
        raise ProblemError(f"store: {former}") from None
    except StoreAway as away:
        taken = f"items that are in: {total.total()}; the same command again takes the rest"
        raise ProblemError(f"store: {away}; {taken}", exit_code=1) from None
    except ValueError as error:
        raise ProblemError(str(error), exit_code=1) from None
    finally:
        store.close()
        with closing(journal), journal.transaction() as connection:
            audit.record(connection, source, names, datetime.now(UTC), why=reason, by=by, details=total)
    return total


def historic_messages(
    files: Mapping[str, Cells], catalogue: Catalogue, prefix: str, advance: Callable[[int], None]
) -> Iterator[HistoricMessage]:
    """The files' cells as messages, one after the other; `advance` gets the number of lines read."""
    media = {site.id: site.medium for site in catalogue.sites.values()}
    lines_before = line = 0
    for file, cells in files.items():
        for message in group_messages(cells, media):
            if isinstance(message, CellMessage):
                line = message.line
                origin = f"{file}, line {line}"
                yield HistoricMessage(
                    message.topic(prefix), message.payload(), origin, reasons=_known(message)
                )
            else:
                line = message.cell.line
                yield _unroutable(message, file, prefix, catalogue)
            advance(lines_before + line)
        lines_before += line


def _known(message: CellMessage) -> dict[str, Refused]:
    """Why values, or with an unreadable time the whole message, will be refused: in the words of the file."""
    places = [f"values.{cell.parameter}" if isinstance(cell.time, datetime) else "" for cell in message.bad]
    return {
        where: Refused(cell.reason, cell.detail, where)
        for where, cell in zip(places, message.bad, strict=True)
    }


def _unroutable(unroutable: UnroutableCell, file: str, prefix: str, catalogue: Catalogue) -> HistoricMessage:
    """What no known site measured: under its own topic where that can be told, so that it can be replayed."""
    cell = unroutable.cell
    origin = f"{file}, line {cell.line}"
    parameter = catalogue.parameter(cell.parameter)
    if parameter is not None and cell.site and "/" not in cell.site:
        message = CellMessage(parameter.medium, cell.site, cell.time, cell.kind, cell.line)
        message.add(cell)
        return HistoricMessage(message.topic(prefix), message.payload(), origin)
    reason: RefusalReason = "unknown_site" if isinstance(cell, CsvReading) else cell.reason
    text = cell.site if isinstance(cell, CsvReading) else cell.text
    return HistoricMessage(
        f"import/{cell.site}", text.encode(errors="replace"), origin, Refused(reason, unroutable.detail)
    )


def waiting_words(settings: Settings) -> str:
    """What waits in the journal as the store takes nothing of its field, in its words; "" if nothing."""
    journal = open_journal(settings)
    try:
        held = HeldBack(journal)
        return "" if held.is_empty else held.trouble
    finally:
        journal.close()


def outcome_words(total: Mapping[str, int], language: Language) -> str:
    """The items by what became of them; those that mean that nothing was measured only if there are any."""
    named = OUTCOMES if total["missing"] else OUTCOMES[:-1]
    waiting = ["outgoing"] if total["outgoing"] else []
    words = CommandWords("outcomes", language)
    said = [words(name, n=total[name]) for name in (*named, *waiting)]
    return ("，" if language == "zh" else ", ").join(said)


def count_lines(files: Iterable[Path]) -> int | None:
    """How many lines they have, for the progress only; None where counting takes long or says nothing."""
    found, left = 0, LARGEST_COUNTED
    try:
        for file in files:
            if not _LINES.intersection(file.suffixes):
                return None  # of a workbook or a document
            last = b"\n"
            with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    found, last = found + block.count(b"\n"), block[-1:]
                    left -= len(block)
                    if left < 0:
                        return None
            found += last != b"\n"
    except (OSError, EOFError, zlib.error):
        return None  # who reads the file says what is wrong with it
    return found
