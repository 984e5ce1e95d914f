"""A TCP proxy before a real server, for networks that break: connections cut, or open and dead."""

import contextlib
import select
import socket
import threading
from typing import Self

PUBACK = b"\x40\x02"  # kind and length of an acknowledgement; its packet id follows


class _Packets:
    """Where in a stream of MQTT one packet ends and the next begins."""

    def __init__(self) -> None:
        self._left = 0
        self._head = b""

    def follow(self, piece: bytes) -> None:
        """What has been sent on."""
        while piece:
            if self._left:
                passed = min(self._left, len(piece))
                self._left, piece = self._left - passed, piece[passed:]
                continue
            self._head, piece = self._head + piece[:1], piece[1:]
            if len(self._head) > 1 and self._head[-1] < 128:
                self._left = sum((byte & 127) << 7 * n for n, byte in enumerate(self._head[1:]))
                self._head = b""

    @property
    def between(self) -> bool:
        """Whether a whole packet was the last."""
        return not self._left and not self._head


class TcpProxy:
    """Forwards its port to `target`; use as a context manager."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        self.accepted = 0
        self.acknowledged = 0  # PUBACKs that have gone on to the target
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._dead: set[socket.socket] = set()
        self._packets: dict[socket.socket, _Packets] = {}
        self._changing = threading.Lock()
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=part) for part in (self._accept, self._forward)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self.cut()
        self._listener.close()

    def cut(self) -> None:
        """Close every connection, at whatever byte it is."""
        with self._changing:
            for end in [end for pair in self._pairs for end in pair]:
                end.close()
            self._pairs.clear()
            self._dead.clear()

    def freeze(self) -> None:
        """Forward nothing more on the connections of now, and let both ends think they are alive."""
        with self._changing:
            self._dead.update(end for pair in self._pairs for end in pair)

    def go_mad(self, rubbish: bytes) -> int:
        """Say this to each client, behind a whole packet, and nothing more; to how many that was possible."""
        told = 0
        with self._changing:
            for client, server in self._pairs:
                if server in self._dead or not self._packets[server].between:
                    continue
                with contextlib.suppress(OSError):
                    client.sendall(rubbish)
                    told += 1
                self._dead.update((client, server))
        return told

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            try:
                server = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            with self._changing:
                self.accepted += 1
                self._pairs.append((client, server))
                self._packets[server] = _Packets()

    def _forward(self) -> None:
        while not self._ended.is_set():
            with self._changing:
                others = dict([p for a, b in self._pairs for p in ((a, b), (b, a)) if a not in self._dead])
                readable = select.select(list(others), [], [], 0.002)[0] if others else []
                for end in readable:
                    self._pass_on(end, others[end])
            if not readable:
                self._ended.wait(0.002)

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            piece = source.recv(65536)
            if piece:
                sink.sendall(piece)
                if source in self._packets:
                    self._packets[source].follow(piece)
                if all(piece[at : at + 2] == PUBACK for at in range(0, len(piece), 4)):
                    self.acknowledged += len(piece) // 4
                return
        for end in (source, sink):
            end.close()
        self._pairs = [pair for pair in self._pairs if source not in pair]
