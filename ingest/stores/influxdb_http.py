"""How an InfluxDB is spoken to over HTTP; the only file that knows `influxdb-client`.

The client gives its connection pool, TLS and the Authorization header. Requests go straight to the pool: the
client's own error path reads 1.x answers wrongly and sets up the root logger on the way.
"""

import gzip
import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import msgspec
import urllib3
from influxdb_client import InfluxDBClient
from urllib3.exceptions import HTTPError

from sensors.seams import StoreAway

CONNECT_SECONDS = 5.0
BLOCK = 65_536
WORDS_AT_MOST = 300
COMPRESSION = 1
"""5,000 readings are 540 kB, 21 kB at level 1 in 1 ms, 18 kB at level 6 in 4 ms."""
Compress = Literal["auto", "always", "never"]
"""Whether what is written is compressed; `auto`: unless the server is on this machine, by a loopback address.

There is no line to spare there, and unpacking costs influxd a fifth of all its work. A tunnel that begins
on this machine wants `always`.
"""

WRITTEN = 204
BAD_LINES = {400, 413, 422}
THROTTLED = {429, 503}


class Unacceptable(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The server understood and takes something of the body not; its words."""


class InfluxHTTP:
    """One server and what it takes to be let in; for one thread. Secrets stay out of every text."""

    def __init__(
        self,
        url: str,
        *,
        username: str = "",
        password: str = "",
        token: str = "",
        timeout: float = 30.0,
        compress: Compress = "auto",
    ) -> None:
        """A token is sent as such (2.x), a name and password as Basic (1.x), neither sends nothing.

        Args:
            url: `http://host:port` or https, with a path if a proxy wants one.
            username: name for Basic authentication.
            password: its password.
            token: a 2.x token.
            timeout: seconds to wait for an answer to begin, and for each next piece of it.
            compress: whether what is written is.

        Raises:
            ValueError: the URL is none, or holds a secret; or a secret cannot be sent.
        """
        parts = urlsplit(url)
        if parts.username is not None or parts.password is not None:
            raise ValueError("[influxdb] url: name and password do not belong there")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"[influxdb] url: {url!r} is no http:// or https:// address")
        if not token.isprintable() or not token.isascii():
            raise ValueError("[influxdb] token: it holds signs that cannot be sent")
        self.url = url.rstrip("/")
        secret = f"{username}:{password}" if username else token
        self._client = InfluxDBClient(self.url, secret or None, auth_basic=bool(username))
        self._timeout = urllib3.Timeout(connect=min(timeout, CONNECT_SECONDS), read=timeout)
        self._compresses = compress == "always" or (compress == "auto" and not _is_here(parts.hostname))

    def __repr__(self) -> str:
        return f"InfluxHTTP({self.url!r})"

    def version(self) -> str:
        """What /ping says of itself, such as `1.6.7` or `2.7.1`; "" when it does not say."""
        with self._answer("GET", "/ping", {}) as answer:
            answer.drain_conn()
            return str(answer.headers.get("X-Influxdb-Version", "")).lstrip("v")

    def write(self, database: str, lines: str) -> None:
        """Send lines.

        Raises:
            Unacceptable: one of them is bad; a 1.x server has taken the others, a 2.x server perhaps none.
            StoreAway: nothing is known of what became of them.
        """
        query = {"db": database, "precision": "ms"}
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        body = lines.encode()
        if self._compresses:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, COMPRESSION, mtime=0)
        with self._answer("POST", "/write", query, body, headers) as answer:
            answer.drain_conn()
            if answer.status != WRITTEN:
                raise StoreAway(f"{self.url}/write: {answer.status} is no InfluxDB's answer", kind="broken")

    def query(self, statements: str, database: str, chunk: int) -> Generator[bytes]:
        """The lines of the answer as they arrive, series cut into pieces of `chunk` rows."""
        query = {"db": database, "epoch": "ms", "chunked": "true", "chunk_size": str(chunk)}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        with self._answer("POST", "/query", query, urlencode({"q": statements}).encode(), headers) as answer:
            yield from _lines(answer)

    def json(self, method: str, path: str, query: Mapping[str, str], body: object = None) -> Any:
        """The answer of the 2.x API to a JSON request."""
        content = b"" if body is None else msgspec.json.encode(body)
        with self._answer(method, path, query, content, {"Content-Type": "application/json"}) as answer:
            try:
                return msgspec.json.decode(answer.read())
            except msgspec.DecodeError as error:
                raise StoreAway(f"{self.url}{path}: no JSON in the answer", kind="broken") from error

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    @contextmanager
    def _answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """A good answer, to be read; every other becomes an exception, also while it is read."""
        api = self._client.api_client
        try:
            answer = api.rest_client.pool_manager.request(
                method,
                f"{self.url}{path}{'?' if query else ''}{urlencode(query)}",
                body=body,
                headers={**api.default_headers, **(headers or {})},
                timeout=self._timeout,
                preload_content=False,
                retries=False,
            )
            with closing(answer):
                if not 200 <= answer.status < 300:  # noqa: PLR2004 - HTTP's range of success
                    raise _refusal(f"{self.url}{path}", answer)
                yield answer
                answer.release_conn()
        except HTTPError as error:
            raise StoreAway(f"{self.url}{path}: {type(error).__name__}: {error}") from None


def _is_here(host: str) -> bool:
    """Whether the name or address is this machine's own."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refusal(where: str, answer: urllib3.BaseHTTPResponse) -> Exception:
    said = answer.read(BLOCK)
    if len(said) < BLOCK:
        answer.release_conn()
    words = f"{answer.status} {_words(said)}".strip()
    if answer.status in BAD_LINES:
        return Unacceptable(words)
    if answer.status in THROTTLED:
        return StoreAway(f"{where}: {words}", kind="throttled", retry_after=_seconds(answer.headers))
    if answer.status >= 500:  # noqa: PLR2004 - HTTP's range of the server's own errors
        return StoreAway(f"{where}: {words}", kind="broken", retry_after=_seconds(answer.headers))
    return StoreAway(f"{where}: {words}", kind="refuses")


def _words(body: bytes) -> str:
    """What the server says in its error, as one line: `error` of 1.x, `message` of 2.x, or the text."""
    text = body.decode(errors="replace")
    try:
        said = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = None
    if isinstance(said, dict):
        text = str(said.get("error") or said.get("message") or text)
        text = str(said.get("message") or text) if "code" in said else text
    return " ".join(text.split())[:WORDS_AT_MOST]


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds; a date is measured against the server's own clock."""
    value = headers.get("Retry-After", "")
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (
                parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
            ).total_seconds()
        except (TypeError, ValueError):
            return None
    return max(seconds, 0.0) if math.isfinite(seconds) else None


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest: list[bytes] = []
    for block in answer.stream(BLOCK):
        first, *others = block.split(b"\n")
        rest.append(first)
        for other in others:
            line, rest = b"".join(rest), [other]
            if line.strip():
                yield line
    if line := b"".join(rest).strip():
        yield line
