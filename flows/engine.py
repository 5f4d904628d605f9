"""The decision: what an action makes of a session. No clock, no chance, no input, no output."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from flows import entry, evidence
from flows.actions import (
    Action,
    Allow,
    AnswerSaved,
    Choose,
    Confirm,
    Displaced,
    Erase,
    Go,
    NoneOfThese,
    Refused,
    Shortened,
    Submit,
    Submitted,
    TakeBack,
    Tick,
    Turn,
    Write,
)
from flows.exclusion import displaced, in_order
from flows.instrument import Choice, ContactDetails, Criterion, FreeText, Instrument, row_of
from flows.navigation import after, entry_option, item_place, missing, reachable, relevant
from flows.session import Answer, Place, Session, Undo
from flows.wishes import wish_of, words_in

if TYPE_CHECKING:
    from flows.instrument import Option, ScoringItem
    from flows.session import Wish


def begin(instrument: Instrument) -> Session:
    """A new session at the introduction, pinned to this edition."""
    return Session(instrument.id, instrument.edition, Place("introduction"))


def advance(  # noqa: C901 - one branch an action
    instrument: Instrument, session: Session, action: Action
) -> Turn:
    """The turn that an action makes. An action that does not fit leaves the session as it is."""
    match action:
        case Go(to):
            return _go(instrument, session, to)
        case Choose(item, option):
            return _choose(instrument, session, item, option)
        case Tick():
            return _tick(instrument, session, action)
        case NoneOfThese(item):
            return _none(instrument, session, item)
        case Confirm(item):
            return _confirm(instrument, session, item)
        case Write():
            return _write(instrument, session, action)
        case Erase(at):
            return _erase(instrument, session, at)
        case TakeBack(item):
            return _take_back(session, item)
        case Allow():
            return _allow(instrument, session, action)
        case Submit():
            return _submit(instrument, session)
        case _:
            assert_never(action)


def _refused(session: Session, reason: str, *items: str, limit: int = 0) -> Turn:
    return Turn(session, (Refused(reason, items, limit),))


def _go(instrument: Instrument, session: Session, to: Place) -> Turn:
    if not reachable(instrument, session, to):
        return _refused(session, "no_such_place")
    leaves_round_trip = to.screen in {"introduction", "contents", "review"}
    returning = (session.returning or session.at.screen == "review") and not leaves_round_trip
    # What was said of the last answer belongs to the card that followed it, and goes with it.
    arrived = replace(session, at=to, undo=None, last="", returning=returning)
    return Turn(session if arrived.at == session.at else arrived)


def _saved(session: Session, item: str, answer: Answer, to: Place | None = None) -> Session:
    before = session.answer(item)
    if (answer.chosen, answer.none) != (before.chosen, before.none):
        answer = replace(answer, carried="")
    if answer.allowed:
        answer = replace(answer, allowed=_still_allowed(answer, before))
    changed = session.with_answer(item, answer)
    return replace(changed, at=to or session.at, undo=None)


def _still_allowed(answer: Answer, before: Answer) -> frozenset[Wish]:
    """What was allowed was allowed of these words, and of details that are there."""
    gone: set[Wish] = set()
    if words_in(answer) != words_in(before):
        gone.add("quote")
    if not any(answer.fields.values()):
        gone.add("attach")
    return answer.allowed - gone


def _choose(instrument: Instrument, session: Session, item_id: str, option_id: str) -> Turn:
    item = instrument.item(item_id)
    if session.at != item_place(item_id) or not isinstance(item, Choice) or item.at_most != 1:
        return _refused(session, "not_the_current_item")
    option = row_of(item.options, option_id)
    if option is None:
        return _refused(session, "no_such_option")
    answer = session.answer(item_id)
    asks_for_words = entry_option(item) == option_id
    answer = replace(answer, chosen=(option_id,), other=answer.other if asks_for_words else "")
    saved = _saved(session, item_id, answer)
    if asks_for_words:
        to = Place("other", item_id)
    elif item.comment is not None:
        to = Place("comment", item_id)
    else:
        to = after(instrument, saved, item_id)
    return Turn(replace(saved, at=to), (AnswerSaved(item_id),))


def _tick(instrument: Instrument, session: Session, tick: Tick) -> Turn:
    item = instrument.item(tick.item)
    row: Option | ScoringItem | None = None
    match item:
        case Choice() if item.at_most != 1:
            row = next((option for option in item.options if option.id == tick.option), None)
        case Criterion():
            row = next((option for option in item.rows if option.id == tick.option), None)
    if session.at != item_place(tick.item) or not isinstance(item, (Choice, Criterion)):
        return _refused(session, "not_the_current_item")
    if row is None:
        return _refused(session, "no_such_option")
    answer = session.answer(item.id)
    if tick.on == (row.id in answer.chosen):
        return Turn(session)
    if not tick.on:
        kept = tuple(option for option in answer.chosen if option != row.id)
        other = "" if getattr(row, "text_entry", False) else answer.other
        # Its link stays with the row, unseen: it is tedious to find again.
        unticked = replace(answer, chosen=kept, other=other)
        return Turn(_saved(session, item.id, unticked), (AnswerSaved(item.id),))
    return _tick_on(session, item, row)


def _tick_on(session: Session, item: Choice | Criterion, row: Option | ScoringItem) -> Turn:
    before = session.answer(item.id)
    gone = displaced(item.rows, before.chosen, row)
    chosen = in_order(item.rows, {*before.chosen, row.id} - set(gone))
    if isinstance(item, Choice) and item.at_most is not None and len(chosen) > item.at_most:
        return _refused(session, "at_most", item.id, limit=item.at_most)
    loses_words = isinstance(item, Choice) and entry_option(item) in gone
    other = "" if loses_words else before.other
    answer = replace(before, chosen=chosen, none=False, other=other)
    saved = _saved(session, item.id, answer)
    if getattr(row, "text_entry", False):
        saved = replace(saved, at=Place("other", item.id))
    if not gone:
        return Turn(saved, (AnswerSaved(item.id),))
    return Turn(
        replace(saved, undo=Undo(item.id, before)),
        (AnswerSaved(item.id), Displaced(item.id, gone)),
    )


def _none(instrument: Instrument, session: Session, item_id: str) -> Turn:
    item = instrument.item(item_id)
    if session.at != item_place(item_id) or not isinstance(item, Criterion) or item.has_zero:
        return _refused(session, "not_the_current_item")
    before = session.answer(item_id)
    if before.none:
        return Turn(session)
    saved = _saved(session, item_id, replace(before, chosen=(), none=True))
    if not before.chosen:
        return Turn(saved, (AnswerSaved(item_id),))
    return Turn(
        replace(saved, undo=Undo(item_id, before)),
        (AnswerSaved(item_id), Displaced(item_id, before.chosen)),
    )


def _confirm(instrument: Instrument, session: Session, item_id: str) -> Turn:
    """What was ticked an earlier time holds still: on to the next."""
    answer = session.answer(item_id)
    if session.at != item_place(item_id) or answer.carried != "asked":
        return _refused(session, "not_the_current_item")
    saved = _saved(session, item_id, replace(answer, carried="confirmed"))
    onward = replace(saved, at=after(instrument, saved, item_id))
    return Turn(onward, (AnswerSaved(item_id),))


def _write(instrument: Instrument, session: Session, write: Write) -> Turn:
    item = instrument.item(session.at.item)
    answer = session.answer(session.at.item)
    match session.at.screen, item:
        case "comment", Choice():
            words, left_out = _longer(answer.comment, write)
            return _written(session, replace(answer, comment=words), left_out)
        case "item", FreeText():
            words, left_out = _longer(answer.text, write)
            return _written(session, replace(answer, text=words), left_out)
        case "other", Choice():
            return _write_other(instrument, session, item, write.text)
        case "field", ContactDetails():
            return _write_field(session, item, write.text)
        case "evidence", Criterion():
            return _write_evidence(session, write.text)
    return _refused(session, "not_understood")


def _write_evidence(session: Session, text: str) -> Turn:
    """A part of a row's evidence; where the whole row is shown, its link."""
    _, part = evidence.asked(session.at.field)
    if part is not None and part != "link":
        return _keep_evidence(session, *entry.shorten(entry.line(text), evidence.LIMITS[part]))
    found = evidence.read_link(entry.line(text), ())
    if not isinstance(found, evidence.Link):
        return _refused(session, f"link_{found}", session.at.item)
    return _keep_evidence(session, found.url, 0)


