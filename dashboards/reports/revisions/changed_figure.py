"""One printed figure of a revised report that differs from the report before."""

from msgspec import Struct

from dashboards.reports.revisions.causes import Cause


class ChangedFigure(Struct, frozen=True):
    """A figure in its table's words, its old and new text, empty where it was not there, and why.

    `row` are the cells that name its row, `figure` is its column.
    """

    table: str
    title: str
    row: tuple[str, ...]
    figure: str
    old: str
    new: str
    causes: tuple[Cause, ...]
