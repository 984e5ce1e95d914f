"""The whole service behind a network that breaks, a small window, a broker that refuses: nothing is lost."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.sqlite.store import SqliteStore
from tests.support.fake_broker import SUBACK, FakeBroker
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.peers.tcp_proxy import TcpProxy
from tests.support.scale import scaled
from tests.support.servers import Mosquitto, StartMosquitto

START = datetime(2026, 1, 1, tzinfo=UTC)


def publish(broker: int, count: int, rate: float | None = None) -> None:
    """Numbered readings, a minute apart, each value its number."""
    with Publisher(Broker(port=broker), rate=rate) as publisher:
        for number in range(count):
            stamp = (START + timedelta(minutes=number)).isoformat()
            payload = json.dumps({"time": stamp, "values": {"pm25": float(number)}}).encode()
            publisher.publish("liangqu/air/wujinku", payload)


def stored(service: LiangquRun) -> list[float]:
    """Every value, once the service has stopped."""
    assert service.stop() == 0
    store = SqliteStore(service.folder / "liangqu.db")
    frame = store.points("air", START - timedelta(days=1), START + timedelta(days=3650))
    store.close()
    return sorted(frame["value"])


@pytest.mark.server
@pytest.mark.parametrize("window", [1, 20])
def test_a_small_window_neither_stalls_nor_loses(
    window: int, start_mosquitto: StartMosquitto, start_liangqu: StartLiangqu
) -> None:
    broker = start_mosquitto(f"max_inflight_messages {window}\nmax_queued_messages 0\n")
    service = start_liangqu(broker.port)
    count = scaled(5000) * (4 if window > 1 else 1)
    publish(broker.port, count)
    figures = service.wait_until_settled(count)

    assert items(figures)["stored"] == figures["liangqu_messages_received_total"] == count
    assert stored(service) == list(map(float, range(count)))


@pytest.mark.server
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_connections_cut_ten_times_a_second_lose_nothing(
    protocol: str, broker: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    count = scaled(30_000)
    with TcpProxy(broker.port) as proxy:
        service = start_liangqu(proxy.port, protocol=protocol)
        publishing = threading.Thread(target=publish, args=(broker.port, count, 1000))
        publishing.start()
        while publishing.is_alive():
            publishing.join(0.1)
            proxy.cut()
        service.wait_until(lambda: items(service.metrics())["stored"] == count, "everything is stored")
        figures = service.wait_until_settled(count)
        print(f"{proxy.accepted} connections, {items(figures)['duplicate']:.0f} came again")

        assert proxy.accepted > 2  # it comes back more slowly the more often it is thrown out
        assert items(figures)["duplicate"] == figures["liangqu_messages_received_total"] - count
        assert stored(service) == list(map(float, range(count)))


@pytest.mark.server
def test_a_dead_connection_is_replaced_by_the_service(broker: Mosquitto, start_liangqu: StartLiangqu) -> None:
    with TcpProxy(broker.port) as proxy:
        service = start_liangqu(proxy.port, keepalive="1s")
        publish(broker.port, 100)
        service.wait_until_settled(100)
        proxy.freeze()
        publish(broker.port, 200)
        service.wait_until(lambda: items(service.metrics())["stored"] == 200, "everything is stored")

        assert stored(service) == list(map(float, range(200)))


def test_a_refused_subscription_keeps_the_service_from_being_ready(start_liangqu: StartLiangqu) -> None:
    with FakeBroker() as peer:
        service = start_liangqu(peer.port, ready=False)
        connection = peer.accept().welcome(refused=0x87)  # liangqu/#
        _, narrow = connection.read()
        connection.send(SUBACK, narrow[:2] + bytes([0, 0x87, 1, 1, 1, 0x87]))
        words = "the broker refuses the subscription of liangqu/air/+"
        service.wait_until(lambda: service.readyz()["broker"] == words, "said")

        assert service.readyz()["ready"] is False
        assert service.stop() == 0
