"""The trials bite: each planted mistake shows by what it does to answers, and by that alone.

The same people live through the same disturbance with and without the mistake. Without it, nothing
is found.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.bot_api_updates import Updates
from tests.durable.crowd import square
from tests.durable.planted import PLANTS
from tests.durable.quiet import SMALLEST
from tests.durable.reference import SENT, Form, Said, Walk
from tests.durable.trial import FORMS, House, Trial, difference

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.durable.crowd import Walker
    from tests.spawner import Spawner

PEOPLE = 4
TOGETHER = (*SMALLEST * FORMS[:1], FORMS[-1])
"""Fewer than a batch of a survey are never let out; the last of all forms has the most rows."""
A_KILL_AFTER = 40
"""Updates."""
STILL = 5
"""Seconds in which nothing happens though the product waits for updates: nothing will."""

pytestmark = pytest.mark.timeout(240)


@dataclass
class Small(Trial):
    """A trial that ends when all have sent, or nothing moves any more."""

    gone: set[int] = field(default_factory=set)
    """Updates that Telegram took for done when the process died."""
    let_out: dict[str, int] = field(default_factory=dict)
    """How many responses could be read before any round was closed."""

    async def lives(self, meanwhile: Callable[[Small], Any]) -> None:
        self.gather()
        self.house.starts()
        beside = asyncio.create_task(meanwhile(self))
        walking = [asyncio.create_task(self._walks(each)) for each in self.walkers]
        still = asyncio.create_task(self._still())
        everybody = asyncio.gather(*walking)
        await asyncio.wait({everybody, still}, return_when=asyncio.FIRST_COMPLETED)
        for each in (still, *walking, beside):
            each.cancel()
        with suppress(asyncio.CancelledError):
            await everybody  # what failed in a walk is told
        await asyncio.gather(still, beside, return_exceptions=True)
        await self.api.taken()
        await self.house.spawner.stops(self.house.pid)
        self.let_out = self.house.beside.collected(self.house.database)

    async def _still(self) -> None:
        """Until the product has nothing to do."""
        while True:
            try:
                async with asyncio.timeout(STILL):
                    await self.api.updates.something_happened()
            except TimeoutError:
                if self.api.updates.polled and not (self.api.updates.waiting or self.api.busy):
                    return

    @property
    def wrong(self) -> list[Walker]:
        """Who is not shown what they must see."""
        return [each for each in self.walkers if not each.looks_right()]


async def nothing(_: Small) -> None:
    """People are careless enough: they press twice."""


async def killed_when_confirmed(trial: Small) -> None:
    """It dies at the moment at which Telegram has forgotten something that counted."""
    updates, died = trial.api.updates, asyncio.Event()
    assert isinstance(updates, Forgetting)

    def kill(gone: set[int]) -> None:
        late = trial.updates > A_KILL_AFTER and not died.is_set()
        if late and any(counted(each, gone) for each in trial.walkers):
            os.kill(trial.house.pid, signal.SIGKILL)
            trial.gone = gone
            died.set()

    updates.when_forgotten = kill
    await died.wait()
    await trial.house.spawner.kills(trial.house.pid)
    trial.killed += 1
    trial.house.starts()


class Forgetting(Updates):
    """Says what it forgets, before anybody is told that it did."""

    when_forgotten: Callable[[set[int]], None] = staticmethod(lambda _: None)

    def _confirm(self, offset: str | None) -> None:
        known = len(self.confirmed)
        super()._confirm(offset)
        self.when_forgotten(set(self.confirmed[known:]))


def counted(walker: Walker, gone: set[int]) -> bool:
    """Whether somebody would be elsewhere, or have said something else, without these updates."""
    walks = []
    for without in (set(), gone):
        walk = Walk(walker.form)
        for number, did in walker.did.items():
            if number not in without:
                walk.does(did)
        said = {name: each for name, each in walk.said.items() if each != Said()}
        walks.append((walk.at, said))
    return walks[0] != walks[1]


class Twice(Updates):
    """Hands out every text twice."""

    def put(self, **content: Any) -> int:
        number = super().put(**content)
        if not content.get("message", {}).get("text", "/").startswith("/"):
            self.replay(number)
        return number


@dataclass(frozen=True)
class Control:
    """What happens, and how it shows that the mistake was made: what is found of it."""

    meanwhile: Callable[[Small], Any]
    shows: Callable[[Small, Counter[str], Counter[str]], list[str]]
    updates: type[Updates] = Updates
    forms: tuple[Form, ...] = TOGETHER


def lost(trial: Small, *_: Counter[str]) -> list[str]:
    """The card is that of somebody who never did what was confirmed."""
    found = []
    for each in trial.wrong:
        mine = sorted(trial.gone & each.did.keys())
        for number in mine:
            each.lost(number)
        if mine and each.looks_right():
            found.append(f"{each.person.id} lost {mine}")
    return found


def doubled(trial: Small, _: Counter[str], more: Counter[str]) -> list[str]:
    """Words that were written once stand there twice, on a card or in an export."""
    lines = Counter(line for each in trial.wrong for line in each.person.screen.splitlines())
    for row in map(json.loads, more.elements()):
        lines.update(row.get("text", "").splitlines())
    said = [did.words for each in trial.walkers for did in each.did.values() if did.words]
    return [each for each in said if lines[each] > 1]


def ticked_wrongly(trial: Small, *_: Counter[str]) -> list[str]:
    """The question is the right one, and its ticks are not those that the buttons promised."""
    found = []
    for each in trial.wrong:
        shown = each.ticks_shown()
        if shown is not None and shown != each.walk.of(each.walk.at[1]).rows:
            found.append(f"{each.person.id} at {each.walk.at}: {sorted(shown)}")
    return found


def let_out_alone(trial: Small, *_: Counter[str]) -> list[str]:
    """Fewer responses than are let out together can be read."""
    return [name for name, count in trial.let_out.items() if 0 < count < SMALLEST]


CONTROLS = {
    "offset before commit": Control(killed_when_confirmed, lost, Forgetting),
    "missing unique key": Control(nothing, doubled, Twice),
    "toggle buttons": Control(nothing, ticked_wrongly),
    "released alone": Control(nothing, let_out_alone, forms=FORMS),
}


async def found(spawner: Spawner, folder: Path, control: Control, plant: str) -> list[str]:
    """What a control finds, of what is to be found: None besides it in a sound product."""
    async with square() as api:
        api.updates = control.updates()
        house = House(folder, spawner, api, f"{plant}+quick heart".lstrip("+"))
        await house.opens()
        trial = Small(house, random.Random(2), PEOPLE, 0, forms=control.forms)
        await trial.lives(control.meanwhile)
        less, more = await difference(trial)
        shows = control.shows(trial, less, more)
        if not plant:
            assert not trial.wrong, trial.stuck()
            assert {each.walk.at for each in trial.walkers} == {SENT}
            assert (less, more) == (Counter(), Counter())
            assert not let_out_alone(trial)
            assert trial.killed == (control.meanwhile is killed_when_confirmed)
    return shows


@pytest.mark.parametrize("name", CONTROLS)
async def test_a_planted_mistake_shows_by_what_it_does(
    spawner: Spawner, tmp_path: Path, name: str
) -> None:
    assert await found(spawner, tmp_path, CONTROLS[name], name)


@pytest.mark.parametrize("name", CONTROLS)
async def test_without_the_mistake_the_same_trial_finds_nothing(
    spawner: Spawner, tmp_path: Path, name: str
) -> None:
    assert await found(spawner, tmp_path, CONTROLS[name], "") == []


def test_every_planted_mistake_has_its_control() -> None:
    assert CONTROLS.keys() == PLANTS.keys()
