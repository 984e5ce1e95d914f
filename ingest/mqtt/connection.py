"""The connection that paho reads and writes: few large pieces for the system, many small ones for paho.

paho asks the system for every packet's first byte, its length and its rest, and sends each acknowledgement by
itself. Each such call gives the interpreter away to another thread, so they cost the whole service dearly.
What a reader takes out of the buffer (the subscribing session's PUBLISH packets) paho never sees.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime

from ingest.mqtt.publish_reader import PublishReader

READ_SIZE = 65_536
SIGN_OF_LIFE_S = 1.0
PINGRESP = b"\xd0\x00"
PUBACK = b"\x40\x02"  # success, nothing to add: the packet id follows
PUBACK_REFUSED = b"\x40\x03"  # the packet id and a reason follow: MQTT 5, 3.4.2.1
QUOTA_EXCEEDED = b"\x97"
WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Connection:
    """What paho takes for its socket; used by one thread at a time.

    Args:
        connection: Connected, plain or TLS.
        reader: Reads the PUBLISH packets before paho sees them; None = paho reads all.
    """

    def __init__(self, connection: socket.socket, reader: PublishReader | None = None) -> None:
        self._socket = connection
        self._reader = reader
        self._left = 0  # bytes of the packet that paho is reading; without a reader of no meaning
        self._missing = 0  # bytes that must come before the reader can go on
        self._pieces: list[bytes] = []  # of a packet that is not whole yet
        self._sign_of_life = b""  # what is left of one for paho
        self._sign_due = time.monotonic() + SIGN_OF_LIFE_S
        self.fileno = connection.fileno  # and the next two: as a socket's
        self.setblocking = connection.setblocking
        self.settimeout = connection.settimeout
        self._read_ahead = b""
        self._position = 0  # where in it the next recv begins
        self._unsent = bytearray()
        self._coalescing = False
        self._hung_up = False

    def do_handshake(self) -> None:
        """TLS's; nothing on a plain connection."""
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.do_handshake()

    @property
    def certificate_ends(self) -> datetime | None:
        """Until when the certificate of the other side is valid; None if it has shown none."""
        shown = self._socket.getpeercert() if isinstance(self._socket, ssl.SSLSocket) else None
        ends = shown.get("notAfter") if shown else None
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC) if isinstance(ends, str) else None

    def recv(self, size: int) -> bytes:
        """As a socket's, out of what has been read ahead, without the packets that the reader takes."""
        if self._reader is not None:
            if not self._left and not self._sign_of_life and not self._find_packet(self._reader):
                return b""
            if self._sign_of_life:
                taken, self._sign_of_life = self._sign_of_life[:size], self._sign_of_life[size:]
                return taken
            size = min(size, self._left)
        if self._position == len(self._read_ahead):
            self._read_ahead, self._position = self._socket.recv(READ_SIZE), 0
        taken = self._read_ahead[self._position : self._position + size]
        self._position += len(taken)
        self._left -= len(taken)
        return taken

    def _find_packet(self, reader: PublishReader) -> bool:
        """Read on until paho has a packet to read; False: the broker has gone.

        paho hangs up on a broker of which it has heard nothing for twice the keepalive. What is read here, a
        large packet for minutes perhaps, it does not see: a PINGRESP of ours tells it.

        Raises:
            BlockingIOError: there is none, or acknowledgements have their turn first.
        """
        while True:
            now = time.monotonic()
            if not self._missing and self._position < len(self._read_ahead):
                before = self._position
                self._position, self._left, self._missing = reader.read(self._read_ahead, before, now)
                if self._left:
                    self._sign_due = now + SIGN_OF_LIFE_S
                    return True
                if self._position > before:
                    if self._gives_sign_of_life(now):
                        return True
                    raise BlockingIOError
            if not self._receive():
                return False
            if self._missing and self._gives_sign_of_life(now):
                return True

    def _gives_sign_of_life(self, now: float) -> bool:
        if now < self._sign_due:
            return False
        self._sign_due = now + SIGN_OF_LIFE_S
        self._sign_of_life = PINGRESP
        return True

    def pretend_to_hear(self) -> bool:
        """While nothing is read on purpose: whether paho may read a sign of life now, about once a second."""
        return self._reader is not None and not self._left and self._gives_sign_of_life(time.monotonic())

    def can_wait(self) -> bool:
        """Whether it does not matter when more is read: between two packets, of a broker that is there."""
        return not self._hung_up and (self._reader is None or not (self._left or self._sign_of_life))

    def _receive(self) -> bool:
        piece = self._socket.recv(READ_SIZE)
        if not piece:
            return False
        self._pieces.append(piece)
        self._missing = max(0, self._missing - len(piece))
        if not self._missing:
            self._read_ahead = self._read_ahead[self._position :] + b"".join(self._pieces)
            self._pieces, self._position = [], 0
        return True

    def pending(self) -> int:
        """Bytes that can be read though select does not see them: they are here, or TLS has them."""
        here = 0 if self._missing else len(self._read_ahead) - self._position
        by_tls = self._socket.pending() if isinstance(self._socket, ssl.SSLSocket) else 0
        return here + by_tls

    def send(self, data: bytes) -> int:
        """As a socket's, but all is taken or nothing: what comes next never falls into half a packet."""
        if not self._coalescing:
            self.flush()
            if self._unsent:
                raise BlockingIOError
        self._unsent += data
        if not self._coalescing:
            self.flush()
        return len(data)

    def acknowledge(self, packets: Sequence[int], refused: Collection[int] = ()) -> None:
        """A PUBACK of each packet id, behind whole packets only (3.4 of MQTT 5 and 3.1.1).

        They leave with the next flush: what the broker has said before it hung up is to be read first. Those
        in `refused`, of MQTT 5 only, carry its reason 151, "quota exceeded": a limit that an operator set.
        """
        self._unsent += b"".join(
            [
                PUBACK_REFUSED + packet.to_bytes(2) + QUOTA_EXCEEDED
                if packet in refused
                else PUBACK + packet.to_bytes(2)
                for packet in packets
            ]
        )

    @property
    def has_reader(self) -> bool:
        """Whether one call of `recv` may have delivered many packets."""
        return self._reader is not None

    @contextlib.contextmanager
    def coalesced(self) -> Iterator[None]:
        """What is sent inside leaves as one piece at its end; `unsent` then says what had no room yet.

        A broker that has hung up is no error here: whoever reads learns of it, behind what it has said.
        """
        self._coalescing = True
        try:
            yield
        finally:
            self._coalescing = False
            try:
                self.flush()
            except ConnectionError:
                self._hung_up = True

    @property
    def unsent(self) -> int:
        """Bytes taken that the system had no room for yet."""
        return len(self._unsent)

    def flush(self) -> None:
        """Send as much of what is unsent as there is room for."""
        if self._unsent and self.fileno() >= 0:
            with contextlib.suppress(*WOULD_BLOCK):
                del self._unsent[: self._socket.send(self._unsent)]

    def close(self) -> None:
        """Send what the system takes at once, a DISCONNECT perhaps, and close."""
        with contextlib.suppress(OSError):
            self.flush()
        self._socket.close()


