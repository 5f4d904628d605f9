"""The card for where a session is: what is shown, from an instrument and a session alone."""

from __future__ import annotations

from flows import wishes
from flows.actions import Command, Submit
from flows.buttons import go, go_on, menu, scorecard_row
from flows.card import Button, Card, Phrase, Several, Words
from flows.evidence_cards import evidence_card
from flows.instrument import Choice, ContactDetails, Criterion, FreeText, Instrument
from flows.items import comment_card, field_card, item_card, other_card
from flows.navigation import first_open, item_place, missing
from flows.overview import answered, notices, overview, score_so_far
from flows.session import Place, Session


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
            return comment_card(instrument, session, item)
        case "other", Choice():
            return other_card(instrument, session, item)
        case "field", ContactDetails():
            return field_card(instrument, session, item)
        case "evidence", Criterion():
            return evidence_card(instrument, session, item)
        case "item", Choice() | FreeText() | ContactDetails() | Criterion():
            return item_card(instrument, session, item)
    return _introduction(instrument, session)


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
            (go("button_go_on" if begun else "button_start", onward, primary=True),),
            menu(instrument, session),
        ),
    )


def _contents(instrument: Instrument, session: Session) -> Card[Words]:
    return Card(
        name="contents",
        place=session.at,
        title=Phrase("contents_title"),
        progress=answered(instrument, session),
        paragraphs=score_so_far(instrument, session),
        lines=overview(instrument, session.answers),
        buttons=(
            (
                go("button_introduction", Place("introduction")),
                go_on(instrument, session),
            ),
            menu(instrument, session),
        ),
    )


def _review(instrument: Instrument, session: Session) -> Card[Words]:
    lacking = missing(instrument, session.answers)
    numbers = [instrument.item(each.item) for each in lacking]
    named = tuple(item.number for item in numbers if item is not None)
    ready = Phrase(f"{instrument.kind}_ready")
    lacks = Phrase("still_missing", {"numbers": Several(named)})
    first_missing: tuple[tuple[Button[Words], ...], ...] = ()
    if lacking:
        to = item_place(lacking[0].item)
        first_missing = ((go("button_first_missing", to, primary=True),),)
    return Card(
        name="review",
        place=session.at,
        title=Phrase("review_title"),
        progress=answered(instrument, session),
        notices=notices(instrument, session),
        paragraphs=(
            *score_so_far(instrument, session),
            *wishes.warnings(instrument, session),
            lacks if lacking else ready,
        ),
        lines=overview(instrument, session.answers),
        buttons=(
            *first_missing,
            (
                go_on(instrument, session),
                Button(Phrase("button_send"), Submit(), primary=not lacking),
            ),
            *scorecard_row(instrument),
            menu(instrument, session),
        ),
    )


def _paused(instrument: Instrument, session: Session) -> Card[Words]:
    return Card(
        name="paused",
        place=session.at,
        title=Phrase("paused_title"),
        progress=answered(instrument, session),
        paragraphs=(Phrase("paused_text"),),
        buttons=(
            (go_on(instrument, session),),
            (Button(Phrase("button_code"), Command("code")),),
            menu(instrument, session),
        ),
    )
