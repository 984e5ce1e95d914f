"""Tables as the page and the workbook both show them: each cell a text for people and a value for sums."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from dashboards.reports.content.means import Mean
from dashboards.reports.figures.svg_canvas import text_colour_on, to_hex
from dashboards.reports.words import NOTHING, ReportWords, number, parameter_unit, percent, signed
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue
from sensors.standards.verdicts import Verdict
from sensors.standards.water_limits import quality

Colour = tuple[int, int, int]

SHOWN = 40
"""How many rows of a long list the page shows; the files and the workbook have all."""

WITHOUT_RATIO = {"°C": " °C", "–": ""}
"""Units on whose scale nought is no absence, pH having none: a change is told in them, not in percent."""

_STANDINGS = {"met": "state_met", "not_met": "state_missed", "too_little": "state_too_little"}


class TableCell(Struct, frozen=True, gc=False):
    """A text, the number, time or words behind it, how a workbook formats it, and its colour and weight.

    `valid` says of a mean or class whether there is enough behind it; None of everything else.
    """

    text: str
    value: float | str | date | datetime | None = None
    format: str = ""
    style: str = ""
    weak: bool = False
    strong: bool = False
    valid: bool | None = None

    @property
    def numeric(self) -> bool:
        """Whether it is set flush right."""
        return bool(self.format) or self.text == NOTHING


class ReportTable(Struct, frozen=True):
    """A table with its heading; `sheet` names its sheet in the workbook, `cut` says what is left out."""

    id: str
    title: str
    sheet: str
    head: tuple[str, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    note: str = ""
    compact: bool = False
    cut: str = ""


class CellPool:
    """Holds equal cells once: most of a thousand stations' are dashes, units, small numbers."""

    def __init__(self) -> None:
        self._held: dict[TableCell, TableCell] = {}

    def share(self, table: ReportTable) -> ReportTable:
        """The same table, of cells that others have as well."""
        held = self._held
        rows = tuple(tuple([held.setdefault(cell, cell) for cell in row]) for row in table.rows)
        return replace(table, rows=rows)


def text_cell(text: str, *, strong: bool = False, weak: bool = False) -> TableCell:
    """Words."""
    return TableCell(text, text, strong=strong, weak=weak)


def unit_cell(parameter: str, catalogue: Catalogue) -> TableCell:
    """A parameter's unit; a dash where it has none, as pH and a class."""
    return text_cell(parameter_unit(parameter, catalogue) or NOTHING)


def day(on: date) -> TableCell:
    """A day."""
    return TableCell(on.isoformat(), on, "yyyy-mm-dd")


def moment(time: datetime | None, words: ReportWords, *, with_year: bool = False) -> TableCell:
    """A time in Shanghai, in a workbook always with its year; a dash for none."""
    if time is None:
        return TableCell(NOTHING)
    text = f"{words.day(time)[:5] if with_year else ''}{words.moment(time)}"
    return TableCell(text, time.astimezone(SHANGHAI).replace(tzinfo=None), "yyyy-mm-dd hh:mm")


def text_cells(*texts: str) -> tuple[TableCell, ...]:
    """A row of words."""
    return tuple(map(text_cell, texts))


def count(value: int | None) -> TableCell:
    """A whole number."""
    text = NOTHING if value is None else f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return TableCell(text, value, "0")


def figure(value: Decimal | float | None, decimals: int | None = None) -> TableCell:
    """A number on its decimals: a Decimal's own, else those given."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        decimals = max(0, -exponent) if isinstance(exponent, int) else 0
    places = 1 if decimals is None else decimals
    return TableCell(
        number(value, places), None if value is None else float(value), "0." + "0" * places if places else "0"
    )


def mean(row: Mean | None) -> TableCell:
    """A mean on its decimals; one with too little behind it is weak and carries a star."""
    if row is None or row.value is None:
        return TableCell(NOTHING, None, "0")
    cell = figure(row.value)
    if row.valid:
        return replace(cell, valid=True)
    return replace(cell, text=f"{cell.text}*", weak=True, valid=False)


def water_class(number: int, words: ReportWords, *, valid: bool) -> TableCell:
    """A class on its colour; with a star where there is too little behind it."""
    text = words.water_class(number) + ("" if valid else "*")
    return replace(coloured_cell(text, quality(number).colour.rgb, weak=not valid), valid=valid)


def share(value: float | None) -> TableCell:
    """A share as a percentage."""
    return TableCell(percent(value), value, "0.0%")


def relative(now: Mean | None, before: Mean | None) -> TableCell:
    """The change from one mean to another, in percent of the former; a dash unless both are valid."""
    if now is None or before is None or not (now.valid and before.valid):
        return TableCell(NOTHING, None, "0.0%")
    after, former = now.unrounded, before.unrounded
    if after is None or not former:
        return TableCell(NOTHING, None, "0.0%")
    text = signed(100 * (after - former) / former) + " %"
    return TableCell(text, (after - former) / former, "+0.0%;-0.0%;0.0%")


def change(now: Mean | None, before: Mean | None, unit: str) -> TableCell:
    """The change in percent; in its own unit where nought is no absence."""
    suffix = WITHOUT_RATIO.get(unit)
    if suffix is None:
        return relative(now, before)
    kind = f'+0.0"{suffix}";-0.0"{suffix}";0.0"{suffix}"' if suffix else "+0.0;-0.0;0.0"
    if now is None or before is None or not (now.valid and before.valid):
        return TableCell(NOTHING, None, kind)
    if now.unrounded is None or before.unrounded is None:
        return TableCell(NOTHING, None, kind)
    difference = now.unrounded - before.unrounded
    return TableCell(signed(difference) + suffix, difference, kind)


def compared(now: Mean | None, before: Mean | None, unit: str = "") -> TableCell:
    """The change, and below it what the mean was before; a dash unless both are valid.

    Without a `unit` of temperature it is in percent.
    """
    cell = change(now, before, unit) if unit else relative(now, before)
    if cell.value is None or before is None:
        return cell
    return replace(cell, text=f"{cell.text}\n({number(before.value)})")


def point_change(now: float | None, before: float | None) -> TableCell:
    """The change of a share, in percentage points."""
    if now is None or before is None:
        return TableCell(NOTHING, None, "0.0")
    return TableCell(signed(100 * (now - before)), 100 * (now - before), "+0.0;-0.0;0.0")


def coloured_cell(
    text: str, rgb: Colour | None, value: float | str | None = None, *, weak: bool = False
) -> TableCell:
    """A text on its official colour."""
    style = "" if rgb is None else f"background:{to_hex(rgb)};color:{text_colour_on(rgb)}"
    return TableCell(
        text,
        text if value is None else value,
        "" if isinstance(value, str) or value is None else "0",
        style,
        weak=weak,
    )


def standing(verdict: Verdict | None, words: ReportWords) -> TableCell:
    """A verdict in words; what is not decided says so, and on which side of the limit it is."""
    if verdict is None:
        return text_cell(words("state_too_little"), weak=True)
    if verdict.standing in {"progress", "not_due"} and verdict.within is not None:
        side = words("side_within" if verdict.within else "side_beyond")
        return text_cell(words(f"standing_{verdict.standing}", side=side))
    missed = verdict.standing == "not_met"
    text = words(_STANDINGS[verdict.standing])
    style = "color:#b3261e;font-weight:600" if missed else ""
    return TableCell(text, text, style=style, weak=verdict.standing == "too_little")


def joined(parts: Sequence[str], between: str) -> str:
    """Parts in a row, a dash for none."""
    return between.join(parts) or NOTHING
