"""Whatever a database answers, to whatever it is asked: a store that is away, in words of one line.

Each row goes through the real HTTP client. None is what an InfluxDB would answer to it.
"""

import gzip
import json
import socket
import string
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec import Struct

from ingest.http import deadline
from ingest.stores.base import StoreAway, StoredValue
from ingest.stores.cells import WrongAnswerError
from ingest.stores.influxdb import answers, influxql
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.model import Checked, Key, Reading
from sensors.store_schema import MEASUREMENTS, reading_point
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
    "readings by parameter": lambda store: dict(
        store.readings_by_parameter("olympic", ["pm10", "pm25"], START, END)
    ),
    "values by parameter": lambda store: dict(
        store.values_by_parameter("olympic", ["pm10", "pm25"], START, END)
    ),
    "statistics by parameter": lambda store: dict(
        store.statistics_by_parameter("olympic", ["pm10", "pm25"], "1h", START, END)
    ),
    "points": lambda store: store.points("alert", START, END),
    "readings of air": lambda store: store.points("air", START, END),
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


class Question(Struct, frozen=True):
    """What a statement is answered by a server that is all right: the JSON texts of one series."""

    name: str
    columns: tuple[str, ...]
    row: tuple[str, ...]
    tags: Mapping[str, str] = {}
    further_rows: str = ""

    def series(
        self,
        *,
        rows: str | None = None,
        columns: Sequence[str] | None = None,
        name: str | None = None,
        tags: str | None = None,
    ) -> str:
        """A whole answer to the first statement; what is given stands in the place of what is right."""
        found = json.dumps(self.columns if columns is None else columns)
        told = json.dumps(self.tags) if tags is None else tags
        values = f"[{self.with_cells({})}{self.further_rows}]" if rows is None else rows
        series = f'"name":{name or json.dumps(self.name)},"columns":{found},"values":{values}'
        if told and told != "{}":
            series += f',"tags":{told}'
        return f'{{"results":[{{"statement_id":0,"series":[{{{series}}}]}}]}}'

    def with_cells(self, cells: Mapping[int, str]) -> str:
        """A row with some of its cells changed."""
        return f"[{','.join(cells.get(at, cell) for at, cell in enumerate(self.row))}]"


OF_SITE = {"site": "olympic", "kind": "rtd"}
OF_SERIES = OF_SITE | {"parameter": "pm25"}
FIELDS = Question("air", ("fieldKey", "fieldType"), ('"pm25"', '"float"'), {}, ',["pm25_qc","integer"]')
WATER_FIELDS = Question("water", FIELDS.columns, FIELDS.row, {}, FIELDS.further_rows)
REMARKS = Question(
    "flagged", ("time", "flag", "failed", "sent"), (f"{MS}", '"M"', '"step"', '"<3"'), OF_SERIES
)
VALUES = Question("air", ("time", "pm25", "pm25_qc"), (f"{MS}", "1.5", "3"), OF_SITE)
BOTH_VALUES = Question(
    "air",
    ("time", "pm10", "pm10_qc", "pm25", "pm25_qc"),
    (f"{MS}", "2.5", "1", "1.5", "3"),
    OF_SITE,
    f",[{MS + 1},2.5,1,null,null]",
)
NEWEST = Question("air", ("time", "pm25"), (f"{MS}", "1.5"), OF_SITE)
WATER_NEWEST = Question("water", NEWEST.columns, NEWEST.row, OF_SITE)
STATISTICS = Question(
    "statistic",
    ("time", "value", "n", "expected", "valid", "closed", "limit", "target"),
    (f"{MS}", "1.5", "60", "60", "true", "true", "null", "null"),
    {"parameter": "pm25"},
)
ALERTS = Question(
    "alert",
    ("time", "site", "rule", "parameter", "severity", "category", "episode", *MEASUREMENTS["alert"].fields),
    (f"{MS}", *['"x"'] * 7, "1.5", "null", '""', '""'),
)
FIGURES = Question("operation", ("time", "items_total.stored"), (f"{MS}", "1.5"))
DATABASES = Question("databases", ("name",), ('"liangqu"',))
TAG_KEYS = Question("air", ("tagKey",), ('"site"',), {}, ',["kind"]')

