"""What was sent anonymously is let out in mixed batches, and by then nothing opens what it was."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bot import releasing, submission
from bot.fieldwork import fielding, figures
from bot.submission import Sent
from flows.ladder import funnel
from flows.rounds import Round, RoundError
from flows.session import Answer, Place, Session
from storage import mixing, participation, people, pool, responses, rounds, sessions, unopened
from storage.database import Database
from storage.keys import KeyGone, Keys
from storage.location import StorageError
from tests.collected import collected
from tests.flows.playing import ASI, ASI_ID, another
from tests.released import let_out

if TYPE_CHECKING:
    from bot.house import House
    from flows.instrument import Instrument

ROUND = "spring"
HERE = ASI_ID, ROUND


@pytest.fixture
async def spring(house: House, database: Database) -> House:
    async with database.writing() as tx:
        await rounds.make_sure(tx, [ASI_ID], "UTC", house.manners.cadence)
        await rounds.keep(tx, Round(ASI_ID, ROUND, date(2026, 11, 1)))
    return house


async def drafts(house: House, database: Database, who: str, answers: dict[str, Answer]) -> None:
    async with database.writing() as tx:
        await people.arrive(tx, "web", who, "en", new_id=who, secret=b"0" * 16)
        session = Session(ASI_ID, ASI.edition, Place("review", "q3"), answers)
        await sessions.save(tx, house.keys, who, session, None, now=0, round_name=ROUND)


async def sends(
    house: House, database: Database, who: str, instrument: Instrument = ASI, **answers: Answer
) -> None:
    said = answers or {"q3": Answer(chosen=("q3a",), comment=f"I am {who}")}
    await drafts(house, database, who, said)
    async with database.writing() as tx:
        sent = Sent(said, ROUND, 0, "web", "en")
        assert await submission.submit(tx, house, who, instrument, sent)


async def counted(database: Database) -> tuple[int, int]:
    """How many responses can be seen, and how many wait."""
    async with database.reading() as tx:
        return await responses.count(tx, *HERE), await pool.held_back(tx, *HERE)


async def keys_left(keys: Keys) -> int:
    async with keys._store._database.reading() as tx:
        return (await tx.execute(text("SELECT count(*) FROM key"))).scalar_one()


async def test_what_is_sent_is_seen_by_nobody_until_five_have_sent(spring, database) -> None:
    for number in range(4):
        await sends(spring, database, f"p{number}")
    assert await releasing.release_due(spring, database) == 0
    assert await counted(database) == (0, 4)

    await sends(spring, database, "p4")
    assert await releasing.release_due(spring, database) == 5

    assert await counted(database) == (5, 0)
    async with database.reading() as tx:
        found = await collected(tx, ASI, ROUND)
    assert {each.answers["q3"].comment for each in found} == {f"I am p{n}" for n in range(5)}


async def some_send(house: House, database: Database, first: int, last: int) -> None:
    for number in range(first, last):
        await sends(house, database, f"p{number}")


async def this_round(tx) -> Round:
    (kept,) = [each.round for each in await rounds.every(tx) if each.round.name == ROUND]
    return kept


async def closes(house: House, database: Database) -> int:
    """Close the round as an administrator does; how many responses that lets out."""
    async with database.writing() as tx:
        await fielding.close(house, tx, await this_round(tx))
    return await releasing.release_due(house, database)


async def extends(house: House, database: Database) -> None:
    async with database.writing() as tx:
        await fielding.extend(house, tx, await this_round(tx), None)


async def test_what_waits_when_a_round_is_over_is_let_out_then(spring, database, clock) -> None:
    await some_send(spring, database, 0, 5)
    await releasing.release_due(spring, database)
    await sends(spring, database, "p5")
    async with database.writing() as tx:
        await rounds.keep(tx, replace(await this_round(tx), closes=date(2026, 11, 23)))
    assert await releasing.release_due(spring, database) == 0

    clock.passes(days=2)

    assert await releasing.release_due(spring, database) == 1
    assert await counted(database) == (6, 0)


async def test_closing_and_extending_lets_nobody_be_let_out_alone(spring, database) -> None:
    """Open, Alice sends, close, read, extend, Dora sends, close, read."""
    await sends(spring, database, "alice")
    assert await closes(spring, database) == 0
    await extends(spring, database)
    await sends(spring, database, "dora")
    assert await closes(spring, database) == 0
    assert await counted(database) == (0, 2)

    await extends(spring, database)
    await some_send(spring, database, 0, 3)
    assert await releasing.release_due(spring, database) == 5


async def test_a_round_is_over_for_good_when_its_last_few_were_let_out(spring, database) -> None:
    await some_send(spring, database, 0, 5)
    assert await closes(spring, database) == 5
    await extends(spring, database)  # only a whole batch was let out
    await sends(spring, database, "p5")
    assert await closes(spring, database) == 1

    with pytest.raises(RoundError, match="spring: is over for good"):
        await extends(spring, database)
    await sends(spring, database, "p6")  # on its way while the round was closed
    assert await releasing.release_due(spring, database) == 0
    assert await counted(database) == (6, 1)


async def test_a_batch_is_of_one_edition(spring, database) -> None:
    newer = another(ASI_ID, ('edition = "2021"', 'edition = "2022"'))
    spring.shelf._editions[ASI_ID, "2022"] = newer
    await some_send(spring, database, 0, 4)
    await sends(spring, database, "other", instrument=newer)
    assert await releasing.release_due(spring, database) == 0

    await sends(spring, database, "p4")
    assert await releasing.release_due(spring, database) == 5

    assert await counted(database) == (5, 1)
    assert await closes(spring, database) == 0, "the only one of its edition hides among none"


async def test_of_two_who_let_out_at_once_the_second_takes_no_less_than_a_batch(
    spring, database
) -> None:
    """Both saw that five wait; the sixth was sent between the first one's commit and the second."""
    await some_send(spring, database, 0, 5)
    seen, first_is_done = asyncio.Event(), asyncio.Event()
    look, looked = releasing._may_be_due, []

    async def slowly(*args) -> bool:
        found = await look(*args)
        looked.append(found)
        if len(looked) == 1:
            seen.set()
            await first_is_done.wait()
        return found

    releasing._may_be_due = slowly
    try:
        second = asyncio.create_task(releasing.release_due(spring, database))
        await seen.wait()
        assert await releasing.release_due(spring, database) == 5
        await sends(spring, database, "p5")
        first_is_done.set()
        assert await second == 0
    finally:
        releasing._may_be_due = look
    assert (looked, await counted(database)) == ([True, True], (5, 1))


