"""Pages of fieldwork: the end of letters, asking to take part, an administrator's desk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from bot import tokens
from bot.channels import web
from bot.fieldwork import appointments
from storage import audit, participation, people, requests, rounds
from tests.bot.fieldwork.desks import SURVEY
from tests.collecting import collect_2021
from tests.invited import invited, someone
from tests.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.conversation import Conversation

TOKEN = "a-token-that-nobody-guesses"
HERE = "http://assay.test"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages know no database; one is enough for them."""
    return sqlite_url


@pytest.fixture
async def visitors(fieldwork: Conversation) -> AsyncIterator[Callable[[], Reader]]:
    """People with browsers of their own."""
    pages = web.app(fieldwork, public_url=HERE)
    opened: list[httpx.AsyncClient] = []

    def visitor() -> Reader:
        transport = httpx.ASGITransport(pages, raise_app_exceptions=False)
        opened.append(httpx.AsyncClient(transport=transport, base_url=HERE))
        return Reader(opened[-1])

    yield visitor
    for each in opened:
        await each.aclose()


@pytest.fixture
async def mei(fieldwork: Conversation) -> str:
    """Somebody who was written to."""
    async with fieldwork.database.writing() as tx:
        return await invited(tx, someone(), SURVEY, tokens.digest(TOKEN))


async def state_of(talk: Conversation, person: str) -> str | None:
    async with talk.database.reading() as tx:
        return await participation.state(tx, person, SURVEY, "open")


async def wants_reminders(talk: Conversation, person: str) -> bool:
    async with talk.database.reading() as tx:
        found = await people.get(tx, person)
    assert found is not None
    return not found.no_reminders


async def sends(reader: Reader, path: str, **fields: str) -> httpx.Response:
    """The form on the page is sent, with these fields."""
    data = {**reader.page.hidden(), **fields}
    return await reader.client.post(path, data=data, headers={"Origin": HERE})


# The end of letters


async def test_who_looks_at_the_end_of_letters_has_ended_nothing(fieldwork, mei, visitors):
    page = await visitors().looks(f"/stop/{TOKEN}")

    assert page.all("button", name="press")
    assert await wants_reminders(fieldwork, mei)
    assert await state_of(fieldwork, mei) == "invited"


async def test_a_press_ends_reminders_and_takes_no_cookie(fieldwork, mei, visitors):
    reader = visitors()
    await reader.looks(f"/stop/{TOKEN}")
    answer = await sends(reader, f"/stop/{TOKEN}", press=reader.page.code("Stop reminders"))

    assert answer.status_code == 200
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    assert not await wants_reminders(fieldwork, mei)
    assert await state_of(fieldwork, mei) == "invited"


async def test_the_button_of_a_mail_program_ends_reminders(fieldwork, mei, visitors):
    body = {"List-Unsubscribe": "One-Click"}

    answer = await visitors().client.post(f"/stop/{TOKEN}", data=body)

    assert answer.status_code == 200
    assert not await wants_reminders(fieldwork, mei)


async def test_who_does_not_want_to_take_part_says_so_from_the_letter(fieldwork, mei, visitors):
    reader = visitors()
    await reader.looks(f"/stop/{TOKEN}")
    await sends(reader, f"/stop/{TOKEN}", press="k:decline")

    assert await state_of(fieldwork, mei) == "declined"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_wrong_token_changes_nothing_and_tells_nothing(fieldwork, mei, visitors, method):
    answer = await visitors().client.request(method, "/stop/wrong")

    assert answer.status_code == (200 if method == "GET" else 404)
    assert await wants_reminders(fieldwork, mei)


# Asking to take part


async def test_who_asks_to_take_part_waits_for_a_word(fieldwork, visitors):
    reader = visitors()
    await reader.looks("/ask")
    answer = await sends(reader, "/ask", text="Mei of Sample Metals")

    assert answer.status_code == 303
    async with fieldwork.database.reading() as tx:
        (waiting,) = await requests.waiting(tx, 10)
    assert waiting.words == "Mei of Sample Metals"


async def test_somebody_elses_page_cannot_ask(fieldwork, visitors):
    elsewhere = {"Origin": "http://evil.test"}

    answer = await visitors().client.post("/ask", data={"text": "hello"}, headers=elsewhere)

    assert answer.status_code == 403
    async with fieldwork.database.reading() as tx:
        assert await requests.count(tx) == 0


# The desk


@pytest.fixture
async def desk(fieldwork: Conversation, visitors: Callable[[], Reader]) -> Reader:
    """An owner in a browser."""
    code = await appointments.first_code(fieldwork.database, fieldwork.house.universe)
    reader = visitors()
    await reader.looks(f"/desk/{code}")
    answer = await sends(reader, f"/desk/{code}")
    assert answer.headers["location"].endswith("/page/admin")
    await reader.looks("/page/admin")
    return reader


async def test_a_code_opens_the_desk_by_a_press_and_once(fieldwork, desk, visitors):
    assert "You are here as owner" in desk.page.text

    async with fieldwork.database.writing() as tx:
        code = await appointments.new_code(tx, fieldwork.house.universe, "analyst", 60, issuer="x")
    looking, pressing = visitors(), visitors()
    await looking.looks(f"/desk/{code}")
    await pressing.looks(f"/desk/{code}")
    assert (await sends(pressing, f"/desk/{code}")).status_code == 303
    again = await sends(looking, f"/desk/{code}")

    assert again.status_code == 422
    assert (await looking.looks("/page/admin")).text != desk.page.text
    assert looking.answer.status_code == 404


async def test_an_export_is_given_out_after_a_yes_and_not_by_its_address(fieldwork, desk, visitors):
    await collect_2021(fieldwork.database, fieldwork.house.shelf.instruments[SURVEY])
    async with fieldwork.database.reading() as tx:
        there = await rounds.every(tx)
    number = next(each.id for each in there if each.round.instrument == SURVEY)
    assert (await desk.client.get(f"/file/export/{number}")).status_code == 404

    await desk.looks(f"/page/admin.sure.export.{number}")
    await desk.presses("Yes, export 40 responses")

    assert desk.answer.headers["content-type"].endswith("sheet")
    assert desk.answer.content.startswith(b"PK")
    async with fieldwork.database.reading() as tx:
        act, *_ = await audit.latest(tx, 5)
    assert (act.act, act.object, act.people) == ("export", f"{SURVEY} open", 40)
    assert (await visitors().client.get(f"/file/export/{number}")).status_code == 404


@pytest.mark.parametrize("of", ["9" * 30, "x", "-1", "٣", "0", "1:digest"])
@pytest.mark.parametrize("kind", ["report", "export", "links", "digest", "nonsense"])
async def test_a_file_that_there_is_not_is_not_found(desk, kind, of):
    answer = await desk.client.get(f"/file/{kind}/{of}")

    assert answer.status_code in ({200, 404} if kind == "links" else {404})
