"""The publisher against a real mosquitto: every message once or again, none lost, memory bounded."""

import os
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from paho.mqtt.client import Client, MQTTMessage

from ingest.mqtt import connection_history
from ingest.mqtt.broker import Broker, BrokerAwayError, BrokerNode, connect, make_client
from ingest.mqtt.message import MqttMessage
from ingest.mqtt.publisher import Publisher
from ingest.mqtt.publishing.retained_publisher import RetainedPublisher
from ingest.mqtt.session import Session
from tests.support.fake_broker import CONNACK, DISCONNECT, PUBACK, PUBLISH, FakeBroker
from tests.support.scale import scaled
from tests.support.servers import Mosquitto, StartMosquitto

pytestmark = pytest.mark.server
ROOMY = "max_queued_messages 0\nmax_inflight_messages 1000\n"
DAY = 86_400


@dataclass
class Listener:
    """Takes everything of a durable session, however often its broker goes away."""

    taken: list[tuple[str, bytes]] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)

    def on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.taken.append((message.topic, bytes(message.payload)))
        self.arrived.set()

    def wait_for(self, enough: Callable[[list[tuple[str, bytes]]], bool]) -> None:
        deadline = time.monotonic() + 60
        while not enough(self.taken):
            assert time.monotonic() < deadline, f"only {len(self.taken)} messages arrived"
            self.arrived.wait(0.1)
            self.arrived.clear()


@contextmanager
def listening(broker: Broker) -> Iterator[Listener]:
    listener, subscribed = Listener(), threading.Event()
    own = Broker(host=broker.host, port=broker.port, client_id="listener")
    client = make_client(own, session_expiry=DAY)
    client.on_connect = lambda c, *_: c.subscribe("#", 1)
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = listener.on_message
    client.reconnect_delay_set(1, 1)
    connect(client, own, session_expiry=DAY)
    client.loop_start()
    try:
        assert subscribed.wait(10)
        yield listener
    finally:
        client.disconnect()
        client.loop_stop()


