"""What is to be shown, derived from an instrument and a session alone; words are chosen last.

A card is the same for every door. A door decides how it looks, never what it says or offers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, TypeAlias, TypeVar, assert_never

from flows import entry
from flows.actions import (
    Action,
    Choose,
    Command,
    Erase,
    Go,
    NoneOfThese,
    Submit,
    TakeBack,
    Tick,
)
from flows.instrument import (
    Choice,
    ContactDetails,
    Criterion,
    FreeText,
    Instrument,
    Section,
    Text,
    Theme,
)
from flows.navigation import (
    AnyItem,
    after,
    before,
    first_open,
    item_place,
    missing,
    reachable,
    relevant,
)
from flows.scoring import points, printed, score
from flows.session import NOTHING, Answer, Place, Session

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words yet to be chosen: a key of the interface catalogue, and what fills its places."""

    key: str
    args: Mapping[str, Words | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Several:
    """Words one after the other, as a list in a sentence."""

    words: tuple[Words, ...]


Words: TypeAlias = "Text | Phrase | Several | str"
"""An instrument's text, a phrase, a list of them, or what a participant typed (a ``str``)."""

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Row(Generic[W]):
    """A row to tick: its number on this card, what it says, whether it is ticked."""

    number: int
    label: W
    detail: W | None
    marked: bool
    action: Action


@dataclass(frozen=True, slots=True)
class Entry(Generic[W]):
    """The one place for words on this card: what is asked, what stands there, how much may."""

    label: W
    value: str
    limit: int
    format: Literal["lines", "line", "email"]


LineState: TypeAlias = Literal["heading", "answered", "open", "missing"]


@dataclass(frozen=True, slots=True)
class Line(Generic[W]):
    """One line of an overview: a heading, or an item with its state and the press that opens it."""

    number: str
    label: W
    detail: W | None
    state: LineState
    action: Action | Command | None


@dataclass(frozen=True, slots=True)
class Button(Generic[W]):
    """One thing to press; it carries what it does."""

    label: W
    action: Action | Command
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Card(Generic[W]):
    """One screen. ``name`` says which kind, ``place`` where in the interview (None outside)."""

    name: str
    title: W
    place: Place | None = None
    progress: W | None = None
    notices: tuple[W, ...] = ()
    paragraphs: tuple[W, ...] = ()
    rows: tuple[Row[W], ...] = ()
    one: bool = False
    """Whether ticking one row takes the others away (a single choice)."""
    entry: Entry[W] | None = None
    lines: tuple[Line[W], ...] = ()
    buttons: tuple[tuple[Button[W], ...], ...] = ()


def card(instrument: Instrument, session: Session) -> Card[Words]:
    """The card for where a session is."""
    item = instrument.item(session.at.item)
    match session.at.screen, item:
        case "contents", _:
            return _contents(instrument, session)
        case "review", _:
            return _review(instrument, session)
        case "paused", _:
            return _paused(instrument, session)
        case "comment", Choice():
            return _comment(instrument, session, item)
        case "other", Choice():
            return _other(instrument, session, item)
        case "field", ContactDetails():
            return _field(instrument, session, item)
        case "item", Choice() | FreeText() | ContactDetails() | Criterion():
            return _item(instrument, session, item)
    return _introduction(instrument, session)


def _item(instrument: Instrument, session: Session, item: AnyItem) -> Card[Words]:
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


def language_buttons(languages: tuple[str, ...]) -> tuple[Button[Words], ...]:
    """One button a language, each naming its target; a door leaves out the current one."""
    return tuple(
        Button(Phrase("language_itself", {"tag": tag}), Command("language", tag))
        for tag in languages
    )


def _erase(session: Session) -> tuple[Button[Words], ...]:
    return (Button(Phrase("button_erase"), Erase(session.at)),)


def _go(key: str, to: Place, *, primary: bool = False) -> Button[Words]:
    return Button(Phrase(key), Go(to), primary)


def _menu(instrument: Instrument, session: Session) -> tuple[Button[Words], ...]:
    """The buttons that stand on every screen of the interview, always in the same order."""
    here = session.at.item
    return (
        _go("button_contents", Place("contents", here)),
        _go("button_review", Place("review", here)),
        _go("button_pause", Place("paused", here)),
        Button(Phrase("button_help"), Command("help")),
        *language_buttons(instrument.languages),
    )


def _way(instrument: Instrument, session: Session, item: AnyItem) -> tuple[Button[Words], ...]:
    """Back and onward from an item, always in the same place."""
    back = _go("button_back", before(instrument, session, item.id))
    onward = after(instrument, session, item.id)
    if session.returning:
        return back, _go("button_back_to_review", onward, primary=True)
    if session.answer(item.id).given:
        return back, _go("button_next", onward, primary=True)
    return back, _go("button_later" if item.required else "button_skip", onward)


def _numbered(item: AnyItem) -> Phrase:
    return Phrase("numbered", {"number": item.number, "text": item.text})


def _progress(instrument: Instrument, session: Session, item: AnyItem) -> Phrase:
    shown = [each.id for each in relevant(instrument, session.answers)]
    counted = {"n": shown.index(item.id) + 1 if item.id in shown else 0, "m": len(shown)}
    section = instrument.section_of(item.id)
    if isinstance(item, Criterion):
        theme = instrument.theme_of(item)
        named = Phrase("theme_named", {"number": theme.id, "title": theme.title})
        return Phrase("criterion_n_of_m", {**counted, "part": named})
    return Phrase("question_n_of_m", {**counted, "part": section.title})


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
            if not answer.given:
                return Phrase("not_answered")
            earned = {"points": points(item, answer), "maximum": item.maximum}
            return Phrase("points_of_maximum", earned)
        case _:
            assert_never(item)


def _notices(instrument: Instrument, session: Session) -> tuple[Phrase, ...]:
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
    return (
        Phrase(
            "saved",
            {"number": item.number, "answer": summary(item, session.answer(item.id))},
        ),
    )


def _undo_row(session: Session) -> tuple[tuple[Button[Words], ...], ...]:
    if session.undo is None:
        return ()
    return ((Button(Phrase("button_undo"), TakeBack(session.undo.item)),),)


def _introduction(instrument: Instrument, session: Session) -> Card[Words]:
    begun = bool(session.answers)
    onward = first_open(instrument, session)
    length = Phrase(f"{instrument.kind}_length", {"m": len(instrument.items)})
    paragraphs: list[Words] = [instrument.introduction, length]
    paragraphs.append(Phrase(f"{instrument.kind}_promise"))
    if instrument.translation_note is not None:
        paragraphs.append(instrument.translation_note)
    return Card(
        name="introduction",
        place=session.at,
        title=instrument.title,
        paragraphs=tuple(paragraphs),
        buttons=(
            (_go("button_go_on" if begun else "button_start", onward, primary=True),),
            _menu(instrument, session),
        ),
    )


def _choice(instrument: Instrument, session: Session, item: Choice) -> Card[Words]:
    answer = session.answer(item.id)
    one = item.at_most == 1
    rows = tuple(
        Row(
            number=number,
            label=option.text,
            detail=answer.other if option.text_entry and answer.other else None,
            marked=option.id in answer.chosen,
            action=Choose(item.id, option.id)
            if one
            else Tick(item.id, option.id, on=option.id not in answer.chosen),
        )
        for number, option in enumerate(item.options, start=1)
    )
    words: list[Button[Words]] = []
    if any(option.text_entry and option.id in answer.chosen for option in item.options):
        words.append(_go("button_edit_other", Place("other", item.id)))
    if item.comment is not None:
        key = "button_edit_comment" if answer.comment else "button_comment"
        words.append(_go(key, Place("comment", item.id)))
    if answer.chosen and not item.required:
        words.append(Button(Phrase("button_clear"), Erase(item_place(item.id))))
    return Card(
        name="choice",
        place=session.at,
        title=_numbered(item),
        progress=_progress(instrument, session, item),
        notices=_notices(instrument, session),
        paragraphs=(*_hint(item), *_how_many(item), *_comment_so_far(answer)),
        rows=rows,
        one=one,
        buttons=(
            *_undo_row(session),
            *((tuple(words),) if words else ()),
            _way(instrument, session, item),
            _menu(instrument, session),
        ),
    )


def _hint(item: AnyItem) -> tuple[Words, ...]:
    return (item.hint,) if item.hint is not None else ()


def _how_many(item: Choice) -> tuple[Words, ...]:
    if item.at_most is None or item.at_most == 1:
        return ()
    return (Phrase("at_most_n", {"n": item.at_most}),)


def _comment_so_far(answer: Answer) -> tuple[Words, ...]:
    return (Phrase("comment_so_far", {"text": answer.comment}),) if answer.comment else ()


def _comment(instrument: Instrument, session: Session, item: Choice) -> Card[Words]:
    answer = session.answer(item.id)
    chosen = Phrase("you_answered", {"answer": summary(item, answer)})
    onward = after(instrument, session, item.id)
    key = "button_next" if answer.comment else "button_no_comment"
    return Card(
        name="comment",
        place=session.at,
        title=Phrase("comment_on", {"number": item.number, "text": item.text}),
        progress=_progress(instrument, session, item),
        notices=_notices(instrument, session),
        paragraphs=(chosen,),
        entry=Entry(item.comment or {}, answer.comment, entry.LONGEST_TEXT, "lines"),
        buttons=(
            *((_erase(session),) if answer.comment else ()),
            (
                _go("button_back_to_question", item_place(item.id)),
                _go("button_back_to_review" if session.returning else key, onward, primary=True),
            ),
            _menu(instrument, session),
        ),
    )


def _other(instrument: Instrument, session: Session, item: Choice) -> Card[Words]:
    option = next(option for option in item.options if option.text_entry)
    answer = session.answer(item.id)
    return Card(
        name="other",
        place=session.at,
        title=_numbered(item),
        progress=_progress(instrument, session, item),
        notices=_notices(instrument, session),
        entry=Entry(option.text, answer.other, entry.LONGEST_LINE, "line"),
        buttons=(
            (_go("button_back_to_question", item_place(item.id)),),
            _menu(instrument, session),
        ),
    )


def _free_text(instrument: Instrument, session: Session, item: FreeText) -> Card[Words]:
    answer = session.answer(item.id)
    return Card(
        name="text",
        place=session.at,
        title=_numbered(item),
        progress=_progress(instrument, session, item),
        notices=_notices(instrument, session),
        paragraphs=_hint(item),
        entry=Entry(Phrase("your_answer"), answer.text, entry.LONGEST_TEXT, "lines"),
        buttons=(
            *((_erase(session),) if answer.text else ()),
            _way(instrument, session, item),
            _menu(instrument, session),
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
        title=_numbered(item),
        progress=_progress(instrument, session, item),
        notices=_notices(instrument, session),
        paragraphs=_hint(item),
        lines=lines,
        buttons=(_way(instrument, session, item), _menu(instrument, session)),
    )


def _field(instrument: Instrument, session: Session, item: ContactDetails) -> Card[Words]:
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
        title=_numbered(item),
        progress=_progress(instrument, session, item),
        notices=_notices(instrument, session),
        entry=Entry(asked.label, value, limit, asked.format),
        buttons=(
            *((_erase(session),) if value else ()),
            (
                _go("button_back_to_question", item_place(item.id)),
                _go("button_next" if value else "button_skip", onward),
            ),
            _menu(instrument, session),
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
        title=_numbered(item),
        progress=_progress(instrument, session, item),
        notices=_notices(instrument, session),
        paragraphs=(
            *_heading(item),
            *_hint(item),
            Phrase("criterion_points", earned),
            running_score(instrument, session.answers),
        ),
        rows=tuple(rows),
        buttons=(
            *_undo_row(session),
            _way(instrument, session, item),
            _menu(instrument, session),
        ),
    )


def _heading(item: Criterion) -> tuple[Words, ...]:
    if item.heading is None:
        return ()
    return (Phrase("numbered", {"number": item.heading_number or "", "text": item.heading}),)


def running_score(instrument: Instrument, answers: Mapping[str, Answer]) -> Phrase:
    """The provisional score with its floor and ceiling, in words."""
    so_far = score(instrument, answers)
    if so_far.floor == so_far.ceiling:
        return Phrase("final_score", {"score": printed(so_far.floor)})
    return Phrase(
        "running_score",
        {"floor": printed(so_far.floor), "ceiling": printed(so_far.ceiling)},
    )


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
        lines.append(Line(item.number, item.text, summary(item, answer), state, to))
    return tuple(lines)


def _section_heading(instrument: Instrument, section: Section) -> Words:
    """A benchmark names its sections by letter; a survey's titles say their step themselves."""
    if instrument.kind == "survey":
        return section.title
    return Phrase("section_named", {"id": section.id, "title": section.title})


def _answered(instrument: Instrument, session: Session) -> Phrase:
    shown = relevant(instrument, session.answers)
    given = sum(session.answer(item.id).given for item in shown)
    return Phrase("answered_n_of_m", {"n": given, "m": len(shown)})


def _where_from(instrument: Instrument, session: Session) -> Button[Words]:
    """Back to the item one came from, or on to the first that is open."""
    from_ = item_place(session.at.item)
    still_put = reachable(instrument, session, from_)
    return _go("button_go_on", from_ if still_put else first_open(instrument, session))


def _contents(instrument: Instrument, session: Session) -> Card[Words]:
    return Card(
        name="contents",
        place=session.at,
        title=Phrase("contents_title"),
        progress=_answered(instrument, session),
        paragraphs=_score_of(instrument, session),
        lines=overview(instrument, session.answers),
        buttons=(
            (
                _go("button_introduction", Place("introduction")),
                _where_from(instrument, session),
            ),
            _menu(instrument, session),
        ),
    )


def _score_of(instrument: Instrument, session: Session) -> tuple[Words, ...]:
    if instrument.kind != "benchmark":
        return ()
    return (running_score(instrument, session.answers),)


def _review(instrument: Instrument, session: Session) -> Card[Words]:
    lacking = missing(instrument, session.answers)
    numbers = [instrument.item(each.item) for each in lacking]
    named = tuple(item.number for item in numbers if item is not None)
    ready = Phrase(f"{instrument.kind}_ready")
    lacks = Phrase("still_missing", {"numbers": Several(named)})
    first_missing: tuple[tuple[Button[Words], ...], ...] = ()
    if lacking:
        to = item_place(lacking[0].item)
        first_missing = ((_go("button_first_missing", to, primary=True),),)
    return Card(
        name="review",
        place=session.at,
        title=Phrase("review_title"),
        progress=_answered(instrument, session),
        notices=_notices(instrument, session),
        paragraphs=(*_score_of(instrument, session), lacks if lacking else ready),
        lines=overview(instrument, session.answers),
        buttons=(
            *first_missing,
            (
                _where_from(instrument, session),
                Button(Phrase("button_send"), Submit(), primary=not lacking),
            ),
            _menu(instrument, session),
        ),
    )


def _paused(instrument: Instrument, session: Session) -> Card[Words]:
    return Card(
        name="paused",
        place=session.at,
        title=Phrase("paused_title"),
        progress=_answered(instrument, session),
        paragraphs=(Phrase("paused_text"),),
        buttons=(
            (_where_from(instrument, session),),
            (Button(Phrase("button_code"), Command("code")),),
            _menu(instrument, session),
        ),
    )
