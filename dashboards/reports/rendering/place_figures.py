"""Figures of where and when: a map of the sites, the ratio of PM2.5 to PM10 day by day."""

from collections.abc import Iterator, Sequence
from statistics import median

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.content.series import periods, rows_of_month
from dashboards.reports.figures import maps, panels
from dashboards.reports.figures.maps import MapSite
from dashboards.reports.figures.panels import Curve, Panel
from dashboards.reports.rendering.report_figures import Figure, shown_calendars
from dashboards.reports.words import NOTHING, ReportWords
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Site
from sensors.catalogue.places import Place
from sensors.model import Medium
from sensors.standards import aqi
from sensors.standards.rounding import round_half_even
from sensors.standards.statistics import DAY
from sensors.standards.water_limits import quality

_FEWEST = 2
"""So many places make a map, so many days a course."""

_MARKS = (1, 5, 10, 15, 20, 25)


def sites_map(report: MonthlyReport, medium: Medium, words: ReportWords) -> Iterator[Figure]:
    """The sites of a medium that have coordinates, the others named below; what is missing for a map."""
    sites = [site for site in report.catalogue.sites.values() if site.medium == medium]
    placed = [_map_site(report, site, words) for site in sites if site.lon is not None]
    others = [words.name(site.name) for site in sites if site.lon is None]
    without = [words("map_without", places=words("comma").join(others))] if others else []
    title = words(f"map_{medium}_title")
    if len(placed) >= _FEWEST:
        note = words.joined_sentences([words(f"map_{medium}_note"), *without])
        yield Figure(title, maps.sites_map(placed, title, f"map-{medium}"), note)
    elif others:
        note = words.joined_sentences([words("map_missing"), *without])
        yield Figure(title, None, note, words("state_no_coordinates"))


def _map_site(report: MonthlyReport, site: Site, words: ReportWords) -> MapSite:
    text, rgb = _air_mark(report, site.id) if site.medium == "air" else _water_mark(report, site.id, words)
    place = report.catalogue.places[site.id]
    lon, lat = site.lon or 0.0, site.lat or 0.0
    return MapSite(words.name(place.short), lon, lat, text, rgb, is_section=site.medium == "water")


Mark = tuple[str, tuple[int, int, int] | None]


def _air_mark(report: MonthlyReport, site: str) -> Mark:
    """The median of the month's daily AQI, on the colour of its level."""
    air = report.air.get(site)
    found = [one.index.aqi for one in air.days if one.index and one.level is not None] if air else []
    if not found:
        return NOTHING, None
    middle = int(round_half_even(median(found), 0))
    return str(middle), aqi.level_of(min(middle, 500)).colour.rgb


def _water_mark(report: MonthlyReport, site: str, words: ReportWords) -> Mark:
    """The month's class, on its colour; without enough samples as good as none."""
    month = report.water[site].month if site in report.water else None
    if month is None or month.result is None or not month.valid:
        return NOTHING, None
    return words.class_short(month.result.number), quality(month.result.number).colour.rgb


def ratios(report: MonthlyReport, words: ReportWords) -> Iterator[Figure]:
    """PM2.5 to PM10 day by day, a curve each zone; nothing where less than two days have both."""
    every = [Curve(words.name(place.name), _ratio(report, place)) for place in shown_calendars(report)]
    curves = [one for one in every if sum(y is not None for _, y in one.points) >= _FEWEST]
    if curves:
        marks = [(float(day), str(day)) for day in (*_MARKS, report.month.days)]
        panel = Panel(words("ratio_axis"), curves, marks, (0.5, report.month.days + 0.5))
        drawn = panels.panels([panel], words("ratio_title"), "ratio", height=42)
        yield Figure(words("ratio_title"), drawn, words("ratio_note"))


def _ratio(report: MonthlyReport, place: Place) -> Sequence[tuple[float, float | None]]:
    """Of each day the ratio of the two means, None unless both are valid and PM10 is above nought."""
    fine, all_sizes = (_days(report, place.id, parameter) for parameter in ("pm25", "pm10"))
    return [
        (float(day), fine[day] / all_sizes[day] if day in fine and all_sizes.get(day, 0.0) > 0 else None)
        for day in range(1, report.month.days + 1)
    ]


def _days(report: MonthlyReport, place: str, parameter: str) -> dict[int, float]:
    """The valid means of the month's days, by day of the month."""
    series = report.collected.series.get((place, parameter))
    if series is None:
        return {}
    inside = rows_of_month(series.tables[DAY], report.month)
    return {row.start.astimezone(SHANGHAI).day: row.value for row in periods(inside) if row.valid}
