"""Colleagues of one company work on one assessment, each where they are; nobody else sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.actions import Command, NoneOfThese, TakeBack, Tick
from flows.session import Answer
from flows.trail import answers_at, broken
from storage import trail
from tests.bot.workspace.companies import BENCHMARK, Person, founded, words

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from tests.bot.workspace.companies import Company


async def test_the_first_link_makes_an_owner_who_sees_the_workspace(acme: Company) -> None:
    me = await acme.owner.member()

    assert me is not None
    assert (me.role, me.name) == ("owner", "Olga")
    said = await acme.owner.looks("work")
    assert "Acme" in said
    assert "Olga (you)" in said


async def test_a_colleague_answers_the_same_assessment_at_a_door_of_their_own(
    acme: Company,
) -> None:
    anna = await acme.invites("Anna", "7", channel="telegram")
    await acme.owner.ticks("1.1", "1.1c")

    shown = await anna.goes("1.1")
    assert [row.marked for row in shown.card.rows] == [False, False, True, False]
    await anna.ticks("4.1", "4.1b")

    assert await acme.answered() == {
        "1.1": Answer(chosen=("1.1c",)),
        "4.1": Answer(chosen=("4.1b",)),
    }
    assert (await acme.owner.sees()).card.place.item == "1.1", "each stays where they are"


async def test_who_is_on_what_is_visible_in_the_workspace_and_beside_the_criterion(
    acme: Company,
) -> None:
    anna = await acme.invites("Anna", "anna", part="t:7")
    await anna.goes("7.1.1")
    await anna.ticks("7.1.1", "7.1.1b")

    team = await acme.owner.looks("work")
    assert "Anna" in team
    assert "on Theme 7" in team or "7" in team
    assert "now at 7.1.1" in team
    shown = await acme.owner.goes("7.1.1")
    said = " ".join(shown.card.paragraphs)
    assert "Set by Anna, November 23, 2026." in said
    assert "On this: Anna." in said
    assert "Here now: Anna." in said


async def test_somebody_with_a_part_answers_that_part_only(acme: Company) -> None:
    anna = await acme.invites("Anna", "anna", part="t:7")

    allowed = await anna.ticks("7.1.1", "7.1.1b")
    refused = await anna.ticks("1.1", "1.1c")

    assert not allowed.refused
    assert refused.refused
    assert "7" in refused.notices[0]
    assert set(await acme.answered()) == {"7.1.1"}


async def test_a_part_given_and_taken_away_counts_from_then_on(acme: Company) -> None:
    anna = await acme.invites("Anna", "anna")
    me = await anna.member()
    await acme.owner.types("7.1.1", Command("work", f"give.{me.id}"))
    assert (await anna.ticks("1.1", "1.1c")).refused

    await acme.owner.wants("work", f"everything.{me.id}")

    assert not (await anna.ticks("1.1", "1.1c")).refused


async def test_a_viewer_sees_everything_and_changes_nothing(acme: Company) -> None:
    await acme.owner.ticks("1.1", "1.1c")
    vera = await acme.invites("Vera", "vera", role="viewer")

    shown = await vera.goes("1.1")
    refused = await vera.presses(Tick("1.1", "1.1d", on=True))

    assert shown.card.rows[2].marked
    assert refused.refused
    assert await acme.answered() == {"1.1": Answer(chosen=("1.1c",))}


async def test_the_second_on_a_criterion_is_told_what_the_first_just_set(acme: Company) -> None:
    anna = await acme.invites("Anna", "anna")
    seen = await anna.goes("1.1")
    await acme.owner.ticks("1.1", "1.1c")

    refused = await anna.presses(Tick("1.1", "1.1b", on=True), shown=seen)

    assert refused.refused
    assert refused.notices[0].startswith("Olga has just changed 1.1: 1 of 2 points.")
    assert await acme.answered() == {"1.1": Answer(chosen=("1.1c",))}
    assert not (await anna.presses(Tick("1.1", "1.1d", on=True))).refused, "having seen it"
    assert (await acme.answered())["1.1"].chosen == ("1.1c", "1.1d")


async def test_words_typed_at_what_a_colleague_changed_meanwhile_are_refused_once(
    acme: Company,
) -> None:
    anna = await acme.invites("Anna", "7", channel="telegram")
    await anna.goes("1.1")
    await acme.owner.ticks("1.1", "1.1c")

    first = await anna.types("4")
    again = await anna.types("4")

    assert (first.refused, again.refused) == (True, False)
    assert (await acme.answered())["1.1"].chosen == ("1.1c", "1.1d")


async def test_a_link_opens_once_and_a_taken_back_one_never(acme: Company) -> None:
    await acme.invites("Anna", "anna")
    link = await acme.link_for("Ben")
    page = (await acme.talk.page("web", acme.owner.address, "work.team")).card
    (waiting,) = (each.action for each in page.lines if "has not come" in (each.detail or ""))
    mark = waiting.argument.removeprefix("waiting.")
    await acme.owner.wants("work", f"revoke.{mark}")

    assert (await Person(acme.talk, "ben").asks("start", link)).refused
    used = await acme.link_for("Cleo")
    assert not (await Person(acme.talk, "cleo").asks("start", used)).refused
    assert (await Person(acme.talk, "dora").asks("start", used)).refused


async def test_removing_somebody_ends_their_access_at_once(acme: Company) -> None:
    anna = await acme.invites("Anna", "anna")
    await anna.ticks("1.1", "1.1c")
    seen = await anna.sees()
    me = await anna.member()

    await acme.owner.wants("work", f"removed.{me.id}")

    assert (await anna.presses(Tick("1.1", "1.1d", on=True), shown=seen)).refused
    assert (await anna.sees()).card.name == "home"
    assert "Acme" not in await anna.looks("work")
    assert await anna.member() is None
    assert (await acme.owner.kept()).session.answers["1.1"].chosen == ("1.1c",)


async def test_only_the_owner_invites_gives_removes_renames_and_sends(acme: Company) -> None:
    anna = await acme.invites("Anna", "anna")
    owner = await acme.owner.member()
    for verb in ("invite.editor", "name", f"removed.{owner.id}", f"give.{owner.id}.t:7"):
        outcome = await anna.types("Eve", Command("work", verb))
        assert outcome.refused, verb
    await acme.answers_everything()

    refused = await anna.wants("work", f"send.{46}")

    assert refused.refused
    assert (await acme.assessment()).state == "open"
    assert (await acme.owner.member()) == owner


async def test_members_of_one_company_see_nothing_of_another(
    acme: Company, talk: Conversation
) -> None:
    other = await founded(talk, "Umbrella", "Uma")
    await other.owner.ticks("1.1", "1.1c")
    theirs = await other.assessment()
    member = await other.owner.member()

    everything = ""
    for page in ("work", "work.team", "work.checks", "work.sites", "work.peers"):
        everything += await acme.owner.looks(page)
    for forged in (f"person.{member.id}", f"removed.{member.id}", f"give.{member.id}.t:7"):
        await acme.owner.wants("work", forged)
    pack = await talk.file("web", acme.owner.address, "pack", str(theirs.id))

    assert "Umbrella" not in everything
    assert "Uma" not in everything
    assert pack is None
    assert await other.owner.member() == member
    assert "1.1" not in await acme.answered()


async def test_contacts_of_one_company_share_its_assessment(
    acme: Company, talk: Conversation
) -> None:
    second = await founded(talk, "Acme", "Otto")
    await second.owner.ticks("1.1", "1.1c")

    assert (await second.owner.member()).role == "editor"
    assert await acme.answered() == {"1.1": Answer(chosen=("1.1c",))}


async def test_whoever_works_for_another_company_is_told_so(
    acme: Company, talk: Conversation
) -> None:
    other = await founded(talk, "Umbrella", "Uma")
    await other.owner.ticks("1.1", "1.1c")
    link = await acme.link_for("Uma")

    refused = await other.owner.asks("start", link)

    assert refused.refused
    assert "another company" in refused.notices[0]
    assert not (await Person(talk, "fresh").asks("start", link)).refused, "the link is still good"


async def test_the_trail_holds_every_answer_with_who_and_rebuilds_the_assessment(
    acme: Company,
) -> None:
    anna = await acme.invites("Anna", "anna")
    await acme.owner.ticks("1.1", "1.1c")
    await anna.ticks("1.1", "1.1d")
    item = next(each for each in acme.instrument.criteria if not each.has_zero)
    await anna.goes(item.id)
    await anna.presses(NoneOfThese(item.id))
    of = await acme.assessment()

    async with acme.talk.database.reading() as tx:
        company = await trail.of_company(tx, of.organisation)
        here = await trail.of_assessment(tx, of.id)
    olga, annas = (await acme.owner.member()).who, (await anna.member()).who
    said = [(deed.who, deed.item) for deed in here if deed.act == "answered"]

    assert said == [(olga, "1.1"), (annas, "1.1"), (annas, item.id)]
    assert broken(company) is None
    assert broken(here) is None
    assert answers_at(here) == await acme.answered()
    assert answers_at(here[:2]) == {"1.1": Answer(chosen=("1.1c",))}


async def test_forgetting_a_colleague_takes_their_name_and_leaves_their_answers(
    acme: Company,
) -> None:
    anna = await acme.invites("Anna", "anna")
    await anna.ticks("1.1", "1.1c")

    await anna.asks("forget", "yes")

    assert "Anna" not in await acme.owner.looks("work")
    assert await acme.answered() == {"1.1": Answer(chosen=("1.1c",))}
    async with acme.talk.database.reading() as tx:
        deeds = await trail.of_company(tx, (await acme.assessment()).organisation)
    assert broken(deeds) is None


async def test_an_owner_who_is_forgotten_leaves_the_workspace_to_whoever_came_first(
    acme: Company,
) -> None:
    anna = await acme.invites("Anna", "anna")
    await anna.ticks("1.1", "1.1c")

    await acme.owner.asks("forget", "yes")

    assert (await anna.member()).role == "owner"
    assert (await anna.kept()).session.answers == {"1.1": Answer(chosen=("1.1c",))}
    assert (await anna.kept()).session.instrument == BENCHMARK


async def test_undo_does_not_take_back_what_a_colleague_did_since(acme: Company) -> None:
    anna = await acme.invites("Anna", "anna")
    await acme.owner.ticks("1.1", "1.1c")
    await acme.owner.ticks("1.1", "1.1a")  # takes 1.1c away, and could bring it back
    await anna.ticks("1.1", "1.1d")

    refused = await acme.owner.presses(TakeBack("1.1"))

    assert refused.refused
    assert (await acme.answered())["1.1"].chosen == ("1.1d",)


async def test_whose_last_part_is_taken_away_answers_nothing_until_given_everything(
    acme: Company,
) -> None:
    anna = await acme.invites("Anna", "anna", part="t:7")
    me = await anna.member()
    await acme.owner.wants("work", f"release.{me.id}.t:7")
    assert (await anna.ticks("1.1", "1.1c")).refused
    assert "nothing" in await acme.owner.looks("work")

    await acme.owner.wants("work", f"everything.{me.id}")

    assert not (await anna.ticks("1.1", "1.1c")).refused


async def test_words_at_one_door_are_not_for_a_page_at_another(
    acme: Company, talk: Conversation
) -> None:
    await acme.owner.wants("work", "invite.editor")
    (page,) = (await acme.owner.asks("code")).pages
    code = next(
        part for part in words(page.card).split() if part.count("-") == 1 and len(part) == 11
    )
    phone = Person(talk, "7", "telegram")
    await phone.asks("continue", code)
    await acme.owner.wants("work", "invite.editor")

    await phone.types("our comment for the criterion")

    assert "our comment" not in await acme.owner.looks("work.team")


async def test_a_colleague_with_a_part_begins_there(acme: Company) -> None:
    anna = await acme.invites("Anna", "anna", part="t:7")
    vera = await acme.invites("Vera", "vera", role="viewer")

    assert (await anna.sees()).card.place.item == "7.1.1"
    assert (await vera.sees()).card.name == "introduction"
    shown = await anna.goes("1.1")
    assert "this is for somebody else" in " ".join(shown.card.paragraphs)
    shown = await vera.goes("1.1")
    assert "You look on here" in " ".join(shown.card.paragraphs)
