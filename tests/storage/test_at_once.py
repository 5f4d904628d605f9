"""What several do at the same time comes out as if they had done it one after the other."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from flows.session import Place, Session
from storage import definitions, invitations, outbox, participation, people, schema, sessions
from storage.database import Database
from storage.people import LiveCard

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from storage.database import Tx
    from storage.keys import Keys

T = TypeVar("T")
DOOR = ("telegram", "1")


async def at_once(database: Database, work: Callable[[Tx, int], Awaitable[T]]) -> list[T]:
    """What came of eight transactions that were begun together."""

    async def one(number: int) -> T:
        async with database.writing() as tx:
            return await work(tx, number)

    return await asyncio.gather(*(one(number) for number in range(8)))


async def arrived(database: Database) -> None:
    async with database.writing() as tx:
        await people.arrive(tx, *DOOR, "en", new_id="p", secret=b"s")


async def test_instances_that_start_together_keep_one_definition(database: Database) -> None:
    await at_once(database, lambda tx, _: definitions.keep(tx, "tea", "1", "digest", "{}"))

    async with database.reading() as tx:
        assert await definitions.body(tx, "tea", "1") == "{}"


async def test_whoever_begins_twice_at_once_has_begun(database: Database) -> None:
    await arrived(database)

    await at_once(database, lambda tx, _: participation.begin(tx, "p", "tea", "open"))

    async with database.reading() as tx:
        assert await participation.counts(tx, "tea", "open") == {"begun": 1}


async def test_no_more_tries_count_than_are_allowed(database: Database) -> None:
    allowed = await at_once(
        database, lambda tx, _: invitations.may_try(tx, "door", 100, window=60, limit=3)
    )

    assert sum(allowed) == 3


async def test_of_many_new_sessions_one_is_kept_and_the_others_hear_of_it(
    database: Database,
    keys: Keys,
) -> None:
    await arrived(database)

    async def save(tx: Tx, number: int) -> bool:
        new = Session("tea", "1", Place("introduction"), last=f"q{number}")
        try:
            return await sessions.save(tx, keys, "p", new, None, now=0) == 1
        except sessions.Conflict:
            return False

    assert sum(await at_once(database, save)) == 1


async def test_a_code_is_taken_once(database: Database) -> None:
    await arrived(database)
    async with database.writing() as tx:
        await invitations.put_code(tx, b"code", "p", 100)

    taken = await at_once(database, lambda tx, _: invitations.take_code(tx, b"code", 1))

    assert sorted(each for each in taken if each) == ["p"]


async def test_of_two_cards_shown_at_once_one_is_live(database: Database) -> None:
    await arrived(database)

    await at_once(
        database, lambda tx, number: people.set_cards(tx, DOOR[0], {DOOR[1]: LiveCard(number, 1)})
    )

    async with database.reading() as tx:
        assert await people.card_at(tx, *DOOR) is not None


async def test_a_card_shown_while_its_person_is_forgotten_is_forgotten_too(
    postgresql_url: str,
) -> None:
    """On SQLite the one who forgets waits from the start: there is one writer."""
    schema.upgrade(postgresql_url)
    database = await Database.open(postgresql_url)
    await arrived(database)

    async def forget() -> None:
        async with database.writing() as tx:
            await people.forget(tx, "p")

    async with database.writing() as tx:
        await people.set_cards(tx, DOOR[0], {DOOR[1]: LiveCard(5, 1)})
        forgetting = asyncio.create_task(forget())
        await asyncio.wait({forgetting}, timeout=0.5)
        assert not forgetting.done()
    await forgetting

    async with database.reading() as tx:
        assert await people.card_at(tx, *DOOR) is None
        assert await people.at_address(tx, *DOOR) is None
    await database.close()


async def test_several_senders_keep_the_order_of_each_address(database: Database) -> None:
    async with database.writing() as tx:
        for reference in ("a", "b", "c"):
            for number in range(12):
                await outbox.put(tx, DOOR[0], str(number), "page", reference, lane=0, now=0)
    said = defaultdict(list)

    async def sender(name: str) -> None:
        while True:
            async with database.writing() as tx:
                mine = await outbox.claim(tx, now=1, claim=name, lease=60, limit=3)
                if not mine and await outbox.next_due(tx) is None:
                    return
            for due in mine:
                said[due.address].append(due.reference)
                async with database.writing() as tx:
                    await outbox.done(tx, (due.id, name))
            await asyncio.sleep(0)

    await asyncio.gather(*(sender(name) for name in "wxyz"))

    assert len(said) == 12
    assert all(order == ["a", "b", "c"] for order in said.values())
