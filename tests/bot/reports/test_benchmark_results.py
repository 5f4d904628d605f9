"""What a report says of self-assessments: every scoring item counted, over the newest of each."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.reports.document import Chart, Facts, Heading, Paragraph, Table
from bot.reports.results import as_json, survey_results
from bot.settings import Reports
from bot.shelf import Shelf
from flows.session import Answer
from storage import people
from tests import companies
from tests.collecting import assess, best_answers, company, report, ticked
from tests.flows.playing import KITCHEN, RSCB


def said(document) -> list[str]:
    return [each.text for each in document.blocks if isinstance(each, Paragraph)]


def table(document, caption: str) -> Table:
    return next(each for each in document.blocks if getattr(each, "caption", "") == caption)


async def of_benchmark(database, house, limits=None, **wish):
    return await report(database, house, limits, instrument="rscb-2014", **wish)


async def test_every_scoring_item_of_a_criterion_is_counted(database, house):
    await assess(
        database,
        RSCB,
        company(**{"1.1": "1.1c 1.1d"}),
        company(**{"1.1": "1.1c"}),
        company(),
    )

    results = await of_benchmark(database, house)

    form = as_json.form(results, "en")
    assert (form["responded"], form["finished"], form["invited"]) == (3, 3, None)
    assert len(form["questions"]) == 46
    first = form["questions"][0]
    assert [(each["count"], each["percent"]) for each in first["options"]] == [
        (1, 33),
        (0, 0),
        (2, 67),
        (1, 33),
    ]
    shown = table(
        survey_results.build(results, "en"), "Criterion 1.1: how many ticked each scoring item"
    )
    assert [each.title for each in shown.columns] == ["Scoring item", "Points", "Number", "Percent"]
    assert [row[1:] for row in shown.rows] == [(0, 1, 33), (1, 0, 0), (1, 2, 67), (1, 1, 33)]


async def test_none_of_these_stands_where_the_table_has_no_zero_row(database, house):
    without = next(item for item in RSCB.criteria if not item.has_zero)
    await assess(database, RSCB, company(), company(**{without.id: without.rows[0].id}))

    document = survey_results.build(await of_benchmark(database, house), "en")

    caption = f"Criterion {without.number}: how many ticked each scoring item"
    assert table(document, caption).rows[-1] == ("None of these", 0, 1, 50)


async def test_the_newest_version_of_each_company_counts(database, house):
    async with database.writing() as tx:
        for n, secret in enumerate((b"0" * 16, b"1" * 16)):
            await people.arrive(tx, "web", f"d{n}", "en", new_id=f"p{n}", secret=secret)
        for n, rows in ((0, "1.1c"), (0, "1.1d"), (1, "1.1c")):
            answers = company(**{"1.1": rows})
            await companies.sent(tx, f"p{n}", RSCB.id, RSCB.edition, answers, at=1)

    form = as_json.form(await of_benchmark(database, house), "en")

    assert [each["count"] for each in form["questions"][0]["options"]] == [0, 0, 1, 1]


async def test_scores_are_spread_in_bands_from_the_threshold_up(database, house):
    best = best_answers()
    await assess(database, RSCB, *[company()] * 3, best, best)

    results = await of_benchmark(database, house)

    scores = as_json.form(results, "en")["scores"]
    assert (scores["number"], scores["withheld"]) == (5, False)
    assert (scores["mean"], scores["median"]) == (40.0, 0.0)
    assert [each["count"] for each in scores["bands"]] == [3, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    document = survey_results.build(results, "en")
    facts = [each for each in document.blocks if isinstance(each, Facts)]
    assert [(each.label, each.value) for each in facts[1].facts] == [
        ("Mean, claimed", "40.00"),
        ("Median, claimed", "0.00"),
    ]
    bands = next(each for each in document.blocks if isinstance(each, Chart))
    assert (bands.bars[0].label, bands.bars[0].printed) == ("0 to under 10", "60 % (3)")
    assert (bands.bars[9].label, bands.bars[9].printed) == ("90 to 100", "40 % (2)")


async def test_few_scores_are_a_number_and_no_distribution(database, house):
    await assess(database, RSCB, *[company()] * 4)

    results = await of_benchmark(database, house)

    assert as_json.form(results, "en")["scores"] == {"number": 4, "withheld": True}
    document = survey_results.build(results, "en")
    assert "4 final scores; a distribution is shown from 5." in said(document)
    assert not any("Final scores" in getattr(each, "caption", "") for each in document.blocks)
    lower = await of_benchmark(database, house, Reports(smallest_group=4))
    assert lower.scores


async def test_every_page_says_that_it_is_provisional_and_self_reported(database, house):
    results = await of_benchmark(database, house)

    assert survey_results.build(results, "en").banner == "Provisional, self-reported"
    assert survey_results.build(results, "zh").banner


async def test_criteria_stand_under_their_themes(database, house):
    await assess(database, RSCB, company())

    document = survey_results.build(await of_benchmark(database, house), "en")

    levels = [each.level for each in document.blocks if isinstance(each, Heading)]
    assert (levels.count(2), levels.count(3)) == (14, 46)


async def test_a_benchmark_is_divided_by_a_criterion(database, house):
    await assess(
        database,
        RSCB,
        *[company(**{"1.1": "1.1c", "1.2": "1.2c"})] * 5,
        *[company()] * 5,
    )

    results = await of_benchmark(database, house, by="1.1")

    groups = as_json.form(results, "en")["questions"][1]["cross"]["groups"]
    assert [each["base"] for each in groups] == [5, 0, 5, 0]
    assert {each["id"]: each["percent"] for each in groups[2]["options"]}["1.2c"] == 100


@pytest.mark.parametrize("sent", [True, False])
async def test_an_assessment_that_lacks_a_criterion_is_not_finished(database, house, sent):
    house = replace(house, shelf=Shelf({KITCHEN.id: KITCHEN}))
    answers = ticked(**{"1.1": "1.1c", "2.1": ""})
    answers |= {item.id: Answer(none=True) for item in KITCHEN.criteria if item.id not in answers}
    if not sent:
        del answers["2.1"]
    await assess(database, KITCHEN, answers)

    results = await report(database, house, instrument=KITCHEN.id)

    assert results.shown.figures.responded == 1
    assert results.shown.figures.finished == int(sent)
