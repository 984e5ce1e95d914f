"""The figures of a report, each an SVG by its name."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from dashboards.reports.content.exceedances.events import summaries
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.series import periods, times_of
from dashboards.reports.content.sites.gathering import FEW_PLACES
from dashboards.reports.content.water import WaterPlace, last_day
from dashboards.reports.figures import bands, bars, calendars, trends
from dashboards.reports.figures.bands import OutlookBand
from dashboards.reports.figures.bars import CaptureShares, TimelineBar
from dashboards.reports.figures.calendars import Cells
from dashboards.reports.figures.svg_canvas import Drawing
from dashboards.reports.figures.trends import Line, PlotPoint, Trend
from dashboards.reports.month import Month
from dashboards.reports.rendering.tables.cells import SHOWN
from dashboards.reports.rendering.tables.exceedance_tables import LISTINGS, month_events, named_place
from dashboards.reports.rendering.tables.outlook_table import rest_cell
from dashboards.reports.rendering.tables.record_tables import site_name
from dashboards.reports.words import ReportWords, parameter_unit
from sensors.calendar import SHANGHAI, day_number, month_of
from sensors.catalogue.places import Place
from sensors.standards.air_limits import air_limit
from sensors.standards.rounding import to_significant
from sensors.standards.statistics import MONTH, TWELVE_MONTHS, YEAR
from sensors.standards.water_limits import quality

if TYPE_CHECKING:
    from dashboards.reports.content.exceedances.events import ExceedanceEvent

_Row = TypeVar("_Row")

ROWS = 20

TELLING = 0.95
"""A share of data below this is worth a picture; above, all look alike."""


class Figure(Struct, frozen=True):
    """A drawing with its heading; `note` stands below. Without one, `state` says what is missing."""

    title: str
    drawing: Drawing | None
    note: str = ""
    state: str = ""

    @property
    def svg(self) -> str:
        """For the page; "" without a drawing."""
        return self.drawing.svg if self.drawing is not None else ""


def shown_calendars(report: MonthlyReport) -> list[Place]:
    """The zones; without any, the first stations."""
    places = [report.places[id_] for id_ in report.air]
    zones = [place for place in places if place.is_area]
    return zones or places[:FEW_PLACES]


def air_figures(report: MonthlyReport, words: ReportWords) -> Iterator[Figure]:
    """Calendars, stations, rolling means; where no day has a value, what is missing instead."""
    for place in shown_calendars(report):
        days = report.air[place.id].days
        title = words.name(place.name) + words("colon") + words("calendar_title")
        if days:
            drawn = calendars.calendar(report.month, days, words, f"cal-{place.id}")
            yield Figure(title, drawn)
        else:
            heard = not report.is_silent(place)
            state = words("state_too_little") if heard else words("state_none")
            yield Figure(title, None, words("days_missing") if heard else "", state)
    yield from _stations(report, words)
    for place in shown_calendars(report):
        picture = rolling(report, place, words)
        if picture is not None:
            yield picture


def _stations(report: MonthlyReport, words: ReportWords) -> Iterator[Figure]:
    """Station by station; of more than `SHOWN` those with the most days above AQI 100, and a line says so."""
    places = [one for one in report.air.values() if one.days and not report.places[one.site].is_area]
    if not places:
        return
    shown = _foremost(places, lambda one: -one.month.exceeding)
    rows = [(words.name(report.places[one.site].name), one.days) for one in shown]
    drawn = calendars.stations(report.month, rows, words, "stations")
    sheet = words("sheet_days")
    cut = words("stations_cut", shown=SHOWN, n=len(places), sheet=sheet) if len(places) > SHOWN else ""
    yield Figure(words("stations_title"), drawn, cut)


def _foremost(rows: Sequence[_Row], rank: Callable[[_Row], float]) -> list[_Row]:
    """The `SHOWN` of the least rank, in the order in which they were; of equal rank the first."""
    kept = set(sorted(range(len(rows)), key=lambda number: rank(rows[number]))[:SHOWN])
    return [row for number, row in enumerate(rows) if number in kept]


def rolling(report: MonthlyReport, place: Place, words: ReportWords) -> Figure | None:
    """A place's PM2.5 over the years."""
    series = report.collected.series.get((place.id, "pm25"))
    if series is None:
        return None
    months = [
        PlotPoint(_month(row.start), row.value, row.valid)
        for row in periods(series.tables[MONTH])
        if row.n and row.closed
    ]
    twelve_months = [
        PlotPoint(_month(row.end - timedelta(days=1)), row.value, row.valid)
        for row in periods(series.tables[TWELVE_MONTHS])
    ]
    if not months:
        return None
    title = words.name(place.name) + words("colon") + words("rolling_title")
    if len(months) == 1:
        return Figure(title, None, words("rolling_missing"), words("state_too_little"))
    lines = list(_lines(report, place, words))
    drawn = trends.rolling(months, twelve_months, lines, words, f"rolling-{place.id}")
    return Figure(title, drawn, words("rolling_note"))


def _month(time: datetime) -> Month:
    return Month(month_of(day_number(time.astimezone(SHANGHAI).date())))


