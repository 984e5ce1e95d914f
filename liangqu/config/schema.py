"""The tables of the settings file: every key, its type and its default."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from msgspec import Struct

from ingest.http.address import HttpAddress, parse_http_address
from liangqu.config.broker_names import parse_host, parse_name, parse_prefix
from liangqu.config.listen_address import parse_listen
from sensors.calendar import SHANGHAI
from sensors.decoding.hj212.tolerances import TOLERATED, switched
from sensors.durations import parse_duration
from sensors.excerpt import excerpt

_SIZE = re.compile(r"([0-9]{1,15})\s*([kMG]?)B?")
_SIZE_UNITS = {"": 1, "k": 1024, "M": 1024**2, "G": 1024**3}
LARGEST_SIZE = "1000000GB"
LARGEST_PAYLOAD = "256MB"  # what MQTT can carry
LONGEST_TEXT = 4096


def parse_size(text: str | int) -> int:
    """`4GB`, `256MB`, `64kB` or a number of bytes; the units are powers of 1024.

    Raises:
        ValueError: it is not one of these, or 0.
    """
    found = _SIZE.fullmatch(str(text).strip())
    size = int(found[1]) * _SIZE_UNITS[found[2]] if found else 0
    if size <= 0:
        raise ValueError(f"{excerpt(text)} is no size such as 256MB")
    return size


def parse_earliest(text: str) -> datetime:
    """A day or moment in UTC; without an offset it is Shanghai's.

    Raises:
        ValueError: it is not a time between 1900 and 2100.
    """
    found = datetime.fromisoformat(text)
    if not _EARLIEST_YEARS[0] <= found.year < _EARLIEST_YEARS[1]:
        raise ValueError(f"{text} is not between {_EARLIEST_YEARS[0]} and {_EARLIEST_YEARS[1]}")
    return (found if found.tzinfo else found.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def parse_base_url(text: str) -> HttpAddress:
    """The address of a service below which paths are added.

    Raises:
        ValueError: it is not valid, or holds a secret; the text does not show it.
    """
    address = parse_http_address(text)
    if address.username or address.password:
        raise ValueError("name and password do not belong here: settings are shared and shown")
    if "?" in address.target:
        raise ValueError("holds a ?: paths are added at its end")
    return address


_EARLIEST_YEARS = 1900, 2100


# Below this, moving SQLite's log into the file (4 MB, and one large transaction) would itself want more room.
LEAST_RESERVE = "16MB"

_Ranges = Mapping[str, Mapping[str, tuple[int | str, int | str]]]  # from and to, both taken
_NUMBERS: _Ranges = {"Mqtt": {"port": (1, 65535), "window": (1, 65535)}}
_DURATIONS: _Ranges = {
    "Mqtt": {"session_expiry": ("1s", "10000d"), "keepalive": ("1s", "65535s")},
    "Ingest": {"max_ahead": ("1s", "10000d")},
    "Influxdb": {"timeout": ("1s", "1h")},
}
_SIZES: _Ranges = {
    "Mqtt": {"max_payload": (1, LARGEST_PAYLOAD)},
    "JournalChoice": {
        "limit": (1, LARGEST_SIZE),
        "quarantine_limit": (1, LARGEST_SIZE),
        "reserve": (LEAST_RESERVE, LARGEST_SIZE),
    },
}
_TEXTS: Mapping[str, Mapping[str, Callable[[str], Any]]] = {
    "Mqtt": {"host": parse_host, "prefix": parse_prefix, "client_id": parse_name, "username": parse_name},
    "Ingest": {"earliest": parse_earliest},
    "Influxdb": {"url": parse_base_url},
    "Http": {
        "listen": lambda text: text and parse_listen(text),
        "public_url": lambda text: text and parse_base_url(text),
    },
}
_NEVER_BLANK = {
    "Mqtt": ("client_id",),
    "Influxdb": ("database",),
    "Sqlite": ("path",),
    "JournalChoice": ("path",),
}


def _checked(key: str, text: Any, parse: Any) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _in_range(value: Any, bounds: tuple[Any, Any], parse: Callable[[Any], Any]) -> None:
    least, most = bounds
    if not parse(least) <= parse(value) <= parse(most):
        raise ValueError(f"{excerpt(value)} is not one of {least} to {most}")


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the settings file; durations and sizes are text. All is checked when it is created."""

    def __post_init__(self) -> None:
        """Refuse what cannot be parsed or lies outside its range."""
        name = type(self).__name__
        ways: Sequence[tuple[_Ranges, Callable[[Any], Any]]] = (
            (_NUMBERS, int), (_DURATIONS, parse_duration), (_SIZES, parse_size),
        )  # fmt: skip
        for table, parse in ways:
            for key, bounds in table.get(name, {}).items():
                _checked(key, getattr(self, key), partial(_in_range, bounds=bounds, parse=parse))
        for key in self.__struct_fields__:
            _checked(key, getattr(self, key), _fit_text)
        for key, read in _TEXTS.get(name, {}).items():
            _checked(key, getattr(self, key), read)
        for key in _NEVER_BLANK.get(name, ()):
            if not getattr(self, key).strip():
                raise ValueError(f"{key}: must not be blank")


