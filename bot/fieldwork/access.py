"""Who may do what. One question, asked before an administrator's command runs; else the answer is
no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Role: TypeAlias = Literal["owner", "survey", "researcher", "analyst"]
"""Who runs everything; runs rounds; reads companies' assessments; reads counts."""
Act: TypeAlias = Literal[
    "overview",
    "invite",
    "remind",
    "rounds",
    "approve",
    "report",
    "export",
    "digest",
    "scores",
    "verify",
    "appoint",
    "audit",
]
"""Look at rounds; invite people; remind them; open, close and extend rounds; let somebody in who
asks; get reports; get row-level data; have digests; see scores of companies; decide about claims;
make and dismiss administrators; read what they did.
"""
ROLES: Final[tuple[Role, ...]] = get_args(Role)

RIGHTS: Final[Mapping[Role, frozenset[Act]]] = {
    "owner": frozenset(get_args(Act)),
    "survey": frozenset(
        {"overview", "invite", "remind", "rounds", "approve", "report", "export", "digest"}
    ),
    "researcher": frozenset({"overview", "report", "export", "digest", "scores", "verify"}),
    "analyst": frozenset({"overview", "report", "digest"}),
}


def may_export(role: str | None, kind: str) -> bool:
    """Whether this role may have an instrument's answers row by row: a benchmark's are scores of
    companies.
    """
    return may(role, "export") and (kind != "benchmark" or may(role, "scores"))


def may(role: str | None, act: Act) -> bool:
    """Whether somebody in this role may do this; nobody without a role may do anything."""
    return any(role == each and act in RIGHTS[each] for each in ROLES)
