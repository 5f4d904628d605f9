"""The stand-in and the people in a process of their own:

    python -m tests.benchmarks.speed.standin

It prints its port, reads orders from its standard input, a line of JSON each, and answers each with
a line that says how things stand: ``{"behind": ["http://127.0.0.1:8081/hook"]}``,
``{"gather": 64}``, ``{"go": true, "think": 1, "delay": 0.04}``, ``{"begin": true}``, ``{}``; and
with all that was counted to ``{"figures": true}``. It ends with its input.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from tests.benchmarks.speed.bot_api import BotApi

try:
    from uvloop import run
except ImportError:  # slower, and the same
    from asyncio import run


def told(api: BotApi, order: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order; how things stand."""
    if "behind" in order:
        api.behind = order["behind"]
    if "gather" in order:
        api.crowd.gathers(order["gather"])
    if "go" in order:
        api.delay = order["delay"]
        api.crowd.sets_off(order["think"])
    if "begin" in order:
        api.ledger.begin()
    stands = {
        "ready": api.polled,
        "gathered": api.crowd.gathered.is_set(),
        "walks": api.ledger.walks,
        "lost": api.crowd.lost,
    }
    return {**stands, **api.ledger.figures()} if "figures" in order else stands


async def main() -> None:
    """Stand in until the input ends."""
    api = BotApi()
    await api.opens()
    orders = asyncio.StreamReader()
    await api.loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    _say({"port": api.port})
    while line := await orders.readline():
        _say(told(api, json.loads(line)))
    await api.closes()


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run(main())
