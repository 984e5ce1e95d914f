"""Topics beside ours: whatever a station mistypes arrives, and is told which topic was meant."""

import json
from datetime import UTC, datetime
from typing import Literal

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.message import MqttMessage
from ingest.mqtt.publisher import Publisher
from ingest.mqtt.session import Session
from tests.support.liangqu_process import StartLiangqu, items, refused
from tests.support.servers import Mosquitto, wait_until

READING = json.dumps({"time": datetime.now(UTC).isoformat(), "values": {"pm25": 31.2}}).encode()
BESIDE = (
    "liangqu/air/wujinku/pm25",
    "liangqu/air/wujinku/",
    "/liangqu/air/wujinku",
    "liangqu/Air/wujinku",
    "Liangqu/air/wujinku",
    "LIANGQU/AIR/WUJINKU",
    "/Liangqu/air/wujinku",
    "liangqu/gas/wujinku",
    "liangqu/wujinku",
    "liangqu/a/b/c/d/wujinku/e",
)
NAMELESS = ("liangqu/air", "liangqu", "liangqu/air/", "liangqu/status")
OTHERS = ("liangqu/alerts/wujinku/pm25-reading/pm25", "liangqu/dashboard/x", "elsewhere/air/wujinku")

pytestmark = pytest.mark.server


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_no_typing_error_falls_through(protocol: str, broker: Mosquitto, start_liangqu: StartLiangqu) -> None:
    service = start_liangqu(broker.port, protocol=protocol, mqtt_more='ignore = ["dashboard"]')

    with Publisher(Broker(port=broker.port)) as publisher:
        for topic in ("liangqu/air/wujinku", *OTHERS, *BESIDE, *NAMELESS):
            publisher.publish(topic, READING, retain=topic in OTHERS)
    figures = service.wait_until_settled(1 + len(BESIDE) + len(NAMELESS))

    assert items(figures)["stored"] == 1
    assert refused(figures) == {"unknown_topic": len(BESIDE) + len(NAMELESS)}
    listed = json.loads(service.command("quarantine", "list", "--reason", "unknown_topic", "--json"))
    meant = {one["topic"]: one["detail"].endswith("did you mean liangqu/air/wujinku?") for one in listed}
    assert meant == {topic: topic in BESIDE for topic in (*BESIDE, *NAMELESS)}
    assert not service.readyz()["warnings"]


def test_what_came_on_a_mistyped_topic_is_given_back_on_the_one_that_was_meant(
    broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(broker.port)
    with Publisher(Broker(port=broker.port)) as publisher:
        publisher.publish("liangqu/air/wujinku/pm25", READING)
        publisher.publish("liangqu/air/wu-jin-ku", READING)
    service.wait_until_settled(2)

    said = service.command(
        "quarantine", "replay", "--reason", "unknown_topic", "--topic", "liangqu/air/wujinku"
    )
    service.wait_until(lambda: items(service.metrics())["stored"] == 1, "it is stored")

    assert said == "1 item given back on liangqu/air/wujinku\n"
    assert items(service.metrics())["quarantined"] == 1
    assert service.gaps() == {"messages": 0, "items": 0}


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_session_that_a_former_build_left_brings_nothing_twice(
    protocol: Literal["5", "3.1.1"], broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    arrived = list[MqttMessage]()
    former = Session(
        Broker(port=broker.port, client_id="liangqu", protocol=protocol),
        ["liangqu/air/+", "liangqu/water/+", "liangqu/hj212/+", "liangqu/handling/+"],
        arrived.append,
        window=10,
        expiry=600,
    )
    former.start()
    wait_until(lambda: not former.trouble())
    former.stop()
    with Publisher(Broker(port=broker.port)) as publisher:
        publisher.publish("liangqu/air/wujinku", READING)
    service = start_liangqu(broker.port, protocol=protocol)

    with Publisher(Broker(port=broker.port)) as publisher:
        for topic in ("liangqu/air/wujinku", "liangqu/air/wujinku/pm25"):
            publisher.publish(topic, READING)

    figures = service.wait_until_settled(3)
    assert (items(figures)["stored"], items(figures)["duplicate"]) == (1, 1)
    assert figures["liangqu_messages_received_total"] == 3
