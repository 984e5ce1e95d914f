"""A burst over TLS from a real mosquitto through our reader: packets that span records, each once."""

import hashlib
import queue
import random
from pathlib import Path
from typing import Literal

import pytest
from paho.mqtt.client import MQTTMessage

from ingest.mqtt.message import MqttMessage
from ingest.mqtt.publisher import Publisher
from ingest.mqtt.session import Session
from tests.support.authority import Authority
from tests.support.servers import PATIENCE, StartMosquitto, wait_until

COUNT = 2_000
SIZES = 1_000, 20_000
WINDOW = 500
TOPIC = "liangqu/air/wujinku"

pytestmark = pytest.mark.server

Protocol = Literal["5", "3.1.1"]


class BurstSession(Session):
    """Delivers into a queue, and counts what paho has read in our reader's place."""

    def __init__(self, authority: Authority, port: int, protocol: Protocol) -> None:
        self.delivered = queue.Queue[MqttMessage]()
        self.by_paho = 0
        broker = authority.broker(port, protocol)
        super().__init__(broker, ["liangqu/air/+"], self.delivered.put, window=WINDOW, expiry=600)

    def _on_message(self, client: object, data: object, message: MQTTMessage) -> None:
        self.by_paho += 1
        super()._on_message(client, data, message)  # type: ignore[arg-type]

    def subscribe(self) -> None:
        """Start, and return when the broker has the subscription."""
        self.start()
        wait_until(lambda: self.trouble() == "")

    def take(self, count: int) -> list[bytes]:
        """So many payloads, acknowledged in groups as intake does it: when nothing more waits just now."""
        payloads: list[bytes] = []
        group: list[MqttMessage] = []
        while len(payloads) < count:
            group.append(self.delivered.get(timeout=PATIENCE))
            payloads.append(group[-1].payload)
            if self.delivered.empty() or len(group) == WINDOW // 2:
                self.acknowledge(group)
                group = []
        self.acknowledge(group)
        return payloads


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_burst_over_tls_arrives_once_and_in_order(
    protocol: Protocol, authority: Authority, start_mosquitto: StartMosquitto, tmp_path: Path
) -> None:
    """All of it waits at the broker when we connect; what was acknowledged does not come again."""
    said = tmp_path / "said.log"
    queues = "max_queued_messages 0\nmax_inflight_messages 1000\n"
    mosquitto = start_mosquitto(f"{authority.listener}{queues}log_dest file {said}\n")
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    sent = [b"%d:" % n + chance.randbytes(chance.randint(*SIZES)) for n in range(COUNT)]
    first, second, third = (BurstSession(authority, mosquitto.port, protocol) for _ in range(3))
    first.subscribe()
    first.stop()
    with Publisher(authority.broker(mosquitto.port, protocol), name="burst") as publisher:
        for payload in sent:
            publisher.publish(TOPIC, payload)

    second.subscribe()
    taken = second.take(COUNT)
    warnings = second.warnings()
    second.stop()
    # Else the next connection of this client ends the former, with acknowledgements that were not read yet.
    wait_until(lambda: said.read_text(encoding="utf-8").count("Client liangqu disconnected") == 2)
    third.subscribe()
    with Publisher(authority.broker(mosquitto.port, protocol), name="after") as publisher:
        publisher.publish(TOPIC, b"after")
    after = third.take(1)
    third.stop()

    assert [sums(payload) for payload in taken] == [sums(payload) for payload in sent]
    assert second.delivered.empty()
    assert second.by_paho < COUNT // 2
    assert (second.counts.connections, warnings) == (1, [])
    assert after == [b"after"]
    assert third.delivered.empty()


def sums(payload: bytes) -> tuple[bytes, str]:
    """Its number, and what would show a byte out of place."""
    return payload.partition(b":")[0], hashlib.sha256(payload).hexdigest()
