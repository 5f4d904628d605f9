"""A trail: every deed once, in order, each bound to the one before.

Whoever holds the deeds can tell who did what and when, that none was changed or taken out since,
and what was answered at any moment: so any past score can be reckoned again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from flows.session import load_answer
from flows.verification import DECISIONS, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flows.session import Answer

Act: TypeAlias = Literal[
    "founded",
    "invited",
    "joined",
    "removed",
    "assigned",
    "released",
    "named",
    "domain",
    "begun",
    "answered",
    "carried",
    "moved",
    "submitted",
    "reopened",
    "decided",
    "feedback",
    "returned",
    "final",
]
"""The company came to be; a colleague was invited, came, was removed; was given a part, was
relieved of it; the company was named; a domain of its own was registered or given up; a round was
begun; an answer was set; last year's was taken along; the answers went to a newer edition; a
version was frozen; opened again; a researcher decided on a row; asked the company back; the
company answered, or its time ran out; the decision is final.
"""
ACTS: Final[tuple[Act, ...]] = get_args(Act)
SET: Final = frozenset({"answered", "carried"})
"""Acts after which an item has another answer."""


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done, at which second since 1970, by whom as they were known then.

    ``said`` is what came of it: the answer in its JSON form, a version and its digest, a decision
    and its reason. ``digest`` is the SHA-256 over the digest before and this deed.
    """

    at: int
    who: str
    act: Act
    edition: str = ""
    item: str = ""
    row: str = ""
    said: str = ""
    digest: str = ""


def bound(before: str, deed: Deed) -> str:
    """The digest of a deed that follows one with the digest ``before`` ("" for the first)."""
    fields = [deed.at, deed.who, deed.act, deed.edition, deed.item, deed.row, deed.said]
    form = json.dumps([before, *fields], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(form.encode()).hexdigest()


def broken(deeds: Iterable[Deed]) -> int | None:
    """Where the trail was changed: the position, from 0, of the first deed that does not follow
    from the one before it. None where every deed does.
    """
    before = ""
    for position, deed in enumerate(deeds):
        if deed.digest != bound(before, deed):
            return position
        before = deed.digest
    return None


def told(deeds: Sequence[Deed]) -> Sequence[Deed]:
    """What the company may see of an assessment's trail: until a researcher's first decision that
    it has not been told of. It is told of all when it is asked back, and when they are final.
    """
    asked = [n for n, deed in enumerate(deeds) if deed.act in {"feedback", "final"}]
    known = asked[-1] if asked else -1
    hidden = [n for n, deed in enumerate(deeds) if n > known and deed.act == "decided"]
    return deeds[: hidden[0]] if hidden else deeds


def verdicts_at(deeds: Sequence[Deed]) -> dict[str, Verdict]:
    """What was decided after these deeds of an assessment, by row."""
    verdicts: dict[str, Verdict] = {}
    for deed in deeds:
        if deed.act != "decided":
            continue
        word, _, reason = deed.said.partition(" ")
        decision = next((each for each in DECISIONS if each == word), None)
        if decision is None:  # it waits again
            verdicts.pop(deed.row, None)
        else:
            verdicts[deed.row] = Verdict(decision, reason, deed.who, deed.at)
    return verdicts


def answers_at(deeds: Sequence[Deed]) -> dict[str, Answer]:
    """What was answered after these deeds of an assessment, by item."""
    answers: dict[str, Answer] = {}
    for deed in deeds:
        follow(answers, deed)
    return answers


def follow(answers: dict[str, Answer], deed: Deed) -> None:
    """Have the answers be those after one more deed."""
    if deed.act not in SET:
        return
    answer = load_answer(json.loads(deed.said))
    if answer.empty:
        answers.pop(deed.item, None)
    else:
        answers[deed.item] = answer