def _keep_evidence(session: Session, words: str, left_out: int) -> Turn:
    at = session.at
    row, part = evidence.asked(at.field)
    name: evidence.Part = part or "link"
    answer = session.answer(at.item)
    said = replace(answer.evidence.get(row, evidence.Evidence()), **{name: words})
    kept = {key: each for key, each in {**answer.evidence, row: said}.items() if each.parts()}
    changed = replace(answer, evidence=kept)
    return _written(session, changed, left_out, Place("evidence", at.item, row))


def _longer(present: str, write: Write) -> tuple[str, int]:
    words = entry.clean(write.text)
    if present and not write.whole:
        words = f"{present}\n{words}"
    return entry.shorten(words, entry.LONGEST_TEXT)


def _written(session: Session, answer: Answer, left_out: int, to: Place | None = None) -> Turn:
    item = session.at.item
    saved = _saved(session, item, answer, to)
    events = (AnswerSaved(item), Shortened(left_out)) if left_out else (AnswerSaved(item),)
    return Turn(saved, events)


def _write_other(instrument: Instrument, session: Session, item: Choice, text: str) -> Turn:
    words, left_out = entry.shorten(entry.line(text), entry.LONGEST_LINE)
    if not words:
        return _refused(session, "empty", item.id)
    written = replace(session.answer(item.id), other=words)
    to = item_place(item.id)
    if item.at_most == 1:
        to = Place("comment", item.id) if item.comment else after(instrument, session, item.id)
    return _written(session, written, left_out, to)


