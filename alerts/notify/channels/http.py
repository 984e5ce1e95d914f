"""HTTP calls to recipients: every call by HTTP that apprise does not make.

Whatever the other side answers, or does not, comes back as an `Answer` or a `ChannelError` within the
deadline: it is never trusted to speak HTTP, to end, or to be quick.
"""

import contextlib
import http.client
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import closing
from io import BufferedReader
from typing import Any, cast

import urllib3
from msgspec import Struct
from urllib3.connection import HTTPConnection, HTTPSConnection

from alerts.notify.channels import ChannelError
from alerts.notify.channels.deadline import Deadline
from alerts.notify.channels.http_status import status_error
from alerts.notify.channels.row import mask_address
from ingest.http.address import HttpAddress, parse_http_address
from ingest.http.failures import describe_failure
from ingest.http.proxy import find_proxy

TIMEOUT_S = 10.0
MAX_BODY = 64 * 1024
_STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] [0-9]{3}(?: [^\r\n]*)?\r?\n")
_END_OF_HEAD = (b"\r\n", b"\n")


class Answer(Struct, frozen=True):
    """A complete answer with any status but 3xx; names in `headers` are matched in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP's range of success

    def check(self, who: str) -> None:
        """Return if the status is 2xx; raise what any other says of the message, `who` being the recipient.

        Raises:
            RefusedError: it would be the same each time.
            BusyError: it names a time.
            ChannelError: it may pass.
        """
        if not self.is_success:
            raise status_error(who, self.status, self.headers)


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, timeout: float = TIMEOUT_S, max_body: int = 0
) -> Answer:
    """Post `body`. Name and password in the address are sent as Basic authentication.

    Args:
        url: The address, as `parse_http_address` takes it.
        body: Sent as it is.
        headers: Content-Type and any others.
        timeout: Seconds for all of it, from the connection to the last byte that is read.
        max_body: Bytes of the answer's body to wait for and keep, at most `MAX_BODY`; 0 waits for none.

    Raises:
        ChannelError: no answer in time, not HTTP, or a redirect, which is never followed. The text
            says why, and nothing of the address.
    """
    return _call(_Request("POST", url, body, headers, max_body), timeout)


def get(url: str, *, timeout: float = TIMEOUT_S, max_body: int = 0) -> Answer:
    """Get; arguments and errors as of `post`."""
    return _call(_Request("GET", url, None, {}, max_body), timeout)


def reach(url: str, *, timeout: float = TIMEOUT_S) -> None:
    """Connect as for a call, through a proxy and TLS where there is one, and ask for nothing.

    Raises:
        ChannelError: as of `post`, as far as that comes.
    """
    with _connected(_parse(url), timeout):
        return


class _Request(Struct, frozen=True):
    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    max_body: int


def _call(request: _Request, timeout: float) -> Answer:
    address = _parse(request.url)
    with _connected(address, timeout) as (connection, proxy):
        return _answer(connection, address, proxy, request)


def _parse(url: str) -> HttpAddress:
    try:
        return parse_http_address(url)
    except ValueError as error:
        raise ChannelError(f"the address cannot be used: {error}") from None


@contextlib.contextmanager
def _connected(address: HttpAddress, timeout: float) -> Iterator[tuple[HTTPConnection, HttpAddress | None]]:
    """A connection and the proxy that it leads through; what is done with it counts into the time."""
    deadline = Deadline(timeout)
    try:
        proxy = proxy_to(address.scheme, address.host, address.port)
        with closing(_connection(address, proxy, timeout)) as connection, deadline.of(connection):
            connection.connect()
            deadline.connected()
            yield connection, proxy
    except ChannelError:
        raise
    except Exception as error:  # noqa: BLE001 - what another program answers must not become a fault of ours
        if not deadline.passed:
            raise ChannelError(describe_failure(error)) from None
    if deadline.passed:  # seen as an error, or as the end of a body without a length
        raise ChannelError(f"no whole answer within {timeout:g} s")


class _Lines:
    """What is received, with the last of the lines that were read."""

    def __init__(self, received: BufferedReader) -> None:
        self._received = received
        self.last = b""

    def readline(self, size: int = -1) -> bytes:
        self.last = self._received.readline(size)
        return self.last

    def __getattr__(self, name: str) -> Any:
        return getattr(self._received, name)


class _WholeHead(http.client.HTTPResponse):
    """An answer whose status line is HTTP's (the library's takes `+200` too) and whose head has its end."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lines = _Lines(self.fp)
        self.fp = cast("BufferedReader", self._lines)

    def _read_status(self) -> tuple[str, int, str]:
        found: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        if not _STATUS_LINE.fullmatch(self._lines.last):
            raise http.client.BadStatusLine("")
        return found

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        if self._lines.last not in _END_OF_HEAD:
            raise http.client.RemoteDisconnected("amid its head")


def _answer(
    connection: HTTPConnection, address: HttpAddress, proxy: HttpAddress | None, request: _Request
) -> Answer:
    headers = {"User-Agent": "liangqu", "Connection": "close", **_basic("Authorization", address)}
    headers |= request.headers
    target = address.target
    if proxy is not None and address.scheme == "http":
        target = f"http://{address.authority}{target}"
        headers |= {"Host": address.authority, **_basic("Proxy-Authorization", proxy)}
    # A server that refuses a long request may answer and hang up before all of it is sent.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.request(request.method, target, request.body, headers, preload_content=False)
    answer = connection.getresponse()
    with closing(answer):
        if 300 <= answer.status < 400:  # noqa: PLR2004 - HTTP's range of redirects
            raise ChannelError(_redirect_text(answer))
        return Answer(
            answer.status, answer.headers, answer.read(request.max_body) if request.max_body else b""
        )


def _redirect_text(answer: urllib3.BaseHTTPResponse) -> str:
    where = answer.headers.get("Location", "")
    to = mask_address(where) if "//" in where else "another path there" if where else "nowhere"
    return f"it answered {answer.status}, a redirect to {to}, which is not followed: name the right address"


def _connection(address: HttpAddress, proxy: HttpAddress | None, timeout: float) -> HTTPConnection:
    kind = HTTPSConnection if address.scheme == "https" else HTTPConnection
    through = urllib3.util.parse_url(f"http://{proxy.authority}") if proxy else None
    at = proxy or address
    connection = kind(at.host, at.port, timeout=timeout, proxy=through)
    connection.response_class = _WholeHead
    if proxy is not None and address.scheme == "https":
        connection.set_tunnel(address.host, address.port, _basic("Proxy-Authorization", proxy))
    return connection


def proxy_to(scheme: str, host: str, port: int) -> HttpAddress | None:
    """The proxy that the environment names for a host, if it does.

    Raises:
        ChannelError: it cannot be used; the text does not show it.
    """
    found = find_proxy(scheme, host, port)
    if not found:
        return None
    try:
        proxy = parse_http_address(found if "://" in found else f"http://{found}")
    except ValueError as error:
        raise ChannelError(f"the proxy that the environment names cannot be used: {error}") from None
    if proxy.scheme != "http":
        raise ChannelError("the proxy that the environment names cannot be used: it must begin with http://")
    return proxy


def _basic(header: str, address: HttpAddress) -> dict[str, str]:
    if not address.username and not address.password:
        return {}
    secret = b64encode(f"{address.username}:{address.password}".encode()).decode("ascii")
    return {header: f"Basic {secret}"}
