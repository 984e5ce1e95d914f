"""Figures of the month's hours: the course of a day, and roses of wind and PM2.5."""

from collections.abc import Iterator

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.figures import panels, roses
from dashboards.reports.figures.panels import Curve, Panel
from dashboards.reports.hours.courses import day_course
from dashboards.reports.rendering.report_figures import Figure, shown_calendars
from dashboards.reports.words import ReportWords, parameter_unit, percent
from sensors.standards import aqi

_HOURS = (0, 6, 12, 18)


def courses(report: MonthlyReport, words: ReportWords) -> Iterator[Figure]:
    """The pollutants of the index by the hour of the day, a curve each zone; nothing without any."""
    shown = [panel for row in report.catalogue.shown("air") if row.id in aqi.pollutants()
             if (panel := _course(report, row.id, words)).curves]  # fmt: skip
    if shown:
        title = words("course_title")
        yield Figure(title, panels.panels(shown, title, "course"), words("course_note"))


def _course(report: MonthlyReport, parameter: str, words: ReportWords) -> Panel:
    curves = []
    for place in shown_calendars(report):
        series = report.collected.series.get((place.id, parameter))
        points = list(enumerate(day_course(series.hours))) if series is not None else []
        if any(y is not None for _, y in points):
            curves.append(Curve(words.name(place.name), [(float(hour), y) for hour, y in points]))
    unit = parameter_unit(parameter, report.catalogue)
    title = f"{words.parameter(parameter, report.catalogue)} ({unit})"
    return Panel(title, curves, [(float(hour), str(hour)) for hour in _HOURS], (0.0, 23.0))


def wind_roses(report: MonthlyReport, words: ReportWords) -> Iterator[Figure]:
    """Of each zone its first station that measures wind and PM2.5; nothing where none does."""
    for place in shown_calendars(report):
        found = (figure for site in place.members or (place.id,) for figure in _rose(report, site, words))
        yield from list(found)[:1]


def _rose(report: MonthlyReport, site: str, words: ReportWords) -> Iterator[Figure]:
    rose = report.collected.roses.get(site)
    if rose is not None:
        title = words("rose_title", place=words.name(report.places[site].name))
        note = words("rose_note", hours=rose.hours, calm=percent(rose.calm / rose.hours))
        yield Figure(title, roses.roses(rose, words, title, f"rose-{site}"), note)
