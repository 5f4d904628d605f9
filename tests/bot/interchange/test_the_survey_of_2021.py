"""The made-up respondents add up to what was published; and what is read from their file, too."""

from __future__ import annotations

from collections import Counter

import pytest

from flows.navigation import missing
from tests import surveymonkey_2021 as file


@pytest.mark.parametrize("item", file.COUNTS)
def test_the_made_up_respondents_add_up_to_the_published_tables(item: str) -> None:
    said = [each[item] for each in file.respondents() if item in each]

    assert Counter(option for each in said for option in each.chosen) == file.COUNTS[item]
    assert len(said) == file.BASES[item]
    assert sum(bool(each.comment) + bool(each.other) for each in said) == file.COMMENTS[item]


def test_they_answer_as_the_questionnaire_allows() -> None:
    finished = [not missing(file.instrument(), each) for each in file.respondents()]

    assert len(finished) == 40
    assert finished.count(False) == 1
    assert not finished[file.UNFINISHED]
    for each in file.respondents():
        for item in set(file.COUNTS) - {"q1", "q2"}:
            assert item not in each or len(each[item].chosen) == 1
