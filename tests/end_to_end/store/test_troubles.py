"""A store that refuses, is slow, breaks off or forgets to answer: everything is stored once in the end."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from tests.support.fault_proxy import FaultProxy, Misbehaviour, PassOn, Trouble
from tests.support.frames import times_of
from tests.support.liangqu_process import LiangquRun, Metrics, StartLiangqu, items
from tests.support.peers.scripted_http import answer
from tests.support.servers import Influxd, Mosquitto, StartInfluxd

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOPIC = "liangqu/air/wujinku"
SHORTEST_PAUSE = 0.25  # worker.FIRST_PAUSE_S, jittered down to a half
ASKED_FOR = 1.0
TIMEOUT = 1

ROWS = count()  # each row has days of its own, later than those of the rows before
Site = tuple[Mosquitto, FaultProxy, Influxd, LiangquRun]


def always(given: bytes) -> Misbehaviour:
    return lambda _: given


def cut(at: int) -> Misbehaviour:
    """Carried out, and the answer cut at that byte; negative: so many bytes before its end."""
    return lambda pass_on: pass_on()[:at]


def answered(row: str, tags: str = '{"site":"wujinku","kind":"rtd"}') -> str:
    """A look-up's answer with this row, no reading having a remark."""
    series = f'{{"name":"air","tags":{tags},"columns":["time","pm25","pm25_qc"],"values":[{row}]}}'
    return f'{{"results":[{{"statement_id":0}},{{"statement_id":1,"series":[{series}]}}]}}'


def late(pass_on: PassOn) -> bytes:
    """Carried out, but only when the asker has gone."""
    time.sleep(1.5 * TIMEOUT)
    return pass_on()


def silent(_: PassOn) -> bytes:
    """Neither carried out nor answered."""
    time.sleep(1.5 * TIMEOUT)
    return b""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, influxd: Influxd) -> Iterator[Site]:
    """One service for all rows: what one trouble leaves behind would spoil the next row's counts."""
    with ExitStack() as started:
        broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
        started.callback(broker.kill)
        broker.start()
        proxy = started.enter_context(FaultProxy(influxd.port))
        folder = tmp_path_factory.mktemp("liangqu")
        service = LiangquRun(
            folder, broker.port, influxdb=proxy.url, database="troubles", timeout=f"{TIMEOUT}s"
        )
        started.callback(service.kill)
        yield broker, proxy, influxd, service.start()


def publish(broker: Mosquitto, readings: list[tuple[datetime, float]]) -> None:
    with Publisher(Broker(port=broker.port)) as publisher:
        for time_, value in readings:
            publisher.publish(
                TOPIC, json.dumps({"time": time_.isoformat(), "values": {"pm25": value}}).encode()
            )


def stored(influxd: Influxd, start: datetime) -> dict[datetime, float]:
    """The day's readings as they are in the database, asked directly."""
    with closing(InfluxDBStore(InfluxOptions(influxd.url, "troubles"))) as store:
        frame = store.points("air", start, start + timedelta(days=1))
    return dict(zip(times_of(frame), frame["value"], strict=True))


def gained(before: Metrics, after: Metrics) -> Metrics:
    return {name: after[name] - before[name] for name in after}


def failures(figures: Metrics, kind: str) -> float:
    return figures.get(f'liangqu_store_errors_total{{kind="{kind}"}}', 0.0)


