"""The same surveys kept as one would first think of: every attack is to succeed here somewhere.

Rows in the order of their coming with their times, a response written by the transaction in which
its writer finishes, drafts in the clear, a log that says who did what, counts that move with each.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, text

from flows.marks import layout
from tests.anonymity.evidence import Evidence, Moment, Report
from tests.anonymity.surveys import EDITIONS, NEWER, Crowd, copy_files
from tests.flows.playing import ASI

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection

_TABLES = (
    "CREATE TABLE participant (id text PRIMARY KEY, language text)",
    "CREATE TABLE participation (participant_id text PRIMARY KEY, state text, done_at integer)",
    "CREATE TABLE session (participant_id text PRIMARY KEY, body text)",
    "CREATE TABLE collection (id integer PRIMARY KEY, edition text)",
    "CREATE TABLE response (id text, marks text, language text, at int, collection_id int, w text)",
    "CREATE UNIQUE INDEX response_id ON response (id)",
    "CREATE TABLE contact_request (details text)",
    "CREATE TABLE comment (response_id text, words text)",
)


def held(url: str, folder: Path, seed: int, size: int) -> tuple[Evidence, Crowd]:
    """One survey in the naive layout."""
    crowd, evidence = Crowd(seed, size), Evidence(url, [])
    evidence.people, evidence.names = crowd.people, crowd.names
    evidence.editions = {who: each.edition for who, each in crowd.editions.items()}
    evidence.begin_log()
    engine = create_engine(evidence.where)
    lines: list[str] = []
    with engine.connect() as connection:
        if not evidence.on_postgresql:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("PRAGMA secure_delete = OFF")
        for table in _TABLES:
            connection.execute(text(table))
        for number, each in enumerate((ASI.edition, NEWER.edition)):
            said = {"id": number, "edition": each}
            connection.execute(text("INSERT INTO collection VALUES (:id, :edition)"), said)
        connection.commit()
        for who in crowd.people:
            _begins(connection, who, crowd)
        _copy(evidence, folder)
        _watch(connection, evidence)
        for number, who in enumerate(crowd.people):
            lines.append(_sends(connection, who, crowd, 1_000_000 + 60 * number))
            _watch(connection, evidence)
        if not evidence.on_postgresql:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
        _copy(evidence, folder)
    engine.dispose()
    evidence.log = "\n".join(lines)
    return evidence, crowd


def _begins(connection: Connection, who: str, crowd: Crowd) -> None:
    said = {"who": who, "tag": crowd.tags[who], "body": crowd.answers[who]["q11"].text}
    for each in (
        "INSERT INTO participant VALUES (:who, :tag)",
        "INSERT INTO participation VALUES (:who, 'begun', NULL)",
        "INSERT INTO session VALUES (:who, :body)",
    ):
        connection.execute(text(each), said)
    connection.commit()


def _sends(connection: Connection, who: str, crowd: Crowd, now: int) -> str:
    answers, number = crowd.answers[who], str(uuid.UUID(bytes=crowd.chance.randbytes(16)))
    said = {
        "who": who,
        "id": number,
        "marks": layout(ASI).line(answers),
        "words": answers["q11"].text,
        "tag": crowd.tags[who],
        "now": now,
        "edition": int(crowd.editions[who] is NEWER),
        "name": crowd.names[who],
    }
    for each in (
        "UPDATE participation SET state = 'finished', done_at = :now WHERE participant_id = :who",
        "INSERT INTO response VALUES (:id, :marks, :tag, :now, :edition, :who)",
        "INSERT INTO comment VALUES (:id, :words)",
        *(("INSERT INTO contact_request VALUES (:name)",) if "q12" in answers else ()),
    ):
        connection.execute(text(each), said)
    connection.commit()
    return f"{now} INFO {who} sent response {number}"


def _watch(connection: Connection, evidence: Evidence) -> None:
    done = "SELECT participant_id FROM participation WHERE state = 'finished'"
    finished = frozenset(each for (each,) in connection.execute(text(done)))
    found = connection.execute(text(EDITIONS)).all()
    editions = {(marks, (words,)): name for marks, words, name in found}
    said = frozenset(editions)
    connection.commit()
    evidence.moments.append(Moment(finished, said, editions))
    evidence.desk.append((len(finished), said))
    asked = text("SELECT details FROM contact_request")
    names = frozenset(connection.execute(asked).scalars())
    marks = Counter(pair for line, _ in said for pair in layout(ASI).parts(line).items())
    evidence.reports.append(Report(len(finished), marks, said, names))
    connection.commit()


def _copy(evidence: Evidence, folder: Path) -> None:
    into = copy_files(evidence, folder)
    if into is None:
        evidence.copy_pages(folder)
        return
    with (
        closing(sqlite3.connect(str(evidence.where.database))) as live,
        closing(sqlite3.connect(into / "assay.backup")) as copy,
    ):
        live.backup(copy)
