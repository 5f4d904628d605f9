"""What a researcher does about an assessment: decide row by row, ask the company, make it final."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.fieldwork import access
from bot.fieldwork.desk_parts import is_number
from bot.workspace import telling
from bot.workspace.case import REASONS, Case, held
from flows import scoring
from flows.actions import Command
from flows.entry import line
from flows.trail import Deed
from flows.verification import DECISIONS, Verdict, accepted, disputed
from storage import administrators, assessments, audit, organisations, trail, verdicts
from storage.audit import Act

if TYPE_CHECKING:
    from bot.fieldwork.desk import Desk
    from bot.visit import Visit
    from flows.verification import Decision
    from storage.administrators import Administrator

LONGEST_REASON: Final = 500
DAYS: Final = (7, 14, 21)
"""How long a company may be given to answer."""
SECONDS_A_DAY: Final = 86_400


async def decide(desk: Desk) -> None:
    """Decide with one of the usual reasons, or ask for one: ``decide.7.45.reject.absent``."""
    number, row, decision, *reason = [*desk.args, "", "", ""][:4]
    key = reason[0] if reason else ""
    if key:
        await _decide(desk.visit, desk.who, number, row, decision, f"={key}")
        return
    if decision not in DECISIONS:
        desk.visit.refuse("moved_on")
        return
    asked = Command("verdict", f"{number}.{row}.{decision}")
    desk.visit.ask_words(f"admin.why.{number}.{row}.{decision}", asked)


async def in_words(visit: Visit, argument: str) -> None:
    """Decide with a reason in one's own words: ``7.45.reject`` and the words."""
    asked, _, words = argument.partition(" ")
    door = visit.incoming.channel, visit.incoming.address
    who = await administrators.at_address(visit.tx, *door)
    if who is None or not access.may(who.role, "verify"):
        visit.refuse("unknown_command")
        visit.pages.append("help")
        return
    visit.shows_card = False
    number, row, decision = [*asked.split("."), "", "", ""][:3]
    await _decide(visit, who, number, row, decision, line(words)[:LONGEST_REASON])


async def _decide(
    visit: Visit, who: Administrator, number: str, row: str, decision: str, reason: str
) -> None:
    case = await held(visit.house, visit.tx, number)
    queued = None if case is None else case.row(row)
    known = reason.removeprefix("=")
    standard = reason.startswith("=")
    if case is None or queued is None or decision not in case.possible:
        visit.refuse("moved_on")
        visit.pages.append("admin.checking")
        return
    if await _own(visit, case):
        return
    if queued not in case.waiting:  # somebody was faster, or it was not asked back
        visit.refuse("decided_already")
        visit.pages.append(f"admin.case.{case.of.id}")
        return
    if not reason or (standard and known not in REASONS[_one_of(decision)]):
        visit.refuse("no_reason")
        asked = Command("verdict", f"{number}.{row}.{decision}")
        visit.ask_words(f"admin.why.{number}.{row}.{decision}", asked)
        return
    at = visit.house.universe.seconds()
    made = Verdict(_one_of(decision), reason, f"R{who.id}", at)
    await verdicts.put(visit.tx, case.of.id, queued.row.id, made)
    item, said = queued.item.id, f"{decision} {reason}"
    deed = Deed(at, made.who, "decided", case.of.edition, item, queued.row.id, said)
    await trail.note(visit.tx, case.of.organisation, [deed], case.of.id)
    visit.pages.append(f"admin.case.{case.of.id}")


async def _own(visit: Visit, case: Case) -> bool:
    """Whether this is the assessment of a company that the researcher works for; says so."""
    me = await organisations.of_person(visit.tx, visit.person.id)
    if me is None or me.organisation != case.of.organisation:
        return False
    visit.refuse("own_company")
    visit.pages.append("admin.checking")
    return True


def _one_of(decision: str) -> Decision:
    return next(each for each in DECISIONS if each == decision)


async def feedback(desk: Desk) -> None:
    """Ask the company back about what is disputed, with a deadline: ``feedback.7.14``."""
    number, days = [*desk.args, "", ""][:2]
    visit = desk.visit
    case = await held(visit.house, visit.tx, number)
    if case is None or not is_number(days) or int(days) not in DAYS:
        visit.refuse("moved_on")
        desk.show("checking")
        return
    if await _own(visit, case):
        return
    may = not case.waiting and disputed(case.verdicts) and case.of.state == "submitted"
    at = visit.house.universe.seconds()
    until = at + int(days) * SECONDS_A_DAY
    if not may or not await assessments.move(
        visit.tx, case.of, "feedback", sources=("submitted",), deadline=until
    ):
        visit.refuse("moved_on")
    else:
        said = f"until {until}"
        deed = Deed(at, f"R{desk.who.id}", "feedback", case.of.edition, said=said)
        await trail.note(visit.tx, case.of.organisation, [deed], case.of.id)
        await _noted(desk, case, "feedback")
        await telling.company(visit.house, visit.tx, case.of.organisation)
    desk.show("case", case.of.id)


async def final(desk: Desk) -> None:
    """Make the decisions final: ``final.7``."""
    visit = desk.visit
    case = await held(visit.house, visit.tx, desk.args[0] if desk.args else "")
    if case is None:
        visit.refuse("moved_on")
        desk.show("checking")
        return
    if await _own(visit, case):
        return
    may = case.may_be_final
    if not may or not await assessments.move(
        visit.tx, case.of, "final", sources=("submitted", "returned")
    ):
        visit.refuse("moved_on")
    else:
        at = visit.house.universe.seconds()
        kept = scoring.credited(case.frozen.answers, accepted(case.verdicts))
        said = str(scoring.score(case.instrument, kept).floor)
        deed = Deed(at, f"R{desk.who.id}", "final", case.of.edition, said=said)
        await trail.note(visit.tx, case.of.organisation, [deed], case.of.id)
        await _noted(desk, case, "final")
        await telling.company(visit.house, visit.tx, case.of.organisation)
    desk.show("case", case.of.id)


async def pack(desk: Desk) -> None:
    """The auditor's pack of an assessment: ``pack.7``."""
    case = await held(desk.visit.house, desk.visit.tx, desk.args[0] if desk.args else "")
    if case is None:
        desk.visit.refuse("moved_on")
        desk.show("checking")
        return
    await _noted(desk, case, "pack")
    desk.visit.documents.append(f"pack:{case.of.id}")


async def again(desk: Desk) -> None:
    """Have a row wait for a decision again: ``again.7.45``."""
    number, row = [*desk.args, "", ""][:2]
    visit = desk.visit
    case = await held(visit.house, visit.tx, number)
    queued = None if case is None else case.row(row)
    if case is None or queued is None or not case.may_reconsider(queued.row.id):
        visit.refuse("moved_on")
        desk.show("checking")
        return
    if await _own(visit, case):
        return
    await verdicts.drop(visit.tx, case.of.id, [queued.row.id])
    at, item = visit.house.universe.seconds(), queued.item.id
    deed = Deed(at, f"R{desk.who.id}", "decided", case.of.edition, item, queued.row.id, "again")
    await trail.note(visit.tx, case.of.organisation, [deed], case.of.id)
    desk.show("case", case.of.id, row)


async def _noted(desk: Desk, case: Case, act: str) -> None:
    """Into the log of what administrators did, too."""
    at = desk.visit.house.universe.seconds()
    what = f"{case.of.instrument} {case.of.round} {case.of.id}"
    door = f"{desk.who.channel}:{desk.who.address}"
    await audit.note(desk.visit.tx, Act(at, door, act, what))