@pytest.mark.server
@pytest.mark.parametrize(
    ("path", "misbehaves", "kind", "words", "pause"),
    [
        pytest.param(
            "/write",
            always(answer("429 Too Many Requests", '{"error":"slow down"}', Retry_After="1")),
            "throttled",
            "/write: 429 slow down",
            ASKED_FOR,
            id="429 with Retry-After",
        ),
        pytest.param(
            "/write",
            always(answer("503 Service Unavailable", '{"error":"timeout"}')),
            "throttled",
            "/write: 503 timeout",
            SHORTEST_PAUSE,
            id="503",
        ),
        pytest.param(
            "/write",
            always(answer("500 Internal Server Error", '{"error":"engine: closed"}')),
            "broken",
            "/write: 500 engine: closed",
            SHORTEST_PAUSE,
            id="500",
        ),
        pytest.param(
            "/write",
            always(answer("401 Unauthorized", '{"error":"authorization failed"}')),
            "refuses",
            "/write: 401 authorization failed",
            SHORTEST_PAUSE,
            id="401",
        ),
        pytest.param(
            "/write",
            always(answer("403 Forbidden", '{"error":"not authorized to write"}')),
            "refuses",
            "/write: 403 not authorized",
            SHORTEST_PAUSE,
            id="403",
        ),
        pytest.param(
            "/write",
            always(answer("404 Not Found", '{"error":"database not found: \\"troubles\\""}')),
            "refuses",
            "/write: 404 database not found",
            SHORTEST_PAUSE,
            id="404, the database was dropped",
        ),
        pytest.param(
            "/write",
            always(answer("200 OK", "<html>please log in")),
            "broken",
            "/write: 200 is not an answer from InfluxDB",
            SHORTEST_PAUSE,
            id="200 of a portal",
        ),
        pytest.param(
            "/write",
            always(answer("400 Bad Request", "<html><title>400 Bad Request")),
            "broken",
            "/write: 400 <html><title>400 Bad Request",
            SHORTEST_PAUSE,
            id="400 of a proxy",
        ),
        pytest.param(
            "/write",
            always(answer("400 Bad Request", "[" * 5000)),
            "broken",
            "/write: 400 [[[[",
            SHORTEST_PAUSE,
            id="400 with 5,000 brackets",
        ),
        pytest.param(
            "/write",
            always(answer("201 Created", "{}")),
            "broken",
            "/write: 201 is not an answer from InfluxDB",
            SHORTEST_PAUSE,
            id="201",
        ),
        pytest.param(
            "/write",
            always(answer("307 Temporary Redirect", Location="/elsewhere")),
            "refuses",
            "/write: 307, it has moved to /elsewhere; set [influxdb] url",
            SHORTEST_PAUSE,
            id="a redirection",
        ),
        pytest.param("/write", silent, "away", "no answer in time", SHORTEST_PAUSE, id="no answer in time"),
        pytest.param(
            "/write", late, "away", "no answer in time", SHORTEST_PAUSE, id="written after the time-out"
        ),
        pytest.param("/write", cut(0), "away", "/write: ", SHORTEST_PAUSE, id="written, the 204 lost"),
        pytest.param("/write", cut(11), "away", "/write: ", SHORTEST_PAUSE, id="written, half a 204"),
        pytest.param(
            "/write",
            always(b'HTTP/1.1 500 Internal Server Error\r\nContent-Length: 99\r\n\r\n{"error":"tim'),
            "away",
            "/write: ",
            SHORTEST_PAUSE,
            id="half an error",
        ),
        pytest.param(
            "/query", cut(0), "away", "/query: ", SHORTEST_PAUSE, id="a look-up that is not answered"
        ),
        pytest.param(
            "/query",
            always(answer("200 OK", answered("[1.5]"))),
            "broken",
            "a row that is not as long as its columns are many",
            SHORTEST_PAUSE,
            id="a look-up's row too short",
        ),
        pytest.param(
            "/query",
            always(answer("200 OK", answered('["today",1.5,1]'))),
            "broken",
            "a time that is not a number",
            SHORTEST_PAUSE,
            id="a look-up's time is a text",
        ),
        pytest.param(
            "/query",
            always(answer("200 OK", answered("[253402300800000,1.5,1]"))),
            "broken",
            "a time that was not asked for",
            SHORTEST_PAUSE,
            id="a look-up's time beyond 9999",
        ),
        pytest.param(
            "/query",
            always(answer("200 OK", answered('[1767225600000,"1.5",1]'))),
            "broken",
            "value: a text where a number should stand",
            SHORTEST_PAUSE,
            id="a look-up's value is a text",
        ),
        pytest.param(
            "/query",
            always(answer("200 OK", answered("[1767225600000,1.5,1]", tags="{}"))),
            "broken",
            "a series without the tags it was asked by",
            SHORTEST_PAUSE,
            id="a look-up's series has no tags",
        ),
        pytest.param(
            "/query",
            always(answer("200 OK", answered("[1767225600000,1.5,7]"))),
            "broken",
            "a code that is none",
            SHORTEST_PAUSE,
            id="a look-up's code is none",
        ),
        pytest.param(
            "/query",
            always(answer("200 OK", "{}")),
            "broken",
            "2 of 2 questions are not answered",
            SHORTEST_PAUSE,
            id="a look-up that says nothing",
        ),
        pytest.param(
            "/query",
            cut(-9),
            "away",
            "/query: ",
            SHORTEST_PAUSE,
            id="a look-up's answer cut in its body",
        ),
    ],
)
def test_everything_is_stored_once_whatever_the_store_does(
    path: str,
    misbehaves: Misbehaviour,
    kind: str,
    words: str,
    pause: float,
    site: Site,
) -> None:
    broker, proxy, influxd, service = site
    start = START + timedelta(days=10 * next(ROWS))
    times = [start + 2 * MINUTE * n for n in range(40)]
    known = [(t, 10.0 + n) for n, t in enumerate(times[:20])]
    new = [(t, 30.0 + n) for n, t in enumerate(times[20:])]
    again, revised, between = known[3], (times[5], 99.5), (start + MINUTE, 10.5)
    before = service.metrics()
    messages = before["liangqu_messages_received_total"]
    publish(broker, known)
    service.wait_until_settled(int(messages) + 20)
    service.wait_until(lambda: service.days_left() == 0, "recomputed, which asks the store for itself")

    proxy.misbehave(Trouble(path, misbehaves))
    publish(broker, [*new, again, revised, between])
    # A look-up that succeeds in between is no trouble, so it is said at one of the moments, not at each.
    service.wait_until(lambda: len(proxy.asked) >= 2 and words in service.readyz()["store"], "said")
    said, asked, during = service.readyz(), list(proxy.asked), service.metrics()
    gaps = service.gaps()
    proxy.behave()
    after = service.wait_until_settled(int(messages) + 43)
    service.wait_until(lambda: service.readyz()["ready"], "ready")

    assert said["ready"] is False
    assert said["journal"] == said["broker"] == "ok"
    assert failures(during, kind) - failures(before, kind) >= 1
    # As long as was asked for, and never at once.
    assert asked[1] - asked[0] >= pause
    assert gaps == service.gaps() == {"messages": 0, "items": 0}
    assert gained(items(before), items(after)) == {
        "stored": 41,
        "duplicate": 1,
        "revised": 1,
        "quarantined": 0,
        "dropped": 0,
        "missing": 0,
    }
    assert stored(influxd, start) == dict([*known, *new, revised, between])


