"""The administrators' desk: what can be asked there, each behind one question of access."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot import tokens
from bot.fieldwork import access, desk_lists, digests, fielding, sure
from bot.fieldwork.desk_parts import is_number
from bot.fieldwork.fielding import close, decide, extend, open_new, remind
from bot.workspace import verifying
from flows.rounds import RoundError
from storage import administrators, audit, rounds
from storage.audit import Act as Deed
from storage.rounds import Kept

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.fieldwork.access import Act
    from bot.visit import Visit
    from flows.rounds import Round
    from storage.administrators import Administrator

HOURS: Final = (7, 8, 9, 12, 17)
"""The hours of a digest that buttons offer."""
CODE_SECONDS: Final = 3600
"""How long a code for a new administrator is good for."""
EXTENSIONS: Final = (7, 14, 30)
"""Days by which buttons extend a round."""
_ASKED: Final = re.compile(r"[a-z0-9.!]{0,40}")
"""How anything that can be asked for is written: what people type can be much else."""


@dataclass(slots=True)
class Desk:
    """One thing that an administrator asks for, while it is being done."""

    visit: Visit
    who: Administrator
    args: list[str]

    async def round(self) -> Round | None:
        """The round that the first argument means; says so where there is none."""
        asked = self.args[0] if self.args else ""
        found = await rounds.numbered(self.visit.tx, int(asked)) if is_number(asked) else None
        if found is None:
            self.visit.refuse("moved_on")
        return found

    async def note(self, act: str, what: str, count: int = 0) -> None:
        """Write down what was done."""
        at = self.visit.house.universe.seconds()
        await audit.note(self.visit.tx, Deed(at, sure.actor(self.who), act, what, count))

    def show(self, *name: str | int) -> None:
        """Show a page of the desk."""
        self.visit.pages.append(".".join(("admin", *map(str, name))))


async def serve(visit: Visit, argument: str) -> bool:
    """Do what an administrator asked for; False where nobody of this role may, or where there is
    no such thing: both look alike from outside.
    """
    verb, *args = argument.split(".") if _ASKED.fullmatch(argument) else ("?",)
    known = DESK.get(verb)
    who = await administrators.at_address(visit.tx, visit.incoming.channel, visit.incoming.address)
    if who is None or known is None:
        return False
    act, run = known
    if not access.may(who.role, act):
        return False
    visit.shows_card = False
    await run(Desk(visit, who, args))
    return True


def _page(*name: str) -> Callable[[Desk], Awaitable[None]]:
    async def show(desk: Desk) -> None:
        desk.show(*name, *desk.args)

    return show


def _confirmed(
    verb: str, run: Callable[[Desk, Round, int], Awaitable[None]]
) -> Callable[[Desk], Awaitable[None]]:
    """A command that happens only from the card that named how many people it reaches, within two
    minutes, once, and while that number is still true.
    """

    async def confirmed(desk: Desk) -> None:
        of = await desk.round()
        if of is None:
            return
        visit = desk.visit
        kept = Kept(int(desk.args[0]), of)
        asked = await sure.question(visit.house, visit.tx, desk.who, verb, kept)
        if not sure.agreed(visit, desk.who, asked, desk.args):
            visit.refuse("desk_again")
            desk.show(*(("upload",) if verb in sure.OF_UPLOAD else ("sure", verb, desk.args[0])))
            return
        await run(desk, of, asked.count)

    return confirmed


async def _remind(desk: Desk, of: Round, count: int) -> None:
    await remind(desk.visit.house, desk.visit.tx, of)
    await desk.note("remind", f"{of.instrument} {of.name}", count)
    desk.show("done", "reminded", count)


async def _close(desk: Desk, of: Round, count: int) -> None:
    await close(desk.visit.house, desk.visit.tx, of)
    await desk.note("close", f"{of.instrument} {of.name}", count)
    desk.show("round", desk.args[0])


async def _extend(desk: Desk) -> None:
    of = await desk.round()
    if of is None:
        return
    days = desk.args[1] if len(desk.args) > 1 else ""
    if not days.isdecimal() or int(days) not in {0, *EXTENSIONS}:
        desk.show("extend", desk.args[0])
        return
    today = of.today(desk.visit.house.universe.now())
    last = max(of.closes or today, today)
    closes = last + timedelta(days=int(days)) if int(days) else None
    try:
        await extend(desk.visit.house, desk.visit.tx, of, closes)
    except fielding.OverForGoodError:
        desk.visit.refuse("desk_final")
        return
    except RoundError:
        desk.visit.refuse("moved_on")
        return
    was, now = of.closes or "open end", closes or "open end"
    await desk.note("extend", f"{of.instrument} {of.name} {was} to {now}")
    desk.show("round", desk.args[0])


async def _open(desk: Desk) -> None:
    """A new round of an instrument, from today on, named after the month."""
    visit = desk.visit
    instruments = list(visit.house.shelf.instruments)
    number = int(desk.args[0]) if desk.args and desk.args[0].isdecimal() else len(instruments)
    if number >= len(instruments):
        desk.show("open")
        return
    of = await open_new(visit.house, visit.tx, instruments[number])
    if of is None:
        visit.refuse("desk_round_there")
        return
    await desk.note("open", f"{of.instrument} {of.name}")
    made = next(each for each in await rounds.every(visit.tx) if each.round == of)
    desk.show("round", made.id)


async def _report(desk: Desk) -> None:
    of = await desk.round()
    if of is not None:
        await desk.note("report", f"{of.instrument} {of.name}")
        desk.visit.documents.append(f"report:{desk.args[0]}")


async def _export(desk: Desk, of: Round, count: int) -> None:
    await desk.note("export", f"{of.instrument} {of.name}", count)
    desk.visit.documents.append(f"export:{desk.args[0]}")


async def _digest(desk: Desk) -> None:
    visit = desk.visit
    key = f"now:{visit.house.universe.seconds()}"
    await desk.note("digest", "for oneself")
    if desk.who.channel in visit.house.reaching:
        await digests.make(visit.house, visit.tx, desk.who, key)
    else:
        desk.show("now")


async def _schedule(desk: Desk) -> None:
    """When the digest comes: ``schedule.week.1``, ``schedule.hour.8``."""
    who = desk.who
    match desk.args:
        case ["hour", hour] if hour in map(str, HOURS):
            who = replace(who, hour=int(hour))
        case ["day" | "never" as every]:
            who = replace(who, every=every)
        case ["week" | "month" as every, on_day] if on_day in map(str, range(1, 29)):
            who = replace(who, every=every, on_day=int(on_day))
        case _:
            desk.show("schedule")
            return
    await administrators.schedule(
        desk.visit.tx, who.id, every=who.every, hour=who.hour, on_day=who.on_day
    )
    await desk.note("schedule", f"{who.every} {who.on_day} {who.hour}")
    desk.show("schedule")


async def _approve(desk: Desk) -> None:
    """Let somebody in who asked: the request, then the round."""
    visit = desk.visit
    desk.args, asked = desk.args[1:], desk.args[:1]
    of = await desk.round()
    if of is None or not asked or not is_number(asked[0]):
        return
    if of.phase(visit.house.universe.now()) == "closed":
        visit.refuse("round_closed")
        return
    if await decide(visit.house, visit.tx, int(asked[0]), of):
        await desk.note("approve", f"{of.instrument} {of.name}", 1)
    else:
        visit.refuse("moved_on")
    desk.show("people")


async def _refuse(desk: Desk) -> None:
    asked = desk.args[0] if desk.args else ""
    if is_number(asked) and await decide(desk.visit.house, desk.visit.tx, int(asked), None):
        await desk.note("refuse", "a request", 1)
    else:
        desk.visit.refuse("moved_on")
    desk.show("people")


async def _code(desk: Desk) -> None:
    """A code for a new administrator. What is kept is its hash, and what its page derives it from
    with this administrator's secret.
    """
    visit, role = desk.visit, desk.args[0] if desk.args else ""
    if role not in access.ROLES:
        visit.refuse("moved_on")
        return
    nonce = visit.house.universe.token()[:16]
    code = tokens.derived_code(visit.person.secret, nonce)
    expires = visit.house.universe.seconds() + CODE_SECONDS
    issuer = sure.actor(desk.who)
    await administrators.put_code(visit.tx, tokens.digest(code), role, expires, issuer=issuer)
    await desk.note("code", role)
    desk.show("code", role, nonce)


DESK: Final[dict[str, tuple[Act, Callable[[Desk], Awaitable[None]]]]] = {
    "": ("overview", _page()),
    "round": ("overview", _page("round")),
    "people": ("approve", _page("people")),
    "invite": ("invite", _page("invite")),
    "upload": ("invite", _page("upload")),
    "team": ("appoint", _page("team")),
    "done": ("overview", _page("done")),
    "now": ("digest", _page("now")),
    "code": ("appoint", _code),
    "open": ("rounds", _open),
    "extend": ("rounds", _extend),
    "close": ("rounds", _page("sure", "close")),
    "close!": ("rounds", _confirmed("close", _close)),
    "remind": ("remind", _page("sure", "remind")),
    "remind!": ("remind", _confirmed("remind", _remind)),
    "links!": ("invite", _confirmed("links", desk_lists.by_file)),
    "letters!": ("invite", _confirmed("letters", desk_lists.by_letter)),
    "report": ("report", _report),
    "export": ("export", _page("sure", "export")),
    "export!": ("export", _confirmed("export", _export)),
    "digest": ("digest", _digest),
    "schedule": ("digest", _schedule),
    "checking": ("verify", _page("checking")),
    "case": ("verify", _page("case")),
    "why": ("verify", _page("why")),
    "decide": ("verify", verifying.decide),
    "feedback": ("verify", verifying.feedback),
    "surely": ("verify", _page("surely")),
    "final": ("verify", verifying.final),
    "again": ("verify", verifying.again),
    "pack": ("scores", verifying.pack),
    "ranking": ("scores", _page("ranking")),
    "approve": ("approve", _approve),
    "refuse": ("approve", _refuse),
}
"""What can be asked: the right it takes, and what does it. The marked ones come from a card that
asked once more.
"""
