"""Responses: kept by nobody, counted as they come, read without loading them."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections import Counter

import pytest
from sqlalchemy import create_engine, event, text

from flows import definition
from flows.marks import layout
from flows.session import Answer, dump_answer
from storage import figures, responses, schema
from storage.database import Database
from storage.location import located
from storage.responses import ContactRequest, Kept, Response
from tests.collected import collected
from tests.flows.playing import ASI, ASI_ID, another

ROUND = "open"
Q1 = [option.id for option in ASI.item("q1").options]


def drawn(seed: int = 1):
    draw = random.Random(seed)
    return lambda: draw.randbytes(16).hex()


async def send(tx, answers, *, token, round_name=ROUND, instrument=ASI):
    said = [Response(answers)]
    await responses.add(tx, instrument, round_name, said, token=token, period="2026-Q4")


def random_answers(draw: random.Random) -> dict[str, Answer]:
    answers = {}
    for field in layout(ASI).fields:
        if draw.random() < 0.9:
            single = ASI.item(field.item).at_most == 1
            several = 1 if single else draw.randint(1, len(field.options))
            chosen = set(draw.sample(field.options, several))
            ticked = tuple(option for option in field.options if option in chosen)
            remark = "Bemerkung" if draw.random() < 0.3 else ""
            answers[field.item] = Answer(chosen=ticked, comment=remark)
    return answers


async def test_a_response_comes_back_whole_but_for_contact_details(database: Database) -> None:
    answers = {
        "q1": Answer(chosen=("q1a", "q1g"), other="Europe"),
        "q3": Answer(chosen=("q3b",), comment="fine"),
        "q11": Answer(text="more 培训"),
        "q12": Answer(fields={"email": "anna@example.org"}),
    }
    async with database.writing() as tx:
        await send(tx, answers, token=drawn())

        (found,) = await collected(tx, ASI, ROUND)
        asked = await responses.contact_requests(tx, ASI_ID, ROUND)
        count = await responses.count(tx, ASI_ID, ROUND)
    assert found.answers == {item: answers[item] for item in ("q1", "q3", "q11")}
    assert asked == (ContactRequest({"email": "anna@example.org"}),)
    assert count == 1


async def test_responses_do_not_come_back_in_the_order_of_sending(database: Database) -> None:
    token = drawn(7)
    async with database.writing() as tx:
        for number in range(40):
            await send(tx, {"q11": Answer(text=str(number))}, token=token)
        found = await collected(tx, ASI, ROUND)

    order = [int(each.answers["q11"].text) for each in found]
    assert sorted(order) == list(range(40))
    assert sum(a < b for a, b in itertools.pairwise(order)) < 30


async def test_the_figures_of_a_round_are_those_of_its_responses(database: Database) -> None:
    draw, token = random.Random(2021), drawn()
    said = [random_answers(draw) for _ in range(60)]
    async with database.writing() as tx:
        for answers in said:
            await send(tx, answers, token=token)
        counted = await figures.counted(tx, ASI, ROUND)

    assert (counted.responded, counted.finished, counted.invited) == (60, 60, None)
    for field in layout(ASI).fields:
        given = [each[field.item] for each in said if field.item in each]
        found = counted.tallies[field.item]
        assert found.base == len(given)
        assert found.selections == Counter(each.chosen for each in given)
        assert found.comments == sum(bool(each.comment) for each in given)


async def test_a_free_text_counts_whoever_wrote_one(database: Database) -> None:
    token = drawn()
    async with database.writing() as tx:
        await send(tx, {"q11": Answer(text="a")}, token=token)
        await send(tx, {"q3": Answer(chosen=("q3a",))}, token=token)
        found = (await figures.counted(tx, ASI, ROUND)).tallies["q11"]

    assert (found.base, found.comments) == (1, 1)


async def test_every_question_is_counted_within_the_groups_of_another(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In parts that are cut through the responses of all rounds."""
    monkeypatch.setattr(figures, "_AT_ONCE", 7)
    monkeypatch.setattr(figures, "_PAGES", 1)
    draw, token = random.Random(7), drawn()
    said = [random_answers(draw) for _ in range(60)]
    async with database.writing() as tx:
        for answers in said:
            await send(tx, answers, token=token)
            await send(tx, answers, token=token, round_name="spring")
        by_q6 = await figures.divided(tx, ASI, ROUND, "q6")
        by_q1 = await figures.divided(tx, ASI, ROUND, "q1")

    for by, parts in (("q6", by_q6), ("q1", by_q1)):
        assert set(parts) == {each[by].chosen for each in said if by in each}
        for made, items in parts.items():
            them = [each for each in said if by in each and each[by].chosen == made]
            assert by not in items
            for item, found in items.items():
                given = [each[item].chosen for each in them if item in each]
                assert found.base == len(given)
                assert found.ticks == {
                    each.id: sum(each.id in chosen for chosen in given)
                    for each in ASI.item(item).options
                }


