"""The readings a document leaves open, as data beside its criteria: how each is read, and why."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from flows.instrument import RowId, Text

Average: TypeAlias = Literal["points", "themes", "criteria"]
"""How the parts of a section make its share: points over maximum of all its criteria together,
the mean of its themes' shares, or the mean of its criteria's shares.
"""


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(_Closed):
    """What the other reading changes; what is left out stays as it is."""

    exclusive: tuple[Annotated[tuple[RowId, ...], Field(min_length=2)], ...] = ()
    """Rows of which only the best that is ticked counts, set by set."""
    points: dict[RowId, int] = {}
    """Rows that are worth something else."""
    without: tuple[RowId, ...] = ()
    """Rows that do not apply: neither points nor maximum."""
    average: Average = "points"


class Interpretation(_Closed):
    """One place where the document can be read in more than one way."""

    id: str
    """Stable: "tiers-add-up"."""
    place: str
    """Where in the document: criterion numbers or the rule's name."""
    question: Text
    """What is open."""
    default: Text
    """How it is read here."""
    otherwise: Text
    """The other reading, which ``change`` computes."""
    reason: Text
    """Why the default is the default."""
    change: Change | None = None
    """None where the other reading changes no score that can be computed from the answers."""
