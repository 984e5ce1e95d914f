"""Held: what is outgoing, but of a measurement or field that the store refuses altogether; each in order.

Its items count as outgoing until the store has them.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from ingest.journal import accounting, outgoing
from ingest.journal.entries import Entry, PointEntry, ReadingEntry, count_items

ROWS_OF = 1000


class Slot(NamedTuple):
    """A measurement, and of the readings in it a parameter; what a store takes or refuses as a whole."""

    measurement: str
    field: str

    def __str__(self) -> str:
        """As people read it: `air pm25`, `statistic`."""
        return f"{self.measurement} {self.field}".rstrip()


class HeldCount(Struct):
    """How many entries of a slot are held, and the words with which the store refused them."""

    entries: int
    words: str


class HeldRow(Struct, frozen=True):
    """Some entries of a slot, and how many of them are items."""

    id: int
    items: int
    body: bytes

    def decode(self) -> list[Entry]:
        """The entries; ValueError if they cannot be read."""
        return outgoing.decode_entries([self.body])


def slot_of(entry: Entry) -> Slot:
    """Where the store keeps the entry."""
    if isinstance(entry, ReadingEntry):
        return Slot(entry.medium, entry.checked.reading.parameter)
    return Slot(entry.point.measurement if isinstance(entry, PointEntry) else "statistic", "")


def add(connection: sqlite3.Connection, slot: Slot, entries: Sequence[Entry], words: str) -> None:
    """Hold entries, behind those of the slot that are held already; the caller has counted none of them."""
    for first in range(0, len(entries), ROWS_OF):
        part = entries[first : first + ROWS_OF]
        items = count_items(part)
        connection.execute(
            "INSERT INTO held (measurement, field, words, entry_count, items, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*slot, words, len(part), items, outgoing.encode_row(part)),
        )
        accounting.add(connection, {"outgoing": items})


def counts(connection: sqlite3.Connection) -> dict[Slot, HeldCount]:
    """How much is held of each slot."""
    query = (
        "SELECT measurement, field, sum(entry_count), words, min(id) FROM held GROUP BY measurement, field"
    )
    return {Slot(*slot): HeldCount(count, words) for *slot, count, words, _ in connection.execute(query)}


def count_held_items(connection: sqlite3.Connection) -> int:
    """How many of the items on their way to the store are held."""
    (items,) = connection.execute("SELECT ifnull(sum(items), 0) FROM held").fetchone()
    return int(items)


def oldest(connection: sqlite3.Connection, slot: Slot) -> HeldRow | None:
    """The first row of a slot."""
    return _row(connection, slot, "ASC")


def newest(connection: sqlite3.Connection, slot: Slot) -> HeldRow | None:
    """The last row of a slot."""
    return _row(connection, slot, "DESC")


def replace(connection: sqlite3.Connection, row: HeldRow, entries: Sequence[Entry]) -> None:
    """Hold only these entries in a row's place, or none; the caller records the outcome of the others."""
    items = count_items(entries)
    if entries:
        connection.execute(
            "UPDATE held SET entry_count = ?, items = ?, body = ? WHERE id = ?",
            (len(entries), items, outgoing.encode_row(entries), row.id),
        )
    else:
        connection.execute("DELETE FROM held WHERE id = ?", (row.id,))
    accounting.add(connection, {"outgoing": items - row.items})


def _row(connection: sqlite3.Connection, slot: Slot, order: str) -> HeldRow | None:
    query = (
        f"SELECT id, items, body FROM held WHERE measurement = ? AND field = ? ORDER BY id {order} LIMIT 1"
    )
    found = connection.execute(query, slot).fetchone()
    return HeldRow(*found) if found else None
