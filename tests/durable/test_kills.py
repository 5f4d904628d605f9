"""Killed between any two steps of an update, the product loses nothing and doubles nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bot.texts import template
from storage.keys import Key
from storage.sealing import unseal
from tests import bot_api
from tests.bot.doors import InTelegram, Presses, Step, Ticks, Writes
from tests.durable.killed import STEPS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot_api import BotApi
    from tests.spawner import Spawner

FOLDER = Path(__file__).parent.parent / "instruments"
SURVEY = "asi-certification-survey-2021"
START = Presses("button_start")
TEA: tuple[Step, ...] = (
    START, Ticks("drink-a"), Presses("button_skip"), Ticks("snack-a"), Presses("button_next"),
    Presses("button_skip"), Presses("button_send"),
)  # fmt: skip
WORDS: tuple[Step, ...] = (
    START, Presses("button_later"), Presses("button_skip"), Ticks("q3b"),
    Writes("It opened doors."),
)  # fmt: skip
NOT_IN_A_PRESS = {
    "storage.sessions.remove", "storage.participation.finish", "storage.pool.put",
    "storage.people.set_cards",
}  # fmt: skip
ONLY_AFTER = {"flows.engine.advance", "storage.sessions.own_drafts"}


def moments(steps: set[str]) -> list[str]:
    return [
        f"{step} {moment}"
        for step in sorted(steps)
        for moment in ("before", "after")
        if not (moment == "before" and step in ONLY_AFTER)
    ]


@dataclass
class Process:
    """A running product."""

    spawner: Spawner
    pid: int
    ended: int | None = None

    async def wait(self) -> int:
        """How it ended."""
        self.ended = await self.spawner.ended(self.pid)
        return self.ended


@dataclass
class Product:
    """The product in a process of its own, over one database file."""

    folder: Path
    api: BotApi
    spawner: Spawner

    def __post_init__(self) -> None:
        self.orders = self.folder / "orders"
        self.database = self.folder / "assay.sqlite3"
        self.configuration = self.folder / "config.toml"
        self.configuration.write_text(
            f"""
            [telegram]
            token = "{bot_api.TOKEN}"
            base_url = "{self.api.base_url}"
            base_file_url = "{self.api.base_file_url}"
            [web]
            enabled = false
            [database]
            url = "sqlite:///{self.database}"
            [access]
            mode = "open"
            [instruments]
            folders = ["{FOLDER}"]
            """,
            "utf-8",
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Process]:
        """Until the end of the block, or its own death."""
        command = ("run", "--config", str(self.configuration))
        pid = self.spawner.starts(*command, log=self.folder / "log", plant="dying")
        process = Process(self.spawner, pid)
        try:
            yield process
        finally:
            if process.ended is None:
                os.kill(pid, signal.SIGTERM)
                await process.wait()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query).fetchall()

    def draft(self) -> str:
        """The one draft there is, opened with its key."""
        ((key_id, sealed),) = self.rows("SELECT key_id, sealed FROM session")
        with closing(sqlite3.connect(f"{self.database}.keys")) as keys:
            (secret,) = keys.execute("SELECT key FROM key WHERE id = ?", (key_id,)).fetchone()
        return unseal(Key(str(key_id), secret), sealed)


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api.running() as running:
        yield running


@pytest.fixture
def product(tmp_path: Path, api: BotApi, spawner: Spawner) -> Product:
    return Product(tmp_path, api, spawner)


async def until_shown(api: BotApi, door: InTelegram, words: str) -> None:
    await api.settled(lambda: words in door.person.screen)


async def killed_in(
    product: Product, moment: str, door: InTelegram, instrument: str, steps: tuple[Step, ...]
) -> None:
    """The person walks along, and the process dies in the midst of the last step."""
    *before, last = steps
    async with product.running() as process:
        await door.opens(instrument)
        for step in before:
            await door.does(step)
        product.orders.write_text(moment)
        await door.starts(last)
        assert await process.wait() == -signal.SIGKILL
    product.orders.unlink()


@pytest.mark.parametrize("moment", moments(set(STEPS) - NOT_IN_A_PRESS))
async def test_a_press_is_kept_once_wherever_the_process_is_killed(
    moment: str, product: Product, api: BotApi
) -> None:
    door = InTelegram(api, api.person(7))
    saved = template("en", "saved").split("·")[0].strip()

    await killed_in(product, moment, door, SURVEY, (START, Ticks("q1b")))
    async with product.running():
        await until_shown(api, door, saved)
        await door.does(Presses("button_next"))
        assert "Question 2 of 12" in door.person.screen

    ((revision,),) = product.rows("SELECT revision FROM session")
    assert '"answers":{"q1":{"chosen":["q1b"]}}' in product.draft()
    assert revision == 4, "begun, started, ticked, gone on"
    assert product.rows("SELECT count(*) FROM outbox") == [(0,)]


@pytest.mark.parametrize(
    "moment",
    moments({"storage.people.set_cards", "telegram.show", "storage.outbox.done", "commit"}),
)
async def test_words_are_kept_once_wherever_the_process_is_killed(
    moment: str, product: Product, api: BotApi
) -> None:
    door = InTelegram(api, api.person(7))
    await killed_in(product, moment, door, SURVEY, WORDS)
    async with product.running():
        await until_shown(api, door, "It opened doors.")
        await door.does(Presses("button_next"))

    assert product.draft().count("It opened doors.") == 1


@pytest.mark.parametrize(
    "moment",
    moments(
        {
            "storage.participation.finish", "storage.pool.put", "storage.sessions.remove",
            "storage.outbox.put_claimed", "commit", "telegram.show",
        }
    ),
)  # fmt: skip
async def test_a_survey_is_sent_once_wherever_the_process_is_killed(
    moment: str, product: Product, api: BotApi
) -> None:
    door = InTelegram(api, api.person(7))
    await killed_in(product, moment, door, "tea-break", TEA)
    async with product.running():
        await until_shown(api, door, "Thank you")

    assert product.rows("SELECT count(*) FROM pool") == [(1,)]
    assert product.rows("SELECT state FROM participation") == [("finished",)]
    assert product.rows("SELECT count(*) FROM session") == [(0,)]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_a_restart_in_mid_question_goes_on_at_the_same_question(
    ending: signal.Signals, product: Product, api: BotApi
) -> None:
    door = InTelegram(api, api.person(7))
    async with product.running() as process:
        await door.opens(SURVEY)
        for step in (START, Ticks("q1b"), Presses("button_next"), Ticks("q2a")):
            await door.does(step)
        os.kill(process.pid, ending)
        assert await process.wait() == (0 if ending == signal.SIGTERM else -signal.SIGKILL)

    async with product.running():
        await door.does(Ticks("q2c"))
        assert "Question 2 of 12" in door.person.screen

    assert '"q1":{"chosen":["q1b"]},"q2":{"chosen":["q2a","q2c"]}' in product.draft()
