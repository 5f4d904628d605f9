"""What is remembered comes back, once, and only to whom it belongs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from flows.session import Answer, Place, Session
from storage import (
    definitions,
    in_hand,
    invitations,
    ledger,
    outbox,
    participation,
    people,
    sessions,
)
from storage.contacts import Contact
from storage.location import StorageError
from storage.outbox import REMINDERS, Due
from storage.people import LiveCard
from tests import companies
from tests.invited import invited

if TYPE_CHECKING:
    from storage.database import Database, Tx
    from storage.keys import Keys

SURVEY = "tea"
ROUND = "open"
CONTACT = Contact("Anna", "ACME", "anna@example.org", "en", "", "2021-11-23")


async def arrived(tx: Tx, door: str = "1", new_id: str = "p1") -> people.Participant:
    return await people.arrive(tx, "telegram", door, "en", new_id=new_id, secret=b"s")


async def key_ids(tx: Tx) -> list[str]:
    return list((await tx.execute(text("SELECT key_id FROM session"))).scalars())


def a_session(**answers: Answer) -> Session:
    return Session(SURVEY, "1", Place("item", "q1"), answers)


async def test_whoever_comes_again_is_known(database: Database) -> None:
    async with database.writing() as tx:
        first = await arrived(tx)
        again = await arrived(tx, new_id="other")
        await people.set_language(tx, "p1", "zh")
        await people.set_instrument(tx, "p1", SURVEY)

    async with database.reading() as tx:
        now = await people.at_address(tx, "telegram", "1")
    assert again == first
    assert now == people.Participant("p1", "zh", SURVEY, b"s")


async def test_a_door_taken_over_leaves_nobody_behind(database: Database) -> None:
    async with database.writing() as tx:
        await arrived(tx)
        await arrived(tx, "2", "p2")
        await people.move_address(tx, "telegram", "2", "p1")

    async with database.reading() as tx:
        assert await people.get(tx, "p2") is None
        assert set(await people.addresses(tx, "p1")) == {("telegram", "1"), ("telegram", "2")}


async def test_a_door_taken_over_brings_what_was_begun_there(
    database: Database, keys: Keys
) -> None:
    async with database.writing() as tx:
        await arrived(tx)
        await arrived(tx, "2", "p2")
        for instrument in ("tea", "coffee"):
            begun = replace(a_session(q1=Answer(text="theirs")), instrument=instrument)
            await sessions.save(tx, keys, "p2", begun, None, now=0)
        await sessions.save(tx, keys, "p1", a_session(q1=Answer(text="mine")), None, now=0)
        await people.move_address(tx, "telegram", "2", "p1")

        kept = [await sessions.load(tx, keys, "p1", each) for each in ("tea", "coffee")]
        assert [each and each.session.answers["q1"].text for each in kept] == ["mine", "theirs"]
        assert await people.get(tx, "p2") is None
        assert await sessions.open_instruments(tx, "p2") == ()


async def test_a_card_of_somebody_forgotten_meanwhile_is_not_remembered(
    database: Database,
) -> None:
    async with database.writing() as tx:
        await people.set_cards(tx, "telegram", {"1": LiveCard(5, 9)})

        assert await people.card_at(tx, "telegram", "1") is None


async def test_a_live_card_is_replaced_and_forgotten(database: Database) -> None:
    async with database.writing() as tx:
        await arrived(tx)
        await people.set_cards(tx, "telegram", {"1": LiveCard(5, 9)})
        await people.set_cards(tx, "telegram", {"1": LiveCard(2**40, 10)})
        assert await people.card_at(tx, "telegram", "1") == LiveCard(2**40, 10)
        await people.set_cards(tx, "telegram", {"1": None})
        assert await people.card_at(tx, "telegram", "1") is None


async def test_forgetting_leaves_no_row_of_the_person(database: Database, keys: Keys) -> None:
    async with database.writing() as tx:
        await arrived(tx)
        await sessions.save(tx, keys, "p1", a_session(q1=Answer(text="secret")), None, now=0)
        await participation.begin(tx, "p1", SURVEY, ROUND)
        await companies.sent(tx, "p1", SURVEY, "1", {}, at=1)
        await invitations.put_code(tx, b"code", "p1", 99)
        await invited(tx, CONTACT, SURVEY, b"token", expires_at=99)
        await invitations.redeem(tx, b"token", "p1", 1)
        await outbox.put(tx, "telegram", "1", "card", "edit", lane=0, now=1)
        await people.set_cards(tx, "telegram", {"1": LiveCard(5, 9)})

        await people.forget(tx, "p1")

        assert await people.at_address(tx, "telegram", "1") is None
        assert await sessions.load(tx, keys, "p1", SURVEY) is None
        assert await participation.state(tx, "p1", SURVEY, ROUND) is None
        assert await outbox.next_due(tx) is None
        assert await people.card_at(tx, "telegram", "1") is None
        await arrived(tx, new_id="p2")
        assert await invitations.redeem(tx, b"token", "p2", 1) is None


async def test_a_session_comes_back_as_it_was_saved(database: Database, keys: Keys) -> None:
    kept = a_session(q1=Answer(chosen=("q1a",), comment="测试 <b>"))
    async with database.writing() as tx:
        await arrived(tx)
        await sessions.save(tx, keys, "p1", kept, None, now=0)

    async with database.reading() as tx:
        assert await sessions.load(tx, keys, "p1", SURVEY) == sessions.Kept(
            kept, 1, ROUND, 0, key_id=(await key_ids(tx))[0]
        )
        assert await sessions.open_instruments(tx, "p1") == (SURVEY,)


async def test_a_session_read_before_somebody_elses_save_is_not_saved(
    database: Database, keys: Keys
) -> None:
    async with database.writing() as tx:
        await arrived(tx)
        await sessions.save(tx, keys, "p1", a_session(), None, now=0)
        read = await sessions.load(tx, keys, "p1", SURVEY)
        await sessions.save(tx, keys, "p1", a_session(q1=Answer(text="first")), read, now=0)

        with pytest.raises(sessions.Conflict):
            await sessions.save(tx, keys, "p1", a_session(q1=Answer(text="second")), read, now=0)

        found = await sessions.load(tx, keys, "p1", SURVEY)
        assert found is not None
        assert found.session.answers["q1"].text == "first"


async def test_participation_climbs_and_never_falls(database: Database) -> None:
    async with database.writing() as tx:
        await arrived(tx)
        assert not await participation.finish(tx, "p1", SURVEY, ROUND)
        await participation.begin(tx, "p1", SURVEY, ROUND)
        await participation.invite(tx, "p1", SURVEY, ROUND)
        assert await participation.state(tx, "p1", SURVEY, ROUND) == "begun"
        assert await participation.finish(tx, "p1", SURVEY, ROUND)
        await participation.begin(tx, "p1", SURVEY, ROUND)
        assert await participation.counts(tx, SURVEY, ROUND) == {"finished": 1}


async def test_of_many_who_finish_at_once_one_does(database: Database) -> None:
    async with database.writing() as tx:
        await arrived(tx)
        await participation.begin(tx, "p1", SURVEY, ROUND)

    async def finish() -> bool:
        async with database.writing() as tx:
            return await participation.finish(tx, "p1", SURVEY, ROUND)

    assert sum(await asyncio.gather(*(finish() for _ in range(8)))) == 1


async def test_an_assessment_is_frozen_version_by_version(database: Database) -> None:
    answers = {"1.1": Answer(chosen=("1.1b",))}
    async with database.writing() as tx:
        await arrived(tx)
        first = await companies.sent(tx, "p1", "b", "1", answers, at=1)
        second = await companies.sent(tx, "p1", "b", "1", {"1.1": Answer(none=True)}, at=2)

        assert await companies.latest(tx, "p1", "b") == second
    assert (first.version, second.version) == (1, 2)
    assert first.digest != second.digest


async def test_an_edition_keeps_its_wording(database: Database) -> None:
    async with database.writing() as tx:
        await definitions.keep(tx, SURVEY, "1", "digest", "{}")
        await definitions.keep(tx, SURVEY, "1", "digest", "{}")
        with pytest.raises(StorageError, match="give what was changed a new edition"):
            await definitions.keep(tx, SURVEY, "1", "other", "{ }")
        assert await definitions.body(tx, SURVEY, "1") == "{}"
        assert await definitions.body(tx, SURVEY, "2") is None


async def test_an_update_is_taken_once_until_it_is_forgotten(database: Database) -> None:
    async with database.writing() as tx:
        assert await ledger.first_times(tx, [2**33, 2**33], 10) == {2**33}
        assert await ledger.first_times(tx, [2**33, 7], 10) == {7}
        await ledger.set_aside(tx, 6, "malformed", 10)
        assert not await ledger.first_times(tx, [6], 10)
        assert await ledger.set_aside_count(tx) == 1
        assert await ledger.forget_before(tx, 11) == 3
        assert await ledger.first_times(tx, [2**33], 11)


async def test_of_many_who_open_one_link_one_gets_in(database: Database) -> None:
    async with database.writing() as tx:
        await invited(tx, CONTACT, SURVEY, b"t", expires_at=99)
        for number in range(6):
            await arrived(tx, str(number), f"p{number}")

    async def redeem(number: int) -> bool:
        async with database.writing() as tx:
            return await invitations.redeem(tx, b"t", f"p{number}", 1) is not None

    assert sum(await asyncio.gather(*(redeem(number) for number in range(6)))) == 1


async def test_a_link_opens_again_for_whoever_opened_it_and_for_nobody_late(
    database: Database,
) -> None:
    async with database.writing() as tx:
        await arrived(tx)
        for token, expires in ((b"good", 99), (b"late", 10)):
            contact = replace(CONTACT, email=f"{token.hex()}@example.org")
            await invited(tx, contact, SURVEY, token, expires_at=expires)
        opened = await invitations.redeem(tx, b"good", "p1", 50)
        assert opened == invitations.Redeemed(SURVEY, ROUND, "en")
        assert await invitations.redeem(tx, b"good", "p1", 500) == opened
        assert await invitations.redeem(tx, b"late", "p1", 50) is None
        assert await invitations.redeem(tx, b"wrong", "p1", 50) is None


async def test_a_code_is_good_once_and_in_time_and_replaces_the_one_before(
    database: Database,
) -> None:
    async with database.writing() as tx:
        await arrived(tx)
        await invitations.put_code(tx, b"old", "p1", 100)
        await invitations.put_code(tx, b"new", "p1", 100)
        assert await invitations.take_code(tx, b"old", 1) is None
        assert await invitations.take_code(tx, b"new", 100) is None
        assert await invitations.take_code(tx, b"new", 99) == "p1"
        assert await invitations.take_code(tx, b"new", 99) is None
        await invitations.put_code(tx, b"next", "p1", 100)
        await invitations.purge(tx, 100, 10)
        assert await invitations.take_code(tx, b"next", 1) is None


async def test_tries_are_counted_within_their_window(database: Database) -> None:
    async with database.writing() as tx:
        tries = [await invitations.may_try(tx, "door", 100, window=60, limit=3) for _ in range(4)]
        assert tries == [True, True, True, False]
        assert await invitations.may_try(tx, "other door", 100, window=60, limit=3)
        assert await invitations.may_try(tx, "door", 160, window=60, limit=3)


async def put(tx: Tx, address: str, kind: str = "page", reference: str = "help", **at: int) -> None:
    row = {"lane": 0, "now": 0, **at}
    await outbox.put(tx, "telegram", address, kind, reference, **row)


async def claimed(tx: Tx, now: int = 10, claim: str = "c1", limit: int = 9) -> list[Due]:
    return await outbox.claim(tx, now=now, claim=claim, lease=60, limit=limit)


async def test_each_address_is_told_one_thing_after_the_other(database: Database) -> None:
    async with database.writing() as tx:
        await put(tx, "1", reference="a")
        await put(tx, "1", reference="b")
        await put(tx, "2", reference="c")
        first = await claimed(tx)
        assert [each.reference for each in first] == ["a", "c"]
        assert await claimed(tx, claim="c2") == []
        await outbox.done(tx, (first[0].id, "c1"))
        assert [each.reference for each in await claimed(tx, claim="c3")] == ["b"]


async def test_redraws_that_wait_together_are_one_and_a_new_card_stays_new(
    database: Database,
) -> None:
    async with database.writing() as tx:
        for reference in ("edit", "new:not_understood:0", "edit"):
            await put(tx, "1", "card", reference)
        assert [each.reference for each in await claimed(tx)] == ["new:not_understood:0"]
        await put(tx, "1", "card", "edit")
        assert await claimed(tx, claim="c2") == []


async def test_a_lost_claim_is_free_again_and_its_old_owner_can_no_longer_end_it(
    database: Database,
) -> None:
    async with database.writing() as tx:
        await put(tx, "1")
        (due,) = await claimed(tx, now=10, claim="crashed")
        assert await claimed(tx, now=69, claim="early") == []
        (again,) = await claimed(tx, now=70, claim="second")
        assert again.id == due.id
        await outbox.done(tx, (due.id, "crashed"))
        await outbox.done(tx, (due.id, "second"))
        assert await outbox.next_due(tx) is None


async def test_what_is_postponed_comes_later_and_holds_back_what_follows(
    database: Database,
) -> None:
    async with database.writing() as tx:
        await put(tx, "1", reference="a")
        await put(tx, "1", reference="b")
        (due,) = await claimed(tx)
        await outbox.postpone(tx, due.id, "c1", 100)
        assert await claimed(tx, now=99) == []
        assert await outbox.next_due(tx) == 0
        (again,) = await claimed(tx, now=100)
        assert (again.reference, again.attempts) == ("a", 1)


async def test_a_dead_letter_holds_up_nobody(database: Database) -> None:
    async with database.writing() as tx:
        await put(tx, "1", reference="a")
        await put(tx, "1", reference="b")
        (due,) = await claimed(tx)
        await outbox.give_up(tx, due.id, "c1", "too_many_tries")
        assert [each.reference for each in await claimed(tx)] == ["b"]


async def test_with_a_clock_set_back_what_somebody_waits_for_is_due(database: Database) -> None:
    a_day = 86_400
    async with database.writing() as tx:
        await outbox.put(tx, "telegram", "1", "card", "new", lane=0, now=a_day)
        await outbox.hold(tx, "telegram", a_day, a_day + 3)
        assert await outbox.waits(tx, 10)
        assert await claimed(tx, now=a_day) == []
        (due,) = await claimed(tx, now=10)
        await outbox.postpone(tx, due.id, "c1", a_day)
        assert await claimed(tx, now=10) == []
        await in_hand.free(tx, 10)  # after a start
        assert [each.address for each in await claimed(tx, now=10)] == ["1"]


async def test_a_clock_that_leaps_ahead_frees_nothing_that_its_own_sender_has_in_hand(
    database: Database,
) -> None:
    async with database.writing() as tx:
        await put(tx, "1")
        (due,) = await claimed(tx, claim="sender-1 first")
        again = await outbox.claim(tx, now=99_999, claim="sender-1 second", limit=9, mine={due.id})
        assert again == []
        (again,) = await claimed(tx, now=99_999, claim="sender-2 first")
        assert again.id == due.id


async def test_what_nobody_waits_for_is_due_at_its_time(database: Database) -> None:
    async with database.writing() as tx:
        await outbox.put(tx, "telegram", "1", "page", "final", lane=REMINDERS, now=100)
        assert await outbox.claim(tx, now=99, claim="c1", limit=1, unasked=True) == []
        assert len(await outbox.claim(tx, now=100, claim="c1", limit=1, unasked=True)) == 1


async def test_a_channel_on_hold_says_nothing_until_then(database: Database) -> None:
    async with database.writing() as tx:
        await put(tx, "1")
        await outbox.hold(tx, "telegram", 40, 50)
        assert await claimed(tx, now=49) == []
        assert len(await claimed(tx, now=50)) == 1


async def test_what_somebody_waits_for_goes_first(database: Database) -> None:
    async with database.writing() as tx:
        await put(tx, "1", reference="later", lane=2)
        await put(tx, "2", reference="now", lane=0)
        assert [each.reference for each in await claimed(tx, limit=1)] == ["now"]


async def test_nothing_is_said_at_an_address_that_is_dropped(database: Database) -> None:
    async with database.writing() as tx:
        await put(tx, "1")
        await outbox.drop_address(tx, "telegram", "1")
        assert await claimed(tx) == []