def _write_field(session: Session, item: ContactDetails, text: str) -> Turn:
    field = item.field(session.at.field)
    if field is None:
        return _refused(session, "no_such_place")
    limit = entry.LONGEST_EMAIL if field.format == "email" else entry.LONGEST_LINE
    words, left_out = entry.shorten(entry.line(text), limit)
    if field.format == "email" and words and not entry.is_email(entry.line(text)):
        return _refused(session, "not_an_email", item.id)
    answer = session.answer(item.id)
    fields = {**answer.fields, field.id: words}
    held = {f.id: fields[f.id] for f in item.fields if fields.get(f.id)}
    to = field_after(item, field.id) or item_place(item.id)
    return _written(session, replace(answer, fields=held), left_out, to)


def field_after(item: ContactDetails, field_id: str) -> Place | None:
    """The place of the contact line after this one, or None after the last."""
    ids = [field.id for field in item.fields]
    following = ids[ids.index(field_id) + 1 :]
    return Place("field", item.id, following[0]) if following else None


def _erase(instrument: Instrument, session: Session, at: Place) -> Turn:
    if session.at != at:
        return _refused(session, "not_the_current_item")
    answer = session.answer(at.item)
    match at.screen, instrument.item(at.item):
        case "comment", Choice():
            return _written(session, replace(answer, comment=""), 0)
        case "item", FreeText():
            return _written(session, replace(answer, text=""), 0)
        case "item", Choice():
            return _written(session, replace(answer, chosen=(), other=""), 0)
        case "field", ContactDetails():
            kept = {name: words for name, words in answer.fields.items() if name != at.field}
            return _written(session, replace(answer, fields=kept), 0)
        case "evidence", Criterion():
            return _keep_evidence(session, "", 0)
    return _refused(session, "no_such_place")


def _take_back(session: Session, item: str) -> Turn:
    undo = session.undo
    if undo is None or undo.item != item:
        return _refused(session, "nothing_to_undo")
    restored = session.with_answer(item, undo.before)
    return Turn(replace(restored, undo=None, at=item_place(item)), (AnswerSaved(item),))


def _allow(instrument: Instrument, session: Session, wanted: Allow) -> Turn:
    item = instrument.item(wanted.item)
    answer = session.answer(wanted.item)
    here = session.at.item == wanted.item
    if item is None or not here or wish_of(instrument, item, answer) != wanted.wish:
        return _refused(session, "not_the_current_item")
    these = {wanted.wish}
    allowed = answer.allowed | these if wanted.on else answer.allowed - these
    return Turn(session.with_answer(wanted.item, replace(answer, allowed=frozenset(allowed))))


def _submit(instrument: Instrument, session: Session) -> Turn:
    lacking = missing(instrument, session.answers)
    if lacking:
        return _refused(session, "still_missing", *(each.item for each in lacking))
    shown = {item.id for item in relevant(instrument, session.answers)}
    answers = {item: answer for item, answer in session.answers.items() if item in shown}
    return Turn(session, (Submitted(answers),))
