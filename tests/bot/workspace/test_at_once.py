"""Fifty people edit one assessment at once: nobody's edit is lost, whoever is late is told so."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from flows.actions import Go, Tick
from flows.navigation import item_place
from flows.session import Answer
from flows.trail import answers_at, broken
from storage import assessments, claims, trail
from storage import people as people_
from storage.claims import Overtaken
from tests.bot.workspace.companies import BENCHMARK, Person
from tests.companies import company_of

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from storage.database import Database
    from tests.bot.workspace.companies import Company

PEOPLE = 50
INTERLEAVINGS = 10_000
ITEMS = ("1.1", "4.1", "14.1")
PRESSES = 600


def seeded() -> random.Random:
    seed = int(os.environ.get("ASSAY_SEED") or random.SystemRandom().randrange(10**6))
    sys.stderr.write(f"replay with ASSAY_SEED={seed}\n")
    return random.Random(seed)


@pytest.mark.timeout(600)
async def test_of_ten_thousand_interleaved_edits_none_is_lost(database: Database) -> None:
    """Each of fifty reads an item, lets others go first, and sets it: two edits that were made of
    the same answer are one too many.
    """
    chance = seeded()
    async with database.writing() as tx:
        await people_.arrive(tx, "web", "o", "en", new_id="o", secret=b"s")
        of = await assessments.begin(tx, await company_of(tx, "o"), BENCHMARK, "2014")
    accepted: dict[str, list[tuple[int, str]]] = defaultdict(list)
    refused = 0

    async def editor(number: int) -> None:
        nonlocal refused
        for turn in range(INTERLEAVINGS // PEOPLE):
            item = chance.choice(ITEMS)
            async with database.reading() as tx:
                seen = (await claims.of(tx, of.id)).get(item)
            for _ in range(chance.randrange(3)):
                await asyncio.sleep(0)
            said = Answer(comment=f"{number}:{turn}")
            try:
                async with database.writing() as tx:
                    await claims.put(tx, of.id, item, said, base=seen, member=number, at=turn)
            except Overtaken:
                refused += 1
            else:
                accepted[item].append((seen.revision if seen else 0, said.comment))

    await asyncio.gather(*(editor(number) for number in range(1, PEOPLE + 1)))

    async with database.reading() as tx:
        kept = await claims.of(tx, of.id)
    assert sum(map(len, accepted.values())) + refused == INTERLEAVINGS
    assert refused, "the edits did meet"
    for item, edits in accepted.items():
        assert sorted(base for base, _ in edits) == list(range(len(edits)))
        assert kept[item].revision == len(edits)
        assert kept[item].answer.comment == max(edits)[1]


@dataclass
class Editor:
    """One of the fifty, with what they saw of each item when they last looked."""

    person: Person
    who: str = ""
    seen: dict[str, int] = field(default_factory=dict)
    accepted: list[tuple[str, int]] = field(default_factory=list)
    """Item, and its revision as this person saw it."""


@pytest.mark.timeout(600)
async def test_whoever_presses_on_what_a_colleague_changed_is_refused(
    acme: Company, talk: Conversation
) -> None:
    """Through the chat itself: no press counts that was made on a card from before a colleague's
    change to the same criterion.
    """
    chance = seeded()
    names = [f"Colleague {number}" for number in range(PEOPLE - 1)]
    editors = [Editor(acme.owner), *[Editor(await acme.invites(each, each)) for each in names]]
    for each in editors:
        each.who = (await each.person.member()).who

    async def lives(each: Editor) -> None:
        for _ in range(PRESSES // PEOPLE):
            item = chance.choice(ITEMS)
            await each.person.presses(Go(item_place(item)))
            shown = await each.person.sees()
            claim = (await each.person.kept()).claims.get(item)
            fresh = await each.person.sees()
            if fresh.stamp != shown.stamp:
                continue  # somebody came between the card and the count of it
            row = chance.choice(acme.instrument.item(item).rows).id
            on = claim is None or row not in claim.answer.chosen
            outcome = await each.person.presses(Tick(item, row, on=on), shown=shown)
            if not outcome.refused:
                each.accepted.append((item, 0 if claim is None else claim.revision))

    await asyncio.gather(*map(lives, editors))

    of = await acme.assessment()
    async with talk.database.reading() as tx:
        whole = await trail.of_assessment(tx, of.id)
        deeds = [each for each in await trail.of_assessment(tx, of.id) if each.act == "answered"]
    assert broken(whole) is None
    assert answers_at(deeds) == await acme.answered()
    assert len(deeds) == sum(len(each.accepted) for each in editors)
    history = {item: [deed.who for deed in deeds if deed.item == item] for item in ITEMS}
    for each in editors:
        for item in ITEMS:
            theirs = [n for n, who in enumerate(history[item]) if who == each.who]
            bases = [base for of_item, base in each.accepted if of_item == item]
            for position, base in zip(theirs, bases, strict=True):
                between = set(history[item][base:position]) - {each.who}
                assert not between, f"{each.who} wrote over what {between} had just set"
