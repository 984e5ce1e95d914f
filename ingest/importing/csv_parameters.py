"""What the cells `parameter` and `unit` of a long table mean: a parameter, and how values are converted."""

from functools import lru_cache
from typing import NamedTuple

from ingest.importing.csv_columns import read_unit, unconverted_name
from sensors.catalogue.model import Catalogue
from sensors.decoding.tables.headings import MEANS, Headings
from sensors.excerpt import excerpt
from sensors.model import Refused

REMEMBERED = 1_024


class NamedParameter(NamedTuple):
    """What a message calls the parameter, and the power of ten that brings its values to our unit."""

    name: str
    power: int = 0


class LongParameters:
    """Reads them by one catalogue; a parameter is named by id, HJ code, symbol or name, as in a heading."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue, self._headings = catalogue, Headings(catalogue)
        self.read = lru_cache(REMEMBERED)(self._read)
        """The same for the same cells: the parameter, or at column `where` why it is none."""

    def _read(self, text: str, unit: str) -> NamedParameter | Refused:
        row, power, name = self._catalogue.parameter(text), 0, text
        in_heading: str | None = None
        if row is None:
            heading = self._headings.heading(text)
            if heading is None or heading.power is None:
                return _refused("no parameter id or HJ code, nor another name of one", text)
            if heading.span in MEANS:
                return _refused("a moving mean, which is computed here", text)
            row, in_heading = self._catalogue.parameters[heading.parameter], heading.unit
            power, name = heading.power, heading.parameter
        if unit:
            found = read_unit(unit, row)
            if found is None:
                detail = f"{excerpt(unit)} does not convert to {row.unit}, the unit of {row.id}"
                return Refused("not_a_number", detail, "unit")
            power = found
        return NamedParameter(unconverted_name(row, self._catalogue) if unit or in_heading else name, power)


def _refused(detail: str, text: str) -> Refused:
    return Refused("unknown_parameter", f"{excerpt(text)} is {detail}", "parameter")
