"""The subscribing session against a broker moved by hand: each way to lose a message between the two."""

import gc
import hashlib
import itertools
import queue
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from ingest.mqtt import connection, connection_history, network, publish_reader
from ingest.mqtt.broker import Broker, connect, make_client
from ingest.mqtt.message import MqttMessage
from ingest.mqtt.message_queue import MessageQueue
from ingest.mqtt.publish_frame import PublishHead, parse_head
from ingest.mqtt.publisher import Publisher
from ingest.mqtt.session import Session
from ingest.mqtt.subscriptions import DROPPED_TOPIC
from tests.support.fake_broker import (
    CONNACK,
    DISCONNECT,
    PATIENCE,
    PUBACK,
    PUBLISH,
    SUBACK,
    SUBSCRIBE,
    UNSUBSCRIBE,
    BrokerConnection,
    FakeBroker,
)
from tests.support.peers.tcp_proxy import TcpProxy
from tests.support.servers import Mosquitto, StartMosquitto, wait_until

TOPICS = ("liangqu/air/+", "liangqu/water/+")
SESSION_EXPIRY, RECEIVE_MAXIMUM, MAXIMUM_PACKET_SIZE = 0x11, 0x21, 0x27  # MQTT 5, 2.2.2.2
WINDOW = 77
CLEAN = 0b10  # Clean Start of MQTT 5, Clean Session of 3.1.1: 3.1.2.4

Start = Callable[..., "Subscriber"]


class Subscriber:
    """A session whose deliveries wait to be taken."""

    def __init__(
        self, port: int, deliver: Callable[[MqttMessage], None] | None = None, **options: object
    ) -> None:
        self.deliveries = queue.Queue[MqttMessage]()
        broker = {key: options.pop(key) for key in ("protocol", "keepalive") if key in options}
        self.session = Session(
            Broker(port=port, client_id="liangqu", **broker),  # type: ignore[arg-type]
            TOPICS,
            deliver or self.deliveries.put,
            window=WINDOW,
            **{"expiry": 600, **options},  # type: ignore[arg-type]
        )
        self.session.start()

    def wait_until_subscribed(self) -> None:
        wait_until(lambda: not self.session.trouble())

    def take(self) -> MqttMessage:
        return self.deliveries.get(timeout=PATIENCE)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "TICK_S", 0.05)
    monkeypatch.setattr(connection_history, "FIRST_PAUSE_S", 0.01)


@pytest.fixture
def peer() -> Iterator[FakeBroker]:
    with FakeBroker() as listening:
        yield listening


@pytest.fixture
def subscribe() -> Iterator[Start]:
    with ExitStack() as started:

        def start(
            port: int, deliver: Callable[[MqttMessage], None] | None = None, **options: object
        ) -> Subscriber:
            made = Subscriber(port, deliver, **options)
            started.callback(made.session.stop)
            return made

        yield start


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_an_acknowledgement_never_reaches_the_next_connection(
    protocol: str, peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port, protocol=protocol)
    first = peer.accept().welcome()
    first.publish(1, b"old")
    old = subscriber.take()
    first.close()
    second = peer.accept().welcome()  # a new session: its packet ids start anew
    second.publish(1, b"new")
    second.publish(2, b"newer")
    new, newer = subscriber.take(), subscriber.take()

    subscriber.session.acknowledge([old])
    subscriber.session.acknowledge([newer])

    assert (old.packet, new.packet) == (1, 1)
    assert second.acknowledged() == 2


@pytest.mark.parametrize(("size", "kept"), [(5000, 5000), (5001, 4096)], ids=["just taken", "too large"])
def test_of_too_large_a_payload_only_the_head_waits(
    size: int, kept: int, peer: FakeBroker, subscribe: Start
) -> None:
    """Its length and its sum wait with it."""
    subscriber = subscribe(peer.port, max_payload=5000)
    payload = b"x" * size
    peer.accept().welcome().publish(1, payload)

    taken = subscriber.take()

    cut = kept < size
    assert taken.payload == payload[:kept]
    assert (taken.length, taken.sha256) == (
        (size, hashlib.sha256(payload).hexdigest()) if cut else (None, None)
    )


