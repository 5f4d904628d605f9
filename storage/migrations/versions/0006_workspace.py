"""Assessments are their company's: members, claims with their trail, frozen versions, verdicts."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import op

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import RowMapping
    from sqlalchemy.types import TypeEngine

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def short(length: int) -> TypeEngine[str]:
    """A short text."""
    return sa.String(length).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    """Make the tables; have everybody with an assessment be the owner of a company of their own."""
    connection = op.get_bind()
    sent = _rows("SELECT * FROM assessment ORDER BY participant_id, instrument, version")
    op.drop_table("assessment")
    op.add_column("session", sa.Column("assessment_id", NUMBER))
    op.add_column("session", sa.Column("seen", NUMBER, nullable=False, server_default="0"))
    op.create_index(op.f("ix_session_assessment_id"), "session", ["assessment_id"], unique=False)
    op.add_column("participant", sa.Column("asking", sa.Text()))
    _make_companies()
    _make_assessments()
    benchmarks = {
        each["instrument"]
        for each in _rows("SELECT instrument, body FROM definition")
        if json.loads(each["body"]).get("kind") == "benchmark"
    }
    drafts = [
        each
        for each in _rows("SELECT * FROM session ORDER BY participant_id, instrument")
        if each["instrument"] in benchmarks
    ]
    for person in sorted({each["participant_id"] for each in (*sent, *drafts)}):
        _put_back(
            connection,
            person,
            [each for each in sent if each["participant_id"] == person],
            [each for each in drafts if each["participant_id"] == person],
        )


def _rows(query: str, **values: object) -> list[RowMapping]:
    return list(op.get_bind().execute(sa.text(query), values).mappings().all())


def _key(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name)


def _table(name: str, *columns: Any, keys: Iterable[str], numbered: bool = False) -> None:  # noqa: ANN401 - columns and constraints
    more = {"sqlite_autoincrement": True} if numbered else {}
    key = sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}"))
    op.create_table(name, *columns, key, sqlite_strict=True, **more)


def _required(name: str, kind: TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _make_companies() -> None:
    _table(
        "organisation",
        _required("id", short(32)),
        _required("name", sa.Text()),
        sa.Column("key", sa.Text()),
        sa.UniqueConstraint("key", name=op.f("uq_organisation_key")),
        keys=["id"],
    )
    _table(
        "member",
        _required("id", NUMBER),
        _required("organisation_id", short(32)),
        sa.Column("participant_id", short(32)),
        sa.Column("looks_at", NUMBER),
        sa.Column("former", short(32)),
        _required("role", short(6)),
        _required("name", sa.Text()),
        sa.CheckConstraint("role IN ('owner', 'editor', 'viewer')", name=op.f("ck_member_role")),
        _key("member", "organisation_id", "organisation"),
        _key("member", "participant_id", "participant"),
        sa.UniqueConstraint("participant_id", name=op.f("uq_member_participant_id")),
        keys=["id"],
        numbered=True,
    )
    op.create_index(op.f("ix_member_organisation_id"), "member", ["organisation_id"], unique=False)
    _table(
        "colleague",
        _required("token_hash", sa.LargeBinary()),
        _required("organisation_id", short(32)),
        _required("instrument", short(40)),
        _required("role", short(6)),
        _required("name", sa.Text()),
        _required("scope", short(24)),
        _required("expires_at", NUMBER),
        sa.CheckConstraint("role IN ('owner', 'editor', 'viewer')", name=op.f("ck_colleague_role")),
        _key("colleague", "organisation_id", "organisation"),
        keys=["token_hash"],
    )
    op.create_index(
        op.f("ix_colleague_organisation_id"), "colleague", ["organisation_id"], unique=False
    )
    _table(
        "assignment",
        _required("member_id", NUMBER),
        _required("instrument", short(40)),
        _required("scope", short(24)),
        _key("assignment", "member_id", "member"),
        keys=["member_id", "instrument", "scope"],
    )
    _table(
        "own_domain",
        _required("organisation_id", short(32)),
        _required("domain", short(253)),
        _key("own_domain", "organisation_id", "organisation"),
        keys=["organisation_id", "domain"],
    )
    _table(
        "link",
        _required("url", short(2000)),
        _required("state", short(12)),
        _required("checked_at", NUMBER),
        keys=["url"],
    )


def _make_assessments() -> None:
    states = "'open', 'submitted', 'feedback', 'returned', 'final'"
    acts = (
        "'founded', 'invited', 'joined', 'removed', 'assigned', 'released', 'named', 'domain', "
        "'begun', 'answered', 'carried', 'moved', 'submitted', 'reopened', 'decided', "
        "'feedback', 'returned', 'final'"
    )
    _table(
        "assessment",
        _required("id", NUMBER),
        _required("organisation_id", short(32)),
        _required("instrument", short(40)),
        _required("round", short(40)),
        _required("edition", short(20)),
        _required("state", short(10)),
        sa.Column("deadline", NUMBER),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_assessment_state")),
        _key("assessment", "organisation_id", "organisation"),
        sa.UniqueConstraint(
            "organisation_id",
            "instrument",
            "round",
            name=op.f("uq_assessment_organisation_id_instrument_round"),
        ),
        keys=["id"],
        numbered=True,
    )
    op.create_index(
        "ix_assessment_round", "assessment", ["instrument", "round", "state"], unique=False
    )
    _table(
        "claim",
        _required("assessment_id", NUMBER),
        _required("item", short(20)),
        _required("answer", sa.Text()),
        _required("revision", NUMBER),
        _required("member_id", NUMBER),
        _required("before_them", NUMBER),
        _required("changed_at", NUMBER),
        _key("claim", "assessment_id", "assessment"),
        keys=["assessment_id", "item"],
    )
    _table(
        "version",
        _required("assessment_id", NUMBER),
        _required("number", NUMBER),
        _required("edition", short(20)),
        _required("answers", sa.Text()),
        _required("digest", short(64)),
        _required("frozen_at", NUMBER),
        _key("version", "assessment_id", "assessment"),
        keys=["assessment_id", "number"],
    )
    _table(
        "verdict",
        _required("assessment_id", NUMBER),
        _required("row_id", short(20)),
        _required("decision", short(6)),
        _required("reason", sa.Text()),
        _required("who", sa.Text()),
        _required("at", NUMBER),
        sa.CheckConstraint(
            "decision IN ('accept', 'reject', 'ask')", name=op.f("ck_verdict_decision")
        ),
        _key("verdict", "assessment_id", "assessment"),
        keys=["assessment_id", "row_id"],
    )
    _table(
        "deed",
        _required("id", NUMBER),
        _required("organisation_id", short(32)),
        sa.Column("assessment_id", NUMBER),
        _required("at", NUMBER),
        _required("who", sa.Text()),
        _required("act", short(10)),
        _required("edition", short(20)),
        _required("item", short(20)),
        _required("row_id", short(20)),
        _required("said", sa.Text()),
        _required("digest", short(64)),
        sa.CheckConstraint(f"act IN ({acts})", name=op.f("ck_deed_act")),
        _key("deed", "organisation_id", "organisation"),
        keys=["id"],
        numbered=True,
    )
    op.create_index(op.f("ix_deed_organisation_id"), "deed", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_deed_assessment_id"), "deed", ["assessment_id"], unique=False)
    _table(
        "standing",
        _required("assessment_id", NUMBER),
        _required("batch", NUMBER),
        _required("body", sa.Text()),
        _key("standing", "assessment_id", "assessment"),
        keys=["assessment_id"],
    )


def _put_back(
    connection: sa.Connection, person: str, sent: list[RowMapping], drafts: list[RowMapping]
) -> None:
    """One person's assessments, as those of a company that is theirs."""
    named = _rows(
        "SELECT company, name FROM contact WHERE participant_id = :p ORDER BY id LIMIT 1", p=person
    )
    company, name = (named[0]["company"], named[0]["name"]) if named else ("", "")
    folded = " ".join(company.split()).casefold()
    known = folded and _rows("SELECT id FROM organisation WHERE key = :k", k=folded)
    key = folded if folded and not known else None
    put = sa.text("INSERT INTO organisation (id, name, key) VALUES (:i, :n, :k)")
    connection.execute(put, {"i": person, "n": company, "k": key})
    put = sa.text(
        "INSERT INTO member (organisation_id, participant_id, role, name)"
        " VALUES (:p, :p, 'owner', :n) RETURNING id"
    )
    member = connection.execute(put, {"p": person, "n": name}).scalar_one()
    trail = _Trail(connection, person, f"M{member}")
    trail.deed(None, 0, "founded", said=company)
    parts = sorted({(each["instrument"], each["round"]) for each in (*sent, *drafts)})
    for instrument, round_name in parts:
        here = [e for e in sent if (e["instrument"], e["round"]) == (instrument, round_name)]
        draft = next(
            (e for e in drafts if (e["instrument"], e["round"]) == (instrument, round_name)), None
        )
        number = _assessment(connection, person, here, draft)
        trail.round(number, member, round_name, here, draft)


