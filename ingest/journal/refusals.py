"""What was refused lately, by reason and sender: of what is in the quarantine."""

import sqlite3
from datetime import datetime

from msgspec import Struct

from sensors.calendar import EpochMs, to_ms
from sensors.model import RefusalReason


class NewRefusals(Struct, frozen=True):
    """What was refused of a sender for a reason: how many items, the newest's number and detail."""

    reason: str
    site: str
    items: int
    last: int
    detail: str


def last_id(connection: sqlite3.Connection) -> int:
    """The newest item's number; 0 if there is none."""
    return int(connection.execute("SELECT ifnull(max(id), 0) FROM refusal").fetchone()[0])


def new_refusals(connection: sqlite3.Connection, after: int) -> list[NewRefusals]:
    """What was refused since the item with this number, by reason and site, what came last last."""
    rows = connection.execute(
        # In SQLite the detail is that of the row with the largest number. Asked each second: by number, since
        # the index of reasons, which would spare it the grouping, has every row there is.
        "SELECT r.reason, m.site, count(*), max(r.id), r.detail FROM refusal r NOT INDEXED"
        " JOIN refused_message m ON m.id = r.message WHERE r.id > ? GROUP BY 1, 2 ORDER BY max(r.id)",
        (after,),
    )
    return [NewRefusals(*row) for row in rows]


def first_received(connection: sqlite3.Connection, reason: RefusalReason) -> dict[str, EpochMs]:
    """By sender, when the first message was received of which an item was refused for a reason."""
    rows = connection.execute(
        "SELECT m.site, min(m.received_ms) FROM refusal r JOIN refused_message m ON m.id = r.message"
        " WHERE r.reason = ? GROUP BY 1",
        (reason,),
    )
    return dict(rows.fetchall())


def count_since(connection: sqlite3.Connection, when: datetime) -> dict[str, tuple[int, EpochMs]]:
    """What is there and came since then: items and the newest receipt by reason, most items first."""
    rows = connection.execute(
        # CROSS JOIN: SQLite looks for the messages of that time first.
        "SELECT r.reason, count(*) AS n, max(m.received_ms) FROM refused_message m CROSS JOIN refusal r"
        " ON r.message = m.id WHERE m.received_ms >= ? GROUP BY 1 ORDER BY n DESC, 1",
        (to_ms(when),),
    )
    return {reason: (items, newest) for reason, items, newest in rows}