@pytest.mark.server
def test_ten_messages_of_5_mb_that_wait_are_small(start_mosquitto: StartMosquitto, subscribe: Start) -> None:
    """Nobody takes them: with a full journal a whole window of them waits."""
    broker = start_mosquitto()
    waiting = MessageQueue()
    subscriber = subscribe(broker.port, waiting.put, max_payload=256 * 1024)
    subscriber.wait_until_subscribed()
    tracemalloc.start()
    with Publisher(Broker(port=broker.port), window=1) as publisher:
        for number in range(10):
            publisher.publish("liangqu/air/a", b"%d" % number * 5_000_000)
            publisher.flush()
    wait_until(lambda: len(waiting) == 10)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    deliveries = [waiting.get(PATIENCE) for _ in range(10)]
    assert [each.length for each in deliveries if each] == [5_000_000] * 10
    assert [each.payload[:1] for each in deliveries if each] == [b"%d" % number for number in range(10)]
    assert held < 20_000_000  # paho holds the last one twice


@pytest.mark.server
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_large_messages_that_nobody_takes_stay_at_the_broker(
    protocol: str, start_mosquitto: StartMosquitto, subscribe: Start
) -> None:
    """Keepalive is a second: the connection outlives three of them in which nothing is read."""
    count, size = 40, 500_000
    broker = start_mosquitto("max_queued_messages 0\n")
    waiting = MessageQueue(max_bytes=4_000_000)
    subscriber = subscribe(
        broker.port, waiting.put, is_full=waiting.is_full, keepalive=1, max_payload=size, protocol=protocol
    )
    subscriber.wait_until_subscribed()
    with Publisher(Broker(port=broker.port)) as publisher:
        for number in range(count):
            publisher.publish("liangqu/air/a", number.to_bytes(size))
    wait_until(waiting.is_full)
    time.sleep(3)

    assert len(waiting) <= 4_000_000 // size + 1
    taken = list[MqttMessage]()
    while len(taken) < count:
        message = waiting.get(PATIENCE)
        assert message is not None
        taken.append(message)
        subscriber.session.acknowledge([message])
    assert [int.from_bytes(message.payload) for message in taken] == list(range(count))
    assert subscriber.session.counts.connections == 1


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_was_too_large_is_acknowledged_in_its_turn_and_called_refused(
    protocol: str, peer: FakeBroker, subscribe: Start
) -> None:
    """MQTT 5, 3.4.2.1: 151 is "quota exceeded"; 3.1.1 has no word for it."""
    subscriber = subscribe(peer.port, protocol=protocol, max_payload=5000)
    connection = peer.accept().welcome()
    for packet, size in ((1, 5000), (2, 5001), (3, 5000)):
        connection.publish(packet, b"x" * size)
    subscriber.session.acknowledge([subscriber.take() for _ in range(3)])

    acknowledged = [connection.read() for _ in range(3)]

    reason = b"\x97" if protocol == "5" else b""
    assert acknowledged == [(PUBACK, b"\0\1"), (PUBACK, b"\0\2" + reason), (PUBACK, b"\0\3")]


