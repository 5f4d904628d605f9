"""The first tables: identity side, answer side, outbox and ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "attempt",
        sa.Column("key", short(64), nullable=False),
        sa.Column("since", NUMBER, nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attempt")),
        sqlite_strict=True,
    )
    op.create_table(
        "contact",
        sa.Column("id", short(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", short(8), nullable=False),
        sa.Column("certification", sa.Text(), nullable=False),
        sa.Column("certified_on", short(10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sqlite_strict=True,
    )
    op.create_table(
        "contact_request",
        sa.Column("id", short(32), nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_request")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "definition",
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("edition", short(20), nullable=False),
        sa.Column("digest", short(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("instrument", "edition", name=op.f("pk_definition")),
        sqlite_strict=True,
    )
    op.create_table(
        "gate",
        sa.Column("channel", short(16), nullable=False),
        sa.Column("until", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_gate")),
        sqlite_strict=True,
    )
    op.create_table(
        "live_card",
        sa.Column("channel", short(16), nullable=False),
        sa.Column("address", short(128), nullable=False),
        sa.Column("message_id", NUMBER, nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", name=op.f("pk_live_card")),
        sqlite_strict=True,
    )
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("channel", short(16), nullable=False),
        sa.Column("address", short(128), nullable=False),
        sa.Column("kind", short(4), nullable=False),
        sa.Column("reference", short(64), nullable=False),
        sa.Column("lane", NUMBER, nullable=False),
        sa.Column("not_before", NUMBER, nullable=False),
        sa.Column("attempts", NUMBER, nullable=False),
        sa.Column("claim", short(32), nullable=True),
        sa.Column("lease_until", NUMBER, nullable=False),
        sa.Column("given_up", short(32), nullable=True),
        sa.CheckConstraint("kind IN ('card', 'page')", name=op.f("ck_outbox_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_address", "outbox", ["channel", "address", "id"], unique=False)
    op.create_table(
        "participant",
        sa.Column("id", short(32), nullable=False),
        sa.Column("language", short(8), nullable=False),
        sa.Column("instrument", short(40), nullable=True),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participant")),
        sqlite_strict=True,
    )
    op.create_table(
        "processed_update",
        sa.Column("update_id", NUMBER, autoincrement=False, nullable=False),
        sa.Column("day", NUMBER, nullable=False),
        sa.Column("set_aside", short(32), nullable=True),
        sa.PrimaryKeyConstraint("update_id", name=op.f("pk_processed_update")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_processed_update_day"), "processed_update", ["day"], unique=False)
    op.create_table(
        "response",
        sa.Column("id", short(32), nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("edition", short(20), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("period", short(7), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_response_round", "response", ["instrument", "round"], unique=False)
    op.create_table(
        "address",
        sa.Column("channel", short(16), nullable=False),
        sa.Column("address", short(128), nullable=False),
        sa.Column("participant_id", short(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_address_participant_id")
        ),
        sa.PrimaryKeyConstraint("channel", "address", name=op.f("pk_address")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_address_participant_id"), "address", ["participant_id"], unique=False)
    op.create_table(
        "assessment",
        sa.Column("participant_id", short(32), nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("version", NUMBER, nullable=False),
        sa.Column("edition", short(20), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("digest", short(64), nullable=False),
        sa.Column("frozen_at", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_assessment_participant_id")
        ),
        sa.PrimaryKeyConstraint(
            "participant_id", "instrument", "version", name=op.f("pk_assessment")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "code",
        sa.Column("participant_id", short(32), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_code_participant_id")
        ),
        sa.PrimaryKeyConstraint("participant_id", name=op.f("pk_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_code_code_hash")),
        sqlite_strict=True,
    )
    op.create_table(
        "comment",
        sa.Column("id", short(32), nullable=False),
        sa.Column("response_id", short(32), nullable=False),
        sa.Column("item", short(20), nullable=False),
        sa.Column("part", short(8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("part IN ('comment', 'text', 'other')", name=op.f("ck_comment_part")),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_comment_response_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_comment_response_id"), "comment", ["response_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", short(32), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("contact_id", short(32), nullable=False),
        sa.Column("expires_at", NUMBER, nullable=False),
        sa.Column("participant_id", short(32), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_invitation_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_invitation_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_invitation_contact_id"), "invitation", ["contact_id"], unique=False)
    op.create_index(
        op.f("ix_invitation_participant_id"), "invitation", ["participant_id"], unique=False
    )
    op.create_table(
        "participation",
        sa.Column("participant_id", short(32), nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("state", short(10), nullable=False),
        sa.CheckConstraint(
            "state IN ('invited', 'opened', 'begun', 'finished', 'declined')",
            name=op.f("ck_participation_state"),
        ),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_participation_participant_id")
        ),
        sa.PrimaryKeyConstraint(
            "participant_id", "instrument", "round", name=op.f("pk_participation")
        ),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_participation_round", "participation", ["instrument", "round", "state"], unique=False
    )
    op.create_table(
        "session",
        sa.Column("participant_id", short(32), nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("edition", short(20), nullable=False),
        sa.Column("revision", NUMBER, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_session_participant_id")
        ),
        sa.PrimaryKeyConstraint("participant_id", "instrument", name=op.f("pk_session")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("session")
    op.drop_table("participation")
    op.drop_table("invitation")
    op.drop_table("comment")
    op.drop_table("code")
    op.drop_table("assessment")
    op.drop_table("address")
    op.drop_table("response")
    op.drop_table("processed_update")
    op.drop_table("participant")
    op.drop_table("outbox")
    op.drop_table("live_card")
    op.drop_table("gate")
    op.drop_table("definition")
    op.drop_table("contact_request")
    op.drop_table("contact")
    op.drop_table("attempt")
