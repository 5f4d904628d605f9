"""The live card, and the pages around it: what is to be seen now, from committed state."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot import pages
from bot.fieldwork import desk_pages
from bot.house import House, under_way
from bot.taking_part import part
from bot.workspace import beside
from bot.workspace import pages as workspace
from flows.actions import Command
from flows.card import Button, Phrase, Several, Words
from flows.screens import card

if TYPE_CHECKING:
    from flows.card import Card
    from flows.instrument import Instrument
    from storage.database import Tx
    from storage.people import Participant
    from storage.sessions import Kept


async def page(
    house: House, tx: Tx, person: Participant | None, door: tuple[str, str], name: str
) -> Card[Words]:
    """The page of this name for whoever stands at a door. Raises KeyError where there is none."""
    if of_desk(name):
        return await desk_pages.page(house, tx, *door, name)
    if of_work(name):
        return await workspace.page(house, tx, person, name)
    return await pages.page(house, tx, person, name)


async def card_of(
    house: House, tx: Tx, person: Participant | None
) -> tuple[Card[Words], Kept | None]:
    """The live card: of the interview, the receipt after it, or the front page."""
    if person is None:
        return await pages.home(house, tx, None), None
    found = await under_way(house, tx, person)
    if found is not None:
        instrument, kept = found
        shown = drawn(house, instrument, kept)
        return await beside.told(house, tx, instrument, kept, shown), kept
    installed = house.shelf.get(person.instrument or "")
    if installed is not None:
        taken = await part(house, tx, person.id, installed.id)
        if taken is not None and taken.done:
            return await pages.sent(house, tx, person, installed), None
    return await pages.home(house, tx, person), None


def drawn(house: House, instrument: Instrument, kept: Kept) -> Card[Words]:
    """The card of a draft that is somebody's own: what it shows stands in the draft."""
    return _with_newer(house, card(instrument, kept.session), instrument)


def _with_newer(house: House, shown: Card[Words], pinned: Instrument) -> Card[Words]:
    """An offer to move to a newer edition, where there is one; nobody is moved unasked."""
    installed = house.shelf.get(pinned.id)
    offered = shown.name in {"introduction", "contents", "review", "paused"}
    if not offered or installed is None or installed.edition == pinned.edition:
        return shown
    args: dict[str, Words | int] = {"edition": installed.edition}
    offer: Button[Words] = Button(Phrase("button_move", args), Command("move", installed.edition))
    return replace(
        shown,
        paragraphs=(*shown.paragraphs, Phrase("newer_edition", args)),
        buttons=((offer,), *shown.buttons),
    )


def noted(shown: Card[Words], note: str) -> Card[Words]:
    """The card with what an outbox row remembers of a notice: a phrase key and a number."""
    key, _, number = note.partition(":")
    lacking = tuple(line.number for line in shown.lines if line.state == "missing")
    said = Phrase(key, {"n": int(number or 0), "numbers": Several(lacking)})
    return replace(shown, notices=(said, *shown.notices))


def of_desk(page: str) -> bool:
    """Whether this is a page of the administrators' desk."""
    return page.partition(".")[0] == "admin"


def of_work(page: str) -> bool:
    """Whether this is a page of a company's workspace."""
    return page.partition(".")[0] == "work"
