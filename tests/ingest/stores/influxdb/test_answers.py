"""What the InfluxDB store makes of answers that no real server gives on demand."""

import logging
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from math import nan
from typing import Any

import pytest

from ingest.journal.entries import ReadingEntry
from ingest.stores.base import Rejected, StoreAway
from ingest.stores.influxdb.line_writer import ENTRIES_AT_ONCE
from ingest.stores.influxdb.section import Compress, InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.model import Checked, Reading
from tests.support.peers.scripted_http import ScriptedServer, answer

START = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)

# As influxd 1.6.7 words them.
CONFLICT = (
    "partial write: field type conflict: input field value on measurement air is type float,"
    " already exists as type string dropped=1"
)
LIMIT = "partial write: max-series-per-database limit exceeded: (3) dropped=1"
PARSE = "unable to parse 'air,site=x value=bad 99': invalid boolean"

Answer = tuple[str, float | None, str]


def readings(count: int, value: float = 0.0) -> list[ReadingEntry]:
    """A line each."""
    return [
        ReadingEntry(
            "air", Checked(Reading("olympic", "pm25", "rtd", START + n * HOUR, n + value, "N", START)), "new"
        )
        for n in range(count)
    ]


@pytest.fixture
def scripted(script: ScriptedServer) -> Iterator[InfluxDBStore]:
    """A store before a server that answers as told, with little patience."""
    with closing(InfluxDBStore(InfluxOptions(script.url, "liangqu", timeout=0.3))) as store:
        yield store


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param(answer("429 Slow", Retry_After="7"), ("throttled", 7.0, "429"), id="429 with seconds"),
        pytest.param(
            answer("429 Slow", Retry_After="soon"), ("throttled", None, "429"), id="429 with a word"
        ),
        pytest.param(answer("429 Slow", Retry_After="nan"), ("throttled", None, "429"), id="429 with NaN"),
        pytest.param(answer("503 Slow", Retry_After="-nan"), ("throttled", None, "503"), id="503 with -NaN"),
        pytest.param(answer("429 Slow", Retry_After="-1"), ("throttled", 0.0, "429"), id="429 before now"),
        pytest.param(
            answer("429 Slow", Retry_After="300.5"), ("throttled", 300.0, "429"), id="429, five minutes"
        ),
        pytest.param(answer("429 Slow", Retry_After="1e308"), ("throttled", 300.0, "429"), id="429, 1e308"),
        pytest.param(answer("503 Slow", Retry_After="inf"), ("throttled", 300.0, "503"), id="503, for ever"),
        pytest.param(
            answer("500 Oh", Retry_After="9" * 5000), ("broken", 300.0, "500"), id="500, 5,000 digits"
        ),
        pytest.param(
            answer(
                "503 Busy",
                Date="Sun, 22 Nov 2026 08:00:00 GMT",
                Retry_After="Fri, 31 Dec 9999 23:59:59 GMT",
            ),
            ("throttled", 300.0, "503"),
            id="503 with the last date of all",
        ),
        pytest.param(
            answer("503 Busy", Date="Sun, 22 Nov 2026 08:00:00 GMT", Retry_After="Mon, 99 Foo 0 0:0"),
            ("throttled", None, "503"),
            id="503 with a date that is none",
        ),
        pytest.param(
            answer(
                "503 Busy",
                '{"code":"unavailable","message":"busy"}',
                Date="Sun, 22 Nov 2026 08:00:00 GMT",
                Retry_After="Sun, 22 Nov 2026 08:01:30 GMT",
            ),
            ("throttled", 90.0, "503 busy"),
            id="503 with a date",
        ),
        pytest.param(answer("503 Busy"), ("throttled", None, "503"), id="503 without a word"),
        pytest.param(answer("500 Oh", '{"error":"timeout"}'), ("broken", None, "500 timeout"), id="500"),
        pytest.param(
            answer("502 Bad", "<html>\nnginx"), ("broken", None, "502 <html> nginx"), id="502 of a proxy"
        ),
        pytest.param(answer("401 No", '{"error":"who?"}'), ("refuses", None, "401 who?"), id="401"),
        pytest.param(
            answer("403 No", '{"code":"forbidden","message":"no"}'),
            ("refuses", None, "403 no"),
            id="403 of 2.x",
        ),
        pytest.param(
            answer("404 No", '{"code":5,"message":[]}'), ("refuses", None, "404"), id="404, odd body"
        ),
        pytest.param(
            answer("301 Moved", Location="http://x/"),
            ("refuses", None, "301, it has moved to http://x/; set [influxdb] url"),
            id="a redirection",
        ),
        pytest.param(answer("405 No"), ("refuses", None, "405"), id="405"),
        pytest.param(
            answer("400 Bad", "<html><title>400 The plain HTTP request"),
            ("broken", None, "400 <html><title>400 The plain HTTP request"),
            id="400 of a proxy",
        ),
        pytest.param(
            answer("400 Bad", '{"error":"bad request"}'),
            ("broken", None, "400 bad request"),
            id="400 of anybody",
        ),
        pytest.param(
            answer("400 Bad", f"<html>{PARSE}"), ("broken", None, "400 <html>unable"), id="400, only quoted"
        ),
        pytest.param(
            answer("400 Bad", '{"error":"partial write: shard 7 is pending deletion dropped=2"}'),
            ("broken", None, "pending deletion"),
            id="400, a shard that is dropped",
        ),
        pytest.param(answer("400 Bad", "[" * 5000), ("broken", None, "400 [["), id="400, 5,000 brackets"),
        pytest.param(answer("422 Bad"), ("broken", None, "422"), id="422 without a word"),
        pytest.param(answer("200 OK", "<html>log in"), ("broken", None, "200"), id="a portal's page"),
        pytest.param(b"", ("away", None, ""), id="hangs up without an answer"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", ("away", None, ""), id="another protocol"),
        pytest.param(b"HTTP/1.1 20", ("away", None, ""), id="half a status line"),
        pytest.param(
            b"HTTP/1.1 500 Oh\r\nContent-Length: 99\r\n\r\nhal", ("away", None, ""), id="half an error text"
        ),
        pytest.param(answer("500 \xff"), ("broken", None, "500"), id="a reason that is no ASCII"),
    ],
)
def test_an_answer_says_when_and_whether_to_try_again(
    script: ScriptedServer, scripted: InfluxDBStore, given: bytes, expected: Answer
) -> None:
    kind, retry_after, words = expected
    script.answers.append(given)

    with pytest.raises(StoreAway) as away:
        scripted.write_entries(readings(2))

    assert (away.value.kind, away.value.retry_after) == (kind, retry_after)
    assert words in str(away.value)
    assert "\n" not in str(away.value)
    assert len(script.requests) == 1


