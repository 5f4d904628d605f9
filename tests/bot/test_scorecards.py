"""The scorecard at every door: of the draft with floor and ceiling, of what was sent, never of
somebody else.
"""

from __future__ import annotations

import io
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import httpx
import openpyxl
import pytest

from bot import scorecards
from bot.channels import Asked, Incoming, Pressed, web
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_wire import open_bot
from bot.sender import Sender
from flows.actions import Command
from flows.session import Answer
from storage import assessments, outbox, people
from tests import bot_api, companies
from tests.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation
    from tests.bot.conftest import Clock
    from tests.bot_api import BotApi
    from tests.people import Person

BENCHMARK, SURVEY = "rscb-2014", "asi-certification-survey-2021"


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api.running() as running:
        yield running


@pytest.fixture
async def sender(api: BotApi, talk: Conversation) -> AsyncIterator[Sender]:
    talk.told = frozenset({"telegram"})
    async with AsyncExitStack() as stack:
        bot = await stack.enter_async_context(
            open_bot(bot_api.TOKEN, api.base_url, api.base_file_url)
        )
        channel = TelegramChannel(bot, today=lambda: 20_000)
        yield Sender(talk.database, talk, {channel.name: channel}, talk.house.universe)


@pytest.fixture
async def reader(talk: Conversation) -> AsyncIterator[Reader]:
    transport = httpx.ASGITransport(web.app(talk, public_url="http://assay.test"))
    async with httpx.AsyncClient(transport=transport, base_url="http://assay.test") as client:
        somebody = Reader(client)
        await somebody.looks()
        yield somebody


@pytest.fixture
def alice(api: BotApi) -> Person:
    person = api.person(7)
    person.chat.begun = True
    return person


async def asks(talk: Conversation, name: str, argument: str = "") -> None:
    await talk.take([Incoming("telegram", "7", Asked(Command(name, argument)))])


async def presses(talk: Conversation, *codes: str) -> None:
    for code in codes:
        shown = await talk.current("telegram", "7")
        await talk.take([Incoming("telegram", "7", Pressed(code, shown.stamp, shown.card.place))])


async def waiting(talk: Conversation) -> int | None:
    async with talk.database.reading() as tx:
        return await outbox.next_due(tx)


async def test_picture_pdf_and_workbook_come_in_this_order(
    api: BotApi, talk: Conversation, sender: Sender, alice: Person
) -> None:
    await asks(talk, "take", BENCHMARK)
    await presses(talk, "g:it:1.1", "t:1.1:1.1c:1")
    await sender.send_due()

    await asks(talk, "scorecard")
    await sender.send_due()

    calls = api.calls("sendPhoto", "sendDocument")
    assert [call.method for call in calls] == ["sendPhoto", "sendDocument", "sendDocument"]
    caption = calls[0].parameters["caption"]
    assert "0.68" in caption
    assert "99.32" in caption
    assert [call.parameters["document"] for call in calls[1:]] == [
        "rscb-2014-scorecard.pdf",
        "rscb-2014-scorecard.xlsx",
    ]
    assert await waiting(talk) is None


async def test_asked_for_twice_the_files_come_once(
    api: BotApi, talk: Conversation, sender: Sender, alice: Person
) -> None:
    await asks(talk, "take", BENCHMARK)
    await asks(talk, "scorecard")
    await asks(talk, "scorecard")
    await sender.send_due()
    assert len(api.calls("sendPhoto", "sendDocument")) == 3

    await asks(talk, "scorecard")
    await sender.send_due()

    assert len(api.calls("sendPhoto", "sendDocument")) == 6


async def test_a_file_that_may_not_have_arrived_is_sent_again(
    api: BotApi, talk: Conversation, sender: Sender, alice: Person, clock: Clock
) -> None:
    await asks(talk, "take", BENCHMARK)
    await asks(talk, "scorecard")
    api.fault("sendDocument", bot_api.refuses(502, "Bad Gateway"))
    await sender.send_due()
    clock.passes(minutes=1)
    await sender.send_due()

    done = [call for call in api.calls("sendPhoto", "sendDocument") if call.status == 200]
    assert [call.method for call in done] == ["sendPhoto", "sendDocument", "sendDocument"]


async def test_who_has_been_forgotten_gets_no_file(
    api: BotApi, talk: Conversation, sender: Sender, alice: Person
) -> None:
    await asks(talk, "take", BENCHMARK)
    async with talk.database.writing() as tx:
        await outbox.put(tx, "telegram", "7", "file", f"pdf:{BENCHMARK}", lane=0, now=0)
        person = await people.at_address(tx, "telegram", "7")
        await people.forget(tx, person.id)
        await outbox.put(tx, "telegram", "7", "file", f"pdf:{BENCHMARK}", lane=0, now=0)

    await sender.send_due()

    assert api.calls("sendPhoto", "sendDocument") == []
    assert await waiting(talk) is None


