"""What commands share: options, loading the settings, and checks of every argument."""

from collections.abc import Callable, Iterable
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from liangqu.config.errors import ProblemError
from liangqu.terminal.help import SpokenCommand, language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords
from sensors.excerpt import excerpt, suggestion
from sensors.model import Label
from sensors.text import from_locale

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from ingest.importing.cells import Cells
    from ingest.importing.csv_rows import RowOptions
    from ingest.importing.tables.table import TableOptions
    from ingest.journal.file import Journal
    from ingest.journal.requests import RequestKind
    from liangqu.config.settings import Settings, SettingsRead
    from sensors.catalogue.model import Catalogue

Config = Annotated[
    Path | None,
    typer.Option(
        "-c",
        "--config",
        help="Settings file (TOML); else LIANGQU_CONFIG, else liangqu.toml in this folder.",
        show_default=False,
        dir_okay=False,
    ),
]
OnConflict = Annotated[
    Literal["keep", "revise"],
    typer.Option(help="If the store already holds a different value: keep it, or revise it."),
]
By = Annotated[str, typer.Option(help="Your name; the login name by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of a table.")]
NoHeader = Annotated[bool, typer.Option("--no-header", help="Without the line of headings.")]
Ids = Annotated[bool, typer.Option("--ids", help="Ids instead of names, for scripts.")]
ApprovedReason = Annotated[
    str,
    typer.Option("--reason", help="Why, where an approved day or month changes; shown in its next report."),
]
ApprovedBy = Annotated[str, typer.Option("--by", help="Your name, where an approved day or month changes.")]
Files = Annotated[
    list[Path],
    typer.Argument(
        help="CSV files or workbooks (.xlsx), long or wide; .gz too.", metavar="FILES", exists=True
    ),
]
Tz = Annotated[
    str | None,
    typer.Option(help="Time zone of times without an offset; Asia/Shanghai by default, which is said."),
]
Missing = Annotated[str, typer.Option(help='Texts that count as blank, e.g. "-,--,*,NaN".')]
Encoding = Annotated[
    str | None,
    typer.Option(help="Encoding, e.g. GBK; by default told by the file: UTF-8, UTF-16 or GB18030."),
]
Delimiter = Annotated[
    str | None, typer.Option(help='What separates cells, e.g. ";" or tab; by default told by the header.')
]
Decimal = Annotated[
    Literal[".", ","] | None, typer.Option(help="The mark before the fraction; by default told by the cells.")
]
TimeFormat = Annotated[
    str | None,
    typer.Option(help='How times are written, e.g. "%d/%m/%Y %H:%M"; needed if the year is not first.'),
]
Sheet = Annotated[
    str | None, typer.Option(help="Sheet of a workbook, by name or number; the first by default.")
]
StampLabel = Annotated[
    Label | None,
    typer.Option(
        "--label",
        help="Which end of its interval each time names, of any kind; by default as the site's label says.",
    ),
]
Rate = Annotated[float | None, typer.Option(min=0.001, max=1_000_000, help="Maximum messages per second.")]
IgnoreColumns = Annotated[str, typer.Option(help="Columns to ignore, separated by commas.")]

_SAID = "liangqu: which settings were found is said"
LARGEST = 2**63 - 1  # what SQLite keeps, and InfluxDB


class CheckedCommand(SpokenCommand):
    """A command that refuses texts that are not UTF-8 and numbers that SQLite cannot store."""

    def invoke(self, ctx: Any) -> Any:
        """Check every argument before anything is done."""
        for name, given in ctx.params.items():
            try:
                ctx.params[name] = (
                    [_checked(v) for v in given] if isinstance(given, list) else _checked(given)
                )
            except ValueError as error:
                raise ProblemError(f"{self._name_as_typed(name)}: {error}") from None
        return super().invoke(ctx)

    def _name_as_typed(self, name: str) -> str:
        """`--by`, or an argument's name in capitals."""
        options: Iterable[str] = next((each.opts for each in self.params if each.name == name), ())
        return next((option for option in options if option.startswith("--")), name.upper())


def _checked(value: Any) -> Any:
    if type(value) is str:
        return from_locale(value)
    if isinstance(value, Path) and "\0" in str(value):
        raise ValueError("no file has such a name")
    if isinstance(value, int) and abs(value) > LARGEST:
        raise ValueError(f"{excerpt(value)} is too large")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{value} is not a number")
    return value


def settings_of(context: typer.Context, config: Path | None) -> "Settings":
    """The settings of this call; a file that was found without being named is said, on standard error.

    Raises:
        ProblemError: something is wrong with them; a line each.
    """
    found = read_settings(context, config)
    if found.problems:
        raise ProblemError(*found.problems)
    known = context.find_root().meta
    if found.is_of_folder and not known.get(_SAID):
        known[_SAID] = True
        say(CommandWords("settings", language_of(context))("of_folder", file=found.file), err=True)
    return found.settings


