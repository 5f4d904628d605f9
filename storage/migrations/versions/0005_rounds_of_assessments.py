"""An assessment knows its round, a code who gave it out; no request gets an old one's number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0005"
down_revision = "0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Say of assessments that were sent in which round; make the table of requests anew."""
    column = sa.Column("round", short(40), nullable=False, server_default="open")
    op.add_column("assessment", column)
    op.execute(
        "UPDATE assessment SET round = COALESCE((SELECT MIN(p.round) FROM participation p"
        " WHERE p.participant_id = assessment.participant_id"
        " AND p.instrument = assessment.instrument AND p.state = 'finished'), 'open')"
    )
    op.add_column("claim_code", sa.Column("issuer", sa.Text(), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "sqlite":  # PostgreSQL never gives a number out again
        _make_requests_anew()


def _make_requests_anew() -> None:
    connection = op.get_bind()
    kept = connection.execute(sa.text("SELECT id, participant_id, who FROM request")).mappings()
    waiting = [dict(each) for each in kept]
    op.drop_table("request")
    made = op.create_table(
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
        sqlite_autoincrement=True,
    )
    if waiting:
        connection.execute(sa.insert(made), waiting)


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError("restore a backup that was made before")
