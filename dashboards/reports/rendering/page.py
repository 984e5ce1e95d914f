"""The report as one HTML page, self-contained, for A4."""

from collections.abc import Sequence
from importlib.resources import files

import jinja2
from msgspec import Struct
from msgspec.structs import asdict

from dashboards.reports.content.means import EXCLUDING_EXCEPTIONAL
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.export import Identity, standards
from dashboards.reports.figures.svg_canvas import text_colour_on, to_hex
from dashboards.reports.rendering import cards, notes, report_figures
from dashboards.reports.rendering.tables import (
    air_tables,
    alarm_tables,
    record_tables,
    sent_table,
    water_tables,
)
from dashboards.reports.rendering.tables.cells import ReportTable
from dashboards.reports.revisions.changes import ChangedFigure
from dashboards.reports.words import ReportWords
from sensors.standards import aqi
from sensors.standards.colour import Colour
from sensors.standards.water_limits import WORSE_THAN_V, quality

_SHOWN_CHANGES = 40
_READ_FIRST = ("value", "met", "valid")


class Content(Struct, frozen=True):
    """The tables of a report that the page and the workbook both show, in their order."""

    air: tuple[ReportTable, ...]
    water: tuple[ReportTable, ...]
    outlook: ReportTable
    quality: ReportTable
    sent: ReportTable | None
    marks: ReportTable
    without: ReportTable | None


def content(report: MonthlyReport, words: ReportWords) -> Content:
    """All of them; exceedances, which the page cuts short, apart."""
    return Content(
        air=_air(report, words),
        water=_water(report, words),
        outlook=record_tables.outlooks(report, words),
        quality=record_tables.quality_table(report, words),
        sent=sent_table.sent_values(report, words),
        marks=record_tables.marks(report, words),
        without=record_tables.without(report, words),
    )


def _air(report: MonthlyReport, words: ReportWords) -> tuple[ReportTable, ...]:
    if not report.air:
        return ()
    return (
        air_tables.pollutants(report, words),
        air_tables.averages(report, words),
        air_tables.by_month(report, words),
        air_tables.day_counts(report, words),
    )


def _water(report: MonthlyReport, words: ReportWords) -> tuple[ReportTable, ...]:
    if not report.water:
        return ()
    sections = [p for p in water_tables.water_places(report) if not p.is_area]
    return (
        water_tables.classes(report, words),
        *(water_tables.items(report, place, words) for place in sections),
    )


def html(
    report: MonthlyReport,
    identity: Identity,
    words: ReportWords,
    changes: Sequence[ChangedFigure] | None = None,
) -> str:
    """The page."""
    return _template().render(
        report=report,
        identity=identity,
        words=words,
        css=_text("report.css").strip(),
        title=cards.title(report.month, words),
        period=words("until", start=words.day(report.month.start), end=_last(report, words)),
        until=air_tables.until_text(report),
        standards=" · ".join(map(_standard, standards(report))),
        cards=cards.cards(report, words),
        silent_sites=cards.silent_sites(report, words),
        changes=None if changes is None else _changes(report, changes, words),
        air_pictures=list(report_figures.air_figures(report, words)),
        water_pictures=list(report_figures.water_figures(report, words)),
        exceedances=record_tables.longest(report, words),
        alarms=alarm_tables.shown(report, words),
        no_alarms=alarm_tables.absence(report, words),
        record=report_figures.record_figures(report, words),
        notes=notes.notes(report, words),
        aqi_legend=_aqi_legend(words),
        water_legend=_water_legend(words),
        **asdict(content(report, words)),
    )


def _changes(report: MonthlyReport, found: Sequence[ChangedFigure], words: ReportWords) -> ReportTable:
    """Those that a reader cares about first: values and verdicts; last what a new mark adds."""
    ranked = sorted(
        found,
        key=lambda one: (one.statistic.endswith(EXCLUDING_EXCEPTIONAL), one.figure not in _READ_FIRST),
    )
    return record_tables.changes(report, ranked, words, _SHOWN_CHANGES)


def _last(report: MonthlyReport, words: ReportWords) -> str:
    return f"{words.day(report.month.back(-1).start)} 00:00"


def _standard(row: dict[str, str]) -> str:
    if not row.get("from"):
        return row["standard"]
    return f"{row['standard']} ({row['from']} – {row['to']})"


def _aqi_legend(words: ReportWords) -> list[tuple[str, str, str]]:
    entries, low = [], 0
    for level in aqi.levels():
        entries.append(_chip(f"{words.name(level.category)} {low}–{level.up_to}", level.colour))
        low = level.up_to + 1
    return entries


def _water_legend(words: ReportWords) -> list[tuple[str, str, str]]:
    qualities = map(quality, range(1, WORSE_THAN_V + 1))
    return [_chip(f"{words.water_class(q.number)} {words.name(q.quality)}", q.colour) for q in qualities]


def _chip(text: str, colour: Colour) -> tuple[str, str, str]:
    return text, to_hex(colour.rgb), text_colour_on(colour.rgb)


def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(_text("report.html.j2"))


def _text(name: str) -> str:
    return (files("dashboards.reports.rendering") / name).read_text(encoding="utf-8")
