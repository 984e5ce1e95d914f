"""The server of a desk: TLS, connections that bring several requests, streams, and the end of all of them."""

import asyncio
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, Router
from structlog.testing import capture_logs

from liangqu.web.limits import WebLimits
from liangqu.web.server import WebServer
from tests.support.servers import PATIENCE, wait_until

LIMITS = WebLimits(
    keep_alive=True, request_s=1.0, connections=4, body=10, bodies={"/take": 100_000}, streams=("/stream/",)
)
STREAM = b"GET /stream/now HTTP/1.1\r\nHost: x\r\n\r\n"
PAGE = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"


def page(_request: Request) -> Response:
    return PlainTextResponse("page\n", headers={"Cache-Control": "max-age=9"})


async def take(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())}\n")


async def stream(_request: Request) -> Response:
    async def ticks() -> AsyncIterator[str]:
        while True:
            yield "data: x\n\n"
            await asyncio.sleep(0.1)

    return StreamingResponse(ticks(), media_type="text/event-stream")


async def flood(_request: Request) -> Response:
    async def chunks() -> AsyncIterator[str]:
        while True:
            yield "x" * 100_000
            await asyncio.sleep(0)

    return StreamingResponse(chunks())


APP = Router(
    [
        Route("/page", page),
        Route("/take", take, methods=["POST"]),
        Route("/stream/now", stream),
        Route("/stream/flood", flood),
    ]
)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    server, over = WebServer("127.0.0.1:0", APP, limits=LIMITS, tls=tls), threading.Event()

    def serve() -> None:
        while not over.is_set():
            server.serve(60.0, over.is_set)
        server.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server
    finally:
        over.set()
        thread.join(PATIENCE)
        assert not thread.is_alive()


@pytest.fixture(scope="module")
def server() -> Iterator[WebServer]:
    with serving() as server:
        yield server


def connected(server: WebServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def read_until(connection: socket.socket, end: bytes) -> bytes:
    found = b""
    while end not in found:
        part = connection.recv(65536)
        assert part, found
        found += part
    return found


def post(path: bytes, length: int) -> bytes:
    return b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length


def test_a_stream_goes_on_and_a_connection_brings_several_requests(server: WebServer) -> None:
    with connected(server) as reader, connected(server) as connection:
        reader.sendall(STREAM)
        for _ in range(3):
            connection.sendall(PAGE)
            assert read_until(connection, b"page\n").count(b"HTTP/1.1 200") == 1
        with pytest.raises(ConnectionError):  # with no further request in time
            while connection.recv(1):
                pass
            raise ConnectionResetError
        for _ in range(15):  # what has gathered, and then what comes
            assert b"data" in reader.recv(65536)
    wait_until(lambda: server.connections == 0)


def test_what_an_answer_says_of_itself_stays(server: WebServer) -> None:
    with connected(server) as connection:
        connection.sendall(PAGE)
        head = read_until(connection, b"page\n").lower()
    assert b"cache-control: max-age=9\r\n" in head
    assert b"no-store" not in head
    assert b"x-frame-options: deny\r\n" in head


@pytest.mark.parametrize(
    ("path", "length", "status"),
    [
        (b"/take", 100_000, b"200"),
        (b"/take", 100_001, b"413"),
        (b"/taken", 10, b"404"),
        (b"/taken", 11, b"413"),
    ],
)
def test_a_body_may_be_longer_where_that_is_said(
    server: WebServer, path: bytes, length: int, status: bytes
) -> None:
    with connected(server) as connection:
        connection.sendall(post(path, length))
        assert connection.recv(65536).split()[1] == status


def test_who_has_sent_a_request_stays_longer_than_who_has_not(server: WebServer) -> None:
    with connected(server) as reader:
        reader.sendall(STREAM)
        read_until(reader, b"data")
        silent = [connected(server) for _ in range(9)]
        for _ in range(3):
            assert b"data" in reader.recv(65536)
        assert server.connections <= LIMITS.connections
        for each in silent:
            each.close()


def test_its_end_ends_streams_without_a_word_in_the_log() -> None:
    with capture_logs() as logged:
        with serving() as server:
            reader = connected(server)
            reader.sendall(STREAM)
            read_until(reader, b"data")
        with pytest.raises(ConnectionError):
            while reader.recv(65536):
                pass
            raise ConnectionResetError
        reader.close()
    assert logged == []


def test_over_tls(tmp_path: Path) -> None:
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{tmp_path}/key.pem"]
    made += [
        "-out",
        f"{tmp_path}/cert.pem",
        "-subj",
        "/CN=127.0.0.1",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
    ]
    subprocess.run(made, check=True, capture_output=True)
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    theirs = ssl.create_default_context(cafile=tmp_path / "cert.pem")

    with serving(ours) as server:
        with connected(server) as plain:
            plain.sendall(PAGE)
            assert plain.recv(65536) == b""
        with connected(server) as raw, theirs.wrap_socket(raw, server_hostname="127.0.0.1") as connection:
            connection.sendall(PAGE)
            assert read_until(connection, b"page\n").startswith(b"HTTP/1.1 200")


def test_who_reads_nothing_of_a_stream_is_hung_up_on(server: WebServer) -> None:
    with connected(server) as reader:
        reader.sendall(STREAM.replace(b"now", b"flood"))
        wait_until(lambda: server.connections == 1)
        wait_until(lambda: server.connections == 0)


def test_in_the_main_thread_it_ends_by_a_signal_and_answers_who_has_asked() -> None:
    program = """if True:
        import time
        from starlette.responses import PlainTextResponse
        from starlette.routing import Route, Router
        from liangqu.web.server import WebServer

        def page(_request):
            print("asked", flush=True)
            time.sleep(0.5)
            return PlainTextResponse("page")

        server = WebServer("127.0.0.1:0", Router([Route("/page", page)]))
        print(server.port, flush=True)
        server.run()
        print("end")
    """
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
            connection.sendall(PAGE)
            assert process.stdout.readline() == "asked\n"
            process.send_signal(signal.SIGTERM)
            assert read_until(connection, b"page").startswith(b"HTTP/1.1 200")
            assert (process.stdout.read(), process.wait(PATIENCE)) == ("end\n", 0)
