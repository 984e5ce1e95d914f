"""The journal's limit, a full disk, a damaged file: the service says so, loses nothing, goes on by itself."""

import json
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from tests.support.liangqu_process import StartLiangqu, items
from tests.support.peers.tcp_proxy import TcpProxy
from tests.support.servers import Mosquitto, MountDisk, StartInfluxd

START = datetime(2020, 1, 1, tzinfo=UTC)
EACH = 20
BEYOND_A_MEGABYTE = 2000  # messages, of 900 bytes each, even if the pipeline has not begun with them


def publish(broker: int, first: int, end: int) -> None:
    """Messages of `EACH` readings."""
    with Publisher(Broker(port=broker)) as publisher:
        for number in range(first, end):
            payload = [
                {"time": (START + timedelta(minutes=minute)).isoformat(), "values": {"pm25": minute % 300}}
                for minute in range(EACH * number, EACH * (number + 1))
            ]
            publisher.publish("liangqu/air/wujinku", json.dumps(payload).encode())


def stored(url: str) -> int:
    with closing(InfluxDBStore(InfluxOptions(url, "liangqu"))) as store:
        return len(store.points("air", START, START + timedelta(days=3650)))


@pytest.mark.server
def test_at_the_limit_it_stops_acknowledging_and_goes_on_by_itself(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu
) -> None:
    influxd = start_influxd()
    influxd.kill()
    service = start_liangqu(broker.port, influxdb=influxd.url, more='[journal]\nlimit = "1MB"\n', ready=False)
    service.wait_until_subscribed()
    publish(broker.port, 0, BEYOND_A_MEGABYTE)
    service.wait_until(lambda: service.readyz()["journal"].startswith("full: nothing more"), "full")
    figures, said = service.metrics(), service.readyz()

    assert said["ready"] is False
    assert any(re.match(r"the journal is [1-9]\d\d%", each) for each in said["warnings"])
    assert figures["liangqu_messages_received_total"] < BEYOND_A_MEGABYTE
    # What was taken before still grows in the pipeline: each reading brings its statistics with it.
    assert figures["liangqu_journal_bytes"] < 5 * figures["liangqu_journal_limit_bytes"]

    influxd.start()
    figures = service.wait_until_settled(BEYOND_A_MEGABYTE)
    assert items(figures)["stored"] == EACH * BEYOND_A_MEGABYTE
    assert stored(influxd.url) == EACH * BEYOND_A_MEGABYTE
    service.wait_until(lambda: service.readyz()["ready"], "ready")


@pytest.mark.server
@pytest.mark.heavy
def test_what_is_redelivered_while_it_is_full_does_not_pile_up(
    broker: Mosquitto, start_influxd: StartInfluxd, start_liangqu: StartLiangqu
) -> None:
    influxd = start_influxd()
    influxd.kill()
    with TcpProxy(broker.port) as proxy:
        service = start_liangqu(
            proxy.port, influxdb=influxd.url, more='[journal]\nlimit = "1MB"\n', ready=False
        )
        service.wait_until_subscribed()
        publish(broker.port, 0, 2000)
        service.wait_until(lambda: service.readyz()["journal"].startswith("full: nothing more"), "full")
        for connections in range(2, 12):
            proxy.cut()
            service.wait_until(lambda: proxy.accepted >= connections, "there is a new connection")  # noqa: B023 - used at once
            service.wait_until_subscribed()

        influxd.start()
        service.wait_until(lambda: service.metrics()["liangqu_messages_received_total"] >= 2000, "all came")
        figures = service.wait_until_settled(2000)

        # Without forgetting, each of the ten connections would have left a window of 500 behind.
        assert figures["liangqu_messages_received_total"] < 2000 + 2 * 500
        assert items(figures)["stored"] == stored(influxd.url) == 2000 * EACH


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize("killed", [False, True])
def test_a_full_disk_costs_the_reserve_and_no_reading(
    killed: bool,
    mount_disk: MountDisk,
    broker: Mosquitto,
    start_influxd: StartInfluxd,
    start_liangqu: StartLiangqu,
) -> None:
    influxd, small_disk = start_influxd(), mount_disk(40)
    influxd.kill()
    journal = f'[journal]\npath = "{small_disk / "journal.db"}"\nreserve = "16MB"\n'
    service = start_liangqu(broker.port, influxdb=influxd.url, more=journal, ready=False)
    service.wait_until_subscribed()
    reserve = small_disk / "journal.db.reserve"
    service.wait_until(lambda: reserve.exists() and reserve.stat().st_size == 16 * 1024**2, "a reserve")
    count = 0
    while reserve.exists():
        publish(broker.port, count, count + 1000)
        count += 1000
        service.wait_until(
            lambda: (
                not reserve.exists() or service.metrics()["liangqu_messages_received_total"] >= count  # noqa: B023 - used at once
            ),
            "received or full",
        )
    service.wait_until(lambda: "the disk is full" in service.readyz()["journal"], "said")
    publish(broker.port, count, count + 1000)
    count += 1000
    if killed:
        service.kill()
        service.start(ready=False)

    influxd.start()
    figures = service.wait_until_settled(count)

    assert items(figures)["stored"] == EACH * count
    assert stored(influxd.url) == EACH * count
    service.wait_until(reserve.exists, "the reserve is held again")
    service.wait_until(lambda: service.readyz()["ready"] is True, "ready")
    assert service.stop() == 0


@pytest.mark.server
def test_a_damaged_journal_is_moved_aside_and_said(broker: Mosquitto, start_liangqu: StartLiangqu) -> None:
    service = start_liangqu(broker.port)
    publish(broker.port, 0, 10)
    service.wait_until_settled(10)
    assert service.stop() == 0
    journal = service.folder / "journal.db"
    journal.write_bytes(bytes(100) + journal.read_bytes()[100:])

    service.start()
    publish(broker.port, 0, 20)
    figures = service.wait_until_settled(20)

    warnings = [words.partition(":")[0] for words in service.readyz()["warnings"]]
    assert "1 damaged journals were moved aside" in warnings
    # A new journal over an old store takes nothing old for new.
    assert (items(figures)["duplicate"], items(figures)["stored"]) == (10 * EACH, 10 * EACH)
