"""The TCP server: listens, bounds the connections, and ends them in order."""

import asyncio
import ssl
from collections import Counter

import structlog

from ingest.gateway.session import GatewayContext, LoggerSession

BACKLOG = 1024

log = structlog.get_logger()


class Gateway:
    """Listens for data loggers; each has a task of its own, and none can hold up another.

    Args:
        context: What all connections have in common.
        tls: Speak TLS with it; None speaks plainly, as most loggers do.
    """

    def __init__(self, context: GatewayContext, tls: ssl.SSLContext | None = None) -> None:
        self._context = context
        self._tls = tls
        self._per_address: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens; 0 before `start`."""
        if self._server is None:
            return 0
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self, host: str, port: int) -> None:
        """Begin to listen; port 0 takes a free one. Raises OSError if the address cannot be listened on."""
        self._server = await asyncio.start_server(
            self._accept, host, port, ssl=self._tls, limit=4 * 16_384, backlog=BACKLOG
        )

    async def stop(self) -> None:
        """Stop listening and end every connection; a frame that was not answered stays with its logger."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address, port = writer.get_extra_info("peername", ("", 0))[:2]
        counters, limits = self._context.counters, self._context.limits
        if (
            counters.connections >= limits.connections
            or self._per_address[address] >= limits.connections_per_address
        ):
            counters.refused_connections += 1
            writer.close()
            return
        counters.connections += 1
        self._per_address[address] += 1
        # A task of our own: the one that asyncio would make cannot be cancelled without a complaint.
        task = asyncio.create_task(self._serve(reader, writer, f"{address}:{port}"))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(done, address))

    def _ended(self, task: asyncio.Task[None], address: str) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            log.error("connection failed", peer=address, exc_info=task.exception())
        self._context.counters.connections -= 1
        self._per_address[address] -= 1
        self._per_address += Counter()  # forgets those at zero

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> None:
        log.debug("peer connected", peer=peer)
        why = "the gateway stops"
        try:
            why = await LoggerSession(self._context, reader, writer, peer).run()
            writer.close()
            async with asyncio.timeout(self._context.limits.write):
                await writer.wait_closed()
        except (OSError, TimeoutError) as broken:
            why = str(broken) or "does not take its answers"
        finally:
            writer.transport.abort()
            log.debug("peer gone", peer=peer, why=why)
