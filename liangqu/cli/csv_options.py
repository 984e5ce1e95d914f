"""Options of the commands that read CSV (docs/reference/csv.md), and the files they lead to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.config.errors import ProblemError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from ingest.importing.csv_rows import Cells
    from sensors.catalogue.model import Catalogue

Files = Annotated[list[Path], typer.Argument(help="CSV files, long or wide; .gz too.", exists=True)]
Tz = Annotated[str | None, typer.Option(help="Zone of times without an offset: Asia/Shanghai.")]
Missing = Annotated[str, typer.Option(help='Texts that count as blank, e.g. "-,--,*,NaN".')]
IgnoreColumns = Annotated[str, typer.Option(help="Columns to pass over, parted by commas.")]


def tables(
    files: list[Path], catalogue: "Catalogue", *, tz: str | None, missing: str, ignore_columns: str
) -> dict[str, "Cells"]:
    """The cells of each file by its name; every header has been judged when this returns.

    Raises:
        ProblemError: there is no such zone, or a header is wrong.
    """
    from ingest.importing import csv_rows

    zone = _zone(tz)
    try:
        return {
            str(file): csv_rows.rows(
                file,
                catalogue=catalogue,
                tz=zone,
                missing=_parted(missing),
                ignore=_parted(ignore_columns),
            )
            for file in files
        }
    except ValueError as error:
        raise ProblemError(str(error)) from None


def _zone(name: str | None) -> "ZoneInfo | None":
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ProblemError(f"--tz: there is no zone {name!r}; for example Asia/Shanghai") from None


def _parted(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(","))
