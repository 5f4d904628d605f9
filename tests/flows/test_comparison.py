"""Rounds side by side, and a print that deviates."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows import published
from flows.comparison import Deviation, changed, deviations, trends
from flows.statistics import Counted, figures, tally
from tests.flows.playing import ASI, INSTALLED, KITCHEN, RSCB, TEA, another

PRINT, _ = published.load(
    "published-2021",
    (INSTALLED / ASI.id / "published" / "published-2021.toml").read_text("utf-8"),
    ASI,
)
PRINTED = figures(ASI, PRINT.counted)


def round_of(name: str, instrument=ASI, **selections):
    tallies = {item: tally(each) for item, each in selections.items()}
    return figures(
        instrument, Counted(instrument.id, instrument.edition, name, None, 9, 9, tallies)
    )


def trend(item: str, *rounds, smallest=5):
    return next(each for each in trends(rounds, smallest=smallest) if each.item == item)


def test_the_same_question_stands_beside_itself_with_both_bases():
    now = round_of("2026", q6={("q6a",): 5, ("q6b",): 5})

    shown = trend("q6", (ASI, now), (ASI, PRINTED))

    here, before = shown.columns
    assert (here.base, before.base) == (10, 40)
    assert (here.shares["q6a"].percent, before.shares["q6a"].percent) == (50, 35)
    assert shown.difference("q6a", before) == 15
    assert shown.difference("q6c", before) == -10


def test_a_question_with_too_few_answers_is_not_compared():
    now = round_of("2026", q6={("q6a",): 4})

    shown = trend("q6", (ASI, now), (ASI, PRINTED))

    assert shown.columns[0].withheld == "few"
    assert shown.columns[0].base == 4
    assert shown.difference("q6a", shown.columns[1]) is None
    assert trend("q6", (ASI, now), (ASI, PRINTED), smallest=4).columns[0].withheld is None


def test_a_question_that_was_not_asked_then_is_said_to_be_so():
    now = round_of("2026", q10={("q10a",): 9})

    assert trend("q10", (ASI, now), (ASI, PRINTED)).columns[1].withheld == "not_asked"


def test_a_question_whose_wording_changed_is_not_comparable():
    older = another(ASI.id, ("Do you foresee any challenges", "Do you expect any challenges"))
    said = {"q7": {("q7a",): 9}, "q6": {("q6a",): 9}}
    now, then = round_of("2026", **said), round_of("2025", instrument=older, **said)

    assert trend("q7", (ASI, now), (older, then)).columns[1].withheld == "wording"
    assert trend("q6", (ASI, now), (older, then)).columns[1].withheld is None


def test_a_question_whose_options_changed_is_not_comparable():
    older = another(ASI.id, ("Strongly disagree", "Disagree strongly"))
    said = {"q3": {("q3a",): 9}}
    now, then = round_of("2026", **said), round_of("2025", instrument=older, **said)

    assert trend("q3", (ASI, now), (older, then)).columns[1].withheld == "options"


def test_a_mended_translation_changes_nothing():
    q3 = ASI.item("q3")
    mended = q3.model_copy(update={"text": {**q3.text, "zh": "改过的译文"}})

    assert changed(q3, mended, "en") is None
    assert changed(q3, mended, "zh") == "wording"


def test_a_question_that_became_tick_all_is_not_comparable():
    q3 = ASI.item("q3")

    assert changed(q3, q3.model_copy(update={"at_most": None}), "en") == "options"


def test_questions_without_options_compare_by_their_wording():
    q11 = ASI.item("q11")

    assert changed(q11, q11, "en") is None


def test_a_criterion_is_compared_by_the_whole_wording_of_its_items():
    item = RSCB.item("9.1")
    rows = list(item.rows)
    stem = next(number for number, row in enumerate(rows) if row.stem)
    rows[stem] = rows[stem].model_copy(update={"stem": {"en": "Another stem", "zh": "x"}})

    assert changed(item, item, "en") is None
    assert changed(item, item.model_copy(update={"rows": tuple(rows)}), "en") == "options"


def test_only_questions_with_options_have_a_trend():
    assert {each.item for each in trends([(ASI, PRINTED)], smallest=5)} == {
        f"q{n}" for n in range(1, 11)
    }
    assert [each.item for each in trends([(TEA, round_of("x", TEA))], smallest=5)] == [
        item.id for item in TEA.items if item.kind == "choice"
    ]


def test_an_item_that_was_none_with_options_then_is_not_compared():
    now = round_of("2026", instrument=KITCHEN)
    criterion = KITCHEN.criteria[0].id
    then = replace(now, questions=tuple(replace(each, base=9) for each in now.questions))
    section = TEA.sections[0]
    free = next(item for item in TEA.items if item.kind == "text")
    older = TEA.model_copy(
        update={
            "sections": (
                section.model_copy(update={"items": (free.model_copy(update={"id": criterion}),)}),
            )
        }
    )

    assert trend(criterion, (KITCHEN, now), (older, then)).columns[1].withheld == "not_asked"


def test_the_print_deviates_from_its_own_rule_in_one_cell():
    """Q9 "Both" is printed 35 %, which is 14 of 40; 14 of 39 is 36 %."""
    assert deviations(PRINTED, PRINTED, PRINT.printed) == (
        Deviation("q9", "9", "percent", "q9c", 36, 35, 14, 39, printed_base=40),
    )


def test_every_cell_that_differs_is_named():
    now = round_of("2026", q6={("q6a",): 14, ("q6b",): 23, ("q6c",): 4})

    found = [each for each in deviations(now, PRINTED, PRINT.printed) if each.item == "q6"]

    assert [(each.what, each.option, each.here, each.printed) for each in found] == [
        ("base", None, 41, 40),
        ("percent", "q6a", 34, 35),
        ("count", "q6b", 23, 22),
        ("percent", "q6b", 56, 55),
        ("comments", None, 0, 12),
    ]


@pytest.mark.parametrize("item", ["q10", "q11"])
def test_what_was_never_printed_cannot_deviate(item):
    now = round_of("2026", q10={("q10a",): 3})

    assert item not in {each.item for each in deviations(now, PRINTED, PRINT.printed)}
