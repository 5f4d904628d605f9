"""Everything of one company: read out whole, or deleted whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, delete, func, select

from storage import organisations
from storage.database import portions
from storage.tables import (
    assessment,
    assignment,
    claim,
    colleague,
    contact,
    deed,
    member,
    organisation,
    own_domain,
    participation,
    standing,
    verdict,
    version,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

    from storage.database import Tx

_OF_COMPANY = (member, colleague, own_domain, assessment, deed)
_OF_ASSESSMENT = (claim, version, verdict, standing)


async def companies(tx: Tx) -> list[tuple[str, str, int, int]]:
    """Every company: id, name, how many work for it, how many assessments it has; by name."""
    people = (
        select(func.count())
        .where(member.c.organisation_id == organisation.c.id, member.c.participant_id.is_not(None))
        .scalar_subquery()
    )
    there = (
        select(func.count())
        .where(assessment.c.organisation_id == organisation.c.id)
        .scalar_subquery()
    )
    query = select(organisation.c.id, organisation.c.name, people, there)
    found = await tx.execute(query.order_by(organisation.c.name, organisation.c.id))
    return [(number, name, int(who), int(what)) for number, name, who, what in found]


async def everything(tx: Tx, organisation_id: str) -> dict[str, list[dict[str, Any]]] | None:
    """Every row of a company, by table, and the contacts that came with its list; None where there
    is no such company. Secrets of links are left out.
    """
    here = organisation.c.id == organisation_id
    if (await tx.execute(select(organisation.c.id).where(here))).first() is None:
        return None
    found = {"organisation": await _rows(tx, organisation, here)}
    for table in _OF_COMPANY:
        mine = table.c.organisation_id == organisation_id
        found[table.name] = await _rows(tx, table, mine)
    for table in _OF_ASSESSMENT:
        found[table.name] = await _rows(tx, table, table.c.assessment_id.in_(_its(organisation_id)))
    parts = assignment.c.member_id.in_(_people(organisation_id, member.c.id))
    found["assignment"] = await _rows(tx, assignment, parts)
    theirs = contact.c.participant_id.in_(_people(organisation_id, member.c.participant_id))
    found["contact"] = await _rows(tx, contact, theirs)
    return found


async def erase(tx: Tx, organisation_id: str) -> int:
    """Delete everything of a company, and the contacts of those who work for it; how many these
    were. They stay as people, who take part in none of its instruments' rounds any more.
    """
    of_it = select(assessment.c.instrument, assessment.c.round).where(
        assessment.c.organisation_id == organisation_id
    )
    there = await organisations.members(tx, organisation_id)
    people = [each.participant for each in there]
    for instrument, round_name in (await tx.execute(of_it)).all():
        theirs = participation.c.participant_id.in_(people)
        of_round = participation.c.instrument == instrument, participation.c.round == round_name
        await tx.execute(delete(participation).where(theirs, *of_round))
    for some in portions(people):
        await tx.execute(delete(contact).where(contact.c.participant_id.in_(some)))
    for each in there:
        await organisations.leave(tx, each)
    await organisations.dissolve(tx, organisation_id)
    return len(people)


def _its(organisation_id: str) -> Any:  # noqa: ANN401 - a query of ids
    return select(assessment.c.id).where(assessment.c.organisation_id == organisation_id)


def _people(organisation_id: str, column: ColumnElement[Any]) -> Any:  # noqa: ANN401 - as above
    return select(column).where(member.c.organisation_id == organisation_id)


async def _rows(tx: Tx, table: Table, those: ColumnElement[bool]) -> list[dict[str, Any]]:
    shown = [column for column in table.c if not isinstance(column.type, LargeBinary)]
    query = select(*shown).where(those).order_by(*table.primary_key.columns)
    return [dict(each) for each in (await tx.execute(query)).mappings()]
