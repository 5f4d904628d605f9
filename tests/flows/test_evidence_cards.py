"""Giving evidence in a conversation: the link first, the rest with it, and nothing is lost."""

from __future__ import annotations

import pytest

from flows import advance, begin
from flows.actions import Action, Erase, Go, Refused, Tick, Write
from flows.evidence import Evidence, linked, of_claims
from flows.screens import card
from flows.session import Place, Session, dump, load
from tests.flows.playing import RSCB

ITEM = "2.1"
FIRST, SECOND, *_ = (row.id for row in RSCB.item(ITEM).rows if row.points)
ROW = Place("evidence", ITEM, FIRST)
URL = "https://acme.org/code.pdf"


def played(*actions: Action, of: Session | None = None) -> Session:
    session = of or begin(RSCB)
    for each in actions:
        turn = advance(RSCB, session, each)
        assert not any(isinstance(event, Refused) for event in turn.events), turn.events
        session = turn.session
    return session


def ticked() -> Session:
    return played(Go(Place("item", ITEM)), Tick(ITEM, FIRST, on=True), Tick(ITEM, SECOND, on=True))


def labels(session: Session) -> list[object]:
    return [button.label for row in card(RSCB, session).buttons for button in row]


def test_a_claim_is_asked_for_its_link_first_and_the_rest_is_offered_with_it() -> None:
    session = played(Go(ROW), of=ticked())
    shown = card(RSCB, session)
    assert shown.entry is not None
    assert shown.entry.label.key == "evidence_link"

    session = played(Write(" acme.org/code.pdf "), of=session)
    assert session.answer(ITEM).evidence == {FIRST: Evidence("https://acme.org/code.pdf")}
    shown = card(RSCB, session)
    assert shown.entry is None
    assert [line.label.key for line in shown.lines] == [
        "evidence_link", "evidence_passage", "evidence_period", "evidence_note",
    ]  # fmt: skip

    session = played(shown.lines[1].action, Write("page 3"), of=session)
    assert session.answer(ITEM).evidence[FIRST] == Evidence(URL, passage="page 3")
    assert session.at == ROW


def test_next_leads_to_the_next_claim_without_a_link_and_then_on() -> None:
    session = played(Go(ROW), Write(URL), of=ticked())
    onward = next(
        button.action
        for row in card(RSCB, session).buttons
        for button in row
        if getattr(button.label, "key", "") == "button_next_link"
    )
    session = played(onward, Write(URL), of=session)

    assert session.at == Place("evidence", ITEM, SECOND)
    assert "button_next_link" not in [getattr(each, "key", "") for each in labels(session)]


def test_the_criterion_says_how_many_links_there_are() -> None:
    session = played(Go(ROW), Write(URL), Go(Place("item", ITEM)), of=ticked())

    (links,) = [each for each in labels(session) if getattr(each, "key", "") == "button_links"]
    assert links.args == {"n": 1, "m": 2}


@pytest.mark.parametrize(
    ("typed", "reason"), [("see our site", "link_no_host"), ("http://10.0.0.1/", "link_private")]
)
def test_what_is_no_public_link_is_refused_and_nothing_changes(typed: str, reason: str) -> None:
    session = played(Go(ROW), of=ticked())
    turn = advance(RSCB, session, Write(typed))

    assert [event.reason for event in turn.events if isinstance(event, Refused)] == [reason]
    assert turn.session == session


def test_a_link_stays_with_its_row_and_counts_while_that_is_claimed() -> None:
    session = played(Go(ROW), Write(URL), Go(Place("item", ITEM)), of=ticked())
    session = played(Tick(ITEM, FIRST, on=False), of=session)
    assert linked(session.answers) == set()
    assert of_claims(session.answers)[ITEM].evidence == {}
    assert session.undo is None

    session = played(Tick(ITEM, FIRST, on=True), of=session)
    assert linked(session.answers) == {FIRST}
    assert of_claims(session.answers)[ITEM].evidence == {FIRST: Evidence(URL)}


def test_a_part_is_erased_and_an_empty_one_leaves_no_trace() -> None:
    at = Place("evidence", ITEM, f"{FIRST}/link")
    session = played(Go(ROW), Write(URL), Go(at), Erase(at), of=ticked())

    assert session.answer(ITEM).evidence == {}


@pytest.mark.parametrize("field", ["", "nonsense", f"{FIRST}/nonsense", "link"])
def test_there_is_no_place_for_evidence_of_what_is_not_claimed(field: str) -> None:
    turn = advance(RSCB, ticked(), Go(Place("evidence", ITEM, field)))

    assert any(isinstance(event, Refused) for event in turn.events)


def test_evidence_is_kept_with_a_session() -> None:
    session = played(Go(ROW), Write(URL), of=ticked())

    assert load(dump(session)) == session
