"""How many messages a channel may be given: as its limits say, and also across restarts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec import Struct

from alerts.channels import Limits
from ingest.journal.journal import Journal
from sensors.times import to_ms

LONGEST_PAUSE_S = 300.0


def _wall() -> datetime:
    return datetime.now(UTC)


class _Spent(Struct):
    """When messages were handed over, and until when none may be; epoch milliseconds."""

    posts: list[int] = []
    until: int = 0


class Allowance:
    """What is left of a channel's limits; one thread uses it.

    A message is noted before it goes out, so that no crash makes room for another one. A clock that steps
    back costs at most the span of the limit.

    Args:
        journal: Where it is kept.
        channel: The id of the channel.
        limits: Without rates nothing is noted, and only `pause` holds anything back.
        clock: The time of day; the other side counts by no other.
    """

    def __init__(
        self, journal: Journal, channel: str, limits: Limits, clock: Callable[[], datetime] = _wall
    ) -> None:
        self._journal = journal
        self._name = f"channel_spent:{channel}"
        self._rates = limits.rates
        self._clock = clock
        self._spent = self._load()

    def left(self, *, urgent: bool = False) -> int | None:
        """How many messages may go out now; None is any number. A fifth is kept for what is urgent."""
        now = to_ms(self._clock())
        if 0 < self._spent.until - now <= LONGEST_PAUSE_S * 1000:  # beyond it the clock was another one
            return 0
        if not self._rates:
            return None
        # What the clock says to come was just now, and counts from now on as any other.
        self._spent.posts = [min(post, now) for post in self._spent.posts]
        return max(0, min(self._of(rate, now) - (0 if urgent else rate[0] // 5) for rate in self._rates))

    def take(self, *, urgent: bool = False) -> bool:
        """Note one message; False when none may go out now."""
        if self.left(urgent=urgent) == 0:
            return False
        if self._rates:
            now = to_ms(self._clock())
            longest = max(seconds for _, seconds in self._rates) * 1000
            posts = [post for post in self._spent.posts if now - post < longest]
            self._save(_Spent([*posts, now], self._spent.until))
        return True

    def pause(self, seconds: float) -> None:
        """The other side takes nothing for so long."""
        until = self._clock() + timedelta(seconds=min(seconds, LONGEST_PAUSE_S))
        self._save(_Spent(self._spent.posts, to_ms(until)))

    def _of(self, rate: tuple[int, float], now: int) -> int:
        most, seconds = rate
        return most - sum(1 for post in self._spent.posts if now - post < seconds * 1000)

    def _load(self) -> _Spent:
        row = self._journal.connection().execute("SELECT value FROM meta WHERE name = ?", (self._name,))
        found = row.fetchone()
        return msgspec.json.decode(found[0], type=_Spent) if found else _Spent()

    def _save(self, spent: _Spent) -> None:
        self._spent = spent
        # A few bytes, also on a full disk.
        with self._journal.transaction(frees=True) as connection:
            connection.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (self._name, msgspec.json.encode(spent).decode()),
            )
