"""A house that was filled in a SQLite file goes on in PostgreSQL where it was."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, text
from typer.testing import CliRunner

from bot import shelf
from bot.cli import cli
from bot.conversation import Conversation
from bot.house import House
from bot.settings import SettingsError
from bot.universe import Universe
from storage import moving, schema
from storage.database import Database
from storage.location import StorageError
from storage.presence import Presence
from storage.tables import metadata, organisation, response
from tests import collecting
from tests.bot.doors import AtTerminal, Presses, Ticks
from tests.flows.playing import RSCB

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from storage.keys import Keys

SURVEY = "asi-certification-survey-2021"
SPOIL = (
    (
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql"
        " AS $$ BEGIN NEW.marks = ''; RETURN NEW; END $$"
    ),
    "CREATE TRIGGER spoil BEFORE INSERT ON response FOR EACH ROW EXECUTE FUNCTION spoil()",
)
"""Has every response arrive without its marks."""


async def filled(database: Database, house: House) -> AtTerminal:
    """Responses of forty, a company with an assessment, and somebody in mid-question."""
    edition = house.shelf.get(SURVEY)
    assert edition is not None
    await collecting.collect_2021(database, edition)
    await collecting.assess(database, RSCB, collecting.company())
    someone = AtTerminal(Conversation(house, database))
    await someone.opens(SURVEY)
    for step in (Presses("button_start"), Ticks("q1b"), Presses("button_next"), Ticks("q2a")):
        await someone.does(step)
    return someone


@pytest.fixture
async def source(sqlite_url: str, keys: Keys) -> str:
    schema.upgrade(sqlite_url)
    database = await Database.open(sqlite_url)
    stock = shelf.read()
    await stock.keep(database)
    await filled(database, House(shelf=stock, universe=Universe(), keys=keys, open_to_all=True))
    await database.close()
    return sqlite_url


async def contents(url: str) -> dict[str, list[str]]:
    """All rows of all tables, as words."""
    database = await Database.open(url)
    async with database.reading() as tx:
        found = {}
        for each in metadata.sorted_tables:
            found[each.name] = sorted(repr(row) for row in await tx.execute(each.select()))
    await database.close()
    return found


async def test_whoever_was_in_mid_question_goes_on_there(
    source: str, postgresql_url: str, keys: Keys
) -> None:
    before = await contents(source)

    moved = await moving.move(source, postgresql_url)

    assert await contents(postgresql_url) == before == await contents(source)
    assert moved == {name: len(rows) for name, rows in before.items()}
    assert moved["response"] == 40
    database = await Database.open(postgresql_url)
    house = House(shelf=shelf.read(), universe=Universe(), keys=keys, open_to_all=True)
    someone = AtTerminal(Conversation(house, database))
    assert "Question 2 of 12" in await someone.sees()
    await someone.does(Ticks("q2c"))
    await someone.does(Presses("button_next"))
    assert "Question 3 of 12" in await someone.sees()
    await database.close()


async def test_new_rows_get_numbers_that_were_never_given_out(
    source: str, postgresql_url: str, sqlite_url: str
) -> None:
    path = sqlite_url.removeprefix("sqlite+aiosqlite:///")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO member (id, organisation_id, role, name)"
                           " SELECT 70, id, 'viewer', '' FROM organisation")  # fmt: skip
        connection.execute("DELETE FROM member WHERE id = 70")

    await moving.move(source, postgresql_url)

    database = await Database.open(postgresql_url)
    async with database.writing() as tx:
        new = text("INSERT INTO member (organisation_id, role, name)"
                   " SELECT id, 'viewer', '' FROM organisation RETURNING id")  # fmt: skip
        assert (await tx.execute(new)).scalars().all() == [71]
    await database.close()


async def test_answers_lie_in_the_order_of_their_random_names(
    source: str, postgresql_url: str
) -> None:
    await moving.move(source, postgresql_url)

    database = await Database.open(postgresql_url)
    async with database.reading() as tx:
        lying = text("SELECT id FROM response ORDER BY ctid")
        found = list((await tx.execute(lying)).scalars())
        once = text("SELECT count(DISTINCT xmin::text) FROM response")
        assert (await tx.execute(once)).scalar_one() == 1
    await database.close()
    assert found == sorted(found)
    assert len(found) == 40


async def test_a_target_with_anything_in_it_is_refused_and_left_alone(
    source: str, postgresql_url: str
) -> None:
    schema.upgrade(postgresql_url)
    database = await Database.open(postgresql_url)
    async with database.writing() as tx:
        await tx.execute(insert(organisation).values(id="o", name="Ours", key=None))

    with pytest.raises(StorageError, match="not empty: there are rows in organisation"):
        await moving.move(source, postgresql_url)

    async with database.reading() as tx:
        assert (await tx.execute(response.select())).first() is None
    await database.close()


async def test_a_file_in_use_is_refused(source: str, postgresql_url: str) -> None:
    running = await Database.open(source, exclusive=True)
    with pytest.raises(StorageError, match="another Assay uses"):
        await moving.move(source, postgresql_url)
    await running.close()


async def test_a_file_of_an_older_schema_is_refused(sqlite_url: str, postgresql_url: str) -> None:
    schema.upgrade(sqlite_url, "0007")
    with pytest.raises(StorageError, match="older schema 0007"):
        await moving.move(sqlite_url, postgresql_url)


async def test_only_from_sqlite_to_postgresql(source: str, postgresql_url: str) -> None:
    with pytest.raises(StorageError, match="no SQLite file"):
        await moving.move(postgresql_url, postgresql_url)
    with pytest.raises(StorageError, match="TARGET_URL names a SQLite file"):
        await moving.move(source, source)


async def test_nothing_is_moved_where_what_arrives_is_not_what_left(
    source: str, postgresql_url: str
) -> None:
    schema.upgrade(postgresql_url)
    database = await Database.open(postgresql_url)
    async with database.writing() as tx:
        for statement in SPOIL:
            await tx.execute(text(statement))

    with pytest.raises(StorageError, match="what arrived in response is not what left"):
        await moving.move(source, postgresql_url)

    async with database.reading() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM definition"))).scalar_one() == 0
    await database.close()


def test_the_file_that_was_moved_from_is_refused_and_the_target_goes_on(
    tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both know the same keys, and each would destroy what the other made since."""
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(cli, ["chat", SURVEY], input="Start\n1\n")
    assert " 1 [x] " in said.output
    done = CliRunner().invoke(cli, ["db", "move", postgresql_url])
    assert "the key file belongs to the target from now on" in done.output

    refused = CliRunner().invoke(cli, ["chat", SURVEY]).exception
    assert isinstance(refused, SettingsError)
    assert "is the key file of another database" in str(refused)
    monkeypatch.setenv("ASSAY_DATABASE__URL", postgresql_url)
    monkeypatch.setenv("ASSAY_DATABASE__KEYS", "sqlite:///assay.sqlite3.keys")
    assert " 1 [x] " in CliRunner().invoke(cli, ["chat", SURVEY]).output


def test_other_keys_are_not_taken_while_an_instance_runs(
    tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASSAY_DATABASE__URL", postgresql_url)
    monkeypatch.setenv("ASSAY_DATABASE__KEYS", "sqlite:///keys")
    CliRunner().invoke(cli, ["chat", SURVEY], input="Start\n1\n")
    (tmp_path / "keys").unlink()

    async def rekeyed() -> Result:
        running = Presence.at(postgresql_url)
        assert await running.leads()
        try:
            return await asyncio.to_thread(CliRunner().invoke, cli, ["db", "rekey", "--yes"])
        finally:
            await running.close()

    refused = asyncio.run(rekeyed())
    assert str(refused.exception).startswith("Assay runs on this database; stop every instance")
    assert not (tmp_path / "keys").exists()

    done = CliRunner().invoke(cli, ["db", "rekey", "--yes"])
    assert "deleted: 1 drafts, 0 responses" in done.output


def test_the_command_says_what_it_did(
    source: str, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_DATABASE__URL", source)
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(cli, ["db", "move", postgresql_url])

    assert done.exit_code == 0
    assert "tables moved; the file is as it was" in done.output
