"""paho's network loop in a thread of ours, driven through its public `loop_read`, `loop_write`, `loop_misc`.

What the service cannot take yet is not read: the broker waits, as far as TCP lets it send.
Everything that touches the client runs in this one thread, so an acknowledgement cannot slip into the next
connection, and a group of them costs one wake-up. Nothing ends the thread but its stop: paho raises on a
malformed packet and passes on what a callback raises; either costs the connection, the next one begins clean.
"""

import contextlib
import select
import socket
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from typing import cast

import structlog
from paho.mqtt.client import Client

from ingest.mqtt.broker import BrokerNode, Dialler
from ingest.mqtt.connection import Connection
from ingest.mqtt.connection_history import ConnectionHistory

TICK_S = 1.0
STOP_S = 10.0
BURST = 64  # packets read before acknowledgements are looked at again

log = structlog.get_logger()


class ConnectionGivenUpError(Exception):
    """Raised by `on_tick`: this connection is of no use, open another; the text says why."""


class NetworkThread:
    """Keeps one client connected until it is stopped.

    Args:
        dialler: Of the client, with which others may `publish` once the thread runs, and nothing else.
        history: Where each unanswered attempt and each end is recorded; says how long to wait.
        on_lost: Called with the reason when there is no connection, also when paho does not report it.
        on_tick: Called about every second while there is one.
        is_overrun: Asked in this thread before each read: while it says yes, the broker has to wait.
        may_dial: Asked in this thread before each connection, about every second while it says no.

    Attributes:
        failure: Why, the last time; "" since a connection has served again.
    """

    def __init__(
        self,
        dialler: Dialler,
        history: ConnectionHistory,
        *,
        on_lost: Callable[[str], None],
        on_tick: Callable[[], None] = lambda: None,
        is_overrun: Callable[[], bool] = lambda: False,
        may_dial: Callable[[], bool] = lambda: True,
    ) -> None:
        self.failure = ""
        self._dialler = dialler
        self._client = dialler.client
        self._history = history
        # Whoever writes only queues: the loop writes all of a moment at once.
        self._client.on_socket_register_write = self._on_write_queued
        self._on_lost = on_lost
        self._on_tick = on_tick
        self._is_overrun = is_overrun
        self._may_dial = may_dial
        self._jobs: deque[Callable[[], object]] = deque()
        self._wake_reader: socket.socket
        self._wake_writer: socket.socket | None = None
        self._connected = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)

    def start(self, *, connected: bool = False) -> None:
        """Begin to connect; `connected` leaves out the first time, since that is done."""
        self._connected = connected
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_reader.settimeout(0)
        self._wake_writer.settimeout(0)
        self._thread.start()

    def stop(self) -> None:
        """Disconnect orderly and end the thread; a connection that hangs is left behind."""
        self.call(self._client.disconnect)
        self._stopping.set()
        self._wake()
        self._thread.join(STOP_S)
        for end in (self._wake_reader, self._wake_writer, self.connection()):
            if end is not None:
                end.close()
        # No reference cycle is left: paho's sockets are closed when their client goes.
        client = self._client
        client.on_socket_register_write = client.on_connect = client.on_disconnect = client.on_publish = None
        self._on_lost = lambda _words: None
        self._on_tick = lambda: None
        self._is_overrun = lambda: False
        self._may_dial = lambda: True

    @property
    def node(self) -> BrokerNode:
        """Where the client is connected, or was or will be next."""
        return self._dialler.node

    def is_alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def call(self, job: Callable[[], object]) -> None:
        """Have `job` run in the thread, soon and in order; while disconnected, once connected again."""
        self._jobs.append(job)
        self._wake()

    def _wake(self) -> None:
        # Full of wake-ups, or stopped: either way nobody waits for this one.
        with contextlib.suppress(OSError):
            if self._wake_writer is not None:
                self._wake_writer.send(b"!")

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if not self._may_dial():
                    self._stopping.wait(TICK_S)
                    continue
                self._connect_and_serve()
            except BaseException as error:  # noqa: BLE001 - its end would be the service's
                self._record_failure(error)
            self._history.record_end(time.monotonic())
            self._stopping.wait(self._history.pause())

    def _record_failure(self, error: BaseException) -> None:
        """Log a failure that no connection should cause; the next attempt follows as after any other end."""
        self._history.record_refused()
        self.failure = f"{type(error).__name__}: {error}".rstrip(": ")
        with contextlib.suppress(Exception):  # not even a log that fails
            self._on_lost(f"the network thread failed: {self.failure}")
            log.error("network thread failed", trace=traceback.format_exc())

    def _connect_and_serve(self) -> None:
        try:
            self._connect()
            self._serve()
        except ConnectionGivenUpError as error:
            self._on_lost(str(error))
        except OSError as error:
            self._on_lost(f"{error.strerror or error}")
        except Exception as error:  # noqa: BLE001 - whatever it is, the next connection begins clean
            self._on_lost(f"{type(error).__name__}: {error}")
            if not self._history.is_flapping():  # else the broker goes on like this: it was logged
                # Formatted here: a renderer for terminals may take seconds, and the connection waits.
                trace = "".join(traceback.format_tb(error.__traceback__))
                log.error("network failure", trace=trace)  # noqa: TRY400 - see above

    def _connect(self) -> None:
        if self._connected:
            self._connected = False
            self._history.record_dialled(time.monotonic())
            return
        if self._history.is_node_spent():
            self._dialler.move_on()
            self._history.record_moved()
        try:
            self._dialler.dial()
        except OSError:
            self._history.record_unreachable()
            raise
        self._history.record_dialled(time.monotonic())

    def _serve(self) -> None:
        due = time.monotonic() + TICK_S
        while (connection := self.connection()) is not None and not self._stopping.is_set():
            waits = self._is_overrun() and connection.can_wait()
            timeout = 0.0 if connection.pending() and not waits else TICK_S
            writing = [connection] if self._client.want_write() or connection.unsent else []
            reading: list[Connection | socket.socket] = [self._wake_reader, *([] if waits else [connection])]
            readable, _, _ = select.select(reading, writing, [], timeout)
            if self._wake_reader in readable:
                self._wake_reader.recv(4096)
            while self._jobs:
                self._jobs.popleft()()
            if waits:
                if connection.pretend_to_hear():
                    self._client.loop_read()
            elif connection in readable or not timeout:
                self._read(connection)
            if self.connection() is connection and (self._client.want_write() or connection.unsent):
                with connection.coalesced():
                    self._client.loop_write()
            if time.monotonic() >= due:
                self._tick()
                due = time.monotonic() + TICK_S
        while self._jobs:
            self._jobs.popleft()()
        self._client.loop_write()

    def _tick(self) -> None:
        self._client.loop_misc()
        self._on_tick()
        if self._history.is_unanswered(time.monotonic()):
            raise ConnectionGivenUpError("no answer to our CONNECT")
        self.failure = ""

    def _read(self, connection: Connection) -> None:
        """As long as any of what was read ahead is left, at most about `BURST` packets."""
        for _ in range(1 if connection.has_reader else BURST):
            self._client.loop_read()
            if self.connection() is not connection or not connection.pending():
                return

    def connection(self) -> Connection | None:
        """What paho reads and writes; None while there is none. Only for jobs of this thread."""
        return cast("Connection | None", self._client.socket())  # what `SocketContext` has given it

    def _on_write_queued(self, _client: Client, _data: object, _connection: object) -> None:
        """The loop writes by itself; only another thread has to wake it."""
        if threading.get_ident() != self._thread.ident:
            self._wake()
