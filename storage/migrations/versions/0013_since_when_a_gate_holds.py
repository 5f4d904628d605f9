"""A hold says since when: one of a clock that was ahead is known as such."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0013"
down_revision = "0012"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Holds last for seconds: those of before are over."""
    _make(sa.Column("since", NUMBER, nullable=False))


def downgrade() -> None:
    """Without it again."""
    _make()


def _make(*since: sa.Column[int]) -> None:
    op.drop_table("gate")
    op.create_table(
        "gate",
        sa.Column("channel", short(16), nullable=False),
        *since,
        sa.Column("until", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_gate")),
        sqlite_strict=True,
    )
