"""Answer side: what was said, under random ids, without a person and without a time."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.columns import NUMBER, STRICT, UNORDERED, metadata, short

pool = Table(
    "pool",
    metadata,
    # What was sent and waits until there are enough to be let out together, in any order.
    Column("id", short(32), primary_key=True),
    Column("instrument", short(40), nullable=False),
    Column("round", short(40), nullable=False),
    # 0: answers with contact details attached by their writer's wish, which hide nobody else;
    # 1: anonymous answers; 2: contact details alone. Which edition it is stands inside the seal.
    Column("kind", NUMBER, nullable=False),
    Column("key_id", short(32), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    # 1: its key is gone, or it is damaged; it waits for the key to be put back, and is let out by
    # nobody.
    Column("unreadable", NUMBER, nullable=False, server_default="0"),
    Index("ix_pool_round", "instrument", "round"),
    **UNORDERED,
)

mixing = Table(
    "mixing",
    metadata,
    # How far letting out has come in a round.
    Column("instrument", short(40), primary_key=True),
    Column("round", short(40), primary_key=True),
    # 1: fewer than a batch were let out, because the round was over; it is over for good.
    Column("final", NUMBER, nullable=False),
    # Anonymous responses that were let out since contact details were: among so many writers
    # those are hidden that wait.
    Column("since_details", NUMBER, nullable=False),
    **UNORDERED,
)

collection = Table(
    "collection",
    metadata,
    # What was collected of one edition in one round from one source.
    Column("id", NUMBER, primary_key=True),
    Column("instrument", short(40), nullable=False),
    Column("edition", short(20), nullable=False),
    Column("round", short(40), nullable=False),
    Column("source", short(6), nullable=False),
    # Counted as responses come, so that a report need not read them.
    Column("responded", NUMBER, nullable=False),
    Column("finished", NUMBER, nullable=False),
    CheckConstraint("source IN ('chat', 'import')", name="source"),
    UniqueConstraint("instrument", "round", "edition", "source"),
    **STRICT,
)

response = Table(
    "response",
    metadata,
    Column("id", short(32), primary_key=True),
    Column("collection_id", ForeignKey("collection.id"), nullable=False, index=True),
    Column("finished", NUMBER, nullable=False),
    # The quarter, and nothing finer.
    Column("period", short(7), nullable=False),
    # Ticks only, one character an option (flows.marks): words can give their writer away and
    # stand apart.
    Column("marks", Text, nullable=False),
    **UNORDERED,
)

tally = Table(
    "tally",
    metadata,
    # How many responses have these marks under this item: the sum of what ``response`` holds.
    # Without marks: how many texts were given with it, the sum of what ``comment`` holds.
    Column("collection_id", ForeignKey("collection.id"), primary_key=True),
    Column("item", short(20), primary_key=True),
    Column("marks", short(200), primary_key=True),
    Column("responses", NUMBER, nullable=False),
    **UNORDERED,
)

comment = Table(
    "comment",
    metadata,
    Column("id", short(32), primary_key=True),
    Column("response_id", ForeignKey("response.id"), nullable=False, index=True),
    Column("collection_id", ForeignKey("collection.id"), nullable=False),
    Column("item", short(20), nullable=False),
    Column("part", short(8), nullable=False),
    Column("words", Text, nullable=False),
    # 1: its writer says that it may be quoted, without a name.
    Column("quotable", NUMBER, nullable=False, server_default="0"),
    CheckConstraint("part IN ('comment', 'text', 'other')", name="part"),
    Index("ix_comment_collection", "collection_id", "item"),
    **UNORDERED,
)

contact_request = Table(
    "contact_request",
    metadata,
    # Who wants to be written to.
    Column("id", short(32), primary_key=True),
    Column("instrument", short(40), nullable=False),
    Column("round", short(40), nullable=False),
    Column("details", Text, nullable=False),
    # Only of who wished their details to be attached to their answers.
    Column("response_id", ForeignKey("response.id")),
    **UNORDERED,
)
