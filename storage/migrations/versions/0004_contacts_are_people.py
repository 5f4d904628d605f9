"""Who is invited is a participant from then on, reached by mail until a door is opened."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.types import TypeEngine

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Take contacts and invitations out, make the tables anew, put them back with their people."""
    connection = op.get_bind()
    contacts, invitations = (
        connection.execute(sa.text(f"SELECT * FROM {name} ORDER BY id")).mappings().all()  # noqa: S608 - two names of ours
        for name in ("contact", "invitation")
    )
    op.drop_table("invitation")
    op.drop_table("contact")
    _make_tables()
    _put_back(contacts, invitations)


def _make_tables() -> None:
    op.create_table(
        "contact",
        sa.Column("id", short(32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("participant_id", short(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("company", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", short(8), nullable=False),
        sa.Column("certification", sa.Text(), nullable=False),
        sa.Column("certified_on", short(10), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_contact_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("key", name=op.f("uq_contact_key")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_contact_participant_id"), "contact", ["participant_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", short(32), nullable=False),
        sa.Column("participant_id", short(32), nullable=False),
        sa.Column("instrument", short(40), nullable=False),
        sa.Column("round", short(40), nullable=False),
        sa.Column("expires_at", NUMBER, nullable=False),
        sa.Column("opened", NUMBER, nullable=False),
        sa.Column("batch", short(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participant.id"], name=op.f("fk_invitation_participant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint(
            "participant_id",
            "instrument",
            "round",
            name=op.f("uq_invitation_participant_id_instrument_round"),
        ),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_invitation_batch"), "invitation", ["batch"], unique=False)
    op.create_table(
        "token",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invitation_id", short(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_token_invitation_id")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_token")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_token_invitation_id"), "token", ["invitation_id"], unique=False)


def _put_back(contacts: Sequence[RowMapping], invitations: Sequence[RowMapping]) -> None:
    """An address is one person. Who opened a link is the person that the contact was for."""
    by_id = {each["id"]: each for each in contacts}
    people: dict[str, str] = {}
    for each in sorted(invitations, key=lambda one: one["participant_id"] is None):
        contact = by_id[each["contact_id"]]
        mail = contact["email"].lower()
        if mail not in people:
            people[mail] = each["participant_id"] or _newcomer(contact)
            _insert("address", channel="mail", address=mail, participant_id=people[mail])
        _put_invitation(each, each["participant_id"] or people[mail])
    _put_contacts(contacts, people)


def _newcomer(contact: RowMapping) -> str:
    new = secrets.token_hex(16)
    _insert(
        "participant",
        id=new,
        language=contact["language"],
        secret=secrets.token_bytes(16),
        no_reminders=0,
    )
    return new


def _put_invitation(old: RowMapping, person: str) -> None:
    """One a person and round; the tokens of a second one open the first."""
    this = {"participant_id": person, "instrument": old["instrument"], "round": old["round"]}
    where = "participant_id = :participant_id AND instrument = :instrument AND round = :round"
    found = (
        op.get_bind()
        .execute(sa.text(f"SELECT id FROM invitation WHERE {where}"), this)  # noqa: S608 - fixed words
        .scalar_one_or_none()
    )
    opened = int(old["participant_id"] is not None)
    if found is None:
        found = old["id"]
        _insert(
            "invitation", id=found, expires_at=old["expires_at"], opened=opened, batch="", **this
        )
        known = sa.text(f"SELECT state FROM participation WHERE {where}")  # noqa: S608 - as above
        if op.get_bind().execute(known, this).first() is None:
            _insert("participation", state="invited", **this)
    _insert("token", token_hash=old["token_hash"], invitation_id=found)


def _put_contacts(contacts: Sequence[RowMapping], people: dict[str, str]) -> None:
    """Of one certification the latest version counts; without an invitation it is nobody's."""
    latest: dict[str, RowMapping] = {}
    for each in sorted(contacts, key=lambda one: (one["certified_on"], one["id"])):
        if each["email"].lower() in people:
            latest[each["certification"].casefold() or f"mail:{each['email'].lower()}"] = each
    for key, each in latest.items():
        _insert("contact", key=key, participant_id=people[each["email"].lower()], **each)


def _insert(table: str, **values: Any) -> None:  # noqa: ANN401 - a column's value
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO {table} ({names}) VALUES ({places})"  # noqa: S608 - names of ours
    op.get_bind().execute(sa.text(statement), values)


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError("restore a backup that was made before")
