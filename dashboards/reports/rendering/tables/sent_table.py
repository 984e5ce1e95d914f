"""The table of readings in whose place another value counts: what was sent, what counts, how often."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from dashboards.reports.content.data_capture import DataCapture
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable, TableCell
from dashboards.reports.rendering.tables.record_tables import site_name
from dashboards.reports.words import ReportWords
from sensors.model import Medium
from sensors.standards.below_detection import detection_rules

_DECIMALS = 6


def sent_values(report: MonthlyReport, words: ReportWords) -> ReportTable | None:
    """A row each series, what was sent and what counts; numbers of one series together. None without any."""
    found = [series for site in report.quality for series in site.series if series.sent]
    if not found:
        return None
    rows = [row for series in found for row in _rows(report, series, words)]
    media = sorted({report.catalogue.parameters[series.parameter].medium for series in found})
    rules = words("comma").join(_rule(medium, words) for medium in media)
    head = map(words, ("where", "item", "sent", "counts_as", "readings"))
    note, title = words("sent_note", rules=rules), words("sent_title")
    return ReportTable("sent", title, words("sheet_sent"), tuple(head), tuple(rows), note, compact=True)


def _rows(report: MonthlyReport, series: DataCapture, words: ReportWords) -> Iterator[tuple[TableCell, ...]]:
    for (sent, value), readings in _together(series.sent).items():
        yield (
            cells.text_cell(site_name(report, series.site, words)),
            cells.text_cell(words.parameter(series.parameter, report.catalogue)),
            cells.text_cell(sent),
            TableCell(f"{value:.{_DECIMALS}g}", value, "General"),
            cells.count(readings),
        )


def _together(sent: Mapping[tuple[str, float], int]) -> Counter[tuple[str, float]]:
    """The counts with the numbers that count as one value together, as their range."""
    numbers: dict[float, list[float]] = {}
    for text, value in sent:
        if (number := _number(text)) is not None:
            numbers.setdefault(value, []).append(number)
    together = Counter[tuple[str, float]]()
    for (text, value), readings in sorted(sent.items()):
        shown = text if _number(text) is None else _span(numbers[value])
        together[shown, value] += readings
    return together


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _span(numbers: Sequence[float]) -> str:
    least, most = min(numbers), max(numbers)
    return f"{least:g}" if least == most else f"{least:g} … {most:g}"


def _rule(medium: Medium, words: ReportWords) -> str:
    rule = detection_rules()[medium]
    key = "sent_rule_unconfirmed" if rule.confirmed.startswith("unconfirmed") else "sent_rule"
    return words(key, medium=words(medium), standard=rule.standard)
