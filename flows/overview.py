"""What has been said so far, in words: an answer in a line, all of them in a list, the score."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from flows.actions import Go
from flows.card import Line, LineState, Phrase, Several, Words
from flows.instrument import Choice, ContactDetails, Criterion, FreeText, Instrument, Section, Theme
from flows.navigation import AnyItem, item_place, missing, relevant
from flows.scoring import points, printed, score
from flows.session import NOTHING, Answer, Session

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMENT = 80
"""Characters of a comment that the review shows."""


def summary(item: AnyItem, answer: Answer) -> Words:
    """An answer in one line: what was ticked, or said."""
    match item:
        case Choice():
            said: list[Words] = []
            for option in item.options:
                if option.id in answer.chosen:
                    other = option.text_entry and answer.other
                    said.append(
                        Phrase("other_said", {"text": answer.other}) if other else option.text
                    )
            return Several(tuple(said)) if said else Phrase("not_answered")
        case FreeText():
            return answer.text or Phrase("not_answered")
        case ContactDetails():
            held = [answer.fields[each.id] for each in item.fields if answer.fields.get(each.id)]
            return Several(tuple(held)) if held else Phrase("not_answered")
        case Criterion():
            earned = {"points": points(item, answer), "maximum": item.maximum}
            if answer.carried == "asked":
                return Phrase("points_last_time", earned)
            if not answer.given:
                return Phrase("not_answered")
            return Phrase("points_of_maximum", earned)
        case _:
            assert_never(item)


def numbered(item: AnyItem) -> Phrase:
    """An item by number and text."""
    return Phrase("numbered", {"number": item.number, "text": item.text})


def progress(instrument: Instrument, session: Session, item: AnyItem) -> Phrase:
    """Where one is, in words."""
    shown = [each.id for each in relevant(instrument, session.answers)]
    counted = {"n": shown.index(item.id) + 1 if item.id in shown else 0, "m": len(shown)}
    section = instrument.section_of(item.id)
    if isinstance(item, Criterion):
        theme = instrument.theme_of(item)
        named = Phrase("theme_named", {"number": theme.id, "title": theme.title})
        return Phrase("criterion_n_of_m", {**counted, "part": named})
    return Phrase("question_n_of_m", {**counted, "part": section.title})


def notices(instrument: Instrument, session: Session) -> tuple[Phrase, ...]:
    """What the card says of the turn before: what was saved, and what a tick took away."""
    undo = session.undo
    if undo is not None:
        now = session.answer(undo.item)
        item = instrument.item(undo.item)
        rows = item.rows if isinstance(item, (Choice, Criterion)) else ()
        gone = [row for row in rows if row.id in undo.before.chosen and row.id not in now.chosen]
        labels = tuple(row.wording if hasattr(row, "wording") else row.text for row in gone)
        return (Phrase("displaced", {"rows": Several(labels)}),)
    item = instrument.item(session.last)
    if item is None:
        return ()
    if session.at.screen == "comment" and session.answer(item.id).comment:
        return (Phrase("saved_comment", {"number": item.number}),)
    if not session.answer(item.id).given:
        return (Phrase("cleared", {"number": item.number}),)
    said = summary(item, session.answer(item.id))
    return (Phrase("saved", {"number": item.number, "answer": said}),)


def hint(item: AnyItem) -> tuple[Words, ...]:
    """What the questionnaire says below a question, if anything."""
    return (item.hint,) if item.hint is not None else ()


def running_score(instrument: Instrument, answers: Mapping[str, Answer]) -> Phrase:
    """The provisional score with its floor and ceiling, in words."""
    so_far = score(instrument, answers)
    if so_far.floor == so_far.ceiling:
        return Phrase("final_score", {"score": printed(so_far.floor)})
    return Phrase(
        "running_score",
        {"floor": printed(so_far.floor), "ceiling": printed(so_far.ceiling)},
    )


def score_so_far(instrument: Instrument, session: Session) -> tuple[Words, ...]:
    """The running score of a benchmark; nothing for a survey."""
    if instrument.kind != "benchmark":
        return ()
    return (running_score(instrument, session.answers),)


def answered(instrument: Instrument, session: Session) -> Phrase:
    """How many items are answered."""
    shown = relevant(instrument, session.answers)
    given = sum(session.answer(item.id).given for item in shown)
    return Phrase("answered_n_of_m", {"n": given, "m": len(shown)})


def overview(
    instrument: Instrument, answers: Mapping[str, Answer], *, pressable: bool = True
) -> tuple[Line[Words], ...]:
    """A heading a section and theme, a line an item; a theme's heading leads to its first item."""
    lines: list[Line[Words]] = []
    lacking = {each.item for each in missing(instrument, answers)}
    section: Section | None = None
    theme: Theme | None = None
    for item in relevant(instrument, answers):
        to = Go(item_place(item.id)) if pressable else None
        if instrument.section_of(item.id) is not section:
            section = instrument.section_of(item.id)
            lines.append(Line("", _section_heading(instrument, section), None, "heading", None))
        if isinstance(item, Criterion) and instrument.theme_of(item) is not theme:
            theme = instrument.theme_of(item)
            named = Phrase("theme_named", {"number": theme.id, "title": theme.title})
            lines.append(Line("", named, None, "heading", to))
        answer = answers.get(item.id, NOTHING)
        state: LineState = "answered" if answer.given else "open"
        if item.id in lacking:
            state = "missing"
        lines.append(
            Line(item.number, item.text, _with_comment(item, answer, short=pressable), state, to)
        )
    return tuple(lines)


def _with_comment(item: AnyItem, answer: Answer, *, short: bool) -> Words:
    """An answer as a line says it, with what was written beside it; on the way to sending it is
    there to be recognised, not to be read.
    """
    said = summary(item, answer)
    if not answer.comment:
        return said
    words = " ".join(answer.comment.split())
    if short and len(words) > COMMENT:
        words = words[: COMMENT - 1].rstrip() + "…"
    return Phrase("answer_and_comment", {"answer": said, "comment": words})


def _section_heading(instrument: Instrument, section: Section) -> Words:
    """A benchmark names its sections by letter; a survey's titles say their step themselves."""
    if instrument.kind == "survey":
        return section.title
    return Phrase("section_named", {"id": section.id, "title": section.title})
