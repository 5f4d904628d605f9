"""An administrator with nothing but the commands tries to have one answer by itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from bot import app, submission
from bot.cli.asking import configured
from bot.submission import Sent
from flows.session import Answer, Place, Session
from storage import people, sessions
from tests.bot.test_cli import SURVEY
from tests.flows.playing import ASI

if TYPE_CHECKING:
    from tests.bot.prompted import Prompt


def sends(prompt: Prompt, who: str, round_name: str) -> None:
    """Somebody sends their answers, through the product's own steps."""

    async def sent() -> None:
        answers = {"q3": Answer(chosen=("q3a",), comment=f"I am {who}")}
        async with app.built(configured(None)) as built, built.database.writing() as tx:
            await people.arrive(tx, "web", who, "en", new_id=who, secret=b"0" * 16)
            draft = Session(SURVEY, ASI.edition, Place("review", "q3"), answers)
            keys = built.house.keys
            await sessions.save(tx, keys, who, draft, None, now=0, round_name=round_name)
            said = Sent(answers, round_name, 0, "web", "en")
            assert await submission.submit(tx, built.house, who, ASI, said)

    asyncio.run(sent())


def responded(prompt: Prompt, round_name: str) -> int:
    said = prompt("report", SURVEY, "--round", round_name, "--format", "json").out
    return json.loads(said)["responded"]


def test_nobody_is_let_out_alone_by_closing_extending_and_opening(prompt: Prompt) -> None:
    seen = []
    for number, name in enumerate(("first", "first", "second")):
        if number != 1:
            prompt("round", "open", SURVEY, name)
        sends(prompt, f"p{number}", name)
        seen.append(responded(prompt, name))
        prompt("round", "close", SURVEY, name, "--yes")
        seen.append(responded(prompt, name))
        prompt("round", "extend", SURVEY, name, "--until", "open")

    assert seen == [0] * 6
    found = {each["round"]: each for each in json.loads(prompt("rounds", SURVEY, "--json").out)}
    assert [found[each]["finished"] for each in ("first", "second")] == [0, 0]


def test_what_is_left_comes_once_and_nothing_after_it(prompt: Prompt) -> None:
    prompt("round", "open", SURVEY, "spring")
    for number in range(6):
        sends(prompt, f"p{number}", "spring")
        if number == 4:
            assert responded(prompt, "spring") == 5
    assert responded(prompt, "spring") == 5

    asked = prompt("round", "close", SURVEY, "spring", typed="y\n").err
    assert "it cannot be extended any more" in asked
    assert responded(prompt, "spring") == 6

    said = prompt.refuses("round", "extend", SURVEY, "spring", "--until", "open")
    assert said == (
        "spring: is over for good, because what was left in it was let out; open another"
    )
