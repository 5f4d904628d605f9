"""Sent responses wait sealed in a pool, drafts are sealed; wishes about words and details."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

revision = "0007"
down_revision = "0006"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNORDERED = {"sqlite_strict": True, "sqlite_with_rowid": False}


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Make the tables. Drafts stay as they are until the product starts, which has the keys."""
    op.create_table(
        "pool",
        sa.Column("id", short(32), nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("anonymous", NUMBER, nullable=False),
        sa.Column("key_id", short(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pool")),
        **UNORDERED,
    )
    op.create_index("ix_pool_round", "pool", ["instrument", "round"], unique=False)
    for name, column in (("shred", "key_id"), ("keyring", "id")):
        op.create_table(
            name,
            sa.Column(column, short(32), nullable=False),
            sa.PrimaryKeyConstraint(column, name=op.f(f"pk_{name}")),
            **UNORDERED,
        )
    op.add_column("session", sa.Column("answered", NUMBER, nullable=False, server_default="0"))
    op.execute("UPDATE session SET answered = 1 WHERE body NOT LIKE '%\"answers\":{}%'")
    op.add_column("session", sa.Column("key_id", short(32)))
    op.add_column("session", sa.Column("sealed", sa.LargeBinary()))
    op.add_column("comment", sa.Column("quotable", NUMBER, nullable=False, server_default="0"))
    _attach_details()


def _attach_details() -> None:
    """A column with a foreign key: SQLite takes it only in the words of its own."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "ALTER TABLE contact_request ADD COLUMN response_id TEXT"
            " CONSTRAINT fk_contact_request_response_id REFERENCES response(id)"
        )
        return
    op.add_column("contact_request", sa.Column("response_id", short(32)))
    op.create_foreign_key(
        op.f("fk_contact_request_response_id"),
        "contact_request",
        "response",
        ["response_id"],
        ["id"],
    )


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError("restore a backup that was made before")