def save(server: Mosquitto) -> None:
    """Have the broker write down the sessions that it knows."""
    assert server.pid
    os.kill(server.pid, signal.SIGUSR1)
    deadline = time.monotonic() + 10
    while not (server.folder / "mosquitto.db").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_every_message_arrives_once_and_in_order(start_mosquitto: StartMosquitto, protocol: str) -> None:
    broker = Broker(port=start_mosquitto(ROOMY).port, protocol=protocol)  # type: ignore[arg-type]
    sent = [(f"liangqu/air/s{n % 7}", b"%d" % n) for n in range(scaled(20_000))]

    with listening(broker) as listener:
        with Publisher(broker) as publisher:
            for topic, payload in sent:
                publisher.publish(topic, payload)
            publisher.flush()
            assert (publisher.published, publisher.refused, publisher.in_flight) == (len(sent), 0, 0)
        listener.wait_for(lambda taken: len(taken) >= len(sent))

    assert listener.taken == sent


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_broker_that_is_restarted_in_between_loses_nothing(
    start_mosquitto: StartMosquitto, end: str
) -> None:
    """What a killed mosquitto had acknowledged and not yet saved is its own loss: there the rest is asked."""
    server = start_mosquitto(ROOMY)
    broker = Broker(port=server.port)
    total = scaled(20_000)

    with listening(broker) as listener, Publisher(broker) as publisher:
        save(server)
        for n in range(total):
            if n == total // 2:
                getattr(server, end)()
                restart = threading.Timer(0.5, server.start)
                restart.start()
            publisher.publish("liangqu/air/a", b"%d" % n)
        publisher.flush()
        restart.join()
        assert publisher.published == total
        later = {b"%d" % n for n in range(total // 2, total)}
        wanted = later if end == "kill" else {b"%d" % n for n in range(total)}
        listener.wait_for(lambda taken: wanted <= {payload for _, payload in taken})

    times = Counter(payload for _, payload in listener.taken)
    assert max(times.values()) <= 3  # at least once: what was in flight came again, nothing else did
    assert sum(times.values()) - len(times) <= 2 * 512


def test_the_window_bounds_what_is_in_flight_and_the_caller_waits(mosquitto: Mosquitto) -> None:
    handed: list[int] = []
    publisher = Publisher(Broker(port=mosquitto.port, protocol="3.1.1"), window=50)

    def publish_all() -> None:
        for n in range(200):
            publisher.publish("liangqu/air/a", b"%d" % n)
            handed.append(n)

    with publisher:
        mosquitto.pause()
        thread = threading.Thread(target=publish_all)
        thread.start()
        deadline = time.monotonic() + 10
        while publisher.in_flight < 50 and time.monotonic() < deadline:
            time.sleep(0.01)
        thread.join(0.3)
        assert (publisher.in_flight, len(handed), publisher.published) == (50, 50, 0)
        mosquitto.resume()
        thread.join()
    assert publisher.published == 200


def test_a_broker_that_takes_fewer_at_a_time_is_obeyed(start_mosquitto: StartMosquitto) -> None:
    """MQTT 5 lets the broker name its Receive Maximum; mosquitto's is max_inflight_messages."""
    server = start_mosquitto("max_inflight_messages 7\n")
    most = 0
    with Publisher(Broker(port=server.port), window=500) as publisher:
        for n in range(500):
            publisher.publish("liangqu/air/a", b"%d" % n)
            most = max(most, publisher.in_flight)

    assert (publisher.published, most) == (500, 7)


def test_nobody_there_is_one_clear_line(mosquitto: Mosquitto) -> None:
    mosquitto.stop()

    with pytest.raises(BrokerAwayError, match=rf"no broker at 127\.0\.0\.1:{mosquitto.port}: ") as away:
        Publisher(Broker(port=mosquitto.port, password="secret")).__enter__()

    assert "secret" not in str(away.value)


def test_a_broker_that_goes_away_for_good_ends_the_patience(mosquitto: Mosquitto) -> None:
    with Publisher(Broker(port=mosquitto.port), patience=1) as publisher:
        mosquitto.pause()
        publisher.publish("liangqu/air/a", b"1")
        with pytest.raises(BrokerAwayError, match=r"no acknowledgement from the broker at .* for 1 s"):
            publisher.flush()
        mosquitto.resume()


def test_without_a_limit_of_patience_the_broker_may_come_later(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    starting = threading.Timer(0.3, mosquitto.start)
    starting.start()

    with Publisher(Broker(port=mosquitto.port), patience=None) as publisher:
        publisher.publish("liangqu/air/a", b"1")
        publisher.flush()

    starting.join()
    assert publisher.published == 1


@pytest.mark.parametrize(
    ("protocol", "words"),
    [pytest.param("5", "Not authorized", id="5"), pytest.param("3.1.1", "Not authorized", id="3.1.1")],
)
def test_a_wrong_password_is_said_at_once(
    start_mosquitto: StartMosquitto, tmp_path: Path, protocol: str, words: str
) -> None:
    tool = shutil.which("mosquitto_passwd", path="/usr/bin:/usr/local/bin") or "mosquitto_passwd"
    passwords = tmp_path / "passwords"
    subprocess.run([tool, "-b", "-c", passwords, "station", "right"], check=True)
    server = start_mosquitto(f"password_file {passwords}\n")
    server.stop()
    config = server.folder / "mosquitto.conf"
    config.write_text(config.read_text().replace("allow_anonymous true", "allow_anonymous false"))
    server.start()

    def broker(password: str) -> Broker:
        return Broker(port=server.port, protocol=protocol, username="station", password=password)  # type: ignore[arg-type]

    with Publisher(broker("right")) as publisher:
        publisher.publish("liangqu/air/a", b"1")
    assert publisher.published == 1
    with pytest.raises(BrokerAwayError, match=f"refuses: {words}"):
        Publisher(broker("wrong")).__enter__()


def test_what_the_broker_refuses_is_counted_apart(start_mosquitto: StartMosquitto, tmp_path: Path) -> None:
    """Only MQTT 5 has an answer for it; mosquitto's access list gives the code."""
    rules = tmp_path / "acl"
    rules.write_text("topic readwrite liangqu/air/#\n")
    server = start_mosquitto(f"acl_file {rules}\n")

    with Publisher(Broker(port=server.port)) as publisher:
        for n in range(10):
            publisher.publish(f"liangqu/{'air' if n % 2 else 'water'}/a", b"1")

    assert (publisher.published, publisher.refused, publisher.refusal) == (5, 5, "Not authorized")


def test_a_rate_is_kept_and_progress_told(mosquitto: Mosquitto) -> None:
    told: list[int] = []
    begun = time.monotonic()
    with Publisher(Broker(port=mosquitto.port), rate=100, progress=told.append) as publisher:
        for _ in range(50):
            publisher.publish("liangqu/air/a", b"1")

    assert time.monotonic() - begun >= 0.49  # 50 messages, the first at once: never faster than asked
    assert told == sorted(told)
    assert told[-1] == 50


def test_tls_with_a_client_certificate(start_mosquitto: StartMosquitto, tmp_path: Path) -> None:
    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=tmp_path, check=True, capture_output=True)

    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem",
    )  # fmt: skip
    for file in tmp_path.iterdir():
        file.chmod(0o644)
    cert, key = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    server = start_mosquitto(f"cafile {cert}\ncertfile {cert}\nkeyfile {key}\nrequire_certificate true\n")

    with Publisher(Broker(port=server.port, ca_file=cert, cert_file=cert, key_file=key)) as publisher:
        publisher.publish("liangqu/air/a", b"1")

    assert publisher.published == 1
    with pytest.raises(OSError, match=r"key\.pem: certificate or key"):
        Publisher(Broker(port=server.port, ca_file=cert, cert_file=key))


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(PUBACK, b"", id="puback without an id"),
        pytest.param(PUBACK, b"\0\1\xee\0", id="puback of an unknown reason"),
        pytest.param(15, b"", id="unknown packet"),
        pytest.param(3, b"\xff\xffshort", id="publish whose topic is longer than itself"),
        pytest.param(DISCONNECT, b"\x01\xff\xff", id="disconnect of an unknown reason"),
    ],
)
def test_rubbish_from_the_broker_costs_the_connection_and_no_message(
    kind: int, body: bytes, protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_history, "PAUSE_AFTER_DISCONNECT_S", 0.1)
    with FakeBroker() as peer:
        published = []

        def publish() -> None:
            broker = Broker(port=peer.port, protocol=protocol)  # type: ignore[arg-type]
            with Publisher(broker) as publisher:
                publisher.publish("liangqu/air/a", b"1")
            published.append(publisher.published)

        publishing = threading.Thread(target=publish)
        publishing.start()
        connection = peer.accept()
        nothing = b"\0" if protocol == "5" else b""
        connection.send(CONNACK, b"\0\0" + nothing)
        connection.read()
        connection.send(kind, body)
        assert connection.gone()
        again = peer.accept()
        again.send(CONNACK, b"\0\0" + nothing)
        assert again.read()[0] == PUBLISH
        again.send(PUBACK, b"\0\1")
        publishing.join(20)

    assert published == [1]


