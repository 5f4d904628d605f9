"""Work that takes processor time, beside the loop, and that nobody waits for at the end.

``asyncio.to_thread`` would have the process stay until a report is set, however long that takes.
What is made here is handed back whole or not at all: it writes nothing, so it can be left alone.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_P = ParamSpec("_P")
_T = TypeVar("_T")
_NAME = "apart"


async def apart(make: Callable[_P, _T], *given: _P.args, **named: _P.kwargs) -> _T:
    """What ``make`` returns or raises, from a thread that ends with the process."""
    loop = asyncio.get_running_loop()
    made: asyncio.Future[_T] = loop.create_future()

    def told(result: Callable[[], None]) -> None:
        if not made.done():  # whoever waited may have been let go of
            result()

    def work() -> None:
        try:
            found = make(*given, **named)
        except Exception as error:  # noqa: BLE001 - raised where it is waited for
            failure = error
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(told, lambda: made.set_exception(failure))
        else:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(told, lambda: made.set_result(found))

    threading.Thread(target=work, name=_NAME, daemon=True).start()
    return await made


def abandoned() -> bool:
    """Whether something is still being made that nobody waits for any more."""
    return any(each.name == _NAME for each in threading.enumerate())
