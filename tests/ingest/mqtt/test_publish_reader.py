"""Our reading of PUBLISH packets against paho's: the same messages in order, however the stream is cut."""

import hashlib
import itertools
import random
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paho.mqtt.client import Client, MQTTMessage, MQTTv5, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion

from ingest.journal.inbox import HEAD
from ingest.mqtt.connection import Connection
from ingest.mqtt.publish_frame import PublishFrame, from_paho
from ingest.mqtt.publish_reader import LONGEST_HEAD, MOST_AT_ONCE, PublishReader
from tests.support.scale import scaled

MAX_PAYLOAD = 40
Events = list[object]
NEVER = float("inf")


class Wire:
    """What `Connection` takes for a socket: one piece after the other, then the end."""

    fileno = setblocking = settimeout = staticmethod(lambda *_: 3)

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces: Iterator[bytes | None] = itertools.chain.from_iterable(
            (piece, None) for piece in pieces
        )
        self.sent = b""

    def recv(self, _size: int) -> bytes:
        piece = next(self._pieces, b"")
        if piece is None:
            raise BlockingIOError
        return piece

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)

    def close(self) -> None:
        pass


def events(pieces: list[bytes], *, five: bool, ours: bool, compare: bool = False) -> tuple[Events, bytes]:
    """What is heard of a stream, in order, and what goes back; `ours` puts our reader before paho."""
    heard: Events = []

    def on_message(_client: Client, _data: object, message: MQTTMessage) -> None:
        frame = from_paho(message, MAX_PAYLOAD)
        if reader is not None and reader.shared is not None:
            assert reader.shared == frame
            reader.shared = None
        heard.append(frame)

    client = Client(
        CallbackAPIVersion.VERSION2, protocol=MQTTv5 if five else MQTTv311, client_id="a", manual_ack=True
    )
    client.on_message = on_message
    client.on_connect = lambda *about: heard.append(("connect", str(about[2:4])))
    client.on_subscribe = lambda *about: heard.append(("subscribe", str(about[2:4])))
    client.on_disconnect = lambda *_: heard.append("end")
    reader = PublishReader(heard.extend, five=five, max_payload=MAX_PAYLOAD) if ours else None
    if reader is not None and not compare:
        reader._compare_at = NEVER
    wire = Wire(pieces)
    client._sock = cast("Any", Connection(cast("Any", wire), reader))
    for _ in range(20_000):
        if client.socket() is None:
            break
        client.loop_read()
        client.loop_write()
    else:
        raise AssertionError("it reads for ever")
    return heard, wire.sent


def sized(body: bytes) -> bytes:
    """The remaining length of a packet, and its body."""
    length, found = len(body), b""
    while length >= 128:
        found, length = found + bytes([length % 128 | 128]), length // 128
    return found + bytes([length]) + body


def text(value: bytes) -> bytes:
    return len(value).to_bytes(2) + value


def publish(
    topic: bytes, payload: bytes, *, packet: int = 1, flags: int = 2, properties: bytes | None = b""
) -> bytes:
    """A PUBLISH; of 3.1.1 with `properties=None`."""
    head = text(topic) + (packet.to_bytes(2) if flags & 6 else b"")
    return bytes([0x30 | flags]) + sized(head + (b"" if properties is None else sized(properties)) + payload)


PINGRESP = b"\xd0\x00"
SUBACK = b"\x90" + sized(b"\x00\x01\x00\x01")
PUBREL = b"\x62" + sized(b"\x00\x07")
OTHERS = [
    PINGRESP,
    SUBACK,
    PUBREL,
    b"\x40" + sized(b"\x00\x01"),
    b"\xe0\x00",
    b"\xf0\x00",
    b"\x20\x02\x00\x00",
]

PROPERTIES = {
    "none": b"",
    "format": b"\x01\x01",
    "format of a value that is forbidden": b"\x01\x02",
    "expiry": b"\x02\x00\x00\x00\x10",
    "content type": b"\x03" + text(b"application/json"),
    "content type that is not UTF-8": b"\x03" + text(b"\xff"),
    "content type with a NUL": b"\x03" + text(b"a\x00b"),
    "content type with a byte order mark": b"\x03" + text("\ufeffa".encode()),
    "content type that ends too late": b"\x03\x00\x09abc",
    "response topic": b"\x08" + text("回复".encode()),
    "correlation": b"\x09" + text(b"\xff\x00"),
    "correlation that ends too late": b"\x09\x00\x09abc",
    "subscription": b"\x0b\x05",
    "alias": b"\x23\x00\x01",
    "user": b"\x26" + text(b"a") + text(b"b"),
    "user twice": 2 * (b"\x26" + text(b"a") + text(b"b")),
    "user, cut": b"\x26" + text(b"a") + b"\x00",
    "twice the same": 2 * b"\x01\x00",
    "two": b"\x01\x00\x02\x00\x00\x00\x10",
    "of a CONNECT": b"\x11\x00\x00\x00\x10",
    "unknown": b"\x7f\x00",
    "cut": b"\x02\x00",
}
TOPICS = [b"liangqu/air/a", b"", "站/一".encode(), b"\xff\xfe", b"$SYS/x", b"t" * 300]

