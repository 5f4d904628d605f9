"""What is to be said is found by whose turn it is, however much waits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the indexes."""
    for name, columns, those in (
        ("ix_outbox_free", ["lane", "not_before", "id"], "claim IS NULL AND given_up IS NULL"),
        ("ix_outbox_held", ["lease_until"], "claim IS NOT NULL"),
    ):
        where = sa.text(those)
        op.create_index(name, "outbox", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Drop them."""
    for name in ("ix_outbox_held", "ix_outbox_free"):
        op.drop_index(name, "outbox")