async def test_without_a_self_assessment_there_is_no_scorecard(
    api: BotApi, talk: Conversation, sender: Sender, alice: Person
) -> None:
    await asks(talk, "take", SURVEY)
    await asks(talk, "scorecard")
    await sender.send_due()

    assert api.calls("sendPhoto", "sendDocument") == []
    assert "There is no scorecard yet" in alice.screen
    assert await talk.file("telegram", "7", "pdf") is None
    assert await talk.file("telegram", "nobody", "pdf") is None


async def test_the_button_on_the_review_asks_for_it(
    api: BotApi, talk: Conversation, sender: Sender, alice: Person
) -> None:
    await asks(talk, "take", BENCHMARK)
    await presses(talk, "g:re:1.1")
    shown = await talk.current("telegram", "7")
    labels = [button.label for group in shown.card.buttons for button in group]
    assert "Scorecard" in labels

    await presses(talk, "k:scorecard")
    await sender.send_due()

    assert len(api.calls("sendPhoto")) == 1


async def test_what_was_sent_stands_beside_the_version_before(talk: Conversation) -> None:
    await asks(talk, "take", BENCHMARK)
    async with talk.database.writing() as tx:
        person = await people.at_address(tx, "telegram", "7")
        for number, chosen in enumerate((("1.1b",), ("1.1c", "1.1d"))):
            said = {"1.1": Answer(chosen=chosen)}
            await companies.sent(tx, person.id, BENCHMARK, "2014", said, at=number)
        of = await assessments.newest(tx, await companies.company_of(tx, person.id), BENCHMARK)
        await assessments.move(tx, of, "open", sources=("submitted",))
        draft = await scorecards.company(talk.house, tx, person, BENCHMARK)
        await people.forget(tx, person.id)
    assert draft.answers == {}
    assert draft.before == {"1.1": Answer(chosen=("1.1c", "1.1d"))}

    async with talk.database.writing() as tx:
        person = await people.arrive(tx, "telegram", "8", "en", new_id="p8", secret=b"s")
        for number, chosen in enumerate((("1.1b",), ("1.1c", "1.1d"))):
            said = {"1.1": Answer(chosen=chosen)}
            await companies.sent(tx, person.id, BENCHMARK, "2014", said, at=number)
        sent = await scorecards.company(talk.house, tx, person, BENCHMARK)
    assert sent.answers == {"1.1": Answer(chosen=("1.1c", "1.1d"))}
    assert sent.before == {"1.1": Answer(chosen=("1.1b",))}


async def test_the_page_shows_it_and_offers_the_files(reader: Reader) -> None:
    await reader.sends(press=f"k:take:{BENCHMARK}")
    await reader.sends(press="g:it:1.1")
    await reader.sends(press="t:1.1:1.1c:1")

    page = await reader.sends(press="k:scorecard")

    assert "0.68" in page.html
    assert "<h1" in page.html
    for ending, start in (("pdf", b"%PDF"), ("xlsx", b"PK"), ("png", b"\x89PNG")):
        assert f'href="/scorecard.{ending}"' in page.html
        file = await reader.client.get(f"/scorecard.{ending}")
        assert file.content.startswith(start)
        assert file.headers["content-disposition"] == (
            f'attachment; filename="rscb-2014-scorecard.{ending}"'
        )
        assert file.headers["cache-control"] == "no-store"


async def test_the_workbook_from_the_page_holds_what_was_ticked(reader: Reader) -> None:
    await reader.sends(press=f"k:take:{BENCHMARK}")
    await reader.sends(press="g:it:1.1")
    await reader.sends(press="t:1.1:1.1c:1")

    file = await reader.client.get("/scorecard.xlsx")

    book = openpyxl.load_workbook(io.BytesIO(file.content), data_only=True)
    rows = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    ticked = [row for row in rows if "1.1c" in row]
    assert any(1 in row for row in ticked)


@pytest.mark.parametrize(
    "path", ["/scorecard", "/scorecard.pdf", "/scorecard.xlsx", "/scorecard.exe", "/scorecard.text"]
)
async def test_a_stranger_finds_nothing_there(reader: Reader, path: str) -> None:
    answer = await reader.client.get(path)

    assert answer.status_code == 404


async def test_it_speaks_the_language_of_its_reader(reader: Reader) -> None:
    await reader.sends(press=f"k:take:{BENCHMARK}")
    await reader.sends(press="k:language:zh")

    page = await reader.looks("/scorecard")

    assert "<h1" in page.html
    assert "计分卡" in page.html
    assert 'lang="zh' in page.html
