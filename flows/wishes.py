"""What somebody allows beyond answering: that their words be quoted, their details be attached."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.actions import Allow
from flows.card import Button, Phrase, Several, Words
from flows.identifying import pointed_out
from flows.instrument import Choice, ContactDetails, FreeText, Instrument
from flows.navigation import relevant

if TYPE_CHECKING:
    from flows.navigation import AnyItem
    from flows.session import Answer, Session, Wish


def wish_of(instrument: Instrument, item: AnyItem, answer: Answer) -> Wish | None:
    """What can be wished of an answer; nothing of a company's, which is not anonymous."""
    if instrument.kind != "survey":
        return None
    match item:
        case Choice() | FreeText() if words_in(answer):
            return "quote"
        case ContactDetails() if any(answer.fields.values()):
            return "attach"
    return None


def words_in(answer: Answer) -> str:
    """The words of an answer: text, comment, and what stands beside Other."""
    return "\n".join(filter(None, (answer.other, answer.text, answer.comment)))


def row(
    instrument: Instrument, session: Session, item: AnyItem
) -> tuple[tuple[Button[Words], ...], ...]:
    """The press that allows it, or takes it back."""
    answer = session.answer(item.id)
    wish = wish_of(instrument, item, answer)
    if wish is None:
        return ()
    on = wish not in answer.allowed
    return ((Button(Phrase(f"button_{wish}_{'yes' if on else 'no'}"), Allow(item.id, wish, on)),),)


def told(instrument: Instrument, session: Session, item: AnyItem) -> tuple[Words, ...]:
    """What is wished now, and what in the words may tell who wrote them."""
    answer = session.answer(item.id)
    wish = wish_of(instrument, item, answer)
    if wish is None:
        return ()
    now: Words = Phrase(f"{wish}_{'on' if wish in answer.allowed else 'off'}")
    found = _found(instrument, session, answer) if wish == "quote" else ()
    return (*((Phrase("may_tell", {"words": Several(found)}),) if found else ()), now)


def warnings(instrument: Instrument, session: Session) -> tuple[Words, ...]:
    """Before everything is sent: which answers hold words that may tell who wrote them, how many
    may be quoted, and whether the contact details go with the answers.
    """
    every = [(item, session.answer(item.id)) for item in relevant(instrument, session.answers)]
    wishes = [(item, answer, wish_of(instrument, item, answer)) for item, answer in every]
    written = [(item, answer) for item, answer, wish in wishes if wish == "quote"]
    told: list[Words] = []
    telling = [item.number for item, answer in written if _found(instrument, session, answer)]
    if telling:
        told.append(Phrase("may_tell_in", {"numbers": Several(tuple(telling))}))
    if written:
        quotable = sum("quote" in answer.allowed for _, answer in written)
        told.append(Phrase("quotable_n_of_m", {"n": quotable, "m": len(written)}))
    if any(wish == "attach" and "attach" in answer.allowed for _, answer, wish in wishes):
        told.append(Phrase("attach_on"))
    return tuple(told)


def _found(instrument: Instrument, session: Session, answer: Answer) -> tuple[str, ...]:
    own = [value for each in session.answers.values() for value in each.fields.values()]
    return pointed_out(words_in(answer), harmless=instrument.vocabulary, own=own)
