"""The pages as somebody uses them whose browser runs no scripts, and as htmx asks for them."""

from __future__ import annotations

import asyncio
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from bot import tokens
from bot.channels import web, web_pages
from bot.texts import LANGUAGES, catalogue
from flows.card import Card, Line
from storage import people
from storage.contacts import Contact
from tests.invited import invited
from tests.reader import Reader, Sheet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation
    from storage.database import Database

SURVEY = "ASI Certification Survey 2021"
BENCHMARK = "Responsible Supply Chain Benchmark 2014"
TOKEN = "a-token-that-nobody-guesses"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages know no database; one is enough for them."""
    return sqlite_url


def browsing(talk: Conversation, public_url: str = "http://assay.test") -> httpx.AsyncClient:
    pages = web.app(talk, public_url=public_url)
    transport = httpx.ASGITransport(pages, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=public_url)


@pytest.fixture
async def client(talk: Conversation) -> AsyncIterator[httpx.AsyncClient]:
    async with browsing(talk) as opened:
        yield opened


@pytest.fixture
async def reader(client: httpx.AsyncClient) -> Reader:
    somebody = Reader(client)
    await somebody.looks()
    return somebody


@pytest.fixture
async def other(talk: Conversation) -> AsyncIterator[Reader]:
    """Somebody else, or the same person at another device."""
    async with browsing(talk) as opened:
        yield Reader(opened)


async def link(database: Database, clock_seconds: int = 2_000_000_000) -> str:
    """An invitation to the survey, in Chinese."""
    contact = Contact("Mei", "Sample", "mei@example.org", "zh", "", "")
    instrument = "asi-certification-survey-2021"
    async with database.writing() as tx:
        await invited(tx, contact, instrument, tokens.digest(TOKEN), expires_at=clock_seconds)
    return f"/i/{TOKEN}"


async def at_place(reader: Reader, place: str) -> Sheet:
    """The survey at a place, by the button of the overview that leads there."""
    if "k:take" in reader.page.html:
        await reader.presses(SURVEY)
    await reader.sends(press="g:cn")
    return await reader.sends(press=f"g:{place}")


# A visit


async def test_looking_around_leaves_nothing_behind(reader: Reader, database: Database) -> None:
    for path in ("/", "/page/help", "/page/privacy", "/page/mydata", "/page/code", "/continue"):
        await reader.looks(path)
        assert reader.answer is not None
        assert reader.answer.status_code == 200
        assert "set-cookie" not in reader.answer.headers
    async with database.reading() as tx:
        assert await people.at_address(tx, "web", "") is None


async def test_a_visit_begins_with_the_first_press_and_is_kept_as_a_hash(
    reader: Reader, database: Database
) -> None:
    await reader.presses(SURVEY)

    secret = reader.client.cookies["assay_visit"]
    assert len(secret) == 43
    async with database.reading() as tx:
        assert await people.at_address(tx, "web", secret) is None
        assert await people.at_address(tx, "web", hashlib.sha256(secret.encode()).hexdigest())


@pytest.mark.parametrize(
    ("public_url", "secure"), [("http://assay.test", False), ("https://assay.test", True)]
)
async def test_no_script_and_no_other_site_gets_to_see_the_cookie(
    talk: Conversation, public_url: str, secure: bool
) -> None:
    async with browsing(talk, public_url) as client:
        answer = await client.post("/press", data={"press": "k:help"})

    said = answer.headers["set-cookie"].lower()
    assert "httponly" in said
    assert "samesite=lax" in said
    assert f"max-age={180 * 86_400}" in said
    assert ("secure" in said) is secure


async def test_behind_https_a_cookie_that_a_neighbour_can_plant_is_none(talk: Conversation) -> None:
    """A name that begins with __Host- is taken from this host alone, whole and over https."""
    transport = httpx.ASGITransport(web.app(talk, public_url="https://assay.test"))
    async with httpx.AsyncClient(transport=transport, base_url="https://assay.test") as client:
        client.cookies.set("assay_visit", "x" * 43)
        answer = await client.post("/press", data={"press": "k:take:tea-break"})
        said = answer.headers["set-cookie"]

    assert said.startswith("__Host-assay_visit=")
    assert "x" * 43 not in said
    assert "; path=/;" in said.lower()
    assert "domain" not in said.lower()


async def test_a_cookie_that_is_not_of_our_making_counts_as_none(client: httpx.AsyncClient) -> None:
    client.cookies.set("assay_visit", "planted")

    answer = await client.post("/press", data={"press": "k:help"})

    assert "assay_visit=planted" not in answer.headers["set-cookie"]


async def test_forgetting_takes_the_cookie_along(reader: Reader) -> None:
    await reader.presses(SURVEY)
    await reader.looks("/page/forget")

    await reader.presses("Yes, delete everything")

    assert "Everything that was tied to you here has been deleted" in reader.page.text
    assert "assay_visit" not in reader.client.cookies


# A walk without scripts


async def test_a_press_is_answered_with_the_next_page(reader: Reader) -> None:
    await reader.presses(SURVEY)
    await reader.presses("Start")

    answer = await reader.client.post(
        "/press", data={**reader.page.hidden(), "press": "t:q1:q1a:1"}
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = await reader.looks()
    assert [row.attributes["aria-pressed"] for row in page.all("button", **{"class": "row"})][
        :2
    ] == ["true", "false"]
    assert page.one("p", role="status").label.startswith("Saved · 1.")


async def test_a_survey_is_answered_from_the_front_page_to_the_receipt(reader: Reader) -> None:
    await reader.presses(SURVEY)
    await reader.presses("Start")
    for item, answer in (
        ("q1", "t:q1:q1a:1"), ("q3", "c:q3:q3b"), ("q4", "c:q4:q4b"), ("q5", "c:q5:q5c"),
        ("q6", "c:q6:q6b"), ("q7", "c:q7:q7c"), ("q8", "c:q8:q8d"), ("q9", "c:q9:q9c"),
        ("q10", "c:q10:q10b"),
    ):  # fmt: skip
        await at_place(reader, f"it:{item}")
        await reader.sends(press=answer)
    await reader.presses("Review")

    await reader.presses("Send")

    assert "Thank you" in reader.page.text


async def test_a_refusal_says_why_on_the_same_page(reader: Reader) -> None:
    await at_place(reader, "re")

    page = await reader.presses("Send")

    assert reader.answer is not None
    assert reader.answer.status_code == 422
    assert page.alert().startswith("Not sent yet. Still needed: 1;")
    assert page.one("title").label.startswith("Error: Review before sending")


async def test_a_page_that_lies_open_since_long_still_counts_for_its_own_question(
    reader: Reader,
) -> None:
    old = await at_place(reader, "it:q1")
    await at_place(reader, "it:q6")
    reader.page = old

    page = await reader.sends(press="t:q1:q1b:1")

    assert page.all("button", id="row-2")[0].attributes["aria-pressed"] == "true"


async def test_somebody_elses_form_changes_nothing(reader: Reader, other: Reader) -> None:
    await at_place(reader, "it:q1")
    await other.looks()
    await at_place(other, "it:q1")
    other.page = reader.page

    page = await other.sends(press="t:q1:q1a:1")

    assert page.alert() == "That card is no longer the current one. Here is where you are."


@pytest.mark.parametrize(
    "text", ["<b>bold</b>", '"><script>alert(1)</script>', "{{ 7 * 7 }}", "\n\nleading"]
)
async def test_words_come_back_as_they_were_written(reader: Reader, text: str) -> None:
    await at_place(reader, "it:q11")

    page = await reader.writes(text)

    assert page.one("textarea").text.removeprefix("\n") == text.strip()


# Words


async def test_words_are_kept_whatever_is_pressed_beside_them(reader: Reader) -> None:
    await at_place(reader, "it:q11")

    page = await reader.sends(press="re", text="Before I forget")

    assert page.one("textarea").text.strip() == "Before I forget"
    assert page.one("p", role="status").label == "Saved · 11. Before I forget"


async def test_words_that_were_not_touched_hold_nobody_up(reader: Reader) -> None:
    await at_place(reader, "it:q11")
    await reader.writes("Two\r\nlines")

    page = await reader.sends(press=reader.page.code("Next"), text="Two\r\nlines")

    assert page.one("h1").label.startswith("12.")


async def test_deleting_words_does_not_save_them_first(reader: Reader) -> None:
    await at_place(reader, "it:q11")
    await reader.writes("Something")

    page = await reader.sends(press=reader.page.code("Delete this text"), text="Something else")

    assert page.one("textarea").text.strip() == ""


async def test_words_that_are_refused_stay_to_be_put_right(reader: Reader) -> None:
    await at_place(reader, "it:q12")
    await reader.presses("3 Email Address")

    page = await reader.writes("name@company")

    field = page.one("input", id="text")
    assert field.attributes["value"] == "name@company"
    assert field.attributes["aria-invalid"] == "true"
    assert page.alert().startswith("That is not an e-mail address.")
    assert (await reader.sends(press=page.code("Skip"), text="name@company")).all("h2") == []


async def test_beside_a_refusal_nothing_is_said_to_be_saved(reader: Reader) -> None:
    await at_place(reader, "it:q12")
    await reader.presses("1 Name")
    await reader.writes("Anna")
    page = await reader.writes("ACME")
    assert page.one("input", id="text").attributes["type"] == "email"
    assert "Saved" in page.text

    page = await reader.writes("name@company")

    assert page.alert().startswith("That is not an e-mail address.")
    assert "Saved" not in page.text


async def test_words_where_none_are_asked_for_change_nothing(reader: Reader) -> None:
    await at_place(reader, "it:q1")

    page = await reader.sends(press="", text="improve")

    assert page.alert().startswith("That was not understood.")


async def test_browsers_may_fill_in_names_and_addresses(reader: Reader) -> None:
    await at_place(reader, "it:q12")
    await reader.presses("1 Name")
    name = reader.page.one("input", id="text").attributes
    await reader.writes("Mei Lin")
    await reader.presses("Skip")
    email = reader.page.one("input", id="text").attributes

    assert (name["type"], name["autocomplete"]) == ("text", "name")
    assert (email["type"], email["autocomplete"]) == ("email", "email")


# As htmx asks


async def test_a_swap_gets_the_card_alone_with_its_title(reader: Reader) -> None:
    await at_place(reader, "it:q1")

    page = await reader.swaps(press="t:q1:q1a:1")

    assert reader.answer is not None
    assert reader.answer.status_code == 200
    assert page.all("html") == []
    assert page.one("title").label.startswith("1. What have been the main drivers")


async def test_a_swap_gets_its_refusal_with_the_card(reader: Reader) -> None:
    await at_place(reader, "re")

    page = await reader.swaps(press="s")

    assert reader.answer is not None
    assert reader.answer.status_code == 200
    assert page.alert().startswith("Not sent yet.")


@pytest.mark.parametrize(
    ("press", "path"),
    [
        ("k:help", "/page/help"),
        ("k:privacy", "/page/privacy"),
        ("k:continue", "/continue"),
        ("k:language:zh", "/"),
    ],
)
async def test_a_swap_is_sent_to_whole_pages(reader: Reader, press: str, path: str) -> None:
    await at_place(reader, "it:q1")

    await reader.swaps(press=press)

    assert reader.answer is not None
    assert reader.answer.headers["hx-redirect"] == path


async def test_the_first_swap_of_a_visit_loads_the_whole_page(reader: Reader) -> None:
    """What stands around the card is another one for somebody who is known."""
    await reader.swaps(press="k:take:rscb-2014")

    assert reader.answer is not None
    assert reader.answer.headers["hx-redirect"] == "/"


# Pages around it


async def test_a_button_for_a_page_leads_to_its_address(reader: Reader) -> None:
    await at_place(reader, "pa")

    page = await reader.presses("Continue on another device")

    assert reader.answer is not None
    assert reader.answer.url.path.startswith("/page/code.")
    assert re.search(r"Your code: \w{5}-\w{5}", page.text)
    assert page.all("a", href="/")[-1].label == "Back to where you were"


async def test_a_code_continues_at_another_device(reader: Reader, other: Reader) -> None:
    await at_place(reader, "it:q6")
    await reader.looks("/page/code")
    code = re.findall(r"\w{5}-\w{5}", (await reader.presses("Make a code")).text)[0]
    await other.looks("/continue")

    answer = await other.client.post("/continue", data={"text": f" {code.lower()} "})

    assert answer.headers["location"] == "/"
    assert (await other.looks()).one("h1").label.startswith("6.")


async def test_the_page_for_a_code_has_one_address(client: httpx.AsyncClient) -> None:
    answer = await client.get("/page/continue")

    assert answer.headers["location"] == "/continue"


async def test_a_wrong_code_is_refused_where_it_was_typed(other: Reader) -> None:
    answer = await other.client.post("/continue", data={"text": "AAAAA-AAAAA"})

    page = Sheet(answer.text)
    assert answer.status_code == 422
    assert page.alert().startswith("This code does not fit.")
    assert page.one("input", id="text").attributes["value"] == "AAAAA-AAAAA"


async def test_looking_at_a_link_opens_nothing(
    reader: Reader, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    path = await link(database)
    for _ in range(3):
        page = await reader.looks(path)

    assert reader.answer is not None
    assert reader.answer.headers["referrer-policy"] == "no-referrer"
    assert page.one("button", **{"class": "primary"}).label == "Open"
    answer = await reader.client.post(path)
    assert answer.headers["location"] == "/"
    assert (await reader.looks()).one("h1").label == "2021 年 ASI 认证调查"
    assert TOKEN not in caplog.text


async def test_a_link_is_opened_by_one_person_and_by_them_again(
    reader: Reader, other: Reader, database: Database
) -> None:
    path = await link(database)
    await reader.client.post(path)

    again = await reader.client.post(path)
    late = await other.client.post(path)

    assert again.status_code == 303
    assert late.status_code == 422
    assert Sheet(late.text).alert().startswith("This link does not open anything")


async def test_a_link_that_is_pressed_twice_at_once_opens_for_one_and_the_same(
    client: httpx.AsyncClient, database: Database
) -> None:
    path = await link(database)
    await client.get(path)

    answers = await asyncio.gather(client.post(path), client.post(path))

    assert [answer.status_code for answer in answers] == [303, 303]
    assert "ASI 认证调查" in (await client.get("/")).text


async def test_a_secret_that_nobody_stands_behind_is_replaced_by_the_link(
    client: httpx.AsyncClient, database: Database
) -> None:
    client.cookies.set("assay_visit", "x" * 43)

    answer = await client.get(await link(database))

    assert f"assay_visit={'x' * 43}" not in answer.headers["set-cookie"]


async def test_a_damaged_link_says_so(reader: Reader) -> None:
    page = await reader.looks("/i/not%20a%20token")

    assert reader.answer is not None
    assert reader.answer.status_code == 404
    assert page.alert().startswith("This link does not open anything")


# Languages


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("fr, zh;q=0.1", "zh-Hans"),
        ("en;q=0.5, zh;q=0.4", "en"),
        ("zh;q=0", "en"),
        ("zh;q=much", "en"),
        ("de", "en"),
        ("", "en"),
    ],
)
async def test_a_stranger_is_spoken_to_as_the_browser_asks(
    reader: Reader, header: str, tag: str
) -> None:
    page = await reader.looks("/", **{"Accept-Language": header})

    assert page.one("html").attributes["lang"] == tag


async def test_a_language_in_the_address_is_carried_along(reader: Reader) -> None:
    page = await reader.looks("/?language=zh")

    links = {each.attributes["href"] for each in page.all("a")}
    assert {"/page/help?language=zh", "/page/privacy?language=zh"} <= links
    await reader.sends(press="k:take:asi-certification-survey-2021")
    assert reader.page.one("html").attributes["lang"] == "zh-Hans"


@pytest.mark.parametrize(
    ("path", "lands"),
    [("/page/help", "/page/help"), ("/continue", "/continue"), ("//evil.example", "/"), ("", "/")],
)
async def test_choosing_a_language_keeps_the_page_and_leads_nowhere_else(
    reader: Reader, path: str, lands: str
) -> None:
    await at_place(reader, "it:q1")

    answer = await reader.client.post("/language", data={"language": "zh", "path": path})

    assert (answer.status_code, answer.headers["location"]) == (303, lands)
    assert (await reader.looks()).one("h1").label.startswith("1. 贵公司")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_holds_what_pages_say_and_nothing_more(language: str) -> None:
    folder = Path(web_pages.__file__).parent
    sources = [*folder.glob("web*.py"), *folder.glob("web_templates/*.html")]
    text = "".join(path.read_text("utf-8") for path in sources)
    used = set(re.findall(r'"(web_[a-z_]+)"', text)) - {"web_static", "web_templates"}
    plain = {*web._ERRORS.values(), "unreadable", "link", "no_link", "continue", "scorecard"}
    plain |= {"ask", "desk", "stop", "stopped", "declined"}
    used |= {f"web_{key}_{part}" for key in plain for part in ("title", "text")}

    kept = {str(each.id) for each in catalogue(language) if str(each.id).startswith("web_")}

    assert kept == used


def test_headings_go_down_by_one_level_at_a_time() -> None:
    def headings(states: str) -> list[int]:
        lines = tuple(
            Line("", "x", None, "heading" if each == "#" else "open", None) for each in states
        )
        return list(web_pages.levels(Card("contents", "x", lines=lines)).values())

    assert headings("#..#.") == [2, 2]
    assert headings("##.#.##.") == [2, 3, 3, 2, 3]
    assert headings("##.#.###.#.") == [2, 3, 3, 2, 3, 4, 4]
