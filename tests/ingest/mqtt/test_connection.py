"""What paho takes for its socket: nothing is lost, doubled or turned round however the pieces are cut."""

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.mqtt.connection import READ_SIZE, Connection, SocketContext

Pair = tuple[Connection, socket.socket]


def made() -> Pair:
    """Ours, not blocking as paho's is, and the broker's end."""
    ours, brokers = socket.socketpair()
    connection = Connection(ours)
    connection.setblocking(False)
    brokers.settimeout(5)
    return connection, brokers


@pytest.fixture
def pair() -> Iterator[Pair]:
    connection, brokers = made()
    yield connection, brokers
    connection.close()
    brokers.close()


def taken(connection: Connection, sizes: list[int]) -> bytes:
    """All that is there, asked for in pieces of these sizes, over and over."""
    found, turn = b"", 0
    while True:
        try:
            piece = connection.recv(sizes[turn % len(sizes)])
        except BlockingIOError:
            return found
        assert 0 < len(piece) <= sizes[turn % len(sizes)]
        found, turn = found + piece, turn + 1


@given(pieces=st.lists(st.binary(max_size=300), max_size=20), sizes=st.lists(st.integers(1, 400), min_size=1))
def test_what_the_broker_sends_is_read_as_it_was_sent(pieces: list[bytes], sizes: list[int]) -> None:
    connection, brokers = made()
    for piece in pieces:
        brokers.sendall(piece)
    assert taken(connection, sizes) == b"".join(pieces)
    assert connection.pending() == 0
    connection.close()
    brokers.close()


def test_the_system_is_asked_once_for_many_packets(pair: Pair) -> None:
    connection, brokers = pair
    brokers.sendall(b"x" * 1000)

    assert connection.recv(1) == b"x"
    assert connection.pending() == 999
    with pytest.raises(BlockingIOError):  # nothing is left there: it has all been read
        connection._socket.recv(1)


def test_the_broker_has_gone_is_told_after_the_last_byte(pair: Pair) -> None:
    connection, brokers = pair
    brokers.sendall(b"last")
    brokers.close()

    assert connection.recv(10) == b"last"
    assert connection.recv(1) == b""
    assert connection.recv(1) == b""


def test_what_is_sent_together_leaves_as_one_piece_and_nothing_before(pair: Pair) -> None:
    connection, brokers = pair
    brokers.setblocking(False)
    with connection.coalesced():
        assert [connection.send(b"ab"), connection.send(b"c")] == [2, 1]
        with pytest.raises(BlockingIOError):
            brokers.recv(1)

    assert brokers.recv(10) == b"abc"
    assert connection.send(b"d") == 1
    assert brokers.recv(10) == b"d"


def test_what_has_no_room_is_kept_and_goes_first_once_there_is_some(pair: Pair) -> None:
    connection, brokers = pair
    sent = b"".join(number.to_bytes(4) for number in range(1_000_000))
    with connection.coalesced():
        connection.send(sent)
    assert 0 < connection.unsent < len(sent)
    with pytest.raises(BlockingIOError):  # paho keeps it and comes again
        connection.send(b"end")

    found = bytearray()
    while connection.unsent:
        found += brokers.recv(READ_SIZE)
        connection.flush()
    assert connection.send(b"end") == 3
    while not found.endswith(b"end"):
        found += brokers.recv(READ_SIZE)
    assert found == sent + b"end"


def test_a_goodbye_leaves_before_the_end(pair: Pair) -> None:
    connection, brokers = pair
    with connection.coalesced():
        connection.send(b"goodbye")
        connection.close()  # paho does so as soon as it has sent DISCONNECT

    assert brokers.recv(10) == b"goodbye"
    assert brokers.recv(10) == b""
    assert connection.fileno() == -1


def test_a_connection_that_is_lost_is_an_error_when_sending_and_none_when_closing(pair: Pair) -> None:
    connection, brokers = pair
    brokers.sendall(b"last words")
    brokers.close()
    with connection.coalesced():
        connection.send(b"too late")  # what the broker has said is read first
    assert (connection.recv(10), connection.recv(1)) == (b"last words", b"")
    with pytest.raises(BrokenPipeError):
        connection.send(b"too late")
    connection.close()


def test_a_plain_connection_sends_at_once_and_needs_no_handshake() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plain = socket.create_connection(listener.getsockname())
        connection = SocketContext(None).wrap_socket(plain, server_hostname="anything")

        connection.do_handshake()

        assert SocketContext(None).check_hostname
        assert plain.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        connection.close()
