"""The front of a scorecard: the score, what it is of, the sections and themes, its readings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.reports.document import (
    Bar,
    Block,
    Chart,
    Column,
    Fact,
    Facts,
    Heading,
    Paragraph,
    Table,
)
from bot.reports.scorecard.company import share
from bot.reports.scorecard.words import of_maximum, section_label, signed, theme_label
from bot.texts import say
from flows.card import Phrase, Several
from flows.scoring import printed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from fractions import Fraction

    from bot.reports.document import Cell
    from bot.reports.scorecard.company import CompanyScore
    from flows.card import Words
    from flows.instrument import Theme

ENDS: Final = 3
"""How many themes are named as strongest, and how many as weakest."""


def blocks(company: CompanyScore, language: str) -> Iterator[Block]:
    """The first page: what a board reads."""
    yield Facts(tuple(_facts(company, language)))
    if company.readings.verified is not None:
        yield Paragraph(say(Phrase("scorecard_claimed_below"), language))
    yield from (Paragraph(line) for line in end_lines(company, language))
    yield Heading(say(Phrase("scorecard_sections"), language))
    yield _sections(company, language)
    yield Heading(say(Phrase("scorecard_themes"), language))
    yield chart(company, language)
    yield from _readings(company, language)


def _facts(company: CompanyScore, language: str) -> Iterator[Fact]:
    score, complete = company.now.score, company.now.complete
    verified = company.readings.verified
    if verified is not None:
        yield _verified(company, language)
        final = Phrase("scorecard_claimed"), Phrase("scorecard_of_100")
    elif complete:
        final = Phrase("scorecard_final"), Phrase("scorecard_of_100")
    else:
        final = Phrase("scorecard_floor_so_far"), Phrase("scorecard_floor_means")
    yield _fact(*final, printed(score.floor), language)
    if not complete:
        means = Phrase("scorecard_ceiling_means")
        yield _fact(Phrase("scorecard_ceiling"), means, printed(score.ceiling), language)
    counted = {"points": company.now.answered, "maximum": len(company.now.criteria)}
    means = Phrase("scorecard_complete" if complete else "scorecard_incomplete")
    answered = say(Phrase("scorecard_of", counted), language)
    yield _fact(Phrase("scorecard_answered"), means, answered, language)
    if company.last is not None:
        before = company.last.score.floor
        change = Phrase("scorecard_change", {"change": signed(score.floor - before)})
        yield _fact(Phrase("scorecard_last"), change, printed(before), language)
    # Four stand in a row.
    more = (not complete) + (company.last is not None) + (verified is not None)
    if company.sets and more <= 1:
        best = company.sets[-1]
        gain = Phrase("scorecard_with_items", {"n": best.size, "change": signed(best.plan.worth)})
        yield _fact(Phrase("scorecard_within_reach"), gain, printed(best.score), language)


def _verified(company: CompanyScore, language: str) -> Fact:
    """What a researcher accepted, and how far that is from the claim."""
    verified = company.readings.verified
    accepted = company.now.score.floor if verified is None else verified.score.floor
    change = Phrase(
        "scorecard_verified_fact", {"change": signed(accepted - company.now.score.floor)}
    )
    return _fact(Phrase("scorecard_verified"), change, printed(accepted), language)


def _fact(label: Phrase, detail: Phrase, value: str, language: str) -> Fact:
    return Fact(say(label, language), value, say(detail, language))


def headline(company: CompanyScore, language: str) -> str:
    """The final score in a sentence: with floor and ceiling while it is open, and last time's."""
    score = company.now.score
    said: dict[str, Words | int] = {"score": printed(score.floor), "floor": printed(score.floor)}
    if company.now.complete:
        words = say(Phrase("scorecard_line_final", said), language)
    else:
        said["ceiling"] = printed(score.ceiling)
        said |= {"answered": company.now.answered, "total": len(company.now.criteria)}
        words = say(Phrase("scorecard_line_open", said), language)
    if company.last is None:
        return words
    before = company.last.score.floor
    change = {"last": printed(before), "change": signed(score.floor - before)}
    return words + say(Phrase("scorecard_line_last", change), language)


def end_lines(company: CompanyScore, language: str, most: int = ENDS) -> Iterator[str]:
    """The strongest and the weakest themes in a line each, where enough is answered to tell."""
    strongest, weakest = ends(company, most)
    if strongest:
        named = Several(tuple(_with_points(company, each, language) for each in strongest))
        yield say(Phrase("scorecard_strongest", {"themes": named}), language)
    if weakest:
        named = Several(tuple(_with_points(company, each, language) for each in weakest))
        yield say(Phrase("scorecard_weakest", {"themes": named}), language)


