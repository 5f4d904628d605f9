"""One script through every door gives the same stored response."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Literal

import httpx
import pytest

from bot import doors
from bot.settings import Access, DatabasePart, Settings, Telegram, Web
from flows.session import Answer
from storage import people
from tests import bot_api, companies
from tests.bot.doors import AtTerminal, Door, InTelegram, OnThePage, Presses, Step, Ticks, Writes
from tests.collected import collected
from tests.released import let_out

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.app import App
    from tests.bot_api import BotApi

SURVEY = "asi-certification-survey-2021"
BENCHMARK = "rscb-2014"
NEXT, REVIEW, SEND = Presses("button_next"), Presses("button_review"), Presses("button_send")

SURVEY_SCRIPT: tuple[Step, ...] = (
    Presses("button_start"),
    Ticks("q1a"), Ticks("q1c"), Ticks("q1c"), Ticks("q1g"),
    Writes("To sell <b>in</b> Europe"), NEXT,
    Presses("button_skip"),
    Ticks("q3b"), Writes("It opened doors."), NEXT,
    Ticks("q4b"), Presses("button_no_comment"),
    Ticks("q5c"), Presses("button_no_comment"),
    Ticks("q6a"), Writes("时间不够 🙂"), NEXT,
    Ticks("q7b"), Presses("button_no_comment"),
    Presses("button_back"), Ticks("q7c"), Presses("button_no_comment"),
    Ticks("q8d"), Presses("button_no_comment"),
    Ticks("q9c"), Presses("button_no_comment"),
    Ticks("q10b"),
    Writes("More training."), NEXT,
    REVIEW, SEND,
)  # fmt: skip
SURVEY_ANSWERS = {
    "q1": Answer(chosen=("q1a", "q1g"), other="To sell <b>in</b> Europe"),
    "q3": Answer(chosen=("q3b",), comment="It opened doors."),
    "q4": Answer(chosen=("q4b",)),
    "q5": Answer(chosen=("q5c",)),
    "q6": Answer(chosen=("q6a",), comment="时间不够 🙂"),
    "q7": Answer(chosen=("q7c",)),
    "q8": Answer(chosen=("q8d",)),
    "q9": Answer(chosen=("q9c",)),
    "q10": Answer(chosen=("q10b",)),
    "q11": Answer(text="More training."),
}


@asynccontextmanager
async def product(settings: Settings) -> AsyncIterator[App]:
    """The whole program, in this loop, until the block ends."""
    stop, opened = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def ready(app: App) -> None:
        opened.set_result(app)

    running = asyncio.create_task(doors.serve(settings, stop, ready))
    await asyncio.wait({running, opened}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        await running
    try:
        yield opened.result()
    finally:
        stop.set()
        await running


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api.running() as running:
        yield running


@pytest.fixture
def mode(request: pytest.FixtureRequest) -> Literal["polling", "webhook"]:
    """How updates come from Telegram: as the parameter "door" says, else by polling."""
    params = getattr(getattr(request.node, "callspec", None), "params", {})
    return "webhook" if params.get("door") == "telegram-webhook" else "polling"


@pytest.fixture
async def app(
    database_url: str,
    tmp_path: Path,
    api: BotApi,
    mode: Literal["polling", "webhook"],
    unused_tcp_port: int,
) -> AsyncIterator[App]:
    settings = Settings(
        telegram=Telegram(
            token=bot_api.TOKEN,
            base_url=api.base_url,
            base_file_url=api.base_file_url,
            mode=mode,
            webhook_url=f"http://127.0.0.1:{unused_tcp_port}/telegram/webhook",
            webhook_secret="hush",
        ),
        web=Web(port=unused_tcp_port),
        database=DatabasePart(url=database_url, keys=f"sqlite:///{tmp_path}/keys"),
        access=Access(mode="open"),
    )
    async with product(settings) as running:
        yield running


@pytest.fixture(params=["terminal", "telegram", "telegram-webhook", "web"])
async def door(request: pytest.FixtureRequest, app: App, api: BotApi) -> AsyncIterator[Door]:
    match request.param:
        case "terminal":
            yield AtTerminal(app.conversation)
        case "telegram" | "telegram-webhook":
            yield InTelegram(api, api.person(7))
        case _:
            async with httpx.AsyncClient(base_url=app.settings.public_url) as client:
                yield OnThePage(client)


async def test_a_survey_answered_at_any_door_is_the_same_response(door: Door, app: App) -> None:
    await door.opens(SURVEY)
    for step in SURVEY_SCRIPT:
        await door.does(step)

    assert "Thank you" in await door.sees()
    await let_out(app.house, app.database)
    async with app.database.reading() as tx:
        (response,) = await collected(tx, app.house.shelf.instruments[SURVEY], "open")
    assert response.answers == SURVEY_ANSWERS


async def test_a_benchmark_answered_at_any_door_is_the_same_assessment(
    door: Door, app: App
) -> None:
    instrument = app.house.shelf.instruments[BENCHMARK]
    await door.opens(BENCHMARK)
    await door.does(Presses("button_start"))
    for criterion in instrument.criteria:
        await door.does(Ticks(criterion.rows[-1].id))
        await door.does(NEXT)
    await door.does(SEND)
    await door.does(Presses("work_send_all_the_same"))

    assert "Score: " in await door.sees()
    async with app.database.reading() as tx:
        for channel, address in (("terminal", "here"), ("telegram", "7")):
            person = await people.at_address(tx, channel, address)
            if person is not None:
                frozen = await companies.latest(tx, person.id, BENCHMARK)
                assert frozen is not None
                assert all(
                    frozen.answers[each.id].chosen == (each.rows[-1].id,)
                    for each in instrument.criteria
                )
