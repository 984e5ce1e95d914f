"""What exceptional readings do to the figures: both figures, where they differ, and which days are meant."""

from collections.abc import Iterator
from datetime import date, timedelta

from dashboards.reports.content.composite_indices import COMPOSITE
from dashboards.reports.content.means import EXCLUDING_EXCEPTIONAL, Mean
from dashboards.reports.content.percentiles import assessed_statistic
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import CLASS
from dashboards.reports.month import PERIODS, Month
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.rendering.tables.record_tables import site_name
from dashboards.reports.words import ReportWords, parameter_unit
from sensors.calendar import SHANGHAI
from sensors.marks import Mark
from sensors.standards.statistics import MONTH, TWELVE_MONTHS, YEAR_TO_DATE

_INSTANT = timedelta(milliseconds=1)


def without(report: MonthlyReport, words: ReportWords) -> ReportTable | None:
    """Figures of the month and longer that exceptional readings move; None where none is marked so."""
    if not report.collected.exceptional:
        return None
    series = [
        *report.collected.exceptional,
        *((place, COMPOSITE) for place in report.air),
        *((place, CLASS) for place in report.water),
    ]
    rows = [row for site, parameter in series for row in _rows(report, site, parameter, words)]
    head = *map(words, ("where", "item", "statistic", "with_them", "without_them")), "±"
    title = words("without_title")
    return ReportTable("without", title, title, head, tuple(rows), _note(report, words))


def _rows(
    report: MonthlyReport, site: str, parameter: str, words: ReportWords
) -> Iterator[tuple[TableCell, ...]]:
    for period in (MONTH, YEAR_TO_DATE, TWELVE_MONTHS):
        start = report.month.start_of(period)
        statistic = assessed_statistic(period, parameter, report.month)
        one = report.mean(site, parameter, statistic + EXCLUDING_EXCEPTIONAL, start)
        whole = report.mean(site, parameter, statistic, start)
        if one is not None and whole is not None and (one.value, one.valid) != (whole.value, whole.valid):
            unit = parameter_unit(parameter, report.catalogue)
            yield (
                cells.text_cell(site_name(report, site, words)),
                cells.text_cell(words.parameter(parameter, report.catalogue)),
                cells.text_cell(words(PERIODS[period])),
                _figure(whole, words),
                _figure(one, words),
                TableCell("–") if parameter == CLASS else cells.change(one, whole, unit),
            )


def _figure(row: Mean, words: ReportWords) -> TableCell:
    if row.parameter != CLASS or row.value is None:
        return cells.mean(row)
    return cells.water_class(int(row.value), words, valid=row.valid)


def _note(report: MonthlyReport, words: ReportWords) -> str:
    """Which days of the month have readings that are marked so, site by site."""
    days: dict[str, set[date]] = {}
    for mark in report.marks:
        if mark.what == "exceptional":
            days.setdefault(mark.site, set()).update(_days(mark, report.month))
    said = [
        words("exceptional_days", place=site_name(report, site, words), n=len(on), days=_listed(on, words))
        for site, on in days.items()
        if on
    ]
    return words("without_note", days=words("semicolon").join(said) or words("exceptional_before"))


def _days(mark: Mark, month: Month) -> Iterator[date]:
    first = max(mark.start, month.start).astimezone(SHANGHAI).date()
    last = (min(mark.end, month.end) - _INSTANT).astimezone(SHANGHAI).date()
    for number in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(number)


def _listed(days: set[date], words: ReportWords) -> str:
    return words("comma").join(str(day.day) for day in sorted(days))
