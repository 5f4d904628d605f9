"""Odd words in files: reports, exports, mails and the log. No program takes them for its own."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import json
import logging
import re
import sys
import unicodedata
import zipfile
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING
from xml.sax.saxutils import unescape

import openpyxl
import pypdf
import pyreadstat
import pytest

from bot import log, scorecards, shelf
from bot.channels import Attachment, Unreachable
from bot.channels.mail import Letter, Link
from bot.channels.mail_message import build, mailbox, named
from bot.interchange import export_csv, export_json, export_sav, export_xlsx
from bot.interchange.codebook import Codebook, Row, Words
from bot.interchange.variables import variables
from bot.reports import html, pdf, text, xlsx
from bot.reports.document import (
    Bar,
    Chart,
    Column,
    Document,
    Fact,
    Facts,
    Heading,
    Paragraph,
    Quotes,
    Table,
    legible,
)  # fmt: skip
from bot.reports.scorecard.company import CompanyScore
from tests.fuzz.chance import chance, pasted, portions
from tests.fuzz.found_before import found
from tests.fuzz.odd import CHOSEN, strings
from tests.reader import Sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WORDS = [*strings(), *(each["text"] for each in found("strings"))]
STOCK = shelf.read()
RSCB = STOCK.instruments["rscb-2014"]
BOOK = Codebook(RSCB, "2014", variables((RSCB,)), {}, 1, "en", RSCB.items)
ORDERS = "=+-@＝＋－＠"


def telling(some: Sequence[str]) -> Document:
    """A report that says the words wherever somebody's words can stand."""
    return Document(
        title=some[0], subtitle=some[0], language="en", banner=some[0], source=some[0],
        blocks=(
            *(Paragraph(f"a{n}z{each}") for n, each in enumerate(some)),
            Heading(some[0]), Heading(some[0], 2),
            Facts((Fact(some[0], some[0], some[0]),)),
            Quotes(tuple(some)),
            Table(some[0], (Column(some[0]), Column("n", number=True)),
                  tuple((each, n) for n, each in enumerate(some)), some[0]),
            Chart(some[0], (Bar(some[0], 1, some[0], 0.5),), 2, (some[0], some[0])),
        ),
    )  # fmt: skip


def flat(words: str) -> str:
    return " ".join(words.split())


# Reports


def test_a_report_as_a_page_reads_back_and_holds_no_tag_of_anybody() -> None:
    plain = {each.tag for each in Sheet(html.render(telling(["a"]))).controls}
    for some in portions(WORDS, 50):
        page = html.render(telling(some))
        sheet = Sheet(page)
        assert {each.tag for each in sheet.controls} <= plain, pasted(some)
        for n, words in enumerate(some):
            assert flat(f"a{n}z{legible(words)}") in sheet.text, pasted(words)


def test_a_report_as_text_gives_a_terminal_no_orders() -> None:
    for some in portions(WORDS, 50):
        said = text.render(telling(some))
        orders = {
            char for char in said if char != "\n" and unicodedata.category(char) in {"Cc", "Cs"}
        }
        assert orders <= {"\t"}, pasted(some)


def test_a_report_as_a_workbook_holds_strings_and_no_formula() -> None:
    for some in portions(WORDS, 500):
        _check_workbook(
            xlsx.render(telling(some)), {legible(each) for each in some if len(each) < 30_000}
        )


