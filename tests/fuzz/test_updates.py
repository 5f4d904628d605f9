"""Bent updates: whatever comes in the name of Telegram is taken, passed over or set aside."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

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
from tests.fuzz.found_before import found
from tests.fuzz.odd import odd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversation import Conversation
    from storage.database import Database

READ, TAKEN, AT_ONCE = 96_000, {"sqlite": 3_000, "postgresql": 1_000}, 50
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


async def test_a_bent_update_is_read_soundly_or_not_at_all() -> None:
    rnd = chance("bent updates")
    valid = await updates.corpus()
    came: Counter[str] = Counter()
    for number in range(times(READ * 3 // 4)):
        raw = as_sent(updates.bent(rnd, rnd.choice(valid), valid))
        raw["update_id"] = number
        try:
            incoming = read(raw)
        except Exception as error:  # noqa: BLE001 - such an update is set aside
            came[f"unreadable, {type(error).__name__}"] += 1
            continue
        came["passed over" if incoming is None else type(incoming.said).__name__] += 1
        assert incoming is None or is_sound(incoming), pasted(raw)
    print(came)  # noqa: T201 - shown where a test fails
    assert {"Typed", "Pressed", "Asked", "Unreadable", "Uploaded", "passed over"} <= came.keys()
    unread = sum(n for what, n in came.items() if what.startswith("unreadable"))
    assert unread < came.total() / 3


async def test_odd_parts_beside_those_that_are_read_set_no_update_aside() -> None:
    rnd = chance("odd parts")
    valid = await updates.corpus()
    for number in range(times(READ // 4)):
        raw = as_sent(updates.bent_beside(rnd, rnd.choice(valid)))
        raw["update_id"] = number
        incoming = None
        try:
            incoming = read(raw)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is too much
            pytest.fail(f"{error!r}\n{pasted(raw)}")
        assert incoming is None or is_sound(incoming), pasted(raw)


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

    async def take(self, incoming: list[Incoming]) -> list[Outcome]:
        return await self.talk.take(incoming)

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


@pytest.fixture
def storm(talk: Conversation, database: Database) -> Storm:
    talk.told = frozenset({"telegram"})
    return Storm(talk, database)


@pytest.mark.timeout(1200)
async def test_after_a_storm_everybody_can_go_on_and_sees_their_own(
    storm: Storm, database_url: str
) -> None:
    rnd = chance(f"storm {database_url.partition('+')[0]}")
    valid = await updates.corpus()
    number = times(TAKEN[database_url.partition("+")[0]])
    async with storm.database.writing() as tx:
        owner = "telegram", str(updates.PEOPLE[0]), "owner"
        await appointments.appoint(tx, Settings(), *owner, origin="code")
    begun = [updates.words(each, text) for each in updates.PEOPLE for text in
             ("/start", f"/take {rnd.choice(updates.INSTRUMENTS)}")]  # fmt: skip
    await storm.blows(begun)
    for _ in range(number // AT_ONCE):
        live = {each: await storm.keys(each) for each in rnd.sample(updates.PEOPLE, 5)}
        raws = []
        for _ in range(AT_ONCE):
            if rnd.random() < 0.5:
                raws.append(updates.bent(rnd, rnd.choice(valid), valid))
                continue
            person = rnd.choice(list(live))
            raw = updates.press(person, rnd.choice(live[person] or [""]), -1)
            if rnd.random() < 0.4:
                raw = updates.signed(updates.words(person, updates.said(rnd)))
            raws.append(raw)
        await storm.blows(raws)
        assert not storm.broke, pasted(storm.broke)

    print(storm.aside)  # noqa: T201 - shown where a test fails
    for person in updates.PEOPLE:
        seen = await storm.shown(person)
        others = {updates.word_of(each) for each in updates.PEOPLE if each != person}
        assert not [each for each in others if each in seen], (person, seen)
        await goes_on(storm, person)


async def goes_on(storm: Storm, person: int) -> None:
    """Somebody presses what the newest card shows, three cards long."""
    for _ in range(3):
        keys = await storm.keys(person)
        assert keys, person
        outcomes = []
        for data in keys:
            outcomes.append(await storm.press(person, data))
            if not outcomes[-1].refused:
                break
        assert not outcomes[-1].refused, (person, keys, outcomes)
        assert len(outcomes) == 1 or all("moved on" not in str(o.notices) for o in outcomes)


@pytest.mark.parametrize("kept", found("updates"), ids=lambda each: each["why"])
async def test_an_update_that_was_once_too_much_is_taken_or_set_aside(
    storm: Storm, kept: dict[str, Any]
) -> None:
    await storm.blows([kept["update"]])

    assert storm.aside == ({"unreadable": 1} if kept["unreadable"] else {})
