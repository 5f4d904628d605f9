"""The product as a process of its own, which kills itself at one step when it is told to.

Run as ``python -m tests.bot.killed SETTINGS ARM``: SETTINGS is a TOML file; as soon as the file ARM
is there and names a step ("storage.sessions.save after"), the process dies of SIGKILL there.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

from bot import doors, log, settings

STEPS = {
    "storage.ledger.first_time": ("storage.ledger", "first_time"),
    "storage.sessions.load": ("storage.sessions", "load"),
    "flows.engine.advance": ("bot.visit", "advance"),
    "storage.sessions.save": ("storage.sessions", "save"),
    "storage.sessions.remove": ("storage.sessions", "remove"),
    "storage.participation.finish": ("storage.participation", "finish"),
    "storage.responses.add": ("storage.responses", "add"),
    "storage.outbox.put": ("storage.outbox", "put"),
    "commit": ("sqlalchemy.ext.asyncio", "AsyncConnection.commit"),
    "storage.outbox.claim": ("storage.outbox", "claim"),
    "storage.people.set_card": ("storage.people", "set_card"),
    "storage.outbox.done": ("storage.outbox", "done"),
    "telegram.show": ("bot.channels.telegram", "TelegramChannel.show"),
    "telegram.answer": ("bot.channels.telegram", "TelegramChannel.answer"),
}


def arm(step: str, orders: Path) -> None:
    """Have the process die before or after a call of this step, once the orders say so."""
    module_name, path = STEPS[step]
    owner: Any = importlib.import_module(module_name)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    call = getattr(owner, name)

    def die_if(moment: str) -> None:
        if orders.is_file() and orders.read_text() == f"{step} {moment}":
            os.kill(os.getpid(), signal.SIGKILL)

    @functools.wraps(call)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        die_if("before")
        result = await call(*args, **kwargs)
        die_if("after")
        return result

    @functools.wraps(call)
    def called(*args: Any, **kwargs: Any) -> Any:
        die_if("before")
        result = call(*args, **kwargs)
        die_if("after")
        return result

    setattr(owner, name, awaited if asyncio.iscoroutinefunction(call) else called)


def main(configuration: str, orders: str) -> None:
    for step in STEPS:
        arm(step, Path(orders))
    log.configure("warning", "console")
    asyncio.run(doors.run(settings.load(Path(configuration))))


if __name__ == "__main__":
    main(*sys.argv[1:])
