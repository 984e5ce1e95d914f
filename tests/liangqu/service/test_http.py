"""The page's door: whatever is sent to it, however slowly and by however many, it answers the next."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from structlog.testing import capture_logs

from ingest.stores.base import StoreAway
from liangqu.service import answers, http
from liangqu.service.http import HttpRequest, HttpServer
from liangqu.web.limits import WebLimits
from tests.support.servers import PATIENCE, wait_until

PAGE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def echoed(request: HttpRequest) -> http.Answer:
    return 200, "text/html; charset=utf-8", f"{request.method} {request.rest} {request.form}".encode()


def raising(failure: Exception) -> http.Answer:
    raise failure


PAGES = {
    "/healthz": answers.health,
    "/wrong": lambda: raising(ZeroDivisionError("geheim")),
    "/away": lambda: raising(StoreAway("the store is away")),
}


@pytest.fixture(scope="module")
def server() -> Iterator[HttpServer]:
    """Patient: a megabyte may take a busy machine a while."""
    yield from serving(WebLimits(request_s=PATIENCE))


@pytest.fixture
def hasty() -> Iterator[HttpServer]:
    yield from serving(WebLimits(request_s=1.0, connections=8))


def serving(limits: WebLimits) -> Iterator[HttpServer]:
    server = HttpServer("127.0.0.1:0", PAGES, {"/alerts/": echoed}, limits)
    server.start()
    yield server
    server.stop()


def connected(server: HttpServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=10)


def ask(server: HttpServer, request: bytes) -> tuple[bytes, dict[bytes, bytes], bytes]:
    """The status line's rest, the headers and the body of the answer, read to its end."""
    with connected(server) as connection:
        connection.sendall(request)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *headers = head.split(b"\r\n")
    fields = (line.split(b": ", 1) for line in headers)
    return status.partition(b" ")[2], {name.lower(): value for name, value in fields}, body


