"""Several servers of one store: each request goes to one that answers."""

from collections.abc import Callable, Generator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from ingest.stores.base import StoreAway
from ingest.stores.influxdb.answers import Denied
from ingest.stores.influxdb.http import InfluxHTTP
from ingest.stores.influxdb.section import InfluxOptions

PASSED_ON = {"away", "broken"}
"""Failures of one server; what one refuses, or has no time for, the others would too."""

T = TypeVar("T")


class InfluxServers:
    """One server or several, asked as one; for one thread.

    The last one that answered is asked first, then each other once, in the order of the settings. A write
    whose outcome is unknown is sent to the next: what is written twice is there once.
    """

    def __init__(self, options: InfluxOptions) -> None:
        """Nothing is sent yet; ValueError as `InfluxHTTP`."""
        urls = options.urls or (options.url,)
        self.is_cluster = bool(options.urls)
        self._servers = [InfluxHTTP(replace(options, url=url)) for url in urls]

    @property
    def url(self) -> str:
        """Of the one that is asked first."""
        return self._servers[0].url

    def version(self) -> str:
        """As `InfluxHTTP.version`."""
        return self._ask(lambda server: server.version())

    def write(self, database: str, lines: str) -> None:
        """As `InfluxHTTP.write`."""
        self._ask(lambda server: server.write(database, lines))

    def query(self, statements: str, database: str, chunk: int) -> Generator[bytes]:
        """As `InfluxHTTP.query`; an answer that breaks off is a StoreAway, as part of it was passed on."""

        def begin(server: InfluxHTTP) -> tuple[bytes | None, Generator[bytes]]:
            lines = server.query(statements, database, chunk)
            return next(lines, None), lines

        first, lines = self._ask(begin)
        try:
            if first is not None:
                yield first
                yield from lines
        finally:
            lines.close()

    def api(
        self, method: str, path: str, query: Mapping[str, str], shape: type[T], body: object = None
    ) -> T | Denied:
        """As `InfluxHTTP.api`."""
        return self._ask(lambda server: server.api(method, path, query, shape, body))

    def redact(self, foreign: str) -> str:
        """As `InfluxHTTP.redact`; all have the same secrets."""
        return self._servers[0].redact(foreign)

    def close(self) -> None:
        """Close all connections."""
        for server in self._servers:
            server.close()

    def _ask(self, ask: Callable[[InfluxHTTP], T]) -> T:
        failures: list[StoreAway] = []
        for server in [*self._servers]:
            try:
                answer = ask(server)
            except StoreAway as away:
                failures.append(away)
                if away.kind not in PASSED_ON:
                    break
            else:
                self._servers.remove(server)
                self._servers.insert(0, server)
                return answer
        last = failures[-1]
        if len(failures) == 1:
            raise last
        words = "; ".join(map(str, failures))
        raise StoreAway(words, kind=last.kind, retry_after=last.retry_after) from None
