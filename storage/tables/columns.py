"""What every table is made of: one set of names, and types that two databases understand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, MetaData, String, Text

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# STRICT: SQLite refuses a value of another type instead of keeping it. WITHOUT ROWID where the
# hidden row number would tell the order in which answers came in.
STRICT: dict[str, Any] = {"sqlite_strict": True}
UNORDERED: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}

# STRICT knows INTEGER and TEXT; PostgreSQL wants to be told how long, and that ids of Telegram
# are wider than 32 bits.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


def short(length: int) -> TypeEngine[str]:
    """A text of at most so many characters (SQLite keeps any length)."""
    return String(length).with_variant(Text(), "sqlite")
