"""What stands beside a card of the interview where colleagues work together: who set it, who is on
it, what is known of a link.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.workspace.answering import name_of
from bot.workspace.case import reason_words
from bot.workspace.links import told_of
from flows.actions import Command
from flows.card import Button, Phrase, Several, Words
from flows.consistency import dated
from flows.delegation import covers, may_answer
from flows.evidence import Evidence, asked
from flows.instrument import Criterion
from flows.session import Place
from storage import organisations, sessions, verdicts

if TYPE_CHECKING:
    from bot.house import House
    from flows.card import Card
    from flows.consistency import Rules
    from flows.instrument import Instrument
    from flows.session import Session
    from storage.assessments import Assessment
    from storage.database import Tx
    from storage.organisations import Member
    from storage.sessions import Kept


async def told(
    house: House, tx: Tx, instrument: Instrument, kept: Kept, shown: Card[Words]
) -> Card[Words]:
    """The card with what a company's assessment adds to it; as it is where the answers are one
    person's own.
    """
    of, me = kept.assessment, kept.member
    if of is None or me is None:
        return shown
    into: Button[Words] = Button(Phrase("button_work"), Command("work"))
    *above, menu = shown.buttons
    shown = replace(shown, buttons=(*above, (*menu[:3], into, *menu[3:])))
    item = instrument.item(kept.session.at.item)
    if shown.name not in {"criterion", "evidence"} or not isinstance(item, Criterion):
        return shown
    more = await _together(house, tx, kept, (of, me), item, instrument)
    if shown.name == "evidence":
        more += await _evidence(house, tx, kept, of, item)
    return replace(shown, paragraphs=(*shown.paragraphs, *more))


async def _together(
    house: House,
    tx: Tx,
    kept: Kept,
    whose: tuple[Assessment, Member],
    item: Criterion,
    instrument: Instrument,
) -> list[Words]:
    """Who set the answer, whose it is to give, and who looks at it now."""
    of, me = whose
    there = await organisations.members(tx, of.organisation)
    said: list[Words] = []
    claim = kept.claims.get(item.id)
    if claim is not None and claim.member != me.id and not claim.answer.empty:
        who = await organisations.numbered(tx, claim.member)
        said.append(Phrase("work_set_by", {"who": name_of(who), "day": house.day_of(claim.at)}))
    if len(there) == 1:
        return said
    given = await organisations.assignments(tx, of.organisation, of.instrument)
    if not may_answer(me.role, given.get(me.id, []), instrument, item):
        said.insert(0, Phrase(f"refused_{'viewer' if me.role == 'viewer' else 'not_yours'}"))
    theirs: list[Words] = [
        name_of(each)
        for each in there
        if each.id != me.id
        if any(covers(instrument, scope, item) for scope in given.get(each.id, []))
    ]
    if theirs:
        said.append(Phrase("work_is_on", {"who": Several(tuple(theirs))}))
    at = await sessions.colleagues_at(tx, of.id)
    here: list[Words] = [
        name_of(each)
        for each in there
        if each.id != me.id and at.get(each.participant or "") == item.id
    ]
    if here:
        said.append(Phrase("work_also_here", {"who": Several(tuple(here))}))
    return said


async def _evidence(
    house: House, tx: Tx, kept: Kept, of: Assessment, item: Criterion
) -> list[Words]:
    """What is known of the link, and that a year is wanted."""
    row, _ = asked(kept.session.at.field)
    shown = kept.session.answer(item.id).evidence.get(row, Evidence())
    said: list[Words] = []
    verdict = (await verdicts.of(tx, of.id)).get(row) if of.state == "feedback" else None
    if verdict is not None:
        decided = Phrase(f"verdict_{verdict.decision}")
        args = {"decision": decided, "reason": reason_words(verdict.reason)}
        said.append(Phrase("work_asked_back", args))
    if row in house.shelf.rules(of.instrument).last_reporting_year:
        said.append(Phrase("evidence_year"))
    if shown.link:
        said += await told_of(tx, shown, await organisations.domains(tx, of.organisation))
    return said


def onward(rules: Rules, before: Session, after: Session) -> Session:
    """After the link of an item that speaks of the last reporting year, its period is asked for."""
    at = after.at
    row, part = asked(at.field)
    if at.screen != "evidence" or part is not None or row not in rules.last_reporting_year:
        return after
    was = before.answer(at.item).evidence.get(row, Evidence())
    now = after.answer(at.item).evidence.get(row, Evidence())
    if not now.link or now.link == was.link or dated(now):
        return after
    return replace(after, at=Place("evidence", at.item, f"{row}/period"))
