"""The auditor's pack: gathered for whoever may see it, and made into one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.channels import Attachment
from bot.fieldwork import access
from bot.fieldwork.desk_parts import is_number
from bot.reports.apart import apart
from bot.reports.pack.contents import Pack, Version
from bot.texts import say
from bot.workspace.bench import told
from bot.workspace.case import reason_words
from flows import trail as rules
from flows.verification import Verdict
from storage import (
    administrators,
    assessments,
    claims,
    organisations,
    people,
    trail,
    verdicts,
)

if TYPE_CHECKING:
    from bot.house import House
    from storage.assessments import Assessment
    from storage.database import Database, Tx

KIND: Final = "pack"


async def make(
    house: House, database: Database, door: tuple[str, str], number: str | None
) -> tuple[Attachment, str] | None:
    """The pack of an assessment and the language it speaks; None where there is none, or none for
    whoever stands at this door: members of the company, and administrators who see scores.
    """
    async with database.reading() as tx:
        of = await assessments.get(tx, int(number)) if number and is_number(number) else None
        reader = None if of is None else await _reader(tx, door, of)
        if of is None or reader is None:
            return None
        language, member = reader
        pack = await gathered(house, tx, of, language, member=member)
    # What writes workbooks takes long to import, and most visits need none.
    from bot.reports.pack import workbook  # noqa: PLC0415

    made = await apart(workbook.file, pack, language)
    return Attachment(made.name, made.media_type, made.content), language


async def _reader(tx: Tx, door: tuple[str, str], of: Assessment) -> tuple[str, bool] | None:
    """The language of whoever stands at this door, if they may see the assessment, and whether
    they work for the company.
    """
    person = await people.at_address(tx, *door)
    me = person and await organisations.of_person(tx, person.id)
    if person and me and me.organisation == of.organisation:
        return person.language, True
    who = await administrators.at_address(tx, *door)
    sent = of.state != "open"
    return (who.language, False) if who and sent and access.may(who.role, "scores") else None


async def _decided(tx: Tx, of: Assessment) -> dict[str, Verdict]:
    return await verdicts.of(tx, of.id)


async def gathered(house: House, tx: Tx, of: Assessment, language: str, *, member: bool) -> Pack:
    """Everything that an auditor gets to see of an assessment; from a ``member`` of the company,
    nothing that it has not been told.
    """
    decided = {
        row: Verdict(each.decision, say(reason_words(each.reason), language), each.who, each.at)
        for row, each in (await (told if member else _decided)(tx, of)).items()
    }
    deeds = await trail.of_assessment(tx, of.id)
    frozen = await assessments.versions(tx, of.id)
    now = of.state in {"open", "feedback"} or not frozen
    answers = claims.answers(await claims.of(tx, of.id)) if now else dict(frozen[0].answers)
    known = {
        each.who: each.name or each.who
        for each in await organisations.members(tx, of.organisation, gone=True)
    }
    return Pack(
        instrument=await house.shelf.edition(tx, of.instrument, of.edition),
        company=await organisations.name_of(tx, of.organisation),
        round=of.round,
        state=of.state,
        domains=await organisations.domains(tx, of.organisation),
        answers=answers,
        verdicts=decided,
        versions=tuple(
            Version(each.version, each.digest, each.at, each.edition, each.answers)
            for each in reversed(frozen)
        ),
        deeds=tuple(rules.told(deeds) if member else deeds),
        of_company=await trail.of_company(tx, of.organisation),
        people=known,
    )
