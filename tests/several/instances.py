"""Instances of the product, each a process of its own, on one PostgreSQL."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests import bot_api

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.several.spread import Town

SECRET = "made-up-secret"
INSTRUMENTS = Path(__file__).parent.parent / "instruments"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def noon() -> str:
    """A zone in which it is about noon, so that people may be written to now."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


@dataclass
class Instance:
    """One process behind one address."""

    folder: Path
    number: int
    town: Town
    database_url: str
    keys: str
    """The lines of the configuration that say where keys lie."""
    port: int = field(default_factory=_free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/telegram/webhook"

    async def start(self) -> None:
        configuration = self.folder / f"config-{self.number}.toml"
        configuration.write_text(
            f"""
            [telegram]
            token = "{bot_api.TOKEN}"
            base_url = "{self.town.base_url}"
            base_file_url = "{self.town.base_file_url}"
            mode = "webhook"
            webhook_url = "https://assay.example.org/telegram/webhook"
            webhook_secret = "{SECRET}"
            [web]
            enabled = false
            port = {self.port}
            [database]
            url = "{self.database_url}"
            {self.keys}
            [access]
            mode = "open"
            [instruments]
            folders = ["{INSTRUMENTS}"]
            [reminders]
            from_hour = 4
            to_hour = 23
            zone = "{noon()}"
            [log]
            level = "error"
            """,
            "utf-8",
        )
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "run", "--config", str(configuration),
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip

    async def ends(self, by: signal.Signals) -> int:
        """End it; how it ended."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(by)
        return await self.process.wait()


@asynccontextmanager
async def running(
    town: Town, folder: Path, database_url: str, many: int, keys: str = ""
) -> AsyncIterator[list[Instance]]:
    """So many instances before which the town's updates are spread; stopped at the end."""
    keys = keys or f'keys = "sqlite:///{folder}/keys"'
    instances = [Instance(folder, n, town, database_url, keys) for n in range(many)]
    town.updates.addresses = [each.address for each in instances]
    try:
        for each in instances:
            await each.start()
        yield instances
    finally:
        for each in instances:
            if each.process is not None:
                await each.ends(signal.SIGTERM)