def _fit_text(value: Any) -> None:
    """No value is endless, and none holds what no file, broker or database could be called by."""
    for text in value if isinstance(value, tuple) else (value,):
        if isinstance(text, str) and (len(text) > LONGEST_TEXT or "\0" in text):
            raise ValueError(f"{excerpt(text)} is too long, or holds a NUL")


class Mqtt(Section, frozen=True):
    """The broker. `window` is how many unacknowledged messages the broker may send ahead.

    A connection is replaced by a new one when the broker answers no ping for `keepalive`, and after
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
    """Which times are accepted: not before `earliest`, not more than `max_ahead` after the receipt."""

    earliest: str = "2000-01-01"
    max_ahead: str = "5m"


class Hj212(Section, frozen=True):
    """Deviations from HJ 212 to tolerate or refuse, in addition to the defaults of tolerances.toml."""

    tolerate: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a name that is not a tolerance."""
        Section.__post_init__(self)
        self.tolerated()

    def tolerated(self) -> frozenset[str]:
        """The names of all tolerated deviations."""
        return switched(TOLERATED, self.tolerate, self.refuse)


class StoreChoice(Section, frozen=True):
    """Which store keeps the readings."""

    kind: Literal["sqlite", "influxdb"] = "sqlite"


class Influxdb(Section, frozen=True):
    """InfluxDB 1.x (username, password) or 2.x (token, org).

    Writes are compressed unless the server is on this machine (`auto`), `always` or `never`.
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

    def __post_init__(self) -> None:
        """Refuse a token without its organisation."""
        super().__post_init__()
        if (self.token or self.token_file) and not self.org:
            raise ValueError("org: a token is one of InfluxDB 2.x, which wants its organisation too")


class Sqlite(Section, frozen=True):
    """The embedded store's file."""

    path: str = "liangqu.db"


class JournalChoice(Section, frozen=True):
    """The file of all local state; above `limit` nothing more is acknowledged.

    `reserve` is kept free for a full disk; at least 16MB.
    """

    path: str = "journal.db"
    limit: str | int = "4GB"
    quarantine_limit: str | int = "256MB"
    reserve: str | int = "64MB"


class Http(Section, frozen=True):
    """Where health and metrics are served; "" serves none."""

    listen: str = "127.0.0.1:9464"
    public_url: str = ""


class CatalogueFiles(Section, frozen=True):
    """Catalogue files added to what is shipped.

    With `shipped = false` only the parameters are; the sites, zones, rivers and targets are yours alone.
    """

    extra: tuple[str, ...] = ()
    shipped: bool = True


class Alerts(Section, frozen=True):
    """Rules added to the shipped ones, and the age from which events notify nobody."""

    rules: tuple[str, ...] = ()
    page_max_age: str = "6h"
    notify_file: str = ""

    def __post_init__(self) -> None:
        """Durations, or "none" for replays and tests."""
        Section.__post_init__(self)
        if self.page_max_age != "none":
            _checked("page_max_age", self.page_max_age, parse_duration)
