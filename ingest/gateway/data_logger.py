"""A data logger that keeps each frame until it is answered, for simulation and tests."""

import asyncio
import random
import ssl
from contextlib import suppress
from typing import Self

from sensors.decoding.hj212.frame import Received, build_frame, parse_frame
from sensors.decoding.hj212.segment import Hj212Frame
from sensors.decoding.hj212.stream import FrameReader
from sensors.decoding.hj212.vocabulary import DATA_ANSWER

READ_SIZE = 4096
LONGEST_PAUSE_S = 30.0
RESENDS = 3  # on one connection, HJ 212-2017


class DataLogger:
    """Sends frames one after another, as HJ 212-2017 requires: wait, resend three times, reconnect.

    Args:
        host: Where the gateway listens.
        port: The same.
        tls: Speak TLS with it.
        answer_within: Seconds to wait for an answer (HJ 212-2017: 10).
        pause: Seconds before the second connection; doubled up to half a minute, with jitter.

    Attributes:
        sent: Frames written, resent ones too.
        connections: How often it has connected.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        tls: ssl.SSLContext | None = None,
        answer_within: float = 10.0,
        pause: float = 1.0,
    ) -> None:
        self._host = host
        self._port = port
        self._tls = tls
        self._answer_within = answer_within
        self._pause = pause
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._frames = FrameReader()
        self.sent = 0
        self.connections = 0

    async def deliver(self, frame: Hj212Frame) -> None:
        """Send the frame until it is answered, however long that takes; it must ask for a reply."""
        payload = build_frame(frame)
        pause = self._pause
        while not await self._send(payload, frame):
            await self.disconnect()
            await asyncio.sleep(pause * random.uniform(0.5, 1))
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def write(self, payload: bytes) -> None:
        """Send any bytes without waiting for an answer; raises OSError if there is no connection."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
            self._frames = FrameReader()
            self.connections += 1
        writer = self._streams[1]
        writer.write(payload)
        await writer.drain()

    async def answer(self, qn: str, cn: str = DATA_ANSWER, *, within: float | None = None) -> bool:
        """Wait for the answer to this QN; False when the time is over, OSError when the connection is."""
        if self._streams is None:
            raise ConnectionError("not connected")
        try:
            async with asyncio.timeout(self._answer_within if within is None else within):
                while piece := await self._streams[0].read(READ_SIZE):
                    if any(_is_answer(payload, qn, cn) for payload in self._frames.feed(piece)):
                        return True
        except TimeoutError:
            return False
        raise ConnectionError("closed by the gateway")

    async def disconnect(self) -> None:
        """Close the connection; the next frame opens another."""
        if self._streams is None:
            return
        (_, writer), self._streams = self._streams, None
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    async def _send(self, payload: bytes, frame: Hj212Frame) -> bool:
        with suppress(OSError):
            for _ in range(1 + RESENDS):
                await self.write(payload)
                self.sent += 1
                if await self.answer(frame.qn):
                    return True
        return False


def _is_answer(payload: bytes, qn: str, cn: str) -> bool:
    read = parse_frame(payload)
    return isinstance(read, Received) and (read.frame.qn, read.frame.cn) == (qn, cn)