def read_settings(context: typer.Context, config: Path | None) -> "SettingsRead":
    """The same with what is wrong; `-c` after the command's name wins over one before it."""
    from liangqu.config.settings import read

    return read(config or context.find_root().obj)


def existing_journal(context: typer.Context, config: Path | None) -> "Journal":
    """The journal of the settings.

    Raises:
        ProblemError: there is none yet, or it cannot be opened.
    """
    from liangqu.config.factories import open_journal

    settings = settings_of(context, config)
    if not Path(settings.journal.path).exists():
        raise ProblemError(f"{settings.journal.path}: there is no journal yet; has liangqu run been started?")
    return open_journal(settings)


def table_options(
    encoding: str | None, delimiter: str | None, decimal: Literal[".", ","] | None, sheet: str | None
) -> "TableOptions":
    """How a table is to be read, as far as the user says.

    Raises:
        ProblemError: there is no such encoding, or the delimiter is not one character.
    """
    from ingest.importing.tables.encoding import check_encoding
    from ingest.importing.tables.table import TableOptions

    separator = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter)
    if separator is not None and (len(separator) != 1 or separator in '"\r\n\0'):
        raise ProblemError(f"--delimiter: {excerpt(delimiter)} is not one character such as ; or tab")
    try:
        named = check_encoding(encoding) if encoding else None
    except ValueError as error:
        raise ProblemError(f"--encoding: {error}") from None
    return TableOptions(named, separator, decimal, sheet)


def split_names(text: str) -> frozenset[str]:
    """What an option names, separated by commas."""
    return frozenset(part.strip() for part in text.split(","))


def say_remark(context: typer.Context) -> Callable[[str], None]:
    """Says a remark on a table on standard error, in the language of the call."""
    from ingest.processing.details import describe_detail

    language = language_of(context)
    return lambda line: say(describe_detail(line, language), err=True)


def csv_cells(
    context: typer.Context,
    files: Iterable[Path],
    catalogue: "Catalogue",
    options: "RowOptions",
    label: Label | None,
) -> dict[str, "Cells"]:
    """As `table_cells`; what is assumed is said on standard error."""
    from liangqu.tasks.importing.tables import table_cells

    return table_cells(files, catalogue, options, label, say_remark(context))


def row_options(
    tz: str | None, missing: str, ignore_columns: str, time_format: str | None, table: "TableOptions"
) -> "RowOptions":
    """How a table of readings is to be read, as far as the user says.

    Raises:
        ProblemError: there is no such time zone.
    """
    from ingest.importing.csv_rows import RowOptions

    return RowOptions(_zone(tz), split_names(missing), split_names(ignore_columns), time_format, table)


def _zone(name: str | None) -> "ZoneInfo | None":
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = suggestion(name or "", sorted(available_timezones()))
        hint = near if "?" in near else "; an example is Asia/Shanghai"
        raise ProblemError(f"--tz: there is no time zone {excerpt(name)}{hint}") from None


def local_time(moment: "datetime", *, seconds: bool = False) -> str:
    """A time as commands show it: Shanghai's."""
    from sensors.calendar import SHANGHAI

    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M{':%S' if seconds else ''}}"


def parse_length(option: str, text: str) -> "timedelta":
    """The length of time that an option gives, such as 2h or 1d.

    Raises:
        ProblemError: it is none.
    """
    from sensors.durations import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise ProblemError(f"{option}: {error}") from None


def parse_time_of(name: str, text: str) -> "datetime":
    """The time that an option or argument of this name gives; without an offset it is Shanghai's.

    Raises:
        ProblemError: it is not a time.
    """
    from sensors.calendar import SHANGHAI
    from sensors.decoding.times import parse_time
    from sensors.model import Refused

    found = parse_time(int(text) if text.isdecimal() and len(text) > 8 else text, SHANGHAI)  # noqa: PLR2004 - YYYYMMDD
    if isinstance(found, Refused):
        raise ProblemError(f"{name}: {found.detail}")
    return found


def submit_request(journal: "Journal", what: "RequestKind", *bodies: dict[str, Any]) -> None:
    """Leave requests of one kind for the service, together."""
    from datetime import UTC, datetime

    from ingest.journal import requests

    with journal.transaction() as connection:
        for body in bodies:
            requests.submit(connection, what, body, datetime.now(UTC))


def login_name() -> str:
    """Who runs the command."""
    import getpass

    return getpass.getuser()