def test_a_listener_that_makes_user_names_client_ids_is_said_and_ends_no_session(
    start_mosquitto: StartMosquitto,
) -> None:
    """The other has the user's name for its session; a clean start in its place would be the end of it."""
    server = start_mosquitto("use_username_as_clientid true\n")
    user = Broker(port=server.port, username="liangqu")
    taken: list[MqttMessage] = []
    session = Session(user, ["liangqu/air/+"], taken.append, window=20, expiry=600)
    session.start()
    deadline = time.monotonic() + 20
    while session.trouble():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    session.stop()
    with Publisher(Broker(port=server.port, username="station")) as publisher:
        publisher.publish("liangqu/air/a", b"waits for it")

    with pytest.raises(BrokerAwayError, match="use_username_as_clientid"), Publisher(user):
        pass

    again = Session(user, ["liangqu/air/+"], taken.append, window=20, expiry=600, known=True)
    again.start()
    while not taken:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    again.stop()
    assert [delivery.payload for delivery in taken] == [b"waits for it"]
    assert again.warnings() == []


def test_a_retained_message_that_is_not_allowed_is_no_success(start_mosquitto: StartMosquitto) -> None:
    broker = start_mosquitto()
    rules = broker.folder / "acl"
    rules.write_text("topic write liangqu/alerts/a/#\n", encoding="utf-8")
    broker.stop()
    with (broker.folder / "mosquitto.conf").open("a", encoding="utf-8") as conf:
        conf.write(f"acl_file {rules}\n")
    broker.start()
    alerts = RetainedPublisher(Broker(port=broker.port), "alerts")

    alerts.publish([("liangqu/alerts/a/b/c", b"{}")])
    with pytest.raises(BrokerAwayError, match="refuses what we publish: Not authorized"):
        alerts.publish([("liangqu/alerts/b/b/c", b"{}"), ("liangqu/alerts/a/b/c", b"{}")])
    alerts.publish([("liangqu/alerts/a/b/c", b"{}")])
    alerts.close()


@pytest.mark.parametrize(
    "says", [pytest.param(b"\0\x87\0", id="refuses"), pytest.param(b"", id="says nothing")]
)
def test_a_node_that_does_not_accept_us_is_left_for_the_next(says: bytes, mosquitto: Mosquitto) -> None:
    with FakeBroker() as peer:
        published = []

        def publish() -> None:
            broker = Broker(port=peer.port, others=(BrokerNode("127.0.0.1", mosquitto.port),))
            with Publisher(broker) as publisher:
                publisher.publish("liangqu/air/a", b"1")
            published.append(publisher.published)

        publishing = threading.Thread(target=publish)
        publishing.start()
        connection = peer.accept()
        if says:
            connection.send(CONNACK, says)
        connection.close()
        publishing.join(20)

    assert published == [1]


def test_where_every_node_refuses_it_is_said_at_once() -> None:
    with FakeBroker() as first, FakeBroker() as second:
        broker = Broker(port=first.port, others=(BrokerNode("127.0.0.1", second.port),))

        def refuse() -> None:
            for peer in (first, second):
                connection = peer.accept()
                connection.send(CONNACK, b"\0\x87\0")
                connection.close()

        refusing = threading.Thread(target=refuse)
        refusing.start()
        with pytest.raises(BrokerAwayError, match="refuses: Not authorized"):
            Publisher(broker, patience=20).__enter__()
        refusing.join(20)
