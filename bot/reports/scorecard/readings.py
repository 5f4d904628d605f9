"""What a scorecard says of its own reckoning: how it is done, where it could be done otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reports.document import Block, Column, Heading, Paragraph, Table
from bot.reports.scorecard.front import formula
from bot.reports.scorecard.words import signed
from bot.texts import say
from flows.card import Phrase
from flows.scoring import printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.reports.scorecard.company import CompanyScore, Effect
    from flows.interpretation import Interpretation


def interpretations(company: CompanyScore, language: str) -> Iterator[Block]:
    """The places that can be read otherwise, and what that would do to this score."""
    if not company.interpretations:
        return
    yield Heading(say(Phrase("scorecard_interpretations"), language))
    yield Paragraph(say(Phrase("scorecard_interpretations_text"), language))
    moving = [each for each in company.effects if each.change]
    still = [each for each in company.effects if not each.change]
    if moving:
        yield _moving(moving, language)
    if still:
        yield _still(still, language)


def _moving(effects: Sequence[Effect], language: str) -> Table:
    return Table(
        say(Phrase("scorecard_moving_caption"), language),
        (
            Column(say(Phrase("scorecard_question"), language)),
            Column(say(Phrase("scorecard_effect"), language), number=True),
        ),
        tuple((_in_words(each.interpretation, language), signed(each.change)) for each in effects),
    )


def _in_words(each: Interpretation, language: str) -> str:
    """The place and what is open there, how it is read, how it could be, and why it is not."""
    lines = (
        Phrase("scorecard_at", {"place": each.place, "question": each.question}),
        Phrase("scorecard_read_here", {"reading": each.default}),
        Phrase("scorecard_read_otherwise", {"reading": each.otherwise}),
        Phrase("scorecard_because", {"reason": each.reason}),
    )
    return "\n".join(say(line, language) for line in lines)


def _still(effects: Sequence[Effect], language: str) -> Table:
    return Table(
        say(Phrase("scorecard_still_caption"), language),
        (Column(say(Phrase("scorecard_question"), language)),),
        tuple((_shortly(each.interpretation, language),) for each in effects),
    )


def _shortly(each: Interpretation, language: str) -> str:
    at = Phrase("scorecard_at", {"place": each.place, "question": each.question})
    read = Phrase("scorecard_read_here", {"reading": each.default})
    return f"{say(at, language)}\n{say(read, language)}"


def calculation(company: CompanyScore, language: str) -> Iterator[Block]:
    """How the score is reckoned, with the figures of this one, and where the document is from."""
    instrument, now = company.instrument, company.now
    yield Heading(say(Phrase("scorecard_calculation"), language))
    terms = " + ".join(
        f"{each.weight or 0} × {now.sections[each.id].points}/{now.sections[each.id].maximum}"
        for each in instrument.sections
    )
    found = company.readings
    if found.evidenced is None and found.verified is None:
        yield Paragraph(say(Phrase("scorecard_only_claimed"), language))
    yield Paragraph(formula(company, language))
    sums = {"terms": terms, "score": printed(now.score.floor)}
    yield Paragraph(say(Phrase("scorecard_calculated", sums), language))
    for text in (
        Phrase("scorecard_points_add"),
        Phrase("scorecard_open_criteria"),
        Phrase("scorecard_rounding"),
    ):
        yield Paragraph(say(text, language))
    yield Heading(say(Phrase("scorecard_source"), language))
    named = {"source": instrument.source, "edition": instrument.edition}
    yield Paragraph(say(Phrase("scorecard_source_text", named), language))
    note = (instrument.translation_note or {}).get(language)
    if note:
        yield Paragraph(note, "note")
