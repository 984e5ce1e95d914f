"""Which tables are handed over, and what notes that a row of theirs has changed."""

import sqlite3
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from msgspec import Struct


class HandedTable(Struct, frozen=True):
    """A table whose rows a next machine takes over, and the columns of its primary key.

    `numbered`: the key is only a number, so that a row whose number is taken may get another. `names`: of a
    table of names and values, which. `changed`: under which condition an update is worth a point.
    """

    name: str
    key: tuple[str, ...]
    numbered: bool = False
    names: tuple[str, ...] = ()
    changed: str = "1"

    def triggers(self) -> Iterator[str]:
        """The statement of each trigger that notes a change, in the transaction that makes it."""
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            key = ", ".join(f"{row}.{column}" for column in self.key)
            when = f"({self.chosen(row + '.')}) AND {self.changed if event == 'UPDATE' else '1'}"
            # Not OR REPLACE: what the outer statement says of conflicts would hold here too.
            name = f"{_TRIGGER}{self.name}_{event.lower()}"
            yield (
                f"CREATE TRIGGER {name} AFTER {event} ON {self.name} WHEN {when}"
                f" BEGIN INSERT INTO handover_change SELECT '{self.name}', json_array({key}) WHERE NOT EXISTS"
                f" (SELECT 1 FROM handover_change WHERE name = '{self.name}' AND key = json_array({key}));"
                " END"
            )

    def chosen(self, prefix: str = "") -> str:
        """The condition that a row is one of those that are handed over."""
        return " OR ".join(f"{prefix}name GLOB '{name}:*'" for name in self.names) or "1"

    def where(self) -> str:
        """The condition that finds a row by its key."""
        return " AND ".join(f"{column} = ?" for column in self.key)


_TRIGGER = "handover_of_"

TABLES = (
    HandedTable("refused_message", ("id",)),
    HandedTable("refusal", ("id",)),
    HandedTable("mark", ("site", "parameter", "made_ms")),
    HandedTable("silence", ("id",), numbered=True),
    HandedTable("episode", ("id",)),
    HandedTable("event", ("id",)),
    HandedTable("expected_site", ("site",)),
    HandedTable("heard", ("site",), changed="NEW.received_ms / 600000 <> OLD.received_ms / 600000"),
    HandedTable("machine", ("rule", "site", "parameter")),
    HandedTable("alert_sample", ("site",)),
    HandedTable("baseline", ("site", "parameter", "statistic")),
    HandedTable("decision", ("episode", "occasion")),
    HandedTable("notification", ("id",)),
    HandedTable("meta", ("name",), names=("planned_for", "channel_spent")),
    HandedTable("review", ("id",), numbered=True),
    HandedTable("approved_change", ("id",), numbered=True),
    HandedTable("day_review", ("id",), numbered=True),
    HandedTable("audit", ("id",), numbered=True),
    HandedTable("late", ("site", "month")),
    HandedTable("recompute", ("site", "day", "cause")),
    HandedTable("request", ("id",), numbered=True),
)
"""In the order in which they are read back."""

BY_NAME: Mapping[str, HandedTable] = MappingProxyType({table.name: table for table in TABLES})


def create_triggers(connection: sqlite3.Connection) -> None:
    """Have every change noted from now on, by whichever process."""
    drop_triggers(connection)
    for table in TABLES:
        for statement in table.triggers():
            connection.execute(statement)


def drop_triggers(connection: sqlite3.Connection) -> None:
    """Have nothing noted any more."""
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, ?) = ?",
        (len(_TRIGGER), _TRIGGER),
    ).fetchall():
        connection.execute(f"DROP TRIGGER {name}")
