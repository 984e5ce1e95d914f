"""Commands beside the running service, with a large quarantine: they neither stop it nor spoil its sums."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.end_to_end.conftest import StartLiangqu
from tests.proofs import scaled
from tests.servers import Mosquitto
from tests.service import items

START = datetime(2026, 1, 1, tzinfo=UTC)


def publish(broker: int, site: str, count: int) -> None:
    with Publisher(Broker(port=broker)) as publisher:
        for number in range(count):
            stamp = (START + timedelta(minutes=number)).isoformat()
            payload = json.dumps({"time": stamp, "values": {"pm25": number % 300}}).encode()
            publisher.publish(f"liangqu/air/{site}", payload)


@pytest.mark.server
def test_a_large_quarantine_is_listed_and_replayed_while_readings_come(
    broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    bad, good = scaled(50_000), scaled(20_000)
    service = start_liangqu(broker.port)
    publish(broker.port, "nobody", bad)
    service.wait_until_settled(bad)

    publishing = threading.Thread(target=publish, args=(broker.port, "wujinku", good))
    publishing.start()
    listed = json.loads(service.command("quarantine", "list", "--json"))
    replayed = json.loads(service.command("quarantine", "replay", "--reason", "unknown_site", "--json"))
    publishing.join()
    figures = service.wait_until_settled(2 * bad + good)

    # Unknown still: what was given back is received again, and refused again.
    assert len(listed) == replayed["replayed"] == bad
    assert items(figures)["quarantined"] == bad
    assert items(figures)["stored"] == good
    assert figures["liangqu_messages_received_total"] == 2 * bad + good
    assert service.readyz()["ready"] is True
    assert service.stop() == 0
