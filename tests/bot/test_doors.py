"""A product that cannot open its doors says so in one line, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from bot import doors
from bot.guessing import FROM_ONE
from bot.settings import DatabasePart, Settings, SettingsError, Web
from storage.location import StorageError
from tests.bot.test_channels import product

if TYPE_CHECKING:
    from pathlib import Path


def configured(tmp_path: Path, **web: object) -> Settings:
    url = f"sqlite:///{tmp_path / 'assay.sqlite3'}"
    return Settings(web=Web.model_validate(web), database=DatabasePart(url=url))


async def test_a_taken_port_is_refused_by_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"web.port: 127.0.0.1:{port} cannot be opened"):
            await doors.serve(configured(tmp_path, port=port), asyncio.Event())


async def test_a_product_without_a_door_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no door would open"):
        await doors.serve(configured(tmp_path, enabled=False), asyncio.Event())


async def test_a_second_product_on_the_same_file_is_refused(
    tmp_path: Path, unused_tcp_port_factory: pytest.FixtureRequest
) -> None:
    first, second = unused_tcp_port_factory(), unused_tcp_port_factory()
    async with product(configured(tmp_path, port=first)):
        with pytest.raises(StorageError, match="another Assay uses"):
            await doors.serve(configured(tmp_path, port=second), asyncio.Event())


async def test_a_product_can_be_started_again_after_it_was_stopped(
    tmp_path: Path, unused_tcp_port: int
) -> None:
    for _ in range(2):
        async with product(configured(tmp_path, port=unused_tcp_port)):
            pass


@pytest.mark.parametrize(
    ("proxies", "limited"), [((), False), (("127.0.0.1",), True), (("10.0.0.0/8",), False)]
)
async def test_only_a_trusted_proxy_says_where_a_request_comes_from(
    tmp_path: Path, unused_tcp_port: int, proxies: tuple[str, ...], limited: bool
) -> None:
    found = configured(tmp_path, port=unused_tcp_port, trusted_proxies=proxies)
    async with product(found), httpx.AsyncClient(base_url=found.public_url) as client:
        pages = []
        for _ in range(FROM_ONE + 1):
            # The last one that is named is what the proxy saw; what stands before it is made up.
            headers = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}
            client.cookies.clear()
            pages.append((await client.post("/i/wrong", headers=headers)).text)
        elsewhere = {"X-Forwarded-For": "198.51.100.1, 203.0.113.8"}
        client.cookies.clear()
        other = await client.post("/i/wrong", headers=elsewhere)

    assert (pages[-1] != pages[0]) is limited
    assert other.text == pages[0]