def _assessment(
    connection: sa.Connection, person: str, sent: list[RowMapping], draft: RowMapping | None
) -> int:
    newest = draft if draft is not None else sent[-1]
    put = sa.text(
        "INSERT INTO assessment (organisation_id, instrument, round, edition, state)"
        " VALUES (:o, :i, :r, :e, :s) RETURNING id"
    )
    values = {"o": person, "i": newest["instrument"], "r": newest["round"], "e": newest["edition"]}
    state = "submitted" if draft is None else "open"
    number = int(connection.execute(put, {**values, "s": state}).scalar_one())
    put = sa.text(
        "INSERT INTO version (assessment_id, number, edition, answers, digest, frozen_at)"
        " VALUES (:a, :n, :e, :b, :d, :t)"
    )
    for version, each in enumerate(sent, start=1):
        frozen = {"e": each["edition"], "b": each["answers"], "d": each["digest"]}
        connection.execute(put, {"a": number, "n": version, "t": each["frozen_at"], **frozen})
    return number


class _Trail:
    """Appends deeds as flows.trail binds them."""

    def __init__(self, connection: sa.Connection, organisation: str, who: str) -> None:
        self._connection = connection
        self._organisation = organisation
        self._who = who
        self._digests: dict[int | None, str] = {}

    def deed(
        self,
        number: int | None,
        at: int,
        act: str,
        edition: str = "",
        item: str = "",
        said: str = "",
    ) -> None:
        fields = [at, self._who, act, edition, item, "", said]
        form = json.dumps(
            [self._digests.get(number, ""), *fields], ensure_ascii=False, separators=(",", ":")
        )
        digest = hashlib.sha256(form.encode()).hexdigest()
        self._digests[number] = digest
        put = sa.text(
            "INSERT INTO deed (organisation_id, assessment_id, at, who, act, edition, item,"
            " row_id, said, digest) VALUES (:o, :a, :t, :w, :c, :e, :i, '', :s, :d)"
        )
        values = {"o": self._organisation, "a": number, "t": at, "w": self._who, "c": act}
        values |= {"e": edition, "i": item, "s": said, "d": digest}
        self._connection.execute(put, values)

    def round(
        self,
        number: int,
        member: int,
        name: str,
        sent: list[RowMapping],
        draft: RowMapping | None,
    ) -> None:
        """What is known of one round: the versions that were sent, and the answers of now."""
        newest = draft if draft is not None else sent[-1]
        at, edition = (
            (draft["begun_at"] if draft is not None else newest["frozen_at"]),
            newest["edition"],
        )
        self.deed(number, at, "begun", edition, said=name)
        answers: dict[str, Any] = {}
        for version, each in enumerate(sent, start=1):
            answers = self._answer(
                number, each["frozen_at"], each["edition"], answers, each["answers"]
            )
            said = f"{version} {each['digest']}"
            self.deed(number, each["frozen_at"], "submitted", each["edition"], said=said)
        if draft is not None:
            body = json.loads(draft["body"])
            said = json.dumps(body["answers"], ensure_ascii=False)
            if sent:
                self.deed(number, at, "reopened", edition)
            answers = self._answer(number, at, edition, answers, said)
            _share(self._connection, draft, number, body)
        for item, answer in answers.items():
            put = sa.text(
                "INSERT INTO claim (assessment_id, item, answer, revision, member_id, before_them,"
                " changed_at) VALUES (:a, :i, :b, 1, :m, 0, :t)"
            )
            form = json.dumps(answer, ensure_ascii=False, sort_keys=True)
            values = {"a": number, "i": item, "b": form, "m": member, "t": at}
            self._connection.execute(put, values)

    def _answer(
        self, number: int, at: int, edition: str, before: dict[str, Any], said: str
    ) -> dict[str, Any]:
        now: dict[str, Any] = json.loads(said)
        for item in sorted({*before, *now}, key=str):
            answer = now.get(item, {})
            if answer != before.get(item, {}):
                form = json.dumps(answer, ensure_ascii=False, sort_keys=True)
                self.deed(number, at, "answered", edition, item, form)
        return now


def _share(connection: sa.Connection, draft: RowMapping, number: int, body: dict[str, Any]) -> None:
    """A draft holds only where one is; the answers are the assessment's."""
    body["answers"] = {}
    change = sa.text(
        "UPDATE session SET assessment_id = :a, body = :b"
        " WHERE participant_id = :p AND instrument = :i"
    )
    form = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    whose = {"p": draft["participant_id"], "i": draft["instrument"]}
    connection.execute(change, {"a": number, "b": form, **whose})


def downgrade() -> None:
    """There is no way back: restore a backup."""
    raise NotImplementedError("restore a backup that was made before")
