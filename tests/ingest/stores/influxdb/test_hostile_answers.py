"""Whatever a database answers, to whatever it is asked: a store that is away, in words of one line.

Each row goes through the real HTTP client. None is what an InfluxDB would answer to it.
"""

import gzip
import json
import socket
import string
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ingest.http import deadline
from ingest.stores.base import StoreAway
from ingest.stores.cells import WrongAnswerError
from ingest.stores.influxdb import answers, influxql
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.model import Checked, Key, Reading
from sensors.store_schema import reading_point
from tests.support.peers.scripted_http import Behaviour, ScriptedServer, answer

START = datetime(2026, 11, 22, tzinfo=UTC)
END = START + timedelta(days=1)
MS = 1_795_305_600_000
READING = Reading("olympic", "pm25", "rtd", START, 31.2, "N", START)
KEY = Key("air", "olympic", "pm25", "rtd", START)
PASSWORD = "hush-hush-密"
TIMEOUT = 0.25

Ask = Callable[[InfluxDBStore], object]

WRITE: dict[str, Ask] = {"write": lambda store: store.write([reading_point("air", Checked(READING))] * 3)}
READ: dict[str, Ask] = {
    "former": lambda store: store.stored([KEY]),
    "latest": lambda store: store.latest(),
    "readings": lambda store: store.readings("olympic", "pm25", START, END),
    "statistics": lambda store: store.statistics("olympic", "pm25", "1h", START, END),
    "points": lambda store: store.points("alert", START, END),
    "figures": lambda store: store.points("operation", START, END),
}
ASKS = WRITE | READ | {"prepare": InfluxDBStore.prepare}


def drip(piece: bytes, head: bytes = b"") -> Behaviour:
    """A piece each fiftieth of a second, for ever."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        connection.settimeout(0.02)
        while True:
            connection.sendall(piece)
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    return send


def endless(piece: bytes, head: bytes = b"") -> Behaviour:
    """As fast as it goes, for ever."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return send


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
UNTIL_CLOSED = b"HTTP/1.1 200 OK\r\n\r\n"
EMPTY = b'{"results":[{"statement_id":0}]}\n'
PACKED = gzip.compress(b'{"results":[]}')
BOMB = gzip.compress(b"\n" * 50_000_000)


