"""The pages in a real Chromium: with and without scripts, by keyboard, small, dark, and audited."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import axe_playwright_python
import pytest

from bot.channels import Asked, Incoming, Pressed, Typed, web
from flows.actions import Command
from tests.browser import Watch, chromium, served, wider_than_screen, window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, Dialog, Page

    from bot.conversation import Conversation

SURVEY = "asi-certification-survey-2021"
BENCHMARK = "rscb-2014"
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text("utf-8")
SECRET = "s" * 43
ADDRESS = hashlib.sha256(SECRET.encode()).hexdigest()

CARDS = {
    "introduction": ["k:take:{survey}", "g:in"],
    "tick-all": ["g:it:q1", "t:q1:q1a:1"],
    "other": ["g:it:q1", "t:q1:q1g:1"],
    "choice": ["g:it:q3"],
    "comment": ["g:it:q4", "c:q4:q4b"],
    "text": ["g:it:q11"],
    "contact": ["g:it:q12"],
    "field": ["g:fi:q12:email"],
    "contents": ["g:cn:q4"],
    "review": ["g:re:q4"],
    "paused": ["g:pa:q4"],
    "home": ["k:home"],
    "criterion": ["k:take:{benchmark}", "g:it:1.1", "t:1.1:1.1b:1", "t:1.1:1.1c:1"],
    "criteria": ["g:cn:1.1"],
}
"""Every kind of card, and what is pressed to come there from the one before."""
PATHS = [
    "/scorecard",
    "/page/help",
    "/page/privacy",
    "/page/mydata",
    "/page/status",
    "/page/code",
    "/page/forget",
]
PATHS += [
    "/page/forgotten",
    "/page/language",
    "/continue",
    "/i/unknown",
    "/i/bad%20token",
    "/nothing",
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def origin(talk: Conversation) -> AsyncIterator[str]:
    async with served(web.app(talk, public_url="http://127.0.0.1")) as address:
        yield address


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as opened:
        yield opened


@dataclass
class Known:
    """Somebody whom the conversation knows; it is moved about directly, the browser only looks."""

    talk: Conversation
    language: str = "en"

    async def presses(self, code: str) -> None:
        shown = await self.talk.current("web", ADDRESS, self.language)
        code = code.format(survey=SURVEY, benchmark=BENCHMARK)
        said = Pressed(code, shown.stamp, shown.card.place)
        await self.talk.take([Incoming("web", ADDRESS, said, language=self.language)])


async def opened(browser: Browser, origin: str, **settings: object) -> BrowserContext:
    """A browser window of somebody who is known."""
    context = await window(browser, origin, **settings)
    await context.add_cookies([{"name": "assay_visit", "value": SECRET, "url": origin}])
    return context


async def every_page(page: Page, known: Known) -> AsyncIterator[str]:
    """Go through every kind of card and page, a refusal included, and name each."""
    for name, codes in CARDS.items():
        for code in codes:
            await known.presses(code)
        await page.goto("/")
        yield name
        if name == "review":
            await page.click("button[value=s]")
            await page.wait_for_selector(".alert")
            yield "refused"
    for path in PATHS:
        await page.goto(path)
        yield path


@pytest.mark.parametrize("javascript", [False, True])
async def test_a_survey_is_answered_from_the_front_page_to_the_receipt(
    origin: str, browser: Browser, javascript: bool
) -> None:
    context = await window(browser, origin, java_script_enabled=javascript)
    watch = Watch(origin)
    watch.follow(context)
    page = await context.new_page()
    await page.goto("/")
    await page.click(f"button[value='k:take:{SURVEY}']")
    await page.click("button:text('Start')")
    await page.click("button:has-text('Access to markets/supply')")
    await page.click("button:text('Next')")
    await page.click("[data-place='it:q2'] button:text('Skip')")
    for number in range(3, 11):
        await page.click(f"[data-place='it:q{number}'] #row-2")
        if number != 10:
            await page.click(f"[data-place='co:q{number}'] button:text('No comment')")
    await page.fill("[data-place='it:q11'] textarea", "Thank <b>you</b>")
    await page.click("button:text('Save')")
    await page.wait_for_selector(".notice:has-text('Thank <b>you</b>')")
    await page.click("button:text('Review')")
    await page.wait_for_selector(".card-review .detail:has-text('Thank <b>you</b>')")
    await page.click("button[value=s]")
    await page.wait_for_selector(".card-sent")

    assert await page.text_content("h1") == "Sent: ASI Certification Survey 2021"
    assert page.url == f"{origin}/"
    assert (watch.elsewhere, watch.complaints) == ([], [])


async def test_a_swap_loads_no_page_anew(talk: Conversation, origin: str, browser: Browser) -> None:
    await Known(talk).presses("k:take:{survey}")
    page = await (await opened(browser, origin)).new_page()
    await page.goto("/")
    await page.evaluate("window.kept = true")

    await page.click("button:text('Start')")
    await page.click("#row-1")
    await page.wait_for_selector("#row-1[aria-pressed=true]")

    assert await page.evaluate("window.kept")
    assert (await page.title()).startswith("1. What have been the main drivers")


async def test_presses_in_a_hurry_all_count(
    talk: Conversation, origin: str, browser: Browser
) -> None:
    known = Known(talk)
    await known.presses("k:take:{survey}")
    await known.presses("g:it:q1")
    page = await (await opened(browser, origin)).new_page()
    await page.goto("/")

    await page.evaluate("for (const n of [1, 2, 3]) document.getElementById(`row-${n}`).click()")

    for number in (1, 2, 3):
        await page.wait_for_selector(f"#row-{number}[aria-pressed=true]")


async def test_the_keyboard_alone_is_enough(origin: str, browser: Browser) -> None:
    page = await (await window(browser, origin)).new_page()
    await page.goto("/")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.className") == "skip"
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-place=in]")
    await page.focus("main")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("[data-place='it:q1']")

    await page.keyboard.press("2")
    await page.wait_for_selector("#row-2[aria-pressed=true]")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.wait_for_selector("[aria-pressed=true] >> nth=1")

    assert await page.locator("[aria-pressed=true]").count() == 2


async def test_digits_tick_nothing_outside_the_card_or_in_a_field(
    talk: Conversation, origin: str, browser: Browser
) -> None:
    known = Known(talk)
    await known.presses("k:take:{survey}")
    await known.presses("g:it:q11")
    page = await (await opened(browser, origin)).new_page()
    await page.goto("/")

    await page.focus("textarea")
    await page.keyboard.type("12")

    assert await page.input_value("textarea") == "12"


async def test_the_reader_is_taken_to_what_is_new(
    talk: Conversation, origin: str, browser: Browser
) -> None:
    known = Known(talk)
    await known.presses("k:take:{survey}")
    await known.presses("g:it:q1")
    page = await (await opened(browser, origin)).new_page()
    await page.goto("/")

    await page.click("#row-3")
    await page.wait_for_selector("#row-3[aria-pressed=true]:focus")
    await page.click("button:text('Next')")
    await page.wait_for_selector("[data-place='it:q2'] h1:focus")
    await page.click("button:text('Review')")
    await page.wait_for_selector(".card-review h1:focus")
    await page.click("button[value=s]")
    await page.wait_for_selector(".alert:focus")


async def test_back_in_the_browser_goes_back_through_the_places(
    talk: Conversation, origin: str, browser: Browser
) -> None:
    await Known(talk).presses("k:take:{survey}")
    page = await (await opened(browser, origin)).new_page()
    await page.goto("/")
    await page.click("button:text('Start')")
    await page.wait_for_selector("[data-place='it:q1']")
    await page.click("#row-1")
    await page.wait_for_selector("#row-1[aria-pressed=true]")
    await page.click("button:text('Next')")
    await page.wait_for_selector("[data-place='it:q2']")

    await page.go_back()
    await page.wait_for_selector("[data-place='it:q1'] #row-1[aria-pressed=true]")
    await page.go_back()
    await page.wait_for_selector("[data-place=in]")
    await page.go_forward()
    await page.wait_for_selector("[data-place='it:q1']")


async def test_a_lost_connection_is_said_and_loses_no_words(
    talk: Conversation, origin: str, browser: Browser
) -> None:
    known = Known(talk)
    await known.presses("k:take:{survey}")
    await known.presses("g:it:q11")
    context = await opened(browser, origin)
    page = await context.new_page()
    await page.goto("/")
    await page.fill("textarea", "Long thoughts")

    await context.set_offline(True)
    await page.click("button:text('Save')")
    await page.wait_for_selector(".alert:has-text('That did not reach us')")
    await context.set_offline(False)
    await page.click("button:text('Save')")

    await page.wait_for_selector(".notice:has-text('Long thoughts')")


async def test_words_that_were_not_sent_are_not_left_behind_unasked(
    talk: Conversation, origin: str, browser: Browser
) -> None:
    known = Known(talk)
    await known.presses("k:take:{survey}")
    await known.presses("g:it:q11")
    page = await (await opened(browser, origin)).new_page()
    await page.goto("/")
    await page.click("textarea")
    await page.keyboard.type("Unsent")

    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.evaluate("document.querySelector('.foot a').click()")
    await page.click("button:text('Save')")
    await page.wait_for_selector(".notice:has-text('Unsent')")

    assert asked == ["beforeunload"]
    assert await page.input_value("textarea") == "Unsent"


async def test_a_text_far_too_long_stays_in_its_field(
    talk: Conversation, origin: str, browser: Browser
) -> None:
    known = Known(talk)
    await known.presses("k:take:{survey}")
    await known.presses("g:it:q11")
    page = await (await opened(browser, origin)).new_page()
    await page.goto("/")
    await page.fill("textarea", "长" * 30_000)

    await page.click("button:text('Save')")

    await page.wait_for_selector(".alert:has-text('larger than 64 kB')")
    assert len(await page.input_value("textarea")) == 30_000


@pytest.mark.parametrize(("width", "zoom"), [(320, 1), (640, 2)])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_nothing_has_to_be_moved_sideways(
    talk: Conversation, origin: str, browser: Browser, language: str, width: int, zoom: int
) -> None:
    context = await opened(browser, origin, viewport={"width": width, "height": 700})
    page = await context.new_page()

    async for name in every_page(page, Known(talk, language)):
        await page.evaluate(f"document.documentElement.style.fontSize = '{zoom * 100}%'")
        assert await wider_than_screen(page) == 0, name


async def test_everything_to_press_is_large_enough_for_a_finger(
    talk: Conversation, origin: str, browser: Browser
) -> None:
    context = await opened(browser, origin, viewport={"width": 390, "height": 844})
    page = await context.new_page()
    small = """[...document.querySelectorAll("a:not(.skip), button, input:not([type=hidden])")]
        .filter(each => each.getBoundingClientRect().height < 44)
        .map(each => each.outerHTML)"""

    async for name in every_page(page, Known(talk)):
        assert await page.evaluate(small) == [], name


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_an_audit_finds_no_barrier_on_any_page(
    talk: Conversation, origin: str, browser: Browser, language: str, scheme: str
) -> None:
    context = await opened(browser, origin, color_scheme=scheme, reduced_motion="reduce")
    page = await context.new_page()
    seen = []

    async for name in every_page(page, Known(talk, language)):
        await page.evaluate(AXE)
        found = await page.evaluate("axe.run({resultTypes: ['violations']})")
        broken = {each["id"]: [at["html"] for at in each["nodes"]] for each in found["violations"]}
        assert broken == {}, name
        assert (await page.get_attribute("html", "lang"))[:2] == language, name
        seen.append(name)

    assert len(seen) == len(CARDS) + 1 + len(PATHS)


async def test_a_receipt_passes_the_audit_too(
    talk: Conversation, origin: str, browser: Browser
) -> None:
    known = Known(talk)
    await known.presses("k:take:{benchmark}")
    for criterion in talk.house.shelf.instruments[BENCHMARK].criteria:
        await known.presses(f"g:it:{criterion.id}")
        await known.presses(f"t:{criterion.id}:{criterion.rows[-1].id}:1")
    await known.presses("s")
    await talk.take([Incoming("web", ADDRESS, Typed("send all the same"))])
    page = await (await opened(browser, origin)).new_page()
    await page.goto("/")

    await page.evaluate(AXE)

    assert await page.locator(".card-sent").count() == 1
    assert (await page.evaluate("axe.run({resultTypes: ['violations']})"))["violations"] == []
    await talk.take([Incoming("web", ADDRESS, Asked(Command("home")))])
