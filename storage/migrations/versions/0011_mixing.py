"""Rounds that are over for good, contact details that wait, tables to compact, cleared figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0011"
down_revision = "0010"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STRICT = {"sqlite_strict": True}
UNORDERED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Make the tables. What waits in the pool is anonymous or attached, as it was."""
    op.execute("ALTER TABLE pool RENAME COLUMN anonymous TO kind")
    op.create_table(
        "mixing",
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("final", NUMBER, nullable=False),
        sa.Column("since_details", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("instrument", "round", name=op.f("pk_mixing")),
        **UNORDERED,
    )
    op.create_table(
        "uncompacted",
        sa.Column("name", short(40), nullable=False),
        sa.Column("mark", short(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_uncompacted")),
        **UNORDERED,
    )
    op.create_table(
        "cleared",
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("state", short(12), nullable=False),
        sa.Column("people", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("instrument", "round", "state", name=op.f("pk_cleared")),
        **STRICT,
    )


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError("restore a backup that was made before")
