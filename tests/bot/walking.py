"""Every card that an instrument can show, and answers that fill it as far as they go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.instrument import Choice, ContactDetails, Criterion, FreeText
from flows.screens import card
from flows.session import Answer, Place, Session, Undo

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flows.card import Card, Words
    from flows.instrument import Instrument
    from flows.navigation import AnyItem


def places(instrument: Instrument) -> Iterator[Place]:
    """Every place of an instrument, whether this or that answer leads there or not."""
    yield Place("introduction")
    for screen in ("contents", "review", "paused"):
        yield Place(screen)
    for item in instrument.items:
        yield Place("item", item.id)
        for screen in ("contents", "review", "paused"):
            yield Place(screen, item.id)
        match item:
            case Choice():
                if item.comment is not None:
                    yield Place("comment", item.id)
                if any(option.text_entry for option in item.options):
                    yield Place("other", item.id)
            case ContactDetails():
                for each in item.fields:
                    yield Place("field", item.id, each.id)


def everything(item: AnyItem, words: str) -> Answer:
    """All rows ticked, rules or not, and every place for words filled with these."""
    match item:
        case Choice():
            chosen = tuple(option.id for option in item.options)
            return Answer(chosen=chosen, other=words, comment=words)
        case Criterion():
            return Answer(chosen=tuple(row.id for row in item.rows))
        case FreeText():
            return Answer(text=words)
        case ContactDetails():
            return Answer(fields={each.id: words[:200] for each in item.fields})


def sessions(instrument: Instrument, words: str) -> Iterator[Session]:
    """The instrument untouched, and filled, at every place; filled with the longest notices."""
    full = {item.id: everything(item, words) for item in instrument.items}
    for at in places(instrument):
        yield _at(instrument, at, {})
        yield _at(instrument, at, full, last=at.item)
        yield _at(instrument, at, full, returning=True)
        item = instrument.item(at.item)
        if isinstance(item, (Choice, Criterion)):
            one = {**full, item.id: Answer(chosen=(item.rows[0].id,))}
            yield _at(instrument, at, one, last=item.id, undo=Undo(item.id, full[item.id]))


def _at(
    instrument: Instrument,
    at: Place,
    answers: Mapping[str, Answer],
    *,
    last: str = "",
    undo: Undo | None = None,
    returning: bool = False,
) -> Session:
    return Session(instrument.id, instrument.edition, at, answers, undo, last, returning)


def cards(instrument: Instrument, words: str = "") -> Iterator[Card[Words]]:
    """What each of these sessions shows."""
    return (card(instrument, each) for each in sessions(instrument, words))
