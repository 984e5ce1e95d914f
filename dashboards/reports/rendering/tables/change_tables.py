"""What differs from the report that this one supersedes."""

from typing import TYPE_CHECKING

from dashboards.reports.rendering.tables import cells
from dashboards.reports.rendering.tables.cells import ReportTable
from dashboards.reports.words import NOTHING, ReportWords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.reports.revisions.causes import Cause
    from dashboards.reports.revisions.changed_figure import ChangedFigure


def changes(found: "Sequence[ChangedFigure]", words: ReportWords, shown: int | None = None) -> ReportTable:
    """The changed figures as given, or the first so many of them."""
    listed = found if shown is None else found[:shown]
    rows = [
        cells.text_cells(
            one.title,
            words("dot").join(one.row),
            one.figure,
            one.old or NOTHING,
            one.new or NOTHING,
            words("semicolon").join(cause_text(cause, words) for cause in one.causes),
        )
        for one in listed
    ]
    head = map(words, ("changed_table", "changed_row", "figure", "old", "new", "cause"))
    cut = words("changes_cut", shown=len(listed), n=len(found)) if len(listed) < len(found) else ""
    title, sheet = words("changes_title"), words("sheet_changes")
    return ReportTable("changes", title, sheet, tuple(head), tuple(rows), words("changes_note"), cut=cut)


def cause_text(cause: "Cause", words: ReportWords) -> str:
    """`人工标记：仪器故障（张三）`: what happened, why, and who stands behind it."""
    text = words(f"cause_{cause.kind}")
    if cause.reason:
        text += words("colon") + cause.reason
    return text + (words("in_brackets", text=cause.by) if cause.by else "")