QUESTIONS: dict[str, list[list[Question]]] = {
    "former": [[REMARKS, VALUES]],
    "latest": [[FIELDS], [WATER_FIELDS], [NEWEST, WATER_NEWEST]],
    "readings": [[REMARKS, VALUES]],
    "statistics": [[STATISTICS]],
    "readings by parameter": [[REMARKS, BOTH_VALUES]],
    "statistics by parameter": [[STATISTICS]],
    "points": [[ALERTS]],
    "figures": [[FIGURES]],
    "readings of air": [[FIELDS], [REMARKS, VALUES]],
    "prepare": [[DATABASES], [TAG_KEYS, TAG_KEYS]],
}
"""The statements of each request that an ask makes."""
OF_WATER = {"readings", "readings by parameter"}
"""Those that end with a statement of the other medium, which has nothing."""


def document(asked: str, request: int, wrong: str | None = None, at: int = -1) -> bytes:
    """A right answer, a line each statement; that to statement `at` is the wrong one."""
    lines = [question.series() for question in QUESTIONS[asked][request]]
    if wrong is not None:
        lines[at] = wrong
    if asked in OF_WATER:
        lines.append(EMPTY.decode().strip())
    numbered = [line.replace('"statement_id":0', f'"statement_id":{k}') for k, line in enumerate(lines)]
    body = "\n".join(numbered).encode()
    return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


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
    "a key twice": '{"results":[{"statement_id":0}],"results":[]}',
    "100,000 brackets": "[" * 100_000,
    "100,000 braces": '{"results":' * 100_000,
    "deep beside -0": '{"results":[-0,' + "[" * 100_000,
    "half a document": '{"results":[{"statement_id":0,"series":[{"columns":["time"',
    "a lone surrogate": '{"results":[{"statement_id":0,"error":"\\ud800"}]}',
    "control signs": '{"error":"\\u001b]0;owned\\u0007\\u001b[2J\\n\\u202e"}',
    "our secret": f'{{"error":"u:{PASSWORD}"}}',
    "a text without end": '{"error":"' + "x" * 3_000_000 + '"}',
}  # fmt: skip

Wrong = Callable[[Question], str]


def cells(at: int, cell: str) -> Wrong:
    """A row with this cell there; -1 is the last."""
    return lambda q: q.series(rows=f"[{q.with_cells({at % len(q.row): cell})}]")


