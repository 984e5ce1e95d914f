"""The servers of the tests are real, keep their files over a crash, and leave no process behind."""

import os
import urllib.request
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt import publish, subscribe

from tests.support import servers
from tests.support.servers import Influxd, Mosquitto, StartInfluxd

pytestmark = pytest.mark.server


def ask(server: Influxd, path: str, body: bytes = b"") -> bytes:
    request = urllib.request.Request(f"{server.url}{path}", data=body, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def test_a_broker_takes_messages_and_keeps_retained_ones_over_an_orderly_restart(
    mosquitto: Mosquitto,
) -> None:
    publish.single("a/b", b"\x00kept", qos=1, retain=True, port=mosquitto.port, protocol=mqtt.MQTTv5)
    mosquitto.stop()
    mosquitto.start()

    message = subscribe.simple("a/b", port=mosquitto.port, protocol=mqtt.MQTTv5)  # type: ignore[no-untyped-call]  # paho's

    assert message.payload == b"\x00kept"


def test_influxd_keeps_points_over_a_kill(start_influxd: StartInfluxd) -> None:
    server = start_influxd()
    ask(server, "/query?q=CREATE+DATABASE+x")
    ask(server, "/write?db=x&precision=ms", b"m value=1.5 1000")
    server.kill()
    server.start()

    assert b'["1970-01-01T00:00:01Z",1.5]' in ask(server, "/query?db=x&q=SELECT+value+FROM+m")


def test_of_two_influxds_the_one_of_1x_is_taken_and_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "influxd"
    other.write_text("#!/bin/sh\necho 'InfluxDB v2.7.12 (git: none) build_date: 2025-05-20T00:00:00Z'\n")
    other.chmod(0o755)
    monkeypatch.setattr(servers, "SEARCHED", f"{tmp_path}:{servers.SEARCHED}")
    assert Influxd(tmp_path)._find() != str(other)

    monkeypatch.setattr(servers, "SEARCHED", str(tmp_path))
    with pytest.raises(AssertionError, match=r"want influxd 1\.x .*/influxd is InfluxDB v2\.7\.12"):
        Influxd(tmp_path).start()


def test_an_ended_server_is_gone(start_influxd: StartInfluxd) -> None:
    server = start_influxd()
    pid = server.pid
    assert pid is not None
    server.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
