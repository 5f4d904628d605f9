"""What is said while answers wait: to who sent them, and to who reads the figures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import presses
from bot.channels import Asked, Incoming, Pressed
from flows.actions import Command, Submit
from flows.navigation import missing
from flows.session import Answer, Place
from storage import participation, people, sessions
from tests.bot.test_cli import SURVEY

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from storage.database import Tx
    from tests.bot.prompted import Prompt

WAITS = "may wait until 5 of them"


async def send(talk: Conversation, **said: Answer) -> tuple[str, ...]:
    """Have Anna send everything that is required, and this; what she is told."""

    async def does(what: Asked | Pressed) -> tuple[str, ...]:
        (outcome,) = await talk.take([Incoming("web", "1", what)])
        return outcome.notices

    await does(Asked(Command("take", SURVEY)))
    survey, answers, house = talk.house.shelf.instruments[SURVEY], dict(said), talk.house
    for each in missing(survey, answers):
        item = survey.item(each.item)
        answers[each.item] = Answer(chosen=(item.rows[0].id,))
    async with talk.database.writing() as tx:
        person = await people.at_address(tx, "web", "1")
        kept = await sessions.load(tx, house.keys, person.id, SURVEY)
        full = replace(kept.session, answers=answers, at=Place("review"))
        now, day = house.universe.seconds(), house.universe.day()
        await sessions.save(tx, house.keys, person.id, full, kept, now=now, day=day)
    shown = await talk.current("web", "1")
    return await does(Pressed(presses.code_of(Submit()), shown.stamp))


async def test_who_attached_their_details_is_told_that_they_go_along(talk: Conversation) -> None:
    named = Answer(fields={"name": "Anna"}, allowed=frozenset({"attach"}))

    (told,) = await send(talk, q12=named)

    assert told.startswith("Your contact details go with your answers, as you wished")
    (receipt,) = (await talk.current("web", "1")).card.paragraphs
    assert "without your name, unless you had your contact details attached" in receipt


async def test_who_attached_nothing_is_told_nothing_of_it(talk: Conversation) -> None:
    assert await send(talk, q12=Answer(fields={"name": "Anna"})) == ()


async def seven_sent(tx: Tx) -> None:
    """Seven people sent their answers; none are let out."""
    for number in range(7):
        person = await people.arrive(
            tx, "web", str(number), "en", new_id=f"p{number}", secret=b"secret" * 3
        )
        await participation.begin(tx, person.id, SURVEY, "open")
        assert await participation.finish(tx, person.id, SURVEY, "open")


@pytest.mark.parametrize("form", ["text", "html"])
def test_a_report_says_that_answers_may_wait(form: str, prompt: Prompt) -> None:
    assert WAITS not in prompt("report", SURVEY, "--format", form).out

    prompt.stored(seven_sent)

    assert WAITS in " ".join(prompt("report", SURVEY, "--format", form).out.split())
    told = json.loads(prompt("report", SURVEY, "--format", "json").out)
    assert (told["invited"], told["responded"], told["let_out_together"]) == (7, 0, 5)


def test_what_is_given_out_says_that_answers_may_wait(prompt: Prompt) -> None:
    prompt("rounds")
    prompt.stored(seven_sent)

    for command in ("export", "contact-requests"):
        form = ("--format", "csv") if command == "export" else ()
        said = prompt.refuses(command, SURVEY, *form, "--out", "out.csv")
        assert said.endswith("wait until 5 can be let out together are not among them yet")


def test_where_anybody_may_begin_how_many_came_is_as_coarse_as_the_rest(
    prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt("rounds")
    prompt.stored(seven_sent)
    monkeypatch.setenv("ASSAY_ACCESS__MODE", "open")

    (here,) = json.loads(prompt("rounds", SURVEY, "--json").out)
    said = prompt("overview").out
    told = json.loads(prompt("report", SURVEY, "--format", "json").out)

    assert (here["invited"], here["begun"], here["finished"], here["rate"]) == (5, 5, 5, 100)
    assert (told["invited"], told["response_rate"]) == (5, 0)
    assert "opened the link" not in said
    assert "7" not in said.partition("half need")[0]
    monkeypatch.setenv("ASSAY_ACCESS__MODE", "invited")
    (here,) = json.loads(prompt("rounds", SURVEY, "--json").out)
    assert here["invited"] == 7
