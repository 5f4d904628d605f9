"""What an invitation or a reminder says: a card in a chat, a letter by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.channels.mail import Letter, Link
from bot.texts import in_words, say
from flows.actions import Command
from flows.card import Button, Card, Phrase, Words
from flows.navigation import relevant
from storage import contacts, sessions
from storage.keys import KeyGone
from storage.reminders import INVITATION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.house import House
    from flows.instrument import Instrument
    from flows.rounds import Round
    from storage.contacts import Contact
    from storage.database import Tx
    from storage.reminders import Slot


async def card(house: House, tx: Tx, slot: Slot, of: Round) -> Card[Words]:
    """The message in a chat, with a button for each thing one may want to do about it."""
    instrument = house.shelf.instruments[slot.instrument]
    which = _which(slot)
    return Card(
        name=which,
        title=Phrase(f"{which}_title", {"title": instrument.title}),
        paragraphs=tuple(await _paragraphs(house, tx, slot, of, instrument)),
        buttons=(
            (Button(Phrase(f"{which}_go"), Command("resume", instrument.id), primary=True),),
            (Button(Phrase("reminder_stop"), Command("reminders", "off")),),
            (Button(Phrase("reminder_decline"), Command("decline", instrument.id)),),
        ),
    )


async def letter(house: House, tx: Tx, slot: Slot, of: Round, token: str) -> Letter:
    """The same by mail: with the two links, and where to say that one wants no more of these."""
    instrument = house.shelf.instruments[slot.instrument]
    contact = await contacts.of(tx, slot.participant_id)
    said = [*_greeting(contact, house.sender), *await _paragraphs(house, tx, slot, of, instrument)]
    said.append(Phrase("letter_personal"))
    if not house.web_url:
        said.append(Phrase("letter_stop_in_chat"))
    words = {"title": instrument.title}
    return Letter(
        subject=say(Phrase(f"{_which(slot)}_title", words), slot.language),
        paragraphs=tuple(say(each, slot.language) for each in said),
        links=tuple(_links(house, slot.language, token)),
        language=slot.language,
        stop_url=f"{house.web_url}/stop/{token}" if house.web_url else "",
        stop_label=say(Phrase("letter_stop"), slot.language),
    )


def _greeting(contact: Contact | None, sender: str) -> Iterator[Words]:
    """To whom it is, from whom, and why to them."""
    if contact is not None and contact.name:
        yield Phrase("letter_dear", {"name": contact.name})
    if contact is not None and contact.company:
        asked = {"company": contact.company}
        if sender:
            yield Phrase("letter_asked_by", {**asked, "sender": sender})
        else:
            yield Phrase("letter_as_contact", {**asked})


def _which(slot: Slot) -> str:
    return "invitation" if slot.number == INVITATION else "reminder"


async def _paragraphs(
    house: House, tx: Tx, slot: Slot, of: Round, instrument: Instrument
) -> list[Words]:
    try:
        kept = await sessions.load(tx, house.keys, slot.participant_id, slot.instrument)
    except KeyGone:  # sent meanwhile, or lost: then it begins anew when its writer comes
        kept = None
    said: list[Words] = []
    if kept is not None and kept.session.answers:
        pinned = await house.shelf.edition(tx, slot.instrument, kept.session.edition)
        shown = relevant(pinned, kept.session.answers)
        given = sum(kept.session.answer(item.id).given for item in shown)
        said.append(Phrase("reminder_begun", {"n": given, "m": len(shown)}))
    elif slot.number == INVITATION:
        said.append(Phrase(f"invitation_{instrument.kind}", {"n": len(instrument.items)}))
    else:
        said.append(Phrase(f"reminder_invited_{instrument.kind}", {"n": len(instrument.items)}))
    if of.closes is not None:
        said.append(Phrase("reminder_until", {"day": in_words(of.closes)}))
    return said


def _links(house: House, language: str, token: str) -> Iterator[Link]:
    if house.web_url:
        yield Link(say(Phrase("letter_web"), language), f"{house.web_url}/i/{token}")
    if house.bot_name:
        telegram = f"https://t.me/{house.bot_name}?start={token}"
        yield Link(say(Phrase("letter_telegram"), language), telegram)