def ends(company: CompanyScore, most: int = ENDS) -> tuple[tuple[Theme, ...], tuple[Theme, ...]]:
    """The strongest themes and the weakest, each from its end; no theme is both, none is named
    strong that has no points or weak that has all, and few are where few are answered.
    """
    ranked = company.ranked
    count = min(most, len(ranked) // 3)
    strong = tuple(each for each in ranked[:count] if company.share(each.id) > 0)
    weak = ranked[len(ranked) - count :][::-1]
    return strong, tuple(each for each in weak if company.share(each.id) < 100)  # noqa: PLR2004 - percent


def _with_points(company: CompanyScore, theme: Theme, language: str) -> str:
    named = {
        "theme": theme_label(theme, language),
        "points": of_maximum(company.now.themes[theme.id], language),
    }
    return say(Phrase("scorecard_theme_points", named), language)


def formula(company: CompanyScore, language: str) -> str:
    """How sections make the final score, and that this is a reading of the document."""
    sections = company.instrument.sections
    weighted = " + ".join(f"{section.weight or 0} × {section.id}" for section in sections)
    return say(Phrase("scorecard_formula", {"formula": weighted}), language)


def _readings(company: CompanyScore, language: str) -> Iterator[Block]:
    """Claimed, evidenced, verified: a table where more than the claim is known."""
    found = company.readings
    if found.evidenced is None and found.verified is None:
        return
    known = (
        (Phrase("scorecard_claimed"), Phrase("scorecard_claimed_means"), found.claimed),
        (Phrase("scorecard_evidenced"), Phrase("scorecard_evidenced_means"), found.evidenced),
        (Phrase("scorecard_verified"), Phrase("scorecard_verified_means"), found.verified),
    )
    claimed = found.claimed.score.floor
    rows: list[tuple[Cell, ...]] = [
        (
            say(name, language),
            say(means, language),
            *(
                (None, None, None)
                if scored is None
                else (
                    printed(scored.score.floor),
                    printed(scored.score.ceiling),
                    signed(scored.score.floor - claimed),
                )
            ),
        )
        for name, means, scored in known
    ]
    yield Table(
        say(Phrase("scorecard_readings"), language),
        (
            Column(say(Phrase("scorecard_reading"), language)),
            Column(say(Phrase("scorecard_reading_counts"), language)),
            Column(say(Phrase("scorecard_floor"), language), number=True),
            Column(say(Phrase("scorecard_ceiling"), language), number=True),
            Column(say(Phrase("scorecard_from_claim"), language), number=True),
        ),
        tuple(rows),
        say(Phrase("scorecard_readings_note"), language) if None in rows[-1] else "",
    )


def _sections(company: CompanyScore, language: str) -> Table:
    """Points, percent and part of the final score, section by section, and their sum."""
    columns = [
        Column(say(Phrase("scorecard_section"), language)),
        Column(say(Phrase("scorecard_points"), language), number=True),
        Column(say(Phrase("scorecard_percent"), language), number=True),
        Column(say(Phrase("scorecard_weighted"), language), number=True),
        Column(say(Phrase("scorecard_at_most"), language), number=True),
    ]
    rows: list[tuple[Cell, ...]] = []
    for section in company.instrument.sections:
        found = company.now.sections[section.id]
        rows.append(
            (
                section_label(section, language),
                of_maximum(found, language),
                printed(100 * found.share),
                _of(found.floor_weighted, found.weight, language),
                printed(found.ceiling_weighted),
            )
        )
    score, whole = company.now.score, sum(each.weight for each in company.now.sections.values())
    final = _of(score.floor, whole, language), printed(score.ceiling)
    rows.append((say(Phrase("scorecard_final"), language), "", "", *final))
    # Where nothing is open, the most that is possible is what is there.
    shown = len(columns) - 1 if company.now.complete else len(columns)
    return Table(
        say(Phrase("scorecard_sections_caption"), language),
        tuple(columns[:shown]),
        tuple(row[:shown] for row in rows),
        formula(company, language),
    )


def _of(score: Fraction, weight: int, language: str) -> str:
    counted: dict[str, Words | int] = {"points": printed(score), "maximum": weight}
    return say(Phrase("scorecard_of", counted), language)


def chart(company: CompanyScore, language: str) -> Chart:
    """The themes in percent of their maximum, with their points printed, and last time's beside."""
    bars = tuple(_bar(company, theme, language) for _, theme in company.themes)
    caption = say(Phrase("scorecard_chart"), language)
    if company.last is None:
        return Chart(caption, bars, 100)
    legend = (say(Phrase("scorecard_this"), language), say(Phrase("scorecard_last"), language))
    return Chart(caption, bars, 100, legend)


def _bar(company: CompanyScore, theme: Theme, language: str) -> Bar:
    part, value = company.now.themes[theme.id], float(company.share(theme.id))
    label = theme_label(theme, language)
    if company.last is None:
        return Bar(label, value, of_maximum(part, language))
    before = company.last.themes[theme.id]
    counted = {"points": part.points, "maximum": part.maximum, "before": before.points}
    return Bar(
        label,
        value,
        say(Phrase("scorecard_of_with_last", counted), language),
        float(share(company.last, theme.id)),
    )
