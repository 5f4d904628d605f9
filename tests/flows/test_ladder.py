"""The ladder of participation, and what it adds up to."""

from __future__ import annotations

from flows.ladder import MOVES, REMINDED, STATES, funnel, sources


def test_what_is_finished_stays_finished():
    assert MOVES["finished"] == frozenset()


def test_every_state_has_its_moves_and_every_move_leads_to_a_state():
    assert set(MOVES) == set(STATES)
    assert set().union(*MOVES.values()) <= set(STATES)


def test_everybody_who_did_not_finish_can_still_come_in():
    for state in STATES:
        assert state == "finished" or "begun" in MOVES[state] | {state}


def test_only_a_begun_or_unreached_walk_can_be_finished():
    assert sources("finished") == {"begun", "unreachable"}


def test_nobody_is_reminded_who_cannot_or_need_not_answer():
    assert {"invited", "opened", "begun"} == REMINDED


def test_the_response_rate_of_the_published_round():
    assert funnel({"invited": 66, "finished": 40}).rate == 38


def test_each_step_counts_those_who_went_past_it():
    shown = funnel({"invited": 4, "opened": 3, "begun": 2, "finished": 1, "bounced": 5})

    assert (shown.invited, shown.opened, shown.begun, shown.finished) == (15, 6, 3, 1)
    assert (shown.out_of_reach, shown.declined, shown.expired) == (5, 0, 0)
    assert shown.rate == 7


def test_a_round_of_nobody_has_no_rate():
    assert funnel({}).rate is None
