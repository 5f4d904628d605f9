"""Bent updates blown into a real conversation, and what is looked at afterwards."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from bot.channels import Asked, Incoming, Outcome, Pressed, Typed, Unreadable, Uploaded
from bot.channels.telegram_intake import _is_update, _parsed
from bot.channels.telegram_layout import lay_out
from bot.channels.telegram_reading import read
from bot.channels.telegram_updates import Intake
from bot.fieldwork import appointments
from bot.fieldwork.contacts import HEADER
from bot.settings import Settings
from storage import ledger
from tests.fuzz import updates
from tests.fuzz.chance import chance, pasted, times
from tests.fuzz.odd import odd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversation import Conversation
    from storage.database import Database

BENT, AT_ONCE = 96_000, 100
FIRST = 5_000
LARGEST = 2**63 - 1


def as_sent(raw: dict[str, Any]) -> dict[str, Any]:
    """The update as it comes over the wire: half characters and all."""
    return _parsed(json.dumps(raw).encode())


def is_sound(incoming: Incoming) -> bool:
    """Whether every part is of the kind that the conversation counts on."""
    said = incoming.said
    words = {
        Pressed: lambda: (said.code, said.stamp),
        Typed: lambda: (said.text,),
        Asked: lambda: (said.command.name, said.command.argument),
        Unreadable: lambda: (said.kind,),
        Uploaded: lambda: (said.name, said.reference),
    }[type(said)]()
    number = int(incoming.address)
    on = getattr(said, "on", None)
    return (
        all(type(each) is str for each in words)
        and str(number) == incoming.address
        and abs(number) <= LARGEST
        and (on is None or (type(on) is int and abs(on) <= LARGEST))
        and (incoming.language is None or type(incoming.language) is str)
        and type(incoming.update_id) is int
    )


@dataclass
class Storm:
    """The intake over a real conversation, and what it could not take."""

    talk: Conversation
    database: Database
    aside: Counter[str] = field(default_factory=Counter)
    broke: list[dict[str, Any]] = field(default_factory=list)
    last: dict[int, dict[str, Any]] = field(default_factory=dict)
    next_id: int = FIRST
    rnd: random.Random = field(default_factory=lambda: chance("documents"))

    taken: int = 0
    came: Counter[str] = field(default_factory=Counter)
    """What was read, by kind."""
    chats: set[int] = field(default_factory=lambda: set(updates.PEOPLE))
    """In which something was taken."""

    async def take(self, incoming: list[Incoming]) -> list[Outcome]:
        assert all(map(is_sound, incoming))
        outcomes = await self.talk.take(incoming)
        self.came.update(type(each.said).__name__ for each in incoming)
        self.chats |= {int(each.address) for each in incoming}
        return outcomes

    async def set_aside(self, update_id: int, reason: str) -> None:
        self.aside[reason] += 1
        if reason != "unreadable":
            self.broke.append(self.last[update_id])
        async with self.database.writing() as tx:
            await ledger.set_aside(tx, update_id, reason, 1)

    async def answer(self, query: object, text: str = "", *, alert: bool = False) -> None:
        assert alert is bool(text)
        assert type(query) is str
        assert type(text) is str

    async def fetch(self, incoming: Incoming) -> Incoming:
        """A document holds something odd, where anybody may send one."""
        said = incoming.said
        expected = await self.talk.expects_file(incoming.channel, incoming.address)
        if not (isinstance(said, Uploaded) and expected):
            return incoming
        head, row = ",".join(HEADER), ",".join(odd(self.rnd) for _ in range(4))
        content = self.rnd.choice((odd(self.rnd), f"{head}\n{row},a,\nA,B,a@b.example,en,,\n"))
        return replace(incoming, said=replace(said, content=content.encode(errors="replace")))

    async def blows(self, raws: Sequence[dict[str, Any]]) -> None:
        self.taken += len(raws)
        intake = Intake(self.take, self.set_aside, self.answer, self.fetch)
        numbered = []
        for raw in raws:
            sent = as_sent(raw)
            if not _is_update(sent) or sent["update_id"] >= updates.FIRST_OF_STAND_IN:
                sent["update_id"] = self.next_id
                self.next_id += 1
            self.last[sent["update_id"]] = sent
            numbered.append(sent)
        await intake.receive(numbered)
        await intake.close()

    async def press(self, person: int, data: str) -> Outcome:
        """What comes of a press on the card of somebody."""
        raw = updates.press(person, data, self.next_id)
        self.next_id += 1
        incoming = read(raw)
        assert incoming is not None
        (outcome,) = await self.talk.take([incoming])
        return outcome

    async def keys(self, person: int) -> list[str]:
        """What the buttons of the card carry that somebody should see now."""
        shown = await self.talk.current("telegram", str(person))
        return [data for row in lay_out(shown).keyboard for _, data in row]

    async def shown(self, person: int) -> str:
        """Everything that somebody is shown."""
        door = "telegram", str(person)
        pages = [await self.talk.page(*door, each) for each in ("mydata", "help", "work")]
        cards = [await self.talk.current(*door), *pages]
        return " ".join(repr(each.card) for each in cards)

    async def begins(self) -> None:
        """One of the people keeps the desk; everybody has an instrument before them."""
        async with self.database.writing() as tx:
            owner = "telegram", str(updates.PEOPLE[0]), "owner"
            await appointments.appoint(tx, Settings(), *owner, origin="code")
        for number, each in enumerate(updates.PEOPLE):
            chosen = updates.INSTRUMENTS[number % len(updates.INSTRUMENTS)]
            await self.blows([updates.words(each, text) for text in ("/start", f"/take {chosen}")])

    async def ends(self) -> None:
        """Everybody can go on, and sees what is theirs."""
        print(self.came, self.aside)  # noqa: T201 - shown where a test fails
        for person in updates.PEOPLE:
            seen = await self.shown(person)
            others = {updates.word_of(each) for each in updates.PEOPLE if each != person}
            assert not [each for each in others if each in seen], (person, seen)
        for chat in sorted(self.chats):
            await self.goes_on(chat)

    async def goes_on(self, person: int) -> None:
        """Somebody presses what the newest card shows, three cards long."""
        for _ in range(3):
            keys = await self.keys(person)
            assert keys, person
            outcomes = []
            for data in keys:
                outcomes.append(await self.press(person, data))
                if not outcomes[-1].refused:
                    break
            assert not outcomes[-1].refused, (person, keys, outcomes)
            assert len(outcomes) == 1 or all("moved on" not in str(o.notices) for o in outcomes)


PARTS: Final = 6
"""In so many houses, one after the other: half of them in a file of its own, for another core."""


async def taken_in_part(storm: Storm, part: int) -> None:
    """Thousands of bent updates, and beside them some that people do, so that there is something to
    be spoilt; a few have odd parts only where nobody reads, and none of these is set aside.
    """
    rnd = chance(f"bent updates {part}")
    valid = await updates.corpus()
    await storm.begins()
    for number in range(times(BENT // PARTS) // AT_ONCE):
        live = {each: await storm.keys(each) for each in rnd.sample(updates.PEOPLE, 3)}
        await storm.blows(
            [updates.press(each, rnd.choice(keys), -1) for each, keys in live.items()]
        )
        aside = storm.aside.total()
        if number % 4:
            await storm.blows([updates.bent(rnd, rnd.choice(valid), valid) for _ in range(AT_ONCE)])
        else:
            odd_ones = [updates.bent_beside(rnd, rnd.choice(valid)) for _ in range(AT_ONCE)]
            await storm.blows(odd_ones)
            assert storm.aside.total() == aside, pasted(odd_ones)
        assert not storm.broke, pasted(storm.broke)
    assert {"Typed", "Pressed", "Asked", "Unreadable", "Uploaded"} <= storm.came.keys()
    assert storm.aside["unreadable"] < storm.taken / 3
    await storm.ends()
