"""Identity side: companies, who works on their assessments, claims, and what was decided."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from flows.trail import ACTS
from flows.verification import DECISIONS, STATES
from storage.tables.columns import NUMBER, STRICT, metadata, short

ROLES = ("owner", "editor", "viewer")

organisation = Table(
    "organisation",
    metadata,
    Column("id", short(32), primary_key=True),
    Column("name", Text, nullable=False),
    # The name in a list of contacts, folded: contacts of one company share its assessment.
    Column("key", Text, unique=True),
    **STRICT,
)

member = Table(
    "member",
    metadata,
    # The number that the trail knows them by; it is never given out again, and it stays when they
    # leave or are forgotten.
    Column("id", NUMBER, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False, index=True),
    # None of whoever was removed, or asked to be forgotten.
    Column("participant_id", ForeignKey("participant.id"), unique=True),
    # The assessment they look at where it is not the newest.
    Column("looks_at", NUMBER),
    # Who was removed: they do not come back by the list of contacts.
    Column("former", short(32)),
    Column("role", short(6), nullable=False),
    Column("name", Text, nullable=False),
    CheckConstraint(f"role IN {ROLES}", name="role"),
    sqlite_autoincrement=True,
    **STRICT,
)

colleague = Table(
    "colleague",
    metadata,
    # A colleague who was invited and has not come: one link, opened once.
    Column("token_hash", LargeBinary, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False, index=True),
    Column("instrument", short(40), nullable=False),
    Column("role", short(6), nullable=False),
    Column("name", Text, nullable=False),
    # What they are to answer; empty for everything.
    Column("scope", short(24), nullable=False),
    Column("expires_at", NUMBER, nullable=False),
    CheckConstraint(f"role IN {ROLES}", name="role"),
    **STRICT,
)

assignment = Table(
    "assignment",
    metadata,
    Column("member_id", ForeignKey("member.id"), primary_key=True),
    Column("instrument", short(40), primary_key=True),
    # "s:A", "t:7", "i:7.1.1": a section, a theme, a criterion.
    Column("scope", short(24), primary_key=True),
    **STRICT,
)

own_domain = Table(
    "own_domain",
    metadata,
    Column("organisation_id", ForeignKey("organisation.id"), primary_key=True),
    Column("domain", short(253), primary_key=True),
    **STRICT,
)

assessment = Table(
    "assessment",
    metadata,
    # A number, because a button has no room for three names.
    Column("id", NUMBER, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False),
    Column("instrument", short(40), nullable=False),
    Column("round", short(40), nullable=False),
    Column("edition", short(20), nullable=False),
    Column("state", short(10), nullable=False),
    # Until when the company may answer what is disputed.
    Column("deadline", NUMBER),
    CheckConstraint(f"state IN {STATES}", name="state"),
    Unique("organisation_id", "instrument", "round"),
    Index("ix_assessment_round", "instrument", "round", "state"),
    # Each beat looks for those that were returned.
    Index("ix_assessment_state", "state"),
    sqlite_autoincrement=True,
    **STRICT,
)

claim = Table(
    "claim",
    metadata,
    # What is answered to one item now. Emptied, the row stays, so that its revision goes on.
    Column("assessment_id", ForeignKey("assessment.id"), primary_key=True),
    Column("item", short(20), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("revision", NUMBER, nullable=False),
    # Who set it last, and the last revision that anybody else had set before them.
    Column("member_id", NUMBER, nullable=False),
    Column("before_them", NUMBER, nullable=False),
    Column("changed_at", NUMBER, nullable=False),
    **STRICT,
)

version = Table(
    "version",
    metadata,
    Column("assessment_id", ForeignKey("assessment.id"), primary_key=True),
    Column("number", NUMBER, primary_key=True),
    Column("edition", short(20), nullable=False),
    Column("answers", Text, nullable=False),
    Column("digest", short(64), nullable=False),
    Column("frozen_at", NUMBER, nullable=False),
    **STRICT,
)

verdict = Table(
    "verdict",
    metadata,
    Column("assessment_id", ForeignKey("assessment.id"), primary_key=True),
    Column("row_id", short(20), primary_key=True),
    Column("decision", short(6), nullable=False),
    Column("reason", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("at", NUMBER, nullable=False),
    CheckConstraint(f"decision IN {DECISIONS}", name="decision"),
    **STRICT,
)

deed = Table(
    "deed",
    metadata,
    # Appended to, never changed: each row is bound to the one before by its digest (flows.trail).
    Column("id", NUMBER, primary_key=True),
    Column("organisation_id", ForeignKey("organisation.id"), nullable=False, index=True),
    # None of what is the company's, whatever the round.
    Column("assessment_id", NUMBER, index=True),
    Column("at", NUMBER, nullable=False),
    Column("who", Text, nullable=False),
    Column("act", short(10), nullable=False),
    Column("edition", short(20), nullable=False),
    Column("item", short(20), nullable=False),
    Column("row_id", short(20), nullable=False),
    Column("said", Text, nullable=False),
    Column("digest", short(64), nullable=False),
    CheckConstraint(f"act IN {ACTS}", name="act"),
    sqlite_autoincrement=True,
    **STRICT,
)

standing = Table(
    "standing",
    metadata,
    # Where a company stood among its peers when its batch was reckoned (flows.standing).
    Column("assessment_id", ForeignKey("assessment.id"), primary_key=True),
    Column("batch", NUMBER, nullable=False),
    Column("body", Text, nullable=False),
    **STRICT,
)

link = Table(
    "link",
    metadata,
    # What came of opening a public link, where the configuration has links opened.
    Column("url", short(2000), primary_key=True),
    Column("state", short(12), nullable=False),
    Column("checked_at", NUMBER, nullable=False),
    **STRICT,
)
