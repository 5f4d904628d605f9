"""Rounds, reminders, requests, administrators with their digests; drafts know their round."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0003"
down_revision = "0002"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


STATES = (
    "invited", "opened", "begun", "finished", "declined", "bounced", "unreachable", "expired",
)  # fmt: skip
KINDS = ("card", "page", "file", "reminder", "digest")


def upgrade() -> None:
    """Make the tables, and widen those that were there."""
    _make_tables()
    _add_columns()
    _widen()


def _make_tables() -> None:
    op.create_table(
        "round",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("name", short(40), nullable=False),
        sa.Column("opens", short(10), nullable=False),
        sa.Column("closes", short(10), nullable=True),
        sa.Column("zone", short(40), nullable=False),
        sa.Column("idle_days", short(40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_round")),
        sa.UniqueConstraint("instrument", "name", name=op.f("uq_round_instrument_name")),
        sqlite_strict=True,
    )
    op.create_table(
        "paradata",
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("kind", short(10), nullable=False),
        sa.Column("value", short(20), nullable=False),
        sa.Column("people", NUMBER, nullable=False),
        sa.CheckConstraint(
            "kind IN ('door', 'language', 'minutes')", name=op.f("ck_paradata_kind")
        ),
        sa.PrimaryKeyConstraint("instrument", "round", "kind", "value", name=op.f("pk_paradata")),
        sqlite_strict=True,
    )
    op.create_table(
        "reminder",
        sa.Column("id", short(32), nullable=False),
        sa.Column("participant_id", short(32), nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("number", NUMBER, nullable=False),
        sa.Column("due_at", NUMBER, nullable=False),
        sa.Column("state", short(16), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_reminder_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint(
            "participant_id",
            "instrument",
            "round",
            "number",
            name=op.f("uq_reminder_participant_id_instrument_round_number"),
        ),
        sqlite_strict=True,
    )
    op.create_index("ix_reminder_due", "reminder", ["state", "due_at"], unique=False)
    op.create_table(
        "request",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("participant_id", short(32), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_request_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
        sa.UniqueConstraint("participant_id", name=op.f("uq_request_participant_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "administrator",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("channel", short(16), nullable=False),
        sa.Column("address", short(128), nullable=False),
        sa.Column("role", short(16), nullable=False),
        sa.Column("language", short(8), nullable=False),
        sa.Column("every", short(8), nullable=False),
        sa.Column("hour", NUMBER, nullable=False),
        sa.Column("on_day", NUMBER, nullable=False),
        sa.Column("zone", short(40), nullable=False),
        sa.Column("origin", short(8), nullable=False),
        sa.CheckConstraint(
            "every IN ('day', 'week', 'month', 'never')", name=op.f("ck_administrator_every")
        ),
        sa.CheckConstraint("origin IN ('config', 'code')", name=op.f("ck_administrator_origin")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrator")),
        sa.UniqueConstraint("channel", "address", name=op.f("uq_administrator_channel_address")),
        sqlite_strict=True,
    )
    op.create_table(
        "claim_code",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("role", short(16), nullable=False),
        sa.Column("expires_at", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_claim_code")),
        sqlite_strict=True,
    )
    op.create_table(
        "digest",
        sa.Column("administrator_id", NUMBER, nullable=False),
        sa.Column("key", short(24), nullable=False),
        sa.Column("made_at", NUMBER, nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("state", short(8), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'sent', 'unknown')", name=op.f("ck_digest_state")),
        sa.ForeignKeyConstraint(
            ["administrator_id"], ["administrator.id"], name=op.f("fk_digest_administrator_id")
        ),
        sa.PrimaryKeyConstraint("administrator_id", "key", name=op.f("pk_digest")),
        sqlite_strict=True,
    )
    op.create_table(
        "upload",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("administrator_id", NUMBER, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("made_at", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["administrator_id"], ["administrator.id"], name=op.f("fk_upload_administrator_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
        sa.UniqueConstraint("administrator_id", name=op.f("uq_upload_administrator_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("at", NUMBER, nullable=False),
        sa.Column("actor", short(160), nullable=False),
        sa.Column("act", short(24), nullable=False),
        sa.Column("object", short(160), nullable=False),
        sa.Column("people", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sqlite_strict=True,
    )


def _add_columns() -> None:
    for table, column in (
        ("participant", sa.Column("zone", short(40), nullable=True)),
        ("participant", sa.Column("no_reminders", NUMBER, server_default="0", nullable=False)),
        ("participant", sa.Column("written_at", NUMBER, nullable=True)),
        ("session", sa.Column("round", short(40), server_default="open", nullable=False)),
        ("session", sa.Column("begun_at", NUMBER, server_default="0", nullable=False)),
        ("session", sa.Column("seen_on", NUMBER, server_default="0", nullable=False)),
    ):
        op.add_column(table, column)


def _widen() -> None:
    for table, column, length, allowed in (
        ("participation", "state", 12, STATES),
        ("outbox", "kind", 10, KINDS),
    ):
        check = op.f(f"ck_{table}_{column}")
        with op.batch_alter_table(
            table, table_kwargs={"sqlite_strict": True}, recreate="auto"
        ) as widened:
            widened.drop_constraint(check, type_="check")
            widened.alter_column(column, type_=short(length), existing_nullable=False)
            widened.create_check_constraint(check, f"{column} IN {allowed}")


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError("restore a backup that was made before")
