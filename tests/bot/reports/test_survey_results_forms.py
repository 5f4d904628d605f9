"""The same figures in every form: text, JSON, HTML, PDF and workbook; and golden reports that a
reviewer can read. ``make accept`` rewrites them.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import openpyxl
import pypdf
import pytest

from bot.reports import html, pdf, text, xlsx
from bot.reports.results import as_json, survey_results
from tests.collecting import assess, best_answers, collect, collect_2021, company, report
from tests.flows.playing import ASI, RSCB, another
from tests.surveymonkey_2021 import respondents

GOLDEN = Path(__file__).parents[2] / "reports"
FIGURE = {"en": re.compile(r"(\d+) % \((\d+)\)"), "zh": re.compile(r"(\d+)%（(\d+)）")}
"""What is written beside a bar: percentage and count."""
LANGUAGES = ("en", "zh")


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite: what the databases count is compared in the tests of storage."""
    return request.getfixturevalue("sqlite_url")


class Tables(HTMLParser):
    """The rows of all tables of a page, and the words between."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.words: list[str] = []
        self._in_cell = False
        self.feed(page)

    def handle_starttag(self, tag, attrs):  # noqa: ARG002 - the library's signature
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag):
        if tag in {"td", "th"}:
            self._in_cell = False

    def handle_data(self, data):
        self.words.append(data)
        if self._in_cell:
            self.rows[-1][-1] += data.strip()


def words_of_pdf(made: bytes) -> str:
    pages = (page.extract_text() for page in pypdf.PdfReader(BytesIO(made)).pages)
    return " ".join("\n".join(pages).split())


def cells_of_workbook(made: bytes) -> list[list[object]]:
    book = openpyxl.load_workbook(BytesIO(made))
    return [[each for each in row if each is not None] for sheet in book for row in sheet.values]


def beside_bars(form) -> list[tuple[int, int]]:
    """Every percentage and count that a chart shows, in order."""
    shown = []
    for question in form["questions"]:
        options = question["options"]
        spread = question.get("combinations", {}).get("distribution", [])
        shown += [(each["percent"], each["count"]) for each in [*options, *spread]]
    return shown


def figures_in(words: str, language: str) -> list[tuple[int, int]]:
    return [(int(percent), int(count)) for percent, count in FIGURE[language].findall(words)]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_figure_beside_a_bar_is_the_same_in_every_form(database, house, language):
    await collect_2021(database, ASI)
    results = await report(database, house)
    document = survey_results.build(results, language)

    expected = beside_bars(as_json.form(results, language))

    assert len(expected) == 47
    page = Tables(html.render(document))
    book = cells_of_workbook(xlsx.render(document))
    assert figures_in(text.render(document), language) == expected
    assert figures_in(" ".join(page.words), language) == expected
    assert figures_in(words_of_pdf(pdf.render(document)), language) == expected
    assert figures_in("\n".join(str(cell) for row in book for cell in row), language) == expected


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_count_and_percentage_of_a_table_is_the_same_in_every_form(
    database, house, language
):
    await collect_2021(database, ASI)
    results = await report(database, house)
    document = survey_results.build(results, language)
    page = Tables(html.render(document)).rows
    book = cells_of_workbook(xlsx.render(document))
    printed = words_of_pdf(pdf.render(document))
    typed = " ".join(text.render(document).split())

    for question in as_json.form(results, language)["questions"]:
        several = "combinations" in question
        for letter, option in zip("abcdefg", question["options"], strict=False):
            label = f"{letter}) {option['label']}" if several else option["label"]
            row = [label, option["count"], option["percent"]]
            assert row in book, (question["number"], row)
            assert [str(each) for each in row] in page, (question["number"], row)
            if len(label) < 30 and language == "en":  # longer ones may be broken over lines
                line = " ".join(map(str, row))
                assert line in printed
                assert line in typed


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", [text, html, pdf, xlsx], ids=lambda each: each.__name__)
async def test_the_same_round_makes_the_same_bytes(database, house, form, language):
    await collect_2021(database, ASI)
    wish = {"compare": ("published-2021",), "by": "q6", "comments": True}

    once, again = [
        form.render(survey_results.build(await report(database, house, **wish), language))
        for _ in range(2)
    ]

    assert once == again


async def test_what_people_wrote_is_words_and_nothing_else(database, house):
    """No markup, no formula: everything as it was typed."""
    await collect_2021(database, ASI)
    document = survey_results.build(await report(database, house, comments=True), "en")

    page = html.render(document)
    book = openpyxl.load_workbook(BytesIO(xlsx.render(document)))

    assert "<b>No" not in page
    assert "&lt;b&gt;No&lt;/b&gt; further remarks &amp; thanks" in page
    formulas = [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert formulas == []
    assert "准备工作很多，但值得。" in words_of_pdf(pdf.render(document)).replace(" ", "")


def golden(name: str, made: str, *, accept: bool) -> None:
    """Compare with what a reviewer has read."""
    path = GOLDEN / name
    if accept:
        path.parent.mkdir(exist_ok=True)
        path.write_text(made, "utf-8")
    assert made == (path.read_text("utf-8") if path.is_file() else "")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_round_of_2021_reads_as_its_golden_report(database, house, accept, language):
    await collect_2021(database, ASI)

    results = await report(database, house, compare=("published-2021",), by="q8", comments=True)

    made = text.render(survey_results.build(results, language))
    golden(f"survey-2021-{language}.txt", made, accept=accept)
    golden(f"survey-2021-{language}.json", as_json.render(results, language), accept=accept)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_three_rounds_read_as_their_golden_report(database, house, accept, language):
    """A published one, one with another wording, and the newest: all that a trend can say."""
    older = another(
        ASI.id, ('edition = "2021"', 'edition = "2022"'), ("Do you foresee", "Will there be")
    )
    house.shelf._editions[ASI.id, "2022"] = older
    said = respondents()
    await collect(database, older, said[:17], round_name="2022")
    few = [
        {**each, "q9": said[0]["q9"]} if n < 3 else without(each, "q9")
        for n, each in enumerate(said[5:24])
    ]
    await collect(database, ASI, few, round_name="2023")

    results = await report(database, house, round="2023", compare=("published-2021", "2022"))

    made = text.render(survey_results.build(results, language))
    golden(f"survey-2023-trend-{language}.txt", made, accept=accept)


def without(answers, item: str):
    return {key: answer for key, answer in answers.items() if key != item}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_self_assessments_read_as_their_golden_report(database, house, accept, language):
    best = best_answers()
    half = {item: best[item] for item in list(best)[::2]}
    sent = [best, {**company(), **half}, company(), {**company(**{"1.1": "1.1c"})}, company()]
    await assess(database, RSCB, *sent)

    results = await report(database, house, instrument=RSCB.id)

    made = text.render(survey_results.build(results, language))
    golden(f"benchmark-{language}.txt", made, accept=accept)
