"""Identity side: people, the doors they come through, and what they have not sent yet."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, LargeBinary, Table, Text

from storage.tables.columns import NUMBER, STRICT, metadata, short

participant = Table(
    "participant",
    metadata,
    Column("id", short(32), primary_key=True),
    Column("language", short(8), nullable=False),
    # The instrument whose card is the live one; none on the front page.
    Column("instrument", short(40)),
    # Buttons are stamped with it: another person's stamps cannot be computed from one's own.
    Column("secret", LargeBinary, nullable=False),
    # Their clock, where they told it; the round's where not.
    Column("zone", short(40)),
    # 1: wants no reminders.
    Column("no_reminders", NUMBER, nullable=False, server_default="0"),
    # When they were last written to unasked, over all rounds.
    Column("written_at", NUMBER),
    # What their next words are for, where a page has asked for words; nothing else is kept of it.
    Column("asking", Text),
    **STRICT,
)

address = Table(
    "address",
    metadata,
    Column("channel", short(16), primary_key=True),
    Column("address", short(128), primary_key=True),
    Column("participant_id", ForeignKey("participant.id"), nullable=False, index=True),
    **STRICT,
)

live_card = Table(
    "live_card",
    metadata,
    Column("channel", short(16), primary_key=True),
    Column("address", short(128), primary_key=True),
    Column("message_id", NUMBER, nullable=False),
    # A day is enough to know whether a card is too old to be edited.
    Column("day", NUMBER, nullable=False),
    **STRICT,
)

session = Table(
    "session",
    metadata,
    Column("participant_id", ForeignKey("participant.id"), primary_key=True),
    Column("instrument", short(40), primary_key=True),
    Column("edition", short(20), nullable=False),
    Column("round", short(40), nullable=False, server_default="open"),
    # The company's assessment that holds the answers; the body then holds only where one is.
    Column("assessment_id", NUMBER, index=True),
    # The last change by a colleague that they have seen where they are.
    Column("seen", NUMBER, nullable=False, server_default="0"),
    # Minutes from here to the sending are counted, then this is gone.
    Column("begun_at", NUMBER, nullable=False, server_default="0"),
    # The last day with a sign of life: reminders count from it.
    Column("seen_on", NUMBER, nullable=False, server_default="0"),
    # The last update that acted on it: one that was done before and comes after, does not.
    Column("newest_update", NUMBER, nullable=False, server_default="0"),
    # Raised by every save: two doors at once cannot overwrite each other unseen.
    Column("revision", NUMBER, nullable=False),
    # Whether anything is answered; of answers that are sealed nothing else can be asked for.
    Column("answered", NUMBER, nullable=False, server_default="0"),
    # Where one is, of a company's assessment; of a survey, nothing.
    Column("body", Text, nullable=False),
    # A survey's draft, and the id of the key that opens it.
    Column("key_id", short(32)),
    Column("sealed", LargeBinary),
    **STRICT,
)

code = Table(
    "code",
    metadata,
    Column("participant_id", ForeignKey("participant.id"), primary_key=True),
    Column("code_hash", LargeBinary, nullable=False, unique=True),
    Column("expires_at", NUMBER, nullable=False),
    **STRICT,
)

attempt = Table(
    "attempt",
    metadata,
    # What is tried at which door, hashed; a window begins with its first attempt.
    Column("key", short(64), primary_key=True),
    Column("since", NUMBER, nullable=False),
    Column("count", NUMBER, nullable=False),
    **STRICT,
)
