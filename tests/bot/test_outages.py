"""An outage counts against nobody; what an update does itself counts against it."""

from __future__ import annotations

import pytest
from sqlalchemy import exc

from bot.channels.telegram_updates import TRIES
from bot.outages import PATIENCE, tries


def failed(**known: str) -> exc.OperationalError:
    """A failure of which the driver knows this."""
    return exc.OperationalError("", {}, cause(**known))


def cause(**known: str) -> Exception:
    return type("Cause", (Exception,), known)()


@pytest.mark.parametrize(
    "outage",
    [
        exc.TimeoutError(),
        failed(),
        failed(sqlite_errorname="SQLITE_FULL"),
        failed(sqlite_errorname="SQLITE_BUSY"),
        failed(sqlstate="57P01"),
        exc.InternalError("", {}, cause(sqlstate="25P03")),  # it waited for keys too long
        failed(sqlstate="55P03"),
    ],
)
def test_a_database_that_is_away_counts_against_no_update(outage: Exception) -> None:
    assert tries(outage) is None


@pytest.mark.parametrize(
    "unclear", [failed(sqlite_errorname="SQLITE_ERROR"), failed(sqlstate="57014")]
)
def test_what_could_be_the_updates_own_doing_is_borne_for_a_while(unclear: Exception) -> None:
    assert tries(unclear) == PATIENCE


def test_what_an_update_does_itself_is_borne_twice() -> None:
    assert tries(ValueError()) == TRIES
