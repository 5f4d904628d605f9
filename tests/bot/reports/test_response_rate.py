"""Who was invited, who responded: people on one side, responses on the other, a rate of both."""

from __future__ import annotations

from bot import submission
from bot.reports.document import Paragraph
from bot.reports.results import as_json, survey_results
from bot.submission import Sent
from storage import invitations, participation, people
from tests.collecting import SURVEY, collect_2021, report
from tests.flows.playing import ASI
from tests.invited import invited, someone
from tests.released import let_out
from tests.surveymonkey_2021 import respondents


def said(document) -> list[str]:
    return [each.text for each in document.blocks if isinstance(each, Paragraph)]


async def test_invited_are_those_with_a_link_and_those_who_came_by_themselves(database, house):
    async with database.writing() as tx:
        for n, email in enumerate(["a@x.org", "A@x.org", "b@x.org", "c@x.org"]):
            await invited(tx, someone(email), SURVEY, bytes([n]) * 32)
    await sends(database, house, "p1", token=bytes([2]) * 32)
    await sends(database, house, "p2")

    form = as_json.form(await report(database, house), "en")

    assert (form["invited"], form["responded"], form["response_rate"]) == (4, 2, 50)


async def test_more_imported_than_invited_leave_no_rate(database, house):
    await sends(database, house, "p1")
    await collect_2021(database, ASI)

    form = as_json.form(await report(database, house), "en")

    assert (form["invited"], form["responded"], form["response_rate"]) == (1, 41, None)


async def test_imported_responses_count_as_answers_of_those_invited(database, house):
    """The published rate: 40 of 106 are 38 %."""
    async with database.writing() as tx:
        for n in range(106):
            await invited(tx, someone(f"{n}@x.org"), SURVEY, bytes([n]) * 32)
    await collect_2021(database, ASI)

    results = await report(database, house)

    form = as_json.form(results, "en")
    assert (form["invited"], form["responded"], form["response_rate"]) == (106, 40, 38)
    assert any(
        each.startswith("40 of the responses were collected elsewhere")
        for each in said(survey_results.build(results, "en"))
    )


async def test_who_asked_to_be_forgotten_still_counts_as_a_number(database, house):
    await sends(database, house, "p1")
    await sends(database, house, "p2")
    async with database.writing() as tx:
        await people.forget(tx, "p1")

    form = as_json.form(await report(database, house), "en")

    assert (form["invited"], form["responded"], form["response_rate"]) == (2, 2, 100)


async def sends(database, house, person: str, *, token: bytes = b"") -> None:
    """A person opens their link, or comes by themselves, answers, and sends."""
    async with database.writing() as tx:
        await people.arrive(tx, "web", person, "en", new_id=person, secret=b"0" * 16)
        if token:
            assert await invitations.redeem(tx, token, person, 0)
        await participation.begin(tx, person, SURVEY, "open")
        answers = respondents()[0]
        sent = Sent(answers, "open", 0, "web", "en")
        assert await submission.submit(tx, house, person, ASI, sent)
    await let_out(house, database)
