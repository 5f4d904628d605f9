"""A supervisor learns whether it lives, a proxy whether it is ready, a monitor how much it did."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.applications import Starlette

from bot.channels import Incoming, Typed
from bot.doors import SILENCE
from bot.health import Health
from bot.vitals import Vitals
from storage import schema
from tests import bot_api
from tests.bot.doors import InTelegram, Presses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation
    from tests.bot_api import BotApi

SURVEY = "asi-certification-survey-2021"


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock_of_parts() -> Clock:
    return Clock()


@pytest.fixture
async def asked(talk: Conversation, universe, clock_of_parts) -> AsyncIterator[httpx.AsyncClient]:
    talk.vitals = Vitals(clock=clock_of_parts)
    routes = Health(talk.vitals, talk.database, universe).routes(metrics=True)
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="http://assay.test") as client:
        yield client


async def answer(asked: httpx.AsyncClient, path: str) -> tuple[int, dict[str, str]]:
    got = await asked.get(path)
    assert got.headers["cache-control"] == "no-store"
    return got.status_code, got.json()


async def test_it_lives_while_its_database_answers(asked, talk, monkeypatch) -> None:
    assert await answer(asked, "/healthz") == (200, {"database": "ok"})

    def away():
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(type(talk.database), "reading", lambda _: away())
    assert await answer(asked, "/healthz") == (503, {"database": "failing"})
    assert (await answer(asked, "/readyz"))[0] == 503


async def test_it_is_ready_while_every_part_does_its_work(asked, talk, clock_of_parts) -> None:
    talk.vitals.expect("telegram", SILENCE)
    well = {"database": "ok", "staying": "ok", "schema": "ok", "telegram": "ok"}
    clock_of_parts.now += SILENCE
    assert await answer(asked, "/readyz") == (200, well)

    clock_of_parts.now += 1
    assert await answer(asked, "/readyz") == (503, well | {"telegram": "failing"})

    talk.vitals.seen("telegram")
    assert await answer(asked, "/readyz") == (200, well)


async def test_a_refused_token_is_not_waited_for(asked, talk) -> None:
    talk.vitals.expect("telegram", SILENCE)
    talk.vitals.refuse("telegram", "token_refused")

    status, said = await answer(asked, "/readyz")
    assert (status, said["telegram"]) == (503, "token_refused")

    talk.vitals.hears("polling")
    assert (await answer(asked, "/readyz"))[0] == 200


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("0007", f"older schema 0007; run: {schema.UPGRADE}"),
        ("9999", "newer schema 9999; use the newer Assay"),
        (None, f"no schema; run: {schema.UPGRADE}"),
    ],
)
async def test_nobody_is_sent_to_one_whose_database_has_another_schema(
    asked, talk, revision: str | None, said: str
) -> None:
    change = "DELETE FROM alembic_version"
    if revision is not None:
        change = f"UPDATE alembic_version SET version_num = '{revision}'"
    async with talk.database.writing() as tx:
        await tx.execute(text(change))

    assert await answer(asked, "/readyz") == (
        503,
        {"database": "ok", "staying": "ok", "schema": said},
    )


async def test_nobody_is_sent_to_one_that_stops(asked, talk) -> None:
    talk.vitals.stopping = True
    going = {"database": "ok", "staying": "failing", "schema": "ok"}

    assert await answer(asked, "/readyz") == (503, going)
    assert (await answer(asked, "/healthz"))[0] == 200


async def test_a_monitor_reads_counts_and_no_names(asked, talk) -> None:
    await talk.take([Incoming("web", "anna-0815", Typed("what Anna wrote to us"))])

    said = (await asked.get("/metrics")).text

    assert 'assay_taken_total{channel="web"} 1.0' in said
    assert "assay_take_seconds_count 1.0" in said
    assert "assay_outbox_rows 0.0" in said
    assert "anna" not in said.lower()


async def test_a_monitor_sees_what_became_of_what_was_done(asked, talk) -> None:
    done = Incoming("telegram", "7", Typed("hello"), update_id=1)
    await talk.take([done])
    await talk.take([done])
    talk.database.waited = talk.vitals.waited.observe
    await talk.take([Incoming("web", "7", Typed("/claim nothing"))])
    talk.vitals.hears("webhook")

    said = (await asked.get("/metrics")).text

    assert 'assay_updates_total{channel="telegram",outcome="repeated"} 1.0' in said
    assert "assay_write_wait_seconds_count 1.0" in said
    assert 'assay_telegram_heard_timestamp_seconds{mode="webhook"} 1' in said
    assert "process_start_time_seconds" in said
    assert "python_info" in said
    assert "assay_database_up 1.0" in said


async def test_a_monitor_sees_that_the_database_is_away(asked, talk, monkeypatch) -> None:
    await asked.get("/metrics")

    def away():
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(type(talk.database), "reading", lambda _: away())
    said = (await asked.get("/metrics")).text

    assert "assay_database_up 0.0" in said
    assert "assay_outbox_rows NaN" in said


def test_metrics_are_read_only_where_they_are_opened(talk, universe) -> None:
    closed = Health(talk.vitals, talk.database, universe).routes(metrics=False)

    assert [each.path for each in closed] == ["/healthz", "/readyz"]


# A process that is told to stop.


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with bot_api.running() as running:
        yield running


async def started(api: BotApi, folder, port: int) -> asyncio.subprocess.Process:
    (folder / "config.toml").write_text(
        f"""
        [telegram]
        token = "{bot_api.TOKEN}"
        base_url = "{api.base_url}"
        base_file_url = "{api.base_file_url}"
        [web]
        port = {port}
        [database]
        url = "sqlite:///{folder}/assay.sqlite3"
        [access]
        mode = "open"
        """,
        "utf-8",
    )
    here = str(folder / "config.toml")
    run = [sys.executable, "-m", "bot", "run", "--config", here]
    return await asyncio.create_subprocess_exec(*run, stdout=asyncio.subprocess.DEVNULL)


async def ready(port: int) -> dict[str, str]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        while True:
            try:
                got = await client.get("/readyz")
                if "sender" in got.json():
                    return got.json()
            except (httpx.TransportError, json.JSONDecodeError):
                await asyncio.sleep(0.05)


async def heard(port: int) -> None:
    """Until it has heard that it is to stop."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        try:
            while (await client.get("/readyz")).status_code != 503:
                pass
        except httpx.TransportError:
            pass


