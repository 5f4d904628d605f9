"""What the pages of the desk are made of: who looks, buttons, rounds by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.fieldwork import access
from flows.actions import Command
from flows.card import Button, Phrase, Words
from storage import rounds

if TYPE_CHECKING:
    from bot.fieldwork.access import Act
    from bot.house import House
    from flows.rounds import Round
    from storage.administrators import Administrator
    from storage.database import Tx


@dataclass(frozen=True, slots=True)
class At:
    """Who looks at which page, and what stands behind its name."""

    house: House
    tx: Tx
    who: Administrator
    name: str
    args: list[str]


def is_number(text: str) -> bool:
    """Whether this can be the number of a row: longer ones no column holds."""
    return text.isdecimal() and len(text) < 10  # noqa: PLR2004 - below 2**31


def do(key: str, does: str, **args: Words | int) -> Button[Words]:
    """A button that asks for something at the desk."""
    return Button(Phrase(key, args), Command("admin", does))


def allowed(who: Administrator, *buttons: tuple[Act, Button[Words]]) -> tuple[Button[Words], ...]:
    """Those of the buttons that this administrator has a right to."""
    return tuple(button for act, button in buttons if access.may(who.role, act))


async def numbered(at: At, args: list[str]) -> rounds.Kept:
    """The round that a page is about. Raises KeyError where there is none."""
    number = int(args[0]) if args and is_number(args[0]) else -1
    found = next((each for each in await rounds.every(at.tx) if each.id == number), None)
    if found is None:
        raise KeyError(at.name)
    return found


def named(house: House, of: Round) -> dict[str, Words | int]:
    """A round by its title and name, to fill a phrase."""
    instrument = house.shelf.get(of.instrument)
    title: Words = of.instrument if instrument is None else instrument.title
    return {"title": title, "round": of.name}


def back(does: str = "") -> tuple[Button[Words], ...]:
    """The way back to a page of the desk."""
    return (do("desk_back", does),)
