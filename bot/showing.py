"""A card in one person's language, with the stamp that only this person's buttons carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import presses
from bot.channels import Shown
from bot.texts import language_for, worded

if TYPE_CHECKING:
    from flows.card import Card, Words
    from flows.session import Session
    from storage.people import Participant


def shown_to(
    person: Participant | None,
    card: Card[Words],
    language: str | None,
    session: Session | None = None,
) -> Shown:
    """The card as this person sees it; a stranger sees it in ``language``, without a stamp."""
    spoken = language_for(language) if person is None else person.language
    if person is None:
        stamp = ""
    elif session is None or card.place is None:
        stamp = presses.stamp_of(person.secret, "", "", card.name)
    else:
        where = presses.code_of_place(card.place)
        stamp = presses.stamp_of(person.secret, session.instrument, session.edition, where)
    return Shown(worded(card, spoken), stamp, spoken)
