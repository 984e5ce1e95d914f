"""One data logger's connection: read, check, publish, and only then answer."""

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime

import structlog
from msgspec import Struct

from ingest.gateway.counters import UNKNOWN, FrameCounters, FrameOutcome
from ingest.gateway.limits import GatewayLimits, RateLimit
from ingest.gateway.publisher import GatewayPublisher
from ingest.gateway.stations import AdmittedStations
from sensors.decoding.hj212.frame import END, Received, build_frame, parse_frame, stated_frame, stated_mn
from sensors.decoding.hj212.replies import carries_data, replies
from sensors.decoding.hj212.segment import Hj212Frame
from sensors.decoding.hj212.stream import FrameReader
from sensors.decoding.hj212.tolerances import TOLERATED

READ_SIZE = 16_384

log = structlog.get_logger()


class GatewayContext(Struct, frozen=True, kw_only=True):
    """What all connections of a gateway have in common; `now` is an aware clock, for setting others."""

    stations: AdmittedStations
    publisher: GatewayPublisher
    counters: FrameCounters
    now: Callable[[], datetime]
    prefix: str = "liangqu"
    limits: GatewayLimits = GatewayLimits()
    tolerated: AbstractSet[str] = TOLERATED


class LoggerSession:
    """Serves one connection until it ends.

    A frame of a right sum is answered when the broker has it, also one that cannot be read: the service keeps
    it in quarantine. With a wrong sum or password it is not: silence is the only "no" that every logger
    understands, and it makes the logger keep the frame.
    """

    def __init__(
        self, context: GatewayContext, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str
    ) -> None:
        self._context = context
        self._reader = reader
        self._writer = writer
        self._peer = peer
        self._frames = FrameReader()
        self._admitted = False
        self._bad_in_a_row = 0
        limits = context.limits
        self._rate_limit = RateLimit(
            limits.frames_per_second, limits.burst, asyncio.get_running_loop().time()
        )

    async def run(self) -> str:
        """Serve it to its end; says why it ended."""
        limits = self._context.limits
        deadline = asyncio.get_running_loop().time() + limits.first_frame
        while True:
            try:
                async with asyncio.timeout(limits.idle) as silence:
                    if not self._admitted:
                        silence.reschedule(deadline)
                    piece = await self._reader.read(READ_SIZE)
            except TimeoutError:
                return "silent"
            frames = self._frames.feed(piece) if piece else self._frames.close()
            self._count_noise()
            for payload in frames:
                await self._handle(payload)
                if self._bad_in_a_row >= limits.bad_in_a_row:
                    return "too many bad frames"
            if not piece:
                return "closed by the logger"

    def _count_noise(self) -> None:
        self._context.counters.noise += self._frames.noise
        self._frames.noise = 0

    async def _handle(self, payload: bytes) -> None:
        loop = asyncio.get_running_loop()
        if pause := self._rate_limit.wait(loop.time()):
            await asyncio.sleep(pause)
        context = self._context
        answer = parse_frame(payload, context.tolerated)
        if isinstance(answer, Received):
            frame, deviations, readable = answer.frame, answer.deviations, True
        elif stated := stated_frame(payload, context.tolerated):
            frame, deviations, readable = stated, (), False
        else:
            self._refuse(stated_mn(payload), "bad_frame", f"{answer.where}: {answer.detail}")
            return
        if not context.stations.admits(frame.mn, frame.pw):
            stranger = frame.mn not in context.stations
            self._refuse(frame.mn, "unknown_station" if stranger else "wrong_password", "not let in")
            return
        self._admitted, self._bad_in_a_row = True, 0
        for name in deviations:
            context.counters.deviations[frame.mn, name] += 1
        if not readable or carries_data(frame):
            topic = f"{context.prefix}/hj212/{frame.mn}"
            taken = await context.publisher.publish(topic, payload + END)
            context.counters.frames[frame.mn, "published" if taken else "not_taken"] += 1
            if not taken:
                return
        else:
            context.counters.frames[frame.mn, "talk"] += 1
        await self._answer(frame)

    def _refuse(self, mn: str, outcome: FrameOutcome, detail: str) -> None:
        self._bad_in_a_row += 1
        known = mn if mn in self._context.stations else UNKNOWN
        self._context.counters.frames[known, outcome] += 1
        # Once a row of them: a broken logger must not fill the log.
        if self._bad_in_a_row == 1:
            log.warning("frame refused", peer=self._peer, mn=mn, outcome=outcome, detail=detail)

    async def _answer(self, frame: Hj212Frame) -> None:
        answers = replies(frame, self._context.now())
        if not answers:
            return
        self._writer.write(b"".join(build_frame(answer) for answer in answers))
        async with asyncio.timeout(self._context.limits.write):
            await self._writer.drain()
