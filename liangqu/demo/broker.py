"""An MQTT broker inside this process, for the demonstration only: MQTT 3.1.1, no session outlives it."""

import asyncio
import socket
import threading
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Self

from amqtt.broker import Broker
from amqtt.errors import BrokerError

PATIENCE_S = 15.0
HOST = "127.0.0.1"
_ANONYMOUS = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}


class EmbeddedBroker:
    """Listens on loopback from entering to leaving the context, with an event loop in a thread of its own."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._started: Future[None] = Future()
        self._ending: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)

    def __enter__(self) -> Self:
        """Start it; returns when it listens.

        Raises:
            BrokerError: The port is taken.
        """
        self._thread.start()
        self._started.result(PATIENCE_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_exception_handler(_let_go)
        listener = {"type": "tcp", "bind": f"{HOST}:{self.port}"}
        try:
            broker = Broker({"listeners": {"default": listener}, "plugins": _ANONYMOUS})
            await broker.start()
        except BrokerError as error:
            self._started.set_exception(error)
            return
        self._started.set_result(None)
        await self._ending.wait()
        await broker.shutdown()


def _let_go(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Ignore a client that is gone before amqtt has answered it; log anything else."""
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(context)


def free_port(wanted: int) -> int:
    """`wanted` where nobody listens on it, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, port))
            except OSError:
                continue
            found: int = listener.getsockname()[1]
            return found
    raise OSError(f"no free port on {HOST}")
