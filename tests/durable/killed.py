"""The product kills itself at one step when it is told to: as soon as a file of orders is there and
names a step ("storage.sessions.save after"), the process dies of SIGKILL there.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import os
import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

STEPS = {
    "storage.ledger.first_times": ("storage.ledger", "first_times"),
    "storage.sessions.own_drafts": ("storage.sessions", "own_drafts"),
    "flows.engine.advance": ("bot.visit", "advance"),
    "storage.sessions.save_all": ("storage.sessions", "save_all"),
    "storage.sessions.remove": ("storage.sessions", "remove"),
    "storage.participation.finish": ("storage.participation", "finish"),
    "storage.pool.put": ("storage.pool", "put"),
    "storage.outbox.put_claimed": ("storage.outbox", "put_claimed"),
    "commit": ("sqlalchemy.ext.asyncio", "AsyncConnection.commit"),
    "storage.people.set_cards": ("storage.people", "set_cards"),
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
