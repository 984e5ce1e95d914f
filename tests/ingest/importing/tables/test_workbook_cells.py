"""What a sheet's cells do not say by themselves: merged over rows, and formulas that nobody computed."""

import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from ingest.importing.cells import Cells, CsvReading
from ingest.importing.csv_rows import RowOptions, rows
from ingest.importing.tables.workbook import Merged, filled_rows
from sensors.calendar import SHANGHAI
from tests.ingest.importing.test_csv_rows import CATALOGUE

DAY = datetime(2026, 9, 1, tzinfo=SHANGHAI)


def sheet(folder: Path, lines: list[list[Any]], *merged: str) -> tuple[Cells, list[str]]:
    book = Workbook()
    page = book.active
    assert page is not None
    for line in lines:
        page.append(line)
    for cells in merged:
        page.merge_cells(cells)
    file, said = folder / "county.xlsx", list[str]()
    book.save(file)
    return rows(file, CATALOGUE, RowOptions(tz=SHANGHAI), said.append), said


def test_a_station_and_a_day_merged_over_their_hours_are_those_of_each(tmp_path: Path) -> None:
    """All rows but the first of each were refused: `there is no time`."""
    hours: list[list[Any]] = [
        [
            "烟厂" if hour == 0 else None,
            DAY.date() + timedelta(hour // 24) if hour % 24 == 0 else None,
            hour % 24,
            hour,
        ]
        for hour in range(30)
    ]
    head: list[list[Any]] = [["站点", "日期", "时", "污染物浓度"], [None, None, None, "PM2.5"]]

    cells, _ = sheet(tmp_path, [*head, *hours], "A1:A2", "A3:A32", "B3:B26", "B27:B32")

    assert [(cell.site, cell.time, cell.value) for cell in cells if isinstance(cell, CsvReading)] == [
        ("yanchang", (DAY + timedelta(hours=hour)).astimezone(UTC), float(hour)) for hour in range(30)
    ]


def test_a_value_merged_over_rows_is_of_the_first_alone_and_that_is_said(tmp_path: Path) -> None:
    lines: list[list[Any]] = [["site", "time", "pm25"]]
    lines += [["yanchang", f"2026-09-01 0{hour}:00", 31 if hour == 0 else None] for hour in range(3)]

    cells, said = sheet(tmp_path, lines, "C2:C4")

    assert len(list(cells)) == 1
    assert any(
        "cells merged over rows in pm25: what they hold counts for their first row only" in one
        for one in said
    )


def test_formulas_that_nobody_computed_are_said(tmp_path: Path) -> None:
    """They were blank, as if nothing had been measured."""
    lines: list[list[Any]] = [
        ["site", "time", "pm25"],
        ["yanchang", "2026-09-01 00:00", "=1+30"],
        ["yanchang", date(2026, 9, 2), 30],
    ]

    cells, said = sheet(tmp_path, lines)

    assert len(list(cells)) == 1
    assert any("1 cell holds a formula without a value" in one for one in said)


def test_a_sheet_whose_end_is_damaged_is_refused_by_its_row_like_any_other(tmp_path: Path) -> None:
    """Looking for merged cells met the damage first, and raised what nobody expected."""
    lines: list[list[Any]] = [["site", "time", "pm25"]]
    lines += [["yanchang", "2026-09-01 00:00", number / 7] for number in range(5000)]
    sheet(tmp_path, lines)
    file = tmp_path / "county.xlsx"
    with zipfile.ZipFile(file) as packed:
        page = packed.getinfo("xl/worksheets/sheet1.xml")
    damaged = bytearray(file.read_bytes())
    damaged[page.header_offset + page.compress_size * 3 // 4] ^= 0xFF
    file.write_bytes(damaged)

    cells = rows(file, CATALOGUE, RowOptions(tz=SHANGHAI), print)

    with pytest.raises(ValueError, match=r"county\.xlsx: the workbook is damaged after row [0-9]{3,4}"):
        list(cells)


@given(st.lists(st.lists(st.sampled_from(["", "a", "b"]), max_size=3), max_size=12), st.integers(1, 4))
def test_filling_changes_blank_cells_of_the_span_alone(table: list[list[str]], first: int) -> None:
    span = Merged(1, 2, 6)
    found = list(filled_rows([[*row] for row in table], [span], first))

    assert len(found) == len(table)
    for number, (before, after) in enumerate(zip(table, found, strict=True), first):
        changed = [at for at, cell in enumerate(after) if cell != (before[at] if at < len(before) else "")]
        assert changed in ([], [1])
        assert not changed or span.first < number <= span.last
