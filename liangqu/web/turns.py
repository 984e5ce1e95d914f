"""Turns at what is expensive: few at once, of a user one after the other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

AT_ONCE = 2
"""Of all users: each holds a core for as long as it takes, and pages that are cheap still answer."""
MOST_OF_ONE = 4
"""Of a user, with the one that has its turn."""
WAIT_S = 20.0
COME_AGAIN_S = 30
"""What somebody is told who did not get a turn."""


class CrowdedOutError(Exception):
    """No turn came within `WAIT_S`, or too many of the same user wait already."""


class Turns:
    """Gives turns; on the loop that serves alone.

    One user's requests wait for each other before they wait for anybody else's: however many somebody
    sends, all others are at most one of that user's behind.
    """

    def __init__(self) -> None:
        self._every = asyncio.Semaphore(AT_ONCE)
        self._own: dict[str, asyncio.Lock] = {}
        self._asked: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, user: str) -> AsyncIterator[None]:
        """Hold one.

        Raises:
            CrowdedOutError: none came.
        """
        if self._asked[user] >= MOST_OF_ONE:
            raise CrowdedOutError
        self._asked[user] += 1
        own = self._own.setdefault(user, asyncio.Lock())
        try:
            await self._wait(own)
            try:
                yield
            finally:
                self._every.release()
                own.release()
        finally:
            self._asked[user] -= 1
            if not self._asked[user]:
                del self._asked[user], self._own[user]

    async def _wait(self, own: asyncio.Lock) -> None:
        try:
            async with asyncio.timeout(WAIT_S):
                await own.acquire()
                try:
                    await self._every.acquire()
                except BaseException:
                    own.release()
                    raise
        except TimeoutError:
            raise CrowdedOutError from None