async def test_sqlite_sorts_no_whole_round(sqlite_url: str) -> None:
    """It sorts in memory, which would grow with the round."""
    schema.upgrade(sqlite_url)
    database = await Database.open(sqlite_url)
    asked: list[tuple[str, object]] = []
    async with database.writing() as tx:
        token = drawn()
        said = {
            "q1": Answer(chosen=(Q1[0],), comment="fine"),
            "q6": Answer(chosen=("q6a",)),
        }
        await send(tx, said, token=token)
        # With a second source: within one, everything lies in order already.
        brought = {token(): Response(said)}
        await responses.add_imported(tx, ASI, ROUND, brought, token=token, period="2026-Q4")
        engine = tx.engine.sync_engine
        event.listen(engine, "before_cursor_execute", lambda *said: asked.append(said[2:4]))
        await figures.counted(tx, ASI, ROUND)
        await figures.divided(tx, ASI, ROUND, "q6")
        assert len([each async for each in figures.rows(tx, ASI, ROUND)]) == 2
        plans = [
            (
                statement,
                str((await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)).all()),
            )
            for statement, values in list(asked)
            if "FROM response" in statement or "FROM comment" in statement
        ]
    await database.close()

    assert len(plans) >= 3
    assert [(each, plan) for each, plan in plans if "TEMP B-TREE" in plan] == []


async def test_rounds_editions_and_sources_are_counted_apart(database: Database) -> None:
    newer = another(ASI_ID, ('edition = "2021"', 'edition = "2022"'))
    token = drawn()
    said = {"q3": Answer(chosen=("q3a",))}
    async with database.writing() as tx:
        await send(tx, said, token=token)
        await send(tx, said, token=token, instrument=newer)
        await send(tx, said, token=token, round_name="spring")
        brought = {token(): Response(said, finished=False)}
        await responses.add_imported(tx, ASI, ROUND, brought, token=token, period="2026-Q4")

        assert await figures.rounds(tx, ASI_ID) == ("open", "spring")
        assert await figures.editions(tx, ASI_ID, ROUND) == ("2021", "2022")
        assert await responses.count(tx, ASI_ID, ROUND) == 3
        both = await figures.counted(tx, ASI, ROUND)
        brought_only = await figures.counted(tx, ASI, ROUND, "import")
        nothing = await figures.counted(tx, ASI, "winter")
    assert (both.responded, both.finished, both.tallies["q3"].base) == (2, 1, 1 + 1)
    assert (brought_only.responded, brought_only.finished) == (1, 0)
    assert (nothing.responded, nothing.tallies["q3"].base) == (0, 0)


async def test_words_come_without_their_writers_in_alphabetical_order(database: Database) -> None:
    token = drawn()
    async with database.writing() as tx:
        for word in ("pear", "apple", "plum"):
            await send(tx, {"q3": Answer(chosen=("q3a",), comment=word)}, token=token)
        found = await figures.words(tx, ASI, ROUND, "q3")

    assert found == ("apple", "pear", "plum")


async def test_responses_are_read_one_by_one(database: Database) -> None:
    draw, token = random.Random(3), drawn()
    said = [random_answers(draw) for _ in range(30)]
    async with database.writing() as tx:
        for answers in said:
            await send(tx, answers, token=token)
    async with database.reading() as tx:
        found = [each.answers async for each in figures.rows(tx, ASI, ROUND)]

    ticks = [{item: each.chosen for item, each in answers.items()} for answers in said]
    key = lambda each: sorted(each.items())  # noqa: E731 - used twice
    assert sorted(({i: a.chosen for i, a in each.items()} for each in found), key=key) == sorted(
        ticks, key=key
    )


