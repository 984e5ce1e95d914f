"""A broker's end of a connection, moved by hand: for what no real broker does on demand."""

import socket
import struct
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Self

PATIENCE = 20.0
CONNECT, CONNACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK, UNSUBSCRIBE = 1, 2, 3, 4, 8, 9, 10
PINGREQ, DISCONNECT = 12, 14


def head(content: bytes) -> tuple[int, int] | None:
    """Where the first packet's body begins, and its length (MQTT 5, 1.5.5); None while that is not whole."""
    size = 0
    for at, byte in enumerate(content[1:5]):
        size |= (byte & 127) << 7 * at
        if byte < 128:
            return at + 2, size
    return None


class BrokerConnection:
    """One client's connection; its CONNECT is read, and is what `connect` holds."""

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE)
        self._socket = connection
        kind, self.connect = self.read()
        assert kind == CONNECT
        self.version, self.flags = self.connect[6], self.connect[7]

    @property
    def properties(self) -> dict[int, int]:
        """The integer properties of an MQTT 5 CONNECT, by their number."""
        widths = {0x11: 4, 0x21: 2, 0x27: 4, 0x22: 2, 0x19: 1, 0x17: 1}
        rest, found = self.connect[11 : 11 + self.connect[10]], dict[int, int]()
        while rest:
            width = widths[rest[0]]
            found[rest[0]] = int.from_bytes(rest[1 : 1 + width])
            rest = rest[1 + width :]
        return found

    def welcome(self, *, resumed: bool = False, refused: int | None = None) -> Self:
        """CONNACK, then SUBACK: `refused` is the first topic's code; the last, $SYS, is always refused."""
        self.send(CONNACK, bytes([resumed, 0]) + self._no_properties)
        kind, body = self.read()
        assert kind == SUBSCRIBE
        codes = [1] * self._filters(body[2 + len(self._no_properties) :])
        codes[0], codes[-1] = refused or 1, 0x87 if self.version == 5 else 0x80
        self.send(SUBACK, body[:2] + self._no_properties + bytes(codes))
        return self

    def publish(
        self, packet: int, payload: bytes, *, flags: int = 0, topic: bytes = b"liangqu/air/a"
    ) -> None:
        """QoS 1; `flags` are 1 for retained, 8 for sent again."""
        before = len(topic).to_bytes(2) + topic + packet.to_bytes(2) + self._no_properties
        self.send(PUBLISH, before + payload, 2 | flags)

    def publish_each(self, packets: Iterable[int], payload: bytes = b"{}") -> None:
        """The same message with each of these packet ids."""
        for packet in packets:
            self.publish(packet, payload)

    def acknowledged(self) -> int:
        """The packet id of the next PUBACK; whatever else comes before it is passed over."""
        while True:
            kind, body = self.read()
            if kind == PUBACK:
                return int.from_bytes(body[:2])

    def send(self, kind: int, body: bytes, flags: int = 0) -> None:
        """Any packet of at most 16 kB."""
        size = len(body)
        length = bytes([size]) if size < 128 else bytes([size % 128 | 128, size // 128])
        self._socket.sendall(bytes([kind << 4 | flags]) + length + body)

    def send_bytes(self, content: bytes) -> None:
        """Part of a packet, or anything."""
        self._socket.sendall(content)

    def read(self) -> tuple[int, bytes]:
        """The next packet: its kind and its body; (0, b"") when the client has gone."""
        start = self._socket.recv(1)
        if not start:
            return 0, b""
        while (found := head(start)) is None:
            start += self._exactly(1)
        return start[0] >> 4, self._exactly(found[1])

    def gone(self) -> bool:
        """Whether the client closes the connection, whatever it sends before."""
        while self.read()[0]:
            pass
        return True

    def close(self) -> None:
        """Break the connection off, without a word."""
        self._socket.close()

    def reset(self) -> None:
        """Hang up so that whoever sends from now on is told by an error (RST)."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    @property
    def _no_properties(self) -> bytes:
        return b"\x00" if self.version == 5 else b""

    def _filters(self, rest: bytes) -> int:
        """How many filters stand in a SUBSCRIBE: each its length, its text and one byte of options."""
        count = 0
        while rest:
            rest, count = rest[2 + int.from_bytes(rest[:2]) + 1 :], count + 1
        return count

    def _exactly(self, count: int) -> bytes:
        found = b""
        while len(found) < count:
            piece = self._socket.recv(count - len(found))
            assert piece, "the client broke off inside a packet"
            found += piece
        return found


class FakeBroker:
    """Listens on a free port of the loopback."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(PATIENCE)
        self.port: int = self._listener.getsockname()[1]
        self._open = ExitStack()
        self._open.callback(self._listener.close)

    def accept(self) -> BrokerConnection:
        """The next client's connection."""
        connection = BrokerConnection(self._listener.accept()[0])
        self._open.callback(connection.close)
        return connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
