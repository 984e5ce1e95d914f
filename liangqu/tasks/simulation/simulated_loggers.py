"""Data loggers in place of a publisher: each site's messages as HJ 212 frames over TCP."""

import asyncio
import threading
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Self

from ingest.gateway.data_logger import DataLogger
from ingest.mqtt.broker import BrokerAwayError
from sensors.catalogue.model import Catalogue, Site
from sensors.decoding.hj212.encoder import frames_from_native
from sensors.decoding.hj212.segment import Hj212Frame

if TYPE_CHECKING:
    from types import TracebackType

WAITING = 100
PATIENCE_S = 60.0


class SimulatedLoggers:
    """One simulated data logger for each site, behind the interface of `ingest.mqtt.publisher.Publisher`.

    Leaving the context orderly waits until every frame is answered; leaving it by an exception does not.

    Attributes:
        published: Frames that the gateway has answered.
        passed_over: Messages that no frame can express, such as a broken logger's garbage.
        refused: None: a gateway that does not want a frame says nothing.
        refusal: The same.
        doubt: Empty: an answer means that the broker has it.
    """

    refused = 0
    refusal = ""
    doubt = ""

    def __init__(
        self, address: tuple[str, int], sites: Sequence[Site], catalogue: Catalogue, password: str
    ) -> None:
        self._address = address
        self._sites = {site.id: site for site in sites}
        self._catalogue = catalogue
        self._password = password
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="data-loggers", daemon=True)
        self._queues: dict[str, asyncio.Queue[Hj212Frame]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._number = 0
        self.published = 0
        self.passed_over = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: "TracebackType | None"
    ) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._end(orderly=kind is None), self._loop).result()
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def publish(self, topic: str, payload: bytes) -> None:
        """Hand a message to its site's logger; blocks while that has too many to send.

        Raises:
            BrokerAwayError: For a minute it could not send one.
        """
        site = self._sites[topic.rpartition("/")[2]]
        self._number += 1
        frames = frames_from_native(payload, site, self._catalogue, self._password, self._number)
        self.passed_over += not frames
        for frame in frames:
            asyncio.run_coroutine_threadsafe(self._put(site.id, frame), self._loop).result()

    async def _put(self, site: str, frame: Hj212Frame) -> None:
        if site not in self._queues:
            self._queues[site] = asyncio.Queue(WAITING)
            self._tasks.append(asyncio.create_task(self._serve(self._queues[site])))
        await self._within_patience(self._queues[site].put(frame))

    async def _serve(self, queue: asyncio.Queue[Hj212Frame]) -> None:
        async with DataLogger(*self._address) as logger:
            while True:
                await logger.deliver(await queue.get())
                self.published += 1
                queue.task_done()

    async def _end(self, *, orderly: bool) -> None:
        try:
            if orderly:
                await self._within_patience(
                    asyncio.gather(*(queue.join() for queue in self._queues.values()))
                )
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _within_patience(self, work: Awaitable[object]) -> None:
        try:
            await asyncio.wait_for(work, PATIENCE_S)
        except TimeoutError:
            host, port = self._address
            raise BrokerAwayError(f"the gateway at {host}:{port} answers nothing") from None
