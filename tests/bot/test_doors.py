"""A product that cannot open its doors says so in one line, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import pytest

from bot import doors
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
