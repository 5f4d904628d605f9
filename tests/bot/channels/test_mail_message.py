"""A letter as a mail: what its parts say, and that no text can become a header."""

from __future__ import annotations

import email
import email.policy
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import Attachment, Unreachable
from bot.channels.mail import Letter, Link
from bot.channels.mail_message import build, mailbox, named

if TYPE_CHECKING:
    from email.message import EmailMessage

ANNA = mailbox("anna@example.org")
HOUSE = named("Assay <assay@assay.test>")
ALWAYS = ["Date", "Message-ID", "From", "To", "Subject", "Auto-Submitted", "MIME-Version"]
ALWAYS += ["Content-Type"]


def mail(letter: Letter, to: str = "anna@example.org") -> EmailMessage:
    raw = build(letter, HOUSE, mailbox(to), None)
    return email.message_from_string(raw.decode(), policy=email.policy.default)


def part(message: EmailMessage, kind: str) -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


class Page(HTMLParser):
    """The words, links and pictures of a page, as a browser would find them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str | None] = []
        self.pictures: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.language: str | None = None
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        if tag == "html":
            self.language = found["lang"]
        if tag == "a":
            self.links.append(found["href"])
        if tag == "img":
            self.pictures.append(found)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


LETTER = Letter(
    "Your scorecard",
    ("Dear Anna,\nthank you.", "5 < 7 & that is fine."),
    links=(Link("Open", "https://assay.test/s/abc?a=1&b=2"),),
    language="en",
    stop_url="https://assay.test/stop/abc",
    stop_label="No more letters",
    files=(
        Attachment("chart.png", "image/png", b"\x89PNG-bytes", "Score by part"),
        Attachment("评分.xlsx", "application/vnd.openxmlformats", b"PK-bytes", "All figures"),
        Attachment("notes.csv", "text/csv; charset=utf-8", "é,ü\n".encode()),
    ),
)


def test_the_text_is_complete_on_its_own() -> None:
    assert (
        part(mail(LETTER), "plain")
        == """\
Dear Anna,
thank you.

5 < 7 & that is fine.

Score by part

All figures

Open: https://assay.test/s/abc?a=1&b=2