OF_ANY: dict[str, Wrong] = {
    "columns that are numbers": lambda q: q.series(rows="[]").replace(json.dumps(q.columns), "[1,2]"),
    "columns that are null": lambda q: q.series(rows="[]").replace(json.dumps(q.columns), "null"),
    "other columns": lambda q: q.series(columns=[*"abcdefghijklmn"[: len(q.columns)]]),
    "a column too many": lambda q: q.series(columns=[*q.columns, "x"], rows=f"[{q.with_cells({})[:-1]},1]]"),
    "a column too few": lambda q: q.series(columns=q.columns[:-1], rows="[]"),
    "a row too short": lambda q: q.series(rows="[[]]"),
    "a row too long": lambda q: q.series(rows=f"[{q.with_cells({})[:-1]},1]]"),
    "a row that is none": lambda q: q.series(rows="[7]"),
    "rows that are null": lambda q: q.series(rows="null"),
    "a cell that is a list": cells(-1, "[1.5]"),
    "a cell that is an object": cells(-1, '{"a":1}'),
    "a cell that is NaN": cells(-1, "NaN"),
    "a cell 100,000 deep": cells(-1, "[" * 100_000),
    "tags that are null": lambda q: q.series(tags="null"),
    "tags that are numbers": lambda q: q.series(tags='{"site":1,"parameter":2,"kind":3}'),
    "a name that is a number": lambda q: q.series(name="7"),
}
OF_MANY_COLUMNS: dict[str, Wrong] = {
    "columns in another order": lambda q: q.series(columns=[*q.columns[1:], q.columns[0]], rows="[]"),
}
OF_TIMED: dict[str, Wrong] = {
    "a time that is a text": cells(0, '"2026-11-22T00:00:00Z"'),
    "a time that is null": cells(0, "null"),
    "a time that is true": cells(0, "true"),
    "a time with a fraction": cells(0, f"{MS}.5"),
    "a time beyond 9999": cells(0, "253402300800000"),
    "a time beyond any": cells(0, "1e300"),
    "a time beyond numbers": cells(0, "1e999"),
    "a time before Christ": cells(0, "-99999999999999"),
    "a time of 5,000 digits": cells(0, "9" * 5000),
}
OF_NUMBERS: dict[str, Wrong] = {
    "a value that is a text": cells(1, '"31.2"'),
    "a value that is true": cells(1, "true"),
    "a value beyond numbers": cells(1, "1e999"),
    "a value beyond numbers beside -0": lambda q: q.series(
        rows=f"[{q.with_cells({1: '1e999'})},{q.with_cells({1: '-0'})}]"
    ),
    "NaN beside -0": lambda q: q.series(rows=f"[{q.with_cells({1: 'NaN'})},{q.with_cells({1: '-0'})}]"),
}
OF_TAGGED: dict[str, Wrong] = {
    "no tags": lambda q: q.series(tags="{}"),
    "a tag too few": lambda q: q.series(tags='{"site":"olympic"}'),
    "a name of nobody": lambda q: q.series(name='"x"'),
}
OF_FIELDS: dict[str, Wrong] = {
    "another's fields": lambda q: q.series(name='"alert"'),
    "a field whose name is a number": cells(0, "7"),
    "a field without a name": cells(0, "null"),
}
OF_REMARKS: dict[str, Wrong] = {
    "a flag that is a number": cells(1, "7"),
    "a flag that is true": cells(1, "true"),
    "a failed check that is a number": cells(2, "7.5"),
    "what was sent as a number": cells(3, "1.5"),
}


def columns(*names: str, row: Sequence[str] = ()) -> Wrong:
    """Other columns, with a row as long."""
    return lambda q: q.series(columns=names, rows=f"[[{','.join([*q.row, '1.5', '3'][: len(names)])}]]")


OF_VALUES: dict[str, Wrong] = {
    "a code that is a text": cells(2, '"1"'),
    "a code that is true": cells(2, "true"),
    "the code 0": cells(2, "0"),
    "the code 5": cells(2, "5"),
    "the code -1": cells(2, "-1"),
    "the code 1.5": cells(2, "1.5"),
    "a code beyond numbers": cells(2, "1e999"),
    "values without codes": columns("time", "pm25"),
    "codes without values": columns("time", "pm25_qc"),
    "codes before values": columns("time", "pm25_qc", "pm25"),
    "no pair": columns("time"),
    "a pair that does not fit": columns("time", "pm25", "pm10_qc"),
    "a pair twice": columns("time", "pm25", "pm25_qc", "pm25", "pm25_qc"),
    "another parameter": columns("time", "pm10", "pm10_qc"),
    "another parameter beside": columns("time", "pm25", "pm25_qc", "pm10", "pm10_qc"),
    "remarks among values": lambda _: REMARKS.series(name='"air"'),
    "of the former layout": lambda q: q.series(
        columns=["time", "value", "flag", "failed", "validity"], rows=f'[[{MS},1.5,"N","","valid"]]'
    ),
}
EVERY = [question for requests in QUESTIONS.values() for request in requests for question in request]
WRONG: list[tuple[dict[str, Wrong], list[Question]]] = [
    (OF_TIMED, [REMARKS, VALUES, NEWEST, WATER_NEWEST, STATISTICS, ALERTS, FIGURES]),
    (OF_NUMBERS, [VALUES, NEWEST, WATER_NEWEST, STATISTICS, FIGURES]),
    (OF_TAGGED, [REMARKS, VALUES, NEWEST, WATER_NEWEST]),
    (OF_FIELDS, [FIELDS, WATER_FIELDS]),
    (OF_REMARKS, [REMARKS]),
    (OF_VALUES, [VALUES]),
    (OF_ANY, EVERY),
    (OF_MANY_COLUMNS, [question for question in EVERY if len(question.columns) > 1]),
]
RIGHT_ELSEWHERE = {  # the figures of operation have any columns and texts
    "a value that is a text": [FIGURES],
    "a column too many": [FIGURES],
    "a column too few": [FIGURES],
}


