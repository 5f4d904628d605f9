"""The product, with a typesetter that never ends: it says on standard output that it has begun."""

from __future__ import annotations

import sys
import threading

from bot import scorecards
from bot.cli import main


async def _some(*_: object) -> str:
    return "rscb-2014"


def _never_done(*_: object) -> None:
    sys.stdout.write("setting\n")
    sys.stdout.flush()
    threading.Event().wait()


scorecards.benchmark_of = _some
scorecards.company = _some
scorecards.attachment = _never_done
main()
