"""Options of `import` for the national platform's public feeds, and the cells they lead to."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from liangqu.config.errors import ProblemError

if TYPE_CHECKING:
    from ingest.importing.csv_rows import BadCell, CsvReading
    from sensors.catalogue.model import Catalogue

Format = Annotated[
    Literal["csv", "cnemc-air", "cnemc-water"],
    typer.Option("--format", help="csv, or a public feed: cnemc-air (XML), cnemc-water (JSON or CSV)."),
]
Day = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d"],
        help="cnemc-water: the last day a file speaks of, for its times have no year; else by its name.",
    ),
]
Published = Annotated[
    bool, typer.Option("--published", help="cnemc-water: the rounded values, not the unrounded ones.")
]


def feeds(
    files: list[Path],
    catalogue: "Catalogue",
    form: Literal["cnemc-air", "cnemc-water"],
    *,
    day: datetime | None,
    published: bool,
    passed_over: Counter[str],
) -> "dict[str, Iterator[CsvReading | BadCell]]":
    """The cells of each file by its name; those of other stations are only counted, in `passed_over`.

    Raises:
        ProblemError: A file cannot be read. While reading: it is not the feed.
    """
    from ingest.importing.cnemc.feed import of_catalogue

    last = day.date() if day else None
    return {
        str(file): of_catalogue(
            _cells(file, catalogue, form, last, published=published), catalogue, passed_over
        )
        for file in files
    }


def _cells(
    file: Path,
    catalogue: "Catalogue",
    form: Literal["cnemc-air", "cnemc-water"],
    day: date | None,
    *,
    published: bool,
) -> "Iterator[CsvReading | BadCell]":
    from ingest.importing.cnemc import air, water
    from ingest.importing.cnemc.feed import read_file, station_names

    try:
        document = read_file(file)
    except OSError as error:
        raise ProblemError(f"{file}: {error.strerror or error}") from None
    if form == "cnemc-air":
        yield from air.cells(document, str(file), station_names(catalogue, "air"))
    else:
        names = station_names(catalogue, "water")
        yield from water.cells(document, str(file), names, day, published=published)
