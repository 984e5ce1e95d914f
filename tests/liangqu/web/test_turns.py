"""Turns: few at once, one of a user, and a plain answer for whoever gets none."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from liangqu.web import turns
from liangqu.web.turns import AT_ONCE, MOST_OF_ONE, CrowdedOutError, Turns


async def hold(given: Turns, user: str, order: list[str], end: asyncio.Event) -> None:
    try:
        async with given.turn(user):
            order.append(user)
            await end.wait()
    except CrowdedOutError:
        order.append(f"{user} refused")


def played(play: Callable[[Turns, list[str], asyncio.Event], Coroutine[Any, Any, None]]) -> list[str]:
    order: list[str] = []

    async def whole() -> None:
        await play(Turns(), order, asyncio.Event())

    asyncio.run(whole())
    return order


def test_however_much_one_sends_another_has_a_turn_at_once() -> None:
    async def play(given: Turns, order: list[str], end: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            for user in ("greedy",) * (MOST_OF_ONE + 3) + ("li",):
                tasks.create_task(hold(given, user, order, end))
            await asyncio.sleep(0.01)
            order.append("|")
            end.set()

    begun, _, later = "-".join(played(play)).partition("|")
    assert begun == "greedy-greedy refused-greedy refused-greedy refused-li-"
    assert later == "-greedy" * (MOST_OF_ONE - 1)


def test_beyond_those_at_once_all_wait_and_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAIT_S", 0.02)

    async def play(given: Turns, order: list[str], end: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as tasks:
            for number in range(AT_ONCE + 1):
                tasks.create_task(hold(given, f"user{number}", order, end))
            await asyncio.sleep(0.1)
            end.set()
        async with given.turn(f"user{AT_ONCE}"):
            order.append("free again")

    assert played(play) == ["user0", "user1", "user2 refused", "free again"]
