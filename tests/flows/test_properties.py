"""What holds after any sequence of actions, on every instrument."""

from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import advance, begin, missing, points, score, session
from flows.actions import (
    Action,
    AnswerSaved,
    Choose,
    Command,
    Erase,
    Go,
    NoneOfThese,
    Refused,
    Submit,
    Submitted,
    TakeBack,
    Tick,
    Write,
)
from flows.card import Card, Phrase, Several
from flows.instrument import Choice, ContactDetails, Criterion, Instrument
from flows.navigation import item_place, relevant
from flows.screens import card
from flows.session import Place, Session
from tests.flows.playing import ALL, clashes, installed, refused

# A number a step: even ones press what the card offers, odd ones do what no card may offer now,
# as a stale button, a second tab or a crafted request would.
STEPS = st.lists(st.integers(0, 100_000), max_size=30)

every_instrument = pytest.mark.parametrize("name", [each.id for each in ALL])


def pressable(shown: Card) -> list[Action]:
    offered = [
        *(row.action for row in shown.rows),
        *(line.action for line in shown.lines),
        *(button.action for row in shown.buttons for button in row),
    ]
    return [each for each in offered if each is not None and not isinstance(each, Command)]


@cache
def anything(name: str) -> list[Action]:
    """Actions of every kind, most of them out of place wherever one is."""
    instrument = installed(name)
    words = ("", " ", "milk", "ann@example.org", "a\x00b\u202ec", "long " * 900)
    done = [Submit(), *(Write(each, whole=whole) for each in words for whole in (True, False))]
    screens = ("introduction", "item", "other", "comment", "field", "contents", "review", "paused")
    for id_ in [*(item.id for item in instrument.items), "nowhere", ""]:
        item = instrument.item(id_)
        rows = [row.id for row in item.rows] if isinstance(item, (Choice, Criterion)) else []
        lines = [each.id for each in item.fields] if isinstance(item, ContactDetails) else []
        places = [Place(screen, id_) for screen in screens]
        places += [Place("field", id_, line) for line in [*lines, "shoe"]]
        done += [NoneOfThese(id_), TakeBack(id_)]
        done += [kind(place) for kind in (Go, Erase) for place in places]
        done += [Choose(id_, row) for row in [*rows, "x"]]
        done += [Tick(id_, row, on=on) for row in [*rows, "x"] for on in (True, False)]
    return done


def chosen(instrument: Instrument, at: Session, number: int) -> Action:
    offered = pressable(card(instrument, at))
    if offered[0] == Go(at.at) or at.at.screen in {"comment", "other", "field"}:
        offered.append(Write("words"))
    choices = anything(instrument.id) if number % 2 else offered
    return choices[number // 2 % len(choices)]


def walk(instrument: Instrument, numbers: list[int]) -> Session:
    at = begin(instrument)
    for number in numbers:
        at = advance(instrument, at, chosen(instrument, at, number)).session
    return at


@every_instrument
@given(numbers=STEPS)
def test_ticked_rows_never_clash_and_a_session_survives_being_written_down(name, numbers):
    instrument = installed(name)
    at = walk(instrument, numbers)

    assert clashes(instrument, at) == []
    assert session.load(session.dump(at)) == at
    assert all(not answer.empty for answer in at.answers.values())


@every_instrument
@given(numbers=STEPS)
def test_the_score_lies_between_0_and_100_and_its_floor_below_its_ceiling(name, numbers):
    instrument = installed(name)
    at = walk(instrument, numbers)

    so_far = score(instrument, at.answers)

    assert Fraction(0) <= so_far.floor <= so_far.ceiling <= Fraction(100)
    for criterion in instrument.criteria:
        assert 0 <= points(criterion, at.answer(criterion.id)) <= criterion.maximum


@every_instrument
@given(numbers=STEPS, last=st.integers(0, 100_000))
def test_doing_a_thing_twice_is_doing_it_once(name, numbers, last):
    """What is typed is the exception: it adds to a text, or the place has moved on to the next."""
    instrument = installed(name)
    at = walk(instrument, numbers)
    action = chosen(instrument, at, last)
    once = advance(instrument, at, action).session

    twice = advance(instrument, once, action).session

    if not isinstance(action, Write) or (action.whole and once.at == at.at):
        assert twice == once


@every_instrument
@given(numbers=STEPS, last=st.integers(0, 100_000))
def test_a_refusal_changes_nothing(name, numbers, last):
    instrument = installed(name)
    at = walk(instrument, numbers)
    turn = advance(instrument, at, chosen(instrument, at, last))

    if refused(turn):
        assert turn.session == at
        assert len(turn.events) == 1
    if turn.session.answers != at.answers:
        assert any(isinstance(event, AnswerSaved) for event in turn.events)


@every_instrument
@given(numbers=STEPS)
def test_every_card_leads_on_and_carries_the_same_menu(name, numbers):
    instrument = installed(name)
    at = walk(instrument, numbers)
    shown = card(instrument, at)

    for action in pressable(shown):
        turn = advance(instrument, at, action)
        assert isinstance(action, (Submit, Tick)) or not refused(turn), action
        if isinstance(action, Go):
            assert turn.session.at == action.to
    menu = {(button.label.key, type(button.action)) for button in shown.buttons[-1]}
    assert menu == {
        ("button_contents", Go),
        ("button_review", Go),
        ("button_pause", Go),
        ("button_help", Command),
        ("language_itself", Command),
    }
    assert [b.action.argument for b in shown.buttons[-1][4:]] == list(instrument.languages)


@every_instrument
@given(numbers=STEPS)
def test_every_question_is_two_presses_away(name, numbers):
    instrument = installed(name)
    at = walk(instrument, numbers)
    contents = next(
        button.action
        for button in card(instrument, at).buttons[-1]
        if button.label == Phrase("button_contents")
    )
    there = advance(instrument, at, contents).session

    offered = {line.action for line in card(instrument, there).lines}

    assert {Go(item_place(item.id)) for item in relevant(instrument, there.answers)} <= offered


@every_instrument
@given(numbers=STEPS)
def test_the_review_names_what_is_missing_and_leads_there(name, numbers):
    instrument = installed(name)
    at = advance(instrument, walk(instrument, numbers), Go(Place("review"))).session
    shown = card(instrument, at)
    lacks = missing(instrument, at.answers)
    lines = {line.action.to.item: line.state for line in shown.lines if line.number}

    said = [each for each in shown.paragraphs if getattr(each, "key", "") == "still_missing"]
    assert bool(said) == bool(lacks)
    for phrase in said:
        numbered = tuple(instrument.item(each.item).number for each in lacks)
        assert phrase.args["numbers"] == Several(numbered)
    assert {item for item, state in lines.items() if state == "missing"} == {
        each.item for each in lacks
    }


@every_instrument
@given(numbers=STEPS)
def test_what_is_sent_is_complete_and_was_asked(name, numbers):
    instrument = installed(name)
    at = walk(instrument, numbers)
    lacks = missing(instrument, at.answers)

    (event,) = advance(instrument, at, Submit()).events

    if lacks:
        assert event == Refused("still_missing", tuple(each.item for each in lacks))
    else:
        asked = {item.id for item in relevant(instrument, at.answers)}
        assert event == Submitted({k: v for k, v in at.answers.items() if k in asked})
