"""`liangqu replay` against a real mosquitto: what stands in the file arrives, every row once, in order."""

import io
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from typer.testing import CliRunner

from ingest.importing.cells import CsvReading
from ingest.importing.csv_rows import rows
from ingest.mqtt.broker import Broker, connect, make_client
from liangqu.cli.replay import command
from liangqu.config.errors import ProblemError
from liangqu.tasks.messages.replay import replay
from sensors.catalogue import loader
from tests.support.scale import scaled
from tests.support.servers import Mosquitto, StartMosquitto, wait_until

CATALOGUE = loader.load()
MEDIA = {site.id: site.medium for site in CATALOGUE.sites.values()}
app = typer.Typer()
app.command()(command)


class Arrivals:
    """What arrived, decoded, by topic."""

    def __init__(self, port: int) -> None:
        self.broker = Broker(port=port, client_id="arrivals")
        self.bodies: list[tuple[str, dict[str, Any]]] = []
        self._subscribed = threading.Event()
        self._client = make_client(self.broker, session_expiry=3600)
        self._client.on_connect = lambda client, *_: client.subscribe("#", 1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = lambda _client, _data, message: self.bodies.append(
            (message.topic, msgspec.json.decode(message.payload))
        )
        self._client.reconnect_delay_set(1, 1)
        connect(self._client, self.broker, session_expiry=3600)
        self._client.loop_start()
        assert self._subscribed.wait(10)

    def wait_for_cells(self, count: int) -> None:
        """Until so many different ones are there; what a broker restart brings twice counts once."""
        wait_until(lambda: len(self._cells()) >= count)

    def _cells(self) -> set[tuple[str, object, str]]:
        return {(topic, body["time"], name) for topic, body in list(self.bodies) for name in body["values"]}

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def broker(start_mosquitto: StartMosquitto) -> Mosquitto:
    return start_mosquitto("max_queued_messages 0\nsys_interval 1\n")


@pytest.fixture
def arrivals(broker: Mosquitto) -> Iterator[Arrivals]:
    arrived = Arrivals(broker.port)
    yield arrived
    arrived.close()


@pytest.mark.server
@pytest.mark.parametrize("restarts", [False, True], ids=["broker stays", "broker restarts in between"])
def test_every_row_arrives_with_its_value_bit_for_bit(
    broker: Mosquitto, arrivals: Arrivals, tmp_path: Path, restarts: bool
) -> None:
    hours = scaled(10_000)
    file = tmp_path / "rows.csv"
    lines = [f"yanchang,{n * 3_600_000},{n / 7!r},{n / 3!r}\n" for n in range(hours)]
    file.write_text("site,time,pm25,pm10\n" + "".join(lines))
    expected = {
        (cell.time, cell.parameter): cell.value
        for cell in rows(file, CATALOGUE)
        if isinstance(cell, CsvReading)
    }

    def away_for_a_moment() -> None:
        broker.stop()
        time.sleep(0.3)
        broker.start()

    restart = threading.Timer(0.2, away_for_a_moment)
    if restarts:
        restart.start()

    done = replay(
        {"rows.csv": rows(file, CATALOGUE)},
        Broker(port=broker.port),
        CATALOGUE,
        rate=hours if restarts else None,  # about a second, so that the restart falls into it
    )

    assert (done.published, done.cells, done.unsent) == (hours, 2 * hours, 0)
    if restarts:
        restart.join()
    arrivals.wait_for_cells(2 * hours)
    found: dict[tuple[datetime, str], list[float]] = defaultdict(list)
    for topic, body in list(arrivals.bodies):
        assert topic == "liangqu/air/yanchang"
        for name, value in body["values"].items():
            found[datetime.fromisoformat(body["time"]), name].append(value)
    if restarts:
        assert {key: values[0] for key, values in found.items()} == expected
        assert all(len(set(values)) == 1 for values in found.values())
    else:
        assert found == {key: [value] for key, value in expected.items()}


@pytest.mark.server
def test_speed_keeps_the_distances_of_the_events(broker: Mosquitto) -> None:
    text = "site,time,pm25\nyanchang,0,1\nyanchang,nie,1\nyanchang,3600000,2\nyanchang,1800000,3\n"
    begun = time.monotonic()

    done = replay(
        {"x": rows(io.BytesIO(text.encode(errors="surrogateescape")), CATALOGUE)},
        Broker(port=broker.port),
        CATALOGUE,
        speed=7200,
    )

    assert time.monotonic() - begun >= 0.5  # one hour at 7,200 times; an earlier event does not wait
    assert done.published == 4


@pytest.mark.server
def test_the_command_sends_tells_and_ends_with_1_when_rows_stay_behind(
    broker: Mosquitto, arrivals: Arrivals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANGQU_MQTT__PORT", str(broker.port))
    monkeypatch.setenv("LIANGQU_MQTT__PREFIX", "zjk")
    file = tmp_path / "x.csv"
    file.write_text("site,time,aqi,pm25\nyanchang,2026-11-22 08:00,9,31.2\nelsewhere,0,9,1\nyanchang,0,9,*\n")
    given = [str(file), "--tz", "Asia/Shanghai", "--missing", "*,-", "--ignore-columns", "aqi"]

    result = CliRunner().invoke(app, given)

    assert isinstance(result.exception, ProblemError)
    assert (result.exception.exit_code, str(result.exception)) == (
        1,
        "cells not sent: 1; messages refused by the broker: 0",
    )
    assert f"{file}, line 3: not sent: site 'elsewhere' is not in the catalogue" in result.stderr
    assert "1 message published with 1 value;" in result.stdout
    arrivals.wait_for_cells(1)
    assert arrivals.bodies == [
        (
            "zjk/air/yanchang",
            {"time": datetime(2026, 11, 22, tzinfo=UTC).isoformat()[:19] + "Z", "values": {"pm25": 31.2}},
        )
    ]


@pytest.mark.server
def test_hours_named_by_their_end_are_sent_as_the_site_names_them(
    broker: Mosquitto, arrivals: Arrivals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANGQU_MQTT__PORT", str(broker.port))
    file = tmp_path / "x.csv"
    file.write_text(
        "site,time,pm25,kind\nyanchang,2026-11-23 00:00,31.2,\nyanchang,2026-11-23 00:00,32,hour\n"
    )

    result = CliRunner().invoke(app, [str(file), "--tz", "Asia/Shanghai", "--label", "end"])

    assert result.exit_code == 0
    arrivals.wait_for_cells(2)
    assert [body for _, body in arrivals.bodies] == [  # cycle 1h, and the shipped station's label is `end`
        {"time": "2026-11-22T15:00:00Z", "values": {"pm25": 31.2}},
        {"time": "2026-11-22T16:00:00Z", "values": {"pm25": 32.0}, "kind": "hour"},
    ]


@pytest.mark.server
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_the_broker_drops_is_counted_and_ends_with_1(
    protocol: str, start_mosquitto: StartMosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after `liangqu run` has gone for a while: its session is there, and its queue fills."""
    broker = start_mosquitto("max_queued_messages 100\nsys_interval 1\n")
    monkeypatch.setenv("LIANGQU_MQTT__PORT", str(broker.port))
    monkeypatch.setenv("LIANGQU_MQTT__PROTOCOL", protocol)
    Arrivals(broker.port).close()
    file = tmp_path / "x.csv"
    lines = (f"yanchang,2026-11-22T{n // 60:02}:{n % 60:02}:00Z,1\n" for n in range(500))
    file.write_text("site,time,pm25\n" + "".join(lines))

    first, second = (CliRunner().invoke(app, [str(file)]) for _ in range(2))

    for result, dropped in ((first, 400), (second, 500)):
        assert isinstance(result.exception, ProblemError)
        assert result.exception.exit_code == 1
        words = str(result.exception)
        assert words.startswith(
            f"messages dropped by the broker meanwhile, for one subscriber or another: {dropped}"
        )
        assert "max_queued_messages" in words
        assert "--rate" in words
        assert "500 messages published" in result.stdout


@pytest.mark.server
def test_messages_for_nobody_end_with_1(
    broker: Mosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANGQU_MQTT__PORT", str(broker.port))
    file = tmp_path / "x.csv"
    file.write_text("site,time,pm25\nyanchang,2026-11-22T08:00:00Z,1\n")

    result = CliRunner().invoke(app, [str(file)])

    assert isinstance(result.exception, ProblemError)
    assert result.exception.exit_code == 1
    assert str(result.exception).startswith("messages that nobody has subscribed: 1.")


@pytest.mark.server
def test_a_broker_without_figures_is_said(
    start_mosquitto: StartMosquitto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = start_mosquitto("sys_interval 0\n")
    arrived = Arrivals(broker.port)
    monkeypatch.setenv("LIANGQU_MQTT__PORT", str(broker.port))
    file = tmp_path / "x.csv"
    file.write_text("site,time,pm25\nyanchang,2026-11-22T08:00:00Z,1\n")

    result = CliRunner().invoke(app, [str(file)])
    arrived.close()

    assert result.exit_code == 0
    assert "whether the broker dropped any is not known" in result.stderr


@pytest.mark.parametrize(
    ("options", "words", "code"),
    [
        pytest.param([], "column aqi: no parameter id or HJ code", 2, id="unknown column"),
        pytest.param(
            ["--ignore-columns", "aqi", "--tz", "Zhangjiakou"], "--tz: there is no time zone", 2, id="zone"
        ),
        pytest.param(["--ignore-columns", "aqi"], "no broker at 127.0.0.1:1", 1, id="no broker"),
    ],
)
def test_what_is_wrong_is_one_line_and_an_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], words: str, code: int
) -> None:
    monkeypatch.setenv("LIANGQU_MQTT__PORT", "1")
    file = tmp_path / "x.csv"
    file.write_text("site,time,aqi,pm25\nyanchang,0,9,1\n")

    result = CliRunner().invoke(app, [str(file), *options])

    assert isinstance(result.exception, ProblemError)
    assert words in str(result.exception)
    assert result.exception.exit_code == code