def test_what_stands_behind_lines_that_were_not_taken_is_not_sent(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    script.answers += [answer("204 No Content"), answer("503 Busy"), answer("204 No Content")]

    with pytest.raises(StoreAway):
        scripted.write_entries(readings(4 * ENTRIES_AT_ONCE))

    assert [request.body.count(b"\n") + 1 for request in script.requests] == [ENTRIES_AT_ONCE] * 2


def test_lines_that_no_store_may_take_are_not_even_sent(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    with pytest.raises(Rejected) as rejected:
        scripted.write_entries(readings(2 * ENTRIES_AT_ONCE, nan))

    assert len(rejected.value.lines) == 2 * ENTRIES_AT_ONCE
    assert script.requests == []


def test_an_answer_that_does_not_come_in_time_is_none(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    script.answers += [0.6, answer("204 No Content")]

    with pytest.raises(StoreAway) as away:
        scripted.write_entries(readings(1))

    assert away.value.kind == "away"


@pytest.mark.parametrize(
    ("status", "words", "body"),
    [
        pytest.param(
            "400 Bad Request", CONFLICT, f'{{"error":"{CONFLICT}"}}', id="1.x, a field of another type"
        ),
        pytest.param("400 Bad Request", LIMIT, f'{{"error":"{LIMIT}"}}', id="1.x, no further series"),
        pytest.param("400 Bad Request", PARSE, f'{{"error":"{PARSE}"}}', id="1.x, a line that is none"),
        pytest.param(
            "400 Bad Request", PARSE, f'{{"code":"invalid","message":"{PARSE}"}}', id="2.x, the same"
        ),
        pytest.param(
            "422 Unprocessable Entity",
            f"failure writing points to database: {CONFLICT}",
            f'{{"code":"unprocessable entity","message":"failure writing points to database: {CONFLICT}"}}',
            id="2.x, a field of another type",
        ),
        pytest.param(
            "413 Request Entity Too Large",
            "Request Entity Too Large",
            '{"error":"Request Entity Too Large"}',
            id="1.x, even one line is too long",
        ),
    ],
)
def test_bad_lines_are_found_by_halves_and_named_with_the_servers_words(
    script: ScriptedServer, scripted: InfluxDBStore, status: str, words: str, body: str
) -> None:
    bad, good = answer(status, body), answer("204 No Content")
    script.answers += [bad, good, bad, bad, good]  # 4 lines; 0-1; 2-3; 2; 3

    with pytest.raises(Rejected) as rejected:
        scripted.write_entries(readings(4))

    assert rejected.value.lines == ((2, f"{status[:3]} {words}"),)
    assert [request.body.count(b"\n") + 1 for request in script.requests] == [4, 2, 2, 1, 1]


def test_what_a_proxy_finds_too_large_is_sent_in_smaller_pieces(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    script.answers += [answer("413 Too Large", "<html>nginx"), *[answer("204 No Content")] * 2]

    scripted.write_entries(readings(4))

    assert [request.body.count(b"\n") + 1 for request in script.requests] == [4, 2, 2]


def test_a_proxy_that_takes_not_even_one_line_costs_no_line(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    script.answers += [answer("413 Too Large", "<html>nginx")] * 3

    with pytest.raises(StoreAway, match="not even one line may be written: 413 <html>nginx") as away:
        scripted.write_entries(readings(4))

    assert away.value.kind == "refuses"


def test_a_server_that_goes_away_amid_the_search_is_away(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    script.answers += [answer("400 Bad Request", f'{{"error":"{PARSE}"}}'), answer("503 Service Unavailable")]

    with pytest.raises(StoreAway):
        scripted.write_entries(readings(4))


def test_what_is_sent(script: ScriptedServer) -> None:
    script.answers += [answer("204 No Content")] * 3
    ways: list[dict[str, Any]] = [{}, {"username": "liangqu", "password": "p:w"}, {"token": "T=="}]
    for secrets in ways:
        with closing(InfluxDBStore(InfluxOptions(f"{script.url}/", "liang qu", **secrets))) as store:
            store.write_entries(readings(1))

    first = script.requests[0]
    assert first.line == "POST /write?db=liang+qu&precision=ms HTTP/1.1"
    assert first.body == b"air,kind=rtd,site=olympic pm25=0.0,pm25_qc=1i 1795305600000"
    sent = [request.headers.get("authorization") for request in script.requests]
    assert sent == [None, "basic bglhbmdxdtpwonc=", "token t=="]


@pytest.mark.parametrize(
    ("host", "compress", "packed"),
    [
        pytest.param("127.0.0.1", "auto", False, id="this machine"),
        pytest.param("localhost", "auto", False, id="this machine by name"),
        pytest.param("127.0.0.1", "always", True, id="this machine, asked for"),
        pytest.param("influxdb.example", "auto", True, id="another"),
        pytest.param("influxdb.example", "never", False, id="another, not asked for"),
    ],
)
def test_lines_are_packed_unless_they_stay_on_this_machine(
    script: ScriptedServer, monkeypatch: pytest.MonkeyPatch, host: str, compress: Compress, packed: bool
) -> None:
    found = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **more: found("127.0.0.1", *rest, **more))
    script.answers.append(answer("204 No Content"))

    with closing(
        InfluxDBStore(InfluxOptions(script.url.replace("127.0.0.1", host), "liangqu", compress=compress))
    ) as store:
        store.write_entries(readings(1))

    (request,) = script.requests
    assert (request.headers.get("content-encoding") == "gzip") is packed
    assert request.body.startswith(b"air,kind=rtd,site=olympic pm25=0.0")


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        pytest.param(
            '{"results":[{"error":"database not found: x"}]}', "refuses", "not found", id="no database"
        ),
        pytest.param('{"results":[{"error":"shard is disabled"}]}', "broken", "shard", id="an error"),
        pytest.param('{"results":[{"series":[{"columns":["time"', "broken", "", id="half a document"),
        pytest.param("<html>welcome</html>", "broken", "", id="another server"),
        pytest.param('{"results":[{"series":[{"columns":[],"values":[[{}]]}]}]}', "broken", "", id="odd"),
        pytest.param("", "broken", "empty", id="nothing"),
        pytest.param('{"error":"not executed"}', "broken", "not executed", id="an error of its own"),
        pytest.param("null", "broken", "", id="null"),
    ],
)
def test_a_bad_answer_to_a_query_is_never_an_empty_frame(
    script: ScriptedServer, scripted: InfluxDBStore, body: str, kind: str, words: str
) -> None:
    script.answers.append(answer("200 OK", body))

    with pytest.raises(StoreAway) as away:
        scripted.readings("olympic", "pm25", START, START + HOUR)

    assert away.value.kind == kind
    assert words in str(away.value)


def test_an_answer_that_breaks_off_is_never_a_shorter_frame(
    script: ScriptedServer, scripted: InfluxDBStore
) -> None:
    remarks = b'{"results":[{"statement_id":0}]}\n'
    series = b'"name":"air","tags":{"site":"olympic","kind":"rtd"},"columns":["time","pm25","pm25_qc"]'
    values = b'{"results":[{"statement_id":1,"series":[{%b,"values":[[1795305600000,2,1]]}]}]}\n' % series
    document = remarks + values
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    script.answers.append(head + f"{len(document):x}\r\n".encode() + document + b"\r\n")

    with pytest.raises(StoreAway) as away:
        scripted.readings("olympic", "pm25", START, START + HOUR)

    assert away.value.kind == "away"


def test_a_secret_stands_in_no_text(script: ScriptedServer, caplog: pytest.LogCaptureFixture) -> None:
    secret = "hush-hush"
    said = []
    with caplog.at_level(logging.DEBUG):
        for given in (answer("401 Unauthorized", '{"error":"no"}'), b"", answer("500 Oh")):
            script.answers.append(given)
            with closing(
                InfluxDBStore(InfluxOptions(script.url, "x", username="u", password=secret, timeout=0.3))
            ) as store:
                with pytest.raises(StoreAway) as away:
                    store.write_entries(readings(1))
                said += [repr(store), repr(store._server), str(away.value), repr(away.value.__cause__)]
    for url, token in (
        (f"http://u:{secret}@127.0.0.1", ""),
        ("http://127.0.0.1", f"{secret}\n"),
        ("http://127.0.0.1", f"{secret}密"),
    ):
        with pytest.raises(ValueError, match=r"\[influxdb\]") as refused:
            InfluxDBStore(InfluxOptions(url, "x", token=token))
        said.append(str(refused.value))

    assert secret not in "".join(said) + caplog.text
    assert "dTpodXNoLWh1c2g" not in "".join(said) + caplog.text


@pytest.mark.parametrize("url", ["", "127.0.0.1:8086", "ftp://x", "http://", "http://x/?db=y", "http://x/#y"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\[influxdb\] url"):
        InfluxDBStore(InfluxOptions(url, "liangqu"))


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1", "http://[::1%25lo]:8086", "http://x:99999", "http://x:0", "http://x:-1", "http://x:y",
        "http://a b/", "http://x/\n", f"http://{'x' * 64}.example", "http://..", "http://u@x/", "https://[1.2.3.4]",
    ],
)  # fmt: skip
def test_an_odd_address_is_refused_in_a_line(url: str) -> None:
    with pytest.raises(ValueError, match=r"^\[influxdb\] url: .*") as refused:
        InfluxDBStore(InfluxOptions(url, "liangqu"))

    assert str(refused.value).isprintable()


@pytest.mark.usefixtures("nothing_ahead")
def test_an_address_of_ipv6_is_asked() -> None:
    with ScriptedServer(host="::1") as script:
        script.answers.append(answer("204 No Content"))
        with closing(InfluxDBStore(InfluxOptions(script.url, "liangqu"))) as store:
            store.write_entries(readings(1))

        (request,) = script.requests
        assert request.headers["host"] == script.url.removeprefix("http://")
        assert "content-encoding" not in request.headers  # it is this machine


def test_a_host_of_another_script_is_asked_by_its_ascii_name() -> None:
    with closing(InfluxDBStore(InfluxOptions("http://监测.invalid:8086/库/", "liangqu"))) as store:
        assert "http://xn--" in repr(store)
        with pytest.raises(StoreAway) as away:
            store.latest()

    assert away.value.kind == "away"


def test_a_port_where_nobody_listens_is_away() -> None:
    with (
        closing(InfluxDBStore(InfluxOptions("http://127.0.0.1:9", "liangqu"))) as store,
        pytest.raises(StoreAway) as away,
    ):
        store.latest()

    assert away.value.kind == "away"


def test_an_error_leaves_the_root_logger_alone(script: ScriptedServer, scripted: InfluxDBStore) -> None:
    before = [*logging.getLogger().handlers]
    script.answers.append(answer("500 Oh", "no JSON"))
    with pytest.raises(StoreAway):
        scripted.write_entries(readings(1))

    assert logging.getLogger().handlers == before
