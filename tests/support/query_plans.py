"""How SQLite carries out what a function asks."""

import sqlite3
from collections.abc import Callable


def scans_of(connection: sqlite3.Connection, ask: Callable[[], object]) -> list[str]:
    """The steps that read a whole table or index, of all that it asks of this connection."""
    asked: list[str] = []
    connection.set_trace_callback(asked.append)
    try:
        ask()
    finally:
        connection.set_trace_callback(None)
    selects = [one for one in asked if one.startswith("SELECT")]
    assert selects
    plans = [connection.execute(f"EXPLAIN QUERY PLAN {one}").fetchall() for one in selects]
    return [step for plan in plans for *_, step in plan if step.startswith("SCAN")]
