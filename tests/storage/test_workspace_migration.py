"""Assessments from before there were companies: whoever had one owns a company with it."""

from __future__ import annotations

import json

from sqlalchemy import text

from flows.session import Answer
from flows.trail import answers_at, broken
from storage import assessments, organisations, schema, sessions, trail
from storage.database import Database
from storage.keys import Keys

DIGEST = "d" * 64


def the_old(statement: str) -> list[str]:
    return [each.strip() for each in statement.split(";") if each.strip()]


OLD = the_old(f"""
INSERT INTO participant (id, language, secret) VALUES ('p1', 'en', X'00'), ('p2', 'en', X'01'),
  ('p3', 'zh', X'02');
INSERT INTO contact (id, key, participant_id, name, company, email, language, certification,
  certified_on) VALUES ('c1', 'k1', 'p1', 'Anna', 'Acme', 'a@x.example', 'en', '', ''),
  ('c2', 'k2', 'p2', 'Ben', 'ACME', 'b@x.example', 'en', '', '');
INSERT INTO definition (instrument, edition, digest, body) VALUES
  ('bench', '1', 'x', '{{"kind": "benchmark"}}'), ('survey', '1', 'y', '{{"kind": "survey"}}');
INSERT INTO assessment (participant_id, instrument, version, edition, round, answers, digest,
  frozen_at) VALUES ('p1', 'bench', 1, '1', '2026', '{{"1.1":{{"chosen":["a"]}}}}', '{DIGEST}', 5),
  ('p1', 'bench', 2, '1', '2026', '{{"1.1":{{"chosen":["b"]}}}}', '{DIGEST}', 7);
INSERT INTO session (participant_id, instrument, edition, round, begun_at, seen_on, revision, body)
  VALUES ('p2', 'bench', '1', 'open', 3, 0, 4, '{{BENCH}}'),
  ('p3', 'survey', '1', 'open', 3, 0, 1, '{{SURVEY}}')
""")


def body(instrument: str, answers: dict[str, object]) -> str:
    form = {
        "form": 1,
        "instrument": instrument,
        "edition": "1",
        "at": ["item", "1.1", ""],
        "answers": answers,
        "undo": None,
        "last": "",
        "returning": False,
    }
    return json.dumps(form, separators=(",", ":"))


async def test_assessments_and_drafts_become_those_of_companies(
    database_url: str, keys: Keys
) -> None:
    schema.upgrade(database_url, "0005")
    bodies = {
        "{BENCH}": body("bench", {"1.1": {"chosen": ["c"]}}),
        "{SURVEY}": body("survey", {"q1": {"chosen": ["x"]}}),
    }
    statements = []
    for each in OLD:
        for mark, said in bodies.items():
            each = each.replace(mark, said)  # noqa: PLW2901 - filled in
        statements.append(each)
    await _run(database_url, statements)

    schema.upgrade(database_url)

    database = await Database.open(database_url)
    async with database.reading() as tx:
        anna, ben = [await organisations.of_person(tx, each) for each in ("p1", "p2")]
        assert (anna.role, anna.name, ben.name) == ("owner", "Anna", "Ben")
        assert await organisations.of_person(tx, "p3") is None
        (sent,) = await assessments.every(tx, anna.organisation, "bench")
        assert (sent.round, sent.state) == ("2026", "submitted")
        newest, first = await assessments.versions(tx, sent.id)
        assert (first.version, newest.answers) == (1, {"1.1": Answer(chosen=("b",))})
        kept = await sessions.load(tx, keys, "p2", "bench")
        assert kept.assessment.state == "open"
        assert kept.session.answers == {"1.1": Answer(chosen=("c",))}
        assert kept.session.at.item == "1.1"
        survey = await sessions.load(tx, keys, "p3", "survey")
        assert survey.session.answers == {"q1": Answer(chosen=("x",))}
        for who, of in ((anna, sent), (ben, kept.assessment)):
            assert broken(await trail.of_company(tx, who.organisation)) is None
            assert broken(await trail.of_assessment(tx, of.id)) is None
            rebuilt = answers_at(await trail.of_assessment(tx, of.id))
            now = newest.answers if who is anna else kept.session.answers
            assert rebuilt == now
    await database.close()


async def _run(url: str, statements: list[str]) -> None:
    """Straight into the tables: this version's code does not know them any more."""
    from sqlalchemy import create_engine  # noqa: PLC0415

    from storage.location import located  # noqa: PLC0415

    where = located(url)
    if where.get_backend_name() == "sqlite":
        where = where.set(drivername="sqlite+pysqlite")
    else:
        statements = [
            each.replace("X'00'", r"'\x00'").replace("X'01'", r"'\x01'").replace("X'02'", r"'\x02'")
            for each in statements
        ]
    engine = create_engine(where)
    with engine.begin() as connection:
        for each in statements:
            connection.execute(text(each.replace(":", r"\:")))
    engine.dispose()