class SocketContext:
    """What paho takes for its TLS context, the one place where it lets others make its connection.

    Args:
        open_tls: Makes the context of each new connection, so that a certificate renewed on disk is taken;
            None = it stays plain.
        make_reader: Makes the reader of each new connection, if any.
    """

    check_hostname = True  # a context of ours checks the broker's name; a plain connection has none to check

    def __init__(
        self,
        open_tls: Callable[[], ssl.SSLContext] | None,
        make_reader: Callable[[], PublishReader | None] = lambda: None,
    ) -> None:
        self._open_tls = open_tls
        self._make_reader = make_reader

    def wrap_socket(
        self,
        connection: socket.socket,
        *,
        server_hostname: str | None = None,
        do_handshake_on_connect: bool = False,
    ) -> Connection:
        """The connection, ready for its handshake. Small packets leave at once: Nagle's wait is off.

        Raises:
            OSError: a certificate cannot be read just now; the connection is closed.
        """
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._open_tls is None:
            return Connection(connection, self._make_reader())
        try:
            safe = self._open_tls().wrap_socket(
                connection, server_hostname=server_hostname, do_handshake_on_connect=do_handshake_on_connect
            )
        except BaseException:  # raised on; only the socket must not stay open
            connection.close()
            raise
        return Connection(safe, self._make_reader())