def get(path: bytes, headers: bytes = b"", method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n"


def post(length: bytes, body: bytes = b"") -> bytes:
    return get(b"/alerts/x", length, b"POST") + body


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(post(b"Content-Length: 4\r\n", b"by=a"), b"200", id="a form"),
        pytest.param(post(b"Content-Length: 0\r\n"), b"200", id="an empty one"),
        pytest.param(post(b"Content-Length: 0004\r\n", b"by=a"), b"200", id="leading noughts"),
        pytest.param(post(b"Content-Length: 4096\r\n", b"x" * 4096), b"200", id="the largest"),
        pytest.param(post(b"Content-Length: 4097\r\n", b"x" * 4097), b"413", id="one byte more"),
        pytest.param(post(b"Content-Length: 1000000\r\n", b"x" * 1_000_000), b"413", id="a megabyte"),
        pytest.param(post(b"Content-Length: " + b"9" * 5000 + b"\r\n"), b"400", id="5,000 digits"),
        pytest.param(post(b"Content-Length: " + b"0" * 5000 + b"4\r\n", b"by=a"), b"400", id="5,000 noughts"),
        pytest.param(post(b"Content-Length: \xc2\xb2\r\n", b"ab"), b"400", id="a superscript, UTF-8"),
        pytest.param(post(b"Content-Length: \xb2\r\n", b"ab"), b"400", id="a superscript, Latin 1"),
        pytest.param(post("Content-Length: ٣\r\n".encode(), b"abc"), b"400", id="Arabic digits"),
        pytest.param(post(b"Content-Length: -1\r\n", b"ab"), b"400", id="negative"),
        pytest.param(post(b"Content-Length: +2\r\n", b"ab"), b"400", id="a plus"),
        pytest.param(post(b"Content-Length: 2.0\r\n", b"ab"), b"400", id="a fraction"),
        pytest.param(post(b"Content-Length: 0x2\r\n", b"ab"), b"400", id="hex"),
        pytest.param(post(b"Content-Length: 1_0\r\n", b"ab"), b"400", id="an underscore"),
        pytest.param(post(b"Content-Length:\r\n", b"ab"), b"400", id="blank"),
        pytest.param(post(b"Content-Length: " + b"9" * 20 + b"\r\n"), b"413", id="20 digits"),
        pytest.param(post(b"Content-Length: 2, 2\r\n", b"ab"), b"200", id="a list of one (RFC 9110, 8.6)"),
        pytest.param(post(b"Content-Length: 2, 3\r\n", b"ab"), b"400", id="a list"),
        pytest.param(post(b"Content-Length: 2\r\nContent-Length: 3\r\n", b"ab"), b"400", id="two"),
        pytest.param(post(b"", b"ab"), b"411", id="none"),
        pytest.param(
            post(b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\n0\r\n\r\n"), b"411", id="chunked"
        ),
        pytest.param(
            post(b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", b"ab"), b"411", id="both"
        ),
        pytest.param(post(b"Content-Length: 4\r\n", b"\xff\xfe\x00&"), b"200", id="a form of no text"),
        pytest.param(get(b"/x" * 40_000), b"414", id="a long path"),
        pytest.param(get(b"/alerts/x?" + b"x" * 32_759), b"200", id="the longest address"),
        pytest.param(get(b"/alerts/x?" + b"x" * 32_760), b"414", id="one byte more of it"),
        pytest.param(get(b"/healthz", b"X: y\r\n" * 99), b"200", id="a hundred headers"),
        pytest.param(get(b"/healthz", b"X: y\r\n" * 100), b"431", id="one more"),
        pytest.param(get(b"/healthz", b"X: " + b"y" * 70_000 + b"\r\n"), b"431", id="a long header"),
        pytest.param(
            get(b"/healthz", (b"Z: " + b"y" * 9000 + b"\r\n") * 4), b"431", id="long headers together"
        ),
        pytest.param(get(b"/healthz", method=b"BREW"), b"405", id="another method"),
        pytest.param(get(b"/alerts/x", method=b"DELETE"), b"405", id="deleting"),
        pytest.param(get(b"x:1", method=b"CONNECT"), b"404", id="as to a proxy"),
        pytest.param(get(b"*", method=b"OPTIONS"), b"404", id="no path"),
        pytest.param(
            get(b"/healthz", b"Upgrade: websocket\r\nConnection: Upgrade\r\n"), b"200", id="an upgrade"
        ),
        pytest.param(get(b"/../../etc/passwd"), b"404", id="a path upwards"),
        pytest.param(get(b"//healthz"), b"404", id="two strokes"),
        pytest.param(get(b"/%00%ff%fe"), b"404", id="a path of no text"),
        pytest.param(get(b"/\x00\xff\xfe"), b"400", id="a path of no text, bare"),
        pytest.param(b"GET /healthz HTTP/1.1\r\n\r\n", b"400", id="no host"),
        pytest.param(b"GET /healthz HTTP/1.0\r\n\r\n", b"200", id="HTTP 1.0"),
        pytest.param(b"GET /healthz HTTP/1.1\nHost: x\n\n", b"200", id="lines of another system"),
        pytest.param(get(b"/away"), b"503", id="a page whose store is away"),
    ],
)  # fmt: skip
def test_whatever_is_asked_is_answered(
    server: HttpServer,
    request_: bytes,
    status: bytes,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with capture_logs() as logged:
        found, headers, _ = ask(server, request_)

    assert found.split()[0] == status
    for name, value in http.HEADERS.items():
        assert headers[name.lower().encode()] == value.encode()
    assert ask(server, PAGE)[2] == b"ok\n"
    assert logged == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("lines", "accept"),
    [
        pytest.param(b"", "", id="none"),
        pytest.param(b"Accept: Text/HTML\r\n", "text/html", id="in any case"),
        pytest.param(b"Accept: a/b\r\nAccept: c/d\r\n", "a/b, c/d", id="two"),
    ],
)
def test_a_form_knows_what_the_client_would_read(lines: bytes, accept: str) -> None:
    asked = list[str]()

    def form(request: HttpRequest) -> http.Answer:
        asked.append(request.accept)
        return answers.health()

    server = HttpServer("127.0.0.1:0", {}, {"/alerts/": form})
    server.start()
    ask(server, get(b"/alerts/x", lines))
    server.stop()

    assert asked == [accept]


@pytest.mark.parametrize(
    "rubbish",
    [
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 300, id="TLS"),
        pytest.param(b"SSH-2.0-x\r\n", id="SSH"),
        pytest.param(b"\r\n" * 9, id="blank lines"),
        pytest.param(b"\x00" * 100_000, id="noughts without a line end"),
        pytest.param(b"GET /healthz HTTP/9.9\r\n\r\n", id="another version"),
        pytest.param(b"GET\r\n\r\n", id="half a request line"),
        pytest.param(b"GET /healthz\r\n", id="HTTP 0.9"),
        pytest.param(b"", id="nothing"),
        pytest.param(post(b"Content-Length: 4000\r\n", b"cut"), id="a body that is cut"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP 2"),
    ],
)
def test_rubbish_harms_nobody(server: HttpServer, rubbish: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with capture_logs() as logged:
        with connected(server) as connection:
            connection.sendall(rubbish)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        assert ask(server, PAGE)[2] == b"ok\n"

    assert logged == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("path", [b"/healthz", b"/alerts/x?a=b", b"/nowhere", b"/away", b"/wrong"])
def test_head_is_get_without_a_body(server: HttpServer, path: bytes) -> None:
    status, headers, body = ask(server, get(path))
    head_status, head_headers, nothing = ask(server, get(path, method=b"HEAD"))

    del headers[b"date"], head_headers[b"date"]
    assert (head_status, head_headers) == (status, headers)
    assert int(headers[b"content-length"]) == len(body) > 0
    assert nothing == b""


def test_a_page_that_fails_says_so_and_stops_no_other(
    server: HttpServer, capfd: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as logged:
        status, _, body = ask(server, get(b"/wrong?geheim=1"))
        assert ask(server, PAGE)[2] == b"ok\n"

    assert (status.split()[0], body) == (b"500", b"internal error, see the log\n")
    [line] = logged
    assert (line["event"], line["path"]) == ("page failed", "/wrong")
    assert "ZeroDivisionError" in line["trace"]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        pytest.param(b"", b"", id="says nothing"),
        pytest.param(b"", b"G", id="a request line"),
        pytest.param(PAGE[:-2], b"X: y\r\n", id="headers"),
        pytest.param(PAGE[:-2] + b"X: ", b"y", id="one header"),
        pytest.param(post(b"Content-Length: 4000\r\n"), b"x", id="a body"),
    ],
)
def test_who_drips_is_hung_up_on_after_the_time_of_a_request(
    hasty: HttpServer, start: bytes, piece: bytes
) -> None:
    begun = time.monotonic()
    with connected(hasty) as connection:
        connection.sendall(start)
        connection.settimeout(0.05)
        with pytest.raises((ConnectionError, StopIteration)):
            while time.monotonic() - begun < 60:
                try:
                    connection.sendall(piece)
                    if not connection.recv(65536):
                        raise StopIteration
                except TimeoutError:
                    continue
    assert ask(hasty, PAGE)[2] == b"ok\n"


def test_who_reads_nothing_is_hung_up_on() -> None:
    def large() -> http.Answer:
        return 200, "text/plain", b"x" * 50_000_000

    server = HttpServer("127.0.0.1:0", {"/large": large}, limits=WebLimits(request_s=1.0))
    server.start()
    with connected(server) as connection:
        connection.sendall(get(b"/large"))
        wait_until(lambda: server.connections == 1)
        wait_until(lambda: server.connections == 0)
        with pytest.raises(ConnectionError):
            while connection.recv(1_000_000):
                pass
            raise ConnectionResetError  # cut after what was on its way
    server.stop()


@pytest.mark.parametrize("slow", [20, 300])
def test_however_many_stay_the_next_is_answered(hasty: HttpServer, slow: int) -> None:
    staying = [connected(hasty) for _ in range(slow)]
    for each in staying:
        with suppress(ConnectionError):  # it has given way already
            each.sendall(b"GET /")

    assert ask(hasty, PAGE)[2] == b"ok\n"
    assert hasty.connections <= 8
    for each in staying:
        each.close()
    assert hasty.worker.restarts == 0


def test_a_page_that_takes_its_time_keeps_nobody_waiting() -> None:
    free = threading.Event()

    def slow() -> http.Answer:
        free.wait(PATIENCE)
        return answers.health()

    server = HttpServer("127.0.0.1:0", {"/slow": slow, "/healthz": answers.health})
    server.start()
    with connected(server) as waiting:
        waiting.sendall(get(b"/slow"))
        waiting.shutdown(socket.SHUT_WR)  # who has said all still waits for the answer
        assert ask(server, PAGE)[2] == b"ok\n"
        free.set()
        assert b"".join(iter(lambda: waiting.recv(65536), b"")).endswith(b"\r\nok\n")
    server.stop()


def test_what_ends_its_part_is_mended(monkeypatch: pytest.MonkeyPatch) -> None:
    server = HttpServer("127.0.0.1:0", PAGES)
    original, calls = server._web.serve, list[int]()

    def failing(seconds: float, is_over: Callable[[], bool]) -> None:
        calls.append(1)
        if len(calls) == 1:
            original(0.01, is_over)
            raise ValueError("the loop is gone")
        original(seconds, is_over)

    monkeypatch.setattr(server._web, "serve", failing)
    server.start()
    wait_until(lambda: len(calls) == 2)

    assert ask(server, PAGE)[2] == b"ok\n"
    assert server.worker.restarts == 1
    assert server.worker.failing.endswith("after ValueError: the loop is gone")
    server.stop()


@pytest.mark.parametrize(
    ("listen", "by"),
    [
        pytest.param("127.0.0.1:0", "127.0.0.1", id="IPv4"),
        pytest.param("[::1]:0", "::1", id="IPv6"),
        pytest.param("[0:0:0:0:0:0:0:1]:0", "::1", id="IPv6, long"),
        pytest.param("localhost:0", "127.0.0.1", id="a name"),
        pytest.param("*:0", "127.0.0.1", id="all, by IPv4"),
        pytest.param("*:0", "::1", id="all, by IPv6"),
        pytest.param("[::]:0", "127.0.0.1", id="all as IPv6 says it, by IPv4"),
        pytest.param("[::]:0", "::1", id="all as IPv6 says it"),
        pytest.param("0.0.0.0:0", "127.0.0.1", id="all of IPv4"),
    ],
)
def test_where_it_listens(listen: str, by: str) -> None:
    server = HttpServer(listen, {"/healthz": answers.health})
    server.start()
    try:
        with socket.create_connection((by, server.port), timeout=10) as connection:
            connection.sendall(PAGE)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    finally:
        server.stop()


@pytest.mark.parametrize(
    "listen",
    [
        "", ":", ":9464", "9464", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1", "127.0.0.1:65536",
        "127.0.0.1:99999999", "127.0.0.1:²", "127.0.0.1:٣", "::1:9464", "[::1]", "[::1:9464", "::1]:9464",
        "[localhost]:9464", "[:::]:9464", "http://127.0.0.1:9464", "127.0.0.1:1/", "a b:1",
        "**:1", "监测:1", "a@b:1", "127.0.0.1:9464 ", "127.0.0.1:9464\n", "[]:1", "\x00:1",
    ],
)  # fmt: skip
def test_where_it_cannot(listen: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1|IPv6"):
        HttpServer(listen, {})


def test_a_port_that_is_taken(server: HttpServer) -> None:
    with pytest.raises(OSError, match="in use"):
        HttpServer(f"127.0.0.1:{server.port}", {})


def test_the_index_links_each_page_that_has_a_meaning_and_says_it_in_both_languages() -> None:
    status, kind, body = answers.index(["/readyz", "/metrics", "/of-somebody-else"])

    text = body.decode()
    assert (status, kind) == (200, http.HTML)
    assert [line for line in ('href="/readyz"', 'href="/metrics"') if line not in text] == []
    assert "供 Prometheus 采集的数值" in text
    assert "figures for Prometheus" in text
    assert "/of-somebody-else" not in text
