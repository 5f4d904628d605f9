"""Responses from before texts were counted as they come."""

from __future__ import annotations

from sqlalchemy import text

from storage import figures, schema
from storage.database import Database
from storage.location import located
from tests.flows.playing import ASI, ASI_ID

OLD = """
INSERT INTO collection VALUES (1, 'asi', '2021', 'open', 'chat', 3, 3);
INSERT INTO collection VALUES (2, 'asi', '2021', 'open', 'import', 1, 1);
INSERT INTO response VALUES ('r1', 1, 1, '2026-Q1', 'x');
INSERT INTO response VALUES ('r2', 1, 1, '2026-Q1', 'x');
INSERT INTO response VALUES ('r3', 2, 1, '2026-Q1', 'x');
INSERT INTO tally VALUES (1, 'q3', '10000', 2);
INSERT INTO comment VALUES ('c1', 'r1', 1, 'q3', 'comment', 'a', 0);
INSERT INTO comment VALUES ('c2', 'r2', 1, 'q3', 'comment', 'a', 0);
INSERT INTO comment VALUES ('c3', 'r2', 1, 'q11', 'text', 'b', 0);
INSERT INTO comment VALUES ('c4', 'r3', 2, 'q3', 'other', 'c', 0)
""".replace("'asi'", f"'{ASI_ID}'")


async def test_texts_that_were_there_before_are_counted(database_url: str) -> None:
    schema.upgrade(database_url, "0008")
    database = Database.bare(located(database_url))
    async with database.writing() as tx:
        for each in OLD.split(";"):
            await tx.execute(text(each))
    await database.close()

    schema.upgrade(database_url)

    database = await Database.open(database_url)
    async with database.reading() as tx:
        assert await figures.texts(tx, ASI_ID, "open") == {"q3": 3, "q11": 1}
        found = (await figures.counted(tx, ASI, "open")).tallies
        sent = (await figures.counted(tx, ASI, "open", "chat")).tallies
    await database.close()
    assert (found["q3"].base, found["q3"].comments, sent["q3"].comments) == (2, 3, 2)
    assert found["q11"].base == 1
