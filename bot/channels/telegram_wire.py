"""The line to the Bot API: requests that log nothing, and what their failures mean for a sender."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.request import getproxies

import aiohttp
import httpx
import telegram
from telegram._utils.defaultvalue import DEFAULT_NONE
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest, RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels import Ambiguous, RetryLater, Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from telegram._utils.types import ODVInput

log = logging.getLogger(__name__)

TOO_MANY_REQUESTS = 429
OUTAGE = 5.0
"""Seconds to wait where the other side is not there at all."""
REFUSED = 60.0
"""Seconds to wait where trying again may help only after somebody changed something."""

KEPT_ALIVE = 60.0
"""Seconds for which an idle connection is kept."""
_NOT_THERE: Final = "not_there"
_JSON: Final = {"Content-Type": "application/json"}
_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "user not found")


class TooManyRequestsError(TelegramError):
    """Telegram asks for patience. The library's own error warns whenever it is made."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too many requests")
        self.seconds = seconds


class Wire(BaseRequest):
    """The library's line to the Bot API on aiohttp, which takes less processor time than the
    library's own. It logs nothing: addresses hold the token, and bodies what people wrote.

    There is no limit to its connections: the sender says only so much at once.
    """

    def __init__(self, read_timeout: float = 5.0, connect_timeout: float = 5.0) -> None:
        self._read_timeout = read_timeout
        self._connect_timeout = connect_timeout
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float:
        """Seconds that an answer may take."""
        return self._read_timeout

    async def initialize(self) -> None:
        """Nothing: the first request opens what it needs."""

    async def shutdown(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: ODVInput[float] = DEFAULT_NONE,
        write_timeout: ODVInput[float] = DEFAULT_NONE,  # noqa: ARG002 - same
        connect_timeout: ODVInput[float] = DEFAULT_NONE,  # noqa: ARG002 - same
        pool_timeout: ODVInput[float] = DEFAULT_NONE,  # noqa: ARG002 - same
    ) -> tuple[int, bytes]:
        """Status and body. Raises TooManyRequestsError for 429, TimedOut, or NetworkError with its
        cause.
        """
        patience = self._read_timeout if read_timeout is DEFAULT_NONE else read_timeout
        timeout = aiohttp.ClientTimeout(
            total=None, connect=self._connect_timeout, sock_read=cast("float | None", patience)
        )
        try:
            async with self._open().request(
                method, url, timeout=timeout, **_body(request_data)
            ) as answer:
                status, body = answer.status, await answer.read()
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            raise NetworkError(_NOT_THERE) from error
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            raise NetworkError(type(error).__name__) from error
        if status == TOO_MANY_REQUESTS:
            raise TooManyRequestsError(patience_of(body))
        return status, body

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0, ssl=httpx.create_ssl_context(), keepalive_timeout=KEPT_ALIVE
                ),
                # Looking for a proxy in the environment at each request costs as much as the rest.
                trust_env=bool(getproxies()),
            )
        return self._session

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


def _body(asked: RequestData | None) -> dict[str, Any]:
    """What is asked, as JSON; with files in parts."""
    if asked is None:
        return {}
    if not asked.contains_files:
        sent = json.dumps(asked.parameters).encode()
        return {"data": sent, "headers": _JSON}
    parts = aiohttp.FormData()
    for name, value in asked.json_parameters.items():
        parts.add_field(name, value)
    for name, (filename, content, media_type) in asked.multipart_data.items():
        parts.add_field(name, content, filename=filename, content_type=media_type)
    return {"data": parts}


async def call(bot: telegram.Bot, method: str, asked: Mapping[str, Any]) -> Any:  # noqa: ANN401 - what the method yields
    """What a method of the Bot API yields, as JSON. Raises TelegramError."""
    said = RequestData([RequestParameter(name, value, None) for name, value in asked.items()])
    return await bot.request.post(f"{bot.base_url}/{method}", said)


def patience_of(body: bytes) -> float:
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
        request=Wire(read_timeout),
        get_updates_request=Wire(),
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
    if cause is not None and error.message != _NOT_THERE:
        return Ambiguous(type(cause).__name__)
    return RetryLater(OUTAGE, everybody=True)


async def close(bot: telegram.Bot) -> None:
    """Close the lines to Telegram. ``Bot.shutdown`` would do so only after a ``getMe``, without
    which nobody could start while Telegram is away.
    """
    for wire in bot._request:  # noqa: SLF001 - the library has no public name for both
        await wire.shutdown()
