"""The tables of the settings file: every key, its type and its default."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Literal

from ingest.http.address import parse_base_url
from ingest.journal.review.steps import ReviewLevels
from ingest.stores.registry import STORES
from liangqu.config.listen_address import parse_listen
from sensors.calendar import SHANGHAI
from sensors.decoding.hj212.tolerances import TOLERATED, switch_tolerances
from sensors.durations import parse_limit
from sensors.excerpt import excerpt
from sensors.section import Ranges, Readers, Section

LONGEST_LINE = 100
LARGEST_SIZE = "1000000GB"


def parse_earliest(text: str) -> datetime:
    """A day or moment in UTC; without an offset it is Shanghai's.

    Raises:
        ValueError: it is not a time between 1900 and 2100.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{excerpt(text)} is not a day or moment such as 2000-01-01") from None
    if not _EARLIEST_YEARS[0] <= found.year < _EARLIEST_YEARS[1]:
        raise ValueError(f"{text} is not between {_EARLIEST_YEARS[0]} and {_EARLIEST_YEARS[1]}")
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)


_EARLIEST_YEARS = 1900, 2100


def parse_line(text: str) -> str:
    """What stands on one line of a report.

    Raises:
        ValueError: it is too long for that, or holds a line break or a character that is not seen.
    """
    if len(text) > LONGEST_LINE or not text.isprintable():
        raise ValueError(f"{excerpt(text)} is not one line of at most {LONGEST_LINE} printable characters")
    return text


# Below this, moving SQLite's log into the file (4 MB, and one large transaction) would itself want more room.
LEAST_RESERVE = "16MB"


class Ingest(Section, frozen=True):
    """Which times are accepted: from `earliest` on, `max_age` before the receipt to `max_ahead` after it.

    A `max_age` of "none" is for replays of the past.
    """

    durations: ClassVar[Ranges] = {"max_ahead": ("1s", "10000d")}
    texts: ClassVar[Readers] = {"earliest": parse_earliest, "max_age": parse_limit}

    earliest: str = "2000-01-01"
    max_age: str = "60d"
    max_ahead: str = "5m"


class Hj212(Section, frozen=True):
    """Deviations from HJ 212 to tolerate or refuse, in addition to the defaults of tolerances.toml."""

    tolerate: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()

    def flaws(self) -> Iterator[tuple[str, str]]:
        """As of every section; and a name that is not a tolerance."""
        yield from super().flaws()
        for key, names in (("tolerate", self.tolerate), ("refuse", self.refuse)):
            try:
                switch_tolerances(TOLERATED, names, ())
            except ValueError as error:
                yield key, str(error)

    def tolerated(self) -> frozenset[str]:
        """The names of all tolerated deviations."""
        return switch_tolerances(TOLERATED, self.tolerate, self.refuse)


if TYPE_CHECKING:
    StoreName = str
else:
    StoreName = Literal[tuple(STORES)]


class StoreChoice(Section, frozen=True):
    """Which store keeps the readings."""

    kind: StoreName = "sqlite"


class JournalChoice(Section, frozen=True):
    """The file of all local state; above `limit` nothing more is acknowledged.

    `reserve` is kept free for a full disk; at least 16MB. `acknowledge` says when the broker is told: once a
    message is synced here, or once all that came of it is in the store.
    """

    sizes: ClassVar[Ranges] = {
        "limit": (1, LARGEST_SIZE),
        "quarantine_limit": (1, LARGEST_SIZE),
        "reserve": (LEAST_RESERVE, LARGEST_SIZE),
    }
    never_blank = ("path",)
    paths = ("path",)

    path: str = "journal.db"
    limit: str | int = "4GB"
    quarantine_limit: str | int = "256MB"
    reserve: str | int = "64MB"
    acknowledge: Literal["journal", "stored"] = "journal"


class Http(Section, frozen=True):
    """Where health and metrics are served; "" serves none.

    `link_secret_file` holds what links in messages are signed by, the same on every machine that takes over.
    """

    texts: ClassVar[Readers] = {
        "listen": lambda text: text and parse_listen(text),
        "public_url": lambda text: text and parse_base_url(text),
    }
    paths = ("link_secret_file",)

    listen: str = "127.0.0.1:9464"
    public_url: str = ""
    link_secret_file: str = ""


class CatalogueFiles(Section, frozen=True):
    """Catalogue files added to what is shipped.

    With `shipped = false` only the parameters are; the sites, zones, rivers and targets are yours alone.
    """

    paths = ("extra",)

    extra: tuple[str, ...] = ()
    shipped: bool = True


class StationAccounts(Section, frozen=True):
    """Files of the broker that `liangqu station` keeps: mosquitto's password_file, acl_file and pid_file.

    "" leaves that one to you. `passwords` and `access` must be there; by `pid_file` a running broker is told.
    """

    paths = ("passwords", "access", "pid_file")

    passwords: str = ""
    access: str = ""
    pid_file: str = ""


class Alerts(Section, frozen=True):
    """Rules added to the shipped ones, and the age from which events notify nobody; "none" for replays.

    `board_url` is Grafana's address, for a link in each message; "" for none.
    """

    texts: ClassVar[Readers] = {
        "page_max_age": parse_limit,
        "board_url": lambda text: text and parse_base_url(text),
    }
    paths = ("rules", "notify_file")

    rules: tuple[str, ...] = ()
    page_max_age: str = "6h"
    notify_file: str = ""
    board_url: str = ""


class ReviewRule(Section, frozen=True):
    """How many levels approve a report or a day, after whoever submits it; at least two people in all.

    `station`, `city` and `province` name who approves at the first, second and third level; nobody: anybody.
    """

    numbers: ClassVar[Ranges] = {"levels": (1, 3)}

    levels: int = 2
    station: tuple[str, ...] = ()
    city: tuple[str, ...] = ()
    province: tuple[str, ...] = ()

    @property
    def rule(self) -> ReviewLevels:
        """As a review asks for it."""
        return ReviewLevels(self.levels, (self.station, self.city, self.province))


class ReportHead(Section, frozen=True):
    """Head of a monthly report and its lines for signatures; "" leaves a line to be filled in.

    `title` takes the place of the report's own title, in every language. `drinking_water` is a file: its
    table of sources is part of every report. `folder` is where reports stand; "" is `reports` in the working
    directory.
    """

    texts: ClassVar[Readers] = dict.fromkeys(
        ("organisation", "title", "prepared_by", "reviewed_by", "issued_by"), parse_line
    )
    paths = ("drinking_water", "folder")

    organisation: str = ""
    title: str = ""
    prepared_by: str = ""
    reviewed_by: str = ""
    issued_by: str = ""
    drinking_water: str = ""
    folder: str = ""
