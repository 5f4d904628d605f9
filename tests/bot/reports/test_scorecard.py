"""A company's scorecard: its figures, its order, its words; golden ones that a reviewer can read.

``make accept`` rewrites the golden files.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import openpyxl
import pypdf
import pytest

from bot.reports import scorecard
from bot.reports.document import Chart, Facts, Heading, Paragraph, Table
from bot.reports.scorecard.words import signed
from bot.texts import LANGUAGES, say
from flows.card import Phrase
from flows.claims import result
from flows.scoring import printed, scored
from flows.session import NOTHING, Answer
from tests.assessed import FOLDER, assessment, best, company
from tests.flows.playing import KITCHEN, RSCB

BANNER = {"en": "Provisional, self-reported", "zh": "初步结果，由公司自行申报"}
COMPANIES = {
    "complete, with last time": company(),
    "partial": company(assessment(7, 0.6)),
    "partial, last time partial": company(assessment(8, 0.8), before=assessment(9, 0.5)),
    "empty": company({}),
    "all that can be had": company(best()),
    "another benchmark": scorecard.CompanyScore(KITCHEN, assessment(1, instrument=KITCHEN)),
}


@pytest.fixture(params=COMPANIES.values(), ids=COMPANIES.keys())
def found(request):
    return request.param


def blocks(company, kind, language="en"):
    return [each for each in scorecard.build(company, language).blocks if isinstance(each, kind)]


def table(company, caption, language="en"):
    (one,) = [each for each in blocks(company, Table, language) if each.caption.startswith(caption)]
    return one


def headings(company, language="en"):
    return [each.text for each in blocks(company, Heading, language) if each.level == 1]


def words_of(company, language="en"):
    return scorecard.file("text", company, language).content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_scorecard_reads_as_its_golden_file(language, accept):
    golden = FOLDER / f"rscb-2014-{language}.txt"
    shown = words_of(company(), language)

    if accept:
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")


# One set of figures


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_form_shows_the_same_figures(found, language):
    score = found.now.score
    figures = [printed(score.floor), printed(score.ceiling)]
    figures += [printed(each.floor_weighted) for each in found.now.sections.values()]
    page = re.sub(r"<[^>]+>", " ", scorecard.file("html", found, language).content.decode())
    pdf = pypdf.PdfReader(BytesIO(scorecard.file("pdf", found, language).content))
    paper = "".join(each.extract_text() for each in pdf.pages)
    sheet = openpyxl.load_workbook(
        BytesIO(scorecard.file("xlsx", found, language).content), data_only=True
    ).worksheets[0]
    cells = {printed(Fraction(cell.value)) for row in sheet for cell in row if is_number(cell)}
    caption = scorecard.caption(found, language)

    for figure in figures:
        assert figure in words_of(found, language)
        assert figure in page
        assert figure in paper
        assert figure in caption
        assert figure in cells
    for part in found.now.themes.values():
        of = say(Phrase("scorecard_of", {"points": part.points, "maximum": part.maximum}), language)
        assert of in words_of(found, language)
        assert of in page
    numbers = scorecard.as_json(found, language)
    assert numbers["score"]["floor"] == float(figures[0])
    assert numbers["score"]["ceiling"] == float(figures[1])


def is_number(cell):
    return isinstance(cell.value, int | float) and cell.value >= 0


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", scorecard.FILES)
def test_the_same_score_gives_the_same_bytes(kind, language):
    one, other = (
        scorecard.file(kind, company(), language),
        scorecard.file(kind, company(), language),
    )

    assert one == other
    assert one.name == f"rscb-2014-scorecard.{scorecard.FILES[kind][0]}"
    assert one.media_type == scorecard.FILES[kind][1]


def test_a_file_that_there_is_not_is_an_error():
    with pytest.raises(KeyError):
        scorecard.file("doc", company(), "en")


def test_the_json_holds_all_that_a_score_prints_and_the_rest(found):
    numbers = json.loads(json.dumps(scorecard.as_json(found, "en")))

    assert (
        numbers.items() >= json.loads(json.dumps(result(found.instrument, found.answers))).items()
    )
    assert [each["item"] for each in numbers["steps"]] == [each.row for each in found.steps]
    assert len(numbers["interpretations"]) == len(found.interpretations)
    assert [each["size"] for each in numbers["sets"]] == [each.size for each in found.sets]
    last = found.before and json.loads(json.dumps(result(found.instrument, found.before)))
    assert numbers["before"] == last


def test_the_json_says_how_much_another_reading_would_take_away():
    levels = Answer(chosen=("7.1.3a", "7.1.3b", "7.1.3c"))
    numbers = scorecard.as_json(company(assessment(1) | {"7.1.3": levels}), "zh")

    effects = {each["id"]: each["effect"] for each in numbers["interpretations"]}
    assert effects["tiers-add-up"] != 0
    assert min(effects.values()) < 0
    places = {each["place"] for each in numbers["interpretations"]}
    assert "引言" in places


# What every page says


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_says_provisional_and_self_reported(found, language):
    banner = BANNER[language]
    pdf = pypdf.PdfReader(BytesIO(scorecard.file("pdf", found, language).content))
    workbook = openpyxl.load_workbook(BytesIO(scorecard.file("xlsx", found, language).content))

    assert all(banner in page.extract_text() for page in pdf.pages)
    assert all(banner in sheet.oddHeader.center.text for sheet in workbook)
    assert banner in scorecard.file("html", found, language).content.decode()
    assert banner in words_of(found, language)
    assert banner in scorecard.caption(found, language)


def test_source_and_edition_are_named_and_a_translation_says_that_it_is_one():
    assert RSCB.source in words_of(company()).replace("\n", " ")
    assert "edition 2014" in scorecard.build(company(), "en").source
    assert RSCB.translation_note["zh"] in words_of(company(), "zh").replace("\n", "")


def test_the_weights_are_called_a_reading_of_the_document():
    (text,) = {
        each.footnote for each in blocks(company(), Table) if "Points of each" in each.caption
    }

    assert "25 × A + 40 × B + 35 × C" in text
    assert "The document gives only the weights" in text


# Floor, ceiling, readings


def test_what_is_open_is_said_with_floor_and_ceiling():
    found = company(assessment(7, 0.6))
    facts = {each.label: each.value for each in blocks(found, Facts)[0].facts}

    assert facts["Floor: the score so far"] == printed(found.now.score.floor)
    assert facts["Ceiling"] == printed(found.now.score.ceiling)
    assert facts["Criteria answered"] == f"{len(found.answers)} of 46"
    assert f"Draft: {len(found.answers)} of 46" in scorecard.build(found, "en").subtitle
    assert table(found, "Points of each").columns[-1].title == "At most"
    assert "at most" in scorecard.caption(found, "en")


def test_where_nothing_is_open_there_is_one_score():
    facts = [each.label for each in blocks(company(), Facts)[0].facts]

    assert "Final score" in facts
    assert "Ceiling" not in facts
    assert table(company(), "Points of each").columns[-1].title == "Of the final score"


def test_the_readings_that_are_known_stand_side_by_side():
    linked = {"1.1c", "1.1d", "11.2b"}
    found = replace(company(), evidenced=linked)

    rows = table(found, "Three readings").rows
    claimed = found.now.score.floor
    assert rows[0][2:] == (printed(claimed), printed(claimed), "0.00")
    evidenced = found.readings.evidenced.score
    less = f"\N{MINUS SIGN}{printed(claimed - evidenced.floor)}"
    assert rows[1][2:] == (printed(evidenced.floor), printed(evidenced.ceiling), less)
    assert rows[2][2:] == (None, None, None)
    assert evidenced.floor < claimed


def test_the_verified_reading_stands_in_front_with_its_difference_from_the_claim():
    found = replace(company(), verified={"1.1c"})

    facts = {each.label: each for each in blocks(found, Facts)[0].facts}

    verified = found.readings.verified.score.floor
    assert facts["Verified"].value == printed(verified)
    assert printed(found.now.score.floor - verified) in facts["Verified"].detail


def test_where_only_the_claim_is_known_the_scorecard_says_so():
    assert not [each for each in blocks(company(), Table) if each.caption.startswith("Three")]
    assert "evidenced reading" in " ".join(each.text for each in blocks(company(), Paragraph))


# Themes


def test_the_chart_shows_every_theme_in_percent_with_its_points():
    found = company(assessment(2))
    chart = scorecard.chart(found, "en")

    assert blocks(found, Chart) == [chart]
    assert [each.label.split()[0] for each in chart.bars] == [str(n) for n in range(1, 15)]
    for bar, part in zip(chart.bars, found.now.themes.values(), strict=True):
        assert bar.value == pytest.approx(100 * part.points / part.maximum)
        assert bar.printed == f"{part.points} of {part.maximum}"
        assert bar.before is None
    assert chart.legend is None


def test_last_time_stands_beside_each_bar():
    found = company()
    chart = scorecard.chart(found, "en")

    assert chart.legend == ("This time", "Last time")
    for bar, part in zip(chart.bars, found.last.themes.values(), strict=True):
        assert bar.before == pytest.approx(100 * part.points / part.maximum)
        assert f"(last time {part.points})" in bar.printed


def test_a_picture_of_the_chart_is_png():
    assert scorecard.file("chart", company(), "zh").content.startswith(b"\x89PNG")


# Caption


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_caption_gives_every_section_and_both_ends_and_fits(found, language):
    caption = scorecard.caption(found, language)

    assert len(caption.encode("utf-16-le")) // 2 <= 1024
    for section in found.instrument.sections:
        assert say(section.title, language) in caption


def test_the_caption_names_the_strongest_and_the_weakest_themes():
    caption = scorecard.caption(company(), "en")

    strong, weak = company().ranked[:3], company().ranked[-3:]
    _, _, ends = caption.partition("Strongest themes: ")
    first, _, last = ends.partition("Weakest themes: ")
    assert all(each.title["en"] in first for each in strong)
    assert all(each.title["en"] in last for each in weak)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_caption_of_long_titles_names_fewer_themes(language):
    def longer(theme):
        return theme.model_copy(update={"title": {"en": "Long 🙂 " * 20, "zh": "很长的标题" * 24}})

    sections = tuple(
        each.model_copy(update={"themes": tuple(map(longer, each.themes))})
        for each in RSCB.sections
    )
    found = replace(company(), instrument=RSCB.model_copy(update={"sections": sections}))

    caption = scorecard.caption(found, language)

    assert len(caption.encode("utf-16-le")) // 2 <= 1024
    assert printed(found.now.score.floor) in caption
    endless = replace(found, name="🙂" * 2000)
    assert len(scorecard.caption(endless, language).encode("utf-16-le")) // 2 <= 1024


def test_a_theme_that_is_not_answered_whole_is_neither_strong_nor_weak():
    answers = {key: answer for key, answer in best().items() if not key.startswith("11.")}

    ranked = company(answers).ranked

    assert "11" not in [theme.id for theme in ranked]
    assert len(ranked) == 13


# Criteria and strengths


def test_every_criterion_stands_there_with_its_points_and_what_was_ticked():
    found = company(assessment(7, 0.6))
    rows = {
        str(row[0]).partition(" ")[0]: row
        for each in blocks(found, Table)
        if each.caption.startswith("Theme ")
        for row in each.rows
    }

    for criterion in RSCB.criteria:
        said, points = rows[criterion.number]
        part = found.now.criteria[criterion.id]
        assert points == f"{part.points} of {part.maximum}"
        answer = found.answers.get(criterion.id, NOTHING)
        for row in criterion.rows:
            assert (f"– {row.wording['en']}" in said.splitlines()) == (row.id in answer.chosen)
        assert ("Not answered yet" in said) == (not answer.given)
        assert ("None of these" in said) == answer.none
    assert "In case subcontracting is allowed" not in rows["3.1"][0]


def test_a_precondition_is_shown_with_its_item():
    ticked = company({"3.2": Answer(chosen=("3.2g",))})

    assert "In case subcontracting is allowed" in words_of(ticked)
    assert ticked.now.criteria["3.2"].maximum == 7


def test_strengths_are_at_or_near_the_maximum_and_the_weightiest_comes_first():
    found = company(assessment(4))

    worths = [found.earned(each) for each in found.strengths]
    assert worths == sorted(worths, reverse=True)
    for criterion in RSCB.criteria:
        part = found.now.criteria[criterion.id]
        assert (criterion in found.strengths) == (Fraction(part.points, part.maximum) >= 0.75)
    rows = table(found, "Criteria at or near").rows
    assert [row[2] for row in rows] == [printed(each) for each in worths[:10]]


def test_more_strengths_than_are_listed_are_counted():
    assert "36 more" in table(company(best()), "Criteria at or near").footnote


def test_without_strengths_the_scorecard_says_so():
    assert "No criterion is at or near its maximum yet." in words_of(company({}))


# Next best steps


def test_a_set_gives_the_score_that_it_promises():
    found = company(assessment(6, 0.7))

    assert [each.size for each in found.sets] == [3, 5, 10]
    for each in found.sets:
        assert len(each.plan.rows) == each.size
        assert scored(RSCB, with_rows(found.answers, each.plan)).score.floor == each.score


def with_rows(answers, plan):
    """The answers with the rows of a plan ticked and those it displaces taken away."""
    changed = dict(answers)
    for criterion in RSCB.criteria:
        more = [row.id for row in criterion.rows if row.id in plan.rows]
        if more:
            held = set(answers.get(criterion.id, NOTHING).chosen) - set(plan.displaced)
            changed[criterion.id] = Answer(chosen=(*held, *more))
    return changed


def test_each_item_of_a_set_is_marked_in_its_sets():
    found = company(assessment(6))
    shown = table(found, "The best further items")

    marks = [[row[3 + n] for row in shown.rows].count("●") for n in range(3)]
    assert marks == [3, 5, 10]
    assert shown.rows[-1][3:] == tuple(printed(each.score) for each in found.sets)
    for row in shown.rows[:-1]:
        step = next(each for each in found.steps if signed(each.worth) == row[2])
        assert row[1] == f"+{step.points}"


def test_of_items_that_exclude_each_other_the_best_is_listed():
    shown = table(company({}), "The best further items")

    listed = [row[0] for row in shown.rows if row[0].startswith("14.1 ")]
    assert len(listed) == 1
    assert "For all of the material topics" in listed[0]


def test_an_item_that_pays_only_together_with_another_is_listed_with_its_set():
    """With the starred item of 1.1 ticked each of the two others alone adds nothing."""
    answers = best() | {"1.1": Answer(chosen=("1.1b",))}
    shown = table(company(answers), "The best further items")

    assert [row[1:3] for row in shown.rows[:-1]] == [("0", "0.00"), ("0", "0.00")]


def test_what_a_step_takes_the_place_of_is_named_if_it_has_points():
    answers = best() | {"3.1": Answer(chosen=("3.1b",)), "3.2": Answer(chosen=("3.2a",))}
    shown = table(company(answers), "The best further items")

    (instead,) = [row for row in shown.rows if row[0].startswith("3.1 ")]
    assert "In place of: There is brief description" in instead[0]
    assert not [row for row in shown.rows if "3.2 " in row[0] and "In place of" in row[0]]


def test_where_all_is_had_no_step_is_left():
    found = company(best())

    assert found.sets == ()
    assert "Nothing is left to gain" in words_of(found)
    assert "Within reach" not in words_of(found)


def test_a_small_gap_has_one_set():
    found = company(best() | {"1.1": Answer(chosen=("1.1c",))})

    assert [(each.size, each.plan.rows, each.score) for each in found.sets] == [
        (1, ("1.1d",), Fraction(100))
    ]


# Open readings


def test_readings_stand_in_the_order_of_their_effect_on_this_score():
    found = company()
    effects = [abs(each.change) for each in found.effects]
    assert effects == sorted(effects, reverse=True)

    moving = table(found, "Readings that would move")
    still = table(found, "Readings without effect")

    assert [row[1] for row in moving.rows] == [
        signed(each.change) for each in found.effects if each.change
    ]
    assert len(moving.rows) + len(still.rows) == len(found.interpretations)
    first = found.effects[0].interpretation
    for text in (first.question, first.default, first.otherwise, first.reason):
        assert text["en"] in moving.rows[0][0]


def test_an_empty_assessment_is_moved_by_no_reading():
    assert not [each for each in blocks(company({}), Table) if "would move" in each.caption]


def test_where_no_place_is_open_nothing_is_said_of_it():
    assert "Where the document can be read otherwise" not in headings(
        replace(company(), interpretations=())
    )


# Last time


def test_what_changed_since_last_time_stands_there_and_nothing_else():
    found = company()
    shown = table(found, "Criteria that changed")

    changed = {
        each.number
        for each in RSCB.criteria
        if found.answers.get(each.id, NOTHING) != found.before.get(each.id, NOTHING)
    }
    assert 0 < len(changed) < 46
    assert {str(row[0]).partition(" ")[0] for row in shown.rows} == changed
    for row in shown.rows:
        criterion = next(each for each in RSCB.criteria if each.number == row[0].partition(" ")[0])
        assert row[1] == found.last.criteria[criterion.id].points
        assert row[2] == found.now.criteria[criterion.id].points
    assert "Was not answered last time." in words_of(found)


def test_items_that_came_and_went_are_named():
    found = company(
        {"1.1": Answer(chosen=("1.1b",)), "7.1.3": Answer(none=True)},
        before={"1.1": Answer(chosen=("1.1c",)), "1.2": Answer(chosen=("1.2b",))},
    )

    one, two, three = table(found, "Criteria that changed").rows
    assert one[0].splitlines()[1:] == [
        "Ticked now:",
        "– A statement regarding RSCM is found",
        "No longer ticked:",
        f"– {RSCB.item('1.1').rows[2].wording['en']}",
    ]
    assert one[3] == "0"
    assert two[0].endswith("Not answered yet")
    assert two[3] == "−1"
    assert three[0].endswith("None of these")


def test_sections_and_themes_stand_beside_those_of_last_time():
    found = company()
    sections = table(found, "Parts of the final score").rows
    themes = table(found, "Points of the themes").rows

    before, now = found.last.score.floor, found.now.score.floor
    assert sections[-1][1:] == (printed(before), printed(now), signed(now - before))
    assert [row[2] for row in themes] == [each.points for each in found.last.themes.values()]
    assert [row[3] for row in themes] == [each.points for each in found.now.themes.values()]
    assert "44 of 46 criteria were answered" in words_of(found)


def test_where_nothing_changed_the_scorecard_says_so():
    answers = assessment(3)

    assert "No criterion changed." in words_of(company(answers, before=answers))


def test_without_a_last_time_nothing_is_compared():
    assert "Compared with last time" not in headings(company(assessment(3)))


# Small print


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(5, 8), "+0.63"),
        (Fraction(-5, 8), "−0.63"),
        (Fraction(1, 1000), "0.00"),
        (Fraction(-1, 1000), "0.00"),
        (Fraction(0), "0.00"),
    ],
)
def test_a_difference_has_a_sign_unless_it_prints_as_nothing(value, expected):
    assert signed(value) == expected


def test_chinese_scorecards_hold_no_english_of_ours():
    page = words_of(company(assessment(8, 0.8), before=assessment(9, 0.5)), "zh")
    ours = page.replace("\n", " ").replace(RSCB.source, "")

    for word in ("score", "Theme", "Section", "points", "Final", "criteria", "introduction"):
        assert word not in ours, word


def test_an_answer_that_was_carried_over_is_marked():
    found = company()
    first = found.instrument.criteria[0].id
    for carried, words in (("confirmed", "Carried over"), ("asked", "not confirmed yet")):
        answers = {**found.answers, first: replace(found.answers[first], carried=carried)}
        rows = blocks(replace(found, answers=answers), Table)
        said = [row[0] for each in rows for row in each.rows if words in str(row[0])]
        assert len(said) == 1
        assert said[0].startswith("1.1")