def _lines(report: MonthlyReport, place: Place, words: ReportWords) -> Iterator[Line]:
    for target in report.catalogue.targets:
        if target.place == place.id and target.parameter == "pm25" and target.limit is not None:
            later = target.valid_from > last_day(report.month)
            text = (
                words("line_target_later", n=target.limit, year=target.valid_from.year)
                if later
                else words("line_target", n=target.limit)
            )
            yield Line(float(target.limit), text, "--")
            break
    limit = air_limit("pm25", YEAR, place.area_class, report.month.first)
    if limit is not None:
        yield Line(float(limit.limit), words("line_standard", n=limit.limit), ":")


def water_figures(report: MonthlyReport, words: ReportWords) -> Iterator[Figure]:
    """The strip of classes, and each section's items; of more than `SHOWN` sections those with the worst."""
    sections = [one for one in report.water.values() if one.samples and not report.places[one.site].is_area]
    shown = _foremost(sections, lambda one: -max(sample.result.number for sample in one.samples))
    rows = [(site_name(report, one.site, words), _worst(one, words)) for one in shown]
    if rows:
        title, sheet, n = words("strip_title"), words("sheet_items"), len(sections)
        cut = words("sections_cut", shown=SHOWN, n=n, sheet=sheet) if n > SHOWN else ""
        yield Figure(title, calendars.day_strip(report.month, rows, title, "strip"), cut)
    for one in shown:
        item_trends = list(_trends(report, one, words))
        if item_trends:
            drawn = trends.items(report.month, item_trends, words, f"items-{one.site}")
            yield Figure(site_name(report, one.site, words) + words("colon") + words("items_title"), drawn)


def _worst(place: WaterPlace, words: ReportWords) -> Cells:
    """Each day's worst class, as a numeral on its colour."""
    worst: dict[date, int] = {}
    for sample in place.samples:
        day = sample.time.date()
        worst[day] = max(worst.get(day, 0), sample.result.number)
    return {day: (words.class_short(n), quality(n).colour.rgb) for day, n in worst.items()}


def _trends(report: MonthlyReport, place: WaterPlace, words: ReportWords) -> Iterator[Trend]:
    for item, limits in place.limits.items():
        series = report.collected.samples.get((place.site, item))
        if series is None or not len(series) or limits.direction == "change":
            continue
        unit = parameter_unit(item, report.catalogue)
        title = words.parameter(item, report.catalogue) + (f" ({unit})" if unit else "")
        times = times_of(series.index)
        yield Trend(title, limits, list(zip(times, series.tolist(), strict=True)))


def outlook_figures(report: MonthlyReport, words: ReportWords) -> Iterator[Figure]:
    """What the rest of the year may average beside what it did; none without an earlier year, or a rest."""
    rows = [
        OutlookBand(
            f"{site_name(report, one.place, words)} {words.parameter(one.parameter, report.catalogue)}",
            rest_cell(one, words).text,
            float(one.result.rest / Fraction(one.limit)),
            [
                (str(y.year), float(y.rest / Fraction(one.limit)))
                for y in one.season.former
                if y.rest is not None
            ],
            None if (trend := one.season.projected) is None else float(trend / Fraction(one.limit)),
            one.result.direction == "at_least",
        )
        for one in report.outlooks
        if one.result.rest is not None and one.limit and one.season.expected
    ]
    if rows:
        yield Figure(
            words("outlook_title"), bands.outlook_bands(rows, words, "outlook-bands"), words("outlook_legend")
        )


def record_figures(report: MonthlyReport, words: ReportWords) -> dict[str, Figure]:
    """The timeline of exceedances, and the sites that lack data; neither where there is none."""
    figures = {}
    rows = _timeline_rows(report, words)
    if rows:
        note = words("timeline_note")
        note += words("timeline_cut", shown=ROWS, n=len(rows)) if len(rows) > ROWS else ""
        title = words("timeline_title")
        figures["timeline"] = Figure(title, bars.timeline(report.month, rows[:ROWS], words, "timeline"), note)
    captured = [
        CaptureShares(site_name(report, one.site, words), one.transmission, one.effective)
        for one in (site.total() for site in report.quality)
        if one.received
    ]
    telling = [one for one in captured if one.worst < TELLING]
    if telling:
        drawn = bars.capture(_foremost(telling, lambda one: one.worst), words, "capture")
        cut = words("capture_cut", shown=SHOWN, n=len(telling)) if len(telling) > SHOWN else ""
        figures["capture"] = Figure(words("capture_title"), drawn, cut)
    return figures


def _timeline_rows(report: MonthlyReport, words: ReportWords) -> list[tuple[str, list[TimelineBar]]]:
    """A row each place and item of a list, breaches first, the longest first; with its highest severity."""
    rows = []
    for listing in LISTINGS:
        found = month_events(report, listing)
        own = defaultdict[tuple[str, str], list[TimelineBar]](list)
        for event in found:
            own[event.highest.site, event.highest.parameter].append(_bar(report, event))
        rows += [
            (_timeline_title(report, one.highest, words), own[one.site, one.parameter])
            for one in summaries(found)
        ]
    return rows


def _timeline_title(report: MonthlyReport, event: "ExceedanceEvent", words: ReportWords) -> str:
    highest = event.highest
    is_sample = highest.statistic == "sample"
    over = words.water_class(int(highest.limit)) if is_sample else to_significant(highest.limit)
    item = words.parameter(highest.parameter, report.catalogue)
    return f"{item} > {over} · {named_place(report, highest.site, words)}"


def _bar(report: MonthlyReport, event: "ExceedanceEvent") -> TimelineBar:
    return TimelineBar(event.begin, event.end or report.collected.until, event.end is None, event.severity)
