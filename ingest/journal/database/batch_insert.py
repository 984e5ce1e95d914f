"""Many rows in few statements.

After each statement the interpreter may go to another thread, which keeps it for up to 5 ms: in a busy
service a row at a time is slow for whoever waits for the transaction.
"""

import sqlite3
from collections.abc import Sequence
from functools import cache

AT_ONCE = (64, 8, 1)  # rows of a statement; few different ones, so that SQLite has them ready

Cell = str | bytes | int | float | None


def insert_rows(
    connection: sqlite3.Connection, into: str, rows: Sequence[tuple[Cell, ...]], conflict: str = ""
) -> None:
    """Insert rows of equal width, in order.

    Args:
        connection: In a transaction.
        into: The statement up to its VALUES: `INSERT INTO inbox (topic, payload)`.
        rows: Any number, also none.
        conflict: What follows the VALUES: `ON CONFLICT …`.
    """
    first = 0
    for size in AT_ONCE:
        while len(rows) - first >= size:
            part = rows[first : first + size]
            connection.execute(
                _statement(into, len(part[0]), size, conflict), [cell for row in part for cell in row]
            )
            first += size


@cache
def _statement(into: str, width: int, size: int, conflict: str) -> str:
    row = f"({', '.join('?' * width)})"
    return f"{into} VALUES {', '.join([row] * size)} {conflict}"
