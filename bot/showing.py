"""A card in one person's language, with the stamp that only this person's buttons carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import presses
from bot.channels import Shown
from bot.texts import language_for, worded

if TYPE_CHECKING:
    from flows.card import Card, Words
    from flows.session import Place
    from storage.people import Participant
    from storage.sessions import Kept


def shown_to(
    person: Participant | None,
    card: Card[Words],
    language: str | None,
    kept: Kept | None = None,
) -> Shown:
    """The card as this person sees it; a stranger sees it in ``language``, without a stamp."""
    spoken = language_for(language) if person is None else person.language
    if person is None:
        stamp = ""
    elif kept is None or card.place is None:
        stamp = presses.stamp_of(person.secret, "", "", card.name)
    else:
        stamp = stamp_at(person, kept, card.place)
    return Shown(worded(card, spoken), stamp, spoken)


def stamp_at(person: Participant, kept: Kept, at: Place, seen: int | None = None) -> str:
    """The stamp of this person's card at a place. It changes with every change that a colleague
    makes to the item there: a press on a card that does not show it does not count. ``seen`` is
    such a change, the newest where it is not said.
    """
    where = presses.code_of_place(at)
    change = changes(kept, at) if seen is None else seen
    if change:
        where = f"{where}#{change}"
    return presses.stamp_of(person.secret, kept.session.instrument, kept.session.edition, where)


def changes(kept: Kept, at: Place) -> int:
    """A number that grows with every change by colleagues that a card at this place shows: of its
    item, on the review of all of them.
    """
    if at.screen == "review":
        return sum(kept.by_others(item) for item in kept.claims)
    return kept.by_others(at.item)


def stamped(
    person: Participant, kept: Kept, at: Place, stamp: str, seen: int | None = None
) -> bool:
    """Whether a stamp is that of this person's card at a place."""
    return presses.same(stamp, stamp_at(person, kept, at, seen))
