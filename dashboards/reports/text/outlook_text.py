"""The paragraph of the outlook."""

from dashboards.reports.content.outlooks import TargetOutlook
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import record_tables
from dashboards.reports.rendering.tables.cells import TableCell
from dashboards.reports.rendering.tables.record_tables import site_name
from dashboards.reports.text.paragraph import ParagraphWriter, is_told


def write_outlook(report: MonthlyReport, writer: ParagraphWriter) -> None:
    """Each target by what determines it: the first, hardest row that the table has of it."""
    table = record_tables.outlooks(report, writer.words)
    told: set[str] = set()
    for one, row in zip(report.outlooks, table.rows, strict=True):
        if one.target.id not in told:
            told.add(one.target.id)
            _write_target(report, one, dict(zip(table.head, row, strict=True)), writer)
    if not told:
        writer.say("text_outlook_nothing")


def _write_target(
    report: MonthlyReport, one: TargetOutlook, row: dict[str, TableCell], writer: ParagraphWriter
) -> None:
    words = writer.words
    place, state = site_name(report, one.place, words), row[words("state")].text
    so_far, rest = row[words("so_far")].text, row[words("rest")].text
    item, unit = words.parameter(one.parameter, report.catalogue), row[words("unit")].text
    figures = {"place": place, "item": item, "state": state}
    if not is_told(so_far):
        writer.say("text_outlook_unknown", **figures)
    elif is_told(rest):
        unit = f" {unit}" if is_told(unit) else ""
        writer.say("text_outlook", so_far=so_far + unit, rest=rest + unit, **figures)
    else:
        writer.say("text_outlook_closed", so_far=so_far, **figures)