@pytest.mark.server
def test_a_broker_goes_on_behind_a_message_that_was_refused(
    start_mosquitto: StartMosquitto, subscribe: Start
) -> None:
    broker = start_mosquitto()
    subscriber = subscribe(broker.port, max_payload=1000)
    subscriber.wait_until_subscribed()
    with Publisher(Broker(port=broker.port)) as publisher:
        for size in (2000, 10, 2000, 20):
            publisher.publish("liangqu/air/a", b"x" * size)
            subscriber.session.acknowledge([taken := subscriber.take()])
            assert (taken.length or len(taken.payload)) == size
    subscriber.session.stop()

    again = subscribe(broker.port, max_payload=1000)
    again.wait_until_subscribed()
    with Publisher(Broker(port=broker.port)) as publisher:
        publisher.publish("liangqu/air/a", b"last")

    assert again.take().payload == b"last"  # nothing that was refused comes a second time


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
@pytest.mark.parametrize(
    "ends",
    [
        pytest.param((1, 20, 21, 50), id="one and several in turns"),
        pytest.param((120, 200), id="more than a window"),
    ],
)
def test_acknowledgements_go_out_in_order_of_receipt_whatever_the_groups(
    ends: tuple[int, ...], protocol: str, peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port, protocol=protocol)
    connection = peer.accept().welcome()
    connection.publish_each(range(1, ends[-1] + 1))
    taken = [subscriber.take() for _ in range(ends[-1])]

    for start, end in itertools.pairwise((0, *ends)):
        subscriber.session.acknowledge(taken[start:end])

    assert [connection.acknowledged() for _ in taken] == list(range(1, ends[-1] + 1))


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_that_overruns_the_window_has_to_wait_for_acknowledgements(
    protocol: str, peer: FakeBroker, subscribe: Start
) -> None:
    """mosquitto 2.0.11 does: at each acknowledgement it sends on, whatever is under way (its issue 2301)."""
    subscriber = subscribe(peer.port, protocol=protocol)
    connection = peer.accept().welcome()
    connection.publish_each(range(1, 1001))
    wait_until(lambda: subscriber.deliveries.qsize() > 4 * WINDOW)
    time.sleep(0.2)  # for what would read on

    assert subscriber.deliveries.qsize() <= 4 * WINDOW + publish_reader.MOST_AT_ONCE
    for packet in range(1, 1001):
        taken = subscriber.take()
        assert taken.packet == packet
        subscriber.session.acknowledge([taken])


def test_what_comes_again_while_its_acknowledgement_is_due_is_not_taken_twice(
    peer: FakeBroker, subscribe: Start
) -> None:
    """NATS sends again after its `ack_wait`, on the same connection, with the same packet id."""
    subscriber = subscribe(peer.port)
    connection = peer.accept().welcome()
    connection.publish(1, b"a")
    connection.publish(1, b"a", flags=8)
    connection.publish(2, b"b")
    first, second = subscriber.take(), subscriber.take()
    subscriber.session.acknowledge([first])
    assert connection.acknowledged() == 1
    connection.publish(1, b"c", flags=8)

    assert [message.payload for message in (first, second, subscriber.take())] == [b"a", b"b", b"c"]


def test_what_an_overrun_leaves_does_not_count_on_the_next_connection(
    peer: FakeBroker, subscribe: Start
) -> None:
    """What waits is of the former one; that this is over is noticed by its keepalive at the latest."""
    subscriber = subscribe(peer.port, keepalive=1)
    first = peer.accept().welcome()
    first.publish_each(range(1, 401))
    wait_until(lambda: subscriber.deliveries.qsize() > 4 * WINDOW)
    first.reset()

    second = peer.accept().welcome(resumed=True)
    second.publish_each(range(1, WINDOW + 1), b"again")
    wait_until(lambda: [each.payload for each in subscriber.deliveries.queue].count(b"again") == WINDOW)


def test_what_is_acknowledged_before_the_end_goes_out_and_then_the_goodbye(
    peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port)
    connection = peer.accept().welcome()
    connection.publish_each(range(1, 4))
    taken = [subscriber.take() for _ in range(3)]

    subscriber.session.acknowledge(taken)
    subscriber.session.stop()

    assert [connection.read()[0] for _ in range(4)] == [PUBACK, PUBACK, PUBACK, DISCONNECT]


def test_every_connect_asks_for_the_old_session_and_sets_no_maximum_packet_size(
    peer: FakeBroker, subscribe: Start
) -> None:
    subscribe(peer.port)
    for _ in range(3):
        connection = peer.accept().welcome(resumed=True)

        assert not connection.flags & CLEAN
        assert connection.properties[SESSION_EXPIRY] == 600
        assert connection.properties[RECEIVE_MAXIMUM] == WINDOW
        assert MAXIMUM_PACKET_SIZE not in connection.properties
        connection.close()


def test_with_3_1_1_too(peer: FakeBroker, subscribe: Start) -> None:
    subscribe(peer.port, protocol="3.1.1")
    for _ in range(2):
        connection = peer.accept().welcome(resumed=True)

        assert connection.version == 4
        assert not connection.flags & CLEAN
        connection.close()


