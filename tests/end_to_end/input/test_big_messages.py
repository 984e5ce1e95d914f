"""A backlog in one message, and one that is larger than we take: by the whole service and a real broker."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from ingest.mqtt.broker import Broker, BrokerAwayError
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import StartLiangqu, items, refused
from tests.support.servers import Mosquitto, StartMosquitto

NOW = datetime.now(UTC).replace(microsecond=0)
TEN = {"pm25": 31.5, "pm10": 54, "so2": 3, "no2": 12, "co": 0.4, "o3": 60, "air_temp": -3.5, "humidity": 40,
       "pressure": 93.1, "wind_speed": 2}  # fmt: skip
MAX_PAYLOAD = 8 * 1024**2
TOPIC = "liangqu/air/wujinku"

pytestmark = pytest.mark.server


def backlog(size: int) -> tuple[bytes, int]:
    """An array of objects, each of ten values, that ends just below this size; and how many objects."""
    objects, left = list[str](), size - 2
    while left > 400:
        time = (NOW - timedelta(seconds=100_000 - len(objects))).isoformat()
        objects.append(json.dumps({"time": time, "values": TEN}))
        left -= len(objects[-1]) + 1
    return f"[{','.join(objects)}]".encode(), len(objects)


def publish(broker: Mosquitto, *payloads: bytes, **options: Any) -> None:
    with Publisher(Broker(port=broker.port, **options)) as publisher:
        for payload in payloads:
            publisher.publish(TOPIC, payload)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_days_backlog_in_one_message_is_stored(
    protocol: str, broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    """1,440 minutes of ten values: 275,040 bytes, which were refused when 256 kB was the most."""
    service = start_liangqu(broker.port, protocol=protocol)
    minutes = [
        {"time": (NOW - timedelta(minutes=1440 - number)).isoformat(), "values": TEN}
        for number in range(1440)
    ]

    publish(broker, json.dumps(minutes).encode())

    found = items(service.wait_until_settled(1))
    assert found["stored"] == sum(found.values()) == 14_400


def test_eight_megabytes_survive_a_kill_between_two_pieces(
    broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    payload, count = backlog(MAX_PAYLOAD)
    service = start_liangqu(broker.port)
    before = service.memory()
    publish(broker, payload)
    service.wait_until(lambda: service.metrics()["liangqu_items_outgoing"] > 0, "begun")
    service.kill()
    service.start()

    figures = service.wait_until_settled(1)
    assert items(figures)["stored"] == 10 * count
    assert sum(items(figures).values()) == 10 * count
    print(f"peak {service.peak_memory() >> 20} MB, at rest {before >> 20} MB")
    assert service.peak_memory() < before + 150 * 1024**2


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_is_too_large_is_warned_of_until_somebody_has_looked(
    protocol: str, start_mosquitto: StartMosquitto, start_liangqu: StartLiangqu
) -> None:
    """At a broker of others, which takes it: its sender cannot be told by a subscriber."""
    broker = start_mosquitto()
    service = start_liangqu(broker.port, protocol=protocol, mqtt_more='max_payload = "100kB"')
    small = json.dumps({"time": NOW.isoformat(), "values": {"pm25": 1}}).encode()

    publish(broker, backlog(200_000)[0], small)
    figures = service.wait_until_settled(2)

    assert (items(figures)["stored"], items(figures)["quarantined"]) == (1, 1)
    assert refused(figures) == {"oversize": 1}
    service.wait_until(lambda: bool(service.readyz()["warnings"]), "warned of")
    (warning,) = service.readyz()["warnings"]
    assert TOPIC in warning
    assert f"max_payload takes {100 * 1024}" in warning
    assert service.readyz()["ready"]
    (item,) = json.loads(service.command("quarantine", "list", "--json"))
    assert (item["reason"], item["cut"]) == ("oversize", True)
    assert item["sha256"]
    service.command("quarantine", "drop", "--reason", "oversize")
    service.wait_until(lambda: not service.readyz()["warnings"], "no longer warned of")


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_the_broker_that_we_ship_tells_the_sender(
    protocol: Literal["5", "3.1.1"], broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    """Nothing is acknowledged, on 3.1.1 either; what is just small enough is read."""
    service = start_liangqu(broker.port)
    payload, count = backlog(MAX_PAYLOAD)

    with (
        pytest.raises(BrokerAwayError),
        Publisher(Broker(port=broker.port, protocol=protocol), patience=3) as publisher,
    ):
        publisher.publish(TOPIC, payload + b" " * 200_000)
        publisher.flush()
    assert publisher.published == 0
    publish(broker, payload, protocol=protocol)

    figures = service.wait_until_settled(1)
    assert items(figures)["stored"] == 10 * count
    assert not refused(figures)
