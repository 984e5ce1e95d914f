"""A database that is none at the start, one that takes no further series, and one whose file is deleted."""

import json
import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items, refused
from tests.support.peers.fake_influxdb2 import InfluxDB2
from tests.support.peers.scripted_http import Behaviour, ScriptedServer, answer
from tests.support.servers import Mosquitto, StartInfluxd
from tests.support.stored_readings import count_readings

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PARAMETERS = ("pm25", "pm10", "so2", "no2", "co", "o3")
SITES = ("wujinku", "beibengfang", "yanchang", "shiji-haoyuan", "renmin-gongyuan", "taizicheng")

pytestmark = pytest.mark.server


def publish(
    broker: Mosquitto,
    count: int,
    first: int = 0,
    sites: Sequence[str] = ("wujinku",),
    parameters: Sequence[str] = ("pm25",),
) -> None:
    with Publisher(Broker(port=broker.port)) as publisher:
        for number in range(first, first + count):
            values = dict.fromkeys(parameters, float(number))
            payload = {"time": (START + MINUTE * number).isoformat(), "values": values}
            for site in sites:
                publisher.publish(f"liangqu/air/{site}", json.dumps(payload).encode())


def hang_up_at_once(connection: socket.socket) -> None:
    connection.shutdown(socket.SHUT_RDWR)


ROWS = '{"results":[{"statement_id":0,"series":[{"name":"databases","columns":["name"],"values":[%s]}]}]}'


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param(
            b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n",
            "400 Client sent an HTTP request to an HTTPS server.",
            id="it speaks TLS",
        ),
        pytest.param(answer("400 Bad", "[" * 5000), "/ping: 400 [[[[", id="5,000 brackets"),
        pytest.param(
            answer("302 Found", Location="https://sso/"),
            "302, it has moved to https://sso/",
            id="a page to sign in",
        ),
        pytest.param(
            b"SSH-2.0-OpenSSH_9.6\r\n",
            "/ping: its answer cannot be read (ProtocolError)",
            id="another protocol",
        ),
        pytest.param(answer("200 OK", "[" * 100_000), "no answer InfluxDB gives", id="nested without end"),
        pytest.param(answer("200 OK", ROWS % '["a","b"]'), "a row that is not as long", id="a row too long"),
        pytest.param(hang_up_at_once, "/ping: ", id="hangs up"),
    ],
)
def test_a_database_that_is_none_is_said_until_the_real_one_is_there(
    given: bytes | Behaviour,
    words: str,
    mosquitto: Mosquitto,
    start_influxd: StartInfluxd,
    start_liangqu: StartLiangqu,
) -> None:
    influxd = start_influxd()
    influxd.stop()
    with ScriptedServer(influxd.port) as other:
        other.always = given
        service = start_liangqu(mosquitto.port, influxdb=influxd.url, ready=False)
        service.wait_until_subscribed()
        publish(mosquitto, 20)
        service.wait_until(lambda: words in service.readyz().get("store", ""), "said")
        service.wait_until(lambda: service.accounts()["processed"] == 20, "worked on all the same")
        waiting = service.metrics()
    influxd.start()
    figures = service.wait_until_settled(20)
    service.wait_until(lambda: service.readyz()["ready"], "ready")

    assert items(waiting)["stored"] == items(waiting)["quarantined"] == 0
    assert items(figures)["stored"] == count_readings(influxd.url) == 20
    assert service.gaps() == {"messages": 0, "items": 0}
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


TOKEN = """
[influxdb]
token_file = "token"
org = "epb"
"""


@pytest.mark.parametrize(
    ("may", "buckets"),
    [
        pytest.param(["all"], [], id="a missing bucket is made"),
        pytest.param(["read", "write"], ["liangqu"], id="a token limited to its bucket is enough"),
    ],
)
def test_a_database_of_2x_is_ready_by_itself(
    may: list[str],
    buckets: list[str],
    mosquitto: Mosquitto,
    tmp_path: Path,
) -> None:
    """Over a server that answers as 2.7 does; no 2.x is to be had for tests."""
    (tmp_path / "token").write_text("hush-hush")
    with InfluxDB2(may, buckets) as server:
        service = LiangquRun(tmp_path, mosquitto.port, influxdb=server.url)
        settings = service.settings.read_text(encoding="utf-8")
        service.settings.write_text(settings.replace("[influxdb]", TOKEN.strip()), encoding="utf-8")
        try:
            service.start()
            publish(mosquitto, 5)
            service.wait_until_settled(5)
        finally:
            service.kill()

        assert list(server.buckets) == ["liangqu"]
        assert len({line for line in server.written if line.startswith(b"air,")}) == 5  # one goes ahead


