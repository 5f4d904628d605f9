"""One document in every form: the same words and figures, and nothing that bites."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import axe_playwright_python
import openpyxl
import pypdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from bot.reports import html, pdf, picture, text, xlsx
from bot.reports.document import Bar, Chart, Paragraph, legible
from bot.texts import LANGUAGES, catalogue
from tests.browser import chromium
from tests.documents import HOSTILE, LABEL, sample
from tests.flows.playing import ALL, INSTALLED
from tests.fonts import FOLDER, gb2312

if TYPE_CHECKING:
    from bot.reports.document import Document

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
PNG = b"\x89PNG\r\n\x1a\n"


def words_of_pdf(document: Document) -> list[str]:
    read = pypdf.PdfReader(BytesIO(pdf.render(document)))
    return [page.extract_text() for page in read.pages]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_same_document_gives_the_same_bytes(language):
    document = sample(language)

    assert pdf.render(document) == pdf.render(document)
    assert xlsx.render(document) == xlsx.render(document)
    assert html.render(document) == html.render(document)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_pdf_carries_banner_source_and_number(language):
    document = sample(language)

    pages = words_of_pdf(document)

    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert document.banner in page
        assert document.source in page
        assert f"{number} / {len(pages)}" in page


def test_a_table_repeats_its_header_on_every_page_it_reaches():
    pages = words_of_pdf(sample())[-2:]

    assert all("Item" in page and "Score" in page for page in pages)


def test_chinese_can_be_copied_out_of_the_pdf():
    assert LABEL["zh"][:8] in "".join(words_of_pdf(sample("zh"))).replace("\n", "")


def test_the_pdf_claims_to_be_accessible_and_names_its_title_and_language():
    read = pypdf.PdfReader(BytesIO(pdf.render(sample("zh"))))

    assert read.metadata.title == sample("zh").title
    assert read.trailer["/Root"]["/Lang"] == "zh"
    assert b"pdfuaid" in read.trailer["/Root"]["/Metadata"].get_data()


def test_a_character_without_a_glyph_costs_the_claim_and_not_the_report():
    document = replace(sample(), blocks=(Paragraph("A company named \U0001f600"),))

    read = pypdf.PdfReader(BytesIO(pdf.render(document)))

    assert "A company named" in read.pages[0].extract_text()
    assert b"pdfuaid" not in read.trailer["/Root"]["/Metadata"].get_data()


def test_what_participants_wrote_is_never_read_as_markup():
    whole = "\n".join(words_of_pdf(sample()))

    for each in HOSTILE:
        assert each in whole.replace("\n", " ")


def test_a_pdf_is_drawn_page_by_page():
    drawn = pypdfium2.PdfDocument(pdf.render(sample()))

    assert all(page.get_width() < page.get_height() for page in drawn)


def test_a_picture_is_about_1200_pixels_wide_and_grows_with_its_bars():
    chart = Chart("Shares", tuple(Bar(f"Theme {n}", n, str(n)) for n in range(14)), 14)
    few = replace(chart, bars=chart.bars[:2])

    sizes = []
    for each in (chart, few):
        found = picture.render(each, title="Score", subtitle="41", language="en", banner="b")
        assert found.startswith(PNG)
        sizes.append((int.from_bytes(found[16:20]), int.from_bytes(found[20:24])))

    assert all(1150 <= width <= 1250 for width, _ in sizes)
    assert sizes[0][1] > sizes[1][1]


def test_a_picture_without_bars_or_banner_is_drawn_all_the_same():
    chart = Chart("Nothing", (), 0, ("now", "before"))

    assert picture.render(chart, title="t", subtitle="", language="zh", banner="").startswith(PNG)


def test_the_page_holds_no_script_and_fetches_nothing():
    page = html.render(sample())

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not {"src=", "url(", "@import", "<link"} & {
        each for each in ("src=", "url(", "@import", "<link") if each in page
    }
    assert '<html lang="en">' in page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_an_audit_finds_no_barrier_on_the_page(language, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(html.render(sample(language)), "utf-8")
    async with chromium() as browser:
        page = await browser.new_page(viewport={"width": 390, "height": 844})
        await page.goto(file.as_uri())
        await page.evaluate(AXE)
        found = await page.evaluate("axe.run({resultTypes: ['violations']})")
        wide = await page.evaluate("document.documentElement.scrollWidth")

    assert {each["id"]: [at["html"] for at in each["nodes"]] for each in found["violations"]} == {}
    assert wide <= 390


def test_a_workbook_holds_words_as_words_and_numbers_as_numbers():
    book = openpyxl.load_workbook(BytesIO(xlsx.render(sample())))

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert all(cell.hyperlink is None for cell in cells)
    assert set(HOSTILE) <= {cell.value for cell in cells}
    assert any(cell.value == 69 and cell.data_type == "n" for cell in cells)


def test_sheets_have_names_that_a_workbook_can_hold():
    names = openpyxl.load_workbook(BytesIO(xlsx.render(sample()))).sheetnames

    assert len(names) == len({name.casefold() for name in names}) == 3
    assert all(len(name) <= 31 and not set("[]:*?/\\") & set(name) for name in names)


def test_a_workbook_prints_the_banner_on_every_page():
    book = openpyxl.load_workbook(BytesIO(xlsx.render(sample())))

    assert all(sheet.oddHeader.left.text == sample().banner for sheet in book)
    assert all("&" in sheet.oddFooter.left.text for sheet in book)


def test_columns_of_text_line_up_in_both_languages():
    for language in LANGUAGES:
        lines = text.render(sample(language, rows=9), 80).splitlines()
        first = next(n for n, line in enumerate(lines) if line.startswith("Item"))
        table = [line for line in lines[first : first + 9] if line]
        assert {text.columns(line) for line in table[1:2]} == {text.columns(table[0])}
        assert max(map(text.columns, lines)) <= 80


def test_text_shows_what_is_withheld_as_a_dash():
    assert "7.  " in text.render(sample(rows=7))
    assert text.render(sample(rows=7)).rstrip().splitlines()[-3].endswith("–")


def test_bars_of_text_are_as_long_as_their_share():
    drawn = [line for line in text.render(sample()).splitlines() if "█" in line]

    assert drawn[0].count("█") == 3
    assert drawn[7].count("█") == 24


def test_what_no_reader_sees_is_left_out_of_every_form():
    document = replace(sample(), blocks=(Paragraph("a\x00b\x07c\ud800d￾"),))

    assert legible("a\x00b\x07c\ud800d￾\n") == "abcd\n"
    assert "abcd" in text.render(document)
    assert "abcd" in html.render(document)
    assert "abcd" in words_of_pdf(document)[0]
    book = openpyxl.load_workbook(BytesIO(xlsx.render(document)))
    assert "abcd" in {cell.value for row in book.worksheets[0].iter_rows() for cell in row}


def test_every_character_that_reports_can_say_has_a_glyph():
    said = gb2312()
    for language in LANGUAGES:
        for message in catalogue(language):
            words = message.string if isinstance(message.string, tuple) else (message.string,)
            said |= {ord(each) for word in words for each in word}
    for instrument in ALL:
        for file in (INSTALLED / instrument.id).glob("**/*.toml"):
            said |= {ord(each) for each in file.read_text("utf-8")}

    for name in ("Regular", "Bold"):
        glyphs = TTFont(FOLDER / f"NotoSansSC-{name}.ttf").getBestCmap()
        missing = {chr(each) for each in said - glyphs.keys() if chr(each).isprintable()}
        assert missing == set()


def test_the_fonts_come_with_their_licence():
    assert "SIL Open Font License" in (FOLDER / "OFL.txt").read_text("utf-8")
