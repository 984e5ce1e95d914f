"""What the checks remember of a series from one reading to the next."""

from datetime import datetime

from msgspec import Struct

from ingest.checks.flat_line import Run


class Neighbour(Struct, frozen=True, array_like=True, gc=False):
    """A reading that was not invalid, as far as later ones need it; its flag was `N`."""

    time: datetime
    value: float
    received: datetime
    failed: tuple[str, ...]
    sent: str = ""


class CheckState(Struct, array_like=True):
    """What the checks remember of one series; a few hundred bytes as MessagePack, however long it runs.

    `last` is the latest neighbour, `before` the one before it if it is near enough, `run` what the flat line
    has seen. Encode with `msgspec.msgpack` and decode as this type: nothing is lost. A check that remembers
    more adds a field with a default at the end: states kept before it was there are read without it.
    """

    before: Neighbour | None = None
    last: Neighbour | None = None
    run: Run | None = None
