"""Told to stop, the product ends within a supervisor's patience, whatever is under way."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import sys
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import httpx
import pytest

from tests import bot_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PATIENCE = 10
SECRET = "made-up-secret"


@asynccontextmanager
async def running(folder: Path, port: int, *run: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The product behind a webhook, with pages, until it has opened its doors."""
    async with bot_api.running() as api:
        (folder / "config.toml").write_text(
            f"""
            [telegram]
            token = "{bot_api.TOKEN}"
            base_url = "{api.base_url}"
            base_file_url = "{api.base_file_url}"
            mode = "webhook"
            webhook_url = "https://assay.example.org/telegram/webhook"
            webhook_secret = "{SECRET}"
            [web]
            port = {port}
            [database]
            url = "sqlite:///{folder}/assay.sqlite3"
            [access]
            mode = "open"
            """,
            "utf-8",
        )
        command = [*(run or ("-m", "bot")), "run", "--config", str(folder / "config.toml")]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE
        )
        await said(process, "no owner yet")
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def said(process: asyncio.subprocess.Process, what: str) -> None:
    """Until the product says this."""
    while what not in (line := await process.stdout.readline()).decode():
        assert line, "it ended"


async def ends(process: asyncio.subprocess.Process) -> int:
    async with asyncio.timeout(PATIENCE):
        return await process.wait()


async def begun(
    port: int, path: str, length: int, *headers: str
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request whose body is waited for, as the product itself says."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: assay.test",
        f"Content-Length: {length}",
        "Expect: 100-continue",
        *headers,
    )
    writer.write("\r\n".join([*lines, "", ""]).encode())
    assert b"100" in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def test_it_ends_although_a_page_is_still_asked_for(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    async with running(tmp_path, unused_tcp_port) as process:
        _, writer = await begun(unused_tcp_port, "/press", 100)

        process.send_signal(signal.SIGTERM)

        assert await ends(process) == 0
        writer.close()


async def test_it_takes_a_delivery_that_is_under_way_and_then_ends(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    person = {"id": 7, "is_bot": False, "first_name": "A"}
    message = {
        "message_id": 1,
        "date": 0,
        "chat": {"id": 7, "type": "private"},
        "from": person,
        "text": "/help",
    }
    body = json.dumps({"update_id": 11, "message": message}).encode()
    given = f"X-Telegram-Bot-Api-Secret-Token: {SECRET}"
    async with running(tmp_path, unused_tcp_port) as process:
        kind = "Content-Type: application/json"
        reader, writer = await begun(unused_tcp_port, "/telegram/webhook", len(body), given, kind)
        process.send_signal(signal.SIGTERM)
        await deaf(unused_tcp_port)

        writer.write(body)

        assert b" 200 " in await reader.readline()
        assert await ends(process) == 0
        writer.close()
    with closing(sqlite3.connect(tmp_path / "assay.sqlite3")) as kept:
        assert kept.execute("SELECT count(*) FROM processed_update").fetchone() == (1,)


async def deaf(port: int) -> None:
    """Until nobody new is let in."""
    try:
        while True:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
    except OSError:
        pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_although_a_report_is_being_typeset(
    tmp_path: Path, unused_tcp_port: int, number: signal.Signals
) -> None:
    driver = "-m", "tests.bot.typesetting_for_ever"
    base = f"http://127.0.0.1:{unused_tcp_port}"
    async with (
        running(tmp_path, unused_tcp_port, *driver) as process,
        httpx.AsyncClient(base_url=base, timeout=60, trust_env=False) as client,
    ):
        await client.post("/language", data={"language": "en", "path": "/"})
        asked = asyncio.create_task(client.get("/scorecard.pdf"))
        await said(process, "setting")

        process.send_signal(number)

        assert await ends(process) == 0
        await asyncio.wait({asked})
        asked.exception()