def wrong_answers(given: str, question: Question) -> Iterator[str]:
    """The body of that name as an answer to the question, if it is for such."""
    if given in BODIES:
        yield BODIES[given]
    for bodies, questions in WRONG:
        if given in bodies and question in questions:
            yield bodies[given](question)


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


def answer_rightly(script: ScriptedServer, asked: str, *, but: tuple[int, bytes] | None = None) -> None:
    """Give the right answers to all requests, but to one."""
    script.answers.clear()
    if asked == "prepare":
        script.answers.append(PING)
    script.answers += [document(asked, number) for number in range(len(QUESTIONS[asked]))]
    if but:
        script.answers[but[0] - len(QUESTIONS[asked])] = but[1]


def test_the_right_answers_are_taken(script: ScriptedServer, scripted: InfluxDBStore) -> None:
    given = dict[str, Any]()
    for asked in QUESTIONS:
        answer_rightly(script, asked)
        given[asked] = ASKS[asked](scripted)
        assert not script.answers

    olympic = 1.5, "M", "step", "suspect", "<3"
    assert given["former"] == {KEY: StoredValue(*olympic)}
    assert given["latest"] == {("olympic", "pm25", "rtd"): START}
    assert [*given["readings"].itertuples()] == [(START, *olympic)]
    assert given["readings of air"].to_numpy().tolist() == [["olympic", "pm25", "rtd", *olympic]]
    assert given["statistics"].value.tolist() == [1.5]
    pm10, pm25 = given["readings by parameter"].values()
    assert [*pm10.itertuples(index=False, name=None)] == [(2.5, "N", "", "valid", "")] * 2
    assert [*pm25.itertuples()] == [(START, *olympic)]
    assert [len(frame) for frame in given["statistics by parameter"].values()] == [0, 1]
    assert given["points"].message.tolist() == [""]
    assert given["figures"].to_numpy().tolist() == [[1.5]]


@pytest.mark.parametrize("given", [*BODIES, *dict.fromkeys(name for bodies, _ in WRONG for name in bodies)])
def test_an_answer_of_a_wrong_shape_is_a_store_that_is_away(
    script: ScriptedServer, scripted: InfluxDBStore, given: str
) -> None:
    """Whichever question it answers, with all others answered rightly."""
    tried = 0
    for asked, requests in QUESTIONS.items():
        for number, request in enumerate(requests):
            for at, question in enumerate(request):
                for body in wrong_answers(given, question):
                    answer_rightly(script, asked, but=(number, document(asked, number, body, at)))
                    if question in RIGHT_ELSEWHERE.get(given, ()):
                        ASKS[asked](scripted)
                        continue
                    with pytest.raises(StoreAway) as raised:
                        ASKS[asked](scripted)
                        pytest.fail(f"{asked}, request {number}, statement {at}: taken for an answer")
                    check(raised.value)
                    assert raised.value.kind == "broken"
                    assert len(script.answers) == len(requests) - number - 1  # nothing more was asked
                    tried += 1
    assert tried


