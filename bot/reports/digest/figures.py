"""What a digest is made of: figures that somebody else has counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from datetime import date
    from fractions import Fraction

    from flows.digesting import Every
    from flows.instrument import Text
    from flows.ladder import Funnel
    from flows.rounds import Phase


@dataclass(frozen=True, slots=True)
class DropOut:
    """Where some of those who began and did not finish have stopped."""

    number: str
    """The question's number; "" is before the first question."""
    stopped: int
    under_way: int


@dataclass(frozen=True, slots=True)
class RoundFigures:
    """One round now and at the digest before; ``before`` is None where it was not in that one.

    ``minutes`` is the median from begin to send; ``doors`` and ``languages`` count who finished.
    """

    title: Text
    name: str
    phase: Phase
    closes: date | None
    now: Funnel
    before: Funnel | None
    drop_outs: tuple[DropOut, ...] = ()
    """By question, the most first."""
    minutes: int | None = None
    doors: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnderWay:
    """One self-assessment, sent or not yet; no floor and ceiling for who may not see scores."""

    company: str
    """"" where it is not named."""
    title: Text
    answered: int
    of: int
    floor: Fraction | None
    ceiling: Fraction | None
    sent: bool = False


Kind: TypeAlias = Literal[
    "guessing",
    "bounced",
    "unreachable",
    "not_delivered",
    "set_aside",
    "unreadable",
    "waiting_for_approval",
    "waiting_for_verdict",
    "no_mail",
    "closing_soon",
]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that needs a person.

    ``count`` is of mails that came back, of people out of reach, of messages that were not
    delivered or not understood, of responses whose key is gone, of requests and assessments that
    wait, of invitations that wait because no mail is set up, of hours with many wrong links and
    codes, and, of a round that closes soon, of days until then (0 is today).
    Of the others none is no problem, and is not shown.
    """

    kind: Kind
    count: int
    detail: str = ""
    """The round's name or the channel; may be ""."""


@dataclass(frozen=True, slots=True)
class Digest:
    """All that is said in one digest."""

    day: date
    since: date | None
    """The day of the one before; None: this is the first."""
    every: Every
    rounds: tuple[RoundFigures, ...]
    under_way: tuple[UnderWay, ...]
    problems: tuple[Problem, ...]
    serial: str = ""
    """The period's key, shown so that a digest that came twice is recognised."""