-- 
No more letters: https://assay.test/stop/abc
"""  # noqa: W291 - a space after two dashes is how mail programs know a signature
    )


def test_the_page_says_the_same_and_shows_pictures_from_inside_the_mail() -> None:
    message = mail(LETTER)
    page = Page(part(message, "html"))
    words = " ".join("".join(page.words).split())

    assert page.language == "en"
    assert page.links == ["https://assay.test/s/abc?a=1&b=2", "https://assay.test/stop/abc"]
    for said in ("thank you.", "5 < 7 & that is fine.", "Score by part", "All figures", "Open"):
        assert said in words
    (picture,) = page.pictures
    (image,) = (each for each in message.walk() if each.get_content_type() == "image/png")
    assert image["Content-ID"] == f"<{(picture['src'] or '').removeprefix('cid:')}>"
    assert picture["alt"] == "Score by part"
    assert image.get_content() == b"\x89PNG-bytes"


def test_nothing_in_the_page_is_fetched_from_elsewhere() -> None:
    source = part(mail(LETTER), "html")

    assert "src=" in source
    assert not [each for each in source.split('src="')[1:] if not each.startswith("cid:")]
    assert "url(" not in source
    assert not {"script", "link", "style"} & set(Page(source).tags)


def test_files_are_attached_with_their_names() -> None:
    files = list(mail(LETTER).iter_attachments())

    assert [file.get_filename() for file in files] == ["评分.xlsx", "notes.csv"]
    assert files[0].get_content() == b"PK-bytes"
    assert files[1].get_content() == "é,ü\n"


def test_the_headers_say_who_when_and_how_to_stop() -> None:
    raw = build(LETTER, HOUSE, ANNA, named("Office <office@assay.test>"))
    message = email.message_from_bytes(raw, policy=email.policy.default)

    assert message["From"] == "Assay <assay@assay.test>"
    assert message["To"] == "anna@example.org"
    assert message["Reply-To"] == "Office <office@assay.test>"
    assert message["Message-ID"].endswith("@assay.test>")
    assert parsedate_to_datetime(message["Date"]).tzinfo is not None
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<https://assay.test/stop/abc>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "https://",
        "https://[broken",
        "https://x.test/\r\nBcc: a@b.c",
        "https://x.test/ a",
        "https://x.test/>,<mailto:a@b.c",
        "https://x.test/=?utf-8?q?=0ABcc:x?=",
    ],
)
def test_what_is_no_web_address_is_no_way_to_stop(url: str) -> None:
    assert mail(Letter("x", ("y",), stop_url=url)).keys() == ALWAYS


def test_a_long_way_to_stop_stays_in_one_line() -> None:
    url = "https://assay.test/" + "a" * 500

    raw = build(Letter("x", ("y",), stop_url=url), HOUSE, ANNA, None)

    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in raw


def test_a_link_that_a_browser_would_run_stands_as_words() -> None:
    page = Page(part(mail(Letter("x", ("y",), (Link("Go", "javascript:alert(1)"),))), "html"))

    assert page.links == []
    assert "Go: javascript:alert(1)" in page.words


ANYTHING = st.text(st.characters(), max_size=200) | st.text(
    "a=?utf-8qb 0A\r\n:<>é中\x00", max_size=80
)


@given(ANYTHING)
def test_a_subject_is_one_header_whatever_it_says(subject: str) -> None:
    message = mail(Letter(subject, ("y",)))

    assert message.keys() == ALWAYS
    shown = str(message["Subject"])
    assert "\n" not in shown
    assert "\r" not in shown


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=300))
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    written = " ".join(subject.split()).replace("=?", "= ?")

    assert str(mail(Letter(subject, ("y",)))["Subject"]) == written


@given(ANYTHING, ANYTHING, ANYTHING)
def test_no_text_becomes_markup_or_a_header(words: str, label: str, name: str) -> None:
    file = Attachment(name, "image/png", b"x", words)
    plain = mail(Letter("x", ("y",), (Link("l", "https://x.test"),), files=(file,)))
    odd = mail(Letter("x", (words,), (Link(label, "https://x.test"),), words, files=(file,)))

    assert odd.keys() == plain.keys() == ALWAYS
    tags = [tag for tag in Page(part(odd, "html")).tags if tag not in {"br", "figcaption"}]
    expected = Page(part(plain, "html")).tags
    assert tags == [tag for tag in expected if tag not in {"br", "figcaption"}]


@given(ANYTHING, ANYTHING, st.binary(max_size=20))
def test_a_file_is_attached_whatever_it_is_called(name: str, media_type: str, data: bytes) -> None:
    message = mail(Letter("x", ("y",), files=(Attachment(name, media_type, data),)))

    (file,) = message.iter_attachments()
    assert file.get_payload(decode=True) == data
    assert sorted(file.keys()) == [
        "Content-Disposition",
        "Content-Transfer-Encoding",
        "Content-Type",
        "MIME-Version",
    ]


@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=40))
def test_an_address_is_refused_or_written_as_it_is(local: str, domain: str) -> None:
    try:
        where = mailbox(f"{local}@{domain}")
    except Unreachable:
        return
    message = mail(Letter("x", ("y",)), f"{local}@{domain}")

    assert message.keys() == ALWAYS
    (found,) = message["To"].addresses
    assert found == where


@given(st.from_regex(r"\A[a-z0-9.=?+_'!{}-]{1,64}@[a-z0-9-]{1,63}(\.[a-z0-9-]{1,60}){0,2}\Z"))
def test_a_long_address_stays_whole(address: str) -> None:
    try:
        mailbox(address)
    except Unreachable:
        return

    (found,) = mail(Letter("x", ("y",)), address)["To"].addresses
    assert found.addr_spec == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@example.org",
        "anna@example.org\r\nBcc: x@example.org",
        "anna\n@example.org",
        "anna@example.org, bert@example.org",
        "<anna@example.org>",
        "a b@example.org",
        "=?utf-8?q?=0A?=@example.org",
        "anna..b@example.org",
        "anna@straße.de",
        "anna@example..org",
        "anna@\ud800.org",
        "\ud800@example.org",
        "a" * 65 + "@example.org",
    ],
)
def test_what_is_no_address_is_unreachable(address: str) -> None:
    with pytest.raises(Unreachable):
        mailbox(address)


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("anna@Example.org", "example.org"),
        (" anna@example.org\n", "example.org"),
        ("anna@MÜLLER.de", "xn--mller-kva.de"),
        ("anna@xn--mller-kva.de", "xn--mller-kva.de"),
        ("安娜@例子.中国", "xn--fsqu00a.xn--fiqs8s"),
    ],
)
def test_a_domain_is_written_in_ascii(address: str, domain: str) -> None:
    assert mailbox(address).domain == domain