publishes = st.builds(
    publish,
    st.sampled_from(TOPICS),
    st.binary(max_size=3 * MAX_PAYLOAD),
    packet=st.sampled_from([0, 1, 7, 256, 65_535]),
    flags=st.sampled_from([0, 1, 2, 2, 2, 3, 4, 6, 8, 10, 11]),
    properties=st.sampled_from([*PROPERTIES.values(), None]),
)
packets = st.one_of(publishes, publishes, st.sampled_from(OTHERS), st.binary(max_size=6))


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    """The stream in pieces, none empty."""
    ends = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[start:end] for start, end in itertools.pairwise(ends)]


def assert_read_alike(pieces: list[bytes], *, five: bool) -> None:
    expected = events([b"".join(pieces)], five=five, ours=False)
    assert events(pieces, five=five, ours=True) == expected
    assert events(pieces, five=five, ours=True, compare=True) == expected


@settings(max_examples=scaled(5000))
@given(st.lists(packets, max_size=12), st.lists(st.integers(0, 5000), max_size=12), st.booleans())
def test_a_stream_is_read_as_paho_reads_it(stream: list[bytes], places: list[int], five: bool) -> None:
    assert_read_alike(cut(b"".join(stream), places), five=five)


@pytest.mark.parametrize("five", [True, False], ids=["MQTT 5", "3.1.1"])
@pytest.mark.parametrize("properties", [pytest.param(value, id=name) for name, value in PROPERTIES.items()])
def test_properties(properties: bytes, five: bool) -> None:
    stream = publish(b"a", b"before", packet=1) + publish(b"a", b"{}", packet=2, properties=properties)
    assert_read_alike([stream + publish(b"a", b"after", packet=3)], five=five)


def test_a_packet_of_type_0_ends_the_connection_wherever_it_is_cut() -> None:
    """paho, where nothing comes behind the first byte, would forget that byte and read on from the next."""
    stream = publish(b"a", b"before") + b"\x00\x05" + b"\x30\x03\x00\x01a"
    for place in range(1, len(stream)):
        heard, _sent = events([stream[:place], stream[place:]], five=True, ours=True)
        assert [frame.payload for frame in heard if isinstance(frame, PublishFrame)] == [b"before"]
        assert heard[-1] == "end"


HOSTILE = scaled(1_000_000)


