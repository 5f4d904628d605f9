"""Asking once more: how many people something reaches, and that the answer is to that question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import presses
from bot.fieldwork import figures, inviting
from bot.fieldwork.contacts import ContactsError, parse
from flows.ladder import REMINDED
from storage import administrators, participation, people, reminders

if TYPE_CHECKING:
    from bot.visit import Visit
    from flows.rounds import Round
    from storage.administrators import Administrator
    from storage.database import Tx

SECONDS = 120
"""For so long a question that was put may be answered with yes."""


async def reached(tx: Tx, who: Administrator, verb: str, of: Round) -> int:
    """How many people something reaches: those who are written to, whose answers are given out, or
    for whom the round is over.
    """
    match verb:
        case "remind":
            return await reminders.can_be_reminded(tx, of.instrument, of.name, REMINDED)
        case "close":
            counts = await participation.counts(tx, of.instrument, of.name)
            return sum(counts.get(each, 0) for each in REMINDED)
        case "export":
            return await figures.given(tx, of)
        case _:
            listed = await administrators.uploaded(tx, who.id)
            if listed is None:
                return 0
            try:
                return await inviting.reach(tx, parse(listed[1].encode(), "contacts").contacts, of)
            except ContactsError:
                return 0


def answer(
    secret: bytes, who: Administrator, verb: str, round_number: str, count: int, now: int
) -> str:
    """What the button for yes carries: the question with its number and time, and a seal."""
    said = f"{round_number}.{count}.{now}"
    return f"{verb}!.{said}.{_seal(secret, who, verb, said)}"


def agreed(visit: Visit, who: Administrator, verb: str, args: list[str], count: int) -> bool:
    """Whether these arguments are the yes to this question, put to this administrator just now,
    with this number in it.
    """
    match args:
        case [number, said, at, seal] if said.isdecimal() and at.isdecimal():
            now = visit.house.universe.seconds()
            expected = _seal(visit.person.secret, who, verb, f"{number}.{said}.{at}")
            fresh = 0 <= now - int(at) <= SECONDS
            return presses.same(seal, expected) and fresh and int(said) == count
    return False


def _seal(secret: bytes, who: Administrator, verb: str, said: str) -> str:
    return presses.stamp_of(secret, f"sure {verb}", str(who.id), said)


async def secret_of(tx: Tx, who: Administrator) -> bytes | None:
    """What seals this administrator's answers; None where they never came through their door."""
    person = await people.at_address(tx, who.channel, who.address)
    return None if person is None else person.secret
