"""The accounts: where every message and item is, true at every moment since the file was made.

    received = inbox + processed
    items    = stored + duplicate + revised + quarantined + dropped + missing + outgoing

What is held (held.py) is outgoing too. A message given back by the quarantine is received again; its items
leave `items` and `quarantined` and come back as whatever they turn into.
"""

import sqlite3
from collections.abc import Mapping
from typing import get_args

from sensors.model import RefusalReason

MESSAGES = ("received", "inbox", "processed")
OUTCOMES = ("stored", "duplicate", "revised", "quarantined", "dropped", "missing")
ITEMS = ("items", *OUTCOMES, "outgoing")
REFUSED = "refused:"  # refused:<reason>, never falls
TOLERATED = "tolerated:"  # tolerated:<site>:<tolerance>, messages
STORE_ERROR = "store_error:"  # store_error:<kind>
PASSED_OVER = "passed_over:"  # passed_over:<why>, acknowledgements
INTERNAL_ERROR = "internal_error:"  # internal_error:<request | answer | tick>

# Why an item is refused (docs/reference/messages.md#refusal-reasons).
REASONS: tuple[RefusalReason, ...] = get_args(RefusalReason)


def create_rows(connection: sqlite3.Connection) -> None:
    """Make the rows that are always there."""
    connection.executemany(
        "INSERT OR IGNORE INTO count (name, value) VALUES (?, 0)", [(n,) for n in (*MESSAGES, *ITEMS, "late")]
    )


def add(connection: sqlite3.Connection, deltas: Mapping[str, int]) -> None:
    """Add to the accounts, inside the transaction that moves what they count."""
    connection.executemany(
        "INSERT INTO count (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        [row for row in deltas.items() if row[1]],
    )


def read_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """All accounts at this moment."""
    return dict(connection.execute("SELECT name, value FROM count"))


def read_count(connection: sqlite3.Connection, name: str) -> int:
    """One account at this moment; 0 if it does not exist."""
    row = connection.execute("SELECT value FROM count WHERE name = ?", (name,)).fetchone()
    return 0 if row is None else int(row[0])


def imbalances(accounts: Mapping[str, int]) -> dict[str, int]:
    """What the two sums lack; both are 0 unless the program is wrong."""
    return {
        "messages": accounts["received"] - accounts["inbox"] - accounts["processed"],
        "items": accounts["items"] - accounts["outgoing"] - sum(accounts[name] for name in OUTCOMES),
    }
