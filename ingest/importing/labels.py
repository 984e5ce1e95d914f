"""Stamps of a file that name the other end of their interval than the site's: one hour has one identity."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime

from msgspec.structs import replace

from ingest.importing.cells import BadCell, Cells, CsvReading
from sensors.averages.stamps import relabelled
from sensors.catalogue.model import Catalogue
from sensors.model import KINDS, Label


def with_own_labels(cells: Cells, catalogue: Catalogue, label: Label | None) -> Cells:
    """The cells with every stamp by the label of its site; None leaves them as they are.

    Args:
        cells: Of a file.
        catalogue: Says how a site's stamps are labelled, and how long its cycle is. Cells of sites outside it
            stay as they are.
        label: Which end of its interval each stamp of the file names. A row without a kind then stands for a
            cycle of its site.
    """
    return cells if label is None else _relabelled(cells, catalogue, label)


def _relabelled(cells: Cells, catalogue: Catalogue, label: Label) -> Iterator[CsvReading | BadCell]:
    sites = {site.id: (site.cycle, site.label) for site in catalogue.sites.values()}
    for cell in cells:
        if cell.site in sites and isinstance(cell.time, datetime) and cell.kind in KINDS:
            cycle, wanted = sites[cell.site]
            with suppress(OverflowError):  # no reading is from the year 1: it is refused as it stands
                time = relabelled(cell.time, cell.kind, cycle, given=label, wanted=wanted)
                yield replace(cell, time=time)
                continue
        yield cell