@pytest.mark.heavy
def test_hostile_frames_are_read_as_paho_reads_them() -> None:
    """Valid frames with bytes changed, left out or put in, in streams of forty, until each stream ends."""
    order = random.Random(20261127)
    for _ in range(HOSTILE // 40):
        stream = bytearray(b"".join(hostile_frame(order) for _ in range(40)))
        places = [order.randrange(len(stream)) for _ in range(order.randrange(4))]
        pieces, five = cut(bytes(stream), places), order.random() < 0.5
        assert_read_alike(pieces, five=five)


def hostile_frame(order: random.Random) -> bytes:
    if order.random() < 0.03:
        return order.choice(OTHERS)
    properties = order.choice([*PROPERTIES.values(), b"", b"", None]) if order.random() < 0.2 else b""
    flags = order.choice([0, 1, 2, 3, 8, 10, 11])
    payload = order.randbytes(order.choice([0, 2, 30, 200]))
    frame = bytearray(
        publish(order.choice(TOPICS), payload, packet=order.randrange(4), flags=flags, properties=properties)
    )
    if order.random() < 0.02:
        place = order.randrange(len(frame))
        change = order.randrange(3)
        if change == 0:
            frame[place] ^= 1 << order.randrange(8)
        elif change == 1:
            del frame[place]
        else:
            frame.insert(place, order.randrange(256))
    return bytes(frame)


def reader_of(deliver: Callable[[list[PublishFrame]], None], **options: Any) -> PublishReader:
    reader = PublishReader(deliver, **{"five": True, "max_payload": MAX_PAYLOAD, **options})
    reader._compare_at = NEVER
    return reader


def test_after_a_group_acknowledgements_have_their_turn() -> None:
    groups: list[list[PublishFrame]] = []
    stream = b"".join(publish(b"a", b"{}", packet=number + 1) for number in range(150))
    connection = Connection(cast("Any", Wire([stream])), reader_of(groups.append))
    for left in (150 - MOST_AT_ONCE, 150 - 2 * MOST_AT_ONCE, 0):
        with pytest.raises(BlockingIOError):
            connection.recv(1)
        assert connection.pending() == left * len(publish(b"a", b"{}"))

    assert [len(group) for group in groups] == [MOST_AT_ONCE, MOST_AT_ONCE, 150 - 2 * MOST_AT_ONCE]
    assert [frame.packet for group in groups for frame in group] == list(range(1, 151))


def test_part_of_a_packet_is_not_pending() -> None:
    """Otherwise the loop would ask for it without end instead of waiting."""
    frames: list[PublishFrame] = []
    packet = publish(b"a", b"x" * 30)
    connection = Connection(
        cast("Any", Wire([packet[:1], packet[1:9], packet[9:]])), reader_of(frames.extend)
    )
    for _ in range(2):
        with pytest.raises(BlockingIOError):
            connection.recv(1)
        assert (connection.pending(), frames) == (0, [])
    with pytest.raises(BlockingIOError):
        connection.recv(1)
    assert (connection.pending(), len(frames)) == (0, 1)


def test_a_payload_that_is_too_large_streams_by() -> None:
    """60 MB: its head and sum are kept, and what is held meanwhile is a piece or two."""
    frames: list[PublishFrame] = []
    payload, piece = b"0123456789abcdef" * 4_000_000, 65_536
    packet = publish(b"liangqu/air/a", payload, packet=9) + publish(b"liangqu/air/a", b"next", packet=10)
    reader = reader_of(frames.extend)
    del payload
    connection = Connection(
        cast("Any", Wire([packet[start : start + piece] for start in range(0, len(packet), piece)])), reader
    )
    tracemalloc.start()
    while not frames or frames[-1].packet != 10:
        with suppress(BlockingIOError):
            connection.recv(1)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    large = frames[0]
    assert peak < 4 * piece + LONGEST_HEAD
    assert (large.packet, large.length, large.payload) == (9, 64_000_000, packet[23 : 23 + HEAD])
    assert large.sha256 == hashlib.sha256(b"0123456789abcdef" * 4_000_000).hexdigest()


def test_a_large_packet_costs_no_more_than_its_size() -> None:
    """Just within the limit and in many pieces: it is put together once, not with each piece."""
    frames: list[PublishFrame] = []
    packet = publish(b"a", b"x" * 4_000_000)
    pieces = [packet[start : start + 400] for start in range(0, len(packet), 400)]
    connection = Connection(cast("Any", Wire(pieces)), reader_of(frames.extend, max_payload=8_000_000))
    joined = 0
    while not frames:
        before = connection._read_ahead
        with suppress(BlockingIOError):
            connection.recv(1)
        if connection._read_ahead is not before:
            joined += len(connection._read_ahead)

    assert len(frames[0].payload) == 4_000_000
    assert joined < 2 * len(packet)


def test_a_head_that_is_too_long_is_left_to_paho() -> None:
    frames: list[PublishFrame] = []
    user = b"\x26" + text(b"k" * 60_000) + text(b"v" * 60_000)
    packet = publish(b"a", b"x" * 100, properties=user + user)
    connection = Connection(cast("Any", Wire(cut(packet, [LONGEST_HEAD]))), reader_of(frames.extend))

    assert (connection.recv(1), frames) == (packet[:1], [])
    assert connection.pending() == LONGEST_HEAD - 1


def test_one_publish_a_second_is_read_by_both() -> None:
    frames: list[PublishFrame] = []
    reader = PublishReader(frames.extend, five=True, max_payload=MAX_PAYLOAD)
    packet = publish(b"a", b"{}", packet=1)

    for now, expected in (
        (10.0, (0, len(packet), 0)),
        (10.9, (len(packet), 0, 0)),
        (11.0, (0, len(packet), 0)),
    ):
        reader.shared = None
        assert reader.read(packet, 0, now) == expected
        assert (reader.shared is None) == (expected[1] == 0)
    assert len(frames) == 1


def test_a_reader_that_was_turned_off_leaves_all_to_paho() -> None:
    frames: list[PublishFrame] = []
    reader = reader_of(frames.extend)
    reader.turn_off()

    assert reader.read(publish(b"a", b"{}"), 0, 0.0).for_paho == len(publish(b"a", b"{}"))
    assert frames == []


@given(st.lists(st.one_of(st.binary(min_size=2, max_size=9), st.lists(st.integers(1, 65_535), max_size=5))))
def test_an_acknowledgement_never_falls_into_another_packet(written: list[bytes | list[int]]) -> None:
    """The system takes three bytes at a time; paho sends what was refused again, as a whole."""

    class Narrow(Wire):
        def send(self, data: bytes) -> int:
            self.sent += data[:3]
            return min(3, len(data))

    wire = Narrow([])
    connection = Connection(cast("Any", wire))
    expected = b""
    for each in written:
        if isinstance(each, bytes):
            while True:
                with suppress(BlockingIOError):
                    assert connection.send(each) == len(each)
                    break
            expected += each
        else:
            connection.acknowledge(each)
            expected += b"".join(b"\x40\x02" + packet.to_bytes(2) for packet in each)
    while connection.unsent:
        connection.flush()
    assert wire.sent == expected
