"""The bots that are measured: how each is started, and what stands for it in a table."""

from __future__ import annotations

import secrets
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.speed.bot_api import TOKEN
from tests.benchmarks.speed.processes import PEERS

if TYPE_CHECKING:
    from collections.abc import Mapping

Command = tuple[list[str | Path], dict[str, str]]
"""Words and environment."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A bot with a name."""

    name: str
    what: str
    durable: bool = False

    def command(self, folder: Path, base_url: str, mode: str) -> Command:
        """How to start it over a folder of its own."""
        return [PEERS, "-m", f"tests.benchmarks.speed.peers.{self.name}"], {
            "BENCH_BASE_URL": base_url,
            "BENCH_TOKEN": TOKEN,
            "BENCH_FOLDER": str(folder),
            "BENCH_MODE": mode,
            "BENCH_PORT": str(free_port()),
            "BENCH_SECRET": secrets.token_hex(8),
        }


class Assay(Contender):
    """The product itself, with everything on."""

    def command(self, folder: Path, base_url: str, mode: str) -> Command:
        """As its documentation says: a configuration, and `assay run`."""
        configuration = folder / "config.toml"
        configuration.write_text(configured(folder, base_url, mode), "utf-8")
        return [Path(sys.executable).parent / "assay", "run", "--config", configuration], {}


def configured(
    folder: Path, base_url: str, mode: str, more: Mapping[str, str] | None = None
) -> str:
    """The configuration of a bot that anybody may speak with, and of its pages."""
    port = free_port()
    told = {
        "telegram": f"""
            token = "{TOKEN}"
            base_url = "{base_url}"
            base_file_url = "{base_url}"
            mode = "{mode}"
            webhook_url = "http://127.0.0.1:{port}/telegram/webhook"
            webhook_secret = "{secrets.token_hex(8)}"
        """,
        "web": f"port = {port}",
        "database": f'url = "sqlite:///{folder / "assay.sqlite3"}"',
        "access": 'mode = "open"',
        **(more or {}),
    }
    return "".join(f"[{name}]\n{lines}\n" for name, lines in told.items())


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


ASSAY = Assay("assay", "Assay, everything on, SQLite FULL", durable=True)
PICKLE = Contender("ptb_conversation", "PTB ConversationHandler + PicklePersistence")
BARE = Contender("ptb_bare", "PTB, nothing kept")
ORM = Contender("ptb_orm", "PTB + SQLAlchemy ORM, commit per answer", durable=True)
FSM = Contender("aiogram_fsm", "aiogram 3, FSM in memory")
DIALOG = Contender("aiogram_dialogs", "aiogram-dialog, in memory")
MINIMAL = Contender("minimal", "PTB + SQLAlchemy + APScheduler, minimal", durable=True)
NOTHING = Contender("nothing", "no library, nothing kept")
CONTENDERS = {each.name: each for each in (ASSAY, PICKLE, BARE, ORM, FSM, DIALOG, NOTHING)}
