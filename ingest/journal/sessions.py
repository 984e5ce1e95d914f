"""The sessions at the broker that this file knows, and what happened to them; and who it is there."""

import secrets
import sqlite3
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from ingest.journal import accounting
from ingest.journal.file import Journal

CONNECTIONS = "connections:"  # connections:<client id>
LOST = "sessions_lost"
TAKEN = "sessions_taken"
_RUN, _PREFIXES, _FILTERS = "run_id", "prefixes", "filters"  # names in `meta`


class SessionCounts(Struct):
    """How often, since it was made: connected, session lost, session taken by another client."""

    connections: int = 0
    lost: int = 0
    taken: int = 0


class Sessions:
    """The account of the session that one client id names; one thread writes it."""

    def __init__(self, journal: Journal, client_id: str) -> None:
        self._journal = journal
        self._name = CONNECTIONS + client_id
        self._written = SessionCounts()

    def known(self) -> bool:
        """Whether the broker has ever had this session."""
        return accounting.read_counts(self._journal.connection()).get(self._name, 0) > 0

    def count(self, counts: SessionCounts) -> None:
        """Write what was counted since the last time; `counts` are since the start of this process."""
        if counts == self._written:
            return
        before = self._written
        with self._journal.transaction(frees=True) as connection:
            accounting.add(
                connection,
                {
                    self._name: counts.connections - before.connections,
                    LOST: counts.lost - before.lost,
                    TAKEN: counts.taken - before.taken,
                },
            )
        self._written = counts


def run_id(connection: sqlite3.Connection) -> str:
    """By which runs on this file are known at the broker; made by the first call, in a transaction."""
    connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (_RUN, secrets.token_hex(16)))
    (found,) = connection.execute("SELECT value FROM meta WHERE name = ?", (_RUN,)).fetchone()
    return str(found)


def note_prefixes(connection: sqlite3.Connection, prefixes: Sequence[str]) -> bool:
    """Note under what is read now; whether one of them was not among those noted before, if any were."""
    before = _read_list(connection, _PREFIXES)
    _write_list(connection, _PREFIXES, prefixes)
    return before is not None and not {*prefixes} <= {*before}


def note_filters(connection: sqlite3.Connection, filters: Sequence[str]) -> list[str]:
    """Note what is subscribed now; those of before that are not among it, which a session may still have."""
    before = _read_list(connection, _FILTERS) or []
    former = [each for each in before if each not in filters]
    _write_list(connection, _FILTERS, [*filters, *former])
    return former


def _read_list(connection: sqlite3.Connection, name: str) -> list[str] | None:
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if found is None else msgspec.json.decode(found[0], type=list[str])


def _write_list(connection: sqlite3.Connection, name: str, values: Sequence[str]) -> None:
    text = msgspec.json.encode([*values]).decode()
    connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, text))
