"""What an auditor's pack is made from: one company's assessment in one round, with its trail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.instrument import Instrument
    from flows.session import Answer
    from flows.trail import Deed
    from flows.verification import State, Verdict


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it was frozen: its number, its SHA-256, when (seconds since 1970), what it
    holds, and in which edition.
    """

    number: int
    digest: str
    at: int
    edition: str
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Pack:
    """Everything that an auditor gets to see. ``deeds`` is the trail of the assessment from its
    beginning, ``of_company`` that of what is the company's whatever the round.
    """

    instrument: Instrument
    company: str
    round: str
    state: State
    domains: tuple[str, ...]
    answers: Mapping[str, Answer]
    verdicts: Mapping[str, Verdict]
    versions: tuple[Version, ...]
    deeds: tuple[Deed, ...] = field(repr=False)
    of_company: tuple[Deed, ...] = field(default=(), repr=False)
    people: Mapping[str, str] = field(default_factory=dict)
    """What those are called whom the trail knows by a number: "M3"."""
