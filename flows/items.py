"""The cards of the items, one function a kind."""

from __future__ import annotations

from typing import assert_never

from flows import entry, wishes
from flows.actions import Choose, Confirm, Erase, Go, NoneOfThese, Tick
from flows.buttons import erase, go, menu, undo_row, way
from flows.card import Button, Card, Entry, Line, Phrase, Row, Words
from flows.evidence_cards import links_row
from flows.instrument import Choice, ContactDetails, Criterion, FreeText, Instrument, Option
from flows.navigation import AnyItem, after, item_place
from flows.overview import hint, notices, numbered, progress, running_score, summary
from flows.scoring import points
from flows.session import Answer, Place, Session


def item_card(instrument: Instrument, session: Session, item: AnyItem) -> Card[Words]:
    """The card of an item, whatever its kind."""
    match item:
        case Choice():
            return _choice(instrument, session, item)
        case FreeText():
            return _free_text(instrument, session, item)
        case ContactDetails():
            return _contact(instrument, session, item)
        case Criterion():
            return _criterion(instrument, session, item)
        case _:
            assert_never(item)


def _choice(instrument: Instrument, session: Session, item: Choice) -> Card[Words]:
    answer = session.answer(item.id)
    one = item.at_most == 1
    rows = tuple(
        Row(
            number=number,
            label=option.text,
            detail=_words_of_other(option, answer),
            marked=option.id in answer.chosen,
            action=Choose(item.id, option.id)
            if one
            else Tick(item.id, option.id, on=option.id not in answer.chosen),
        )
        for number, option in enumerate(item.options, start=1)
    )
    words: list[Button[Words]] = []
    if any(option.text_entry and option.id in answer.chosen for option in item.options):
        words.append(go("button_edit_other", Place("other", item.id)))
    if item.comment is not None:
        key = "button_edit_comment" if answer.comment else "button_comment"
        words.append(go(key, Place("comment", item.id)))
    if answer.chosen and not item.required:
        words.append(Button(Phrase("button_clear"), Erase(item_place(item.id))))
    return Card(
        name="choice",
        place=session.at,
        title=numbered(item),
        progress=progress(instrument, session, item),
        notices=notices(instrument, session),
        paragraphs=(
            *hint(item),
            *_how_many(item),
            *_comment_so_far(answer),
            *wishes.told(instrument, session, item),
        ),
        rows=rows,
        one=one,
        buttons=(
            *undo_row(session),
            *((tuple(words),) if words else ()),
            *wishes.row(instrument, session, item),
            way(instrument, session, item),
            menu(instrument, session),
        ),
    )


def _words_of_other(option: Option, answer: Answer) -> Words | None:
    """What was written for Other, or that something is still to be."""
    if not option.text_entry or option.id not in answer.chosen:
        return None
    return answer.other or Phrase("other_lacks_words")


def _how_many(item: Choice) -> tuple[Words, ...]:
    if item.at_most is None or item.at_most == 1:
        return ()
    return (Phrase("at_most_n", {"n": item.at_most}),)


def _comment_so_far(answer: Answer) -> tuple[Words, ...]:
    return (Phrase("comment_so_far", {"text": answer.comment}),) if answer.comment else ()


def comment_card(instrument: Instrument, session: Session, item: Choice) -> Card[Words]:
    """The place for a comment on an answer: offered, never forced."""
    answer = session.answer(item.id)
    chosen = Phrase("you_answered", {"answer": summary(item, answer)})
    onward = after(instrument, session, item.id)
    key = "button_next" if answer.comment else "button_no_comment"
    return Card(
        name="comment",
        place=session.at,
        title=Phrase("comment_on", {"number": item.number, "text": item.text}),
        progress=progress(instrument, session, item),
        notices=notices(instrument, session),
        paragraphs=(chosen, *wishes.told(instrument, session, item)),
        entry=Entry(item.comment or {}, answer.comment, entry.LONGEST_TEXT, "lines"),
        buttons=(
            *((erase(session),) if answer.comment else ()),
            *wishes.row(instrument, session, item),
            (
                go("button_back_to_question", item_place(item.id)),
                go("button_back_to_review" if session.returning else key, onward, primary=True),
            ),
            menu(instrument, session),
        ),
    )


def other_card(instrument: Instrument, session: Session, item: Choice) -> Card[Words]:
    """The place for the words of Other."""
    option = next(option for option in item.options if option.text_entry)
    answer = session.answer(item.id)
    return Card(
        name="other",
        place=session.at,
        title=numbered(item),
        progress=progress(instrument, session, item),
        notices=notices(instrument, session),
        entry=Entry(option.text, answer.other, entry.LONGEST_LINE, "line"),
        buttons=(
            (go("button_back_to_question", item_place(item.id)),),
            menu(instrument, session),
        ),
    )


