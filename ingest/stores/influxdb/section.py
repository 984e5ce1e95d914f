"""What is set of an InfluxDB."""

from collections.abc import Iterator
from typing import ClassVar, Literal

from msgspec import Struct

from ingest.http.address import parse_base_url
from ingest.stores.base import StoreSection
from sensors.durations import parse_duration
from sensors.section import Ranges, Readers

Compress = Literal["auto", "always", "never"]
"""Whether what is written is compressed; `auto`: unless the server is on this machine, by a loopback address.

There is no network to spare there, and unpacking costs influxd a fifth of all its work. For a tunnel that
begins on this machine set `always`.
"""


class InfluxOptions(Struct, frozen=True):
    """A server, or with `urls` those of a cluster, and how it is reached.

    `timeout` in seconds is that of a connection and of each piece read. By `settle` seconds a line of a day
    at rest goes ahead of the others (`AheadWriter`); by 0 none does.

    A token is sent as such (2.x, with `org`), a name and password as Basic (1.x), neither sends nothing.
    """

    url: str
    database: str = "liangqu"
    username: str = ""
    password: str = ""
    token: str = ""
    org: str = ""
    timeout: float = 30.0
    compress: Compress = "auto"
    urls: tuple[str, ...] = ()
    settle: float = 0.5

    def __repr__(self) -> str:
        """Where it is, without a secret."""
        return f"InfluxOptions({self.url!r}, {self.database!r})"


class Influxdb(StoreSection, frozen=True):
    """InfluxDB 1.x (username, password) or 2.x (token, org)."""

    is_server = True
    durations: ClassVar[Ranges] = {"timeout": ("1s", "1h")}
    texts: ClassVar[Readers] = {"url": parse_base_url}
    never_blank = ("database",)
    paths = ("password_file", "token_file")

    url: str = "http://127.0.0.1:8086"
    urls: tuple[str, ...] = ()
    database: str = "liangqu"
    username: str = ""
    password: str = ""
    password_file: str = ""
    token: str = ""
    token_file: str = ""
    org: str = ""
    timeout: str = "10s"
    compress: Compress = "auto"

    def flaws(self) -> Iterator[tuple[str, str]]:
        """As of every section; an address of a cluster that is none; a token without its organisation."""
        yield from super().flaws()
        for url in self.urls:
            try:
                parse_base_url(url)
            except ValueError as error:
                yield "urls", str(error)
        if (self.token or self.token_file) and not self.org:
            yield "org", "a token is one of InfluxDB 2.x, which wants its organisation too"

    @property
    def options(self) -> InfluxOptions:
        """As the store takes them."""
        timeout = parse_duration(self.timeout).total_seconds()
        access = self.username, self.password, self.token, self.org
        url = self.urls[0] if self.urls else self.url
        return InfluxOptions(url, self.database, *access, timeout, self.compress, self.urls)

    @property
    def location(self) -> str:
        """The server's address, or those of a cluster."""
        return ", ".join(self.urls) or self.url