@pytest.mark.server
@pytest.mark.parametrize(
    ("down", "up", "words"),
    [
        pytest.param(Influxd.kill, Influxd.start, "connection refused", id="killed"),
        pytest.param(Influxd.stop, Influxd.start, "connection refused", id="stopped"),
        pytest.param(Influxd.pause, Influxd.resume, "no answer in time", id="paused"),
    ],
)
def test_the_real_database_is_away_and_comes_back(
    down: Callable[[Influxd], None],
    up: Callable[[Influxd], object],
    words: str,
    mosquitto: Mosquitto,
    start_influxd: StartInfluxd,
    start_liangqu: StartLiangqu,
) -> None:
    influxd = start_influxd()
    service = start_liangqu(mosquitto.port, influxdb=influxd.url, database="troubles", timeout=f"{TIMEOUT}s")
    readings = [(START + MINUTE * n, float(n)) for n in range(300)]
    publish(mosquitto, readings[:100])
    service.wait_until_settled(100)

    down(influxd)
    publish(mosquitto, readings[100:])
    service.wait_until(lambda: words in service.readyz()["store"], "said")
    service.wait_until(lambda: service.accounts()["processed"] == 300, "worked on all the same")
    assert service.gaps() == {"messages": 0, "items": 0}
    up(influxd)
    figures = service.wait_until_settled(300)

    assert items(figures)["stored"] == 300
    assert stored(influxd, START) == dict(readings)
