"""The auditor's pack: whoever has the file can recompute everything in it, asking nobody."""

from __future__ import annotations

import hashlib
import io
import json
from fractions import Fraction
from typing import TYPE_CHECKING

import openpyxl

from flows.actions import Command
from tests.bot.workspace.companies import researcher
from tests.bot.workspace.test_verification import LINK, decides, sent

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from tests.bot.workspace.companies import Company, Person


async def packed(who: Person, number: int) -> openpyxl.Workbook:
    made = await who.talk.file(who.channel, who.address, "pack", str(number))
    assert made is not None
    assert made[0].name.endswith("-pack.xlsx")
    return openpyxl.load_workbook(io.BytesIO(made[0].content))


def rows(book: openpyxl.Workbook, sheet: str) -> list[dict[str, object]]:
    heads, *found = book[sheet].iter_rows(values_only=True)
    return [dict(zip(heads, each, strict=True)) for each in found]


async def test_the_pack_holds_question_answer_link_who_when_and_edition(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    rita = await researcher(talk)
    await decides(rita, of, "reject", "accept", "accept")
    await rita.wants("admin", f"feedback.{of.id}.7")

    book = await packed(acme.owner, of.id)

    answers = {each["Item"]: each for each in rows(book, "Answers") if each["Item"]}
    told = next(each for each in rows(book, "Answers") if each["Link"] == LINK)
    assert (told["Claimed"], told["On own website"]) == ("yes", "yes")
    assert told["Who"].startswith("Olga")
    assert told["When (UTC)"] == "2026-11-23T09:00:00Z"
    assert told["Edition"] == "2014"
    assert told["Decision"] == "accepted"
    elsewhere = next(e for e in rows(book, "Answers") if "elsewhere" in str(e["Link"]))
    assert (elsewhere["On own website"], elsewhere["Decision"]) == ("no", "rejected")
    assert elsewhere["Reason"] == "not stated at the link"
    assert answers
    assert sum(each["Claimed"] == "yes" for each in rows(book, "Answers")) == 3 + sum(
        row.zero for item in acme.instrument.criteria for row in item.rows
        if item.id not in {"1.1", "4.1", "14.1"}
    )  # fmt: skip


async def test_an_outsider_can_recompute_both_kinds_of_digests_and_every_past_score(
    acme: Company, talk: Conversation
) -> None:
    of = await sent(acme)
    book = await packed(acme.owner, of.id)

    before, scores, chain = "", [], None
    for each in rows(book, "Trail"):
        if each["Trail of"] != chain:
            before, chain = "", each["Trail of"]
        fields = [each["Seconds since 1970"]]
        fields += [
            each[name] or ""
            for name in ("Who (number)", "Act (name)", "Edition", "Criterion", "Row", "Said")
        ]
        form = json.dumps([before, *fields], ensure_ascii=False, separators=(",", ":"))
        before = hashlib.sha256(form.encode()).hexdigest()
        assert each["Digest"] == before
        if each["Exactly"]:
            scores.append(Fraction(each["Exactly"]))
    facts = {each["What"]: each for each in rows(book, "Assessment")}
    assert scores[-1] == Fraction(facts["Claimed"]["Exactly"])
    assert facts["Trail"]["Value"].startswith("Whole")
    version = next(each for name, each in facts.items() if name.startswith("Version 1"))
    body = "".join(each["Answers"] for each in rows(book, "Versions") if each["Version"] == 1)
    text = f"rscb-2014\n2014\n{body}"
    assert hashlib.sha256(text.encode()).hexdigest() == version["Value"]


async def test_what_was_typed_is_never_a_formula(acme: Company, talk: Conversation) -> None:
    await acme.owner.types("=1+1", Command("work", "name"))
    of = await acme.assessment()

    book = await packed(acme.owner, of.id)

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == "=1+1" for cell in cells)
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)


async def test_a_researcher_may_have_it_once_it_was_sent_and_nobody_else(
    acme: Company, talk: Conversation
) -> None:
    rita = await researcher(talk)
    number = str((await acme.assessment()).id)
    assert await talk.file("telegram", rita.address, "pack", number) is None, "not sent yet"

    await sent(acme)

    assert await talk.file("telegram", rita.address, "pack", number) is not None
    assert await talk.file("web", "a stranger", "pack", number) is None
