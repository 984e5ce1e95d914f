"""`liangqu import`: history from files, straight into the store."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from liangqu.cli.csv_options import Files, IgnoreColumns, Missing, Tz, tables
from liangqu.cli.feed_options import Day, Format, Published, feeds
from liangqu.cli.options import Config, settings_of
from liangqu.cli.terminal import say
from liangqu.config.errors import ProblemError

if TYPE_CHECKING:
    from ingest.importing.csv_messages import UnroutableCell
    from ingest.importing.csv_rows import Cells
    from ingest.importing.importer import HistoricMessage
    from liangqu.config.settings import Settings
    from sensors.catalogue.model import Catalogue

COUNTED = 256 * 1024**2  # bytes, unpacked: half a second
OUTCOMES = ("stored", "duplicate", "revised", "dropped", "quarantined")


def command(
    context: typer.Context,
    files: Files,
    *,
    form: Format = "csv",
    day: Day = None,
    published: Published = False,
    tz: Tz = None,
    missing: Missing = "",
    ignore_columns: IgnoreColumns = "",
    on_conflict: Annotated[
        Literal["keep", "revise"],
        typer.Option(help="When the store already holds another value: keep it, or revise it."),
    ] = "keep",
    config: Config = None,
) -> None:
    """Bring history from CSV into the store.

    It is checked like live readings; nobody is alerted.

    Statistics, AQI and water classes are computed from it at the end, by the service where one runs.

    Long: site,parameter,time,value[,flag][,kind]. Wide: site,time,<parameter>,…[,kind]. What is there already
    with the same value counts as duplicate, so an interrupted import can simply be run again. Cells that are
    no readings go to the quarantine with file and line; exit code 1 when there were any.

    The public feeds of the national platform are read as they are (--format); their other stations are passed
    over.
    """
    from liangqu.cli.progress import progress
    from liangqu.cli.recompute import ask_and_catch_up
    from liangqu.config.factories import open_catalogue

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    passed_over: Counter[str] = Counter()
    cells = (
        tables(files, catalogue, tz=tz, missing=missing, ignore_columns=ignore_columns)
        if form == "csv"
        else feeds(files, catalogue, form, day=day, published=published, passed_over=passed_over)
    )
    with progress("lines", _lines(files)) as advance:
        past = _past(cells, catalogue, settings.mqtt.prefix, advance)
        total = take(settings, catalogue, past, "import", on_conflict)
    say(", ".join(f"{total[name]} {name}" for name in OUTCOMES))
    if passed_over:
        others = f"{passed_over.total()} values of {len(passed_over)} stations outside the catalogue"
        say(f"passed over: {others}")
    if total["stored"] + total["revised"]:
        ask_and_catch_up(settings, catalogue, [])
    if total["quarantined"]:
        raise ProblemError(
            f"{total['quarantined']} items were refused; liangqu quarantine list shows them", exit_code=1
        )


def take(
    settings: "Settings",
    catalogue: "Catalogue",
    past: Iterator["HistoricMessage"],
    source: str,
    conflict: Literal["keep", "revise"],
) -> Counter[str]:
    """Take messages of the past into the store of the settings; what became of their items.

    Raises:
        ProblemError: the store cannot be reached, or a file is damaged; what was taken stays.
    """
    from datetime import UTC, datetime

    from ingest.importing.importer import Importer
    from ingest.stores.base import StoreAway
    from liangqu.config.factories import open_journal, open_store
    from liangqu.config.schema import parse_size

    total: Counter[str] = Counter()
    store, journal = open_store(settings), open_journal(settings)
    try:
        store.prepare()
        history = Importer(
            journal,
            store,
            catalogue,
            settings.bounds(),
            conflict=conflict,
            source=source,
            prefix=settings.mqtt.prefix,
            quarantine_limit=parse_size(settings.journal.quarantine_limit),
        )
        for outcomes in history.take(past, datetime.now(UTC)):
            total += outcomes
    except StoreAway as away:
        taken = f"{total.total()} items are in; the same command again takes the rest"
        raise ProblemError(f"store: {away}; {taken}", exit_code=1) from None
    except ValueError as error:
        raise ProblemError(str(error), exit_code=1) from None
    finally:
        store.close()
        journal.close()
    return total


def _past(
    files: Mapping[str, "Cells"], catalogue: "Catalogue", prefix: str, advance: Callable[[int], None]
) -> Iterator["HistoricMessage"]:
    """The files' cells as messages, one after the other; `advance` is told how many lines are behind us."""
    from ingest.importing.csv_messages import CellMessage, group_messages
    from ingest.importing.importer import HistoricMessage
    from sensors.model import Refused

    media = {site.id: site.medium for site in catalogue.sites.values()}
    behind = line = 0
    for file, cells in files.items():
        for message in group_messages(cells, media):
            if isinstance(message, CellMessage):
                line = message.line
                known = {
                    f"values.{cell.parameter}": Refused(cell.reason, cell.detail, f"values.{cell.parameter}")
                    for cell in message.bad
                }
                yield HistoricMessage(
                    message.topic(prefix), message.payload(), f"{file}, line {line}", reasons=known
                )
            else:
                line = message.cell.line
                yield _homeless(message, file, prefix, catalogue)
            advance(behind + line)
        behind += line


def _homeless(
    homeless: "UnroutableCell", file: str, prefix: str, catalogue: "Catalogue"
) -> "HistoricMessage":
    """What no known site measured: under its own topic where that can be told, so that it can be replayed."""
    from ingest.importing.csv_messages import CellMessage
    from ingest.importing.csv_rows import CsvReading
    from ingest.importing.importer import HistoricMessage
    from sensors.model import Refused

    cell = homeless.cell
    origin = f"{file}, line {cell.line}"
    parameter = catalogue.parameter(cell.parameter)
    if parameter is not None and cell.site and "/" not in cell.site:
        message = CellMessage(parameter.medium, cell.site, cell.time, cell.kind, cell.line)
        message.add(cell)
        return HistoricMessage(message.topic(prefix), message.payload(), origin)
    reason, text = ("unknown_site", cell.site) if isinstance(cell, CsvReading) else (cell.reason, cell.text)
    return HistoricMessage(
        f"import/{cell.site}", text.encode(errors="replace"), origin, Refused(reason, homeless.detail)
    )


def _lines(files: list[Path]) -> int | None:
    """How many lines they have, for the progress only; None where counting would take long or cannot be."""
    import gzip
    import zlib

    found, left = 0, COUNTED
    try:
        for file in files:
            with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
                while block := stream.read(1 << 20):
                    found += block.count(b"\n")
                    left -= len(block)
                    if left < 0:
                        return None
    except (OSError, EOFError, zlib.error):
        return None  # who reads the file says what is wrong with it
    return found
