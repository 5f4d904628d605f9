"""Mistakes that a suite must find: each put into the product before it starts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot import app, heartbeat, releasing
from bot.channels import telegram_intake
from bot.universe import Universe
from flows import engine
from storage import ledger
from tests.durable import killed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flows.actions import Tick, Turn
    from flows.instrument import Instrument
    from flows.session import Session


def offset_before_commit() -> None:
    """Updates are confirmed as soon as they are there, and taken afterwards."""
    polling: Any = telegram_intake.Polling
    ask = polling._updates

    async def updates(self: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await ask(self)
        if found:
            self._offset = max(each["update_id"] for each in found) + 1
            asked = {"timeout": 0, "limit": 1, "offset": self._offset}
            await self._call("getUpdates", asked, 5)
        return found

    polling._updates = updates


def without_unique_updates() -> None:
    """An update that is handed in again is taken again."""

    class Forgetful(set[int]):
        def discard(self, _: int) -> None:
            """Nor is one that is handed in twice at once."""

    async def first_times(_: object, update_ids: Iterable[int], __: int) -> set[int]:
        return Forgetful(update_ids)

    store: Any = ledger
    store.first_times = first_times


def toggling_buttons() -> None:
    """A press turns a row over, whatever its button promised."""
    rules: Any = engine
    tick = rules._tick

    def turned(instrument: Instrument, session: Session, wanted: Tick) -> Turn:
        on = wanted.option not in session.answer(wanted.item).chosen
        turn: Turn = tick(instrument, session, replace(wanted, on=on))
        return turn

    rules._tick = turned


def clock_that_jumps() -> None:
    """The time is so many seconds ahead as the file ``ahead`` in the working directory says."""
    of_app: Any = app

    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=int(Path("ahead").read_text("utf-8")))

    of_app.Universe = partial(Universe, now=now)


def released_alone() -> None:
    """A response is let out as soon as it is there."""

    async def one(*_: object) -> int:
        return 1

    letting_out: Any = releasing
    letting_out.batch = one


def quick_heart() -> None:
    """What comes due is looked for twice a second: between two kills is no half minute."""
    of_heart: Any = heartbeat
    of_heart.EVERY = 0.5


PLANTS: dict[str, Callable[[], None]] = {
    "offset before commit": offset_before_commit,
    "missing unique key": without_unique_updates,
    "toggle buttons": toggling_buttons,
    "released alone": released_alone,
}


def dying() -> None:
    """The process kills itself at the step that the file ``orders`` names: see ``killed``."""
    for step in killed.STEPS:
        killed.arm(step, Path("orders"))


OTHERS: dict[str, Callable[[], None]] = {
    "clock that jumps": clock_that_jumps, "dying": dying, "quick heart": quick_heart,
}  # fmt: skip
"""What is no mistake of the product, but of the world."""


def plant(name: str) -> None:
    """Have the product make this mistake, or meet it, from here on; several are joined by "+"."""
    for each in name.split("+"):
        (PLANTS | OTHERS)[each]()
