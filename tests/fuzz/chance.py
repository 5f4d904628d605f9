"""How chance is made repeatable, how much of it is tried, and how what it found is handed on.

``ASSAY_SEED`` replays a run, ``ASSAY_TORTURE`` multiplies how much is tried.
"""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEED = int(os.environ.get("ASSAY_SEED") or random.SystemRandom().getrandbits(32))
FACTOR = float(os.environ.get("ASSAY_TORTURE") or 1)
T = TypeVar("T")


def chance(what: str) -> random.Random:
    """Chance of its own for each test: which others run beside it changes nothing. The seed is
    printed, so that pytest shows it beside a failure.
    """
    print(f"ASSAY_SEED={SEED} replays this")  # noqa: T201 - shown where a test fails
    return random.Random(f"{SEED} {what}")


def times(number: int) -> int:
    """So many, or as many more as were asked for."""
    return max(1, int(number * FACTOR))


def portions(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The things in lists of so many."""
    for start in range(0, len(things), size):
        yield things[start : start + size]


def pasted(thing: object) -> str:
    """What failed, as it can be put into a regression test."""
    return f"ASSAY_SEED={SEED}; the input:\n{thing!a}"
