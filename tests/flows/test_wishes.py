"""Words are quoted and details attached only where their writer allows it."""

from __future__ import annotations

import pytest

from flows import session as forms
from flows.actions import Allow, Choose, Erase, Go, Write
from flows.card import Phrase, Several
from flows.engine import advance
from flows.screens import card
from flows.session import Answer, Place, Session
from flows.wishes import wish_of
from tests.flows.playing import ASI, RSCB

REVIEW = Place("review", "q3")


def at(place: Place, **answers: Answer) -> Session:
    return Session(ASI.id, ASI.edition, place, answers)


COMMENTED = at(Place("comment", "q3"), q3=Answer(chosen=("q3a",), comment="Ask Anna Smith"))
DETAILS = at(Place("item", "q12"), q12=Answer(fields={"name": "Anna Smith"}))


def after(session: Session, *actions) -> Session:
    for action in actions:
        turn = advance(ASI, session, action)
        session = turn.session
    return session


def pressed(session: Session) -> list[Allow]:
    buttons = [each for row in card(ASI, session).buttons for each in row]
    return [each.action for each in buttons if isinstance(each.action, Allow)]


def test_without_a_press_nothing_is_allowed():
    assert COMMENTED.answer("q3").allowed == frozenset()
    assert Phrase("quote_off") in card(ASI, COMMENTED).paragraphs
    assert pressed(COMMENTED) == [Allow("q3", "quote", on=True)]


def test_a_press_allows_it_and_another_takes_it_back():
    once = after(COMMENTED, Allow("q3", "quote", on=True))

    assert once.answer("q3").allowed == {"quote"}
    assert Phrase("quote_on") in card(ASI, once).paragraphs
    assert after(once, Allow("q3", "quote", on=True)) == once
    assert after(once, *pressed(once)).answer("q3").allowed == frozenset()


def test_other_words_are_not_the_words_that_were_allowed():
    once = after(COMMENTED, Allow("q3", "quote", on=True))

    assert after(once, Write("and Ben")).answer("q3").allowed == frozenset()
    assert after(once, Erase(once.at)).answer("q3").allowed == frozenset()


def test_a_change_of_the_tick_leaves_the_words_allowed():
    once = after(COMMENTED, Allow("q3", "quote", on=True), Go(Place("item", "q3")))

    assert after(once, Choose("q3", "q3b")).answer("q3").allowed == {"quote"}


def test_details_are_attached_only_while_there_are_any():
    attached = after(DETAILS, Allow("q12", "attach", on=True))
    assert attached.answer("q12").allowed == {"attach"}
    assert Phrase("attach_on") in card(ASI, attached).paragraphs

    name = Place("field", "q12", "name")
    gone = after(attached, Go(name), Erase(name))
    assert gone.answer("q12") == Answer()


@pytest.mark.parametrize(
    ("session", "action"),
    [
        (COMMENTED, Allow("q3", "attach", on=True)),
        (COMMENTED, Allow("q11", "quote", on=True)),
        (COMMENTED, Allow("q99", "quote", on=True)),
        (at(Place("item", "q3"), q3=Answer(chosen=("q3a",))), Allow("q3", "quote", on=True)),
        (DETAILS, Allow("q12", "quote", on=True)),
    ],
)
def test_a_wish_that_does_not_fit_is_refused(session, action):
    turn = advance(ASI, session, action)

    assert turn.session == session
    assert turn.events[0].reason == "not_the_current_item"


def test_before_sending_it_is_said_which_words_may_tell_and_what_is_allowed():
    session = at(
        REVIEW,
        q3=Answer(chosen=("q3a",), comment="Ask Anna Smith", allowed=frozenset({"quote"})),
        q11=Answer(text="more of it"),
        q12=Answer(fields={"name": "Anna Smith"}, allowed=frozenset({"attach"})),
    )

    told = card(ASI, session).paragraphs

    assert told[:3] == (
        Phrase("may_tell_in", {"numbers": Several(("3",))}),
        Phrase("quotable_n_of_m", {"n": 1, "m": 2}),
        Phrase("attach_on"),
    )


def test_a_companys_self_assessment_has_no_such_wish():
    (criterion, *_) = RSCB.items

    assert wish_of(RSCB, criterion, Answer(chosen=("1.1b",))) is None


def test_what_is_allowed_survives_being_written_down():
    once = after(COMMENTED, Allow("q3", "quote", on=True))

    assert forms.load(forms.dump(once)) == once
