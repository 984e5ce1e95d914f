"""Month and January to month beside each other: of all six pollutants, and of the composite index."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from dashboards.reports.content.composite_indices import COMPOSITE, SINGLE, ranks
from dashboards.reports.content.means import Mean, is_within
from dashboards.reports.content.percentiles import assessed_statistic, percentile_of
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import last_day
from dashboards.reports.month import Month
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.air_tables import air_places
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.rendering.tables.place_cells import or_absence, place_cell
from dashboards.reports.words import NOTHING, ReportWords
from sensors.calendar import MONTHS_A_YEAR
from sensors.catalogue.places import Place
from sensors.model import StatisticName
from sensors.standards import aqi
from sensors.standards.air_limits import AirLimit, air_limit, has_annual_mean
from sensors.standards.composite_index import composite_rule
from sensors.standards.statistics import MONTH, O3_8H_MAX, YEAR, YEAR_TO_DATE
from sensors.standards.verdicts import standard_verdict
from sensors.standards.versions import NoStandard

_PERIODS: tuple[StatisticName, ...] = (MONTH, YEAR_TO_DATE)


def to_date(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """January to the month: what each place's six pollutants came to, and the change on the year before."""
    parameters = _pollutants(report)
    rows = []
    for place in air_places(report):
        main, first, *others = (
            cell for parameter in parameters for cell in _value_and_change(report, place, parameter)
        )
        rows.append((_place(report, place, words), or_absence(main, report, place, words), first, *others))
    head = [words("place")]
    for parameter in parameters:
        head += [words.parameter(parameter, report.catalogue), words("year_on_year")]
    span = january_to(report.month, words)
    return ReportTable(
        "to-date", words("to_date_title", span=span), words("sheet_to_date"), tuple(head), tuple(rows),
        words("to_date_note"), compact=True,
    )  # fmt: skip


def _value_and_change(report: MonthlyReport, place: Place, parameter: str) -> Iterator[TableCell]:
    now, before = _pair(report, place, parameter, YEAR_TO_DATE)
    yield cells.mean(now)
    yield cells.compared(now, before)


def assessment(report: MonthlyReport, words: ReportWords, *, everywhere: bool = False) -> ReportTable:
    """Each statistic of HJ 663, month and January to month, with the year before and against the limit.

    Of zones, or of stations where there are none; `everywhere`: of all.
    """
    places = list(air_places(report))
    shown = places if everywhere else [place for place in places if place.is_area] or places
    rows = [
        tuple(_assessment_cells(report, place, parameter, statistics, words))
        for place in shown
        for parameter in _pollutants(report)
        for statistics in _assessed(report.month, parameter)
    ]
    span = january_to(report.month, words)
    head = (
        words("place"), words("item"), words("statistic"), words("unit"),
        words("this_month"), words("year_ago"), words("year_on_year"),
        span, words("same_span_year_ago"), words("year_on_year"), words("limit"), words("verdict"),
    )  # fmt: skip
    return ReportTable(
        "assessment", words("assessment_title", span=span), words("sheet_assessment"), head, tuple(rows),
        words("assessment_note"), compact=True,
    )  # fmt: skip


def _assessed(month: Month, parameter: str) -> Iterator[str]:
    """What follows a period in the names of its statistics: nothing for the mean, `_p98` for a percentile."""
    with suppress(NoStandard):
        if has_annual_mean(parameter, last_day(month)):
            yield ""
    rule = percentile_of(parameter, month)
    if rule is not None:
        yield f"_{rule.name}"


def _assessment_cells(
    report: MonthlyReport, place: Place, parameter: str, suffix: str, words: ReportWords
) -> Iterator[TableCell]:
    yield _place(report, place, words, parameter, suffix)
    yield cells.text_cell(words.parameter(parameter, report.catalogue))
    yield cells.text_cell(_statistic_name(parameter, suffix, report.month, words))
    yield cells.unit_cell(parameter, report.catalogue)
    for period in _PERIODS:
        now, before = (
            _row(report, place, parameter, period, suffix=suffix, back=back) for back in (0, MONTHS_A_YEAR)
        )
        cell = cells.mean(now)
        yield or_absence(cell, report, place, words) if period == MONTH else cell
        yield cells.mean(before)
        yield cells.relative(now, before)
    limit = _limit(report, place, parameter, suffix)
    yield cells.figure(limit.limit) if limit is not None else TableCell(NOTHING)
    yield _verdict(report, place, parameter, suffix, words) if limit is not None else TableCell(NOTHING)


def _statistic_name(parameter: str, suffix: str, month: Month, words: ReportWords) -> str:
    rule = percentile_of(parameter, month)
    if not suffix or rule is None:
        return words("annual_mean")
    return words("percentile_8h" if rule.of == O3_8H_MAX else "percentile_days", n=rule.percent)


