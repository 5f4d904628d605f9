"""Neither side: definitions, keys that are over, what is to be said, which updates were taken."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ColumnElement, Index, Table, Text

from storage.tables.columns import NUMBER, STRICT, UNORDERED, metadata, short


def _where(those: ColumnElement[bool]) -> dict[str, Any]:
    """The rows that an index is of."""
    return {"sqlite_where": those, "postgresql_where": those}


definition = Table(
    "definition",
    metadata,
    Column("instrument", short(40), primary_key=True),
    Column("edition", short(20), primary_key=True),
    Column("digest", short(64), nullable=False),
    Column("body", Text, nullable=False),
    **STRICT,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("channel", short(16), nullable=False),
    Column("address", short(128), nullable=False),
    Column("kind", short(10), nullable=False),
    # A page's or file's name, a slot, or whether a card is edited or sent anew; never words.
    Column("reference", short(64), nullable=False),
    Column("lane", NUMBER, nullable=False),
    Column("not_before", NUMBER, nullable=False),
    Column("attempts", NUMBER, nullable=False),
    Column("claim", short(32)),
    Column("lease_until", NUMBER, nullable=False),
    # Set on a dead letter; such a row is never sent.
    Column("given_up", short(32)),
    CheckConstraint("kind IN ('card', 'page', 'file', 'reminder', 'digest')", name="kind"),
    Index("ix_outbox_address", "channel", "address", "id"),
    **STRICT,
)
# What is free, in the order in which it is said; and what somebody has in hand.
Index(
    "ix_outbox_free",
    outbox.c.lane,
    outbox.c.not_before,
    outbox.c.id,
    **_where(outbox.c.claim.is_(None) & outbox.c.given_up.is_(None)),
)
Index("ix_outbox_held", outbox.c.lease_until, **_where(outbox.c.claim.is_not(None)))

gate = Table(
    "gate",
    metadata,
    # A limit for a whole channel outlives a restart.
    Column("channel", short(16), primary_key=True),
    Column("since", NUMBER, nullable=False),
    Column("until", NUMBER, nullable=False),
    **STRICT,
)

processed_update = Table(
    "processed_update",
    metadata,
    # No chat, no person, no time of day.
    Column("update_id", NUMBER, primary_key=True, autoincrement=False),
    Column("day", NUMBER, nullable=False, index=True),
    # Why it was set aside, where it could not be taken.
    Column("set_aside", short(32)),
    **STRICT,
)

uncompacted = Table(
    "uncompacted",
    metadata,
    # Tables whose files still hold older versions of rows, until they are compacted.
    Column("name", short(40), primary_key=True),
    # Drawn anew with every write, so that one that came meanwhile is not taken for done.
    Column("mark", short(32), nullable=False),
    **UNORDERED,
)

shred = Table(
    "shred",
    metadata,
    # Keys to be destroyed: what they sealed has gone on.
    Column("key_id", short(32), primary_key=True),
    **UNORDERED,
)

keyring = Table(
    "keyring",
    metadata,
    # The one key file that opens what is sealed here.
    Column("id", short(32), primary_key=True),
    # By which that file knows this database; none before it was first opened with one.
    Column("own", short(32)),
    **UNORDERED,
)

chore = Table(
    "chore",
    metadata,
    # What an upgrade left to be done, until it is done.
    Column("name", short(32), primary_key=True),
    **UNORDERED,
)
