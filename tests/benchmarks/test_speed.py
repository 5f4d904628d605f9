"""The crowd that measures walks the product to its end, and what was acknowledged is kept."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from bot import app as assay
from bot import releasing
from bot.interchange import exporting
from bot.settings import load
from storage import rounds
from tests.benchmarks.speed import __main__ as program
from tests.benchmarks.speed import deliveries, lines, parameters, several, tables, web
from tests.benchmarks.speed.bot_api import TOKEN, BotApi
from tests.benchmarks.speed.browser import Browser
from tests.benchmarks.speed.contenders import configured
from tests.benchmarks.speed.ledger import percentile
from tests.benchmarks.speed.measuring import Load
from tests.benchmarks.speed.people import look
from tests.benchmarks.speed.scenarios import SCENARIOS
from tests.bot.test_channels import product
from tests.flows.playing import ASI_ID

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.settings import Settings
    from tests.postgres import PostgresServer

FEW, WALKS = 2, 6
ALL_SAID = {"anonymity": f"batch = {WALKS}", "reports": "smallest_comments = 1"}
"""Let out all at once when the last is there: fewer might leave some that wait for others."""


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    opened = BotApi()
    await opened.opens()
    yield opened
    await opened.closes()


@asynccontextmanager
async def client(api: BotApi) -> AsyncIterator[httpx.AsyncClient]:
    url = f"{api.base_url}{TOKEN}/"
    async with httpx.AsyncClient(base_url=url, trust_env=False) as opened:
        yield opened


def url_of(server: asyncio.Server) -> str:
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


def settings(tmp_path: Path, api: BotApi, mode: str) -> Settings:
    file = tmp_path / "config.toml"
    file.write_text(configured(tmp_path, api.base_url, mode, ALL_SAID), "utf-8")
    return load(file)


async def kept(found: Settings, out: Path) -> tuple[int, set[str]]:
    """How many responses an export has, and which words."""
    async with assay.built(found) as app:
        await releasing.release_due(app.house, app.database)
        stock = app.house.shelf
        await exporting.export(
            app.database,
            stock,
            stock.instruments[ASI_ID],
            rounds.ALWAYS,
            "json",
            out,
            language="en",
            smallest=1,
        )
    return _read(out)


def _read(out: Path) -> tuple[int, set[str]]:
    _, *rows = map(json.loads, out.read_text("utf-8").splitlines())  # the codebook is the first
    words = [row["text"] for row in rows if "text" in row]
    return len(rows) - len(words), set(words)


@pytest.mark.parametrize("mode", ["polling", "webhook"])
async def test_what_the_crowd_was_shown_as_saved_is_in_the_export(
    tmp_path: Path, api: BotApi, mode: str
) -> None:
    found = settings(tmp_path, api, mode)
    async with product(found):
        api.crowd.comes(FEW, walks=WALKS)
        await api.crowd.done.wait()
    said = {words for person in api.crowd.said for words in person}

    assert api.ledger.walks == WALKS
    assert len(said) == 4 * WALKS
    assert await kept(found, tmp_path / "out.jsonl") == (WALKS, said)


@pytest.mark.parametrize("htmx", [False, True])
async def test_visitors_walk_the_pages_to_their_end(
    tmp_path: Path, api: BotApi, *, htmx: bool
) -> None:
    found = settings(tmp_path, api, "polling")
    async with product(found):
        walks = (
            web.interview(Browser(found.web.port, htmx=htmx), number) for number in range(WALKS)
        )
        said = {words for person in await asyncio.gather(*walks) for words in person}

    assert await kept(found, tmp_path / "out.jsonl") == (WALKS, said)


async def test_people_gather_at_every_place_of_the_walk(tmp_path: Path, api: BotApi) -> None:
    async with product(settings(tmp_path, api, "polling")):
        api.crowd.gathers(WALKS)
        await api.crowd.gathered.wait()
        places = {person.chat.shows for person in api.crowd._gathered}
        api.crowd.leaves()

    assert len(places) == WALKS


async def test_updates_are_handed_out_until_they_are_confirmed(api: BotApi) -> None:
    api.crowd.comes(2)
    async with client(api) as bot:
        asked = ({}, {}, {"offset": 2}, {"offset": 3, "timeout": 0})
        got = [(await bot.post("getUpdates", data=each)).json()["result"] for each in asked]

    assert [[update["update_id"] for update in each] for each in got] == [[1, 2], [1, 2], [2], []]


async def test_a_message_that_would_not_change_is_refused(api: BotApi) -> None:
    api.crowd.comes(1)
    async with client(api) as bot:
        sent = (await bot.post("sendMessage", json={"chat_id": 1000, "text": "Hi"})).json()
        edit = {"chat_id": 1000, "message_id": sent["result"]["message_id"], "text": "Hi"}
        again = await bot.post("editMessageText", data=edit)
        other = await bot.post("editMessageText", data={**edit, "text": "Ho"})

    assert (again.status_code, other.json()["result"]["text"]) == (400, "Ho")
    assert "not modified" in again.json()["description"]


async def test_a_call_in_the_answer_of_a_webhook_is_carried_out(api: BotApi) -> None:
    last = {"inline_keyboard": [[{"text": "Front page", "callback_data": "home"}]]}
    said = {"method": "sendMessage", "chat_id": 1000, "text": "Done", "reply_markup": last}
    secrets = []

    def receive(line: lines.Line, message: lines.Message) -> None:
        secrets.append(message.header(b"x-telegram-bot-api-secret-token"))
        line.say(lines.answer(json.dumps(said).encode()))

    hook = await api.loop.create_server(lambda: lines.Line(receive), "127.0.0.1", 0)
    async with client(api) as bot:
        asked = {"url": url_of(hook), "secret_token": "made-up"}
        await bot.post("setWebhook", data=asked)
        api.crowd.comes(1, walks=1)
        await api.crowd.done.wait()
        await bot.post("deleteWebhook")
    hook.close()

    assert secrets == [b"made-up"]
    assert api.ledger.walks == 1


async def test_updates_go_to_the_addresses_behind_a_webhook_in_turn(api: BotApi) -> None:
    took: list[int] = []
    all_taken = asyncio.Event()

    async def address(number: int) -> asyncio.Server:
        def take(line: lines.Line, _: lines.Message) -> None:
            took.append(number)
            line.say(lines.answer(b"{}"))
            if len(took) == 7:
                all_taken.set()

        return await api.loop.create_server(lambda: lines.Line(take), "127.0.0.1", 0)

    opened = [await address(number) for number in range(3)]
    api.behind = [url_of(each) for each in opened]
    async with client(api) as bot:
        await bot.post("setWebhook", data={"url": "http://proxy/", "max_connections": "1"})
        api.crowd.comes(7)
        await all_taken.wait()
    for each in opened:
        each.close()

    assert took == [0, 1, 2, 0, 1, 2, 0]


async def test_what_is_not_taken_is_delivered_again(
    api: BotApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "AGAIN", 0.0)
    arrived: list[bytes] = []
    taken = asyncio.Event()

    def receive(line: lines.Line, message: lines.Message) -> None:
        arrived.append(message.body)
        if len(arrived) == 1:
            line.say(lines.answer(b"{}", b"503 Service Unavailable"))
        elif len(arrived) == 2 and line.transport is not None:
            line.transport.close()
        else:
            line.say(lines.answer(b"{}"))
            taken.set()

    hook = await api.loop.create_server(lambda: lines.Line(receive), "127.0.0.1", 0)
    async with client(api) as bot:
        await bot.post("setWebhook", data={"url": url_of(hook), "max_connections": "1"})
        api.crowd.comes(1)
        await taken.wait()
    hook.close()

    assert len(arrived) == 3
    assert len(set(arrived)) == 1
    assert api.ledger.undelivered == 2


def test_a_crowd_is_answered_by_two_instances_on_one_database(
    postgres_server: PostgresServer,
) -> None:
    run = several.together(postgres_server, 2, Load("webhook", FEW, seconds=1.0))

    assert run.rate > 0
    assert run.cpu > 0


def message(kind: str, body: bytes) -> lines.Message:
    return lines.Message(b"POST /bot/x HTTP/1.1\r\nContent-Type: " + kind.encode(), body)


@pytest.mark.parametrize("kind", ["json", "data", "files"])
def test_a_call_says_the_same_however_it_is_written(kind: str) -> None:
    asked = {"chat_id": "7", "text": "a+b = 100 %\n☑ & <b>c_d</b> ", "reply_markup": '{"x":[1]}'}
    fields = {name: (None, value) for name, value in asked.items()}
    request = httpx.Request("POST", "http://x/", **{kind: fields if kind == "files" else asked})

    read = parameters.of_call(message(request.headers["content-type"], request.read()))

    assert read == asked


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_messages_are_read_however_they_arrive(size: int) -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n3;x\r\nabc\r\n0\r\n\r\n"
    )
    stream = lines.answer(b"one") + chunked + lines.answer(b"two")
    arrived = []
    line = lines.Line(lambda _, message: arrived.append(message.body))

    for start in range(0, len(stream), size):
        line.data_received(stream[start : start + size])

    assert arrived == [b"one", b"{}abc", b"two"]


def test_a_person_does_not_type_where_there_is_something_to_choose() -> None:
    def card(*labels: str) -> list[dict[str, str]]:
        return [{"text": label, "callback_data": label} for label in labels]

    assert look(card("No comment", "Back")).asks_for_words
    assert not look(card("1", "2", "Skip")).asks_for_words
    assert not look(card("☐ One", "☑ Two", "Skip")).asks_for_words
    assert look(card("☐ One", "☑ Two", "Next")).open == ["☐ One"]


def test_a_table_says_what_was_not_kept() -> None:
    slow = tables.Bound("updates/s", 3.9, 4, at_most=False, unit=" ×")
    small = tables.Bound("memory", 109.6, 110, unit=" MiB")

    shown = tables.bounds([slow, small]).splitlines()

    assert shown[2:] == [
        "| updates/s | 3.9 × | at least 4 × | **no** |",
        "| memory | 110 MiB | at most 110 MiB | yes |",
    ]


def test_a_table_says_by_which_command_it_was_made() -> None:
    made = tables.made_by(["polling", "--rounds", "2", "--raw", "somewhere"])

    assert made.startswith('`make bench ARGS="speed polling --rounds 2"`, ')


def test_percentiles_are_figures_that_were_measured() -> None:
    assert [percentile([1.0, 2.0, 3.0, 4.0], share) for share in (50, 95, 99)] == [3.0, 4.0, 4.0]
    assert percentile([], 50) == 0


def test_every_scenario_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        program.main(["--help"])

    said = capsys.readouterr().out
    assert all(each.name in said and each.what in said for each in SCENARIOS.values())


@pytest.mark.parametrize("words", [[], ["racing"], ["web", "--rounds", "many"]])
def test_what_cannot_be_measured_is_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        program.main(words)

    assert left.value.code == 2
