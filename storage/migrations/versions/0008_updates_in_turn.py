"""A draft knows the newest update that acted on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column; no draft has one yet."""
    newest = sa.Column("newest_update", NUMBER, nullable=False, server_default="0")
    op.add_column("session", newest)


def downgrade() -> None:
    """Take the column away."""
    op.drop_column("session", "newest_update")
