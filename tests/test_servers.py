"""The servers of the tests are real, keep their files over a crash, and leave no process behind."""

import os
import urllib.request

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt import publish, subscribe

from tests.conftest import StartInfluxd
from tests.servers import Influxd, Mosquitto

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

    message = subscribe.simple("a/b", port=mosquitto.port, protocol=mqtt.MQTTv5)

    assert message.payload == b"\x00kept"


def test_influxd_keeps_points_over_a_kill(start_influxd: StartInfluxd) -> None:
    server = start_influxd()
    ask(server, "/query?q=CREATE+DATABASE+x")
    ask(server, "/write?db=x&precision=ms", b"m value=1.5 1000")
    server.kill()
    server.start()

    assert b'["1970-01-01T00:00:01Z",1.5]' in ask(server, "/query?db=x&q=SELECT+value+FROM+m")


def test_an_ended_server_is_gone(start_influxd: StartInfluxd) -> None:
    server = start_influxd()
    pid = server.pid
    assert pid is not None
    server.stop()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
