"""The cards on which a claim's evidence is given: a row's four parts, and each part alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.actions import Go
from flows.buttons import erase, go, menu
from flows.card import Button, Card, Entry, Line, LineState, Phrase, Words
from flows.evidence import LIMITS, PARTS, Evidence, asked
from flows.navigation import after, claimed, item_place
from flows.overview import notices, numbered, progress
from flows.session import Place, Session

if TYPE_CHECKING:
    from flows.evidence import Part
    from flows.instrument import Criterion, Instrument, ScoringItem
    from flows.session import Answer


def evidence_card(instrument: Instrument, session: Session, item: Criterion) -> Card[Words]:
    """The evidence of one row: the link is asked first; the other parts are offered with it."""
    row_id, part = asked(session.at.field)
    row = next(each for each in item.rows if each.id == row_id)
    answer = session.answer(item.id)
    known = answer.evidence.get(row_id, Evidence())
    asking = part if part is not None else None if known.link else "link"
    return Card(
        name="evidence",
        place=session.at,
        title=numbered(item),
        progress=progress(instrument, session, item),
        notices=notices(instrument, session),
        paragraphs=(row.wording, Phrase("evidence_public")),
        entry=None if asking is None else _entry(asking, known),
        lines=() if asking is not None else tuple(_lines(item, row, known)),
        buttons=(
            *((erase(session),) if part is not None and getattr(known, part) else ()),
            (
                go("button_back_to_question", item_place(item.id)),
                _onward(instrument, session, item, answer),
            ),
            menu(instrument, session),
        ),
    )


def links_row(item: Criterion, answer: Answer) -> tuple[tuple[Button[Words], ...], ...]:
    """The press that leads from a criterion to the links behind what is ticked."""
    rows = claimed(item, answer)
    if not rows:
        return ()
    without = _without(item, answer)
    to = Place("evidence", item.id, (without or rows)[0].id)
    given = len(rows) - len(without)
    return ((Button(Phrase("button_links", {"n": given, "m": len(rows)}), Go(to)),),)


def _without(item: Criterion, answer: Answer) -> tuple[ScoringItem, ...]:
    """The claimed rows that have no link yet."""
    return tuple(
        row for row in claimed(item, answer) if not answer.evidence.get(row.id, Evidence()).link
    )


def _entry(asking: Part, known: Evidence) -> Entry[Words]:
    return Entry(Phrase(f"evidence_{asking}"), getattr(known, asking), LIMITS[asking], "line")


def _lines(item: Criterion, row: ScoringItem, known: Evidence) -> list[Line[Words]]:
    lines: list[Line[Words]] = []
    for number, asking in enumerate(PARTS, start=1):
        said = getattr(known, asking)
        state: LineState = "answered" if said else "open"
        to = Place("evidence", item.id, f"{row.id}/{asking}")
        label, detail = Phrase(f"evidence_{asking}"), said or Phrase("not_answered")
        lines.append(Line(str(number), label, detail, state, Go(to)))
    return lines


def _onward(
    instrument: Instrument, session: Session, item: Criterion, answer: Answer
) -> Button[Words]:
    """To the next claimed row without a link, else on to the next criterion."""
    row_id, _ = asked(session.at.field)
    ids = [row.id for row in claimed(item, answer)]
    further = ids[ids.index(row_id) + 1 :]
    following = next((row.id for row in _without(item, answer) if row.id in further), None)
    if following is not None:
        return go("button_next_link", Place("evidence", item.id, following), primary=True)
    return go("button_next", after(instrument, session, item.id), primary=True)