@pytest.mark.parametrize("asked", ["readings", "former", "readings of air"])
@pytest.mark.parametrize(
    "row", [("1.5", "null"), ("null", "3"), ("null", "null")], ids=["value", "code", "neither"]
)
def test_half_of_a_reading_is_not_there_yet(
    script: ScriptedServer, scripted: InfluxDBStore, asked: str, row: tuple[str, str]
) -> None:
    """Another hour is whole: only the half is left out. A remark is there already."""
    later = f"[{MS + 3_600_000},2.5,1]"
    body = VALUES.series(rows=f"[{VALUES.with_cells(dict(enumerate(row, 1)))},{later}]")
    request = len(QUESTIONS[asked]) - 1
    answer_rightly(script, asked, but=(request, document(asked, request, body, 1)))

    found: Any = ASKS[asked](scripted)

    if asked == "former":
        assert found == {}
    else:
        assert [*found.value] == [2.5]
        assert [*found.flag] == ["N"]


@pytest.mark.parametrize(
    ("asked", "tags"),
    [
        (asked, OF_SITE | tag)
        for asked in ("readings", "former", "readings by parameter")
        for tag in ({"site": "wujinku"}, {"kind": "hour"})
    ],
)
def test_the_readings_of_another_are_not_taken(
    script: ScriptedServer, scripted: InfluxDBStore, asked: str, tags: dict[str, str]
) -> None:
    answer_rightly(script, asked, but=(0, document(asked, 0, VALUES.series(tags=json.dumps(tags)), 1)))

    with pytest.raises(StoreAway, match="not asked for"):
        ASKS[asked](scripted)


def test_the_statistics_of_another_are_not_taken(script: ScriptedServer, scripted: InfluxDBStore) -> None:
    """Asked for several, a site answers with all it has."""
    others = STATISTICS.series(tags='{"parameter":"co"}')
    answer_rightly(script, "statistics", but=(0, document("statistics", 0, others)))
    with pytest.raises(StoreAway, match="not asked for"):
        ASKS["statistics"](scripted)

    asked = "statistics by parameter"
    answer_rightly(script, asked, but=(0, document(asked, 0, others)))
    found: Any = ASKS[asked](scripted)
    assert [len(frame) for frame in found.values()] == [0, 0]


@pytest.mark.parametrize("asked", ["readings", "former"])
def test_remarks_behind_the_values_are_no_answer(
    script: ScriptedServer, scripted: InfluxDBStore, asked: str
) -> None:
    """They would be lost."""
    first, second, *_ = document(asked, 0).partition(b"\r\n\r\n")[2].split(b"\n")
    script.always = UNTIL_CLOSED + second + b"\n" + first

    with pytest.raises(StoreAway, match="out of turn"):
        ASKS[asked](scripted)


def test_a_time_that_is_there_twice_is_a_store_that_is_away(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    for asked, at, question in (("readings", 1, VALUES), ("statistics", 0, STATISTICS)):
        row = question.with_cells({})
        body = question.series(rows=f"[{row},{row}]")
        answer_rightly(script, asked, but=(0, document(asked, 0, body, at)))
        with pytest.raises(StoreAway, match="twice"):
            ASKS[asked](scripted)


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
    names = st.sampled_from(
        ["time", "pm25", "pm25_qc", "value", "flag", "failed", "sent", "site", "kind", "fieldKey"]
    )
    columns = st.lists(names, max_size=6) | st.sampled_from(
        [["time", "pm25", "pm25_qc"], ["time", "flag", "failed", "sent"], ["fieldKey", "fieldType"]]
    )
    keys = st.sampled_from(["results", "series", "values", "columns", "tags", "name", "error", "partial"])
    one = st.fixed_dictionaries(
        {"columns": columns, "values": st.lists(st.lists(cell(), max_size=6), max_size=4)},
        optional={
            "name": st.sampled_from(["air", "water", "flagged"]),
            "tags": st.dictionaries(names, st.text(max_size=4), max_size=3),
        },
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
