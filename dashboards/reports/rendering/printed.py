"""Which figures a report prints: its key figures, all of its tables, and the days of its calendars."""

from collections.abc import Iterator

from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.cards import Card
from dashboards.reports.rendering.chapters import DraftReport, draft_report
from dashboards.reports.rendering.outline import CardGrid
from dashboards.reports.rendering.tables import air_tables
from dashboards.reports.rendering.tables.cells import ReportTable
from dashboards.reports.revisions.printed import PrintedTable
from dashboards.reports.words import ReportWords

NO_FIGURES = frozenset({"marks"})
"""Tables that hold no figures of the month: a mark is a cause."""


def printed_tables(
    report: MonthlyReport, words: ReportWords, draft: DraftReport | None = None
) -> list[PrintedTable]:
    """All of them, in the order of the page; a chapter of changes is none of the month's figures.

    `draft` is the report's where it is at hand.
    """
    found = [
        one
        for chapter in (draft or draft_report(report, words)).chapters
        for one in chapter.contents
        if isinstance(one, ReportTable | CardGrid)
    ]
    tables = [_grid(one, words) if isinstance(one, CardGrid) else _table(one) for one in found]
    if report.air:
        tables.append(_table(air_tables.daily(report, words)))
    return [one for one in tables if one.id not in NO_FIGURES]


def _table(one: ReportTable) -> PrintedTable:
    return PrintedTable(one.id, one.title, one.head, tuple(tuple(c.text for c in row) for row in one.rows))


def _grid(grid: CardGrid, words: ReportWords) -> PrintedTable:
    title = grid.title or words("at_a_glance")
    head = (words("place"), words("item"), words("figure"))
    return PrintedTable("cards", title, head, tuple(row for card in grid.cards for row in _card(card, words)))


def _card(card: Card, words: ReportWords) -> Iterator[tuple[str, str, str]]:
    name = f"{card.place} {card.target}".strip()
    yield name, words("figure"), " ".join(part for part in (card.value, card.unit) if part)
    yield name, words("state"), card.text
    if card.basis:
        yield name, words("valid"), card.basis
    for label, figure in card.figures:
        yield name, label, figure
