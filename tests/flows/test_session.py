import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import session
from flows.session import Answer, Place, Session, Undo

ANSWERS = st.builds(
    Answer,
    chosen=st.lists(st.text(max_size=5)).map(tuple),
    none=st.booleans(),
    other=st.text(),
    text=st.text(),
    fields=st.dictionaries(st.text(), st.text(min_size=1)),
    comment=st.text(),
)
SESSIONS = st.builds(
    Session,
    instrument=st.text(),
    edition=st.text(),
    at=st.builds(Place, st.sampled_from(["item", "review"]), st.text(), st.text()),
    answers=st.dictionaries(st.text(), ANSWERS),
    undo=st.none() | st.builds(Undo, st.text(), ANSWERS),
    last=st.text(),
    returning=st.booleans(),
)


@given(SESSIONS)
def test_a_session_survives_being_written_down(one):
    assert session.load(session.dump(one)) == one


def test_parts_of_an_answer_that_are_not_in_use_leave_no_trace():
    assert session.dump_answer(Answer(chosen=("a",))) == {"chosen": ["a"]}


def test_an_empty_answer_leaves_no_trace():
    one = Session("tea", "1", Place("introduction"), {"q1": Answer(text="tea")})

    assert one.with_answer("q1", Answer()).answers == {}
    assert one.answer("q2") == Answer()


def test_a_comment_alone_is_no_answer_and_not_nothing():
    answer = Answer(comment="hm")

    assert not answer.given
    assert not answer.empty


def test_an_unknown_form_is_refused_in_one_line():
    text = session.dump(Session("tea", "1", Place("introduction")))
    newer = json.dumps({**json.loads(text), "form": 99})

    with pytest.raises(ValueError, match=r"^session form 99 is not known here, only 1$"):
        session.load(newer)


def test_an_older_form_is_brought_here_step_by_step(monkeypatch):
    text = session.dump(Session("tea", "1", Place("introduction")))
    oldest = {**json.loads(text), "form": -1}
    del oldest["returning"]
    monkeypatch.setitem(session.STEPS, -1, lambda form: {**form, "form": 0})
    monkeypatch.setitem(session.STEPS, 0, lambda form: {**form, "returning": True, "form": 1})

    assert session.load(json.dumps(oldest)).returning
