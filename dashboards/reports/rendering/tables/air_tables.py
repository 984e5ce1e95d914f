"""The tables of the air chapter."""

from collections.abc import Iterator, Mapping

from dashboards.reports.content.air import GOOD, AirPlace, DayCounts
from dashboards.reports.content.means import Mean, is_within, plan_status
from dashboards.reports.content.percentiles import assessed_statistic
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.water import last_day
from dashboards.reports.month import PERIODS
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.rendering.tables.place_cells import absent_row, or_absence, place_cell
from dashboards.reports.words import NOTHING, ReportWords, number
from sensors.calendar import SHANGHAI
from sensors.catalogue.places import Place
from sensors.model import StatisticName
from sensors.standards import aqi
from sensors.standards.air_limits import air_limit
from sensors.standards.statistics import MONTH, TWELVE_MONTHS, YEAR
from sensors.standards.targets import TargetStatus
from sensors.standards.verdicts import standard_verdict

_YEAR = 12


def air_places(report: MonthlyReport) -> Iterator[Place]:
    """Zones first, then stations."""
    return (place for place in report.places.values() if place.medium == "air" and place.id in report.air)


def name(place: Place, words: ReportWords) -> TableCell:
    """A place's name; zones stand out."""
    return cells.text_cell(words.name(place.name), strong=place.is_area)


def month_value(report: MonthlyReport, place: Place, parameter: str, back: int = 0) -> Mean | None:
    """A pollutant's value for a month: its mean, or the percentile that stands for one."""
    statistic = assessed_statistic(MONTH, parameter, report.month)
    return report.mean(place.id, parameter, statistic, report.month.back(back).start)


