"""Responses as marks with tallies beside them; files in the outbox; how many were forgotten."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, TypeAlias

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.types import TypeEngine

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Layout: TypeAlias = list[tuple[str, list[str]]]
"""Items with options, and the ids of these."""
UNORDERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Take the answers out, make the tables anew, put the answers back."""
    connection = op.get_bind()
    responses, comments = (
        connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY id")).mappings().all()  # noqa: S608 - two names of ours
        for name in ("response", "comment")
    )
    op.drop_table("comment")
    op.drop_table("response")
    _make_tables()
    _put_back(responses, comments)
    with op.batch_alter_table(
        "outbox", table_kwargs={"sqlite_strict": True}, recreate="auto"
    ) as outbox:
        outbox.drop_constraint(op.f("ck_outbox_kind"), type_="check")
        outbox.create_check_constraint(op.f("ck_outbox_kind"), "kind IN ('card', 'page', 'file')")


def _make_tables() -> None:
    op.create_table(
        "collection",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("edition", short(20), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("source", short(6), nullable=False),
        sa.Column("responded", NUMBER, nullable=False),
        sa.Column("finished", NUMBER, nullable=False),
        sa.CheckConstraint("source IN ('chat', 'import')", name=op.f("ck_collection_source")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_collection")),
        sa.UniqueConstraint(
            "instrument",
            "round",
            "edition",
            "source",
            name=op.f("uq_collection_instrument_round_edition_source"),
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "response",
        sa.Column("id", short(32), nullable=False),
        sa.Column("collection_id", NUMBER, nullable=False),
        sa.Column("finished", NUMBER, nullable=False),
        sa.Column("period", short(7), nullable=False),
        sa.Column("marks", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name=op.f("fk_response_collection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        **UNORDERED,
    )
    op.create_index(op.f("ix_response_collection_id"), "response", ["collection_id"], unique=False)
    op.create_table(
        "tally",
        sa.Column("collection_id", NUMBER, nullable=False),
        sa.Column("item", short(20), nullable=False),
        sa.Column("marks", short(200), nullable=False),
        sa.Column("responses", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name=op.f("fk_tally_collection_id")
        ),
        sa.PrimaryKeyConstraint("collection_id", "item", "marks", name=op.f("pk_tally")),
        **UNORDERED,
    )
    op.create_table(
        "forgotten",
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("people", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("instrument", "round", name=op.f("pk_forgotten")),
        sqlite_strict=True,
    )
    op.create_table(
        "comment",
        sa.Column("id", short(32), nullable=False),
        sa.Column("response_id", short(32), nullable=False),
        sa.Column("collection_id", NUMBER, nullable=False),
        sa.Column("item", short(20), nullable=False),
        sa.Column("part", short(8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("part IN ('comment', 'text', 'other')", name=op.f("ck_comment_part")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_comment_response_id")
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name=op.f("fk_comment_collection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        **UNORDERED,
    )
    op.create_index(op.f("ix_comment_response_id"), "comment", ["response_id"], unique=False)
    op.create_index("ix_comment_collection", "comment", ["collection_id", "item"], unique=False)


def _put_back(responses: Sequence[RowMapping], comments: Sequence[RowMapping]) -> None:
    collections: dict[tuple[str, str, str], int] = {}
    layouts: dict[tuple[str, str], Layout] = {}
    tallies: Counter[tuple[int, str, str]] = Counter()
    counts: Counter[int] = Counter()
    rows: dict[str, dict[str, Any]] = {}
    for old in responses:
        edition = old["instrument"], old["edition"]
        if edition not in layouts:
            layouts[edition] = _layout(*edition)
        place = collections.setdefault((*edition, old["round"]), len(collections) + 1)
        marks = _marks(layouts[edition], json.loads(old["answers"]))
        tallies.update((place, item, each) for item, each in marks.items() if "-" not in each)
        counts[place] += 1
        kept = {"id": old["id"], "place": place, "period": old["period"]}
        rows[old["id"]] = {**kept, "marks": "".join(marks.values())}
    _insert(
        "INSERT INTO collection VALUES (:place, :i, :e, :r, 'chat', :c, :c)",
        [
            {"place": place, "i": i, "e": e, "r": r, "c": counts[place]}
            for (i, e, r), place in collections.items()
        ],
    )
    _insert("INSERT INTO response VALUES (:id, :place, 1, :period, :marks)", [*rows.values()])
    _insert(
        "INSERT INTO tally VALUES (:place, :item, :marks, :count)",
        [
            {"place": place, "item": item, "marks": marks, "count": count}
            for (place, item, marks), count in tallies.items()
        ],
    )
    _insert(
        "INSERT INTO comment VALUES (:id, :response_id, :place, :item, :part, :words)",
        [{**each, "place": rows[each["response_id"]]["place"]} for each in comments],
    )
    if collections and op.get_bind().dialect.name == "postgresql":
        # The next collection gets a number of its own.
        sequence = "SELECT setval(pg_get_serial_sequence('collection', 'id'), :last)"
        op.get_bind().execute(sa.text(sequence), {"last": len(collections)})


def _insert(statement: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        op.get_bind().execute(sa.text(statement), rows)


def _layout(instrument: str, edition: str) -> Layout:
    """The layout of an edition, from the definition that is kept."""
    statement = "SELECT body FROM definition WHERE instrument = :i AND edition = :e"
    kept = op.get_bind().execute(sa.text(statement), {"i": instrument, "e": edition}).scalar_one()
    return [
        (item["id"], [row["id"] for row in item["options"]])
        for section in json.loads(kept)["sections"]
        for item in section["items"]
        if item["kind"] == "choice"
    ]


def _marks(layout: Layout, answers: Mapping[str, Any]) -> dict[str, str]:
    """Item -> its marks: 1 ticked, 0 not, - where it was not answered."""
    marks: dict[str, str] = {}
    for item, options in layout:
        chosen = answers.get(item, {}).get("chosen")
        marks[item] = "".join("01"[each in chosen] if chosen else "-" for each in options)
    return marks


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError("restore a backup that was made before")