def test_a_token_that_cannot_make_the_bucket_is_told_how(mosquitto: Mosquitto, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("hush-hush")
    with InfluxDB2(["read", "write"]) as server:
        service = LiangquRun(tmp_path, mosquitto.port, influxdb=server.url)
        settings = service.settings.read_text(encoding="utf-8")
        service.settings.write_text(settings.replace("[influxdb]", TOKEN.strip()), encoding="utf-8")
        try:
            service.start(ready=False)
            service.wait_until(lambda: "influx bucket create" in service.readyz().get("store", ""), "said")
        finally:
            service.kill()

    assert "hush-hush" not in service.log.read_text(encoding="utf-8")


def test_a_full_database_loses_nothing(
    mosquitto: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu
) -> None:
    """What it does not take is kept and reported, and comes in when there is room."""
    influxd = start_influxd(data="  max-series-per-database = 3")
    service = start_liangqu(mosquitto.port, influxdb=influxd.url)
    publish(mosquitto, 30, sites=SITES)
    figures = service.wait_until_settled(30 * len(SITES))
    service.wait_until(lambda: service.readyz()["warnings"], "warned")
    (warning,) = [words for words in service.readyz()["warnings"] if "store" in words]

    kept = int(refused(figures)["refused_by_store"])
    assert kept >= 30
    assert items(figures)["stored"] + kept == 30 * len(SITES)
    assert items(figures)["stored"] == count_readings(influxd.url)
    assert warning.startswith(f"the store refused {kept} readings, the last: 400 partial write: max-series")
    assert service.readyz()["ready"] is True

    influxd.kill()
    influxd.configure("")
    influxd.start()
    service.wait_until(lambda: service.readyz()["ready"], "ready")
    service.command("quarantine", "replay", "--reason", "refused_by_store")
    service.wait_until(lambda: count_readings(influxd.url) == 30 * len(SITES), "all there")
    service.wait_until(lambda: not service.readyz()["warnings"], "over")
    figures = service.metrics()

    assert items(figures)["stored"] == 30 * len(SITES)
    assert service.gaps() == {"messages": 0, "items": 0}


@pytest.mark.parametrize("pattern", ["liangqu.db*", "liangqu.db"])
def test_a_store_that_is_deleted_is_said_at_once_and_takes_nothing(
    pattern: str, mosquitto: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(mosquitto.port)
    publish(mosquitto, 10)
    service.wait_until_settled(10)

    for part in service.folder.glob(pattern):
        part.unlink()
    service.wait_until(lambda: not service.readyz()["ready"], "said", patience=5)
    words = service.readyz()["store"]
    publish(mosquitto, 10, first=10)
    service.wait_until(lambda: service.accounts()["processed"] == 20, "worked on all the same")
    during = service.metrics()
    service.kill()
    service.start()
    figures = service.wait_until_settled(20)

    assert "liangqu.db: " in words
    assert items(during)["stored"] == 10
    assert items(figures)["stored"] == 20
    assert stored(service) == 10


def stored(service: LiangquRun) -> int:
    """How many rows an export has."""
    span = ("--from", "2025-12-31T00:00:00+08:00", "--to", "2026-02-01T00:00:00+08:00")
    return service.command("export", "wujinku", *span).count("\n") - 1


def test_a_store_with_random_pages_is_not_ready(mosquitto: Mosquitto, start_liangqu: StartLiangqu) -> None:
    """Commands say so in one line."""
    service = start_liangqu(mosquitto.port)
    publish(mosquitto, 300, parameters=PARAMETERS)
    service.wait_until_settled(300)
    service.stop()
    path = service.folder / "liangqu.db"
    content = bytearray(path.read_bytes())
    content[4096 * 4 : 4096 * 30] = b"\xa5" * (4096 * 26)
    path.write_bytes(content)

    service.start(ready=False)
    service.wait_until(lambda: "damaged" in service.readyz().get("store", ""), "said")
    span = ("--from", "2025-12-31T00:00:00+08:00", "--to", "2026-02-01T00:00:00+08:00")
    ended: list[tuple[int, str]] = [service.fails("export", "all", *span), service.fails("report", "2026-01")]

    assert service.readyz()["ready"] is False
    for code, words in ended:
        assert code == 1
        assert words.startswith("liangqu: store: ")
        assert words.count("\n") == 1
        assert "Traceback" not in words