async def details(database: Database) -> int:
    async with database.reading() as tx:
        return (await tx.execute(text("SELECT count(*) FROM contact_request"))).scalar_one()


async def test_contact_details_come_apart_from_the_batch_of_their_writer(spring, database) -> None:
    """Otherwise the only details beside the only new comment would tell whose that is."""
    await some_send(spring, database, 0, 4)
    await sends(spring, database, "anna", q12=Answer(fields={"name": "Anna"}))
    assert await releasing.release_due(spring, database) == 5
    assert (await counted(database), await details(database)) == ((5, 0), 0)

    for number in range(4):
        await sends(spring, database, f"b{number}", q12=Answer(fields={"name": f"B {number}"}))
    await sends(spring, database, "b4")
    assert await releasing.release_due(spring, database) == 5
    assert await details(database) == 5

    async with database.reading() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM pool"))).scalar_one() == 0


async def test_the_last_contact_details_come_at_the_end_if_they_are_hidden_among_many(
    spring, database
) -> None:
    await sends(spring, database, "anna", q12=Answer(fields={"name": "Anna"}))
    await some_send(spring, database, 0, 4)
    assert await releasing.release_due(spring, database) == 5
    assert await details(database) == 0

    await closes(spring, database)

    assert await details(database) == 1
    with pytest.raises(RoundError):
        await extends(spring, database)


async def test_contact_details_of_a_last_response_after_others_came_are_kept_back(
    spring, database
) -> None:
    for number in range(5):
        await sends(spring, database, f"b{number}", q12=Answer(fields={"name": f"B {number}"}))
    assert await releasing.release_due(spring, database) == 5
    assert await details(database) == 5
    await sends(spring, database, "anna", q12=Answer(fields={"name": "Anna"}))

    assert await closes(spring, database) == 1

    assert await details(database) == 5


async def test_who_attached_their_details_hides_nobody_else(spring, database) -> None:
    attached = {"q12": Answer(fields={"name": "Anna"}, allowed=frozenset({"attach"}))}
    await sends(spring, database, "anna", **attached)
    for number in range(4):
        await sends(spring, database, f"p{number}")
    assert await releasing.release_due(spring, database) == 0

    await sends(spring, database, "p4")

    assert await releasing.release_due(spring, database) == 6
    async with database.reading() as tx:
        asked = "SELECT details, response_id IS NOT NULL FROM contact_request"
        assert (await tx.execute(text(asked))).all() == [('{"name": "Anna"}', True)]


