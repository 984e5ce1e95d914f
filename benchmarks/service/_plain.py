"""What liangqu is measured beside: the emptiest subscriber there is, and the script one writes in an hour.

python -m benchmarks.service._plain empty|each|batched BROKER_PORT INFLUXDB_URL MESSAGES WINDOW

Each resumes the session `plain`, takes so many messages and prints the processor and wall seconds that they
took, from the CONNACK on. paho is as it comes; each message is acknowledged when it was taken. None of them
checks or keeps anything.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from influxdb_client import InfluxDBClient, Point, WritePrecision
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from ingest.mqtt.broker import Broker, connect

DATABASE = "plain"
SESSION_S = 3600
TOPIC = "liangqu/air/+"
BATCH = 1000

Take = Callable[[MQTTMessage], None]


class Writer:
    """Points of influxdb-client to the `/write` of a 1.x server, which has no `/api/v2/write`."""

    def __init__(self, url: str, batch: int) -> None:
        self._api = InfluxDBClient(url, "").api_client
        self._batch = batch
        self._lines: list[str] = []

    def take(self, message: MQTTMessage) -> None:
        """One message: parsed, made points, written when there are enough."""
        body = json.loads(message.payload)
        site = message.topic.rpartition("/")[2]
        for parameter, value in body["values"].items():
            point = Point("air").tag("site", site).tag("parameter", parameter)
            point = point.field("value", float(value)).time(body["time"], WritePrecision.MS)
            self._lines.append(point.to_line_protocol())
        if len(self._lines) >= self._batch:
            self.flush()

    def flush(self) -> None:
        """Write what is held."""
        if self._lines:
            body, self._lines = "\n".join(self._lines), []
            query = [("db", DATABASE), ("precision", "ms")]
            headers = {"Content-Type": "text/plain"}
            self._api.call_api("/write", "POST", query_params=query, header_params=headers, body=body)


def session(port: int, window: int) -> tuple[Client, Callable[[], None]]:
    """A client of the session, and what connects it."""
    broker = Broker(port=port)
    client = Client(CallbackAPIVersion.VERSION2, client_id="plain", protocol=MQTTv5, manual_ack=True)
    return client, lambda: connect(client, broker, session_expiry=SESSION_S, receive_maximum=window)


def subscribe(port: int, window: int) -> None:
    """Make the session, so that the broker keeps what is published from now on."""
    client, dial = session(port, window)

    def on_connect(*_: object) -> None:
        client.subscribe(TOPIC, qos=1)

    def on_subscribe(*_: object) -> None:
        client.disconnect()

    client.on_connect, client.on_subscribe = on_connect, on_subscribe
    dial()
    client.loop_forever()


def consume(port: int, window: int, messages: int, take: Take | None) -> tuple[float, float]:
    """Processor and wall seconds for so many messages."""
    client, dial = session(port, window)
    left = messages
    begun = (0.0, 0.0)

    def on_connect(*_: Any) -> None:
        nonlocal begun
        begun = time.process_time(), time.perf_counter()

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        nonlocal left
        if take is not None:
            take(message)
        client.ack(message.mid, message.qos)
        left -= 1
        if not left:
            client.disconnect()

    client.on_connect, client.on_message = on_connect, on_message
    dial()
    client.loop_forever()
    return time.process_time() - begun[0], time.perf_counter() - begun[1]


def main(how: str, port: str, url: str, messages: str, window: str) -> None:
    """Take the messages in that way and print the figures as JSON."""
    writer = None if how == "empty" else Writer(url, BATCH if how == "batched" else 1)
    spent, took = consume(int(port), int(window), int(messages), None if writer is None else writer.take)
    if writer is not None:
        before = time.process_time(), time.perf_counter()
        writer.flush()
        spent, took = spent + time.process_time() - before[0], took + time.perf_counter() - before[1]
    print(json.dumps([spent, took]))


if __name__ == "__main__":
    main(*sys.argv[1:])
