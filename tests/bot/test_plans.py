"""Nothing that is done often walks through a table that grows with people or with responses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot import presses
from bot.channels import Asked, Incoming, LiveCard, Pressed, Said, Shown, Typed
from bot.fieldwork.alarm import Alarm
from bot.fieldwork.post import Post
from bot.reports.results.gathered import Wish, gather
from bot.sender import Sender
from bot.settings import Reports
from flows.actions import Command, Tick
from storage.tables import metadata
from tests.benchmarks.collecting import collect
from tests.benchmarks.crowd import settle
from tests.benchmarks.population import population
from tests.flows.playing import ASI, ASI_ID
from tests.plans import planning, taken_down, walked

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from storage.database import Database
    from tests.bot.conftest import Clock
    from tests.plans import Executed

CROWD, SOON = 2_000, 3
BOUNDED = {
    "definition": "editions that are installed",
    "round": "as many as are opened",
    "collection": "an edition in a round",
    "tally": "as many as there are options together",
    "administrator": "a handful",
    "claim_code": "codes for administrators",
    "digest": "as many as there are administrators",
    "upload": "lists of contacts, gone after a day",
    "gate": "a row a channel",
    "keyring": "one row",
    "pool": "what waits to be let out together",
    "shred": "keys that are destroyed in the next moment",
    "outbox": "what waits to be said: a run of reminders at most, which is found by its turn",
    "mixing": "a row a round",
    "uncompacted": "a row a table",
    "chore": "what an upgrade left to be done",
    "cleared": "a few rows a round",
}
"""Tables that do not grow with people or responses, and why."""
GROWING = set(metadata.tables) - set(BOUNDED)


class Chat:
    """Telegram, where everything arrives."""

    name = "telegram"

    async def show(self, _: str, __: Shown, live: LiveCard | None) -> LiveCard:
        return live or LiveCard(1, 20_000)

    async def say(self, _: str, __: Shown, _on: int | None = None) -> None:
        return

    async def retire(self, _: str, __: LiveCard) -> None:
        return


@pytest.fixture
async def crowd(database: Database, database_url: str, clock: Clock) -> None:
    """People who have answered, people under way, and some who are to be reminded soon."""
    collect(database_url, ASI, CROWD, population(ASI, CROWD, seed=1))
    await settle(database, CROWD, int(clock.at.timestamp()) + 86_400, SOON)


@pytest.fixture
async def sender(talk: Conversation) -> Sender:
    talk.told = frozenset({Chat.name})
    channels = {Chat.name: Chat()}
    post = Post(talk.house, talk.database, channels)
    return Sender(talk.database, talk, channels, talk.house.universe, post)


async def one_press(talk: Conversation, sender: Sender) -> None:
    """Somebody who comes in, ticks, writes; each card is said."""

    async def does(number: int, said: Said) -> None:
        await talk.take([Incoming("telegram", "7", said, update_id=number)])
        await sender.send_due()

    await does(1, Asked(Command("take", ASI_ID)))
    await does(2, Typed("start"))
    stamp = (await talk.current("telegram", "7")).stamp
    await does(3, Pressed(presses.code_of(Tick("q1", "q1b", on=True)), stamp))
    await does(4, Typed("next"))


@pytest.fixture
async def executed(
    talk: Conversation, sender: Sender, crowd: None, database_url: str, clock: Clock
) -> list[Executed]:
    """The statements of what is done often, in the order in which they first came."""
    alarm = Alarm(talk.house, talk.database, sender, cleared_on=talk.house.universe.day())
    with taken_down(database_url) as found:
        await one_press(talk, sender)
        await talk.current("telegram", "7")
        await alarm.ring()
        await sender.send_due()
        clock.passes(days=2)
        alarm.cleared_on = talk.house.universe.day()  # what a night clears is not done often
        await alarm.ring()
        await sender.send_due()
        async with talk.database.reading() as tx:
            await gather(tx, talk.house.shelf, Wish(ASI_ID), Reports())
            await gather(tx, talk.house.shelf, Wish(ASI_ID, by="q6"), Reports())
    return found


def walking(url: str, executed: list[Executed]) -> list[tuple[set[str], str]]:
    with planning(url) as connection:
        found = [(walked(connection, each) & GROWING, str(each)) for each in executed]
    return [each for each in found if each[0]]


async def test_what_is_done_often_walks_no_table_that_grows(
    executed: list[Executed], database_url: str
) -> None:
    touched = {table for table in metadata.tables for each in executed if table in str(each)}

    assert walking(database_url, executed) == []
    assert touched >= {"session", "outbox", "reminder", "participation", "response", "tally"}


@pytest.mark.parametrize("index", ["ix_reminder_due", "ix_address_participant_id"])
async def test_an_index_that_is_missing_is_noticed(
    executed: list[Executed], database_url: str, index: str
) -> None:
    with planning(database_url) as connection:
        connection.exec_driver_sql(f"DROP INDEX {index}")
        connection.commit()

    assert index.split("_")[1] in set().union(
        *(each for each, _ in walking(database_url, executed))
    )
