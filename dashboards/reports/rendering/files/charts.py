"""Native charts of the workbook's main tables, drawn by the reader's program from the cells themselves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from dashboards.reports.figures.svg_canvas import SERIES_COLOURS, to_hex
from dashboards.reports.rendering.report_figures import TELLING
from dashboards.reports.rendering.tables.cells import ReportTable
from dashboards.reports.words import ReportWords
from sensors.standards import aqi

ROWS = 20
"""How many rows of a sheet a chart covers."""

_FIRST_ROW, _LABEL = 2, 2
_SIZE = {"width": 960, "height": 380}
_LINE = "line"
_POLLUTANTS = ("pm25", "pm10", "so2", "no2", "o3")


class _Series(NamedTuple):
    """A row or column of cells: where its name stands, or what it is, its labels, its numbers, its colour."""

    name: tuple[int, int] | str
    labels: tuple[int, int, int, int]
    numbers: tuple[int, int, int, int]
    colour: str


def is_drawn(table: ReportTable) -> bool:
    """Whether the table has a chart; a dash in one of its cells would be drawn as nought."""
    return table.id in _KINDS


def chart(book: Any, table: ReportTable, sheet: str, words: ReportWords) -> Any | None:
    """The chart of a table that has one; None for the others, and where there is nothing to draw."""
    kind = _KINDS.get(table.id)
    if kind is None or not table.rows:
        return None
    series = list(kind.series(table, words))
    if not series:
        return None
    made = book.add_chart(kind.form)
    for one in series:
        line = {"color": one.colour, "width": 2}
        made.add_series(
            {
                "name": one.name if isinstance(one.name, str) else [sheet, *one.name],
                "categories": [sheet, *one.labels],
                "values": [sheet, *one.numbers],
                **({"line": line} if kind.form["type"] == _LINE else {"fill": {"color": one.colour}}),
            }
        )
    made.set_title({"name": table.title, "name_font": {"size": 12}})
    made.set_legend({"position": "bottom"})
    made.set_y_axis({"major_gridlines": {"visible": True, "line": {"color": "#c9d0d7", "width": 0.5}}})
    made.set_size(_SIZE)
    made.show_blanks_as("gap")
    return made


def _by_column(table: ReportTable, columns: Sequence[int], colours: Sequence[str]) -> Iterator[_Series]:
    """A series each column, a label each row."""
    last = _FIRST_ROW + len(table.rows) - 1
    for number, column in enumerate(columns):
        yield _Series(
            (_FIRST_ROW - 1, column),
            (_FIRST_ROW, 0, last, 0),
            (_FIRST_ROW, column, last, column),
            colours[number % len(colours)],
        )


def _headed(table: ReportTable, heads: Sequence[str]) -> list[int]:
    """The columns with these heads that hold a number somewhere."""
    return [
        column
        for head in heads
        for column, found in enumerate(table.head)
        if found == head and any(isinstance(row[column].value, float | int) for row in table.rows)
    ]


def _pollutants(table: ReportTable, words: ReportWords) -> Iterator[_Series]:
    """Those in µg/m³."""
    heads = [words(f"parameter_{pollutant}") for pollutant in _POLLUTANTS]
    return _by_column(table, _headed(table, heads), SERIES_COLOURS)


def _numbers(table: ReportTable, words: ReportWords) -> Iterator[_Series]:  # noqa: ARG001 - as the others
    return _by_column(table, _headed(table, table.head[1:]), SERIES_COLOURS)


def _composite(table: ReportTable, words: ReportWords) -> Iterator[_Series]:
    """The month's composite index."""
    return _by_column(table, _headed(table, [words("this_month")]), SERIES_COLOURS)


def _levels(table: ReportTable, words: ReportWords) -> Iterator[_Series]:
    """Days by level, in the official colours."""
    levels = aqi.levels()
    heads = [words.level_short(level.level) for level in levels]
    columns = [table.head.index(head) for head in heads if head in table.head]
    return _by_column(table, columns, [to_hex(level.colour.rgb) for level in levels])


def _shares(table: ReportTable, words: ReportWords) -> Iterator[_Series]:
    """Nothing while all shares are at or above `TELLING`: bars of one length say nothing."""
    columns = _headed(table, [words("transmission"), words("effective")])
    shares = [row[column].value for row in table.rows for column in columns]
    if any(isinstance(share, float) and share < TELLING for share in shares):
        yield from _by_column(table, columns, SERIES_COLOURS)


def _months(table: ReportTable, words: ReportWords) -> Iterator[_Series]:
    """A line each row, along the columns of months; the last column says what is valid."""
    last = len(table.head) - 1 - (table.head[-1] == words("valid_column"))
    for number, (place, statistic, *_) in enumerate(table.rows):
        row = _FIRST_ROW + number
        yield _Series(
            f"{place.text} {statistic.text}",
            (_FIRST_ROW - 1, _LABEL, _FIRST_ROW - 1, last),
            (row, _LABEL, row, last),
            SERIES_COLOURS[number % len(SERIES_COLOURS)],
        )


class _Kind(NamedTuple):
    form: Mapping[str, str]
    series: Callable[[ReportTable, ReportWords], Iterator[_Series]]


_COLUMNS = {"type": "column"}
_KINDS: Mapping[str, _Kind] = {
    "pollutants": _Kind(_COLUMNS, _pollutants),
    "to-date": _Kind(_COLUMNS, _pollutants),
    "composite": _Kind(_COLUMNS, _composite),
    "averages": _Kind(_COLUMNS, _numbers),
    "months": _Kind({"type": _LINE}, _months),
    "days": _Kind({"type": "column", "subtype": "stacked"}, _levels),
    "quality": _Kind({"type": "bar"}, _shares),
}
"""The tables with a chart, by id."""
