"""The inbox writer between a scripted broker and a full journal: what waits in memory is bounded."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.journal import inbox
from ingest.journal.file import Journal, used_bytes
from ingest.mqtt import connection_history, inbox_writer
from ingest.mqtt.broker import Broker
from ingest.mqtt.inbox_writer import InboxWriter
from ingest.mqtt.message import MqttMessage
from ingest.mqtt.message_queue import OVERHEAD, MessageQueue
from ingest.mqtt.session import Session
from tests.support.fake_broker import PATIENCE, BrokerConnection, FakeBroker

WINDOW = 20
FULL, ROOMY = 1, 10**9


class Receiving:
    """A session and its inbox writer, over a journal that has room or has none."""

    def __init__(self, journal: Journal, port: int) -> None:
        self.seen = 0
        self.queue = MessageQueue()
        self.session = Session(
            Broker(port=port, client_id="liangqu"),
            ("liangqu/air/+",),
            self._put,
            window=WINDOW,
            expiry=600,
            on_resumed=self.queue.drop_unacknowledged,
        )
        acknowledge = self.session.acknowledge
        self.writer = InboxWriter(journal, self.queue, acknowledge, window=WINDOW, limit=FULL)

    def _put(self, delivery: MqttMessage) -> None:
        self.queue.put(delivery)
        self.seen += 1

    def wait_until_seen(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.seen < count:
            assert time.monotonic() < deadline, f"{self.seen} of {count} were handed over"
            time.sleep(0.005)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_history, "FIRST_PAUSE_S", 0.01)


def send(connection: BrokerConnection, *, again: bool) -> None:
    """As many as may be on their way."""
    for packet in range(1, WINDOW + 1):
        connection.publish(packet, b"%d" % packet, flags=8 if again else 0)


@pytest.mark.parametrize(
    ("resumed", "expected"),
    [
        pytest.param(True, WINDOW, id="the session goes on: all of it comes again"),
        pytest.param(False, 5 * WINDOW, id="a new session: nothing comes again, so everything is kept"),
    ],
)
def test_what_waits_while_the_journal_is_full_is_bounded_by_the_window(
    resumed: bool, expected: int, tmp_path: Path
) -> None:
    with closing(Journal(tmp_path / "journal.db")) as journal, FakeBroker() as peer:
        receiving = Receiving(journal, peer.port)
        receiving.session.start()
        for round_ in range(5):
            connection = peer.accept().welcome(resumed=resumed and round_ > 0)
            send(connection, again=resumed and round_ > 0)
            receiving.wait_until_seen((round_ + 1) * WINDOW)
            assert receiving.writer.step(0) == 0  # full
            if round_ < 4:
                connection.close()

        assert receiving.writer.full
        assert len(receiving.queue) == expected

        receiving.writer._limit = ROOMY
        while receiving.writer.step(0):
            pass
        kept = [message.payload for message in inbox.fetch(journal.connection(), 1000)]
        assert len(kept) == expected
        assert kept[-WINDOW:] == [b"%d" % packet for packet in range(1, WINDOW + 1)]
        assert [connection.acknowledged() for _ in range(WINDOW)] == list(range(1, WINDOW + 1))
        receiving.session.stop()


def test_what_is_sent_once_at_most_is_kept(tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "journal.db")) as journal:
        waiting = MessageQueue()
        writer = InboxWriter(journal, waiting, lambda _: None, window=WINDOW, limit=ROOMY)
        for number in range(6):
            topic, now = "liangqu/air/a", datetime(2026, 1, 1, tzinfo=UTC)
            waiting.put(MqttMessage(topic, b"%d" % number, now, packet=number, qos=number % 2, connection=1))

        waiting.drop_unacknowledged()
        while writer.step(0):
            pass

        assert [m.payload for m in inbox.fetch(journal.connection(), 10)] == [b"0", b"2", b"4"]


def test_messages_of_qos_0_are_bounded_in_bytes() -> None:
    """What is sent once at most is bounded, and what is lost is counted."""
    payload, topic, now = b"x" * 1000, "liangqu/air/a", datetime(2026, 1, 1, tzinfo=UTC)
    each = 1000 + len(topic) + OVERHEAD
    waiting = MessageQueue(max_qos_0_bytes=3 * each)

    def put(qos: int) -> None:
        waiting.put(MqttMessage(topic, payload, now, packet=1, qos=qos, connection=1))

    for qos in (0, 1, 0, 0, 0, 1, 0):  # the fourth and fifth of QoS 0 find no room
        put(qos)
    assert (len(waiting), waiting.lost) == (5, 2)

    taken = [delivery for _ in range(2) if (delivery := waiting.get(0)) is not None]
    put(0)  # room for one again
    put(0)
    waiting.drop_unacknowledged()  # of QoS 1; the room that the others take is as it was
    put(0)

    assert [delivery.qos for delivery in taken] == [0, 1]
    assert (len(waiting), waiting.lost) == (3, 4)
    assert waiting.get(0) is not None
    put(0)
    assert waiting.lost == 4


def test_a_queue_is_full_from_so_many_bytes_on_whatever_their_quality() -> None:
    each = len(delivery(b"x" * 1000).topic) + 1000 + OVERHEAD
    waiting = MessageQueue(max_bytes=2 * each)

    full = [waiting.is_full()]
    for _ in range(2):
        waiting.put(delivery(b"x" * 1000))
        full.append(waiting.is_full())
    waiting.get(0)
    full.append(waiting.is_full())
    waiting.put(delivery(b"x" * 1000))
    waiting.drop_unacknowledged()
    full.append(waiting.is_full())
    for _ in range(2):
        waiting.put(delivery(b"x" * 1000))
        full.append(waiting.is_full())

    assert full == [False, False, True, False, False, False, True]


def test_the_next_is_waited_for_no_longer_than_asked() -> None:
    begun = time.monotonic()

    assert MessageQueue().get(0.02) is None

    assert time.monotonic() - begun >= 0.02


def delivery(payload: bytes) -> MqttMessage:
    return MqttMessage("liangqu/air/taizicheng", payload, datetime.now(UTC), packet=1, qos=1, connection=1)


def test_between_two_checks_of_the_room_no_more_is_taken_than_one_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time between them is never over here: only the bytes taken make it check."""
    limit, acknowledged = 2 * 1024**2, list[MqttMessage]()
    monkeypatch.setattr(inbox_writer, "ROOM_CHECK_S", 3600.0)
    with closing(Journal(tmp_path / "journal.db")) as journal:
        queue = MessageQueue()
        writer = InboxWriter(journal, queue, acknowledged.extend, window=2, limit=limit)
        while not writer.full and len(acknowledged) < 1000:
            queue.put(delivery(b"x" * 20_000))
            writer.step(0)
        used = used_bytes(journal.connection())

    assert writer.full.startswith("full")
    assert limit <= used < limit + 2 * inbox.MOST_BYTES


def test_a_check_of_the_room_that_fails_is_not_a_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_: sqlite3.Connection) -> int:
        raise sqlite3.OperationalError("database is locked")

    monkeypatch.setattr(inbox_writer, "used_bytes", locked)
    with closing(Journal(tmp_path / "journal.db")) as journal:
        queue = MessageQueue()
        writer = InboxWriter(journal, queue, lambda _: pytest.fail("acknowledged"), window=2, limit=FULL)
        queue.put(delivery(b"x"))
        for _ in range(3):
            with pytest.raises(sqlite3.OperationalError):
                writer.step(0)
