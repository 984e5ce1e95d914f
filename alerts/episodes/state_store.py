"""The machines' memory in the journal file: states, each section's last sample, baselines."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial

import msgspec
from msgspec import Struct, field

from alerts.episodes.states import State
from alerts.rules.index import WatchId
from sensors.calendar import from_ms, to_ms
from sensors.model import Severity

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode
_ANNOUNCED, _EPISODE = map(State.__struct_fields__.index, ("announced", "episode"))

BaselineId = tuple[str, str, str]  # site, parameter, statistic


class StoredSample(Struct):
    """One water sample as far as it has arrived: its valid `items`, and by rule those that are `worse`.

    `before` are those that the sample before it found. A sample without those says nothing of being over: not
    sent yet, not measured, or in maintenance. `over` is what journals before schema version 9 kept for all.
    """

    time: datetime
    items: dict[str, float] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)
    before: dict[str, set[str]] = field(default_factory=dict)
    worse: dict[str, set[str]] = field(default_factory=dict)

    def is_decisive(self, rule: str) -> bool:
        """Whether every item that was worse than the rule allows has arrived and is valid."""
        return self.before.get(rule, self.over) <= self.items.keys()

    def next(self, time: datetime) -> "StoredSample":
        """The sample after this one."""
        return StoredSample(time, over=set() if self.worse else self.over, before=self.worse)


parse_sample = msgspec.msgpack.Decoder(StoredSample).decode


class StoredState(Struct, frozen=True):
    """One machine with the fingerprint of the rule that it worked under."""

    fingerprint: str
    state: State


def load(connection: sqlite3.Connection) -> dict[WatchId, StoredState]:
    """All machines that remember anything."""
    rows = connection.execute("SELECT rule, site, parameter, fingerprint, state FROM machine")
    return {
        (rule, site, parameter): StoredState(
            fingerprint, parse_state(state, partial(_announced_severity, connection))
        )
        for rule, site, parameter, fingerprint, state in rows
    }


def parse_state(body: bytes, announced: Callable[[str], Severity | None]) -> State:
    """A state; those before schema version 9 say only whether an episode was announced, `announced` what."""
    try:
        return _decode(body)
    except msgspec.ValidationError:
        found = former = msgspec.msgpack.decode(body)
        while former is not None:
            told = former[_ANNOUNCED]
            former[_ANNOUNCED] = announced(former[_EPISODE]) if told else None
            former = former[-1]
        return msgspec.convert(found, State)


def _announced_severity(connection: sqlite3.Connection, episode: str) -> Severity | None:
    """What the register says, of an episode that is over too: the event that ended it may be taken back."""
    row = connection.execute("SELECT announced FROM episode WHERE id = ?", (episode,)).fetchone()
    return None if row is None else row[0]


def find(connection: sqlite3.Connection, key: WatchId) -> State | None:
    """What one machine remembers; None if there is none."""
    row = connection.execute(
        "SELECT state FROM machine WHERE rule = ? AND site = ? AND parameter = ?", key
    ).fetchone()
    return None if row is None else parse_state(row[0], partial(_announced_severity, connection))


def pending_since(connection: sqlite3.Connection, key: WatchId) -> datetime | None:
    """Since when a machine has been waiting for its `for` to pass; None if it is not."""
    state = find(connection, key)
    return state.begun if state is not None and state.phase == "pending" else None


def save(connection: sqlite3.Connection, changed: Mapping[WatchId, StoredState]) -> None:
    """Write the states that a batch has changed."""
    connection.executemany(
        "INSERT INTO machine (rule, site, parameter, fingerprint, state) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT DO UPDATE SET fingerprint = excluded.fingerprint, state = excluded.state",
        [(*key, stored.fingerprint, _encode(stored.state)) for key, stored in changed.items()],
    )


def forget(connection: sqlite3.Connection, keys: Iterable[WatchId]) -> None:
    """Delete the machines of rules that are gone."""
    connection.executemany("DELETE FROM machine WHERE rule = ? AND site = ? AND parameter = ?", list(keys))


def load_samples(connection: sqlite3.Connection) -> dict[str, StoredSample]:
    """The last sample of each section."""
    return {
        site: parse_sample(body) for site, body in connection.execute("SELECT site, body FROM alert_sample")
    }


def save_samples(connection: sqlite3.Connection, samples: Mapping[str, StoredSample]) -> None:
    """Write the samples that a batch has touched."""
    connection.executemany(
        "INSERT OR REPLACE INTO alert_sample (site, body) VALUES (?, ?)",
        [(site, _encode(sample)) for site, sample in samples.items()],
    )


def load_baselines(connection: sqlite3.Connection) -> dict[BaselineId, tuple[datetime, float]]:
    """The last value of each statistic that a rule compares readings with."""
    return {
        (site, parameter, statistic): (from_ms(time), value)
        for site, parameter, statistic, value, time in connection.execute(
            "SELECT site, parameter, statistic, value, time_ms FROM baseline"
        )
    }


def save_baselines(
    connection: sqlite3.Connection, changed: Mapping[BaselineId, tuple[datetime, float]]
) -> None:
    """Write the baselines that a batch has changed."""
    connection.executemany(
        "INSERT OR REPLACE INTO baseline (site, parameter, statistic, value, time_ms) VALUES (?, ?, ?, ?, ?)",
        [(*key, value, to_ms(time)) for key, (time, value) in changed.items()],
    )