async def test_details_that_were_not_attached_lead_to_no_response(spring, database) -> None:
    await sends(spring, database, "anna", q12=Answer(fields={"name": "Anna"}))

    await let_out(spring, database)

    async with database.reading() as tx:
        asked = "SELECT details, response_id FROM contact_request"
        assert (await tx.execute(text(asked))).all() == [('{"name": "Anna"}', None)]


async def test_only_words_whose_writer_allowed_it_are_marked_as_quotable(spring, database) -> None:
    yes = Answer(text="yes, do", allowed=frozenset({"quote"}))
    await sends(spring, database, "p0", q11=yes)
    await sends(spring, database, "p1", q11=Answer(text="no, never"))

    await let_out(spring, database)

    async with database.reading() as tx:
        found = (await tx.execute(text("SELECT words, quotable FROM comment"))).all()
    assert sorted(found) == [("no, never", 0), ("yes, do", 1)]


async def test_a_drafts_key_is_gone_when_it_was_sent_and_a_waiting_ones_when_it_is_let_out(
    spring, database, keys
) -> None:
    await sends(spring, database, "p0")
    assert await keys_left(keys) == 2
    await keys.shred(database)
    assert await keys_left(keys) == 1

    await let_out(spring, database)
    await keys.shred(database)

    assert await keys_left(keys) == 0
    async with database.reading() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM shred"))).scalar_one() == 0


async def test_a_forgotten_persons_draft_can_be_opened_by_nobody(spring, database, keys) -> None:
    await drafts(spring, database, "p0", {"q11": Answer(text="mine")})
    async with database.writing() as tx:
        key_id = (await tx.execute(text("SELECT key_id FROM session"))).scalar_one()
        await people.forget(tx, "p0")

    await keys.shred(database)

    with pytest.raises(KeyGone):
        await keys.get(key_id)


async def test_a_key_that_a_crash_left_over_goes_some_days_later(database, keys) -> None:
    await keys.new(day=100)
    assert await keys.sweep(database, today=101) == 0
    assert await keys.sweep(database, today=102) == 1
    assert await keys_left(keys) == 0


async def test_a_key_in_use_stays_however_old(spring, database, keys) -> None:
    await drafts(spring, database, "p0", {"q11": Answer(text="mine")})

    assert await keys.sweep(database, today=100_000) == 0
    async with database.reading() as tx:
        kept = await sessions.load(tx, keys, "p0", ASI_ID)
    assert kept.session.answers["q11"].text == "mine"


async def test_after_a_crash_before_the_keys_went_they_go_and_nothing_is_lost(
    spring, database, keys
) -> None:
    for number in range(5):
        await sends(spring, database, f"p{number}")
    async with database.writing() as tx:
        await releasing.release(spring, tx, *HERE)
    assert await keys_left(keys) == 10  # nothing destroyed yet: as after a crash here

    assert await keys.shred(database) == 10
    assert await keys_left(keys) == 0
    assert await counted(database) == (5, 0)


async def test_letting_out_gives_all_of_the_round_new_ids_and_the_same_counts(
    spring, database
) -> None:
    async def ids() -> set[str]:
        async with database.reading() as tx:
            return set((await tx.execute(text("SELECT id FROM response"))).scalars())

    for number in range(5):
        await sends(spring, database, f"p{number}")
    await releasing.release_due(spring, database)
    first = await ids()
    for number in range(5, 10):
        await sends(spring, database, f"p{number}")
    await releasing.release_due(spring, database)

    assert not first & await ids()
    async with database.reading() as tx:
        said = await collected(tx, ASI, ROUND)
        counts = "SELECT responses FROM tally WHERE item = 'q3' AND marks LIKE '%1%'"
        assert (await tx.execute(text(counts))).scalar_one() == 10
    assert {each.answers["q3"].comment for each in said} == {f"I am p{n}" for n in range(10)}


async def test_what_could_not_be_compacted_is_at_the_next_beat_table_by_table(
    spring, database, monkeypatch
) -> None:
    async def left() -> set[str]:
        async with database.reading() as tx:
            return {name for name, _ in await mixing.to_compact(tx)}

    compact, free = Database.compact, set[str]()

    async def busy(self, tables) -> bool:
        return set(tables) <= free and await compact(self, tables)

    monkeypatch.setattr(Database, "compact", busy)
    await some_send(spring, database, 0, 5)
    await releasing.release_due(spring, database)
    if database._lock is not None:
        assert await left() == set(), "SQLite keeps no older versions"
        return
    assert await left() == set(releasing.WRITTEN)

    free |= {"comment", "response"}
    for _ in range(40):  # which comes first is chance
        await releasing.release_due(spring, database)
    assert await left() == set(releasing.WRITTEN) - free
    free |= set(releasing.WRITTEN)
    await releasing.release_due(spring, database)
    assert await left() == set()


