"""The demo's sample people: companies that a digest can tell apart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from bot import demo
from bot.channels import Asked, Incoming
from flows.actions import Command
from storage import organisations, people

if TYPE_CHECKING:
    from bot.conversation import Conversation


async def test_companies_of_sample_people_have_names(talk: Conversation) -> None:
    app = SimpleNamespace(database=talk.database)
    named = set()
    for address, company in zip("abc", demo._COMPANIES, strict=True):
        take = Asked(Command("take", demo.BENCHMARK))
        await talk.take([Incoming("sample", address, take)])
        await demo._call(app, address, company)
        async with talk.database.reading() as tx:
            person = await people.at_address(tx, "sample", address)
            me = await organisations.of_person(tx, person.id)
            named.add(await organisations.name_of(tx, me.organisation))

    assert named == set(demo._COMPANIES)
    await demo._call(app, "nobody", "none")  # who answers a survey has no company
