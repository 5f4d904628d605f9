"""An administrator at a desk, and people around it, through the same conversation as everybody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import presses
from bot.channels import Asked, Incoming, Outcome, Pressed, Uploaded
from bot.fieldwork import appointments
from bot.settings import Settings
from flows.actions import Command
from storage import administrators

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from flows.card import Card

SURVEY = "asi-certification-survey-2021"
BENCHMARK = "rscb-2014"


@dataclass
class AtDesk:
    """Somebody who gives commands at a door."""

    talk: Conversation
    address: str = "1"
    channel: str = "telegram"

    async def asks(self, name: str, argument: str = "") -> Outcome:
        return await self._does(Asked(Command(name, argument)))

    async def wants(self, argument: str = "") -> Outcome:
        """A button of the desk is pressed."""
        return await self._does(Pressed(presses.code_of(Command("admin", argument)), ""))

    async def uploads(self, text: str) -> Outcome:
        return await self._does(Uploaded("contacts.csv", text.encode()))

    async def sees(self, page: str) -> Card[str]:
        return (await self.talk.page(self.channel, self.address, page)).card

    async def finds(self, page: str, verb: str, label: str = "") -> str:
        """What the first button of a page does that does this, and is called so."""
        card = await self.sees(page)
        return next(
            each.action.argument
            for row in card.buttons
            for each in row
            if isinstance(each.action, Command)
            and each.action.argument.startswith(verb)
            and label in each.label
        )

    async def agrees(self, page: str, verb: str, nth: int = 0) -> Outcome:
        """Presses yes on a page that asks once more."""
        card = await self.sees(page)
        yes = [
            each.action.argument
            for row in card.buttons
            for each in row
            if isinstance(each.action, Command) and each.action.argument.startswith(f"{verb}!")
        ]
        return await self.wants(yes[nth])

    async def _does(self, said: Asked | Pressed | Uploaded) -> Outcome:
        (outcome,) = await self.talk.take([Incoming(self.channel, self.address, said)])
        return outcome


async def appointed(talk: Conversation, role: str = "owner", address: str = "1") -> AtDesk:
    """An administrator who has been at their door before."""
    who = AtDesk(talk, address)
    await who.asks("start")
    async with talk.database.writing() as tx:
        await appointments.appoint(tx, Settings(), "telegram", address, role, origin="code")
    return who


async def number_of(talk: Conversation, address: str = "1") -> int:
    async with talk.database.reading() as tx:
        who = await administrators.at_address(tx, "telegram", address)
    assert who is not None
    return who.id


def words(card: Card[str]) -> str:
    """Everything a card says."""
    lines = [f"{each.label} {each.detail or ''}" for each in card.lines]
    labels = [each.label for row in card.buttons for each in row]
    return re.sub(r"\s+", " ", " ".join([card.title, *card.paragraphs, *lines, *labels]))