def _free_text(instrument: Instrument, session: Session, item: FreeText) -> Card[Words]:
    answer = session.answer(item.id)
    return Card(
        name="text",
        place=session.at,
        title=numbered(item),
        progress=progress(instrument, session, item),
        notices=notices(instrument, session),
        paragraphs=(*hint(item), *wishes.told(instrument, session, item)),
        entry=Entry(Phrase("your_answer"), answer.text, entry.LONGEST_TEXT, "lines"),
        buttons=(
            *((erase(session),) if answer.text else ()),
            *wishes.row(instrument, session, item),
            way(instrument, session, item),
            menu(instrument, session),
        ),
    )


def _contact(instrument: Instrument, session: Session, item: ContactDetails) -> Card[Words]:
    answer = session.answer(item.id)
    lines: tuple[Line[Words], ...] = tuple(
        Line(
            number=str(number),
            label=each.label,
            detail=answer.fields.get(each.id) or Phrase("not_answered"),
            state="answered" if answer.fields.get(each.id) else "open",
            action=Go(Place("field", item.id, each.id)),
        )
        for number, each in enumerate(item.fields, start=1)
    )
    return Card(
        name="contact",
        place=session.at,
        title=numbered(item),
        progress=progress(instrument, session, item),
        notices=notices(instrument, session),
        paragraphs=(*hint(item), *wishes.told(instrument, session, item)),
        lines=lines,
        buttons=(
            *wishes.row(instrument, session, item),
            way(instrument, session, item),
            menu(instrument, session),
        ),
    )


def field_card(instrument: Instrument, session: Session, item: ContactDetails) -> Card[Words]:
    """One line of contact details."""
    field_id = session.at.field
    asked = next(each for each in item.fields if each.id == field_id)
    answer = session.answer(item.id)
    value = answer.fields.get(field_id, "")
    following = item.fields[item.fields.index(asked) + 1 :]
    onward = Place("field", item.id, following[0].id) if following else item_place(item.id)
    limit = entry.LONGEST_EMAIL if asked.format == "email" else entry.LONGEST_LINE
    return Card(
        name="field",
        place=session.at,
        title=numbered(item),
        progress=progress(instrument, session, item),
        notices=notices(instrument, session),
        entry=Entry(asked.label, value, limit, asked.format),
        buttons=(
            *((erase(session),) if value else ()),
            (
                go("button_back_to_question", item_place(item.id)),
                go("button_next" if value else "button_skip", onward),
            ),
            menu(instrument, session),
        ),
    )


def _criterion(instrument: Instrument, session: Session, item: Criterion) -> Card[Words]:
    answer = session.answer(item.id)
    rows: list[Row[Words]] = [
        Row(
            number=number,
            label=row.wording,
            detail=Phrase("row_points", {"n": row.points}),
            marked=row.id in answer.chosen,
            action=Tick(item.id, row.id, on=row.id not in answer.chosen),
        )
        for number, row in enumerate(item.rows, start=1)
    ]
    if not item.has_zero:
        rows.append(
            Row(
                number=len(rows) + 1,
                label=Phrase("none_of_these"),
                detail=Phrase("row_points", {"n": 0}),
                marked=answer.none,
                action=NoneOfThese(item.id),
            )
        )
    earned = {"points": points(item, answer), "maximum": item.maximum}
    return Card(
        name="criterion",
        place=session.at,
        title=numbered(item),
        progress=progress(instrument, session, item),
        notices=notices(instrument, session),
        paragraphs=(
            *_heading(item),
            *hint(item),
            *((Phrase("still_so"),) if answer.carried == "asked" else ()),
            Phrase("criterion_points", earned),
            running_score(instrument, session.answers),
        ),
        rows=tuple(rows),
        buttons=(
            *_still_so(item, answer),
            *undo_row(session),
            *links_row(item, answer),
            way(instrument, session, item),
            menu(instrument, session),
        ),
    )


def _still_so(item: Criterion, answer: Answer) -> tuple[tuple[Button[Words], ...], ...]:
    """The one press that confirms what was ticked an earlier time."""
    if answer.carried != "asked":
        return ()
    return ((Button(Phrase("button_still_so"), Confirm(item.id), primary=True),),)


def _heading(item: Criterion) -> tuple[Words, ...]:
    if item.heading is None:
        return ()
    return (Phrase("numbered", {"number": item.heading_number or "", "text": item.heading}),)
