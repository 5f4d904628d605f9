"""The whole schema on one page.

Two sides that share no column by which a row of one could be joined to a row of the other: the
identity side knows who takes part, the answer side knows what was said. ``instrument``,
``edition`` and ``round`` stand on both: they name the survey, not a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

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
_NUMBER = BigInteger().with_variant(Integer(), "sqlite")


def _short(length: int) -> TypeEngine[str]:
    return String(length).with_variant(Text(), "sqlite")


STATES = ("invited", "opened", "begun", "finished", "declined")

# --- Identity side ---------------------------------------------------------------------------

participant = Table(
    "participant",
    metadata,
    Column("id", _short(32), primary_key=True),
    Column("language", _short(8), nullable=False),
    # The instrument whose card is the live one; none on the front page.
    Column("instrument", _short(40)),
    # Buttons are stamped with it: another person's stamps cannot be computed from one's own.
    Column("secret", LargeBinary, nullable=False),
    **STRICT,
)

address = Table(
    "address",
    metadata,
    Column("channel", _short(16), primary_key=True),
    Column("address", _short(128), primary_key=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False, index=True),
    **STRICT,
)

live_card = Table(
    "live_card",
    metadata,
    Column("channel", _short(16), primary_key=True),
    Column("address", _short(128), primary_key=True),
    Column("message_id", _NUMBER, nullable=False),
    # A day is enough to know whether a card is too old to be edited.
    Column("day", _NUMBER, nullable=False),
    **STRICT,
)

session = Table(
    "session",
    metadata,
    Column("participant_id", ForeignKey("participant.id"), primary_key=True),
    Column("instrument", _short(40), primary_key=True),
    Column("edition", _short(20), nullable=False),
    # Raised by every save: two doors at once cannot overwrite each other unseen.
    Column("revision", _NUMBER, nullable=False),
    Column("body", Text, nullable=False),
    **STRICT,
)

participation = Table(
    "participation",
    metadata,
    Column("participant_id", ForeignKey("participant.id"), primary_key=True),
    Column("instrument", _short(40), primary_key=True),
    Column("round", _short(40), primary_key=True),
    # No time, not even of day: when somebody finished could be laid beside what changed then.
    Column("state", _short(10), nullable=False),
    CheckConstraint(f"state IN {STATES}", name="state"),
    Index("ix_participation_round", "instrument", "round", "state"),
    **STRICT,
)

forgotten = Table(
    "forgotten",
    metadata,
    # How many of a round asked to be forgotten: a number, so that the round adds up.
    Column("instrument", _short(40), primary_key=True),
    Column("round", _short(40), primary_key=True),
    Column("people", _NUMBER, nullable=False),
    **STRICT,
)

contact = Table(
    "contact",
    metadata,
    Column("id", _short(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("language", _short(8), nullable=False),
    Column("certification", Text, nullable=False),
    Column("certified_on", _short(10), nullable=False),
    **STRICT,
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", _short(32), primary_key=True),
    # Only the hash: who reads the database cannot open anybody's link.
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("instrument", _short(40), nullable=False),
    Column("round", _short(40), nullable=False),
    Column("contact_id", ForeignKey("contact.id"), nullable=False, index=True),
    Column("expires_at", _NUMBER, nullable=False),
    # Who redeemed it; the same person may open the same link again.
    Column("participant_id", ForeignKey("participant.id"), index=True),
    **STRICT,
)

code = Table(
    "code",
    metadata,
    Column("participant_id", ForeignKey("participant.id"), primary_key=True),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("expires_at", _NUMBER, nullable=False),
    **STRICT,
)

attempt = Table(
    "attempt",
    metadata,
    # What is tried at which door, hashed; a window begins with its first attempt.
    Column("key", _short(64), primary_key=True),
    Column("since", _NUMBER, nullable=False),
    Column("count", _NUMBER, nullable=False),
    **STRICT,
)

assessment = Table(
    "assessment",
    metadata,
    Column("participant_id", ForeignKey("participant.id"), primary_key=True),
    Column("instrument", _short(40), primary_key=True),
    Column("version", _NUMBER, primary_key=True),
    Column("edition", _short(20), nullable=False),
    Column("answers", Text, nullable=False),
    Column("digest", _short(64), nullable=False),
    Column("frozen_at", _NUMBER, nullable=False),
    **STRICT,
)

# --- Answer side -----------------------------------------------------------------------------

collection = Table(
    "collection",
    metadata,
    # What was collected of one edition in one round from one source.
    Column("id", _NUMBER, primary_key=True),
    Column("instrument", _short(40), nullable=False),
    Column("edition", _short(20), nullable=False),
    Column("round", _short(40), nullable=False),
    Column("source", _short(6), nullable=False),
    # Counted as responses come, so that a report need not read them.
    Column("responded", _NUMBER, nullable=False),
    Column("finished", _NUMBER, nullable=False),
    CheckConstraint("source IN ('chat', 'import')", name="source"),
    UniqueConstraint("instrument", "round", "edition", "source"),
    **STRICT,
)

response = Table(
    "response",
    metadata,
    Column("id", _short(32), primary_key=True),
    Column("collection_id", ForeignKey("collection.id"), nullable=False, index=True),
    Column("finished", _NUMBER, nullable=False),
    # The quarter, and nothing finer.
    Column("period", _short(7), nullable=False),
    # Ticks only, one character an option (flows.marks): words can give their writer away and
    # stand apart.
    Column("marks", Text, nullable=False),
    **UNORDERED,
)

tally = Table(
    "tally",
    metadata,
    # How many responses have these marks under this item: the sum of what ``response`` holds.
    Column("collection_id", ForeignKey("collection.id"), primary_key=True),
    Column("item", _short(20), primary_key=True),
    Column("marks", _short(200), primary_key=True),
    Column("responses", _NUMBER, nullable=False),
    **UNORDERED,
)

comment = Table(
    "comment",
    metadata,
    Column("id", _short(32), primary_key=True),
    Column("response_id", ForeignKey("response.id"), nullable=False, index=True),
    Column("collection_id", ForeignKey("collection.id"), nullable=False),
    Column("item", _short(20), nullable=False),
    Column("part", _short(8), nullable=False),
    Column("words", Text, nullable=False),
    CheckConstraint("part IN ('comment', 'text', 'other')", name="part"),
    Index("ix_comment_collection", "collection_id", "item"),
    **UNORDERED,
)

contact_request = Table(
    "contact_request",
    metadata,
    # Who wants to be written to. No column leads from here to a response.
    Column("id", _short(32), primary_key=True),
    Column("instrument", _short(40), nullable=False),
    Column("round", _short(40), nullable=False),
    Column("details", Text, nullable=False),
    **UNORDERED,
)

# --- Neither side ----------------------------------------------------------------------------

definition = Table(
    "definition",
    metadata,
    Column("instrument", _short(40), primary_key=True),
    Column("edition", _short(20), primary_key=True),
    Column("digest", _short(64), nullable=False),
    Column("body", Text, nullable=False),
    **STRICT,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _NUMBER, primary_key=True),
    Column("channel", _short(16), nullable=False),
    Column("address", _short(128), nullable=False),
    Column("kind", _short(4), nullable=False),
    # A page's or file's name, or whether a card is edited or sent anew; never words.
    Column("reference", _short(64), nullable=False),
    Column("lane", _NUMBER, nullable=False),
    Column("not_before", _NUMBER, nullable=False),
    Column("attempts", _NUMBER, nullable=False),
    Column("claim", _short(32)),
    Column("lease_until", _NUMBER, nullable=False),
    # Set on a dead letter; such a row is never sent.
    Column("given_up", _short(32)),
    CheckConstraint("kind IN ('card', 'page', 'file')", name="kind"),
    Index("ix_outbox_address", "channel", "address", "id"),
    **STRICT,
)

gate = Table(
    "gate",
    metadata,
    # A limit for a whole channel outlives a restart.
    Column("channel", _short(16), primary_key=True),
    Column("until", _NUMBER, nullable=False),
    **STRICT,
)

processed_update = Table(
    "processed_update",
    metadata,
    # No chat, no person, no time of day.
    Column("update_id", _NUMBER, primary_key=True, autoincrement=False),
    Column("day", _NUMBER, nullable=False, index=True),
    # Why it was set aside, where it could not be taken.
    Column("set_aside", _short(32)),
    **STRICT,
)
