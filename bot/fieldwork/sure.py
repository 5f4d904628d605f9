"""Asking once more: how many people something reaches, and that the answer is to that question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot import presses, tokens
from bot.fieldwork import access, figures, inviting
from bot.fieldwork.contacts import ContactsError, uploaded
from storage import administrators, audit, people

if TYPE_CHECKING:
    from bot.house import House
    from bot.visit import Visit
    from flows.rounds import Round
    from storage.administrators import Administrator
    from storage.database import Tx
    from storage.rounds import Kept

OF_UPLOAD: Final = {"links", "letters"}
"""What is asked on the page of a list of contacts."""
SECONDS: Final = 120
"""For so long a question that was put may be answered with yes."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked once more: what is to be done, in which round, and how many people it reaches.

    ``moment`` stands for what was true when it was asked: until when the round goes on, what this
    administrator did last, and which list they sent. So a yes counts once, and for what was seen.
    """

    verb: str
    number: int
    count: int
    moment: str


async def question(
    house: House, tx: Tx, who: Administrator, verb: str, kept: Kept, count: int | None = None
) -> Question:
    """The question as it is to be put now; ``count`` where it has been counted already."""
    done = await audit.count_by(tx, actor(who))
    listed = await administrators.uploaded(tx, who.id) if verb in OF_UPLOAD else None
    if count is None:
        count = await reached(house, tx, who, verb, kept.round)
    of_list = "" if listed is None else tokens.digest(listed[1]).hex()
    return Question(verb, kept.id, count, f"{kept.round.closes} {done} {of_list}")


async def reached(house: House, tx: Tx, who: Administrator, verb: str, of: Round) -> int:
    """How many people something reaches: those who are written to, whose answers are given out, or
    for whom the round is over. Who has not finished is told in steps.
    """
    match verb:
        case "remind":
            return await figures.can_be_reminded(house, tx, of)
        case "close":
            return await figures.unfinished(house, tx, of)
        case "export":
            instrument = house.shelf.get(of.instrument)
            may = instrument is not None and access.may_export(who.role, instrument.kind)
            return await figures.given(tx, of) if may else 0
        case _:
            listed = await administrators.uploaded(tx, who.id)
            if listed is None:
                return 0
            try:
                return await inviting.reach(tx, uploaded(listed[1]).contacts, of)
            except ContactsError:
                return 0


def answer(secret: bytes, who: Administrator, asked: Question, now: int) -> str:
    """What the button for yes carries: the question with its number and time, and a seal."""
    said = f"{asked.number}.{asked.count}.{now}"
    return f"{asked.verb}!.{said}.{_seal(secret, who, asked, said)}"


def agreed(visit: Visit, who: Administrator, asked: Question, args: list[str]) -> bool:
    """Whether these arguments are the yes to this question, put to this administrator just now."""
    match args:
        case [number, count, at, seal] if at.isdecimal():
            now = visit.house.universe.seconds()
            expected = _seal(visit.person.secret, who, asked, f"{number}.{count}.{at}")
            same = (number, count) == (str(asked.number), str(asked.count))
            return same and 0 <= now - int(at) <= SECONDS and presses.same(seal, expected)
    return False


def _seal(secret: bytes, who: Administrator, asked: Question, said: str) -> str:
    return presses.stamp_of(secret, f"sure {asked.verb}", str(who.id), f"{said}.{asked.moment}")


def actor(who: Administrator) -> str:
    """As whom the audit log knows an administrator."""
    return f"{who.channel}:{who.address}"


async def secret_of(tx: Tx, who: Administrator) -> bytes | None:
    """What seals this administrator's answers; None where they never came through their door."""
    person = await people.at_address(tx, who.channel, who.address)
    return None if person is None else person.secret
