"""Self-assessments for tests: made up by a seed, and the one of which the golden files are."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

from bot import shelf
from bot.reports.scorecard.company import CompanyScore
from flows import claims
from flows.exclusion import clash, in_order
from flows.session import Answer
from tests.flows.playing import RSCB

if TYPE_CHECKING:
    from flows.instrument import Criterion, Instrument

FOLDER = Path(__file__).parent / "scorecards"
NOW, BEFORE = FOLDER / "rscb-2014.json", FOLDER / "rscb-2014-before.json"
INTERPRETATIONS = shelf.read().interpretations[RSCB.id]


def answered(criterion: Criterion, chance: random.Random) -> Answer:
    """A selection that the rules allow, now and then nothing of it all."""
    rows = [row for row in criterion.rows if not row.zero]
    held: list[str] = []
    for row in chance.sample(rows, len(rows)):
        others = (each for each in rows if each.id in held)
        if chance.random() < 0.6 and not any(clash(row, other) for other in others):
            held.append(row.id)
    if not held and criterion.has_zero:
        held = [row.id for row in criterion.rows if row.zero]
    return Answer(chosen=in_order(criterion.rows, held), none=not held)


def assessment(seed: int, share: float = 1.0, instrument: Instrument = RSCB) -> dict[str, Answer]:
    """The answers to about this share of the criteria."""
    chance = random.Random(seed)
    asked = [each for each in instrument.criteria if chance.random() < share]
    return {each.id: answered(each, chance) for each in asked}


def best() -> dict[str, Answer]:
    """Every criterion at its maximum."""
    found = {}
    for criterion in RSCB.criteria:
        held: list[str] = []
        for row in sorted(criterion.rows, key=lambda row: (row.alone, -row.points)):
            if not any(clash(row, each) for each in criterion.rows if each.id in held):
                held.append(row.id)
        found[criterion.id] = Answer(chosen=in_order(criterion.rows, held))
    return found


def read(path: Path) -> dict[str, Answer]:
    """The answers in a file."""
    return claims.read(RSCB, json.loads(path.read_text("utf-8")))


def company(answers: dict[str, Answer] | None = None, **more) -> CompanyScore:
    """A company with the interpretations of the document; that of the golden files by default."""
    if answers is None:
        answers = read(NOW)
        more = {"before": read(BEFORE), "name": "Example Aluminium Ltd", **more}
    return CompanyScore(RSCB, answers, **{"interpretations": INTERPRETATIONS, **more})
