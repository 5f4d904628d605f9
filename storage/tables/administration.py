"""Neither side: who runs the fieldwork, what they were told, and what they did."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from storage.tables.columns import NUMBER, STRICT, metadata, short

administrator = Table(
    "administrator",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("channel", short(16), nullable=False),
    Column("address", short(128), nullable=False),
    Column("role", short(16), nullable=False),
    Column("language", short(8), nullable=False),
    # When a digest is wanted: every day, week, month or never; the hour; which weekday or day.
    Column("every", short(8), nullable=False),
    Column("hour", NUMBER, nullable=False),
    Column("on_day", NUMBER, nullable=False),
    Column("zone", short(40), nullable=False),
    # "config" rows come and go with the configuration.
    Column("origin", short(8), nullable=False),
    UniqueConstraint("channel", "address"),
    CheckConstraint("every IN ('day', 'week', 'month', 'never')", name="every"),
    CheckConstraint("origin IN ('config', 'code')", name="origin"),
    **STRICT,
)

claim_code = Table(
    "claim_code",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("role", short(16), nullable=False),
    Column("expires_at", NUMBER, nullable=False),
    # Who gave it out, as the audit log knows them: their codes go with them.
    Column("issuer", Text, nullable=False, server_default=""),
    **STRICT,
)

digest = Table(
    "digest",
    metadata,
    Column("administrator_id", ForeignKey("administrator.id"), primary_key=True),
    # The period: a restart finds it here and sends no second one.
    Column("key", short(24), primary_key=True),
    Column("made_at", NUMBER, nullable=False),
    # Counts, rounds and names of companies that assess themselves; never an answer.
    Column("snapshot", Text, nullable=False),
    Column("state", short(8), nullable=False),
    CheckConstraint("state IN ('queued', 'sent', 'unknown')", name="state"),
    **STRICT,
)

upload = Table(
    "upload",
    metadata,
    # A list of contacts that waits for its administrator's word; gone after a day.
    Column("id", NUMBER, primary_key=True),
    Column("administrator_id", ForeignKey("administrator.id"), nullable=False, unique=True),
    Column("content", Text, nullable=False),
    Column("made_at", NUMBER, nullable=False),
    **STRICT,
)

audit = Table(
    "audit",
    metadata,
    Column("id", NUMBER, primary_key=True),
    Column("at", NUMBER, nullable=False),
    # "telegram:4711", or "command line".
    Column("actor", short(160), nullable=False),
    Column("act", short(24), nullable=False),
    # A round, a role, a schedule: what the act was on. Never an answer.
    Column("object", short(160), nullable=False),
    # How many people it reached.
    Column("people", NUMBER, nullable=False),
    **STRICT,
)
