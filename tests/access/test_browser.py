"""The pages in a real Chromium, attacked from a page of somebody else's: forms, frames, cookies."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

from bot import tokens
from bot.channels import web, web_visit
from storage import people
from tests.access.world import door, secret
from tests.browser import chromium, served, window
from tests.invited import invited, someone

SURVEY = "asi-certification-survey-2021"
FORM = """<!doctype html><form method="post" action="{origin}{path}">
<input name="press" value="k:forget:yes"><input name="language" value="zh">
<input name="text" value="from elsewhere"><button>Win a prize</button></form>"""
FRAME = '<!doctype html><iframe src="{origin}{path}"></iframe>'
FETCH = """async ([origin, path]) => {
  try { await fetch(origin + path, {method: "POST", mode: "no-cors", credentials: "include",
    body: new URLSearchParams({press: "k:forget:yes", language: "zh"})}); } catch { } }"""


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
async def origin(fieldwork):
    async with served(web.app(fieldwork, public_url="http://127.0.0.1")) as address:
        yield address


@pytest.fixture
async def browser():
    async with chromium() as opened:
        yield opened


@pytest.fixture
async def link(fieldwork):
    async with fieldwork.database.writing() as tx:
        await invited(tx, someone(), SURVEY, tokens.digest("the-link"))
    return "/i/the-link"


@asynccontextmanager
async def attacking(origin, markup, path):
    """A page of somebody else's, at another site and, by another port, at the same one."""

    async def page(_):
        return HTMLResponse(markup.format(origin=origin, path=path))

    async with served(Starlette(routes=[Route("/", page)])) as address:
        yield address.replace("127.0.0.1", "localhost"), address


async def known(context, origin, link):
    """Somebody who has opened their link in this browser."""
    page = await context.new_page()
    await page.goto(f"{origin}{link}")
    await page.click("main button")
    await page.wait_for_selector("h1:has-text('ASI Certification Survey')")
    return page


async def states(talk):
    async with talk.database.reading() as tx:
        everybody = await tx.exec_driver_sql("SELECT language, instrument FROM participant")
        return sorted(map(str, everybody))


@pytest.mark.parametrize("path", ["/press", "/language", "/ask", "/continue"])
async def test_a_form_from_another_site_or_port_is_refused(fieldwork, origin, browser, link, path):
    context = await window(browser, origin)
    mine = await known(context, origin, link)
    before = await states(fieldwork)
    async with attacking(origin, FORM, path) as addresses:
        for address in addresses:
            page = await context.new_page()
            await page.goto(address)
            async with page.expect_navigation() as gone:
                await page.click("button")
            answer = await gone.value
            assert answer.url == f"{origin}{path}"
            assert answer.status == 403
            script = await context.new_page()
            await script.goto(address)
            await script.evaluate(FETCH, [origin, path])

    assert await states(fieldwork) == before
    await mine.reload()
    assert "ASI Certification Survey" in await mine.inner_text("h1")


async def test_a_link_cannot_be_opened_from_elsewhere(fieldwork, origin, browser, link):
    context = await window(browser, origin)
    async with attacking(origin, FORM, link) as addresses:
        for address in addresses:
            page = await context.new_page()
            await page.goto(address)
            async with page.expect_navigation() as gone:
                await page.click("button")
            assert (await gone.value).status == 403

    await known(context, origin, link)


@pytest.mark.parametrize("path", ["/", "/page/forget", "/i/the-link", "/page/mydata"])
async def test_no_page_can_be_framed(origin, browser, link, path):
    context = await window(browser, origin)
    complaints = []
    async with attacking(origin, FRAME, path) as addresses:
        for address in addresses:
            page = await context.new_page()
            page.on("console", lambda message: complaints.append(message.text))
            await page.goto(address)
            await page.wait_for_load_state("load")
            (frame,) = page.main_frame.child_frames
            assert await frame.locator("main").count() == 0
            assert frame.url.startswith("chrome-error:")

    assert any("frame-ancestors" in each or "X-Frame-Options" in each for each in complaints)


async def test_a_planted_cookie_does_not_let_in_whoever_planted_it(
    fieldwork, origin, browser, link
):
    planted = secret("attacker")
    async with fieldwork.database.writing() as tx:
        at = "web", door("attacker")
        await people.arrive(tx, *at, "en", new_id="a" * 32, secret=b"s" * 16)
    victim = await window(browser, origin)
    await victim.add_cookies([{"name": "assay_visit", "value": planted, "url": origin}])
    await known(victim, origin, link)
    (cookie,) = await victim.cookies(origin)
    attacker = await window(browser, origin)
    await attacker.add_cookies([{"name": "assay_visit", "value": planted, "url": origin}])
    page = await attacker.new_page()
    await page.goto(origin)

    assert cookie["value"] != planted
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert "ASI Certification Survey" not in await page.content()


async def test_the_attacks_work_where_the_product_does_not_ward_them_off(
    fieldwork, origin, browser, link, monkeypatch
):
    """What fails against the product above is no attack that could never have worked."""
    monkeypatch.setattr(web_visit, "_from_here", lambda *_: True)
    monkeypatch.setattr(web_visit, "HEADERS", {})
    context = await window(browser, origin)
    await known(context, origin, link)
    before = await states(fieldwork)
    async with attacking(origin, FORM, "/language") as (_, same_site):
        page = await context.new_page()
        await page.goto(same_site)
        async with page.expect_navigation():
            await page.click("button")
    async with attacking(origin, FRAME, "/page/forget") as (_, same_site):
        page = await context.new_page()
        await page.goto(same_site)
        (frame,) = page.main_frame.child_frames
        assert await frame.locator("main").count() == 1

    assert await states(fieldwork) != before
