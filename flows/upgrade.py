"""A session of an older edition brought to a newer one, when its participant asks for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from flows.exclusion import clash
from flows.instrument import Choice, ContactDetails, Criterion, FreeText, Instrument
from flows.navigation import entry_option, item_place, reachable
from flows.session import NOTHING, Answer, Place, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.instrument import Option, ScoringItem
    from flows.navigation import AnyItem


@dataclass(frozen=True, slots=True)
class Moved:
    """A session at another edition; items answered before whose answer is still there, and whose
    answer is gone, or lost a part.
    """

    session: Session
    kept: tuple[str, ...]
    lost: tuple[str, ...]


def move(session: Session, old: Instrument, new: Instrument) -> Moved:
    """The session at the edition ``new``: what was said stays wherever it is still asked.

    ``kept`` holds ids of the new edition, ``lost`` ids of the old one.
    """
    names = _names(old, new)
    answers: dict[str, Answer] = {}
    lost: list[str] = []
    for item in old.items:
        whole = _renamed(session.answer(item.id), names)
        if whole.empty:
            continue
        target = new.item(names[item.id])
        fitting = _fitting(item, target, whole)
        if target is not None and not fitting.empty:
            answers[target.id] = fitting
        if fitting != whole:
            lost.append(item.id)
    kept = tuple(item.id for item in new.items if item.id in answers)
    moved = replace(
        session,
        instrument=new.id,
        edition=new.edition,
        answers={item: answers[item] for item in kept},
        undo=None,
        last="",
    )
    at = _place(moved, new, names)
    returning = session.returning and at.screen != "introduction"
    return Moved(replace(moved, at=at, returning=returning), kept, tuple(lost))


def _names(old: Instrument, new: Instrument) -> dict[str, str]:
    """What the new edition calls each item and row of the old one, in order; "" for none."""
    ids = [id_ for item in old.items for id_ in (item.id, *(row.id for row in _rows(item)))]
    taken = {new.renamed[id_] for id_ in ids if id_ in new.renamed}
    return {id_: new.renamed.get(id_, "" if id_ in taken else id_) for id_ in ids}


def _renamed(answer: Answer, names: Mapping[str, str]) -> Answer:
    evidence = {names.get(row, ""): each for row, each in answer.evidence.items()}
    chosen = tuple(names.get(row, "") for row in answer.chosen)
    return replace(answer, chosen=chosen, evidence=evidence)


def _fitting(before: AnyItem, item: AnyItem | None, answer: Answer) -> Answer:
    """What of an answer still fits an item of the new edition."""
    if item is None or item.kind != before.kind:
        return NOTHING
    match item:
        case Choice():
            chosen = _compatible(item, answer)[: item.at_most]
            other = answer.other if entry_option(item) in chosen else ""
            comment = answer.comment if item.comment is not None else ""
            return replace(answer, chosen=chosen, other=other, comment=comment)
        case Criterion():
            none = answer.none and not item.has_zero
            chosen = _compatible(item, answer)
            evidence = {row: each for row, each in answer.evidence.items() if row in chosen}
            return replace(answer, chosen=chosen, none=none, evidence=evidence)
        case ContactDetails():
            held = {each.id: answer.fields.get(each.id, "") for each in item.fields}
            return replace(answer, fields={name: words for name, words in held.items() if words})
        case FreeText():
            return answer
        case _:
            assert_never(item)


def _compatible(item: Choice | Criterion, answer: Answer) -> tuple[str, ...]:
    """The chosen rows that are still there; of those that now clash, the first printed."""
    kept: list[Option | ScoringItem] = []
    for row in item.rows:
        if row.id in answer.chosen and not any(clash(row, each) for each in kept):
            kept.append(row)
    return tuple(row.id for row in kept)


def _place(session: Session, new: Instrument, names: Mapping[str, str]) -> Place:
    """The same place, or the nearest earlier item that is still put, or the introduction."""
    at = session.at
    same = replace(at, item=names.get(at.item, ""))
    if not at.item or (same.item and reachable(new, session, same)):
        return same
    nearest = _nearest(session, new, names)
    if at.screen in {"contents", "review", "paused"}:
        return replace(at, item=nearest.item)
    return nearest


def _nearest(session: Session, new: Instrument, names: Mapping[str, str]) -> Place:
    ids = list(names)
    before = ids[: ids.index(session.at.item) + 1] if session.at.item in ids else []
    for earlier in reversed(before):
        there = item_place(names[earlier])
        if reachable(new, session, there):
            return there
    return Place("introduction")


def _rows(item: AnyItem) -> tuple[Option | ScoringItem, ...]:
    return item.rows if isinstance(item, (Choice, Criterion)) else ()
