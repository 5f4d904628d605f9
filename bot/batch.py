"""What is taken in one transaction: people who only answer are read together and kept together.

Most of what anybody does is an answer to the draft of a survey that is theirs alone. Such people
are looked up in a few statements for all of them, decided on in memory, and kept in a few more;
whatever else somebody does is done beside that, one after the other, and the database is asked
each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from bot import live
from bot.channels import Pressed, Typed
from bot.showing import shown_to
from storage import outbox, people, rounds, sessions
from storage.database import lock_people
from storage.sessions import Changed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bot.channels import Incoming, Shown
    from bot.house import House
    from flows.instrument import Instrument
    from flows.rounds import Round
    from flows.session import Session
    from storage.database import Tx
    from storage.people import LiveCard, Participant
    from storage.sessions import Kept

    _Somebody: TypeAlias = tuple[Participant, LiveCard | None]

Door: TypeAlias = tuple[str, str]
"""A channel, and an address there."""


@dataclass(slots=True)
class Answering:
    """Somebody who answers a draft of their own, as things stand in the middle of a batch."""

    person: Participant
    instrument: Instrument
    kept: Kept
    stands: LiveCard | None
    """The message on which their live card was shown."""
    changed: Changed | None = None
    """The draft as it is still to be kept."""

    def becomes(self, session: Session, day: int, update_id: int | None) -> None:
        """Their draft is this from now on, and still to be kept."""
        read = self.kept if self.changed is None else self.changed.read
        self.changed = Changed(self.person.id, session, read, day, update_id)
        newest = update_id or 0
        self.kept = replace(self.kept, session=session, newest_update=newest, seen_on=day)

    def shown(self, house: House, note: str = "") -> Shown:
        """Their card as it is now, to be shown after the commit; ``note`` is as for
        ``Conversation.redrawn``.
        """
        card = live.drawn(house, self.instrument, self.kept)
        return shown_to(self.person, live.noted(card, note) if note else card, None, self.kept)


@dataclass(slots=True)
class Batch:
    """The transaction, who is known to answer in it, and which cards it puts before people."""

    house: House
    tx: Tx
    answering: dict[Door, Answering] = field(default_factory=dict)
    cards: dict[Door, str] = field(default_factory=dict)
    """How the live card is to be shown at a door, as the outbox keeps it."""
    free: set[Door] = field(default_factory=set)
    """Doors at which nothing was being said when it was looked who is there: so the live card that
    was found there is the one that somebody sees.
    """
    _rounds: dict[tuple[str, str], Round | None] = field(default_factory=dict)

    async def look(self, doors: Collection[Door]) -> None:
        """See who at these doors has a draft of their own."""
        self.forget()
        await lock_people(self.tx, [f"{channel}:{address}" for channel, address in doors])
        found = await self.there(doors)
        if await lock_people(self.tx, {who.id for who, _ in found.values()}):
            # Between the look and the lock somebody may have forgotten or moved them.
            found = await self.there(doors)
        await self._open(found)

    async def there(self, doors: Iterable[Door]) -> dict[Door, _Somebody]:
        """Who stands at these doors, and on which message their live card; notes which are free."""
        by_channel: dict[str, set[str]] = {}
        for channel, address in doors:
            by_channel.setdefault(channel, set()).add(address)
        found: dict[Door, _Somebody] = {}
        for channel, addresses in by_channel.items():
            # Asked first: what is being said now may be said, and stand elsewhere, a moment later.
            busy = await outbox.busy(self.tx, channel, addresses)
            self.free |= {(channel, each) for each in addresses - busy}
            there = await people.at_addresses(self.tx, channel, addresses)
            found |= {(channel, address): somebody for address, somebody in there.items()}
        return found

    async def _open(self, there: Mapping[Door, _Somebody]) -> None:
        known = {each.person.id for each in self.answering.values()}  # at two doors at once
        people_here = {who.id for who, _ in there.values()} - known
        drafts = await sessions.own_drafts(self.tx, self.house.keys, people_here)
        for door, (person, stands) in there.items():
            kept = drafts.pop((person.id, person.instrument or ""), None)
            installed = self.house.shelf.get(person.instrument or "")
            if kept is None or installed is None or installed.kind != "survey" or person.asking:
                continue
            edition = kept.session.edition
            pinned = await self.house.shelf.edition(self.tx, installed.id, edition)
            self.answering[door] = Answering(person, pinned, kept, stands)

    async def round(self, instrument: str, name: str) -> Round | None:
        """The round of this name, read once for all who answer."""
        if (instrument, name) not in self._rounds:
            self._rounds[instrument, name] = await rounds.get(self.tx, instrument, name)
        return self._rounds[instrument, name]

    def show(self, door: Door, card_is: str) -> None:
        """Have the live card be shown at a door; one that was to be sent anew stays so."""
        if not (self.cards.get(door, "").startswith("new") and card_is == "edit"):
            self.cards[door] = card_is

    async def part_with(self, door: Door) -> None:
        """Keep what somebody changed, and know nothing of them from here on: what they do now is
        more than an answer.
        """
        gone = self.answering.pop(door, None)
        if gone is not None and gone.changed is not None:
            await self._save([gone.changed])

    async def keep(self) -> None:
        """Keep everything that was changed."""
        await self._save([each.changed for each in self.answering.values() if each.changed])
        for each in self.answering.values():
            each.changed = None

    def forget(self) -> None:
        """Know nothing from here on that could have become something else; all is kept before."""
        self.answering.clear()
        self.free.clear()
        self._rounds.clear()

    async def _save(self, changed: Sequence[Changed]) -> None:
        await sessions.save_all(self.tx, self.house.keys, changed, self.house.universe.day())


def only_answered(incoming: Iterable[Incoming]) -> set[Door]:
    """The doors at which nothing is done that could be more than an answer."""
    doors: set[Door] = set()
    others: set[Door] = set()
    for each in incoming:
        (doors if _answers(each) else others).add((each.channel, each.address))
    return doors - others


def _answers(incoming: Incoming) -> bool:
    match incoming.said:
        case Pressed(code):
            return not code.startswith("k:")
        case Typed(to=None):
            return True
    return False