def test_a_difference_between_the_two_readings_ends_ours_and_is_said(
    peer: FakeBroker, subscribe: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_short(*args: Any, **options: Any) -> PublishHead | None:
        found = parse_head(*args, **options)
        return found and found._replace(payload_start=found.payload_start + 1)

    monkeypatch.setattr(publish_reader, "parse_head", cut_short)
    subscriber = subscribe(peer.port)
    connection = peer.accept().welcome()
    connection.publish_each(range(1, 4))
    assert [subscriber.take().payload for _ in range(3)] == [b"{}"] * 3
    said = (
        "our reader and paho disagreed on a message on liangqu/air/a: paho now reads everything, more slowly"
    )
    assert subscriber.session.warnings() == [said]

    connection.close()
    again = peer.accept().welcome(resumed=True)
    again.publish(1, b"{}")
    assert subscriber.take().payload == b"{}"
    assert said in subscriber.session.warnings()


@pytest.mark.parametrize("max_payload", [1_000_000, 1_000], ids=["taken", "too large"])
def test_a_packet_may_take_longer_than_the_keepalive(
    max_payload: int, peer: FakeBroker, subscribe: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """paho, which sees none of it, would take the broker for dead and have it sent again, for ever."""
    monkeypatch.setattr(connection, "SIGN_OF_LIFE_S", 0.1)
    subscriber = subscribe(peer.port, keepalive=1, max_payload=max_payload)
    broker = peer.accept().welcome()
    body = b"\0\1a" + (7).to_bytes(2) + b"\0" + b"x" * 16_000
    packet = b"\x32" + bytes([len(body) % 128 | 128, len(body) // 128]) + body
    for start in range(0, len(packet), 200):  # five seconds and more
        broker.send_bytes(packet[start : start + 200])
        time.sleep(0.065)

    message = subscriber.take()
    assert (message.packet, message.length or len(message.payload)) == (7, 16_000)
    assert subscriber.session.counts.connections == 1


def test_what_the_broker_says_before_it_hangs_up_is_read_before_acknowledgements_are_sent(
    peer: FakeBroker, subscribe: Start
) -> None:
    """Sending to a broker that has hung up fails, and what it had said would not be read any more."""
    subscriber = subscribe(peer.port)
    broker = peer.accept().welcome()
    broker.publish(1, b"{}")
    message, network_thread = subscriber.take(), subscriber.session._network
    held, stalled = threading.Event(), threading.Event()

    def stall() -> None:
        stalled.set()
        held.wait(PATIENCE)

    network_thread.call(stall)
    assert stalled.wait(PATIENCE)
    subscriber.session.acknowledge([message])
    broker.send(DISCONNECT, b"\x8e")  # session taken over
    broker.reset()
    held.set()

    wait_until(lambda: subscriber.session.counts.taken == 1)


def test_what_the_broker_drops_is_no_message_for_the_silence_watch(
    peer: FakeBroker, subscribe: Start
) -> None:
    subscribe(peer.port, silence=0.5)
    broker = peer.accept().welcome()
    with suppress(OSError):  # it hangs up
        for _ in range(100):
            broker.send(PUBLISH, len(DROPPED_TOPIC).to_bytes(2) + DROPPED_TOPIC.encode() + b"\0" + b"1")
            time.sleep(0.05)

    peer.accept()


def test_each_message_of_one_read_has_its_own_time(peer: FakeBroker, subscribe: Start) -> None:
    """Messages read in one go were each received when they came, not when the first of them did."""
    held, taken = threading.Event(), queue.Queue[MqttMessage]()
    times = (datetime(2026, 11, 23, tzinfo=UTC) + timedelta(seconds=s) for s in itertools.count())

    def wait_at_the_first(delivery: MqttMessage) -> None:
        held.wait(PATIENCE)
        taken.put(delivery)

    subscribe(peer.port, wait_at_the_first, clock=partial(next, times))
    connection = peer.accept().welcome()
    connection.publish_each(range(1, 6))
    held.set()  # the rest is there by now: it is read behind the first, at once

    received = [taken.get(timeout=PATIENCE).received for _ in range(5)]
    assert received == sorted(set(received))


def test_an_exception_in_the_callback_costs_the_connection_and_no_message(
    peer: FakeBroker, subscribe: Start
) -> None:
    taken = queue.Queue[bytes]()
    failures = [ZeroDivisionError]

    def fail_once(delivery: MqttMessage) -> None:
        if failures:
            raise failures.pop()
        taken.put(delivery.payload)

    subscriber = subscribe(peer.port, fail_once)
    first = peer.accept().welcome()
    first.publish(1, b"kept")
    assert first.gone()
    second = peer.accept().welcome(resumed=True)
    second.publish(1, b"kept", flags=8)

    assert taken.get(timeout=PATIENCE) == b"kept"
    assert subscriber.session.network_trouble() == ""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        pytest.param(3, b"\xff\xffshort", id="publish whose topic is longer than itself"),
        pytest.param(9, b"\x00", id="suback cut off"),
        pytest.param(15, b"", id="unknown packet"),
    ],
)
def test_a_malformed_packet_costs_the_connection_and_not_the_thread(
    kind: int, body: bytes, peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port)
    first = peer.accept().welcome()
    first.send(kind, body)
    assert first.gone()
    peer.accept().welcome().publish(1, b"{}")

    assert subscriber.take().payload == b"{}"


def test_a_topic_that_is_no_utf_8_is_handed_over(peer: FakeBroker, subscribe: Start) -> None:
    """It reads as well as it can be read."""
    subscriber = subscribe(peer.port)
    connection = peer.accept().welcome()
    connection.publish(1, b"{}", topic=b"liangqu/air/\xff")

    assert subscriber.take().topic == "liangqu/air/\ufffd"


@pytest.mark.parametrize("failure", [SystemExit, KeyboardInterrupt, GeneratorExit, MemoryError])
def test_whatever_would_end_the_network_thread_costs_the_connection_only_and_is_said(
    failure: type[BaseException], peer: FakeBroker, subscribe: Start
) -> None:
    taken = queue.Queue[bytes]()
    failures = [failure, failure]

    def fail_twice(delivery: MqttMessage) -> None:
        if failures:
            raise failures.pop()
        taken.put(delivery.payload)

    subscriber = subscribe(peer.port, fail_twice)
    for _ in range(2):
        connection = peer.accept().welcome(resumed=True)
        connection.publish(1, b"kept", flags=8)
        assert connection.gone()
    if failure is not MemoryError:  # which is an Exception: like any other
        assert failure.__name__ in subscriber.session.network_trouble()
    peer.accept().welcome(resumed=True).publish(1, b"kept", flags=8)

    assert taken.get(timeout=PATIENCE) == b"kept"
    wait_until(lambda: subscriber.session.network_trouble() == "")


@pytest.mark.parametrize(
    ("known", "resumed", "expiry", "lost"),
    [
        pytest.param(True, False, 600, 1, id="it should have lasted"),
        pytest.param(True, True, 600, 0, id="it is there"),
        pytest.param(False, False, 600, 0, id="there was none"),
        pytest.param(True, False, 0, 0, id="it is not to last"),
    ],
)
def test_a_session_that_is_gone_is_said_and_counted(
    known: bool, resumed: bool, expiry: int, lost: int, peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port, known=known, expiry=expiry)
    peer.accept().welcome(resumed=resumed)
    subscriber.wait_until_subscribed()

    assert subscriber.session.counts.lost == lost
    warned = subscriber.session.warnings()
    assert len(warned) == lost
    assert all("session of client id 'liangqu' was gone" in words for words in warned)


def test_a_session_that_goes_while_it_runs_is_missed_too(peer: FakeBroker, subscribe: Start) -> None:
    subscriber = subscribe(peer.port)
    first = peer.accept().welcome()
    subscriber.wait_until_subscribed()
    first.close()
    peer.accept().welcome(resumed=False)
    wait_until(lambda: subscriber.session.counts.connections == 2)

    assert subscriber.session.counts.lost == 1


MARKS = "liangqu/air/_"


def unsubscribe_all(broker: Broker) -> None:
    """Come as that client, take its subscriptions out of the session that the broker keeps, and go."""
    client = make_client(broker, session_expiry=600, manual_ack=True)
    done = threading.Event()
    client.on_connect = lambda client, *_: client.unsubscribe([*TOPICS, DROPPED_TOPIC])
    client.on_unsubscribe = lambda *_: done.set()
    connect(client, broker, session_expiry=600)
    client.loop_start()
    assert done.wait(PATIENCE)
    client.disconnect()
    client.loop_stop()


@pytest.mark.server
@pytest.mark.parametrize("lost", [False, True])
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_session_that_is_there_without_its_subscriptions_is_said_and_counted(
    protocol: str, lost: bool, mosquitto: Mosquitto
) -> None:
    """mosquitto says "session present" both times."""
    broker = Broker(port=mosquitto.port, client_id="liangqu", protocol="5" if protocol == "5" else "3.1.1")

    def begin(known: bool) -> Subscriber:
        begun = Subscriber(mosquitto.port, protocol=protocol, marks=MARKS, passed_over=(MARKS,), known=known)
        begun.wait_until_subscribed()
        return begun

    begin(known=False).session.stop()
    if lost:
        unsubscribe_all(broker)

    again = begin(known=True)
    mark = again.take()

    assert mark.passed_over
    assert mark.payload.endswith(b" after" if lost else b" before")
    assert again.session.counts.lost == lost
    assert [words.partition(" had the session")[0] for words in again.session.warnings()] == [
        f"the broker at {broker}"
    ] * lost
    again.session.stop()


@pytest.mark.parametrize("known", [False, True])
def test_a_first_session_that_was_never_granted_its_subscriptions_has_lost_none(
    known: bool, peer: FakeBroker, subscribe: Start
) -> None:
    """A cluster under load closes the first connection before its SUBACK, and has the session nonetheless."""
    subscriber = subscribe(peer.port, marks=MARKS, known=known)
    first = peer.accept()
    first.send(CONNACK, bytes([0, 0, 0]))
    assert first.read()[0] == SUBSCRIBE
    first.close()
    second = peer.accept()
    second.send(CONNACK, bytes([1, 0, 0]))

    assert second.read()[0] == (PUBLISH if known else SUBSCRIBE)
    subscriber.session.stop()


def closed(connection: BrokerConnection) -> None:
    connection.close()


def taken_over(connection: BrokerConnection) -> None:
    connection.send(DISCONNECT, b"\x8e\x00")  # reason 142
    connection.close()


def rubbish(connection: BrokerConnection) -> None:
    connection.send(15, b"")
    assert connection.gone()


@pytest.mark.parametrize(
    ("end", "times", "contested"),
    [
        pytest.param(closed, 2, False, id="closed twice"),
        pytest.param(closed, 3, True, id="closed three times"),
        pytest.param(taken_over, 1, True, id="the broker names the reason"),
        pytest.param(rubbish, 4, False, id="rubbish is not another client"),
    ],
)
def test_a_session_that_is_taken_is_said(
    end: Callable[[BrokerConnection], None], times: int, contested: bool, peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port)
    for _ in range(times):
        end(peer.accept().welcome(resumed=True))
    peer.accept().welcome(resumed=True)
    subscriber.wait_until_subscribed()

    warned = subscriber.session.warnings()
    assert bool(warned) is contested
    assert all("another client with the same client id 'liangqu'" in words for words in warned)
    assert subscriber.session.counts.taken == contested


def test_faults_without_end_do_not_fill_the_log(
    peer: FakeBroker, subscribe: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_delivery: MqttMessage) -> None:
        raise ZeroDivisionError

    subscribe(peer.port, fail)
    for _ in range(8):
        connection = peer.accept().welcome(resumed=True)
        connection.publish(1, b"{}")
        assert connection.gone()

    log = capsys.readouterr().out
    assert log.count("network failure") == 3
    assert log.count("no connection") == 3


@pytest.mark.server
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_two_sessions_of_one_client_id_stop_fighting_say_it_and_lose_nothing(
    protocol: str,
    mosquitto: Mosquitto,
    subscribe: Start,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(connection_history, "FIRST_PAUSE_S", 0.1)
    both = [subscribe(mosquitto.port, protocol=protocol) for _ in range(2)]
    taken: set[bytes] = set()

    def drain() -> None:
        for each in both:
            while not each.deliveries.empty():
                delivery = each.deliveries.get()
                each.session.acknowledge([delivery])
                taken.add(delivery.payload)

    wait_until(lambda: all(each.session.counts.connections for each in both))
    with Publisher(Broker(port=mosquitto.port), rate=50) as publisher:
        for number in range(300):
            publisher.publish("liangqu/air/a", b"%d" % number)
            drain()
    wait_until(lambda: (drain(), len(taken) == 300)[1])  # type: ignore[func-returns-value]

    for each in both:
        assert each.session.counts.connections < 15  # it was 6 a second
        assert "another client with the same client id 'liangqu'" in " ".join(each.session.warnings())
    assert capsys.readouterr().out.count("session contested") <= 2  # each says it once


def test_a_refused_subscription_is_said_and_a_refused_sys_is_not(peer: FakeBroker, subscribe: Start) -> None:
    subscriber = subscribe(peer.port)
    first = peer.accept().welcome(refused=0x87)
    first.publish(1, b"{}")
    subscriber.take()  # comes after the SUBACK
    assert subscriber.session.trouble() == "the broker refuses the subscription of liangqu/air/+"

    first.close()
    peer.accept().welcome().publish(1, b"{}")
    subscriber.take()
    assert subscriber.session.trouble() == ""


def test_connected_but_silent_gets_a_new_connection_and_is_said_until_something_comes(
    peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port, silence=0.2)
    assert peer.accept().welcome().gone()
    second = peer.accept().welcome(resumed=True)
    assert [words.startswith("no message for") for words in subscriber.session.warnings()] == [True]

    second.publish(1, b"{}")
    subscriber.take()
    assert subscriber.session.warnings() == []


def test_what_the_broker_says_it_dropped_is_a_warning(peer: FakeBroker, subscribe: Start) -> None:
    subscriber = subscribe(peer.port)
    connection = peer.accept().welcome()
    for count in (b"0", b"12"):
        connection.publish(1, count, topic=b"$SYS/broker/publish/messages/dropped")
    connection.publish(2, b"{}")

    assert subscriber.take().packet == 2
    assert [words[:36] for words in subscriber.session.warnings()] == ["the broker has dropped 12 messages s"]


@pytest.mark.parametrize(
    ("resumed", "flags", "again"),
    [
        pytest.param(True, 1, True, id="sent for a subscription that was there"),
        pytest.param(False, 1, False, id="a new session may never have had it"),
        pytest.param(True, 1 | 8, False, id="sent before and never acknowledged"),
        pytest.param(True, 0, False, id="live"),
    ],
)
def test_only_a_passed_over_that_we_had_is_passed_over(
    resumed: bool, flags: int, again: bool, peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port, protocol="3.1.1")
    peer.accept().welcome(resumed=resumed).publish(1, b"{}", flags=flags)

    assert subscriber.take().passed_over == again


@pytest.mark.server
@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_retained_copies_are_not_taken_for_new_at_a_reconnect(
    protocol: str, start_mosquitto: StartMosquitto, subscribe: Start
) -> None:
    broker = start_mosquitto()
    with Publisher(Broker(port=broker.port)) as publisher:
        publisher.publish("liangqu/air/a", b"retained", retain=True)
    taken = list[MqttMessage]()
    with TcpProxy(broker.port) as proxy:
        subscriber = subscribe(proxy.port, protocol=protocol)
        acknowledged = 0
        for number in range(3):
            # Subscribed on the new connection, so that a retained copy comes before the next message.
            wait_until(lambda: subscriber.session._connection == number + 1)  # noqa: B023 - used at once
            subscriber.wait_until_subscribed()
            with Publisher(Broker(port=broker.port)) as publisher:
                publisher.publish("liangqu/air/a", b"%d" % number)
            while not taken or taken[-1].payload != b"%d" % number or taken[-1].passed_over:
                if taken and taken[-1].connection == number + 1:
                    subscriber.session.acknowledge(taken[-1:])
                    acknowledged += 1
                taken.append(subscriber.take())
            # Cut when the broker has every acknowledgement but the last message's.
            wait_until(lambda: proxy.acknowledged == acknowledged)  # noqa: B023 - used at once
            if number < 2:
                proxy.cut()
        subscriber.session.stop()

    kept = [delivery.payload for delivery in taken if not delivery.passed_over]
    assert kept == [b"retained", b"0", b"0", b"1", b"1", b"2"]  # what was not acknowledged came again
    assert {d.payload for d in taken if d.passed_over} == ({b"retained"} if protocol == "3.1.1" else set())


@pytest.mark.server
def test_a_connection_that_is_open_and_dead_is_given_up(mosquitto: Mosquitto, subscribe: Start) -> None:
    with TcpProxy(mosquitto.port) as proxy:
        subscriber = subscribe(proxy.port, keepalive=1)
        subscriber.wait_until_subscribed()
        with Publisher(Broker(port=mosquitto.port)) as publisher:
            publisher.publish("liangqu/air/a", b"before")
            assert subscriber.take().payload == b"before"
            proxy.freeze()
            publisher.publish("liangqu/air/a", b"behind")

        payloads = [subscriber.take().payload for _ in range(2)]

        assert payloads == [b"before", b"behind"]  # the first was never acknowledged
        subscriber.session.stop()


REFUSED = {"5": 0x87, "3.1.1": 0x80}


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_a_broker_that_refuses_the_wide_filter_is_asked_for_the_narrow_ones(
    protocol: str, peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port, protocol=protocol, fallback={TOPICS[0]: ("liangqu/narrow/+",)})
    connection = peer.accept().welcome(refused=REFUSED[protocol])

    kind, body = connection.read()
    none = b"\x00" if protocol == "5" else b""
    connection.send(SUBACK, body[:2] + none + bytes([1, REFUSED[protocol]]))
    subscriber.wait_until_subscribed()

    assert kind == SUBSCRIBE
    assert b"liangqu/narrow/+" in body
    assert TOPICS[0].encode() not in body
    assert subscriber.session.warnings() == [
        f"the broker does not let us read {TOPICS[0]}: mistyped topics stay unnoticed"
    ]


def test_only_of_a_filter_that_is_refused_the_narrow_ones_are_asked_for(
    peer: FakeBroker, subscribe: Start
) -> None:
    """Else what both match would come twice; in a resumed session those of the other are given up."""
    narrow = {topic: (f"{topic}/narrow",) for topic in TOPICS}
    subscriber = subscribe(peer.port, fallback=narrow)
    connection = peer.accept().welcome(resumed=True, refused=REFUSED["5"])

    given_up, asked = connection.read(), connection.read()

    assert (given_up[0], asked[0]) == (UNSUBSCRIBE, SUBSCRIBE)
    assert [f"{topic}/narrow".encode() in given_up[1] for topic in TOPICS] == [False, True]
    assert [f"{topic}/narrow".encode() in asked[1] for topic in TOPICS] == [True, False]
    subscriber.session.stop()


@pytest.mark.parametrize("resumed", [True, False])
def test_what_a_former_build_subscribed_is_given_up_in_a_resumed_session(
    resumed: bool, peer: FakeBroker, subscribe: Start
) -> None:
    subscriber = subscribe(peer.port, fallback={TOPICS[0]: ("liangqu/narrow/+",)})
    connection = peer.accept().welcome(resumed=resumed)
    connection.publish(1, b"{}")
    subscriber.session.acknowledge([subscriber.take()])

    kind, body = connection.read()

    assert kind == (UNSUBSCRIBE if resumed else PUBACK)
    assert (b"liangqu/narrow/+" in body) == resumed
    assert not subscriber.session.warnings()


def test_what_is_not_for_us_is_acknowledged_and_marked(peer: FakeBroker, subscribe: Start) -> None:
    subscriber = subscribe(peer.port, passed_over=("liangqu/alerts/",))
    connection = peer.accept().welcome()
    connection.publish(1, b"{}", topic=b"liangqu/alerts/a/b/c")
    connection.publish(2, b"{}", topic=b"liangqu/alerts")

    ours, other = subscriber.take(), subscriber.take()
    subscriber.session.acknowledge([ours, other])

    assert (ours.passed_over, other.passed_over) == (True, False)
    assert (connection.acknowledged(), connection.acknowledged()) == (1, 2)
