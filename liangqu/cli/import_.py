"""`liangqu import`: import history from files directly into the store."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from liangqu.cli.options import (
    ApprovedBy,
    ApprovedReason,
    Config,
    Decimal,
    Delimiter,
    Encoding,
    Files,
    IgnoreColumns,
    Missing,
    OnConflict,
    Sheet,
    StampLabel,
    TimeFormat,
    Tz,
    csv_cells,
    row_options,
    settings_of,
    table_options,
)
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords
from sensors.model import Language

if TYPE_CHECKING:
    from ingest.importing.cells import Cells
    from ingest.importing.csv_rows import RowOptions
    from ingest.sites.unused import ArrivedKinds
    from liangqu.config.settings import Settings
    from sensors.catalogue.model import Catalogue

Format = Annotated[
    Literal["csv", "cnemc-air", "cnemc-water"],
    typer.Option(
        "--format",
        help="csv (also .xlsx), or national: cnemc-air (XML, JSON, CSV archives), cnemc-water (JSON, CSV).",
    ),
]
Day = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="cnemc-water: the last day in a file, as its times have no year; else from its name.",
    ),
]
Published = Annotated[
    bool,
    typer.Option("--published", help="cnemc-water: take the rounded values instead of the unrounded ones."),
]


def command(
    context: typer.Context,
    files: Files,
    *,
    form: Format = "csv",
    day: Day = None,
    published: Published = False,
    tz: Tz = None,
    label: StampLabel = None,
    missing: Missing = "",
    ignore_columns: IgnoreColumns = "",
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    decimal: Decimal = None,
    time_format: TimeFormat = None,
    sheet: Sheet = None,
    on_conflict: OnConflict = "keep",
    reason: ApprovedReason = "",
    by: ApprovedBy = "",
    config: Config = None,
) -> None:
    """Import history from files and folders into the store.

    It is checked like live readings; nobody is alerted. Long: site,parameter,time,value[,unit][,flag][,kind].
    Wide: site,time,<parameter>,…[,flag][,kind]. A value that is stored counts as a duplicate, so an import
    can be run again. Cells that are not readings go to quarantine; the exit code is then 1. Public feeds are
    read as downloaded (--format). An approved month or day changes only with --reason and --by.
    """
    from ingest.sites.unused import ArrivedKinds
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.importing.history import count_lines, import_history
    from liangqu.terminal.progress import progress

    settings, files = settings_of(context, config), _files_in(files)
    catalogue, passed_over, arrived, wanted = open_catalogue(settings), Counter[str](), ArrivedKinds(), None
    if form == "csv":
        table = table_options(encoding, delimiter, decimal, sheet)
        wanted = row_options(tz, missing, ignore_columns, time_format, table)
        cells = csv_cells(context, files, catalogue, wanted, label)
    elif label is not None:
        raise ProblemError(f"--label: {form} says itself what its times name")
    else:
        cells = _feed_cells(files, catalogue, form, day, published=published, passed_over=passed_over)
    guarded, lines = _guarded(settings, cells, reason, by), count_lines(files)
    total = import_history(
        settings, catalogue, guarded, on_conflict, lines=lines, progress=progress, arrived=arrived,
        reason=reason, by=by,
    )  # fmt: skip
    marks = _take_over_marks(settings, files, wanted)
    _conclude(settings, catalogue, total, passed_over, arrived, marks, language_of(context))


def _feed_cells(
    files: Sequence[Path],
    catalogue: "Catalogue",
    form: Literal["cnemc-air", "cnemc-water"],
    day: datetime | None,
    *,
    published: bool,
    passed_over: Counter[str],
) -> "dict[str, Cells]":
    """The cells of a national feed's files; `day` is the last in a file whose times have no year."""
    from liangqu.tasks.importing.feed_cells import feed_cells

    last = day.date() if day else None
    return feed_cells(files, catalogue, form, last=last, published=published, passed_over=passed_over)


def _guarded(settings: "Settings", cells: "dict[str, Cells]", reason: str, by: str) -> "dict[str, Cells]":
    """The cells; those of an approved month only with a reason and a name."""
    from liangqu.tasks.declared.approval import guarded_cells

    return guarded_cells(settings, cells, reason=reason, by=by, now=datetime.now(UTC))


def _take_over_marks(settings: "Settings", files: Sequence[Path], options: "RowOptions | None") -> int:
    """Submit the marks that exported files hold; how many are new. Without options it is no table of ours."""
    if options is None:
        return 0
    from ingest.importing.exported import exported_marks
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.declared.marks import take_over_marks

    catalogue = open_catalogue(settings)
    found = {mark: None for file in files for mark in exported_marks(file, catalogue, options.table)}
    return take_over_marks(settings, list(found)) if found else 0


def _conclude(
    settings: "Settings",
    catalogue: "Catalogue",
    total: Counter[str],
    passed_over: Counter[str],
    arrived: "ArrivedKinds",
    marks: int,
    language: Language,
) -> None:
    """Print the outcome of the items, compute what depends on them, and say what of them feeds nothing."""
    from ingest.sites.unused import describe_unused
    from liangqu.config.factories import open_rules
    from liangqu.tasks.importing.history import outcome_words, waiting_words
    from liangqu.tasks.recompute import recompute_days
    from liangqu.terminal.progress import progress

    words = CommandWords("import", language)
    say(outcome_words(total, language))
    if not total.total() and not passed_over:
        say(words("nothing"))
    if passed_over:
        say(words("skipped", n=passed_over.total(), stations=len(passed_over)))
    if marks:
        say(words("marks", n=marks))
    if total["stored"] + total["revised"] + marks:
        recompute_days(settings, catalogue, [], progress)
    unused = arrived.unused(catalogue, open_rules(settings, catalogue).is_judged)
    for line in describe_unused(unused, catalogue):
        say(line)
    waiting = waiting_words(settings) if total["outgoing"] else ""
    if waiting:
        say(words("store", waiting=waiting))
    if total["quarantined"]:
        refused = total["quarantined"]
        raise ProblemError(
            f"items refused: {refused}; liangqu quarantine list shows what and why", exit_code=1
        )
    if waiting:
        raise ProblemError(f"items not in the store yet: {total['outgoing']}", exit_code=1)


def _files_in(paths: Iterable[Path]) -> list[Path]:
    """The files, and those in folders at any depth; each once, in the order of their names.

    Raises:
        ProblemError: a folder holds none.
    """
    found: set[Path] = set()
    for path in paths:
        inside = [
            file for file in path.rglob("*") if file.is_file() and not file.name.startswith((".", "~$"))
        ]
        if path.is_dir() and not inside:
            raise ProblemError(f"{path}: a folder without files")
        found.update(inside or [path])
    return sorted(found, key=lambda file: (file.name, str(file)))