def pollutants(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """Month values of the pollutants of the index, and how PM2.5 changed."""
    parameters = [row.id for row in report.catalogue.shown("air") if row.id in aqi.pollutants()]
    others = [parameter for parameter in parameters if parameter != "pm25"]
    rows = []
    for place in air_places(report):
        now = month_value(report, place, "pm25")
        row = [
            place_cell(place, words, now),
            or_absence(cells.mean(now), report, place, words),
            cells.compared(now, month_value(report, place, "pm25", _YEAR)),
            cells.compared(now, month_value(report, place, "pm25", 1)),
        ]
        for parameter in others:
            this = month_value(report, place, parameter)
            row += [cells.mean(this), cells.compared(this, month_value(report, place, parameter, _YEAR))]
        rows.append(tuple(row))
    changes = words("year_on_year")
    head = [words("place"), words("parameter_pm25"), changes, words("month_on_month")]
    for parameter in others:
        head += [words.parameter(parameter, report.catalogue), changes]
    return ReportTable(
        "pollutants", words("pollutants_title"), words("sheet_air"), tuple(head), tuple(rows),
        note=words("pollutants_note"), compact=True,
    )  # fmt: skip


def averages(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """PM2.5 of the month and longer, against the target and the limit of the year."""
    rows = []
    for place in air_places(report):
        found = {name: report.mean(place.id, "pm25", name, report.month.start_of(name)) for name in PERIODS}
        rows.append(tuple(_average_cells(report, place, found, words)))
    head = (
        words("place"), *map(words, PERIODS.values()),
        words("target"), words("beside_target"), words("standard_limit"), words("beside_standard"),
    )  # fmt: skip
    return ReportTable(
        "averages", words("averages_title"), words("sheet_averages"), head, tuple(rows), words("note_target")
    )


def _average_cells(
    report: MonthlyReport, place: Place, found: Mapping[StatisticName, Mean | None], words: ReportWords
) -> Iterator[TableCell]:
    yield place_cell(place, words, found[MONTH])
    for period, row in found.items():
        cell = cells.mean(row)
        yield or_absence(cell, report, place, words) if period == MONTH else cell
    twelve = found[TWELVE_MONTHS]
    plan = plan_status(place, "pm25", last_day(report.month))
    yield _target_cell(plan, place, words)
    yield (
        cells.standing(twelve.verdict if twelve else None, words)
        if plan.target is not None
        else cells.text_cell(NOTHING)
    )
    limit = air_limit("pm25", YEAR, place.area_class, last_day(report.month))
    yield cells.figure(limit.limit if limit else None)
    within = is_within(twelve, limit.limit) if twelve is not None and limit is not None else None
    yield cells.standing(standard_verdict(TWELVE_MONTHS, within=within), words)


def _target_cell(plan: TargetStatus, place: Place, words: ReportWords) -> TableCell:
    """The plan's target of a zone, one that is aspired to as such; a station has none of its own."""
    if plan.target is not None:
        return cells.figure(plan.target.limit)
    if plan.aspiration is not None and plan.aspiration.limit is not None:
        text = words("aspired", limit=number(plan.aspiration.limit))
        return TableCell(text, float(plan.aspiration.limit), "General")
    return cells.text_cell(words("no_target") if place.is_area else NOTHING)


def by_month(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """PM2.5 month by month, the month and the twelve that end with it: of zones, without any of stations."""
    places = list(air_places(report))
    shown_places = [place for place in places if place.is_area] or places
    months = [report.month.back(back) for back in reversed(range(_YEAR))]
    rows = []
    for place in shown_places:
        own = [report.mean(place.id, "pm25", MONTH, month.start) for month in months]
        twelve_months = [
            report.mean(place.id, "pm25", TWELVE_MONTHS, month.start_of(TWELVE_MONTHS)) for month in months
        ]
        for label, found in (("month_mean", own), ("rolling_12", twelve_months)):
            if any(found) or label == "month_mean":
                *former, last = map(cells.mean, found)
                last = or_absence(last, report, place, words)
                rows.append((name(place, words), cells.text_cell(words(label)), *former, last))
    head = (words("place"), words("statistic"), *(str(month)[2:] for month in months))
    return ReportTable(
        "months", words("months_title"), words("sheet_months"), head, tuple(rows), compact=True
    )


def day_counts(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """Days by level, good days and their share, and the primary pollutants."""
    head = (
        words("place"), *(words.level_short(level) for level in range(1, 7)), words("days_counted"),
        words("good_share"), words("year_ago"), words("year_on_year_points"), words("good_ytd"),
        words("exceeding_days", limit=aqi.levels()[GOOD - 1].up_to), words("primary"),
    )  # fmt: skip
    rows = [
        absent_row(report, place, words, len(head))
        if report.is_silent(place)
        else tuple(_day_cells(place, report.air[place.id], words, report))
        for place in air_places(report)
    ]
    return ReportTable(
        "days", words("days_title"), words("sheet_day_counts"), head, tuple(rows), compact=True
    )


def _day_cells(place: Place, air: AirPlace, words: ReportWords, report: MonthlyReport) -> Iterator[TableCell]:
    yield name(place, words)
    none = None if not air.month.counted else 0
    for level, days in zip(aqi.levels(), air.month.levels, strict=True):
        yield cells.coloured_cell(str(days), level.colour.rgb, float(days)) if days else cells.count(none)
    yield TableCell(f"{air.month.counted}/{air.month.expected}", float(air.month.counted), "0")
    yield cells.share(air.month.good_share)
    yield cells.share(air.month_year_ago.good_share)
    yield cells.point_change(air.month.good_share, air.month_year_ago.good_share)
    yield cells.share(air.year_to_date.good_share)
    yield cells.count(air.month.exceeding or none)
    yield cells.text_cell(primary(air.month, words, report))


def primary(days: DayCounts, words: ReportWords, report: MonthlyReport) -> str:
    """`PM2.5 18、NO2 2`, the most frequent first; in English with a comma."""
    ranked = sorted(days.primary.items(), key=lambda item: (-item[1], item[0]))
    return cells.joined(
        [f"{words.parameter(p, report.catalogue)}\N{NO-BREAK SPACE}{n}" for p, n in ranked], words("comma")
    )


def daily(report: MonthlyReport, words: ReportWords) -> ReportTable:
    """Each day of each place, for the workbook."""
    rows = []
    for place in air_places(report):
        for one in report.air[place.id].days:
            if one.index is None:
                continue
            rows.append(
                (
                    cells.text_cell(place.id),
                    name(place, words),
                    cells.day(one.day),
                    *_index_cells(one.index, words, report),
                    cells.figure(one.pm25, 1),
                )
            )
    head = (
        words("site_id"), words("place"), words("date"), "AQI", words("aqi_level"),
        words("primary_pollutant"), words("parameter_pm25") + " (µg/m³)",
    )  # fmt: skip
    return ReportTable("daily", words("daily_aqi"), words("sheet_days"), head, tuple(rows))


def _index_cells(index: aqi.Index, words: ReportWords, report: MonthlyReport) -> tuple[TableCell, ...]:
    """AQI, level and primary pollutants; NA where the standard lets no index be given."""
    if not index.published:
        return cells.text_cell("NA", weak=True), TableCell(NOTHING), TableCell(NOTHING)
    level = aqi.levels()[index.level - 1]
    primary_ = cells.joined([words.parameter(p, report.catalogue) for p in index.primary], words("comma"))
    return (
        cells.coloured_cell(str(index.aqi), level.colour.rgb, float(index.aqi)),
        cells.text_cell(words.name(level.category)),
        cells.text_cell(primary_),
    )


def until_text(report: MonthlyReport) -> str:
    """Where an open month has got to."""
    return f"{report.collected.until.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
