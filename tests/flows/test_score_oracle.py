"""The program against a second reckoning, written from the document alone."""

from __future__ import annotations

import random
import secrets

import pytest

from flows.claims import ClaimError, read
from flows.scoring import points, scored
from tests.flows.playing import RSCB
from tests.flows.score_oracle import ALLOWED, CRITERIA, MAXIMA, mismatches


def test_there_are_46_criteria_with_the_documents_maxima():
    assert list(CRITERIA) == [each.id for each in RSCB.criteria]
    for key, maximum in MAXIMA.items():
        of_section = [number for number, table in CRITERIA.items() if table.section == key]
        best = [max(map(CRITERIA[number].worth, ALLOWED[number])) for number in of_section]
        assert sum(best) == maximum
    assert sum(len(table.points) - 1 for table in CRITERIA.values() if table.zero) > 0
    assert sum(point > 0 for table in CRITERIA.values() for point in table.points.values()) == 145


@pytest.mark.parametrize("number", CRITERIA)
def test_every_selection_of_a_criterion_is_worth_what_the_document_says(number):
    table, criterion = CRITERIA[number], RSCB.item(number)
    assert set(table.points) == {row.id for row in criterion.rows}
    assert criterion.maximum == max(map(table.worth, ALLOWED[number]))
    for ticked in table.selections():
        form = {"instrument": RSCB.id, "answers": {number: sorted(ticked)}}
        if table.allows(ticked):
            answers = read(RSCB, form)
            assert points(criterion, answers[number]) == table.worth(ticked)
            assert scored(RSCB, answers).criteria[number].points == table.worth(ticked)
        else:
            with pytest.raises(ClaimError):
                read(RSCB, form)


def test_random_assessments_have_the_same_score():
    """A thousand each time; ``python -m tests.flows.score_oracle 100000`` for more."""
    seed = secrets.randbelow(2**32)

    assert mismatches(1000, seed) == 0, f"python -m tests.flows.score_oracle 1000 {seed}"


def test_the_oracle_bites():
    """A reckoning that adds what excludes each other would be noticed."""
    chance = random.Random(1)
    wrong = CRITERIA["14.1"].worth(frozenset(CRITERIA["14.1"].points))

    assert wrong != max(map(CRITERIA["14.1"].worth, ALLOWED["14.1"]))
    assert chance.choice(ALLOWED["3.1"]) in ALLOWED["3.1"]
