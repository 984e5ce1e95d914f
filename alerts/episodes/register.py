"""The register: every episode with begin, end, peak, mean, acknowledgement and reason."""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from alerts.episodes.states import ChangeReason, State
from alerts.notify.event import AlertEvent
from alerts.rules.definition import Category
from alerts.rules.index import WatchId
from sensors.calendar import EpochMs, from_ms, to_ms
from sensors.model import Severity, WatchedStatistic
from sensors.standards.statistics import CLOCKED

parse_event = msgspec.json.Decoder(AlertEvent).decode
_CLOCKED = f"statistic IN {CLOCKED}"
_POINTS = 120  # a curve is kept whole up to here, then ever more sparsely


class Episode(Struct, frozen=True):
    """One row; times are aware, UTC. `limit` is the one it was last compared with.

    `severity` follows from its values, `announced` is what was announced of current ones (None: nothing).
    `decided` is when a value showed that it was over. `event_id` is the event that it belongs to, "" if none.
    """

    id: str
    rule: str
    site: str
    parameter: str
    statistic: WatchedStatistic
    category: Category
    severity: Severity
    begun: datetime
    ended: datetime | None
    reason: ChangeReason
    peak: float
    peak_at: datetime
    mean: float
    n: int
    limit: float
    unit: str
    historical: bool
    acked_by: str
    acked_at: datetime | None
    note: str
    event: AlertEvent
    announced: Severity | None
    decided: datetime | None
    event_id: str

    @property
    def key(self) -> WatchId:
        """The key of its machine."""
        return self.rule, self.site, self.parameter

    def hours(self, now: datetime) -> float:
        """How long it lasted, or has lasted until `now`."""
        return ((self.ended or now) - self.begun).total_seconds() / 3600


_TIMES = ("begun", "ended", "peak_at", "acked_at", "decided")
_COLUMN_OF = {name: f"{name}_ms" for name in _TIMES} | {
    "limit": "bound",
    "event": "document",
    "event_id": "event",
}
_COLUMNS = ", ".join(_COLUMN_OF.get(name, name) for name in Episode.__struct_fields__)


def write(
    connection: sqlite3.Connection, event: AlertEvent, state: State, ended: datetime | None, stamp: EpochMs
) -> EpochMs:
    """Write an episode after a change; returns the stamp for its point, above any former one."""
    begun, over = state.begun or event.since, to_ms(event.time) if ended else None
    row = connection.execute("SELECT stamp_ms FROM episode WHERE id = ?", (event.episode,)).fetchone()
    free, kept = (stamp, stamp) if row is None else (max(stamp, row[0] + 1),) * 2
    if event.state == "acknowledged" and row is not None:
        free, kept = stamp, row[0]  # by the clock: it affects no event
    connection.execute(
        "INSERT INTO episode (id, rule, site, parameter, statistic, category, severity, begun_ms, ended_ms,"
        " reason, peak, peak_at_ms, mean, n, bound, unit, historical, announced, decided_ms, stamp_ms,"
        " document)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, ended_ms = excluded.ended_ms,"
        " reason = excluded.reason, peak = excluded.peak, peak_at_ms = excluded.peak_at_ms,"
        " mean = excluded.mean, n = excluded.n, bound = excluded.bound, announced = excluded.announced,"
        " historical = min(historical, excluded.historical), decided_ms = excluded.decided_ms,"
        " stamp_ms = excluded.stamp_ms, document = excluded.document",
        (
            event.episode, event.rule, event.site, event.parameter, event.statistic,
            event.category, state.severity, to_ms(begun), to_ms(ended) if ended else None,
            event.reason, state.peak, to_ms(state.peak_at or begun), state.total / max(state.n, 1),
            state.n, state.limit, event.unit, state.announced is None, state.announced, over, kept,
            msgspec.json.encode(event).decode(),
        ),
    )  # fmt: skip
    return free


def update_figures(connection: sqlite3.Connection, states: Sequence[State]) -> None:
    """Update the figures of open episodes from their machines."""
    connection.executemany(
        "UPDATE episode SET peak = ?, peak_at_ms = ?, mean = ?, n = ?, bound = ? WHERE id = ?",
        [
            (s.peak, to_ms(s.peak_at or s.begun), s.total / max(s.n, 1), s.n, s.limit, s.episode)
            for s in states
            if s.begun is not None
        ],
    )


