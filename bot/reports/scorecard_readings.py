"""What a scorecard says of its own reckoning: how it is done, where it could be done otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reports.document import Block, Column, Heading, Paragraph, Table
from bot.reports.scorecard_words import signed
from bot.texts import say
from flows.card import Phrase
from flows.scoring import printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.reports.scorecard_company import CompanyScore, Effect
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
            Column(say(Phrase("scorecard_place"), language)),
            Column(say(Phrase("scorecard_question"), language)),
            Column(say(Phrase("scorecard_read_here"), language)),
            Column(say(Phrase("scorecard_read_otherwise"), language)),
            Column(say(Phrase("scorecard_effect"), language), number=True),
        ),
        tuple(
            (
                each.interpretation.place,
                say(each.interpretation.question, language),
                _read(each.interpretation, language),
                say(each.interpretation.otherwise, language),
                signed(each.change),
            )
            for each in effects
        ),
    )


def _read(each: Interpretation, language: str) -> str:
    """How a place is read here, and why."""
    because = say(Phrase("scorecard_because", {"reason": each.reason}), language)
    return f"{say(each.default, language)}\n{because}"


def _still(effects: Sequence[Effect], language: str) -> Table:
    return Table(
        say(Phrase("scorecard_still_caption"), language),
        (
            Column(say(Phrase("scorecard_place"), language)),
            Column(say(Phrase("scorecard_question"), language)),
            Column(say(Phrase("scorecard_read_here"), language)),
        ),
        tuple(
            (
                each.interpretation.place,
                say(each.interpretation.question, language),
                say(each.interpretation.default, language),
            )
            for each in effects
        ),
    )


def calculation(company: CompanyScore, language: str) -> Iterator[Block]:
    """How the score is reckoned, with the figures of this one, and where the document is from."""
    instrument, now = company.instrument, company.now
    yield Heading(say(Phrase("scorecard_calculation"), language))
    terms = " + ".join(
        f"{each.weight or 0} × {now.sections[each.id].points}/{now.sections[each.id].maximum}"
        for each in instrument.sections
    )
    sums = {"terms": terms, "score": printed(now.score.floor)}
    yield Paragraph(say(Phrase("scorecard_calculated", sums), language))
    for text in (
        Phrase("scorecard_points_add"),
        Phrase("scorecard_open_criteria"),
    ):
        yield Paragraph(say(text, language))
    yield Heading(say(Phrase("scorecard_source"), language))
    named = {"source": instrument.source, "edition": instrument.edition}
    yield Paragraph(say(Phrase("scorecard_source_text", named), language))
    note = (instrument.translation_note or {}).get(language)
    if note:
        yield Paragraph(note, "note")
