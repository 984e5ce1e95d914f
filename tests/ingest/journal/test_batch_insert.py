"""Rows in statements of several: all of them, once, in order."""

import sqlite3

import pytest

from ingest.journal.database import batch_insert


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 63, 64, 65, 64 + 8 + 1, 2 * 64 + 3 * 8 + 5])
def test_every_row_is_inserted_once_and_in_order(count: int) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, number INTEGER)")
    rows = [(f"row {number}", number) for number in range(count)]

    batch_insert.insert_rows(connection, "INSERT INTO t (name, number)", rows)

    assert connection.execute("SELECT name, number FROM t ORDER BY id").fetchall() == rows
    connection.close()


def test_a_later_row_of_the_same_key_wins_also_within_one_statement() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (name TEXT PRIMARY KEY, number INTEGER)")
    rows = [(f"{number % 3}", number) for number in range(batch_insert.AT_ONCE[0])]

    batch_insert.insert_rows(
        connection,
        "INSERT INTO t (name, number)",
        rows,
        "ON CONFLICT (name) DO UPDATE SET number = max(number, excluded.number)",
    )

    assert dict(connection.execute("SELECT name, number FROM t")) == {"0": 63, "1": 61, "2": 62}
    connection.close()
