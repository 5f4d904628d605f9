"""What is to be said is queued beside what was done: never its words, chosen when it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot import live, scorecards
from bot.channels import Asked, Pressed
from storage import outbox, people
from storage.outbox import INTERACTIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.visit import Visit
    from flows.card import Phrase

BRIEFLY = {"overtaken_by": "refused_overtaken", "not_yours_but": "refused_not_yours"}
"""What is said again from the outbox, which keeps no names."""


async def queue(visit: Visit) -> None:
    """Queue what is to be said: never its words, which are chosen when it is sent."""
    incoming = visit.incoming
    now = visit.house.universe.seconds()
    door = incoming.channel, incoming.address
    for name in visit.pages:
        page = f"{name}:{visit.person.language}"
        if isinstance(incoming.said, Pressed) and await _changes(visit, name):
            page += f":{incoming.said.on}"
        await outbox.put(visit.tx, *door, "page", page, lane=INTERACTIVE, now=now)
    for benchmark in visit.files:
        for kind in scorecards.SENT:
            file = f"{kind}:{benchmark}"
            await outbox.put(visit.tx, *door, "file", file, lane=INTERACTIVE, now=now)
    for file in visit.documents:
        await outbox.put(visit.tx, *door, "file", file, lane=INTERACTIVE, now=now)
    beside = visit.pages or visit.files or visit.documents
    if visit.shows_card and not (beside and isinstance(incoming.said, Asked)):
        # A press redraws the card it stood on; words push that card up, so it comes anew.
        edits = isinstance(incoming.said, Pressed) and not visit.comes_anew
        card_is = "edit" if edits else new_with(visit.notices)
        if beside:  # in the order in which it is to be said
            await outbox.put(visit.tx, *door, "card", card_is, lane=INTERACTIVE, now=now)
        else:
            visit.batch.show(door, card_is)


async def _changes(visit: Visit, name: str) -> bool:
    """Whether a page takes the place of the message that was pressed: where that is a page of
    the same kind, and not the live card.
    """
    said = visit.incoming.said
    if not isinstance(said, Pressed) or said.on is None:
        return False
    if live.of_desk(name):
        return True  # buttons of the desk stand on its pages only
    card = await people.card_at(visit.tx, visit.incoming.channel, visit.incoming.address)
    on_card = card is not None and card.message_id == said.on
    return live.of_work(name) and not on_card


def new_with(notices: Sequence[Phrase]) -> str:
    """The outbox reference of a new card that says the first of these: a key and a number.

    A notice that needs more than its row keeps is left out: the card could not be worded.
    """
    if not notices:
        return "new"
    key, args = notices[0].key, notices[0].args
    if key in BRIEFLY:
        return f"new:{BRIEFLY[key]}:0"
    return "new" if args.keys() - {"n", "numbers"} else f"new:{key}:{args.get('n', 0)}"