@pytest.mark.parametrize("kept", found("strings"), ids=lambda each: each["why"])
def test_words_that_once_broke_a_workbook_name_its_sheets(kept: dict[str, str]) -> None:
    content = xlsx.render(telling([kept["text"]]))
    _check_workbook(content, {legible(kept["text"])})
    made = openpyxl.load_workbook(io.BytesIO(content))

    assert "History" not in made.sheetnames
    assert all(1 <= len(name.encode("utf-16-le")) // 2 <= 31 for name in made.sheetnames)


def _check_workbook(content: bytes, said: set[str]) -> None:
    there: set[str] = set()
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.startswith("xl/charts/chart"):
                places = re.findall("<c:f>([^<]*)</c:f>", parts.read(name).decode())
                assert all(re.search(r"!\$[A-D]\$\d+(:\$[A-D]\$\d+)?$", each) for each in places)
            if not re.match("xl/(worksheets/sheet|sharedStrings)", name):
                continue
            page = parts.read(name)
            assert b"<f>" not in page
            assert b"<hyperlink" not in page
            there |= {
                _shown(each) for each in re.findall("<t(?: [^>]*)?>([^<]*)</t>", page.decode())
            }
    missing = {each for each in map(_even, said) if each not in there and each.strip()}
    assert not missing, pasted(sorted(missing)[:3])
    book = openpyxl.load_workbook(io.BytesIO(content))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "inlineStr"}


def _shown(written: str) -> str:
    """The text of a cell as a spreadsheet shows it."""
    plain = unescape(written)
    return _even(re.sub("_x([0-9A-Fa-f]{4})_", lambda code: chr(int(code[1], 16)), plain))


