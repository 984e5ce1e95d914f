"""How a table names a place, with the stations that its mean rests on, and says that it has no data."""

from dashboards.reports.content.means import Mean
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables.cells import TableCell, text_cell
from dashboards.reports.words import NOTHING, ReportWords
from sensors.catalogue.places import Place


def place_cell(place: Place, words: ReportWords, main: Mean | None) -> TableCell:
    """A place's name; zones and rivers stand out, of several sites with how many are behind `main`."""
    name = words.name(place.name)
    if main is not None and main.points is not None and len(place.members) > 1:
        name = words("with_points", name=name, n=main.points, of=main.of_points)
    return text_cell(name, strong=place.is_area)


def absence(report: MonthlyReport, place: Place, words: ReportWords) -> str:
    """Why there is nothing of the place in the month; a dash where it has readings, but too few."""
    if not report.is_silent(place):
        return NOTHING
    return words("switched_off" if report.is_switched_off(place) else "state_none")


def or_absence(cell: TableCell, report: MonthlyReport, place: Place, words: ReportWords) -> TableCell:
    """The cell, or where it would be empty what is missing."""
    if cell.text != NOTHING:
        return cell
    return TableCell(text := absence(report, place, words), text, weak=text != NOTHING)


def absent_row(
    report: MonthlyReport, place: Place, words: ReportWords, columns: int
) -> tuple[TableCell, ...]:
    """The row of a place without a reading in the month: its name, why, and dashes for the rest."""
    said = TableCell(text := absence(report, place, words), text, weak=True)
    rest = [TableCell(NOTHING)] * (columns - 2)
    return (place_cell(place, words, None), said, *rest)
