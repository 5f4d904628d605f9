"""Identity side: rounds, who was invited to them, how far they came, and what reminds them."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from flows.ladder import STATES
from storage.tables.columns import NUMBER, STRICT, metadata, short

round_ = Table(
    "round",
    metadata,
    # A number, because a button has no room for two names.
    Column("id", NUMBER, primary_key=True),
    Column("instrument", short(40), nullable=False),
    Column("name", short(40), nullable=False),
    # Days of the round's own time zone; no end where it is open until somebody closes it.
    Column("opens", short(10), nullable=False),
    Column("closes", short(10)),
    Column("zone", short(40), nullable=False),
    # "2,7,14": after how many idle days a reminder falls due.
    Column("idle_days", short(40), nullable=False),
    UniqueConstraint("instrument", "name"),
    **STRICT,
)

participation = Table(
    "participation",
    metadata,
    Column("participant_id", ForeignKey("participant.id"), primary_key=True),
    Column("instrument", short(40), primary_key=True),
    Column("round", short(40), primary_key=True),
    # No time, not even of day: when somebody finished could be laid beside what changed then.
    Column("state", short(12), nullable=False),
    CheckConstraint(f"state IN {STATES}", name="state"),
    Index("ix_participation_round", "instrument", "round", "state"),
    **STRICT,
)

forgotten = Table(
    "forgotten",
    metadata,
    # How many of a round asked to be forgotten: a number, so that the round adds up.
    Column("instrument", short(40), primary_key=True),
    Column("round", short(40), primary_key=True),
    Column("people", NUMBER, nullable=False),
    **STRICT,
)

cleared = Table(
    "cleared",
    metadata,
    # How many had come how far in a round whose people are not kept any more.
    Column("instrument", short(40), primary_key=True),
    Column("round", short(40), primary_key=True),
    Column("state", short(12), primary_key=True),
    Column("people", NUMBER, nullable=False),
    **STRICT,
)

paradata = Table(
    "paradata",
    metadata,
    # How answers came in, counted when one is sent: door, language, minutes it took. Never a row
    # a person.
    Column("instrument", short(40), primary_key=True),
    Column("round", short(40), primary_key=True),
    Column("kind", short(10), primary_key=True),
    Column("value", short(20), primary_key=True),
    Column("people", NUMBER, nullable=False),
    CheckConstraint("kind IN ('door', 'language', 'minutes')", name="kind"),
    **STRICT,
)

contact = Table(
    "contact",
    metadata,
    Column("id", short(32), primary_key=True),
    # The certification, or the address where there is none: of one key the latest version counts.
    Column("key", Text, nullable=False, unique=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("company", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("language", short(8), nullable=False),
    Column("certification", Text, nullable=False),
    Column("certified_on", short(10), nullable=False),
    **STRICT,
)

invitation = Table(
    "invitation",
    metadata,
    Column("id", short(32), primary_key=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False),
    Column("instrument", short(40), nullable=False),
    Column("round", short(40), nullable=False),
    Column("expires_at", NUMBER, nullable=False),
    # 0 until the first opening binds it to one person.
    Column("opened", NUMBER, nullable=False),
    # Those who were invited together: their links are written into one file.
    Column("batch", short(32), nullable=False, index=True),
    UniqueConstraint("participant_id", "instrument", "round"),
    **STRICT,
)

token = Table(
    "token",
    metadata,
    # Only the hash: who reads the database cannot open anybody's link. A letter that is written
    # later carries a token of its own.
    Column("token_hash", LargeBinary, primary_key=True),
    Column("invitation_id", ForeignKey("invitation.id"), nullable=False, index=True),
    **STRICT,
)

reminder = Table(
    "reminder",
    metadata,
    # A slot: one letter that may be due for one person in one round. Number 0 is the invitation.
    Column("id", short(32), primary_key=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False),
    Column("instrument", short(40), nullable=False),
    Column("round", short(40), nullable=False),
    Column("number", NUMBER, nullable=False),
    # UTC, from the wall clock of the person; moves on while they are active.
    Column("due_at", NUMBER, nullable=False),
    # "waiting" until it is decided, once.
    Column("state", short(16), nullable=False),
    UniqueConstraint("participant_id", "instrument", "round", "number"),
    Index("ix_reminder_due", "state", "due_at"),
    **STRICT,
)

request = Table(
    "request",
    metadata,
    # Who asks to take part, in their own words.
    Column("id", NUMBER, primary_key=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False, unique=True),
    Column("who", Text, nullable=False),
    # A number is never given out again: a yes to one person lets no other in.
    sqlite_autoincrement=True,
    **STRICT,
)
