"""What has been said so far: answers, and one unfinished walk through an instrument."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from flows.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Screen: TypeAlias = Literal[
    "introduction",
    "item",
    "other",
    "comment",
    "field",
    "evidence",
    "contents",
    "review",
    "paused",
]

Carried: TypeAlias = Literal["", "asked", "confirmed"]
"""Of an answer that was taken along from an earlier round: it waits for "still so", or got it."""

FORM = 1
"""Version of the JSON form."""
STEPS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Form n to form n + 1, by n: what brings older sessions here. Empty while there is one form."""
Wish: TypeAlias = Literal["quote", "attach"]
"""That words may be quoted, without a name; that contact details go with the answers."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a participant is: a screen, and the item and contact field it is about.

    ``contents``, ``review`` and ``paused`` keep the item one came from, so that one can go back.
    The field of ``evidence`` is a row, or a row and what of its evidence is asked: "1.1b/link".
    """

    screen: Screen
    item: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one item; which parts are in use depends on the item's kind."""

    chosen: tuple[str, ...] = ()
    none: bool = False
    other: str = ""
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    """By row: where the claim can be read."""
    carried: Carried = ""
    allowed: frozenset[Wish] = frozenset()
    """What its writer allows beyond answering; without these, nothing."""

    @property
    def given(self) -> bool:
        """Whether the item itself is answered; a comment alone is no answer, and neither is what
        was said an earlier time until it is confirmed.
        """
        return self.carried != "asked" and self.holds

    @property
    def holds(self) -> bool:
        """Whether the item itself is answered, now or an earlier time."""
        return bool(self.chosen or self.none or self.text or any(self.fields.values()))

    @property
    def empty(self) -> bool:
        """Whether nothing at all was said."""
        return not (self.holds or self.other or self.comment or self.evidence)


NOTHING = Answer()


@dataclass(frozen=True, slots=True)
class Undo:
    """The answer to ``item`` before a tick took something away, kept for one press."""

    item: str
    before: Answer


@dataclass(frozen=True, slots=True)
class Session:
    """An unfinished response and a place in the instrument, pinned to one edition."""

    instrument: str
    edition: str
    at: Place
    answers: Mapping[str, Answer] = field(default_factory=dict)
    undo: Undo | None = None
    last: str = ""
    """The item answered last: the next card confirms it."""
    returning: bool = False
    """Whether the participant came from the review and goes back there."""

    def answer(self, item: str) -> Answer:
        """The answer to an item; an empty one where nothing was said."""
        return self.answers.get(item, NOTHING)

    def with_answer(self, item: str, answer: Answer) -> Session:
        """The same session with another answer to one item; an empty one leaves no trace."""
        answers = {key: value for key, value in self.answers.items() if key != item}
        if not answer.empty:
            answers[item] = answer
        return replace(self, answers=answers, last=item)


def dump_answer(answer: Answer) -> dict[str, Any]:
    """The JSON form of an answer; parts not in use are left out."""
    parts: dict[str, Any] = {
        "chosen": list(answer.chosen),
        "none": answer.none,
        "other": answer.other,
        "text": answer.text,
        "fields": dict(answer.fields),
        "comment": answer.comment,
        "evidence": {row: each.parts() for row, each in answer.evidence.items()},
        "carried": answer.carried,
        "allowed": sorted(answer.allowed),
    }
    return {name: value for name, value in parts.items() if value}


def load_answer(form: Mapping[str, Any]) -> Answer:
    """An answer from its JSON form."""
    evidence = {row: Evidence(**parts) for row, parts in form.get("evidence", {}).items()}
    lists = {"chosen": tuple(form.get("chosen", ())), "allowed": frozenset(form.get("allowed", ()))}
    return Answer(**{**form, **lists, "evidence": evidence})


def dump(session: Session) -> str:
    """The JSON form of a session."""
    undo = session.undo
    form = {
        "form": FORM,
        "instrument": session.instrument,
        "edition": session.edition,
        "at": [session.at.screen, session.at.item, session.at.field],
        "answers": {item: dump_answer(answer) for item, answer in session.answers.items()},
        "undo": undo and [undo.item, dump_answer(undo.before)],
        "last": session.last,
        "returning": session.returning,
    }
    return json.dumps(form, ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Session:
    """A session from its JSON form. Raises ValueError for a form this version does not know."""
    form = json.loads(text)
    while form["form"] != FORM:
        if form["form"] not in STEPS:
            raise ValueError(f"session form {form['form']} is not known here, only {FORM}")
        form = STEPS[form["form"]](form)
    undo = form["undo"]
    return Session(
        instrument=form["instrument"],
        edition=form["edition"],
        at=Place(*form["at"]),
        answers={item: load_answer(answer) for item, answer in form["answers"].items()},
        undo=Undo(undo[0], load_answer(undo[1])) if undo else None,
        last=form["last"],
        returning=form["returning"],
    )