def _limit(report: MonthlyReport, place: Place, parameter: str, suffix: str) -> AirLimit | None:
    """The annual limit of a mean, the daily limit of a percentile, in force on the month's last day."""
    rule = percentile_of(parameter, report.month)
    statistic = rule.of if suffix and rule is not None else YEAR
    return air_limit(parameter, statistic, place.area_class, last_day(report.month))


def _verdict(
    report: MonthlyReport, place: Place, parameter: str, suffix: str, words: ReportWords
) -> TableCell:
    """Of the year where it is over, else of January to the month, which is progress."""
    limit = _limit(report, place, parameter, suffix)
    period: StatisticName = YEAR
    row = _row(report, place, parameter, YEAR, suffix=suffix)
    if row is None:
        period, row = YEAR_TO_DATE, _row(report, place, parameter, YEAR_TO_DATE, suffix=suffix)
    within = is_within(row, limit.limit) if row is not None and limit is not None else None
    return cells.standing(standard_verdict(period, within=within, percentile=bool(suffix)), words)


def composite(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """The composite index of month and January to month, change and rank, and the month's single indices."""
    places = list(air_places(report))
    ranked = {
        period: ranks({place.id: _pair(report, place, COMPOSITE, period)[0] for place in places}, places)
        for period in _PERIODS
    }
    rows = []
    for place in places:
        row = [_place(report, place, words)]
        for period in _PERIODS:
            now, before = _pair(report, place, COMPOSITE, period)
            rank = ranked[period].get(place.id)
            cell = cells.mean(now)
            cell = or_absence(cell, report, place, words) if period == MONTH else cell
            row += [cell, cells.mean(before), cells.relative(now, before), cells.count(rank)]
        for parameter in _pollutants(report):
            row.append(cells.mean(_row(report, place, parameter, MONTH, suffix=SINGLE)))
        rows.append(tuple(row))
    head = [words("place")]
    for span, year_ago in (
        (words("this_month"), "year_ago"),
        (january_to(report.month, words), "same_span_year_ago"),
    ):
        head += [span, words(year_ago), words("year_on_year"), words("rank")]
    head += [words.parameter(parameter, report.catalogue) for parameter in _pollutants(report)]
    return ReportTable(
        "composite", words("composite_title"), words("sheet_composite"), tuple(head), tuple(rows),
        _composite_note(report.month, words), compact=True,
    )  # fmt: skip


def _composite_note(month: Month, words: ReportWords) -> str:
    try:
        rule = composite_rule(last_day(month))
    except NoStandard:
        return words("composite_none")
    weights = words("comma").join(
        f"{words(f'parameter_{item.parameter}')} {item.weight}" for item in rule.items if item.weight > 1
    )
    how = words("composite_weighted", weights=weights) if weights else words("composite_unweighted")
    doubt = "" if rule.is_confirmed else words("composite_unconfirmed", standard=rule.standard)
    digits = {item.parameter: item.decimals for item in rule.items}
    note = words(
        "composite_note", standard=rule.standard, how=how, digits=digits["pm25"], co_digits=digits["co"]
    )
    return note + doubt


def january_to(month: Month, words: ReportWords) -> str:
    """`1—10月`, `January to October`; of January itself the month."""
    last = words.months[month.month - 1]
    return last if month.month == 1 else words("january_to", month=last)


def _pollutants(report: MonthlyReport) -> list[str]:
    """The six in the catalogue's order."""
    return [row.id for row in report.catalogue.shown("air") if row.id in aqi.pollutants()]


def _pair(
    report: MonthlyReport, place: Place, parameter: str, period: StatisticName
) -> tuple[Mean | None, Mean | None]:
    """What a period is told by, now and a year ago."""
    suffix = assessed_statistic(period, parameter, report.month).removeprefix(period)
    return (
        _row(report, place, parameter, period, suffix=suffix),
        _row(report, place, parameter, period, suffix=suffix, back=MONTHS_A_YEAR),
    )


def _row(
    report: MonthlyReport, place: Place, parameter: str, period: StatisticName, *, suffix: str, back: int = 0
) -> Mean | None:
    month = report.month.back(back)
    first = month if period == MONTH else month.january
    return report.mean(place.id, parameter, period + suffix, first.start)


def _place(
    report: MonthlyReport, place: Place, words: ReportWords, parameter: str = "pm25", suffix: str = ""
) -> TableCell:
    """The place's name; of a zone with the stations that the month's value rests on."""
    return place_cell(place, words, _row(report, place, parameter, MONTH, suffix=suffix))


def tables(report: MonthlyReport, words: ReportWords) -> Iterable[ReportTable]:
    """All of them, in the order of a report."""
    return (to_date(report, words), assessment(report, words), composite(report, words))
