"""The tables of the settings file: every key, its type and its default."""

import re
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from sensors.durations import parse_duration
from sensors.hj212.tolerances import TOLERATED, switched

_SIZE = re.compile(r"(\d+)\s*([kMG]?)B?")
_SIZE_UNITS = {"": 1, "k": 1024, "M": 1024**2, "G": 1024**3}


def parse_size(text: str | int) -> int:
    """`4GB`, `256MB`, `64kB` or a number of bytes; the units are powers of 1024.

    Raises:
        ValueError: it is none of these, or 0.
    """
    found = _SIZE.fullmatch(str(text).strip())
    size = int(found[1]) * _SIZE_UNITS[found[2]] if found else 0
    if size <= 0:
        raise ValueError(f"{text!r} is no size such as 256MB")
    return size


# Below this, moving SQLite's log into the file (4 MB, and one large transaction) would itself want more room.
LEAST_RESERVE = "16MB"

_DURATIONS = {"Mqtt": ("session_expiry", "keepalive"), "Ingest": ("max_ahead",), "Influxdb": ("timeout",)}
_SIZES = {"Mqtt": ("max_payload",), "JournalChoice": ("limit", "quarantine_limit", "reserve")}


def _checked(key: str, text: Any, parse: Any) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the settings file; durations and sizes are text, checked when the table is made."""

    def __post_init__(self) -> None:
        """Refuse durations and sizes that cannot be read."""
        for key in _DURATIONS.get(type(self).__name__, ()):
            _checked(key, getattr(self, key), parse_duration)
        for key in _SIZES.get(type(self).__name__, ()):
            _checked(key, getattr(self, key), parse_size)


class Mqtt(Section, frozen=True):
    """The broker. `window` is how many unacknowledged messages the broker may send ahead.

    A connection is given up for a new one when the broker answers no ping for `keepalive`, and after
    `watchdog` without a message: "auto" is three cycles of the fastest site, "none" never.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    protocol: Literal["5", "3.1.1"] = "5"
    client_id: str = "liangqu"
    prefix: str = "liangqu"
    max_payload: str | int = "256kB"
    window: int = 1000
    session_expiry: str = "7d"
    keepalive: str = "60s"
    watchdog: str = "auto"
    username: str = ""
    password: str = ""
    password_file: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    def __post_init__(self) -> None:
        """Refuse a watchdog that is neither a word nor a duration."""
        Section.__post_init__(self)
        if self.watchdog not in {"auto", "none"}:
            _checked("watchdog", self.watchdog, parse_duration)


class Ingest(Section, frozen=True):
    """Which times are believed: not before `earliest`, not more than `max_ahead` after the receipt."""

    earliest: str = "2000-01-01"
    max_ahead: str = "5m"

    def __post_init__(self) -> None:
        """Refuse an unreadable date too."""
        Section.__post_init__(self)
        _checked("earliest", self.earliest, datetime.fromisoformat)


class Hj212(Section, frozen=True):
    """Deviations from HJ 212 to let pass, or not, beside the defaults of sensors/hj212/tolerances.toml."""

    tolerate: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a name that no tolerance has."""
        self.tolerated()

    def tolerated(self) -> frozenset[str]:
        """The names of all that may pass."""
        return switched(TOLERATED, self.tolerate, self.refuse)


class StoreChoice(Section, frozen=True):
    """Which store keeps the readings."""

    kind: Literal["sqlite", "influxdb"] = "sqlite"


class Influxdb(Section, frozen=True):
    """InfluxDB 1.x (username, password) or 2.x (token, org).

    What is written is compressed unless the server is on this machine (`auto`), `always` or `never`.
    """

    url: str = "http://127.0.0.1:8086"
    database: str = "liangqu"
    username: str = ""
    password: str = ""
    password_file: str = ""
    token: str = ""
    token_file: str = ""
    org: str = ""
    timeout: str = "10s"
    compress: Literal["auto", "always", "never"] = "auto"


class Sqlite(Section, frozen=True):
    """The embedded store's file."""

    path: str = "liangqu.db"


class JournalChoice(Section, frozen=True):
    """The file of all local state; above `limit` nothing more is acknowledged.

    `reserve` is kept free beside it, for a full disk; at least 16MB.
    """

    path: str = "journal.db"
    limit: str | int = "4GB"
    quarantine_limit: str | int = "256MB"
    reserve: str | int = "64MB"

    def __post_init__(self) -> None:
        """Refuse a reserve too small to help."""
        super().__post_init__()
        if parse_size(self.reserve) < parse_size(LEAST_RESERVE):
            raise ValueError(f"reserve: {self.reserve!r} does not help a full disk: {LEAST_RESERVE} at least")


class Http(Section, frozen=True):
    """Where health and metrics are served; "" serves none."""

    listen: str = "127.0.0.1:9464"
    public_url: str = ""


class CatalogueFiles(Section, frozen=True):
    """Catalogue files added to what is shipped."""

    extra: tuple[str, ...] = ()


class Alerts(Section, frozen=True):
    """Rules added to what is shipped, and from what age on nobody is woken."""

    rules: tuple[str, ...] = ()
    page_max_age: str = "6h"
    notify_file: str = ""

    def __post_init__(self) -> None:
        """Durations, or "none" for replays and tests."""
        if self.page_max_age != "none":
            _checked("page_max_age", self.page_max_age, parse_duration)