async def test_in_a_large_round_more_are_let_out_together(spring, database, monkeypatch) -> None:
    monkeypatch.setattr(releasing, "MANY", 5)
    monkeypatch.setattr(releasing, "LARGE_BATCH", 7)
    for number in range(11):
        await sends(spring, database, f"p{number}")
        await releasing.release_due(spring, database)

    assert await counted(database) == (5, 6)
    await sends(spring, database, "p11")
    assert await releasing.release_due(spring, database) == 7


async def test_instances_that_start_together_belong_to_one_key_file(database, keys) -> None:
    await asyncio.gather(*(keys.belong(database) for _ in range(6)))

    async with database.reading() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM keyring"))).scalar_one() == 1


async def test_a_database_is_not_opened_with_another_ones_keys(
    spring, database, keys, tmp_path
) -> None:
    await keys.belong(database)
    await drafts(spring, database, "p0", {"q11": Answer(text="mine")})
    other = await Keys.open(f"sqlite:///{tmp_path / 'other'}")

    with pytest.raises(StorageError, match=r"is not the key file .* assay db rekey"):
        await other.belong(database)
    async with database.reading() as tx:
        assert await unopened.lost_in(tx, f"sqlite:///{tmp_path / 'other'}") == (1, 0)
    assert await other.adopt(database) == (1, 0)
    async with database.reading() as tx:
        assert await sessions.load(tx, other, "p0", ASI_ID) is None
    await other.belong(database)
    await other.close()


async def test_drafts_of_a_version_that_did_not_seal_them_are_sealed(spring, database) -> None:
    await drafts(spring, database, "p0", {"q11": Answer(text="mine")})
    async with database.writing() as tx:
        kept = await sessions.load(tx, spring.keys, "p0", ASI_ID)
        plain = "UPDATE session SET body = :body, key_id = NULL, sealed = NULL"
        await tx.execute(text(plain), {"body": sessions.forms.dump(kept.session)})

        assert await sessions.seal_open_ones(tx, spring.keys, 0) == 1

        (body,) = (await tx.execute(text("SELECT body FROM session"))).scalars()
        again = await sessions.load(tx, spring.keys, "p0", ASI_ID)
    assert body == ""
    assert again.session == kept.session


def test_administrators_see_an_anonymous_round_in_steps() -> None:
    shown = funnel({"invited": 88, "opened": 3, "begun": 2, "finished": 13}).in_steps_of(5)

    assert (shown.invited, shown.opened, shown.begun, shown.finished) == (106, 15, 15, 10)
    assert shown.rate == 9
    over = funnel({"expired": 93, "declined": 3, "unreachable": 1, "finished": 13}).in_steps_of(5)
    assert (over.expired, over.declined, over.out_of_reach) == (90, 0, 0)


async def test_no_count_that_administrators_see_falls_by_one_when_somebody_sends(
    spring, database
) -> None:
    async def seen() -> list[object]:
        async with database.reading() as tx:
            of = await this_round(tx)
            standing = await figures.standing(spring, tx, of)
            shown = await figures.gathered(spring, tx, of, standing, None)
            return [
                standing, shown.drop_outs,
                await figures.unfinished(spring, tx, of),
                await figures.can_be_reminded(spring, tx, of),
            ]  # fmt: skip

    said = {"q3": Answer(chosen=("q3a",))}
    for number in range(9):
        await drafts(spring, database, f"p{number}", said)
        async with database.writing() as tx:
            await participation.begin(tx, f"p{number}", *HERE)
    before = await seen()
    assert (before[1][0].stopped, before[1][0].under_way, before[2]) == (5, 5, 10)

    for number in range(3):
        async with database.writing() as tx:
            sent = Sent(said, ROUND, 0, "web", "en")
            assert await submission.submit(tx, spring, f"p{number}", ASI, sent)
        assert await seen() == before

    async with database.writing() as tx:
        await fielding.close(spring, tx, await this_round(tx))
    over = (await seen())[0]
    assert (over.finished, over.expired, over.step) == (0, 5, 5), "three are held back"


async def test_participation_is_kept_apart_from_what_waits(spring, database) -> None:
    await sends(spring, database, "somebody")

    async with database.reading() as tx:
        assert await participation.state(tx, "somebody", *HERE) == "finished"
        (row,) = (await tx.execute(text("SELECT * FROM pool"))).mappings()
    assert "somebody" not in str(dict(row))
    assert len(row["sealed"]) > pool.LEAST