def packed(encoding: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


HTTP: dict[str, bytes | Behaviour] = {
    "hangs up": b"",
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SMTP": b"220 mail.example ESMTP\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
    "TLS as Go answers": b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.",
    "a terminal's control signs": b"\x1b]0;owned\x07\x1b[2J\r\n\r\n",
    "half a status": b"HTTP/1.1 20",
    "a status of no class": b"HTTP/1.1 999 Oh\r\n\r\n",
    "a status that is not a number": b"HTTP/1.1 \xc2\xb2\xc2\xb0\xc2\xb4 OK\r\n\r\n",
    "a status of 5,000 digits": b"HTTP/1.1 " + b"2" * 5000 + b" OK\r\n\r\n",
    "HTTP/9.9": b"HTTP/9.9 200 OK\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
    "100 without end": endless(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "100 that drips": drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "301": answer("301 Moved", Location="https://elsewhere.example/"),
    "302 to nowhere": answer("302 Found"),
    "303": answer("303 See Other", Location="/login"),
    "307 to itself": answer("307 Temporary Redirect", Location="/write"),
    "308 to another protocol": answer("308 Permanent Redirect", Location="file:///etc/passwd"),
    "300 headers": b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 300 + b"\r\n",
    "headers without end": endless(b"X-A: b\r\n", b"HTTP/1.1 200 OK\r\n"),
    "a header without end": endless(b"x" * 9999, b"HTTP/1.1 200 OK\r\nX-A: "),
    "headers that drip": drip(b"X", b"HTTP/1.1 200 OK\r\nX-A: "),
    "a header without colon": b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    "a body that drips": drip(b"\n", UNTIL_CLOSED),
    "chunks that drip": drip(b"1\r\n\n\r\n", CHUNKED),
    "a line without end": endless(b" " * 65536, UNTIL_CLOSED),
    "lines without end": endless(b"\n" * 65536, UNTIL_CLOSED),
    "chunks without end": endless(b"8\r\n       \n\r\n" * 999, CHUNKED),
    "an error without end": endless(b"x" * 65536, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "trailers without end": endless(b"X-A: b\r\n" * 999, CHUNKED + b"0\r\n"),
    "a chunk of negative length": CHUNKED + b"-5\r\nhello\r\n0\r\n\r\n",
    "a chunk of length -1": CHUNKED + b"-1\r\nhello\r\n0\r\n\r\n",
    "a chunk of no length": CHUNKED + b"zz\r\nhello\r\n0\r\n\r\n",
    "a chunk's head without end": endless(b"x" * 9999, CHUNKED + b"5;"),
    "a chunk cut": CHUNKED + b"ff\r\nhello",
    "a length below zero": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a length that is not a number": b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\nhello",
    "a length of 5,000 digits": b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nhello",
    "a body cut": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + EMPTY,
    "gzip that is none": packed("gzip", EMPTY),
    "gzip": packed("gzip", PACKED),
    "gzip cut": packed("gzip", PACKED[:-5]),
    "a gzip bomb": packed("gzip", BOMB),
    "an encoding of nobody": packed("x-nobody, gzip", EMPTY),
    "200 of a portal": answer("200 OK", "<html>log in"),
    "200 without a word": answer("200 OK"),
    "201": answer("201 Created", '{"id":"1"}'),
    "202": answer("202 Accepted"),
    "206": answer("206 Partial Content"),
    "400 of a proxy": answer("400 Bad Request", "<html>nginx"),
    "400 without a word": answer("400 Bad Request"),
    "400 with 5,000 brackets": answer("400 Bad Request", "[" * 5000),
    "400 with 5,000 braces": answer("400 Bad Request", '{"error":' * 5000),
    "400 of an odd shape": answer("400 Bad Request", '{"error":{"partial write":1}}'),
    "400 of anybody": answer("400 Bad Request", '{"error":"no"}'),
    "400 that is no UTF-8": b"HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\n\xff\xfe\x00\xd8\x80",
    "400 with control signs": answer("400 Bad Request", '{"error":"\\u001b[2J\\r\\n\\u202eneD\\u2028x"}'),
    "400 that tells our secret": answer("400 Bad Request", f"you sent u:{PASSWORD} dTpodXNoLWh1c2gt5a+G"),
    "401": answer("401 Unauthorized", '{"error":"authorization failed"}'),
    "403": answer("403 Forbidden", '{"code":"forbidden","message":"insufficient permissions for write"}'),
    "404": answer("404 Not Found", '{"code":"not found","message":"no dbrp mapping found"}'),
    "407": answer("407 Proxy Authentication Required"),
    "413 of a proxy": answer("413 Too Large", "<html>nginx"),
    "418": answer("418 I am a teapot"),
    "422": answer("422 Unprocessable Entity", '{"message":"no"}'),
    "429 for 1e308 seconds": answer("429 Slow Down", Retry_After="1e308"),
    "499": answer("499 Client Closed Request"),
    "500": answer("500 Oh", '{"error":"engine: closed"}'),
    "502": answer("502 Bad Gateway", "<html>"),
    "503 with NaN": answer("503 Busy", Retry_After="nan"),
    "511": answer("511 Network Authentication Required", "<html>log in"),
}  # fmt: skip


def series(
    values: str, columns: str = '"time","value","flag","failed","validity"', more: str = '"name":"air",'
) -> str:
    return (
        f'{{"results":[{{"statement_id":0,"series":[{{{more}"columns":[{columns}],"values":{values}}}]}}]}}'
    )


def row(time: object, value: object = 1.5) -> str:
    """For whatever is asked: a row that answers none of it or is wrong."""
    return f'[[{time},{value},"N","","valid"]]'


BODIES: dict[str, str] = {
    "another JSON": '{"hello":"world"}',
    "an empty object": "{}",
    "an empty list": "[]",
    "a number": "1",
    "a text": '"results"',
    "null": "null",
    "two documents": EMPTY.decode() * 2 + "{",
    "no results": '{"results":[]}',
    "results that are null": '{"results":null}',
    "results that are one": '{"results":{}}',
    "a result that is null": '{"results":[null]}',
    "an answer to another question": '{"results":[{"statement_id":7}]}',
    "an answer to a question before": '{"results":[{"statement_id":-1}]}',
    "a number of question that is a text": '{"results":[{"statement_id":"0"}]}',
    "an error": '{"results":[{"error":"shard 3 is disabled"}]}',
    "an error that is a number": '{"results":[{"statement_id":0,"error":7}]}',
    "an error of the whole": '{"error":"timeout"}',
    "more is promised": '{"results":[{"statement_id":0,"partial":true}]}',
    "series that are null": '{"results":[{"statement_id":0,"series":[null]}]}',
    "series without columns": '{"results":[{"statement_id":0,"series":[{"name":"air","values":[[1]]}]}]}',
    "columns that are numbers": series("[]", columns="1,2"),
    "columns that are null": series("[]", columns='"x"').replace('["x"]', "null"),
    "other columns": series(row(MS), columns='"time","a","b","c","d"'),
    "a column too many": series("[[1,2,3,4,5,6]]", columns='"time","value","flag","failed","validity","x"'),
    "a column too few": series("[[1,2,3,4]]", columns='"time","value","flag","failed"'),
    "columns in another order": series("[]", columns='"value","time","flag","failed","validity"'),
    "a row too short": series(f"[[{MS},1.5]]"),
    "a row too long": series(f'[[{MS},1.5,"N","","valid",1]]'),
    "an empty row": series("[[]]"),
    "a row that is none": series("[7]"),
    "rows that are null": series("null"),
    "a cell that is a list": series(row(MS, "[1.5]")),
    "a cell that is an object": series(row(MS, '{"a":1}')),
    "a time that is a text": series(row('"2026-11-22T00:00:00Z"')),
    "a time that is null": series(row("null")),
    "a time that is true": series(row("true")),
    "a time with a fraction": series(row(f"{MS}.5")),
    "a time beyond 9999": series(row(253402300800000)),
    "a time beyond any": series(row("1e300")),
    "a time beyond numbers": series(row("1e999")),
    "a time before Christ": series(row(-99999999999999)),
    "a time of 5,000 digits": series(row("9" * 5000)),
    "a value that is a text": series(row(MS, '"31.2"')),
    "a value that is true": series(row(MS, "true")),
    "a value beyond numbers": series(row(MS, "1e999")),
    "a value beyond numbers beside -0": series(f'[[{MS},1e999,"N","","valid"],[{MS},-0,"N","","valid"]]'),
    "a value that is NaN": series(row(MS, "NaN")),
    "NaN beside -0": series(f'[[{MS},NaN,"N","","valid"],[{MS},-0,"N","","valid"]]'),
    "a flag that is a number": series(f'[[{MS},1.5,7,"","valid"]]'),
    "no tags": series(row(MS)),
    "tags that are null": series(row(MS), more='"name":"air","tags":null,'),
    "tags that are numbers": series(row(MS), more='"name":"air","tags":{"site":1,"parameter":2,"kind":3},'),
    "a tag too few": series(row(MS), more='"name":"air","tags":{"site":"olympic","kind":"rtd"},'),
    "a name of nobody": series(
        row(MS), more='"name":"x","tags":{"site":"olympic","parameter":"pm25","kind":"rtd"},'
    ),
    "a name that is a number": series(row(MS), more='"name":7,'),
    "a key twice": '{"results":[{"statement_id":0}],"results":[]}',
    "100,000 brackets": "[" * 100_000,
    "100,000 braces": '{"results":' * 100_000,
    "deep beside -0": '{"results":[-0,' + "[" * 100_000,
    "a cell 100,000 deep": series(f"[[{MS},{'[' * 100_000}"),
    "half a document": '{"results":[{"statement_id":0,"series":[{"columns":["time"',
    "a lone surrogate": '{"results":[{"statement_id":0,"error":"\\ud800"}]}',
    "control signs": '{"error":"\\u001b]0;owned\\u0007\\u001b[2J\\n\\u202e"}',
    "our secret": f'{{"error":"u:{PASSWORD}"}}',
    "a text without end": '{"error":"' + "x" * 3_000_000 + '"}',
}  # fmt: skip

RIGHT_ELSEWHERE = {
    # Not every question asks for tags, and the figures of operation have any columns and texts.
    "no tags": ["readings", "figures"],
    "a tag too few": ["readings", "figures"],
    "a name of nobody": ["readings", "figures"],
    "tags that are numbers": [],
    "other columns": ["figures"],
    "a value that is a text": ["figures"],
    "a flag that is a number": ["figures"],
}


def check(away: StoreAway) -> None:
    """What holds of every store that is away."""
    words = str(away)
    assert away.kind in {"away", "throttled", "refuses", "broken"}
    assert away.retry_after is None or 0.0 <= away.retry_after <= 300.0
    assert words.isprintable()
    assert len(words) < 700
    assert PASSWORD not in words
    assert "dTpodXNoLWh1c2gt5a+G" not in words


@pytest.fixture
def scripted(script: ScriptedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[InfluxDBStore]:
    monkeypatch.setattr(answers, "MAX_ANSWER", 4_000_000)
    monkeypatch.setattr(answers, "MAX_LINE", 4_000_000)
    monkeypatch.setattr(deadline, "LINES_AT_ALL", 10_000)
    with closing(
        InfluxDBStore(InfluxOptions(script.url, "liangqu", username="u", password=PASSWORD, timeout=TIMEOUT))
    ) as store:
        yield store


PING = answer("204 No Content", X_Influxdb_Version="1.6.7")


def away(script: ScriptedServer, store: InfluxDBStore, asked: str) -> StoreAway:
    """What asking so raises; nothing else is right."""
    if asked == "prepare":
        script.answers.append(PING)
    with pytest.raises(StoreAway) as raised:
        ASKS[asked](store)
        pytest.fail(f"{asked}: taken for an answer")
    check(raised.value)
    return raised.value


@pytest.mark.parametrize("given", HTTP)
def test_whatever_is_answered_is_a_store_that_is_away(
    script: ScriptedServer, scripted: InfluxDBStore, given: str
) -> None:
    script.always = HTTP[given]

    for asked in ("write", "former", "latest", "prepare"):
        away(script, scripted, asked)


@pytest.mark.parametrize("given", [name for name in HTTP if not name.startswith("20")])
def test_whatever_the_ping_is_answered_is_a_store_that_is_away(
    script: ScriptedServer, scripted: InfluxDBStore, given: str
) -> None:
    script.always = HTTP[given]

    with pytest.raises(StoreAway) as raised:
        scripted.prepare()

    check(raised.value)


@pytest.mark.parametrize("given", BODIES)
def test_an_answer_of_a_wrong_shape_is_a_store_that_is_away(
    script: ScriptedServer, scripted: InfluxDBStore, given: str
) -> None:
    body = BODIES[given].encode()
    script.always = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body

    for asked in (*READ, "prepare"):
        if asked in RIGHT_ELSEWHERE.get(given, ()):
            READ[asked](scripted)
        else:
            away(script, scripted, asked)


def test_a_time_that_is_there_twice_is_a_store_that_is_away(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    script.always = answer("200 OK", series(f'[[{MS},1.5,"N","","valid"],[{MS},2.5,"N","","valid"]]'))

    assert "twice" in str(away(script, scripted, "readings"))


def test_a_body_may_be_long_and_slow_as_long_as_it_moves(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    def send(connection: socket.socket) -> None:
        connection.sendall(UNTIL_CLOSED)
        for _ in range(8):  # a second in all, and four time-outs
            connection.sendall(b" " * 5000)
            time.sleep(TIMEOUT / 2)
        connection.sendall(EMPTY)

    script.always = send

    assert scripted.latest() == {}


def cell() -> SearchStrategy[object]:
    return st.none() | st.booleans() | st.floats() | st.integers() | st.text(string.printable, max_size=9)


def anything() -> SearchStrategy[object]:
    """JSON values that look more or less like answers."""
    names = st.sampled_from(["time", "value", "flag", "failed", "validity", "site", "x"])
    columns = st.lists(names, max_size=6) | st.just(["time", "value", "flag", "failed", "validity"])
    keys = st.sampled_from(["results", "series", "values", "columns", "tags", "name", "error", "partial"])
    one = st.fixed_dictionaries(
        {"columns": columns, "values": st.lists(st.lists(cell(), max_size=6), max_size=4)},
        optional={"name": st.just("air"), "tags": st.dictionaries(names, st.text(max_size=4), max_size=3)},
    )
    result = st.fixed_dictionaries(
        {"statement_id": st.integers(-1, 2)}, optional={"series": st.lists(one, max_size=3)}
    )
    document = st.fixed_dictionaries({"results": st.lists(result, max_size=3)})
    odd = st.recursive(
        cell(), lambda s: st.lists(s, max_size=4) | st.dictionaries(keys, s, max_size=4), max_leaves=12
    )
    return document | odd


class Answering(InfluxDBStore):
    """A store whose server gives these bytes to every question."""

    def __init__(self, given: bytes) -> None:
        super().__init__(InfluxOptions("http://127.0.0.1:9"))
        self._server.query = lambda *_: (line for line in given.split(b"\n"))  # type: ignore[method-assign]  # the server's answer


@given(documents=st.lists(anything(), min_size=1, max_size=3))
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@example(documents=[{"results": [{"statement_id": 0}]}])
def test_any_json_is_rows_or_a_store_that_is_away(documents: list[object]) -> None:
    given = b"\n".join(json.dumps(each).encode() for each in documents)
    with closing(Answering(given)) as store:
        for ask in READ.values():
            try:
                ask(store)
            except StoreAway as away:
                check(away)


@given(line=st.binary(max_size=200))
def test_any_bytes_are_a_document_or_wrong(line: bytes) -> None:
    with suppress(WrongAnswerError):
        influxql.parse_response(line)
