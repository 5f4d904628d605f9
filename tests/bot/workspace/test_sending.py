"""An assessment is checked, sent, frozen, opened again, and taken along into the next year."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from bot import scorecards
from flows.actions import Command, Confirm, Go, Submit, Tick
from flows.rounds import Round
from flows.session import Answer, Place
from storage import assessments, participation, people, rounds, trail
from tests.bot.workspace.companies import BENCHMARK, founded

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from tests.bot.workspace.companies import Company

LINK = "https://www.acme.example.org/report"


async def test_what_is_missing_is_listed_with_a_press_that_goes_there(acme: Company) -> None:
    await acme.owner.ticks("1.1", "1.1c")

    page = (await acme.talk.page("web", acme.owner.address, "work.checks")).card

    assert "Check before sending" in page.title
    missing = [line for line in page.lines if line.state == "missing"]
    assert missing
    assert missing[0].number == "1.2"
    outcome = await acme.owner.wants("work", missing[0].action.argument)
    assert not outcome.refused
    assert (await acme.owner.sees()).card.place.item == "1.2"
    assert all(
        not each.action.argument.startswith("send")
        for group in page.buttons
        for each in group
        if isinstance(each.action, Command)
    ), "nothing can be sent before"


async def test_contradictions_and_claims_without_a_link_or_year_are_listed_and_may_stay(
    acme: Company,
) -> None:
    await acme.answers_everything({"14.1": ("14.1a",), "14.3": ("14.3e",), "1.3.1": ("1.3.1b",)})

    said = await acme.owner.looks("work.checks")

    assert "14.3 claims targets" in said
    assert "no link" in said
    assert "no year in the period" in said
    assert "Send all the same" in said
    assert not (await acme.sends()).refused
    assert (await acme.assessment()).state == "submitted"


async def test_the_press_that_sends_shows_the_checks_first(acme: Company) -> None:
    await acme.answers_everything({"1.1": ("1.1c",)})

    outcome = await acme.owner.types("send")
    await acme.owner.asks("status")

    assert outcome.pages == () or outcome.pages[-1].card.name == "work.checks"
    assert (await acme.assessment()).state == "open"


async def test_what_was_changed_after_the_checks_were_shown_is_not_sent(acme: Company) -> None:
    await acme.answers_everything({"1.1": ("1.1c",)})
    anna = await acme.invites("Anna", "anna")
    page = (await acme.talk.page("web", acme.owner.address, "work.checks")).card
    (send,) = (
        each.action
        for group in page.buttons
        for each in group
        if isinstance(each.action, Command) and each.action.argument.startswith("send.")
    )
    await anna.ticks("1.1", "1.1d")

    refused = await acme.owner.wants("work", send.argument)

    assert refused.refused
    assert (await acme.assessment()).state == "open"


async def test_sending_freezes_a_version_with_a_hash_for_all_and_reopening_makes_the_next(
    acme: Company,
) -> None:
    anna = await acme.invites("Anna", "anna")
    await acme.answers_everything({"1.1": ("1.1c",)})
    await anna.ticks("4.1", "4.1b")
    await acme.sends()
    of = await acme.assessment()

    assert (await anna.sees()).card.name == "sent"
    assert (await anna.presses(Tick("1.1", "1.1d", on=True))).refused
    reopened = await acme.owner.wants("work", "reopen")
    assert not reopened.refused
    await acme.owner.ticks("1.1", "1.1d")
    await acme.sends()

    async with acme.talk.database.reading() as tx:
        newest, first = await assessments.versions(tx, of.id)
        deeds = [each.act for each in await trail.of_assessment(tx, of.id)]
        person = await people.at_address(tx, "web", acme.owner.address)
        state = await participation.state(tx, person.id, BENCHMARK, "open")
    assert (first.version, newest.version) == (1, 2)
    assert first.digest != newest.digest
    assert first.answers["1.1"] == Answer(chosen=("1.1c",))
    assert newest.answers["1.1"] == Answer(chosen=("1.1c", "1.1d"))
    assert [each for each in deeds if each != "answered"] == [
        "begun", "submitted", "reopened", "submitted",
    ]  # fmt: skip
    assert state == "finished"
    assert newest.digest[:12] in await acme.owner.looks("work")


async def test_a_link_on_the_companys_own_site_and_one_elsewhere_are_told_apart(
    acme: Company,
) -> None:
    await acme.owner.types("www.acme.example.org", Command("work", "sites"))
    await acme.owner.ticks("1.1", "1.1c")
    await acme.owner.links("1.1", "1.1c", LINK)
    own = " ".join((await acme.owner.sees()).card.paragraphs)
    await acme.owner.links("1.1", "1.1c", "https://news.example.net/acme")
    elsewhere = " ".join((await acme.owner.sees()).card.paragraphs)

    assert "own website (www.acme.example.org)" in own
    assert "nobody has opened it here" in own
    assert "not on the company's own websites (news.example.net)" in elsewhere
    assert "acme.example.org" in await acme.owner.looks("work.sites")


async def test_what_is_no_domain_is_refused_and_asked_for_again(acme: Company) -> None:
    outcome = await acme.owner.types("127.0.0.1", Command("work", "sites"))

    assert outcome.refused
    assert outcome.pages[-1].card.entry is not None


async def test_an_item_of_the_last_reporting_year_asks_for_the_year_after_its_link(
    acme: Company,
) -> None:
    await acme.owner.ticks("1.3.1", "1.3.1b")
    await acme.owner.links("1.3.1", "1.3.1b", LINK)

    shown = await acme.owner.sees()
    assert shown.card.place.field == "1.3.1b/period"
    assert "name the year" in " ".join(shown.card.paragraphs)


async def next_year(talk: Conversation) -> Round:
    of = Round(BENCHMARK, "2027", date(2026, 11, 23), None)
    async with talk.database.writing() as tx:
        await rounds.keep(tx, of)
    return of


async def test_last_years_answers_come_back_as_still_so(acme: Company, talk: Conversation) -> None:
    await acme.answers_everything({"1.1": ("1.1c",), "1.3.1": ("1.3.1b",), "4.1": ("4.1b",)})
    await acme.owner.links("1.1", "1.1c", LINK)
    await acme.sends()
    await next_year(talk)
    async with talk.database.writing() as tx:
        person = await people.at_address(tx, "web", acme.owner.address)
        await participation.invite(tx, person.id, BENCHMARK, "2027")

    await acme.owner.asks("take", BENCHMARK)

    kept = await acme.owner.kept()
    assert kept.round == "2027"
    assert kept.session.answers["1.1"].carried == "asked"
    assert not kept.session.answers["1.1"].given, "as long as nobody says that it is still so"
    assert kept.session.answers["1.1"].evidence["1.1c"].link == LINK
    assert "1.3.1" not in kept.session.answers, "asked anew: it speaks of the reporting year"
    shown = await acme.owner.goes("1.1")
    assert "Is it still so?" in " ".join(shown.card.paragraphs)

    await acme.owner.presses(Confirm("1.1"), shown=shown)
    await acme.owner.ticks("4.1", "4.1c")

    answers = await acme.answered()
    assert answers["1.1"].carried == "confirmed"
    assert answers["1.1"].given
    assert answers["4.1"].carried == ""
    said = await acme.owner.looks("work.checks")
    assert "answered the last time, not confirmed yet" in said
    async with talk.database.reading() as tx:
        score = await scorecards.company(talk.house, tx, person, BENCHMARK)
    assert score.before is not None, "the scorecard shows both years"
    assert score.before["1.3.1"] == Answer(chosen=("1.3.1b",))


async def test_an_unsent_assessment_of_a_round_before_comes_along_too(
    acme: Company, talk: Conversation
) -> None:
    await acme.owner.ticks("1.1", "1.1c")
    await next_year(talk)
    async with talk.database.writing() as tx:
        person = await people.at_address(tx, "web", acme.owner.address)
        await participation.invite(tx, person.id, BENCHMARK, "2027")
        old = Round(BENCHMARK, "open", date(1970, 1, 1), date(2026, 11, 1))
        await rounds.keep(tx, old)

    await acme.owner.asks("take", BENCHMARK)

    assert (await acme.answered())["1.1"].carried == "asked"


async def test_peers_show_from_six_companies_and_stay_until_five_more_have_come(
    talk: Conversation,
) -> None:
    companies = []
    for number in range(11):
        each = await founded(talk, f"Company{number}", f"Owner{number}")
        companies.append(each)
        rows = {"1.1": ("1.1c",)} if number % 2 else {}
        await each.answers_everything(rows)
        await each.sends()
        if number < 5:
            assert "said once enough companies" in await each.owner.looks("work")
        elif number < 10:
            first = companies[0]
            assert "Among the 6 companies" in await first.owner.looks("work")
            if number > 5:
                assert "said once enough companies" in await each.owner.looks("work")
    said = await companies[-1].owner.looks("work")
    assert "Among the 11 companies" in said
    themes = await companies[1].owner.looks("work.peers")
    assert "the best quarter" in themes or "the second quarter" in themes
    assert not any(f"Company{n}" in themes for n in range(11))


async def test_what_lacks_answers_cannot_be_sent_by_any_press(acme: Company) -> None:
    await acme.owner.ticks("1.1", "1.1c")

    refused = await acme.owner.wants("work", "send.1")

    assert refused.refused
    assert (await acme.assessment()).state == "open"


async def test_a_review_from_before_a_colleagues_change_does_not_send(acme: Company) -> None:
    await acme.answers_everything({"1.1": ("1.1c",)})
    anna = await acme.invites("Anna", "anna")
    await acme.owner.presses(Go(Place("review", "1.1")))
    seen = await acme.owner.sees()
    await anna.ticks("1.1", "1.1d")

    refused = await acme.owner.presses(Submit(), shown=seen)

    assert refused.refused
    assert "changed since" in refused.notices[0]
    assert (await acme.assessment()).state == "open"


async def test_nothing_is_sent_or_opened_again_after_the_round_is_over(
    acme: Company, talk: Conversation
) -> None:
    await acme.answers_everything()
    over = Round(BENCHMARK, "open", date(1970, 1, 1), date(2026, 11, 1))
    page = await acme.owner.looks("work.checks")
    assert "Send" in page
    async with talk.database.writing() as tx:
        await rounds.keep(tx, over)

    assert (await acme.sends()).refused
    assert (await acme.assessment()).state == "open"
    async with talk.database.writing() as tx:
        await rounds.keep(tx, Round(BENCHMARK, "open", date(1970, 1, 1), None))
    await acme.sends()
    async with talk.database.writing() as tx:
        await rounds.keep(tx, over)
    assert (await acme.owner.wants("work", "reopen")).refused
    assert (await acme.assessment()).state == "submitted"
