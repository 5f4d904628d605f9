"""A benchmark in a round of its own: its reports, exports and digests, and who may have them."""

from __future__ import annotations

import io
from datetime import date
from typing import TYPE_CHECKING

import openpyxl
import pytest

from flows.rounds import Round
from flows.session import Answer
from storage import participation, people, rounds
from tests import companies
from tests.bot.fieldwork.desks import BENCHMARK, AtDesk, appointed, words

if TYPE_CHECKING:
    from bot.conversation import Conversation

SAID = {"1.1": Answer(chosen=("1.1c",))}


async def assessed(talk: Conversation, of: Round, count: int = 1) -> int:
    """So many companies have sent an assessment in a round; the number of the round."""
    edition = talk.house.shelf.instruments[BENCHMARK].edition
    async with talk.database.writing() as tx:
        await rounds.keep(tx, of)
        for n in range(count):
            who = f"{n} of {of.name}".ljust(32)
            await people.arrive(tx, "web", who, "en", new_id=who, secret=b"s")
            await participation.begin(tx, who, BENCHMARK, of.name)
            await participation.finish(tx, who, BENCHMARK, of.name)
            here = {"at": 1, "round_name": of.name}
            await companies.sent(tx, who, BENCHMARK, edition, SAID, **here)
        there = await rounds.every(tx)
    return next(each.id for each in there if each.round == of)


def spring(name: str = "2027") -> Round:
    return Round(BENCHMARK, name, date(2026, 11, 1), None)


async def exported(desk: AtDesk, number: int) -> int | None:
    """How many rows an export holds; None where there is none."""
    made = await desk.talk.file("telegram", desk.address, "export", str(number))
    if made is None:
        return None
    sheet = openpyxl.load_workbook(io.BytesIO(made[0].content), read_only=True)["data"]
    return len(list(sheet.iter_rows())) - 1


async def test_a_round_has_the_assessments_that_were_sent_in_it(fieldwork):
    first, second = (
        await assessed(fieldwork, spring(), 2),
        await assessed(fieldwork, spring("2028"), 3),
    )
    desk = await appointed(fieldwork)

    for number, count in ((first, 2), (second, 3)):
        assert f"{count} responses" in words(await desk.sees(f"admin.sure.export.{number}"))
        await desk.agrees(f"admin.sure.export.{number}", "export")
        assert await exported(desk, number) == count
        assert await fieldwork.file("telegram", "1", "report", str(number)) is not None


async def test_a_round_without_any_has_nothing_to_give(fieldwork):
    await assessed(fieldwork, spring(), 2)
    empty = await assessed(fieldwork, spring("2028"), 0)
    desk = await appointed(fieldwork)

    assert "Yes" not in words(await desk.sees(f"admin.sure.export.{empty}"))
    assert await fieldwork.file("telegram", "1", "report", str(empty)) is None


@pytest.mark.parametrize(
    ("role", "exports", "one", "five"),
    [
        ("owner", True, True, True),
        ("researcher", True, True, True),
        ("survey", False, False, True),
        ("analyst", False, False, True),
    ],
)
async def test_scores_of_few_companies_are_for_those_who_may_see_them(
    fieldwork, role, exports, one, five
):
    few, many = (
        await assessed(fieldwork, spring()),
        await assessed(fieldwork, spring("2028"), 5),
    )
    desk = await appointed(fieldwork, role)

    assert ("Export" in words(await desk.sees(f"admin.round.{few}"))) is exports
    if exports:
        await desk.agrees(f"admin.sure.export.{few}", "export")
    assert (await exported(desk, few) is not None) is exports
    for number, shown in ((few, one), (many, five)):
        made = await fieldwork.file("telegram", "1", "report", str(number))
        assert (made is not None) is shown


async def test_a_yes_to_an_export_holds_while_its_number_is_true(fieldwork):
    number = await assessed(fieldwork, spring(), 2)
    desk = await appointed(fieldwork)
    await desk.agrees(f"admin.sure.export.{number}", "export")
    assert await exported(desk, number) == 2

    edition = fieldwork.house.shelf.instruments[BENCHMARK].edition
    async with fieldwork.database.writing() as tx:
        await people.arrive(tx, "web", "late", "en", new_id="late", secret=b"s")
        await companies.sent(tx, "late", BENCHMARK, edition, SAID, at=2, round_name="2027")

    assert await exported(desk, number) is None
