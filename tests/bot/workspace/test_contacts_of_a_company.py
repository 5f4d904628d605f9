"""Contacts of one company: whoever comes, comes to one assessment, and nobody is asked twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage import organisations, participation, people, trail
from tests.bot.workspace.companies import BENCHMARK, Person, founded

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from tests.bot.workspace.companies import Company


async def state(talk: Conversation, who: Person) -> str | None:
    async with talk.database.reading() as tx:
        person = await people.at_address(tx, who.channel, who.address)
        return await participation.state(tx, person.id, BENCHMARK, "open")


async def test_what_one_contact_sends_is_sent_by_all_contacts_of_the_company(
    acme: Company, talk: Conversation
) -> None:
    second = await founded(talk, "ACME", "Otto")
    await second.owner.ticks("1.1", "1.1c")
    assert await state(talk, second.owner) == "begun"
    await acme.answers_everything()

    await acme.sends()

    assert await state(talk, acme.owner) == "finished"
    assert await state(talk, second.owner) == "finished"
    assert (await second.owner.sees()).card.name == "sent"


async def test_a_contact_who_comes_after_the_company_has_sent_finds_it_sent(
    acme: Company, talk: Conversation
) -> None:
    await acme.answers_everything()
    await acme.sends()

    late = await founded(talk, "Acme", "Lara")

    assert (await late.owner.sees()).card.name == "sent"
    assert await state(talk, late.owner) == "finished"
    assert "Olga" in await late.owner.looks("work")


async def test_whom_the_owner_sent_away_does_not_come_back_by_the_list_of_contacts(
    acme: Company, talk: Conversation
) -> None:
    second = await founded(talk, "Acme", "Otto")
    me = await second.owner.member()
    await acme.owner.wants("work", f"removed.{me.id}")

    await second.owner.asks("take", BENCHMARK)

    mine = await second.owner.member()
    assert mine is None or mine.organisation != (await acme.owner.member()).organisation
    assert "Olga" not in await second.owner.looks("work")


async def test_the_trail_names_nobody(acme: Company, talk: Conversation) -> None:
    await acme.invites("Anna Example", "anna")
    await acme.link_for("Ben Example")
    async with talk.database.reading() as tx:
        deeds = await trail.of_company(tx, (await acme.assessment()).organisation)

    said = " ".join(f"{each.who} {each.said}" for each in deeds)
    assert "Example" not in said
    assert "Olga" not in said


async def test_a_door_that_moves_to_another_person_takes_no_companys_draft_along(
    acme: Company, talk: Conversation
) -> None:
    beta = await founded(talk, "Beta", "Bob")
    await beta.answers_everything()
    await beta.sends()
    anna = await acme.invites("Anna", "anna")
    await anna.ticks("1.1", "1.1c")
    async with talk.database.writing() as tx:
        bob = await people.at_address(tx, "web", beta.owner.address)
        await people.move_address(tx, "web", "anna", bob.id)

    assert await anna.kept() is None
    said = await anna.looks("work")
    assert "Beta" in said
    assert "Olga" not in said
    assert (await anna.ticks("4.1", "4.1b", shown=await anna.sees())).refused
    assert set(await acme.answered()) == {"1.1"}


async def test_whom_the_owner_sent_away_comes_back_by_no_other_door_either(
    acme: Company, talk: Conversation
) -> None:
    second = await founded(talk, "Acme", "Otto")
    me = await second.owner.member()
    await acme.owner.wants("work", f"removed.{me.id}")
    async with talk.database.writing() as tx:
        new = await people.arrive(tx, "web", "new", "en", new_id="n" * 32, secret=b"n" * 16)
        await people.move_address(tx, "web", second.owner.address, new.id)

    await second.owner.asks("take", BENCHMARK)

    mine = await second.owner.member()
    assert mine is None or mine.organisation != (await acme.owner.member()).organisation


async def test_whoever_was_removed_and_is_forgotten_leaves_no_name(
    acme: Company, talk: Conversation
) -> None:
    anna = await acme.invites("Anna Secretname", "anna")
    me = await anna.member()
    await acme.owner.wants("work", f"removed.{me.id}")

    await anna.asks("forget", "yes")

    async with talk.database.reading() as tx:
        left = await organisations.members(tx, me.organisation, gone=True)
    assert [each.name for each in left] == ["Olga", ""]
