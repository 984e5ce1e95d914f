"""What a peer may say that is nothing, or nothing yet: chosen and random, by a seed."""

import json
import random
from collections.abc import Iterator
from itertools import repeat

from tests.support.peers.scripted_peer import PeerConnection, Script

OK = b"HTTP/1.1 200 OK\r\n"

# No program should say so; each has once ended somebody's service.
CHOSEN = (
    b"",
    b"\r\n\r\n",
    b"SSH-2.0-OpenSSH_9.2\r\n",
    b"220 mail ESMTP\r\n",
    b"554 5.7.1 go away\r\n" * 3,
    b"\x15\x03\x01\x00\x02\x02\x46",
    b"\x00" * 4000,
    b"HTTP/1.1 \xc2\xb200 OK\r\n\r\n",
    b"HTTP/1.1 abc\r\n\r\n",
    b"HTTP/1.1 99999999999999999999 x\r\n\r\n",
    b"H" * 70_000,
    OK + b"X: y\r\n" * 101 + b"\r\n",
    OK + b"X: " + b"y" * 70_000,
    OK + b"Content-Length: -1\r\n\r\n{",
    OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{",
    OK + b"Content-Length: 100\r\n\r\n{",
    OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n",
    OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    OK + b"Content-Encoding: gzip\r\n\r\nno gzip",
    OK + b"Content-Encoding: deflate\r\n\r\nno deflate",
    OK + b"\r\n<html><body>Please log in</body></html>",
    OK + b"\r\n" + b"[" * 5000,
    OK + b"\r\n" + b'{"a":' * 5000,
    OK + b'\r\n{"errcode":310000,"errmsg":"keywords not in content"}',
    OK + b'\r\n{"errcode":1e999}',
    OK + b"\r\n\xff\xfe\x00",
    b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
    b"HTTP/1.1 301 Moved\r\nLocation: http://[::1\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n",
    b"HTTP/1.1 307 x\r\nLocation: http://a:99999999/\r\n\r\n",
    b"HTTP/1.1 401 x\r\nWWW-Authenticate: Digest \xff\r\n\r\n",
    b"HTTP/1.1 500 x\r\n\r\n" + b"why? " * 20_000,
    *(
        b"HTTP/1.1 %d x\r\nRetry-After: %s\r\n\r\n" % (status, after)
        for status in (429, 503)
        for after in (b"-5", b"nan", b"\xc2\xb2", b"Thu, 99 Foo 99999 99:99:99 GMT")
    ),
)


def _rows(*values: object, columns: tuple[str, ...] = ("time", "value")) -> bytes:
    series = {"name": "air", "tags": {"site": "x"}, "columns": columns, "values": [list(values)]}
    return OK + b"\r\n" + json.dumps({"results": [{"statement_id": 0, "series": [series]}]}).encode()


# To a question for rows: well-formed, and none of it can be true.
ANSWERS = (
    _rows("yesterday", 1.0),
    _rows(None, 1.0),
    _rows(9e18, 1.0),
    _rows(-(10**30), 1.0),
    _rows(0),
    _rows(0, "high"),
    _rows(0, {}, []),
    _rows(columns=()),
    OK + b'\r\n{"results": 7}',
    OK + b'\r\n{"results": [{"series": [{"name": "air", "values": [[1, 2]]}]}]}',
    OK + b'\r\n{"results": [{"error": "out of everything"}]}',
    OK + b"\r\nnull",
    OK + b"\r\n[[[",
    b"HTTP/1.1 400 x\r\n\r\n" + b"[" * 5000,
)


def malformed_answer(order: random.Random) -> bytes:
    """One of the chosen, or random bytes, as they are or where an answer's header or body would be."""
    noise = order.randbytes(order.randrange(1, 400))
    return order.choice((order.choice(CHOSEN), noise, OK + noise, OK + b"\r\n" + noise))


def malformed_answers(order: random.Random) -> Script:
    """A peer that now answers at once, now drips, now floods, now stays and says nothing."""

    def script(client: PeerConnection) -> None:
        turn = order.random()
        if turn < 0.1:
            client.say(malformed_answer(order))
            return
        client.request()
        if turn < 0.15:
            client.stay()
        elif turn < 0.25:
            client.drip(iter(malformed_answer(order)[n : n + 1] for n in range(200)), 0.02)
        elif turn < 0.3:
            client.drip(repeat(OK + b"\r\n" + b"x" * 60_000), 0.0)
        else:
            client.say(malformed_answer(order))

    return script


# Whole packets of MQTT that no broker may send, or cannot have been asked for.
MALFORMED_PACKETS = (
    b"\x00\x00",
    b"\xff\xff\xff\xff\x7f",
    b"\x20\x02\x00\x00",
    b"\x20\x00",
    b"\x90\x00",
    b"\x90\x03\xff\xff\x80",
    b"\x50\x02\x12\x34",
    b"\x30\x02\xff\xff",
    b"\x30\x05\x00\x03\xff\xfe\xfd",
    b"\xe0\x01\xfe",
    b"\xe0\x00",
    b"\xf0\x02\x18\x00",
    b"\x36\x02\x00\x00",
    b"\xb0\x00",
)


def malformed_packet(order: random.Random) -> bytes:
    """A packet that means nothing, or noise that cannot pass for a message or an acknowledgement."""
    noise = bytes([order.choice((0x00, 0x10, 0x80, 0xA0, 0xC0, 0xF0))]) + order.randbytes(order.randrange(60))
    return order.choice((order.choice(MALFORMED_PACKETS), noise))


def malformed_requests(order: random.Random) -> Iterator[bytes]:
    """What a client may send to a page, without end."""
    heads = (
        b"GET /readyz HTTP/1.1\r\n\r\n",
        b"POST /alerts/x HTTP/1.1\r\nContent-Length: \xc2\xb2\r\n\r\nab",
        b"POST /alerts/x HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST /alerts/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"POST /alerts/x?by=\x00&sig=\xff HTTP/1.1\r\nContent-Length: 3\r\n\r\n\xff&=",
        b"GET /alerts/' OR 1=1 -- HTTP/1.1\r\n\r\n",
        b"GET " + b"/" * 70_000,
        b"HEAD /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /healthz HTTP/1.1\r\nX: ",
    )
    while True:
        yield order.choice((*heads, order.randbytes(order.randrange(1, 3000))))
