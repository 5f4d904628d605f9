"""The pictures of the README, taken anew: ``python -m tests.pictures``.

The page is the page, in Chromium. The chat is what the bot really sent to the stand-in of the Bot
API, drawn by this file: no Telegram client runs here.
"""

from __future__ import annotations

import asyncio
import html
import struct
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2
import telegram
from playwright.async_api import async_playwright

from bot import shelf
from bot.house import House
from bot.reports import pdf, scorecard
from bot.reports.results import survey_results
from bot.settings import Access, DatabasePart, Settings, Telegram, Web
from bot.universe import Universe
from storage import schema
from storage.database import Database
from storage.keys import Keys
from tests import bot_api
from tests.assessed import assessment, company
from tests.bot.doors import InTelegram, Presses, Ticks, Writes
from tests.bot.test_channels import BENCHMARK, SURVEY, product
from tests.collecting import collect_2021, report
from tests.flows.playing import ASI

if TYPE_CHECKING:
    from playwright.async_api import Browser

    from bot.app import App
    from bot.reports.document import Document
    from tests.bot_api_chats import Chat

FOLDER = Path(__file__).parent.parent / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
         "--no-first-run", "--disable-component-update", "--disable-sync"]  # fmt: skip
STYLE = """
body { margin: 0; padding: 18px; width: 420px; background: #d5e3d0; box-sizing: border-box;
  font: 15px/1.42 system-ui, "Noto Sans", "WenQuanYi Micro Hei", sans-serif; }
.said { background: #fff; border-radius: 14px 14px 14px 4px; padding: 10px 13px; margin-top: 10px;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.mine { background: #e2f7cb; border-radius: 14px 14px 4px 14px; margin-left: 120px; }
.keys { display: flex; gap: 4px; margin-top: 4px; }
.keys span { flex: 1; background: #7b9a7dcc; color: #fff; border-radius: 8px; padding: 7px 4px;
  text-align: center; font-size: 14px; }
blockquote { margin: 4px 0; padding-left: 8px; border-left: 3px solid #5a9; }
"""


def drawn(chat: Chat, last: int) -> str:
    """The newest messages of a chat as a page."""
    parts = []
    for message in list(chat.messages.values())[-last:]:
        mine = "from" in message and not message["from"].get("is_bot")
        text = html.escape(message["text"]) if mine else _with_entities(message)
        parts.append(f'<div class="said{" mine" if mine else ""}">{text}</div>')
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            keys = "".join(f"<span>{html.escape(key['text'])}</span>" for key in row)
            parts.append(f'<div class="keys">{keys}</div>')
    return f'<!doctype html><meta charset="utf-8"><style>{STYLE}</style>{"".join(parts)}'


def _with_entities(message: dict[str, Any]) -> str:
    return telegram.Message.de_json(message, None).text_html


async def chat_picture(browser: Browser, api: bot_api.BotApi) -> None:
    door = InTelegram(api, api.person(7))
    await door.opens(SURVEY)
    for step in (Presses("button_start"), Presses("button_later"), Presses("button_skip"),
                 Ticks("q3b"), Writes("It opened doors to customers."), Presses("button_next"),
                 Presses("button_later"), Presses("button_back")):  # fmt: skip
        await door.does(step)
    page = await browser.new_page(viewport={"width": 420, "height": 200}, device_scale_factor=2)
    await page.set_content(drawn(door.person.chat, 3))
    await page.screenshot(path=FOLDER / "chat.png", full_page=True)


async def page_pictures(browser: Browser, app: App) -> None:
    for name, language, scheme in (("page", "en", "light"), ("page-zh", "zh", "dark")):
        context = await browser.new_context(
            viewport={"width": 760, "height": 900}, color_scheme=scheme, device_scale_factor=1.5
        )
        page = await context.new_page()
        await page.goto(f"{app.settings.public_url}/?language={language}")
        await page.locator(f"button[value='k:take:{BENCHMARK}']").click()
        await page.locator("button.primary").first.click()
        await page.locator("#row-3").click()
        await page.locator("#row-3[aria-pressed=true]").wait_for()
        await page.locator("#row-4").click()
        await page.locator("#row-4[aria-pressed=true]").wait_for()
        await page.screenshot(path=FOLDER / f"{name}.png", full_page=True)
        await context.close()


async def paper_pictures() -> None:
    """The first page of a scorecard, and a page of the report on the round of 2021."""
    scorecard_ = scorecard.build(company(assessment(2014), name="Sample Retail"), "en")
    _page(scorecard_, 0, "scorecard")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/pictures.sqlite3"
        schema.upgrade(url)
        database = await Database.open(url)
        await collect_2021(database, ASI)
        keys = await Keys.open(f"{url}.keys")
        house = House(shelf.read(), Universe(), keys)
        results = await report(database, house, compare=("published-2021",))
        await keys.close()
        await database.close()
    _page(survey_results.build(results, "en"), 0, "report")


def _page(document: Document, number: int, name: str) -> None:
    drawn_ = pypdfium2.PdfDocument(pdf.render(document))[number].render(scale=1.6)
    width, height = drawn_.width, drawn_.height
    pixels = drawn_.to_numpy()[:, :, 2::-1]  # blue, green, red -> red, green, blue
    lines = b"".join(b"\0" + pixels[row].tobytes() for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    (FOLDER / f"{name}.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in parts
        )
    )


async def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    await paper_pictures()
    with tempfile.TemporaryDirectory() as folder:
        async with bot_api.running() as api, async_playwright() as playwright:
            settings = Settings(
                telegram=Telegram(
                    token=bot_api.TOKEN, base_url=api.base_url, base_file_url=api.base_file_url
                ),
                web=Web(port=18_080),
                database=DatabasePart(url=f"sqlite:///{folder}/pictures.sqlite3"),
                access=Access(mode="open"),
            )
            async with product(settings) as app:
                browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
                await chat_picture(browser, api)
                await page_pictures(browser, app)
                await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
