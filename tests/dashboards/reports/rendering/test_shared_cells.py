"""Equal cells of a report's tables are held once."""

from datetime import date, datetime

from dashboards.reports.rendering.tables.cells import CellPool, ReportTable, TableCell, figure, text_cell


def test_cells_are_shared_between_tables_and_stay_what_they_are() -> None:
    rows = (
        (text_cell("站1"), figure(12.5), TableCell("2026-10-01", date(2026, 10, 1))),
        (
            text_cell("站1", strong=True),
            figure(12.50, 2),
            TableCell("2026-10-01", datetime.fromisoformat("2026-10-01")),
        ),
    )
    one, other = (ReportTable(id_, "", "", ("a", "b", "c"), rows) for id_ in "ab")
    again = ReportTable("c", "", "", ("a", "b", "c"), tuple(tuple(map(copied, row)) for row in rows))
    pool = CellPool()

    shared = [pool.share(table) for table in (one, other, again)]

    assert [table.rows for table in shared] == [rows] * 3
    assert {id(cell) for table in shared for row in table.rows for cell in row} == {
        id(cell) for row in rows for cell in row
    }


def copied(cell: TableCell) -> TableCell:
    return TableCell(cell.text, cell.value, cell.format, cell.style, cell.weak, cell.strong, cell.valid)
