"""Who asked to be written to is found by who may know, and nobody's answers beside them unasked."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

from flows.session import Answer
from storage import responses
from storage.responses import Response
from tests.bot.test_cli import SURVEY
from tests.flows.playing import ASI

if TYPE_CHECKING:
    from storage.database import Tx
    from tests.bot.prompted import Prompt

ANNA, WEI = {"name": "Anna", "email": "anna@example.org"}, {"name": "=Wei", "company": "ACME"}
ATTACHED = Answer(fields=WEI, allowed=frozenset({"attach"}))


async def sent(tx: Tx) -> None:
    draw = random.Random(1)
    said = [
        Response({"q3": Answer(chosen=("q3a",), comment="apart"), "q12": Answer(fields=ANNA)}),
        Response({"q3": Answer(chosen=("q3b",), comment="beside"), "q12": ATTACHED}),
        Response({"q3": Answer(chosen=("q3c",))}),
    ]
    token = lambda: draw.randbytes(16).hex()  # noqa: E731
    await responses.add(tx, ASI, "open", said, token=token, period="2026-Q4")


def test_details_are_written_and_answers_beside_them_only_where_attached(prompt: Prompt) -> None:
    prompt("db", "upgrade")
    prompt.stored(sent)

    said = prompt("contact-requests", SURVEY, "--out", "asked.csv").out

    assert said == "2 written to asked.csv\n"
    with (prompt.folder / "asked.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["Name", "Company", "Email Address", "answers", "texts"]
    assert sorted(rows) == [
        ["'=Wei", "ACME", "", "3. Agree", "3. beside"],
        ["Anna", "", "anna@example.org", "", ""],
    ]
    assert ["contacts", f"{SURVEY} open", "2"] == prompt.audit()[0][1:]


def test_where_nobody_asked_nothing_is_written(prompt: Prompt) -> None:
    assert "no contact details in this round" in prompt.refuses(
        "contact-requests", SURVEY, "--out", "asked.csv"
    )
    assert not (prompt.folder / "asked.csv").exists()
