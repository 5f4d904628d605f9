"""A key file knows its database; what cannot be read is set aside; what came before is mixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0009"
down_revision = "0008"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNORDERED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Add the columns and the table. What was kept before letting out wrote everything anew is
    written anew by the product, which has the keys.
    """
    op.add_column("keyring", sa.Column("own", short(32)))
    op.add_column("pool", sa.Column("unreadable", NUMBER, nullable=False, server_default="0"))
    op.create_table(
        "chore",
        sa.Column("name", short(32), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_chore")),
        **UNORDERED,
    )
    kept = " UNION ALL ".join(
        f"SELECT 1 AS one FROM {table}"  # noqa: S608 - names of ours
        for table in ("response", "session", "participation")
    )
    op.execute(f"INSERT INTO chore SELECT 'write_anew' WHERE EXISTS ({kept})")


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError("restore a backup that was made before")
