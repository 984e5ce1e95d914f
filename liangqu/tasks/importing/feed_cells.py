"""The cells of the national platform's public feeds, as far as the catalogue knows their stations."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Literal

from ingest.importing.cells import BadCell, CsvReading
from ingest.importing.cnemc import air, water
from ingest.importing.cnemc.feed import of_catalogue, read_file, station_names
from ingest.importing.labels import with_own_labels
from liangqu.config.errors import ProblemError
from sensors.catalogue.model import Catalogue

Feed = Literal["cnemc-air", "cnemc-water"]


def feed_cells(
    files: Iterable[Path],
    catalogue: Catalogue,
    feed: Feed,
    *,
    last: date | None,
    published: bool,
    passed_over: Counter[str],
) -> dict[str, Iterator[CsvReading | BadCell]]:
    """The cells of each file by its name; those of other stations are only counted, in `passed_over`.

    Args:
        files: As they were downloaded.
        catalogue: Names the stations.
        feed: What the files are.
        last: cnemc-water: the last day a file speaks of; None takes it from the file's name.
        published: cnemc-water: the rounded values, not the unrounded ones.
        passed_over: Values by station outside the catalogue; filled while reading.

    Raises:
        ProblemError: while reading: a file cannot be read, or is not the feed.
    """
    return {
        str(file): of_catalogue(
            _cells(file, catalogue, feed, last, passed_over, published=published), catalogue, passed_over
        )
        for file in files
    }


def _cells(
    file: Path,
    catalogue: Catalogue,
    feed: Feed,
    last: date | None,
    passed_over: Counter[str],
    *,
    published: bool,
) -> Iterator[CsvReading | BadCell]:
    try:
        document = read_file(file)
    except OSError as error:
        raise ProblemError(f"{file}: {error.strerror or error}") from None
    if feed == "cnemc-air":
        found = air.cells(document, str(file), station_names(catalogue, "air"), passed_over)
        yield from with_own_labels(found, catalogue, air.LABEL)
    else:
        names = station_names(catalogue, "water")
        yield from water.cells(document, str(file), names, last, published=published)
