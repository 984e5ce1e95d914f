"""The process that writes InfluxDB, so that encoding and sending run in parallel with the service.

It keeps no state and opens no file. It writes the rows that it is given and replies with the outcome; only
then are they removed from the journal. It ends with the process that started it, whatever ends that one.
"""

import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, Pipe
from queue import SimpleQueue

import msgspec
import structlog
from msgspec import Struct

from ingest.stores.base import StoreAway, StoreFailure
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.transport import LookUpFirst, Write, WriteResult, write_rows

STANDARD_INPUT = 0
BUG = 1
LONGEST_REPLY = 64 * 1024**2  # 20,000 refusals are a tenth of it

log = structlog.get_logger()


class WriteRequest(Struct, frozen=True, array_like=True):
    """Rows to write; `generation` grows with each reset, so that older replies are passed over."""

    generation: int
    rows: list[bytes]


class Unavailable(Struct, frozen=True, tag=True):
    """A StoreAway on its way from one process to the other."""

    words: str
    kind: StoreFailure
    retry_after: float | None


class WriteReply(Struct, frozen=True, tag=True):
    """The outcome of the rows of one request."""

    generation: int
    outcome: WriteResult | LookUpFirst | Unavailable


class Failed(Struct, frozen=True, tag=True):
    """The last message of a process that ends by a bug: what it was, and where."""

    words: str
    trace: str


class WriterFailedError(Exception):
    """The process that writes was ended by a bug; the trace is in the log."""


_encode = msgspec.msgpack.Encoder().encode
_options = msgspec.msgpack.Decoder(InfluxOptions).decode
_request = msgspec.msgpack.Decoder(WriteRequest).decode
_reply: Callable[[bytes], WriteReply | Failed] = msgspec.msgpack.Decoder(WriteReply | Failed).decode


class WriterProcess:
    """The service's end of the writer process, a `Transport`; used by one thread at a time.

    Args:
        options: What the store is made of; passed on by a pipe, where no other user sees it.
    """

    max_in_flight = 2

    def __init__(self, options: InfluxOptions) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._generation = 0

    def send(self, rows: Sequence[bytes]) -> None:
        """As of any `Transport`; the process is started where there is none."""
        with self._raising_store_away():
            self.start().send_bytes(_encode(WriteRequest(self._generation, list(rows))))

    def receive(self) -> WriteResult | LookUpFirst:
        """As of any `Transport`; a StoreAway also if the process has ended.

        Raises:
            WriterFailedError: a bug ended the process; the next call starts another.
        """
        with self._raising_store_away():
            reply = self._receive_reply()
            while reply.generation != self._generation:
                reply = self._receive_reply()
        if not isinstance(reply.outcome, WriteResult):
            self.reset()
        if isinstance(reply.outcome, Unavailable):
            away = reply.outcome
            raise StoreAway(away.words, kind=away.kind, retry_after=away.retry_after)
        return reply.outcome

    def reset(self) -> None:
        """As of any `Transport`."""
        self._generation += 1

    def start(self) -> Connection:
        """Start the process if there is none, without waiting for it; returns the pipe to it."""
        if self._pipe is None:
            ours, its = Pipe()
            with its:
                self._process = subprocess.Popen(  # noqa: S603 - ourselves
                    [sys.executable, "-P", "-m", __name__],
                    stdin=its.fileno(),
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                )
            self._pipe = ours
            ours.send_bytes(_encode(self._options))
        return self._pipe

    def close(self) -> None:
        """End the process; what is under way may be in the store or not."""
        pipe, process, self._pipe, self._process = self._pipe, self._process, None, None
        if pipe:
            pipe.close()
        if process:
            process.kill()
            process.wait()

    def _receive_reply(self) -> WriteReply:
        if self._pipe is None:
            raise EOFError("it was never asked")
        reply = _reply(self._pipe.recv_bytes(LONGEST_REPLY))
        if isinstance(reply, Failed):
            self.close()
            log.error("the process that writes the store has failed", why=reply.words, trace=reply.trace)
            raise WriterFailedError(reply.words)
        return reply

    @contextmanager
    def _raising_store_away(self) -> Iterator[None]:
        """A process that has ended or sends nonsense is a store away; the next call starts another."""
        try:
            yield
        except (OSError, EOFError, msgspec.DecodeError) as error:
            self.close()
            words = str(error) or "it has ended"
            raise StoreAway(f"the process that writes the store: {words}", kind="broken") from None


def read_messages(pipe: Connection, messages: SimpleQueue[bytes]) -> None:
    """Queue what is sent; end this process at once when the sender has gone, in the middle of a batch too.

    Requests that it went on to send could bring back a value that the next process has revised meanwhile.
    """
    try:
        with suppress(EOFError, OSError):
            while True:
                messages.put(pipe.recv_bytes())
    finally:
        os._exit(0)


def serve(pipe: Connection, messages: SimpleQueue[bytes]) -> None:
    """Open the store that the first message describes; write the rows of each other and reply, in order."""
    write = InfluxDBStore(_options(messages.get())).write_entries
    failed = -1  # the generation of which no more rows are written: some before them were not
    while True:
        request = _request(messages.get())
        if request.generation != failed:
            outcome = _write(write, request.rows)
            if not isinstance(outcome, WriteResult):
                failed = request.generation
            pipe.send_bytes(_encode(WriteReply(request.generation, outcome)))


def _write(write: Write, rows: Sequence[bytes]) -> WriteResult | LookUpFirst | Unavailable:
    try:
        return write_rows(write, rows)
    except StoreAway as away:
        return Unavailable(str(away), away.kind, away.retry_after)


def main() -> None:
    """Serve the process at the other end of the standard input."""
    for name in (signal.SIGTERM, signal.SIGINT):  # meant for that process, which ends this one in its turn
        signal.signal(name, signal.SIG_IGN)
    pipe, messages = Connection(STANDARD_INPUT), SimpleQueue[bytes]()
    threading.Thread(target=read_messages, args=(pipe, messages), daemon=True).start()
    try:
        serve(pipe, messages)
    except Exception as error:  # noqa: BLE001 - the service has the log, and tries again
        words = f"{type(error).__name__}: {error}"
        pipe.send_bytes(_encode(Failed(words, "".join(traceback.format_tb(error.__traceback__)))))
        sys.exit(BUG)


if __name__ == "__main__":
    main()
