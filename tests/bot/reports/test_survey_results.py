"""What a report says: the round of 2021 as it was published, and what is asked for beside it."""

from __future__ import annotations

import pytest

from bot.reports.document import Chart, Facts, Heading, Paragraph, Quotes, Table
from bot.reports.results import as_json, survey_results
from bot.reports.results.gathered import ReportError
from bot.settings import Reports
from bot.shelf import Shelf
from flows.session import Answer
from tests.collecting import SURVEY, collect, collect_2021, report, ticked
from tests.flows.playing import ASI, another

APPENDIX_2 = {
    "1": [(35, 88), (27, 68), (19, 48), (19, 48), (31, 78), (15, 38), (2, 5)],
    "2": [(23, 68), (22, 65), (9, 26), (8, 24), (2, 6)],
    "3": [(21, 53), (13, 33), (4, 10), (1, 3), (1, 3)],
    "4": [(3, 8), (28, 70), (8, 20), (1, 3)],
    "5": [(3, 8), (18, 45), (17, 43), (2, 5)],
    "6": [(14, 35), (22, 55), (4, 10)],
    "7": [(8, 20), (28, 70), (4, 10)],
    "8": [(25, 64), (6, 15), (1, 3), (7, 18)],
    "9": [(15, 38), (3, 8), (14, 35), (7, 18)],
}
"""Counts and percentages as printed, in the order of the questionnaire."""
TEXTS = [2, 2, 7, 11, 6, 12, 9, 8, 2]


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite: what the databases count is compared in the tests of storage."""
    return request.getfixturevalue("sqlite_url")


def blocks(document, kind):
    return [each for each in document.blocks if isinstance(each, kind)]


def said(document) -> list[str]:
    return [each.text for each in blocks(document, Paragraph)]


def table(document, beginning: str) -> Table:
    return next(each for each in blocks(document, Table) if each.caption.startswith(beginning))


def question(form, number: str):
    return next(each for each in form["questions"] if each["number"] == number)


async def test_every_count_and_percentage_of_appendix_2_is_there_but_one(database, house):
    await collect_2021(database, ASI)

    form = as_json.form(await report(database, house), "en")

    printed = form["questions"][:9]
    cells = {
        each["number"]: [(option["count"], option["percent"]) for option in each["options"]]
        for each in printed
    }
    by_the_rule = {**APPENDIX_2, "9": [(15, 38), (3, 8), (14, 36), (7, 18)]}
    assert cells == by_the_rule
    assert [each["base"] for each in printed] == [40, 34, 40, 40, 40, 40, 40, 39, 39]
    assert [each["comments"] for each in printed] == TEXTS
    assert (form["responded"], form["finished"]) == (40, 39)


async def test_beside_the_print_only_q9_both_differs_and_the_report_says_why(database, house):
    await collect_2021(database, ASI)

    results = await report(database, house, compare=("published-2021",))

    (compared,) = as_json.form(results, "en")["comparison"]
    assert compared["deviations"] == [
        {
            "id": "q9",
            "number": "9",
            "what": "option",
            "option": "q9c",
            "label": "Both",
            "here": {"count": 14, "percent": 36},
            "printed": {"count": 14, "percent": 35},
            "why": "14 of 39 is 35.9 %, the print took 14 of 40",
        }
    ]
    document = survey_results.build(results, "en")
    assert table(document, "Cells that differ").rows == (
        ("9", "Both", "36 % (14)", "35 % (14)", "14 of 39 is 35.9 %, the print took 14 of 40"),
    )
    assert (
        "1 cell differs from the printed tables of “published-2021”; all others are the same."
        in (said(document))
    )


async def test_another_round_beside_the_print_has_every_differing_cell_named(database, house):
    await collect(database, ASI, [ticked(q6="q6a")] * 14 + [ticked(q6="q6b")] * 26)

    results = await report(database, house, compare=("published-2021",))

    (compared,) = as_json.form(results, "en")["comparison"]
    differing = {
        each["label"]: (each["here"], each["printed"], each["why"])
        for each in compared["deviations"]
        if each["id"] == "q6"
    }
    assert differing == {
        "No": (
            {"count": 26, "percent": 65},
            {"count": 22, "percent": 55},
            "Other answers: 26 of 40 here, 22 of 40 in print",
        ),
        "Unsure": (
            {"count": 0, "percent": 0},
            {"count": 4, "percent": 10},
            "Other answers: 0 of 40 here, 4 of 40 in print",
        ),
        "Comments": ({"count": 0}, {"count": 12}, "Texts: 0 here, 12 in print"),
    }
    headings = [each.text for each in blocks(survey_results.build(results, "en"), Heading)]
    assert headings[-1] == "The printed tables of “published-2021” by themselves"


async def test_where_few_answered_the_difference_to_the_print_is_withheld(database, house):
    await collect(database, ASI, [ticked(q6="q6a")] * 4)

    results = await report(database, house, compare=("published-2021",))

    (compared,) = as_json.form(results, "en")["comparison"]
    assert "q6" not in {each["id"] for each in compared["deviations"]}
    assert question(compared, "6")["options"] == []
    assert question(compared, "6")["withheld"] == "few"
    document = survey_results.build(results, "en")
    assert "Not compared: fewer than 5 answered this in “open”." in said(document)
    assert "Not compared, because fewer than 5 answered: question 6." in said(document)
    assert table(document, "Question 6: how often").rows[0] == ("Yes", 4, 100)


async def test_the_published_round_can_be_read_by_itself(database, house):
    results = await report(database, house, round="published-2021")

    form = as_json.form(results, "en")
    assert form["response_rate"] == 38
    assert [each["number"] for each in form["questions"]] == list("123456789")
    assert question(form, "9")["options"][2]["percent"] == 36
    assert [each["label"] for each in form["print"]] == ["Both"]
    document = survey_results.build(results, "en")
    assert "1 printed cell does not follow from the printed counts." in said(document)
    assert any("nobody's answers are in here" in each for each in said(document))
    (facts,) = blocks(document, Facts)
    assert [each.value for each in facts.facts] == ["106", "40", "39", "38 %"]
    assert facts.facts[3].detail == "40 of 106"


async def test_two_rounds_stand_side_by_side_with_both_bases(database, house):
    await collect(database, ASI, [ticked(q6="q6a")] * 5 + [ticked(q6="q6b")] * 5)

    results = await report(database, house, compare=("published-2021",))

    document = survey_results.build(results, "en")
    assert [each.title for each in table(document, "Question 6").columns] == [
        "Option",
        "published-2021",
        "%",
        "open",
        "%",
        "Change",
    ]
    assert table(document, "Question 6").rows == (
        ("Base", 40, "", 10, "", ""),
        ("Yes", 14, 35, 5, 50, 15),
        ("No", 22, 55, 5, 50, -5),
        ("Unsure", 4, 10, 0, 0, -10),
    )
    chart = next(each for each in blocks(document, Chart) if each.caption.startswith("Question 6"))
    assert chart.legend == ("open", "published-2021")
    assert [(bar.value, bar.before) for bar in chart.bars] == [(50, 35), (50, 55), (0, 10)]


async def test_more_rounds_stand_in_the_order_they_were_given(database, house):
    for year, yes in (("2022", 5), ("2023", 10), ("2024", 15)):
        answers = [ticked(q6="q6a")] * yes + [ticked(q6="q6b")] * (20 - yes)
        await collect(database, ASI, answers, round_name=year)

    given = ("published-2021", "2022", "2023")
    results = await report(database, house, round="2024", compare=given)

    shown = table(survey_results.build(results, "en"), "Question 6")
    assert shown.rows[:2] == (
        ("Base", 40, 20, 20, 20, "", "", ""),
        ("Yes", 35, 25, 50, 75, 40, 50, 25),
    )
    form = as_json.form(results, "en")
    assert [each["round"] for each in form["comparison"]] == list(given)


async def test_a_question_with_another_wording_is_not_comparable(database, house):
    older = another(
        SURVEY, ('edition = "2021"', 'edition = "2020"'), ("Do you foresee", "Will there be")
    )
    await keep(database, older)
    await collect(database, older, [ticked(q6="q6a", q7="q7a")] * 9, round_name="2020")
    await collect(database, ASI, [ticked(q6="q6a", q7="q7a")] * 9)

    results = await report(database, house, compare=("2020",))

    document = survey_results.build(results, "en")
    assert "Not comparable with “2020”: the wording of this question was another." in said(document)
    assert table(document, "Question 7").columns[-1].title == "Percent"
    assert table(document, "Question 6").rows[1] == ("Yes", 9, 100, 9, 100, 0)
    (compared,) = as_json.form(results, "en")["comparison"]
    assert question(compared, "7")["withheld"] == "wording"


async def test_editions_of_a_round_are_counted_together_where_they_ask_the_same(database, house):
    older = another(
        SURVEY, ('edition = "2021"', 'edition = "2020"'), ("Do you foresee", "Will there be")
    )
    await keep(database, older)
    await collect(database, older, [ticked(q6="q6a", q7="q7a")] * 9)
    await collect(database, ASI, [ticked(q6="q6b", q7="q7b")] * 2)

    results = await report(database, house, by="q6")

    form = as_json.form(results, "en")
    assert form["edition"] == "2021"
    assert form["responded"] == 11
    assert [each["count"] for each in question(form, "6")["options"]] == [9, 2, 0]
    assert [each["count"] for each in question(form, "7")["options"]] == [0, 2, 0]
    assert question(form, "7")["other_wording"] == 9
    shown = survey_results.build(results, "en")
    assert any(each.startswith("9 people answered another wording") for each in said(shown))


async def test_a_round_of_older_answers_alone_is_read_by_their_edition(database, house):
    older = another(
        SURVEY, ('edition = "2021"', 'edition = "2020"'), ("Do you foresee", "Will there be")
    )
    await keep(database, older)
    await collect(database, older, [ticked(q7="q7a")] * 9)

    form = as_json.form(await report(database, house), "en")

    assert form["edition"] == "2020"
    assert question(form, "7")["text"].startswith("Will there be")
    assert question(form, "7")["base"] == 9


async def test_a_tick_all_question_says_what_was_ticked_together_and_alone(database, house):
    said_ = ["q2a q2b"] * 3 + ["q2a q2b q2e"] + ["q2a"] * 2 + ["q2d"]
    await collect(database, ASI, [ticked(q2=each) for each in said_])

    results = await report(database, house)

    combinations = question(as_json.form(results, "en"), "2")["combinations"]
    assert combinations["distribution"] == [
        {"ticked": 1, "count": 3, "percent": 43},
        {"ticked": 2, "count": 3, "percent": 43},
        {"ticked": 3, "count": 1, "percent": 14},
    ]
    assert combinations["together"][:2] == [
        {"options": ["q2a", "q2b"], "count": 3, "percent": 43},
        {"options": ["q2a"], "count": 2, "percent": 29},
    ]
    assert combinations["alone"] == [
        {"option": "q2a", "count": 2, "percent": 29},
        {"option": "q2d", "count": 1, "percent": 14},
    ]
    assert combinations["pairs"][0] == {"options": ["q2a", "q2b"], "count": 4, "percent": 57}
    document = survey_results.build(results, "en")
    pairs = table(document, "Question 2: which options were ticked together")
    assert [each.title for each in pairs.columns] == ["Option", "a", "b", "c", "d", "e", "Alone"]
    assert pairs.rows[0] == ("a) To implement responsible sourcing", "", 4, 0, 0, 1, 2)
    assert pairs.rows[1] == ("b) Requested by customers/supplier", 4, "", 0, 0, 1, 0)
    frequent = table(document, "Question 2: the most frequent selections")
    assert frequent.rows == (("a + b", 3, 43), ("a", 2, 29), ("a + b + e", 1, 14), ("d", 1, 14))
    spread = next(
        each
        for each in blocks(document, Chart)
        if each.caption.startswith("Question 2: how many options")
    )
    assert [(bar.label, bar.printed) for bar in spread.bars] == [
        ("1 option", "43 % (3)"),
        ("2 options", "43 % (3)"),
        ("3 options", "14 % (1)"),
    ]


async def test_a_printed_table_has_no_combinations(database, house):
    results = await report(database, house, round="published-2021")

    assert "combinations" not in question(as_json.form(results, "en"), "1")
    captions = [each.caption for each in blocks(survey_results.build(results, "en"), Table)]
    assert not any("together" in each for each in captions)


async def test_small_groups_of_a_cross_table_are_dashes_and_cannot_be_subtracted(database, house):
    grouped = [("q6a", "q7a")] * 9 + [("q6b", "q7b")] * 7 + [("q6c", "q7c")] * 3
    await collect(database, ASI, [ticked(q6=one, q7=other) for one, other in grouped])

    results = await report(database, house, by="6")

    shown = table(survey_results.build(results, "en"), "Question 7 by question 6")
    assert [each.title for each in shown.columns] == ["Option", "Yes", "No", "Unsure"]
    assert shown.rows[:2] == (("Base", 9, None, None), ("Yes", 100, None, None))
    assert shown.footnote.startswith("A dash: withheld")
    groups = question(as_json.form(results, "en"), "7")["cross"]["groups"]
    assert [each["base"] for each in groups] == [9, None, None]
    assert groups[2]["options"] == []
    assert "cross" not in question(as_json.form(results, "en"), "6")


async def test_a_cross_table_of_small_groups_alone_is_a_sentence(database, house):
    grouped = [("q6a", "q7a")] * 4 + [("q6b", "q7b")] * 4
    await collect(database, ASI, [ticked(q6=one, q7=other) for one, other in grouped])

    document = survey_results.build(await report(database, house, by="q6"), "en")

    assert "Question 7 by question 6: every group is too small to be shown." in said(document)


async def test_comments_are_listed_from_the_threshold_up_in_alphabetical_order(database, house):
    answers = [{"q6": Answer(("q6a",), comment=word)} for word in "hgfedcba"]
    answers += [{"q7": Answer(("q7a",), comment=word)} for word in "zyxwvut"]
    await collect(database, ASI, answers)

    results = await report(database, house, comments=True)

    document = survey_results.build(results, "en")
    assert blocks(document, Quotes) == [Quotes(tuple("abcdefgh"))]
    assert "7 comments are not listed: fewer than 8 could give their writers away." in said(
        document
    )
    form = as_json.form(results, "en")
    assert question(form, "6")["texts"] == list("abcdefgh")
    assert question(form, "7")["texts"] is None
    assert "texts" not in question(form, "8")


async def test_comments_that_nobody_asked_for_are_not_listed(database, house):
    await collect_2021(database, ASI)

    results = await report(database, house)

    assert not blocks(survey_results.build(results, "en"), Quotes)
    assert '"texts"' not in as_json.render(results, "en")


async def test_the_thresholds_are_the_houses_own(database, house):
    await collect(database, ASI, [{"q6": Answer(("q6a",), comment="alone")}])

    results = await report(database, house, Reports(smallest_comments=1), comments=True)

    assert blocks(survey_results.build(results, "en"), Quotes) == [Quotes(("alone",))]


async def test_contact_details_are_in_no_report(database, house):
    await collect_2021(database, ASI)

    results = await report(database, house, comments=True, by="q10", compare=("published-2021",))

    for language in ("en", "zh"):
        everything = as_json.render(results, language) + repr(
            survey_results.build(results, language)
        )
        assert "example.org" not in everything
        assert "Company 1" not in everything
        assert "q12" not in everything


async def test_a_round_without_responses_is_a_report_of_nobody(database, house):
    results = await report(database, house)

    form = as_json.form(results, "en")
    assert (form["invited"], form["responded"], form["response_rate"]) == (None, 0, None)
    assert {each["base"] for each in form["questions"]} == {0}
    document = survey_results.build(results, "en")
    assert sum(each.startswith("Nobody answered this") for each in said(document)) == 11
    assert not blocks(document, Table)


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        (
            {"round": "2019"},
            f"--round 2019: {SURVEY} has no such round; there are open, published-2021, spring",
        ),
        (
            {"compare": ("2019",)},
            f"--compare 2019: {SURVEY} has no such round; there are open, published-2021, spring",
        ),
        ({"compare": ("open",)}, "--compare open: is the round itself; name another one"),
        (
            {"by": "q11"},
            "--by q11: is no question with options here; write one of "
            + ", ".join(f"q{n}" for n in range(1, 11)),
        ),
        (
            {"round": "published-2021", "by": "q1"},
            "--by q1: published-2021 was published as totals; name another --round",
        ),
        (
            {"round": "published-2021", "comments": True},
            "--comments: published-2021 was published as totals; name another --round",
        ),
    ],
)
async def test_what_there_is_not_is_refused_in_one_line(database, house, wish, refusal):
    await collect(database, ASI, [ticked(q6="q6a")], round_name="spring")

    with pytest.raises(ReportError) as refused:
        await report(database, house, **wish)

    assert str(refused.value) == refusal


async def test_the_same_answers_make_the_same_report(database, house):
    await collect_2021(database, ASI)
    wish = {"by": "q6", "comments": True, "compare": ("published-2021",)}

    once, again = [await report(database, house, **wish) for _ in range(2)]

    assert as_json.render(once, "zh") == as_json.render(again, "zh")
    assert survey_results.build(once, "zh") == survey_results.build(again, "zh")


async def test_a_report_in_chinese_has_no_english_words_of_ours(database, house):
    await collect_2021(database, ASI)

    document = survey_results.build(await report(database, house, by="q6"), "zh")

    assert document.title == "2021 年 ASI 认证调查"
    assert document.subtitle == "调查结果 · 轮次“open”"
    assert any("并非发布机构提供的官方译文" in each for each in said(document))
    captions = [each.caption for each in blocks(document, Table)] + said(document)
    assert not [each for each in captions if "uestion" in each or "Base" in each]


async def keep(database, edition) -> None:
    """Have another edition be known, as it was when it was installed."""
    await Shelf({edition.id: edition}).keep(database)
