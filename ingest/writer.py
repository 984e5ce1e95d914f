"""A process that only writes InfluxDB: the lines of a flood are made and sent beside what judges it.

It keeps nothing and opens no file. It writes the rows that it is given and answers what became of them; only
then are they taken from the journal. It ends with the process that has started it, whatever ends that.
"""

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe

import msgspec
from msgspec import Struct

from ingest.delivery import Delivered, deliver_rows
from ingest.stores.influxdb import InfluxDBStore, Options
from sensors.seams import Store, StoreAway

STANDARD_INPUT = 0


class Done(Struct, frozen=True, tag=True):
    """What became of the rows; None when one of them must be looked up first."""

    delivered: Delivered | None


class Away(Struct, frozen=True, tag=True):
    """A StoreAway on its way from one process to the other."""

    words: str
    kind: str
    retry_after: float | None


Answer = Done | Away

_encode = msgspec.msgpack.Encoder().encode
_options = msgspec.msgpack.Decoder(Options).decode
_bodies = msgspec.msgpack.Decoder(list[bytes]).decode
_answer: Callable[[bytes], Answer] = msgspec.msgpack.Decoder(Answer).decode


class Writer:
    """The service's end of it; one thread at a time uses it.

    Args:
        options: What the store is made of; passed on by a pipe, where no other user sees it.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def __call__(self, bodies: Sequence[bytes]) -> Delivered | None:
        """As `deliver_rows`.

        Raises:
            StoreAway: as there; or the process has ended, and the next call starts another.
        """
        try:
            pipe = self.start()
            pipe.send_bytes(_encode(bodies))
            answer = _answer(pipe.recv_bytes())
        except (OSError, EOFError) as error:
            self.close()
            words = str(error) or "it has ended"
            raise StoreAway(f"the process that writes the store: {words}", kind="broken") from None
        if isinstance(answer, Away):
            raise StoreAway(answer.words, kind=answer.kind, retry_after=answer.retry_after)
        return answer.delivered

    def start(self) -> Connection:
        """Start the process if there is none, without waiting for it; what it is asked by.

        Raises:
            OSError: it cannot be started.
        """
        if self._pipe is None:
            self._pipe, its = Pipe()
            with its:
                self._process = subprocess.Popen(  # noqa: S603 - ourselves
                    [sys.executable, "-P", "-m", __name__],
                    stdin=its.fileno(),
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
                )
            self._pipe.send_bytes(_encode(self._options))
        return self._pipe

    def close(self) -> None:
        """End the process; what is under way may be in the store or not."""
        pipe, process, self._pipe, self._process = self._pipe, self._process, None, None
        if pipe:
            pipe.close()
        if process:
            process.kill()
            process.wait()


def serve(pipe: Connection) -> None:
    """Open the store that the first message tells, write what each other brings, until there are no more."""
    with suppress(EOFError):
        store = InfluxDBStore(**_options(pipe.recv_bytes()))
        while True:
            pipe.send_bytes(_encode(_written(store, _bodies(pipe.recv_bytes()))))


def _written(store: Store, bodies: Sequence[bytes]) -> Answer:
    try:
        return Done(deliver_rows(store, bodies))
    except StoreAway as away:
        return Away(str(away), away.kind, away.retry_after)


def end_with_the_other_end(pipe: Connection) -> None:
    """End this process at once when the other has gone, in the middle of a write too: another may follow it.

    A write that went on could bring back a value that the next process has revised meanwhile.
    """
    hung_up = select.poll()
    hung_up.register(pipe.fileno(), 0)  # 0: nothing but the hang-up
    hung_up.poll()
    os._exit(0)


def main() -> None:
    """Serve the process at the other end of the standard input."""
    for name in (signal.SIGTERM, signal.SIGINT):  # they are for that process, which ends us in its order
        signal.signal(name, signal.SIG_IGN)
    with Connection(STANDARD_INPUT) as pipe:
        threading.Thread(target=end_with_the_other_end, args=(pipe,), daemon=True).start()
        serve(pipe)


if __name__ == "__main__":
    main()
