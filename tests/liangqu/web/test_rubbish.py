"""Requests with bytes put in, lost and changed: each is answered or hung up on, by no failure of ours."""

import random
import socket
import threading

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router
from structlog.testing import capture_logs

from liangqu.web.limits import WebLimits
from liangqu.web.server import WebServer
from tests.support.scale import FULL
from tests.support.servers import PATIENCE

REQUESTS = [
    b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n",
    b"HEAD /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"HEAD /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    b"POST /form HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde",
    b"POST /form HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    b"POST /form HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
]
PIECES = [
    b"\r\n", b"\n", b"\x00", b"\xff", b":", b" ", b"%", b"9" * 30, b"Content-Length: 3\r\n",
    b"Connection: close\r\n", b"Upgrade: websocket\r\nConnection: upgrade\r\n", REQUESTS[0],
]  # fmt: skip
REFUSED = {"400", "404", "405", "411", "413", "414", "431", "501"}  # 501: h11 of another Transfer-Encoding


def page(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def form(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def changed(chance: random.Random) -> bytes:
    request = bytearray(b"".join(chance.choice(REQUESTS) for _ in range(chance.choice([1, 1, 1, 2, 3]))))
    for _ in range(chance.choice([0, 1, 1, 2, 4])):
        at = chance.randrange(len(request))
        if (what := chance.random()) < 0.4:
            request[at:at] = chance.choice(PIECES)
        elif what < 0.7:
            del request[at : at + chance.randrange(1, 9)]
        else:
            request[at] = chance.randrange(256)
    return bytes(request)


@pytest.mark.parametrize("keep_alive", [False, True], ids=["one request", "several"])
def test_no_request_makes_the_server_fail(keep_alive: bool, capfd: pytest.CaptureFixture[str]) -> None:
    app = Router([Route("/page", page), Route("/form", form, methods=["GET", "POST"])])
    server = WebServer("127.0.0.1:0", app, limits=WebLimits(keep_alive=keep_alive, body=100))
    over, chance = threading.Event(), random.Random(7)

    def serve() -> None:
        server.serve(PATIENCE * 100, over.is_set)
        server.close()

    thread = threading.Thread(target=serve)
    with capture_logs() as logged:
        thread.start()
        found = {answered(server, changed(chance), chance) for _ in range(50_000 if FULL else 400)}
        over.set()
        thread.join(PATIENCE)
    assert found - REFUSED <= {"200", "100", ""}  # "": the request has no end, and the client has gone
    assert {"200", "400", "411"} <= found
    assert logged == []
    assert capfd.readouterr() == ("", "")


def answered(server: WebServer, request: bytes, chance: random.Random) -> str:
    """The status of the first answer; "" if there is none."""
    cut = chance.randrange(len(request) + 1)
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(request[:cut])
            connection.sendall(request[cut:])
            connection.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        except ConnectionError:
            return ""
    return answer.partition(b"\r\n")[0].decode()[9:12]
