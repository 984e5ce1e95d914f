"""InfluxDB's HTTP API and what each answer means; the only file that knows `influxdb-client`.

The client gives its connection pool, TLS and the Authorization header. Requests go straight to the pool: the
client's own error path reads 1.x answers wrongly and sets up the root logger on the way. Whatever a server
answers ends as what was asked for, `LinesRefused`, `RequestTooLarge` or `StoreAway`.
"""

import gzip
import sys
from base64 import b64encode
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPException
from typing import TypeVar, cast
from urllib.parse import urlencode

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from ingest.http import deadline
from ingest.http.address import is_loopback, parse_base_url
from ingest.http.failures import describe_failure
from ingest.stores.base import StoreAway, StoreFailure
from ingest.stores.influxdb.answers import Denied, blames_lines, error_of, lines_of, pause_of
from ingest.stores.influxdb.section import InfluxOptions
from sensors.decoding.json_text import parse_json
from sensors.excerpt import escaped
from sensors.model import Refused

# The client takes numpy along where it finds it, for points that nobody here makes: 11 MB in each process.
# A module that is None is not found (Python's reference, 5.3.1).
_modules = cast("dict[str, object]", sys.modules)
_numpy = _modules.setdefault("numpy", None)
try:
    from influxdb_client import InfluxDBClient
finally:
    if _numpy is None:
        del _modules["numpy"]

CONNECT_SECONDS = 5.0
BLOCK = 65_536
WORDS_AT_MOST = 300
SHORTEST_SECRET = 4  # replacing a shorter one would garble ordinary words
COMPRESSION = 1
"""5,000 readings are 540 kB, 21 kB at level 1 in 1 ms, 18 kB at level 6 in 4 ms."""

WRITTEN = 204
TOO_LARGE = 413
BAD_LINES = {400, 422}
"""A request that is wrong; of one to write, perhaps some of its lines."""
THROTTLED = {429, 503}

T = TypeVar("T")


class LinesRefused(Exception):  # noqa: N818 - an answer, not a fault of the program
    """The server is an InfluxDB and does not keep some of the lines; its words. 1.x has taken the others."""


class RequestTooLarge(Exception):  # noqa: N818 - same
    """More lines at once than somebody on the way takes; `by_influxdb` whether it was the server itself."""

    def __init__(self, words: str, *, by_influxdb: bool) -> None:
        super().__init__(words)
        self.by_influxdb = by_influxdb


