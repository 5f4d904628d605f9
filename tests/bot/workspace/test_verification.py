"""A researcher works through the claims; the company answers what is disputed; then it is final."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING

import openpyxl

from bot import scorecards
from bot.workspace import returning
from flows.actions import Command, Go, Tick
from flows.rounds import Round
from flows.session import Place
from flows.trail import broken
from flows.verification import claims as claims_of
from storage import (
    assessments,
    outbox,
    participation,
    people,
    rounds,
    trail,
    verdicts,
)
from tests.bot.workspace.companies import BENCHMARK, founded, researcher, words

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from storage.assessments import Assessment
    from tests.bot.workspace.companies import Company, Person

LINK = "https://www.acme.example.org/report"
CLAIMED = {"1.1": ("1.1c",), "4.1": ("4.1b",), "14.1": ("14.1e",)}


async def sent(company: Company) -> Assessment:
    await company.owner.types("acme.example.org", Command("work", "sites"))
    await company.answers_everything(CLAIMED)
    await company.owner.links("1.1", "1.1c", LINK)
    await company.owner.links("14.1", "14.1e", "https://elsewhere.example.net/")
    await company.sends()
    return await company.assessment()


async def decides(who: Person, of: Assessment, *decisions: str) -> list[str]:
    """Decides on one row after the other; what was said of each."""
    seen = []
    for decision in decisions:
        page = (await who.talk.page(who.channel, who.address, f"admin.case.{of.id}")).card
        seen.append(words(page))
        action = next(
            each.action.argument
            for group in page.buttons
            for each in group
            if isinstance(each.action, Command) and f".{decision}" in each.action.argument
        )
        outcome = await who.wants("admin", action)
        if not action.split(".")[4:]:  # no usual reason fits: in words
            outcome = await who.types("It is so")
        assert not outcome.refused, outcome.notices
    return seen


async def state(talk: Conversation, of: Assessment) -> str:
    async with talk.database.reading() as tx:
        found = await assessments.get(tx, of.id)
    return found.state


async def test_the_queue_is_in_the_order_of_the_effect_on_the_final_score(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    rita = await researcher(talk)

    assert "Acme" in await rita.looks("admin.checking")
    seen = await decides(rita, of, "accept", "accept", "accept")

    async with talk.database.reading() as tx:
        frozen = await assessments.latest(tx, of.id)
    expected = claims_of(acme.instrument, frozen.answers)
    assert [each.row.id for each in expected] == ["14.1e", "1.1c", "4.1b"]
    assert all(
        each.row.wording["en"][:40] in said for each, said in zip(expected, seen, strict=True)
    )
    assert "https://elsewhere.example.net/" not in seen[1]
    assert "not on the company's own websites (elsewhere.example.net)" in seen[0]
    assert "own website (www.acme.example.org)" in seen[1]
    assert "No link was given" in seen[2]
    page = await talk.page("telegram", rita.address, f"admin.case.{of.id}")
    assert "Make it final" in words(page.card)


async def test_from_dispute_to_the_final_decision(acme: Company, talk: Conversation) -> None:
    of = await sent(acme)
    rita = await researcher(talk)
    await decides(rita, of, "reject", "accept", "ask")
    assert (await acme.owner.looks("work.disputed")).find("rejected") == -1, "not told yet"

    await rita.wants("admin", f"feedback.{of.id}.14")

    assert await state(talk, of) == "feedback"
    said = await acme.owner.looks("work")
    assert "items in dispute: 2" in said
    assert "December 7, 2026" in said
    disputed = await acme.owner.looks("work.disputed")
    assert "rejected: not stated at the link" in disputed
    assert "asked: Where exactly is it stated?" in disputed
    assert "1.1" not in [line.number for line in (await _page(acme, "work.disputed")).lines]

    await acme.owner.wants("work", "to.14.1/14.1e")
    await acme.owner.presses(Go(Place("evidence", "14.1", "14.1e/link")))
    assert not (await acme.owner.writes("https://www.acme.example.org/materiality")).refused
    await acme.owner.presses(Go(Place("item", "14.1")))
    assert (await acme.owner.presses(Tick("14.1", "14.1d", on=True))).refused, "frozen"
    await acme.owner.presses(Go(Place("evidence", "1.1", "1.1c/link")))
    assert (await acme.owner.writes("https://www.acme.example.org/other")).refused, "accepted"
    await acme.owner.wants("work", "return")

    assert await state(talk, of) == "returned"
    seen = await decides(rita, of, "accept", "reject")
    assert "Before the company answered: rejected: not stated at the link" in seen[0]
    await rita.wants("admin", f"final.{of.id}")

    assert await state(talk, of) == "final"
    async with talk.database.reading() as tx:
        person = await people.at_address(tx, "web", acme.owner.address)
        score = await scorecards.company(talk.house, tx, person, BENCHMARK)
        deeds = await trail.of_assessment(tx, of.id)
        (first, last) = reversed(await assessments.versions(tx, of.id))
    assert score.verified == {"1.1c", "14.1e"}
    assert score.readings.verified.score.floor < score.readings.claimed.score.floor
    assert first.answers["14.1"].chosen == last.answers["14.1"].chosen
    assert last.answers["14.1"].evidence["14.1e"].link.endswith("/materiality")
    assert broken(deeds) is None
    acts = [each.act for each in deeds if each.act not in {"answered", "begun"}]
    assert acts == [
        "submitted", "decided", "decided", "decided", "feedback", "returned", "decided",
        "decided", "final",
    ]  # fmt: skip


async def _page(company: Company, name: str):
    return (await company.talk.page("web", company.owner.address, name)).card


async def test_a_reason_in_ones_own_words_can_be_typed_in_the_chat(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    rita = await researcher(talk)
    page = (await talk.page("telegram", rita.address, f"admin.case.{of.id}")).card
    own = next(
        each.action.argument
        for group in page.buttons
        for each in group
        if each.label.startswith("Reject, because")
    )
    await rita.wants("admin", own)

    outcome = await rita.types("The page speaks of a subsidiary only")

    assert not outcome.refused
    async with talk.database.reading() as tx:
        decided = await verdicts.of(tx, of.id)
    assert decided["14.1e"].reason == "The page speaks of a subsidiary only"
    assert decided["14.1e"].decision == "reject"


async def test_no_decision_without_a_reason(acme: Company, talk: Conversation) -> None:
    of = await sent(acme)
    rita = await researcher(talk)
    row = [row.id for item in acme.instrument.criteria for row in item.rows].index("14.1e")

    await rita.asks("verdict", f"{of.id}.{row}.reject")
    await rita.wants("admin", f"decide.{of.id}.{row}.reject.nonsense")

    async with talk.database.reading() as tx:
        assert await verdicts.of(tx, of.id) == {}


async def test_only_who_may_verify_sees_or_decides_anything(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    other = await founded(talk, "Umbrella", "Uma")
    row = [row.id for item in acme.instrument.criteria for row in item.rows].index("14.1e")

    for who in (acme.owner, other.owner):
        await who.wants("admin", f"decide.{of.id}.{row}.accept.stated")
        await who.asks("verdict", f"{of.id}.{row}.accept because")
        await who.wants("admin", f"final.{of.id}")

    async with talk.database.reading() as tx:
        assert await verdicts.of(tx, of.id) == {}
    assert await state(talk, of) == "submitted"


async def test_once_a_decision_is_made_the_company_cannot_open_it_again(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    await decides(await researcher(talk), of, "accept")

    refused = await acme.owner.wants("work", "reopen")

    assert refused.refused
    assert await state(talk, of) == "submitted"


async def test_a_deadline_ends_the_feedback_round_and_is_reminded_of(
    acme: Company, talk: Conversation, clock
) -> None:
    of = await sent(acme)
    rita = await researcher(talk)
    olga = await acme.invites("Olga's phone", "7", channel="telegram")
    await decides(rita, of, "reject", "reject", "reject")
    await rita.wants("admin", f"feedback.{of.id}.7")
    async with talk.database.writing() as tx:
        await outbox.drop_address(tx, "telegram", olga.address)

    told = []
    for _ in range(8):
        clock.passes(days=1)
        await returning.ring(talk.house, talk.database)
        await returning.ring(talk.house, talk.database)
        async with talk.database.writing() as tx:
            due = await outbox.claim(
                tx, now=talk.house.universe.seconds() + 86_400, claim="c", lease=1, limit=50,
                unasked=True,
            )  # fmt: skip
            mine = [each for each in due if each.address == olga.address]
            told.append(len(mine))
            await outbox.drop_address(tx, "telegram", olga.address)

    assert told == [0, 0, 0, 1, 0, 1, 1, 0], "three days before, one day before, and at the end"
    assert await state(talk, of) == "returned"
    assert (await acme.owner.wants("work", "return")).refused


async def test_administrators_see_the_ranking_of_verified_scores(talk: Conversation) -> None:
    rita = await researcher(talk)
    for name, decision in (("Low", "reject"), ("High", "accept")):
        company = await founded(talk, name, f"{name}owner")
        of = await sent(company)
        await decides(rita, of, decision, decision, decision)
        if decision == "reject":
            await rita.wants("admin", f"feedback.{of.id}.7")
            await company.owner.wants("work", "return")
        await rita.wants("admin", f"final.{of.id}")
    page = (await talk.page("telegram", rita.address, "admin")).card
    numbers = [each.action.argument.removeprefix("round.") for each in page.lines if each.action]

    rankings = [await rita.looks(f"admin.ranking.{each}") for each in numbers]
    ranking = next(each for each in rankings if "High" in each)

    assert ranking.index("High") < ranking.index("Low")


async def test_a_dispute_of_last_year_can_be_answered_while_the_next_year_is_under_way(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    rita = await researcher(talk)
    await decides(rita, of, "reject", "accept", "accept")
    await rita.wants("admin", f"feedback.{of.id}.14")
    async with talk.database.writing() as tx:
        await rounds.keep(tx, Round(BENCHMARK, "2027", date(2026, 11, 23), None))
        person = await people.at_address(tx, "web", acme.owner.address)
        await participation.invite(tx, person.id, BENCHMARK, "2027")
    await acme.owner.asks("take", BENCHMARK)
    await acme.owner.ticks("1.1", "1.1d")
    assert "round 2027" in await acme.owner.looks("work")

    await acme.owner.wants("work", f"round.{of.id}")
    assert "round open" in await acme.owner.looks("work")
    await acme.owner.wants("work", "to.14.1/14.1e")
    await acme.owner.presses(Go(Place("evidence", "14.1", "14.1e/link")))
    assert not (await acme.owner.writes("https://www.acme.example.org/new")).refused
    await acme.owner.wants("work", "return")

    assert await state(talk, of) == "returned"
    await acme.owner.asks("take", BENCHMARK)
    kept = await acme.owner.kept()
    assert kept.round == "2027"
    assert "1.1d" in kept.session.answers["1.1"].chosen
    assert "round 2027" in await acme.owner.looks("work")


async def test_of_two_researchers_the_second_is_told_that_it_is_decided(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    rita, rob = await researcher(talk), await researcher(talk, "98")
    row = _row(acme, "14.1e")
    await rita.wants("admin", f"decide.{of.id}.{row}.accept.stated")

    late = await rob.wants("admin", f"decide.{of.id}.{row}.reject.absent")

    assert late.refused
    async with talk.database.reading() as tx:
        assert (await verdicts.of(tx, of.id))["14.1e"].decision == "accept"
    assert not (await rob.wants("admin", f"again.{of.id}.{row}")).refused
    assert not (await rob.wants("admin", f"decide.{of.id}.{row}.reject.absent")).refused


async def test_what_the_company_was_told_is_accepted_stays_accepted(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    rita = await researcher(talk)
    await decides(rita, of, "accept", "accept", "reject")
    await rita.wants("admin", f"feedback.{of.id}.7")
    await acme.owner.wants("work", "return")
    row = _row(acme, "14.1e")

    assert (await rita.wants("admin", f"decide.{of.id}.{row}.reject.absent")).refused
    assert (await rita.wants("admin", f"again.{of.id}.{row}")).refused


async def test_the_company_learns_of_a_new_decision_when_it_is_final_and_not_before(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    rita = await researcher(talk)
    await decides(rita, of, "ask", "accept", "accept")
    assert "decided" not in await _acts(acme, of), "a decision it was not told of"
    await rita.wants("admin", f"feedback.{of.id}.7")
    assert (await _acts(acme, of)).count("decided") == 3
    await acme.owner.wants("work", "return")
    await decides(rita, of, "reject")

    assert "asked: " in await acme.owner.looks("work.disputed")
    assert (await _acts(acme, of)).count("decided") == 3
    await rita.wants("admin", f"final.{of.id}")
    assert "rejected: " in await acme.owner.looks("work.disputed")
    assert (await _acts(acme, of)).count("decided") == 4


async def test_nobody_decides_about_a_company_they_work_for(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    rita = await researcher(talk)
    await rita.asks("start", await acme.link_for("Rita"))

    refused = await rita.wants("admin", f"decide.{of.id}.{_row(acme, '14.1e')}.accept.stated")

    assert refused.refused
    async with talk.database.reading() as tx:
        assert await verdicts.of(tx, of.id) == {}


def _row(company: Company, row: str) -> int:
    return [each.id for item in company.instrument.criteria for each in item.rows].index(row)


async def _acts(company: Company, of: Assessment) -> list[str]:
    """What the trail in the company's own pack says was done."""
    made = await company.talk.file("web", company.owner.address, "pack", str(of.id))
    book = openpyxl.load_workbook(io.BytesIO(made[0].content))
    heads, *rows = book["Trail"].iter_rows(values_only=True)
    return [dict(zip(heads, each, strict=True))["Act (name)"] for each in rows]
