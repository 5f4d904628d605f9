"""Whoever comes while a transaction is under way is taken in the next one, with the others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.channels import Incoming, Outcome, Typed
from bot.gathering import MOST, Gathering


class Writer:
    """Takes what it is given as soon as it may, and remembers how much came together."""

    def __init__(self) -> None:
        self.together: list[int] = []
        self.open = asyncio.Event()

    async def take(self, incoming: Sequence[Incoming]) -> list[Outcome]:
        self.together.append(len(incoming))
        await self.open.wait()
        if any(each.address == "poison" for each in incoming):
            raise ValueError("poison")
        return [Outcome((each.address,)) for each in incoming]


def said(address: str) -> list[Incoming]:
    return [Incoming("web", address, Typed("x"))]


async def started(gathering: Gathering, *addresses: str) -> list[asyncio.Task[list[Outcome]]]:
    tasks = [asyncio.create_task(gathering.hand_in(said(each))) for each in addresses]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_who_comes_meanwhile_is_taken_together_and_told_their_own() -> None:
    writer = Writer()
    gathering = Gathering(writer.take)
    tasks = [*await started(gathering, "a"), *await started(gathering, "b", "c", "d")]
    writer.open.set()

    outcomes = await asyncio.gather(*tasks)

    assert writer.together == [1, 3]
    assert [each[0].notices[0] for each in outcomes] == ["a", "b", "c", "d"]


async def test_somebody_elses_failure_is_not_ones_own() -> None:
    writer = Writer()
    gathering = Gathering(writer.take)
    tasks = [*await started(gathering, "a"), *await started(gathering, "b", "poison", "c")]
    writer.open.set()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)

    assert writer.together == [1, 3, 1, 1, 1]
    assert [type(each).__name__ for each in outcomes] == ["list", "list", "ValueError", "list"]


async def test_who_leaves_while_waiting_is_taken_all_the_same() -> None:
    writer = Writer()
    gathering = Gathering(writer.take)
    first, leaves, last = await started(gathering, "a", "b", "c")
    leaves.cancel()
    writer.open.set()

    assert (await first)[0].notices == ("a",)
    assert (await last)[0].notices == ("c",)
    with pytest.raises(asyncio.CancelledError):
        await leaves
    assert writer.together == [3]


async def test_no_more_than_a_batch_is_taken_together() -> None:
    writer = Writer()
    gathering = Gathering(writer.take)
    tasks = await started(gathering, *(f"{number}" for number in range(2 * MOST)))
    writer.open.set()

    await asyncio.gather(*tasks)

    assert sum(writer.together) == 2 * MOST
    assert max(writer.together) == MOST