class InfluxHTTP:
    """One server and our credentials for it; for one thread. Secrets stay out of every text."""

    def __init__(self, options: InfluxOptions) -> None:
        """Nothing is sent yet.

        Raises:
            ValueError: the URL is not valid, or holds a secret; or a secret cannot be sent.
        """
        try:
            address = parse_base_url(options.url)
        except ValueError as error:
            raise ValueError(f"[influxdb] url: {error}") from None
        username, password, token = options.username, options.password, options.token
        if not token.isprintable() or not token.isascii():
            raise ValueError("[influxdb] token: it holds characters that cannot be sent")
        self.url = f"{address.scheme}://{address.authority}{address.target.rstrip('/')}"
        login = f"{username}:{password}" if username else token
        self._client = InfluxDBClient(self.url, login or None, auth_basic=bool(username))
        self._pool = deadline.bound_responses(self._client.api_client.rest_client.pool_manager)
        self._timeout = urllib3.Timeout(connect=min(options.timeout, CONNECT_SECONDS), read=options.timeout)
        is_remote = not is_loopback(address.host)
        self._compresses = options.compress == "always" or (options.compress == "auto" and is_remote)
        secrets = (b64encode(login.encode()).decode(), password, token)
        self._secrets = [secret for secret in secrets if len(secret) >= SHORTEST_SECRET]

    def __repr__(self) -> str:
        return f"InfluxHTTP({self.url!r})"

    def version(self) -> str:
        """What /ping says of itself, such as `1.6.7` or `2.7.1`; "" when it does not say."""
        with self._request("GET", "/ping", {}) as answer:
            self._raise_for_status(answer, "/ping")
            _read_start(answer)
            return str(answer.headers.get("X-Influxdb-Version", "")).lstrip("v")

    def write(self, database: str, lines: str) -> None:
        """Send lines.

        Raises:
            LinesRefused: one of them is bad; a 1.x server has taken the others, a 2.x server perhaps none.
            RequestTooLarge: fewer of them may be taken.
            StoreAway: their outcome is unknown.
        """
        query = {"db": database, "precision": "ms"}
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        body = lines.encode()
        if self._compresses:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, COMPRESSION, mtime=0)
        with self._request("POST", "/write", query, body, headers) as answer:
            if answer.status in BAD_LINES or answer.status == TOO_LARGE:
                raise self._lines_error(answer)
            self._raise_for_status(answer, "/write")
            if answer.status != WRITTEN:
                raise self._store_away("/write", f"{answer.status} is not an answer from InfluxDB", "broken")
            _read_start(answer)

    def query(self, statements: str, database: str, chunk: int) -> Generator[bytes]:
        """The lines of the answer as they arrive, series cut into pieces of `chunk` rows."""
        query = {"db": database, "epoch": "ms", "chunked": "true", "chunk_size": str(chunk)}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        with self._request("POST", "/query", query, urlencode({"q": statements}).encode(), headers) as answer:
            self._raise_for_status(answer, "/query")
            yield from lines_of(answer.stream(BLOCK, decode_content=False))

    def api(
        self, method: str, path: str, query: Mapping[str, str], shape: type[T], body: object = None
    ) -> T | Denied:
        """The answer of the 2.x API to a JSON request, or what it says instead."""
        content = b"" if body is None else msgspec.json.encode(body)
        with self._request(method, path, query, content, {"Content-Type": "application/json"}) as answer:
            if 400 <= answer.status < 500 and answer.status not in THROTTLED:  # noqa: PLR2004 - the asker's errors
                said = _read_start(answer)
                if (error := error_of(said)) and error.code:
                    return Denied(error.code, f"{answer.status} {self.redact(error.words)}")
                kind: StoreFailure = "broken" if answer.status in BAD_LINES else "refuses"
                raise self._store_away(path, f"{answer.status} {self._error_text(said)}", kind)
            self._raise_for_status(answer, path)
            found = parse_json(_read_start(answer), shape)
        if isinstance(found, Refused):
            raise self._store_away(path, f"an answer that is not InfluxDB 2's: {found.detail}", "broken")
        return found

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def redact(self, foreign: str) -> str:
        """Foreign text as one line: without our secrets, escaped, shortened."""
        for secret in self._secrets:
            foreign = foreign.replace(secret, "…")
        return escaped(" ".join(foreign.split())[:WORDS_AT_MOST])

    @contextmanager
    def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[urllib3.BaseHTTPResponse]:
        """Any response, to be read; whatever fails, also while it is read, is a StoreAway."""
        try:
            answer = self._pool.request(
                method,
                f"{self.url}{path}{'?' if query else ''}{urlencode(query)}",
                body=body,
                headers={**self._client.api_client.default_headers, **(headers or {})},
                timeout=self._timeout,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
            )
            with closing(answer):  # the connection too, unless all of the answer was read
                yield answer
        except (StoreAway, LinesRefused, RequestTooLarge):
            raise
        except (HTTPError, HTTPException, OSError) as error:
            raise self._store_away(path, describe_failure(error), "away") from None
        except Exception as error:  # whatever else urllib3 raises at an answer that is none
            raise self._store_away(path, f"{type(error).__name__}: {error}", "broken") from error

    def _raise_for_status(self, answer: urllib3.BaseHTTPResponse, path: str) -> None:
        """Raise what any response but a successful one means."""
        status = answer.status
        if 200 <= status < 300:  # noqa: PLR2004 - HTTP's range of success
            if (packed := answer.headers.get("Content-Encoding", "identity")) != "identity":
                raise self._store_away(
                    path, f"{status}, packed as {packed}, which was not asked for", "broken"
                )
            return
        words = f"{status} {self._error_text(_read_start(answer))}".strip()
        if 300 <= status < 400:  # noqa: PLR2004 - HTTP's range of redirections
            to = answer.headers.get("Location", "nowhere")
            words = f"{status}, it has moved to {to}; set [influxdb] url, no redirection is followed"
        pause = pause_of(answer.headers)
        if status in THROTTLED:
            raise self._store_away(path, words, "throttled", pause)
        if 300 <= status < 500 and status not in BAD_LINES:  # noqa: PLR2004 - somebody has to change something
            raise self._store_away(path, words, "refuses")
        raise self._store_away(path, words, "broken", pause)

    def _lines_error(self, answer: urllib3.BaseHTTPResponse) -> Exception:
        """What a refusal of lines means: only InfluxDB's own words blame a line."""
        said = _read_start(answer)
        error = error_of(said)
        words = f"{answer.status} {self._error_text(said)}".strip()
        if answer.status == TOO_LARGE:
            return RequestTooLarge(words, by_influxdb=error is not None)
        if error and blames_lines(error):
            return LinesRefused(words)
        return self._store_away("/write", words, "broken")

    def _error_text(self, body: bytes) -> str:
        """What an answer says in its error, as one line: `error` of 1.x, `message` of 2.x, or its text."""
        error = error_of(body)
        return self.redact(error.words if error else body.decode(errors="replace"))

    def _store_away(self, path: str, words: str, kind: StoreFailure, pause: float | None = None) -> StoreAway:
        return StoreAway(f"{self.url}{path}: {self.redact(words)}", kind=kind, retry_after=pause)


def _read_start(answer: urllib3.BaseHTTPResponse) -> bytes:
    """The start of the body, enough for every error and short list."""
    start = b""
    while len(start) < BLOCK and (piece := answer.read(BLOCK - len(start))):
        start += piece
    return start
