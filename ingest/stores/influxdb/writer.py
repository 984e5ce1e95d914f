"""The process that writes InfluxDB, so that encoding and sending run in parallel with the service.

It keeps no state and opens no file. It writes the rows that it is given and answers with the outcome; only
then are they taken from the journal. It ends with the process that has started it, whatever ends that.
"""

import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection, Pipe
from queue import SimpleQueue

import msgspec
import structlog
from msgspec import Struct

from ingest.stores.base import StoreAway
from ingest.stores.influxdb.fast_lines import line_of
from ingest.stores.influxdb.store import InfluxDBStore, InfluxOptions
from ingest.stores.transport import Write, WriteResult, write_rows

STANDARD_INPUT = 0
MISTAKE = 1
LONGEST_ANSWER = 64 * 1024**2  # 20,000 refusals are a tenth of it

log = structlog.get_logger()


class WriteRequest(Struct, frozen=True, array_like=True):
    """Rows to write; `generation` grows when those that were sent before are forgotten."""

    generation: int
    bodies: list[bytes]


class WriteAnswer(Struct, frozen=True, tag=True):
    """The outcome of the rows; None if one of them must be looked up first."""

    generation: int
    delivered: WriteResult | None


class Unavailable(Struct, frozen=True, tag=True):
    """A StoreAway on its way from one process to the other."""

    generation: int
    words: str
    kind: str
    retry_after: float | None


class Failed(Struct, frozen=True, tag=True):
    """The last message of a process that ends by a bug: what it was, and where."""

    words: str
    trace: str


Answer = WriteAnswer | Unavailable | Failed


class WriterFailedError(Exception):
    """The process that writes has ended by a mistake in the program; its trace stands before in the log."""


_encode = msgspec.msgpack.Encoder().encode
_options = msgspec.msgpack.Decoder(InfluxOptions).decode
_rows = msgspec.msgpack.Decoder(WriteRequest).decode
_answer: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(Answer).decode


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
        self._turn = 0

    def send(self, bodies: Sequence[bytes]) -> None:
        """As of any `Transport`; the process is started where there is none."""
        with self._telling():
            self.start().send_bytes(_encode(WriteRequest(self._turn, list(bodies))))

    def answer(self) -> WriteResult | None:
        """As of any `Transport`; a StoreAway also if the process has ended.

        Raises:
            WriterFailedError: a mistake in the program; the next call has another process.
        """
        with self._telling():
            answer = self._receive()
            while answer.generation != self._turn:
                answer = self._receive()
        if isinstance(answer, Unavailable):
            self.forget()
            raise StoreAway(answer.words, kind=answer.kind, retry_after=answer.retry_after)
        if answer.delivered is None:
            self.forget()
        return answer.delivered

    def forget(self) -> None:
        """As of any `Transport`."""
        self._turn += 1

    def start(self) -> Connection:
        """Start the process if there is none, without waiting for it; what it is asked by.

        Raises:
            OSError: it cannot be started.
        """
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

    def _receive(self) -> WriteAnswer | Unavailable:
        if self._pipe is None:
            raise EOFError("it was never asked")
        answer = _answer(self._pipe.recv_bytes(LONGEST_ANSWER))
        if isinstance(answer, Failed):
            self.close()
            log.error("the process that writes the store has failed", why=answer.words, trace=answer.trace)
            raise WriterFailedError(answer.words)
        return answer

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """A process that has ended or talks nonsense is a store that is away; then there is another."""
        try:
            yield
        except (OSError, EOFError, msgspec.DecodeError) as error:
            self.close()
            words = str(error) or "it has ended"
            raise StoreAway(f"the process that writes the store: {words}", kind="broken") from None


def read_messages(pipe: Connection, messages: SimpleQueue[bytes]) -> None:
    """Take in what is sent; end this process at once when the sender has gone, in the middle of a batch too.

    Requests that it went on to send could bring back a value that the next process has revised meanwhile.
    """
    try:
        with suppress(EOFError, OSError):
            while True:
                messages.put(pipe.recv_bytes())
    finally:
        os._exit(0)


def serve(pipe: Connection, messages: SimpleQueue[bytes]) -> None:
    """Open the store that the first message tells, write what each other brings and answer it, in order."""
    write = partial(InfluxDBStore(**_options(messages.get())).write_by, line_of)
    failed = -1  # the turn whose rows cannot be written any more: others before them are not
    while True:
        rows = _rows(messages.get())
        if rows.generation != failed:
            answer = _written(write, rows)
            if isinstance(answer, Unavailable) or answer.delivered is None:
                failed = rows.generation
            pipe.send_bytes(_encode(answer))


def _written(write: Write, rows: WriteRequest) -> WriteAnswer | Unavailable:
    try:
        return WriteAnswer(rows.generation, write_rows(write, rows.bodies))
    except StoreAway as away:
        return Unavailable(rows.generation, str(away), away.kind, away.retry_after)


def main() -> None:
    """Serve the process at the other end of the standard input."""
    for name in (signal.SIGTERM, signal.SIGINT):  # they are for that process, which ends us in its order
        signal.signal(name, signal.SIG_IGN)
    pipe, messages = Connection(STANDARD_INPUT), SimpleQueue[bytes]()
    threading.Thread(target=read_messages, args=(pipe, messages), daemon=True).start()
    try:
        serve(pipe, messages)
    except Exception as error:  # noqa: BLE001 - the service has the log, and tries again
        words = f"{type(error).__name__}: {error}"
        pipe.send_bytes(_encode(Failed(words, "".join(traceback.format_tb(error.__traceback__)))))
        sys.exit(MISTAKE)


if __name__ == "__main__":
    main()
