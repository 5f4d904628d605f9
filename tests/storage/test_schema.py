"""The tables as migrations make them, and the wall between identity and answers."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from storage import schema
from storage.database import Database
from storage.location import located
from storage.tables import metadata

ANSWER_SIDE = {"collection", "response", "tally", "comment", "contact_request", "pool", "mixing"}
IDENTITY_SIDE = {
    "participant", "address", "live_card", "session", "participation", "contact", "invitation",
    "code", "attempt", "assessment", "token", "reminder", "request", "organisation", "member",
    "colleague", "assignment", "own_domain", "claim", "version", "verdict", "deed", "standing",
}  # fmt: skip
NAMES_OF_THE_SURVEY = {"instrument", "edition", "round", "item"}


def test_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    schema.upgrade(database_url)
    where = located(database_url)
    if where.get_backend_name() == "sqlite":
        where = where.set(drivername="sqlite+pysqlite")
    engine = create_engine(where)

    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()

    assert differences == []


def test_every_table_is_on_one_side_or_on_neither() -> None:
    neither = {
        "definition", "outbox", "gate", "processed_update", "forgotten", "paradata", "round",
        "administrator", "claim_code", "digest", "upload", "audit", "link", "shred", "keyring",
        "chore", "cleared", "uncompacted",
    }  # fmt: skip

    assert set(metadata.tables) == ANSWER_SIDE | IDENTITY_SIDE | neither


def test_no_column_that_could_join_a_person_stands_on_both_sides() -> None:
    """Columns of one name are looked at by name; keys of both sides are drawn apart."""
    own_key = {"id"}
    sides = [
        {column.name for name in side for column in metadata.tables[name].columns}
        for side in (ANSWER_SIDE, IDENTITY_SIDE)
    ]

    shared = set.intersection(*sides) - own_key
    # Each key seals one thing and is drawn for it: a draft's is never that of what waits.
    sealed = {"key_id", "sealed"}
    assert shared <= NAMES_OF_THE_SURVEY | sealed | {"answers"}


def test_no_foreign_key_crosses_the_wall() -> None:
    for name in ANSWER_SIDE:
        for key in metadata.tables[name].foreign_keys:
            assert key.column.table.name in ANSWER_SIDE


def test_the_answer_side_holds_no_time_but_the_quarter() -> None:
    columns = {column.name for name in ANSWER_SIDE for column in metadata.tables[name].columns}

    assert columns == {
        "id", "instrument", "edition", "round", "period", "marks", "finished", "source",
        "responded", "responses", "collection_id", "response_id", "item", "part", "words",
        "details", "quotable", "kind", "final", "since_details", "key_id", "sealed", "unreadable",
    }  # fmt: skip


async def test_the_answer_side_has_no_hidden_row_number(sqlite_url: str) -> None:
    schema.upgrade(sqlite_url)
    database = await Database.open(sqlite_url)

    async with database.reading() as tx:
        made = {
            name: sql
            for name, sql in await tx.execute(text("SELECT name, sql FROM sqlite_master"))
            if name in ANSWER_SIDE
        }
    await database.close()

    assert len(made) == len(ANSWER_SIDE)
    # A collection is made when the first response of an edition comes, and holds none.
    del made["collection"]
    assert all("WITHOUT ROWID" in sql and "STRICT" in sql for sql in made.values())


def test_the_inspector_sees_both_databases_alike(postgresql_url: str) -> None:
    schema.upgrade(postgresql_url)
    engine = create_engine(located(postgresql_url))

    names = set(inspect(engine).get_table_names()) - {"alembic_version"}
    engine.dispose()

    assert names == set(metadata.tables)
