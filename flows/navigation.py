"""Where one can go: which items are relevant, what comes next, what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, assert_never

from flows.evidence import asked
from flows.instrument import Choice, ContactDetails, Criterion, FreeText, Instrument
from flows.session import NOTHING, Answer, Place, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.instrument import ScoringItem

AnyItem: TypeAlias = Choice | FreeText | ContactDetails | Criterion


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that must be said before sending."""

    item: str
    what: Literal["answer", "other"]


def relevant(instrument: Instrument, answers: Mapping[str, Answer]) -> tuple[AnyItem, ...]:
    """The items that are put to somebody who has given these answers, in order."""
    shown: dict[str, AnyItem] = {}
    for item in instrument.items:
        condition = item.only_if
        if condition is not None:
            chosen = answers.get(condition.item, NOTHING).chosen
            if condition.item not in shown or not set(condition.any_of) & set(chosen):
                continue
        shown[item.id] = item
    return tuple(shown.values())


def item_place(item_id: str) -> Place:
    """The place where an item is put."""
    return Place("item", item_id)


def after(instrument: Instrument, session: Session, item_id: str) -> Place:
    """Where "next" leads from an item: the next relevant one, or the review."""
    if session.returning:
        return Place("review", item_id)
    items = relevant(instrument, session.answers)
    ids = [item.id for item in items]
    following = ids[ids.index(item_id) + 1 :] if item_id in ids else ids
    return item_place(following[0]) if following else Place("review", item_id)


def before(instrument: Instrument, session: Session, item_id: str) -> Place:
    """Where "back" leads from an item: the relevant one before it, or the introduction."""
    ids = [item.id for item in relevant(instrument, session.answers)]
    position = ids.index(item_id) if item_id in ids else 0
    return item_place(ids[position - 1]) if position else Place("introduction")


def first_open(instrument: Instrument, session: Session) -> Place:
    """The first relevant item without an answer, or the review where all have one."""
    for item in relevant(instrument, session.answers):
        if not session.answer(item.id).given:
            return item_place(item.id)
    return Place("review")


def reachable(instrument: Instrument, session: Session, place: Place) -> bool:
    """Whether the place exists for this session, whatever the current one is."""
    if place.field and place.screen not in {"field", "evidence"}:
        return False
    if place.screen in {"introduction", "contents", "review", "paused"}:
        return not place.item or instrument.item(place.item) is not None
    item = next((i for i in relevant(instrument, session.answers) if i.id == place.item), None)
    match item:
        case None:
            return False
        case Choice():
            return (
                place.screen == "item"
                or (place.screen == "comment" and item.comment is not None)
                or (place.screen == "other" and asks_for_words(item, session.answer(item.id)))
            )
        case ContactDetails():
            return place.screen == "item" or (
                place.screen == "field" and item.field(place.field) is not None
            )
        case FreeText():
            return place.screen == "item"
        case Criterion():
            return place.screen == "item" or (
                place.screen == "evidence" and _has_evidence(item, session, place.field)
            )
        case _:
            assert_never(item)


def claimed(item: Criterion, answer: Answer) -> tuple[ScoringItem, ...]:
    """The ticked rows that are worth points: what evidence is asked for."""
    return tuple(row for row in item.rows if row.id in answer.chosen and row.points)


def _has_evidence(item: Criterion, session: Session, field: str) -> bool:
    row, part = asked(field)
    known = row in {each.id for each in claimed(item, session.answer(item.id))}
    return known and field in {row, f"{row}/{part}"}


def entry_option(item: Choice) -> str | None:
    """The option that asks for words ("Other"), or None."""
    return next((option.id for option in item.options if option.text_entry), None)


def asks_for_words(item: Choice, answer: Answer) -> bool:
    """Whether the option that asks for words is ticked: only then is there a place for them."""
    return entry_option(item) in answer.chosen


def missing(instrument: Instrument, answers: Mapping[str, Answer]) -> tuple[Missing, ...]:
    """What must still be said before sending, in order."""
    found = []
    for item in relevant(instrument, answers):
        answer = answers.get(item.id, NOTHING)
        if item.required and not answer.given:
            found.append(Missing(item.id, "answer"))
        elif isinstance(item, Choice) and asks_for_words(item, answer) and not answer.other:
            found.append(Missing(item.id, "other"))
    return tuple(found)
