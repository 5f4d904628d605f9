"""The line to the Bot API: requests that log nothing, and what their failures mean for a sender."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import telegram
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
)
from telegram.request import HTTPXRequest

from bot.channels import Ambiguous, RetryLater, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telegram.request import RequestData

log = logging.getLogger(__name__)

TOO_MANY_REQUESTS = 429
OUTAGE = 5.0
"""Seconds to wait where the other side is not there at all."""
REFUSED = 60.0
"""Seconds to wait where trying again may help only after somebody changed something."""

_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")


class TooManyRequestsError(TelegramError):
    """Telegram asks for patience. The library's own error warns whenever it is made."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class Wire(HTTPXRequest):
    """The library's HTTP client, without its log lines: they hold what people wrote."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        *timeouts: Any,  # noqa: ANN401 - the library's own words for "as configured"
        **named_timeouts: Any,  # noqa: ANN401 - same
    ) -> tuple[int, bytes]:
        """Status and body. Raises TooManyRequestsError for 429."""
        status, body = await super().do_request(
            url, method, request_data, *timeouts, **named_timeouts
        )
        if status == TOO_MANY_REQUESTS:
            raise TooManyRequestsError(patience(body))
        return status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer as an object. Raises TelegramError, without the answer in its text."""
        try:
            parsed = json.loads(payload)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict):
            message = "the answer is no JSON object"
            raise TelegramError(message)
        return parsed


def patience(body: bytes) -> float:
    """The seconds that a 429 asks for."""
    try:
        seconds = float(json.loads(body)["parameters"]["retry_after"])
    except (ValueError, TypeError, KeyError):
        return OUTAGE
    return max(1.0, seconds)


def open_bot(
    token: str, base_url: str, base_file_url: str, *, read_timeout: float = 10
) -> telegram.Bot:
    """The bot as the sender uses it; nothing is asked of Telegram yet."""
    return telegram.Bot(
        token,
        base_url=base_url,
        base_file_url=base_file_url,
        request=Wire(read_timeout=read_timeout, pool_timeout=read_timeout),
        get_updates_request=Wire(connection_pool_size=1),
    )


@contextmanager
def kindly() -> Iterator[None]:
    """Say what a failed call means: Unreachable, RetryLater or Ambiguous.

    The library's texts stay behind: they can hold the token, and what was said.
    """
    try:
        yield
    except TelegramError as error:
        raise meaning(error) from None


def meaning(error: TelegramError) -> Unreachable | RetryLater | Ambiguous:
    """What the sender should make of an error."""
    match error:
        case TooManyRequestsError(seconds=seconds):
            return RetryLater(seconds)
        case Forbidden():
            return Unreachable()
        case BadRequest() if any(sign in error.message.lower() for sign in _GONE):
            return Unreachable()
        case InvalidToken():
            log.error("token_refused", extra={"setting": "telegram.token"})
            return RetryLater(REFUSED, everybody=True)
        case BadRequest() | ChatMigrated():
            log.error("message_refused", extra={"error": type(error).__name__})
            return RetryLater(REFUSED)
        case NetworkError():
            return _broken(error)
    return Ambiguous("unreadable")


def _broken(error: NetworkError) -> RetryLater | Ambiguous:
    """A call that never arrived may be repeated at once; of others nobody knows."""
    cause = error.__cause__
    if isinstance(cause, (httpx.ConnectError, httpx.ConnectTimeout)):
        return RetryLater(OUTAGE, everybody=True)
    if isinstance(cause, httpx.PoolTimeout):
        return RetryLater(1.0)
    if isinstance(cause, httpx.HTTPError):
        return Ambiguous(type(cause).__name__)
    return RetryLater(OUTAGE, everybody=True)


async def close(bot: telegram.Bot) -> None:
    """Close the lines to Telegram. ``Bot.shutdown`` would do so only after a ``getMe``, without
    which nobody could start while Telegram is away.
    """
    for wire in bot._request:  # noqa: SLF001 - the library has no public name for both
        await wire.shutdown()
