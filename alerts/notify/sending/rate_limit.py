"""How many messages a channel may be given: by its limits, and across restarts."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from alerts.notify.channels import Limits
from ingest.journal.file import Journal
from sensors.calendar import EpochMs, to_ms

LONGEST_PAUSE_S = 300.0


def _now() -> datetime:
    return datetime.now(UTC)


class _Usage(Struct):
    """When messages were sent, and until when none may be."""

    posts: list[EpochMs] = []
    until: EpochMs = EpochMs(0)


class RateLimiter:
    """Keeps one service's limits; channels to the same service share a limiter by its name.

    A message is recorded before it is sent, so that no crash makes room for another one. A clock that steps
    back costs at most the span of the limit.

    Args:
        journal: Where it is kept.
        name: Of the service.
        limits: Without rates nothing is recorded, and only `pause` holds anything back.
        clock: The time of day, as the service counts by it too.
    """

    def __init__(
        self, journal: Journal, name: str, limits: Limits, clock: Callable[[], datetime] = _now
    ) -> None:
        self._journal = journal
        self._name = f"channel_spent:{name}"
        self._rates = limits.rates
        self._clock = clock

    def remaining(self, *, urgent: bool = False) -> int | None:
        """How many messages may be sent now; None is any number. A fifth is reserved for urgent ones."""
        usage, now = self._usage(self._journal.connection()), to_ms(self._clock())
        if usage.posts and usage.posts[-1] > now:  # the clock was set back: they were just now, for good
            with self._journal.transaction(frees=True) as connection:
                usage = self._usage(connection)
                self._save(connection, _Usage([min(post, now) for post in usage.posts], usage.until))
        return self._remaining(usage, now, urgent=urgent)

    def acquire(self, *, urgent: bool = False) -> bool:
        """Record one message; False if none may be sent now."""
        if not self._rates:
            return self.remaining(urgent=urgent) != 0
        with self._journal.transaction(frees=True) as connection:  # a few bytes, also on a full disk
            usage, now = self._usage(connection), to_ms(self._clock())
            if self._remaining(usage, now, urgent=urgent) == 0:
                return False
            longest = max(seconds for _, seconds in self._rates) * 1000
            posts = [min(post, now) for post in usage.posts if now - post < longest]
            self._save(connection, _Usage([*posts, now], usage.until))
        return True

    def pause(self, seconds: float) -> None:
        """Send nothing for this long, as the service accepts nothing."""
        until = self._clock() + timedelta(seconds=min(seconds, LONGEST_PAUSE_S))
        with self._journal.transaction(frees=True) as connection:
            self._save(connection, _Usage(self._usage(connection).posts, to_ms(until)))

    def _remaining(self, usage: _Usage, now: EpochMs, *, urgent: bool) -> int | None:
        if 0 < usage.until - now <= LONGEST_PAUSE_S * 1000:  # beyond it the clock was another one
            return 0
        if not self._rates:
            return None
        return max(0, min(_free(usage, now, *rate) - (0 if urgent else rate[0] // 5) for rate in self._rates))

    def _usage(self, connection: sqlite3.Connection) -> _Usage:
        row = connection.execute("SELECT value FROM meta WHERE name = ?", (self._name,)).fetchone()
        return msgspec.json.decode(row[0], type=_Usage) if row else _Usage()

    def _save(self, connection: sqlite3.Connection, usage: _Usage) -> None:
        connection.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (self._name, msgspec.json.encode(usage).decode()),
        )


def _free(usage: _Usage, now: EpochMs, most: int, seconds: float) -> int:
    return most - sum(1 for post in usage.posts if now - post < seconds * 1000)
