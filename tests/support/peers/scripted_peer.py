"""Peers that speak to whoever connects as a test tells them: raw bytes, silence, one byte after the other."""

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

Script = Callable[["PeerConnection"], None]
"""What a peer does with one client; when it returns, or the client has gone, the connection is closed."""


class PeerConnection:
    """One connection, seen from the peer."""

    def __init__(self, connection: socket.socket, ended: threading.Event) -> None:
        self._connection = connection
        self._ended = ended

    def request(self) -> bytes:
        """Read a request with a Content-Length, or without a body; b"" when there is none."""
        received = b""
        while b"\r\n\r\n" not in received:
            piece = self._connection.recv(65536)
            if not piece:
                return b""
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        while lengths and len(body) < int(lengths[0].split(b":")[1]):
            body += self._connection.recv(65536)
        return head + b"\r\n\r\n" + body

    def line(self) -> bytes:
        """Read one line, without its end; b"" when there is none."""
        received = b""
        while not received.endswith(b"\n"):
            piece = self._connection.recv(1)
            if not piece:
                return b""
            received += piece
        return received.rstrip(b"\r\n")

    def say(self, words: bytes) -> None:
        """Send all of it at once."""
        self._connection.sendall(words)

    @contextlib.contextmanager
    def start_tls(self, certificate: Path) -> Iterator[None]:
        """Speak TLS inside; the file has key and certificate."""
        with _tls(certificate).wrap_socket(self._connection, server_side=True) as self._connection:
            yield

    def drip(self, pieces: Iterator[bytes], pause: float = 0.02) -> None:
        """Send a piece after each pause, until there are none, or nobody is there."""
        for piece in pieces:
            self.say(piece)
            if self._ended.wait(pause):
                return

    def stay(self) -> None:
        """Say nothing, and stay until the peer ends or the client leaves."""
        while not self._ended.is_set():
            with contextlib.suppress(TimeoutError):
                if not self._connection.recv(65536):
                    return


class ScriptedPeer:
    """Listens on a free port of the loopback; use as a context manager.

    Args:
        script: What it does with each client.
        host: Where; `::1` for IPv6.
        certificate: A file with key and certificate: it speaks TLS.
    """

    def __init__(self, script: Script, *, host: str = "127.0.0.1", certificate: Path | None = None) -> None:
        self.script = script
        self.met = 0
        self._tls: ssl.SSLContext | None = None
        if certificate is not None:
            self._tls = _tls(certificate)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, 0), family=family)
        self._listener.settimeout(0.05)
        self.port: int = self._listener.getsockname()[1]
        self.place = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.met += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            thread.start()
            self._threads = [t for t in self._threads if t.is_alive()] + [thread]

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(0.5)
        with connection, contextlib.suppress(OSError):  # whoever asked may have gone
            if self._tls is None:
                self.script(PeerConnection(connection, self._ended))
                return
            with self._tls.wrap_socket(connection, server_side=True) as safe:
                self.script(PeerConnection(safe, self._ended))


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def answering(*answer: bytes) -> Script:
    """Read the request, give this answer, hang up."""

    def script(client: PeerConnection) -> None:
        client.request()
        client.say(b"".join(answer))

    return script


def dripping(start: bytes, piece: bytes) -> Script:
    """Read the request, begin so, and go on with the same piece without end."""

    def script(client: PeerConnection) -> None:
        client.request()
        client.say(start)
        client.drip(iter(lambda: piece, None))

    return script


def self_signed(folder: Path, names: Sequence[str] = ("DNS:localhost", "IP:127.0.0.1")) -> Path:
    """Key and certificate, made with openssl, in one file."""
    file, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", "/CN=localhost", "-addext", f"subjectAltName={','.join(names)}",
            "-keyout", key, "-out", file,
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    file.write_bytes(key.read_bytes() + file.read_bytes())
    return file
