"""What a score costs, and a scorecard."""

from __future__ import annotations

import random

from bot.reports import scorecard
from flows.exclusion import clash, in_order
from flows.instrument import Criterion, ScoringItem
from flows.scoring import score
from flows.session import Answer
from tests.assessed import company
from tests.benchmarks.registry import benchmark, seconds
from tests.flows.playing import RSCB

ASSESSMENTS, TICKED, SEED = 500, 0.5, 2014


def assessment(draw: random.Random) -> dict[str, Answer]:
    """Every criterion answered, with rows that may stand together."""
    return {item.id: _answer(item, draw) for item in RSCB.items if isinstance(item, Criterion)}


def _answer(criterion: Criterion, draw: random.Random) -> Answer:
    chosen: list[ScoringItem] = []
    for row in draw.sample(criterion.rows, len(criterion.rows)):
        if draw.random() < TICKED and not any(clash(row, each) for each in chosen):
            chosen.append(row)
    return Answer(chosen=in_order(criterion.rows, [row.id for row in chosen]), none=not chosen)


@benchmark("final score of one complete assessment", "µs")
def final_score() -> float:
    draw = random.Random(SEED)
    made = [assessment(draw) for _ in range(ASSESSMENTS)]
    return 1e6 * seconds(lambda: [score(RSCB, each) for each in made]) / ASSESSMENTS


@benchmark("scorecard of one company: every figure, steps and open readings included", "ms")
def scorecard_figures() -> float:
    answers = assessment(random.Random(SEED))
    return 1e3 * seconds(lambda: scorecard.as_json(company(answers), "en"))


@benchmark("scorecard of one company as PDF", "ms")
def scorecard_pdf() -> float:
    answers = assessment(random.Random(SEED))
    return 1e3 * seconds(lambda: scorecard.file("pdf", company(answers), "en"))


@benchmark("scorecard of one company as a workbook", "ms")
def scorecard_workbook() -> float:
    answers = assessment(random.Random(SEED))
    return 1e3 * seconds(lambda: scorecard.file("xlsx", company(answers), "en"))
