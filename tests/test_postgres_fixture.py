from pathlib import Path

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests import postgres


async def answer(url: str, statement: str) -> object:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            return (await connection.execute(text(statement))).scalar()
    finally:
        await engine.dispose()


async def execute(url: str, statement: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def test_both_databases_answer(database_url):
    assert await answer(database_url, "select 1") == 1


@pytest.mark.parametrize("time", ["first", "second"])
async def test_every_test_gets_an_empty_database(database_url, time):
    await execute(database_url, "create table mark (id integer)")

    assert await answer(database_url, "select count(*) from mark") == 0


async def test_a_prepared_database_is_copied(postgres_server):
    await execute(postgres_server.create("prepared"), "create table mark (id integer)")

    with postgres_server.database(template="prepared") as url:
        assert await answer(url, "select count(*) from mark") == 0


async def test_a_database_is_gone_afterwards(postgres_server):
    with postgres_server.database() as url:
        name = make_url(url).database

    there = f"select count(*) from pg_database where datname = '{name}'"
    assert await answer(postgres_server.url.render_as_string(), there) == 0


async def test_text_is_kept_as_utf8_and_sorted_by_code_point(postgresql_url):
    assert await answer(postgresql_url, "show server_encoding") == "UTF8"
    assert await answer(postgresql_url, "select '铝业' > 'z' and 'b' > 'C'") is True


def test_the_programs_of_the_wheel_serve_where_the_machine_has_none(monkeypatch):
    monkeypatch.delenv("TEST_DATABASE_URL", raising=False)
    monkeypatch.setattr(postgres, "programs_on_this_machine", lambda: None)

    with postgres.running_server() as server:
        folder = Path(server.url.query["host"])
        with server.database():
            assert folder.is_dir()

    assert not folder.exists()