def extend_curves(connection: sqlite3.Connection, states: Sequence[State]) -> None:
    """Add one point to each episode's curve: every value of a short one, ever fewer of a long one."""
    connection.executemany(
        "INSERT OR REPLACE INTO curve (episode, time_ms, value) VALUES (?, ?, ?)",
        [
            (s.episode, to_ms(s.latest), s.value)
            for s in states
            if s.latest is not None
            and s.value is not None
            and s.n % (1 << (s.n // _POINTS).bit_length()) == 0
        ],
    )


def correct(
    connection: sqlite3.Connection,
    episode: str,
    state: State,
    ended: datetime | None = None,
    decided: datetime | None = None,
) -> None:
    """Set an episode's figures to those of the replay; one that is still open stays open."""
    begun = to_ms(state.begun) if state.begun is not None else 0
    connection.execute(
        "UPDATE episode SET severity = ?, begun_ms = ?, ended_ms = ?, peak = ?, peak_at_ms = ?, mean = ?,"
        " n = ?, bound = ?, decided_ms = ? WHERE id = ?",
        (
            state.severity, begun, to_ms(ended) if ended else None, state.peak,
            to_ms(state.peak_at) if state.peak_at else begun,
            state.total / max(state.n, 1), state.n, state.limit, to_ms(decided) if decided else None, episode,
        ),
    )  # fmt: skip


def invalidate(connection: sqlite3.Connection, episode: str) -> None:
    """Mark an episode as invalidated, as it has lost its basis; it stays in the register."""
    connection.execute("UPDATE episode SET reason = 'invalidated' WHERE id = ?", (episode,))


def overlapping(
    connection: sqlite3.Connection, key: WatchId, start: datetime, end: datetime | None = None
) -> list[Episode]:
    """A machine's episodes that overlap `start` until before `end`, oldest first; none invalidated.

    Without an end, those that last at `start`. An episode lasts until a value has shown that it is over.
    """
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM episode WHERE rule = ? AND site = ? AND parameter = ? AND begun_ms < ?"
        " AND coalesce(decided_ms, ended_ms, 9e18) > ? AND reason <> 'invalidated' ORDER BY begun_ms, id",
        (*key, to_ms(start if end is None else end), to_ms(start)),
    )
    return [_episode(row) for row in rows]


def replay_start(connection: sqlite3.Connection, key: WatchId, start: datetime) -> datetime:
    """From where a replay from `start` needs values: when what lasted at `start` began."""
    while found := overlapping(connection, key, start):
        start = min(episode.begun for episode in found)
    return start


def mark_acknowledged(
    connection: sqlite3.Connection, episode: str, by: str, note: str, now: datetime
) -> None:
    """Record who acknowledged it."""
    connection.execute(
        "UPDATE episode SET acked_by = ?, acked_at_ms = ?, note = ? WHERE id = ?",
        (by, to_ms(now), note, episode),
    )


def clear_acknowledgement(connection: sqlite3.Connection, episode: str) -> None:
    """Remove the acknowledgement of an episode that has become more severe."""
    connection.execute("UPDATE episode SET acked_by = '', acked_at_ms = NULL WHERE id = ?", (episode,))


def cap_times(connection: sqlite3.Connection, now: datetime) -> int:
    """Move to `now` the begins of watchdogs' episodes that a clock that was ahead wrote."""
    own = f"UPDATE episode SET begun_ms = ?1 WHERE ended_ms IS NULL AND begun_ms > ?1 AND {_CLOCKED}"
    return connection.execute(own, (to_ms(now),)).rowcount


def shift_times(connection: sqlite3.Connection, by: timedelta) -> None:
    """Shift the begins of watchdogs' episodes by a change of the clock."""
    connection.execute(
        f"UPDATE episode SET begun_ms = begun_ms + ?1 WHERE ended_ms IS NULL AND {_CLOCKED}",
        (by // timedelta(milliseconds=1),),
    )


def find(connection: sqlite3.Connection, id_: str) -> Episode | None:
    """The episode with this id, or whose id is the only one with this prefix."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM episode WHERE id >= ? AND id < ? LIMIT 2", (id_, id_ + "g")
    ).fetchall()
    return _episode(rows[0]) if len(rows) == 1 else None


def open_episodes(connection: sqlite3.Connection) -> list[Episode]:
    """All open episodes, oldest first."""
    query = f"SELECT {_COLUMNS} FROM episode WHERE ended_ms IS NULL ORDER BY begun_ms, id"
    return [_episode(row) for row in connection.execute(query)]


def open_keys(connection: sqlite3.Connection) -> set[WatchId]:
    """The machines that have an open episode."""
    rows = connection.execute("SELECT rule, site, parameter FROM episode WHERE ended_ms IS NULL")
    return {(rule, site, parameter) for rule, site, parameter in rows}


def of_event(connection: sqlite3.Connection, event: str, *, is_open: bool = False) -> list[Episode]:
    """The episodes of an event, oldest first; if `is_open`, those that are."""
    still = "AND ended_ms IS NULL" if is_open else ""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM episode WHERE event = ? AND event <> '' {still} ORDER BY begun_ms, id",
        (event,),
    )
    return [_episode(row) for row in rows]


def history(
    connection: sqlite3.Connection,
    start: datetime | None = None,
    end: datetime | None = None,
    *,
    site: str | None = None,
    rule: str | None = None,
) -> Iterator[Episode]:
    """Episodes that began in `start` until before `end`, oldest first."""
    terms, values = ["1"], list[Any]()
    for term, value in (
        ("begun_ms >= ?", to_ms(start) if start else None),
        ("begun_ms < ?", to_ms(end) if end else None),
        ("site = ?", site),
        ("rule = ?", rule),
    ):
        if value is not None:
            terms.append(term)
            values.append(value)
    query = f"SELECT {_COLUMNS} FROM episode WHERE {' AND '.join(terms)} ORDER BY begun_ms, id"
    yield from (_episode(row) for row in connection.execute(query, values))


def curve(connection: sqlite3.Connection, episode: str) -> list[tuple[datetime, float]]:
    """The values of an episode, oldest first; a sample of those of a long one."""
    rows = connection.execute(
        "SELECT time_ms, value FROM curve WHERE episode = ? ORDER BY time_ms", (episode,)
    )
    return [(from_ms(time), value) for time, value in rows]


def _episode(row: Sequence[Any]) -> Episode:
    fields = dict(zip(Episode.__struct_fields__, row, strict=True))
    for name in _TIMES:
        fields[name] = None if fields[name] is None else from_ms(fields[name])
    event, historical = parse_event(fields.pop("event")), bool(fields.pop("historical"))
    return Episode(**fields, event=event, historical=historical)