@pytest.mark.parametrize("hanging", [False, True], ids=["at rest", "while a send hangs"])
async def test_told_to_stop_it_ends_in_time_and_keeps_what_it_owes(
    api: BotApi, tmp_path, unused_tcp_port: int, *, hanging: bool
) -> None:
    """The limit is a supervisor's patience: after it the process would be killed."""
    process = await started(api, tmp_path, unused_tcp_port)
    assert set((await ready(unused_tcp_port)).values()) == {"ok"}
    door = InTelegram(api, api.person(7))
    await door.opens(SURVEY)
    with ExitStack() as held:
        if hanging:
            held.enter_context(api.holding("editMessageText", 7))
            await door.starts(Presses("button_start"))
            await api.until(lambda: bool(api.held_back))

        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0

    if hanging:
        process = await started(api, tmp_path, unused_tcp_port)
        await ready(unused_tcp_port)
        await api.settled(lambda: "Question 1 of 12" in door.person.screen)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.mark.parametrize("again", [signal.SIGTERM, signal.SIGINT])
async def test_told_twice_it_ends_at_once(
    api: BotApi, tmp_path, unused_tcp_port: int, again: signal.Signals
) -> None:
    process = await started(api, tmp_path, unused_tcp_port)
    await ready(unused_tcp_port)
    door = InTelegram(api, api.person(7))
    await door.opens(SURVEY)
    with api.holding("editMessageText", 7):
        await door.starts(Presses("button_start"))
        await api.until(lambda: bool(api.held_back))
        process.send_signal(signal.SIGTERM)
        await heard(unused_tcp_port)
        process.send_signal(again)
        assert await process.wait() == -again