async def test_responses_sent_and_brought_are_read_in_one_order(database: Database) -> None:
    """That of their random ids, whatever they were collected by."""
    token = drawn()
    async with database.writing() as tx:
        for number in range(10):
            said = {"q3": Answer(chosen=("q3a" if number % 2 else "q3b",))}
            await send(tx, said, token=token)
            brought = {token(): Response(said, finished=False)}
            await responses.add_imported(tx, ASI, ROUND, brought, token=token, period="2026-Q4")
        statement = "SELECT marks, finished FROM response ORDER BY id"
        kept = [(marks, bool(done)) for marks, done in await tx.execute(text(statement))]
        found = [each async for each in figures.rows(tx, ASI, ROUND)]

    assert [(layout(ASI).line(each.answers), each.finished) for each in found] == kept
    assert len(kept) == 20


async def test_what_is_kept_under_an_id_can_be_told_from_something_else(database: Database) -> None:
    said = {"q3": Answer(chosen=("q3b",), comment="fine")}
    async with database.writing() as tx:
        one = {"a" * 32: Response(said)}
        await responses.add_imported(tx, ASI, ROUND, one, token=drawn(), period="2026-Q4")
        await responses.add_imported(tx, ASI, ROUND, {}, token=drawn(), period="2026-Q4")
        found = await responses.kept(tx, ["a" * 32, "b" * 32])

    line = layout(ASI).line(said)
    assert found == {"a" * 32: Kept(line, frozenset({("q3", "comment", "fine")}))}


async def test_many_who_send_at_once_are_all_counted(database: Database) -> None:
    draw, token = random.Random(5), drawn()
    said = [random_answers(draw) for _ in range(16)]

    async def one(answers):
        async with database.writing() as tx:
            await send(tx, answers, token=token)

    await asyncio.gather(*(one(answers) for answers in said))
    async with database.reading() as tx:
        counted = await figures.counted(tx, ASI, ROUND)

    assert counted.responded == 16
    assert counted.tallies["q1"].base == sum("q1" in each for each in said)


async def test_answers_of_the_first_schema_come_through_the_migration(database_url: str) -> None:
    """What was kept as JSON before is counted the same afterwards."""
    draw, token = random.Random(11), drawn(11)
    said = [random_answers(draw) for _ in range(12)]
    schema.upgrade(database_url, to="0001")
    where = located(database_url)
    engine = create_engine(
        where if "sqlite" not in database_url else where.set(drivername="sqlite+pysqlite")
    )
    with engine.begin() as connection:
        body, digest = definition.dump(ASI), definition.digest(ASI)
        kept = {"i": ASI_ID, "e": ASI.edition, "d": digest, "b": body}
        connection.execute(text("INSERT INTO definition VALUES (:i, :e, :d, :b)"), kept)
        for answers in said:
            key = token()
            forms = {item: dump_answer(each) for item, each in answers.items()}
            remarks = {item: form.pop("comment", "") for item, form in forms.items()}
            row = {"k": key, "i": ASI_ID, "e": ASI.edition, "r": ROUND, "a": json.dumps(forms)}
            old = "INSERT INTO response VALUES (:k, :i, :e, :r, '2026-Q4', :a)"
            connection.execute(text(old), row)
            for item, remark in remarks.items():
                if remark:
                    old = "INSERT INTO comment VALUES (:c, :k, :item, 'comment', :w)"
                    connection.execute(
                        text(old), {"c": token(), "k": key, "item": item, "w": remark}
                    )
    engine.dispose()

    schema.upgrade(database_url)
    database = await Database.open(database_url)
    async with database.writing() as tx:
        found = await collected(tx, ASI, ROUND)
        counted = await figures.counted(tx, ASI, ROUND)
        await send(tx, {"q3": Answer(chosen=("q3a",))}, token=token, round_name="next")
        again = await figures.counted(tx, ASI, "next")
    await database.close()

    by_content = lambda each: json.dumps(  # noqa: E731 - used twice
        {item: dump_answer(answer) for item, answer in sorted(each.items())}
    )
    assert sorted(map(by_content, (each.answers for each in found))) == sorted(
        map(by_content, said)
    )
    assert counted.responded == counted.finished == 12
    assert counted.tallies["q1"].selections == Counter(
        each["q1"].chosen for each in said if "q1" in each
    )
    assert again.responded == 1
