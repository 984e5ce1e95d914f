"""A store, as everything above sees it; one suite of tests for all of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Literal, Protocol, get_args, runtime_checkable

from msgspec import Struct

from ingest.journal.entries import QueuedEntry
from sensors.model import Key, Kind, Point, StatisticName
from sensors.section import Section

if TYPE_CHECKING:
    from pandas import DataFrame


StoreFailure = Literal["away", "throttled", "refuses", "broken"]
STORE_ERRORS = (*get_args(StoreFailure), "rejected")
"""What is counted of a store: how it failed, and points that it rejected."""


class StoredValue(Struct, frozen=True):
    """What the store holds under a key: the value, its device flag, the checks' result, what was sent."""

    value: float
    flag: str
    failed: str
    validity: str
    sent: str = ""


class StoreAway(Exception):  # noqa: N818 - named for what happened
    """The store accepted nothing and may do so later; `kind` names the cause for the metrics.

    `retry_after` is in seconds, None where the store did not say. `kind` is `away`, `throttled`, `refuses`
    (its answer was 401, 403 or 404: somebody has to change something) or `broken`.
    """

    def __init__(self, detail: str, *, kind: StoreFailure = "away", retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.kind = kind
        self.retry_after = retry_after


class FormerLayoutError(StoreAway):
    """The store was written by a former build in another layout; there is no converter."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"{where}: its readings are in the layout of an earlier liangqu, a point a reading. What to do:"
            " run liangqu export all with the build that wrote them, name another [influxdb] database, then"
            " run liangqu import",
            kind="refuses",
        )


class Rejected(Exception):  # noqa: N818 - named for what happened
    """The store has accepted the batch except for `lines`: their index in it and the store's own words."""

    def __init__(self, lines: Sequence[tuple[int, str]]) -> None:
        super().__init__(f"{len(lines)} lines rejected, the first: {lines[0][1]}")
        self.lines = tuple(lines)


class StoreSection(Section, frozen=True):
    """A store's own table of the settings.

    Attributes:
        is_server: Whether it may be asked over a network, as `check --connect` does.
    """

    is_server: ClassVar[bool] = False

    @property
    def location(self) -> str:
        """Where it is, as `check` shows it; no secret."""
        raise NotImplementedError


@runtime_checkable
class StoreOnServers(Protocol):
    """A store whose servers may be set up so that something goes unnoticed."""

    def doubts(self) -> Sequence[str]:
        """What would hide that data are missing, in words; asks a server, changes nothing."""
        ...


class Store(Protocol):
    """Where readings and everything derived from them are kept; see ingest/stores/README.md.

    Every method raises StoreAway when the store does not answer. Times in frames are UTC.
    """

    def prepare(self) -> None:
        """Create the database if it is missing and may be created."""
        ...

    def check_layout(self) -> None:
        """Raise FormerLayoutError if it is of a former build, in which nothing would be found; no change."""
        ...

    def verify(self) -> None:
        """Raise if it is no longer the one that was written; costs next to nothing, asks no server."""
        ...

    def write(self, lines: Sequence[Point]) -> None:
        """Write all of them, any number of times with the same result; raises Rejected for the bad ones."""
        ...

    def write_entries(self, entries: Sequence[QueuedEntry]) -> None:
        """As `write`, reconciled entries; an index of Rejected is that after `to_single_entries`."""
        ...

    def refuses_all(self, words: str) -> bool:
        """Whether a line rejected with these words was so for its measurement or field, not for itself."""
        ...

    def stored(self, keys: Sequence[Key]) -> dict[Key, StoredValue]:
        """What is stored under these keys; a key without a value is absent."""
        ...

    def latest(self) -> dict[tuple[str, str, str], datetime]:
        """The newest time of each (site, parameter, kind)."""
        ...

    def readings(
        self, site: str, parameter: str, start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "DataFrame":
        """`value flag failed validity sent` by time, `start <= time < end`, oldest first."""
        ...

    def readings_by_parameter(
        self, site: str, parameters: Sequence[str], start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> Iterator[tuple[str, "DataFrame"]]:
        """As `readings`, of each of these parameters in turn; in one pass where that is quicker."""
        ...

    def values_by_parameter(
        self, site: str, parameters: Sequence[str], start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> Iterator[tuple[str, "DataFrame"]]:
        """As `readings_by_parameter`, `value counts sent` alone; `counts` where `validity` is `valid`."""
        ...

    def statistics(
        self, site: str, parameter: str, name: StatisticName, start: datetime, end: datetime
    ) -> "DataFrame":
        """`value n expected valid closed limit target` by stamp, `start <= stamp < end`, oldest first."""
        ...

    def statistics_by_parameter(
        self, site: str, parameters: Sequence[str], name: StatisticName, start: datetime, end: datetime
    ) -> Iterator[tuple[str, "DataFrame"]]:
        """As `statistics`, of each of these parameters in turn; in one pass where that is quicker."""
        ...

    def points(
        self, measurement: str, start: datetime, end: datetime, tags: Mapping[str, str] | None = None
    ) -> "DataFrame":
        """Any measurement: a column each tag and field, by time; `tags` narrows."""
        ...

    def close(self) -> None:
        """Release connections and files."""
        ...
