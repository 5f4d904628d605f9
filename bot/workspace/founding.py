"""How somebody comes to work on a company's assessment, and how that begins in a round."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flows import upgrade
from flows.delegation import covers
from flows.engine import begin
from flows.navigation import item_place
from flows.trail import Deed
from storage import assessments, claims, contacts, organisations, trail
from storage.database import lock_person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.house import House
    from flows.instrument import Instrument
    from flows.session import Answer, Place
    from storage.assessments import Assessment
    from storage.database import Tx
    from storage.organisations import Member
    from storage.people import Participant


async def member(house: House, tx: Tx, person: Participant) -> Member:
    """As whom somebody works on their company's assessments.

    Whoever comes first for a company owns its workspace. Contacts of one company by the
    administrators' list share it; whoever the list does not name has a company to themselves.
    """
    known = await organisations.of_person(tx, person.id)
    if known is not None:
        return known
    contact = await contacts.of(tx, person.id)
    company, name = (contact.company, contact.name) if contact is not None else ("", "")
    key = organisations.folded(company) or None
    if key is not None and await organisations.was_removed(tx, key, person.id):
        key = None  # whom the owner sent away does not come back by the list
    if key is not None:  # of two first ones at the same moment, one is the owner
        await lock_person(tx, f"company of {key}")
    founded = house.universe.token()
    of = await organisations.found(tx, founded, company if key else "", key=key)
    there = await organisations.members(tx, of)
    me = await organisations.join(tx, of, person.id, "editor" if there else "owner", name)
    at = house.universe.seconds()
    deeds = [Deed(at, me.who, "founded", said=company)] if of == founded else []
    await trail.note(tx, of, [*deeds, Deed(at, me.who, "joined", said=me.role)])
    return me


async def assessment(
    house: House, tx: Tx, me: Member, instrument: Instrument, round_name: str
) -> Assessment:
    """The company's assessment in a round; a new one takes along what was answered the last time,
    to be confirmed, but for what speaks of the last reporting year.
    """
    known = await assessments.find(tx, me.organisation, instrument.id, round_name)
    if known is not None:
        return known
    last = await assessments.newest(tx, me.organisation, instrument.id)
    made = await assessments.begin(
        tx, me.organisation, instrument.id, instrument.edition, round_name
    )
    at, edition = house.universe.seconds(), instrument.edition
    deeds = [Deed(at, me.who, "begun", edition, said=round_name)]
    if last is not None:
        along = await _taken_along(house, tx, last, instrument)
        await claims.fill(tx, made.id, along, member=me.id, at=at)
        deeds += [
            Deed(at, me.who, "carried", edition, item, said=claims.form(answer))
            for item, answer in along.items()
        ]
    await trail.note(tx, me.organisation, deeds, made.id)
    return made


async def first_part(tx: Tx, participant_id: str, instrument: Instrument) -> Place | None:
    """Where somebody begins to whom parts were given: at the first criterion that is theirs."""
    me = await organisations.of_person(tx, participant_id)
    if me is None or me.role != "editor":
        return None
    given = (await organisations.assignments(tx, me.organisation, instrument.id)).get(me.id, [])
    mine = (
        each
        for each in instrument.criteria
        if any(covers(instrument, scope, each) for scope in given)
    )
    first = next(mine, None)
    return None if first is None else item_place(first.id)


async def _taken_along(
    house: House, tx: Tx, last: Assessment, instrument: Instrument
) -> dict[str, Answer]:
    """What was answered in an earlier round, as it waits for "still so"."""
    frozen = await assessments.latest(tx, last.id)
    answers: Mapping[str, Answer]
    answers = frozen.answers if frozen else claims.answers(await claims.of(tx, last.id))
    edition = frozen.edition if frozen is not None else last.edition
    if edition != instrument.edition:
        old = await house.shelf.edition(tx, last.instrument, edition)
        session = replace(begin(old), answers=answers)
        answers = upgrade.move(session, old, instrument).session.answers
    yearly = house.shelf.rules(instrument.id).last_reporting_year
    anew = {each.id for each in instrument.criteria if yearly & {row.id for row in each.rows}}
    return {
        item: replace(answer, carried="asked")
        for item, answer in answers.items()
        if item not in anew and answer.holds
    }
