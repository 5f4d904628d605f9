"""Answers of an earlier round: they wait for "still so", and count once they have it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.actions import Confirm, NoneOfThese, Tick, Write
from flows.card import Phrase
from flows.engine import advance, begin
from flows.evidence import Evidence, linked
from flows.navigation import item_place, missing
from flows.overview import summary
from flows.scoring import score
from flows.screens import card
from flows.session import Answer, Place, dump_answer, load_answer
from tests.flows.playing import RSCB

LAST = Answer(chosen=("1.1c",), carried="asked", evidence={"1.1c": Evidence("https://a.example/")})


def session(answer: Answer = LAST, at: Place | None = None):
    begun = begin(RSCB).with_answer("1.1", answer)
    return replace(begun, at=at or item_place("1.1"))


def test_what_was_answered_the_last_time_is_no_answer_until_it_is_confirmed() -> None:
    said = session().answers

    assert not LAST.given
    assert LAST.holds
    assert not LAST.empty
    assert score(RSCB, said).floor == 0
    assert "1.1" in {each.item for each in missing(RSCB, said)}
    assert load_answer(dump_answer(LAST)) == LAST


def test_still_so_is_one_press_and_leads_on() -> None:
    turn = advance(RSCB, session(), Confirm("1.1"))

    assert turn.session.answer("1.1").carried == "confirmed"
    assert turn.session.answer("1.1").given
    assert turn.session.answer("1.1").evidence == LAST.evidence
    assert turn.session.at == item_place("1.2")
    assert score(RSCB, turn.session.answers).floor > 0


@pytest.mark.parametrize("answer", [Answer(chosen=("1.1c",)), Answer()])
def test_only_what_waits_for_it_can_be_confirmed(answer: Answer) -> None:
    turn = advance(RSCB, session(answer), Confirm("1.1"))

    assert turn.session == session(answer)
    assert turn.events[0].reason == "not_the_current_item"


def test_it_is_confirmed_where_it_is_shown() -> None:
    elsewhere = session(at=item_place("1.2"))

    assert advance(RSCB, elsewhere, Confirm("1.1")).session == elsewhere


@pytest.mark.parametrize("action", [Tick("1.1", "1.1d", on=True), Tick("1.1", "1.1c", on=False)])
def test_whatever_is_changed_is_this_years(action: Tick) -> None:
    assert advance(RSCB, session(), action).session.answer("1.1").carried == ""


def test_none_of_these_is_this_years_answer() -> None:
    item = next(each for each in RSCB.criteria if not each.has_zero)
    begun = begin(RSCB).with_answer(item.id, Answer(chosen=(item.rows[0].id,), carried="asked"))
    at = replace(begun, at=item_place(item.id))

    assert advance(RSCB, at, NoneOfThese(item.id)).session.answer(item.id).carried == ""


def test_a_new_link_leaves_a_confirmed_answer_confirmed() -> None:
    confirmed = advance(RSCB, session(), Confirm("1.1")).session.answer("1.1")
    at = session(confirmed, Place("evidence", "1.1", "1.1c/link"))

    changed = advance(RSCB, at, Write("https://b.example.org/")).session.answer("1.1")

    assert changed.evidence["1.1c"].link == "https://b.example.org/"
    assert changed.carried == "confirmed"


def test_the_card_asks_and_offers_one_press() -> None:
    shown = card(RSCB, session())
    actions = [each.action for group in shown.buttons for each in group]

    assert actions[0] == Confirm("1.1")
    assert all(each.action != Confirm("1.1") for group in card(RSCB, session(Answer())).buttons
               for each in group)  # fmt: skip


def test_the_overview_says_what_it_was_the_last_time() -> None:
    said = summary(RSCB.item("1.1"), LAST)

    assert said == Phrase("points_last_time", {"points": 1, "maximum": 2})


def test_the_evidenced_reading_counts_claimed_rows_with_a_link() -> None:
    said = {
        "1.1": Answer(chosen=("1.1c",), evidence=LAST.evidence),
        "1.2": Answer(chosen=("1.2b",), evidence={"1.2b": Evidence(note="somewhere")}),
        "4.1": Answer(evidence={"4.1b": Evidence("https://a.example.org/")}),
    }

    assert linked(said) == {"1.1c"}
