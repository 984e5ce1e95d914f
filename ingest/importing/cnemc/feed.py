"""What both feeds have in common: files, columns, blank cells, station names."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec import Struct

from ingest.importing.cells import BadCell, CsvReading
from sensors.catalogue.model import Catalogue
from sensors.model import Medium

LARGEST = 64 * 1024**2
"""Bytes of one document, unpacked: thirty times what the feeds send."""


class FeedColumns(Struct, frozen=True, forbid_unknown_fields=True):
    """Parameter ids by the air feed's elements and the water feed's columns; what archives call these."""

    air: Mapping[str, str]
    water: Mapping[str, str]
    archive: Mapping[str, str]


@cache
def feed_columns() -> FeedColumns:
    """What columns.toml says."""
    text = (files("ingest.importing.cnemc") / "columns.toml").read_bytes()
    return msgspec.toml.decode(text, type=FeedColumns)


def station_names(catalogue: Catalogue, medium: Medium) -> dict[str, str]:
    """Site ids by what the feed calls them: code, aliases, and for water the section's Chinese name too."""
    names: dict[str, str] = {}
    for site in catalogue.sites.values():
        if site.medium == medium:
            named = (site.name.zh,) if medium == "water" else ()
            names |= dict.fromkeys((*named, *site.aliases, *([site.code] if site.code else [])), site.id)
    return names


def of_catalogue(
    cells: Iterable[CsvReading | BadCell], catalogue: Catalogue, passed_over: Counter[str]
) -> Iterator[CsvReading | BadCell]:
    """Only the cells of the catalogue's sites; how many each other station had is counted in `passed_over`.

    A national feed brings 1,900 stations, and a catalogue a dozen: the others are not mistakes. A cell
    without a station is one, and stays.
    """
    for cell in cells:
        if not cell.site or cell.site in catalogue.sites:
            yield cell
        else:
            passed_over[cell.site] += 1


def read_file(file: Path) -> bytes:
    """A file's bytes, unpacked if its name ends in .gz.

    Raises:
        OSError: It cannot be read.
        ValueError: What is packed is damaged, or more than `LARGEST` bytes; names the file.
    """
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            document = stream.read(LARGEST + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{file}: damaged, or not packed by gzip: {error}") from None
    if len(document) > LARGEST:
        raise ValueError(f"{file}: more than {LARGEST >> 20} MB; an answer of the feed has 2 MB")
    return document
