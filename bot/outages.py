"""Who is to blame when a transaction fails: the update that was taken, or a database away."""

from __future__ import annotations

from typing import Final

from sqlalchemy import exc

from bot.channels.telegram_updates import TRIES

AWAY: Final = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
"""What is raised when the database is away, mostly: the drivers are not exact about it."""
PATIENCE: Final = 8
"""Times that an update may meet what could be an outage, and could be its own doing."""
_CUT_OFF: Final = frozenset({"25P03", "57P01", "57P02", "57P03", "57P05"})
"""PostgreSQL ended the connection: it said nothing for too long, because keys were waited for; or
the server stops.
"""
_UNCLEAR: Final = frozenset({"SQLITE_ERROR", "57014"})
"""A statement that SQLite finds wrong, one that PostgreSQL gave up after its time: an update that
meets these always must not have the others wait for ever.
"""


def tries(error: Exception) -> int | None:
    """How often an update may fail like this before it is set aside; None: an outage, which counts
    against nobody.
    """
    cause = error.orig if isinstance(error, exc.DBAPIError) else None
    if getattr(cause, "sqlstate", None) in _CUT_OFF:
        return None
    if not isinstance(error, AWAY):
        return TRIES
    said = {getattr(cause, "sqlite_errorname", None), getattr(cause, "sqlstate", None)}
    return PATIENCE if said & _UNCLEAR else None
