"""What a run says of the shard that it serves: the retained message on `<prefix>/service/<shard>`."""

from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from sensors.calendar import SHANGHAI

UNREADABLE = "?"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Claim(Struct, frozen=True):
    """`run` serves the shard on `host` since `since`; it says so again and again, the last time at `said`.

    `gone`: it does no more, as its own stop or the broker says in its name. `run` is of the journal: who
    starts again on the same one is the same.
    """

    run: str
    host: str = "?"
    since: datetime = _EPOCH
    said: datetime = _EPOCH
    gone: bool = False

    def words(self) -> str:
        """Who it is and since when, for people."""
        return f"{self.host} since {self.since.astimezone(SHANGHAI):%Y-%m-%d %H:%M} (run {self.run[:8]})"


_decode = msgspec.json.Decoder(Claim).decode


def to_payload(claim: Claim) -> bytes:
    """As JSON."""
    return msgspec.json.encode(claim)


def parse_claim(payload: bytes) -> Claim | None:
    """The claim in a message; None for an empty one, which stands for nobody.

    What cannot be read was said by somebody whom we do not know: its run is `UNREADABLE`.
    """
    if not payload:
        return None
    try:
        claim = _decode(payload)
    except ValueError:
        return Claim(UNREADABLE)
    times_known = claim.since.tzinfo is not None and claim.said.tzinfo is not None
    return claim if times_known and claim.run else Claim(UNREADABLE)