def _even(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def test_a_report_as_a_pdf_is_set_whatever_its_words_say() -> None:
    rnd = chance("pdf")
    for some in (rnd.sample(WORDS, 40), [*CHOSEN]):
        pages = pypdf.PdfReader(
            io.BytesIO(pdf.render(telling([each[:200] for each in some])))
        ).pages
        shown = "".join(page.extract_text() for page in pages)
        assert "root:" not in shown
        assert "a1z" in shown, pasted(some)


# Exports


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[list[Path]]:
    return (tmp_path / name for name in ("rows", "book", "texts"))  # type: ignore[return-value]


def told(writer: object) -> None:
    """Write every odd string as somebody's words, and as the name of an edition."""
    writer.begin()
    values = tuple(None for _ in BOOK.variables)
    for words in WORDS:
        writer.words(Words("1", "1.1", "comment", words))
    for words in CHOSEN:
        writer.row(Row(words, {}, values))
    writer.finish()
    writer.close()


def test_a_table_holds_the_words_and_no_formula(parts: Iterator[Path]) -> None:
    files = list(parts)
    told(export_csv.Writer(files, BOOK))

    with files[2].open(encoding="utf-8-sig", newline="") as file:
        csv.field_size_limit(1_000_000)
        rows = list(csv.reader(file))[1:]
    assert len(rows) == len(WORDS)
    for words, row in zip(WORDS, rows, strict=True):
        cell = row[3]
        sendable = words.encode(errors="replace").decode()
        assert cell in {sendable, f"'{sendable}"}, pasted(words)
        assert cell.startswith("'") or not _is_order(cell), pasted(words)
    with files[0].open(encoding="utf-8-sig", newline="") as file:
        assert not [cell for row in csv.reader(file) for cell in row
                    if _is_order(cell) and not cell.startswith("'")]  # fmt: skip


def _is_order(cell: str) -> bool:
    """Whether a spreadsheet could take it for a formula, once what nobody sees is taken away."""
    bare = "".join(
        char
        for char in cell[:100]
        if unicodedata.category(char)[0] not in "ZC" and char not in "\"'"
    )
    return bare[:1] in set(ORDERS) or cell[:1] in {"\t", "\r"}


def test_a_workbook_of_responses_holds_strings_and_no_formula(parts: Iterator[Path]) -> None:
    files = list(parts)
    told(export_xlsx.Writer(files, BOOK))

    said = {each.encode(errors="replace").decode() for each in WORDS if 0 < len(each) <= 32_000}
    _check_workbook(files[0].read_bytes(), said)


def test_lines_of_json_are_one_object_each_and_read_back(parts: Iterator[Path]) -> None:
    files = list(parts)
    told(export_json.Writer(files, BOOK))

    lines = files[0].read_bytes().decode().rstrip("\n").split("\n")
    texts = [each["text"] for each in map(json.loads, lines) if "text" in each and "part" in each]
    assert texts == [each.encode(errors="replace").decode() for each in WORDS]


def test_a_file_for_spss_takes_odd_editions_and_rounds(tmp_path: Path) -> None:
    whole = [each for each in CHOSEN if each.isprintable() and each.strip() and len(each) < 200]
    for round_name in ("=1+1", "轮次" * 60, "'; --"):
        out = tmp_path / "out.sav"
        writer = export_sav.Writer([out], replace(BOOK, round=round_name))
        writer.begin()
        for words in whole:
            writer.row(Row(words, {}, tuple(None for _ in BOOK.variables)))
        writer.finish()
        rows, _ = pyreadstat.read_sav(out, output_format="polars")
        assert list(rows["edition"]) == [each.rstrip() for each in whole]


def test_files_are_named_by_ids_and_never_by_what_somebody_wrote() -> None:
    for words, kind in zip(CHOSEN[::20], ["text", "xlsx", "json"] * len(CHOSEN), strict=False):
        score = CompanyScore(instrument=RSCB, answers={}, name=words)
        try:
            made = scorecards.attachment(kind, score, "en")
        except KeyError:
            continue
        assert re.fullmatch(r"[a-z0-9.-]+", made.name), pasted(words)


# Mails


def test_no_words_become_a_header_of_a_mail() -> None:
    sender, to = named("Assay <assay@assay.test>"), mailbox("anna@example.org")
    plain = _headers(build(_letter("a"), sender, to, None))
    for words in [*WORDS[: len(CHOSEN) + 15], *WORDS[len(CHOSEN) + 15 :: 40]]:
        raw = build(_letter(words), sender, to, None)
        assert _headers(raw) == plain, pasted(words)
        assert max(map(len, raw.split(b"\r\n")), default=0) <= 998, pasted(words)
        assert b"\r" not in raw.replace(b"\r\n", b""), pasted(words)


def _letter(words: str) -> Letter:
    files = (Attachment(words, "text/csv", b"a"), Attachment("x", words, b"a"))
    url = f"https://assay.test/{words}"
    links = (Link(words, words), Link(words, url))
    return Letter(words, (words, words), links, words, "https://assay.test/stop/a", words, files)


def _headers(raw: bytes) -> list[str]:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    return [*message.keys(), str(message["From"]), str(message["To"]), str(message["Bcc"])]


def test_no_words_reach_somebody_else_as_an_address() -> None:
    for words in WORDS:
        for address in (words, f"{words}@example.org", f"a@{words}"):
            try:
                where = mailbox(address)
            except Unreachable:
                continue
            said = where.addr_spec
            assert said.count("@") == 1, pasted(address)
            assert not re.search(r"[\s\x00-\x1f<>,;:]", said), pasted(address)


# The log


@pytest.fixture
def _log_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, "bot", "storage", "flows")]
    before = [(each, each.handlers, each.level) for each in loggers]
    yield
    for each, handlers, level in before:
        each.handlers, each.level = handlers, level
    logging.root.manager._clear_cache()


@pytest.mark.logs_anything
@pytest.mark.usefixtures("_log_as_it_was")
@pytest.mark.parametrize("form", ["json", "console"])
def test_a_record_is_one_line_whatever_it_says(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="\n")
    monkeypatch.setattr(sys, "stderr", written)
    monkeypatch.setattr(logging, "raiseExceptions", False)
    log.configure("debug", form)
    logger, numbers = logging.getLogger("bot.odd"), count()
    for words in WORDS[:: 1 if form == "json" else 4]:
        number = next(numbers)
        logger.warning("said", extra={"reason": words, "error": words, "count": number})
        logger.warning(words[:2_000], extra={"count": number})
    written.flush()
    lines = written.buffer.getvalue().decode()
    assert len(lines.rstrip("\n").splitlines()) == 2 * next(numbers)
    orders = {char for char in lines if unicodedata.category(char) == "Cc" and char != "\n"}
    assert not orders
    if form == "json":
        assert all(json.loads(line)["logger"] == "bot.odd" for line in lines.splitlines())
