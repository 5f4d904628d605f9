"""What comes in from Telegram, by polling or webhook: confirmed only after it was committed."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from telegram.error import InvalidToken, TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

from bot.channels.telegram_reading import LARGEST_ID
from bot.channels.telegram_updates import Fetch, Intake, NotNowError, SetAside, Take
from bot.channels.telegram_wire import TooManyRequestsError, Wire

if TYPE_CHECKING:
    import telegram

    from bot.channels import Carried, LiveCard, Shown

_T = TypeVar("_T")
Edit: TypeAlias = "Callable[[str, Shown, LiveCard], dict[str, Any] | None]"
"""The call that edits a live card (``TelegramChannel.edit``)."""

__all__ = ["Fetch", "Intake", "NotNowError", "Polling", "SetAside", "Take", "Webhook"]

log = logging.getLogger(__name__)

WANTED: Final = ("message", "edited_message", "callback_query", "my_chat_member")
"""Kinds of updates that Telegram is asked for."""
LONG_POLL = 25
"""Seconds for which Telegram holds a question open when there is nothing new."""
SLACK = 10
"""Seconds beyond that, after which the line is taken to be dead."""
LONGEST_BODY = 1_000_000
"""Bytes of a webhook's request; the route reads no further."""
RETRY_AFTER = 5
"""Seconds that the route tells Telegram to wait with a 503."""

_NO_BOT: Final = "token_refused"
# First and longest wait for each kind of trouble; each further failure doubles the wait.
_BACK_OFF: Final = {
    _NO_BOT: (1.0, 60.0),
    "another_instance_polls": (3.0, 30.0),
    "webhook_is_set": (3.0, 30.0),
    "no_contact": (1.0, 30.0),
    "not_committed": (1.0, 30.0),
    "slow_down": (1.0, 60.0),
}
# Which setting to look at.
_CURE: Final = {
    _NO_BOT: "telegram.token, telegram.base_url",
    "another_instance_polls": "telegram.token",
    "webhook_is_set": "telegram.mode",
}


class _TroubleError(Exception):
    """Why a poll brought nothing; never its text, which may hold the token."""

    def __init__(self, kind: str, seconds: float | None = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.seconds = seconds


@dataclass(slots=True)
class Polling:
    """Asks for updates for ever; the next question confirms what the last one brought."""

    bot: telegram.Bot = field(repr=False)
    intake: Intake
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    long_poll: int = LONG_POLL
    good: Callable[[], None] = lambda: None
    """Called whenever Telegram answered well."""
    refused: Callable[[str], None] = lambda _: None
    """Called with the reason when Telegram says that this bot is none of its own."""
    _offset: int | None = None
    _trouble: str = ""
    _failures: int = 0
    _wire: Wire = field(default_factory=Wire, repr=False)

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until ``stop``; a batch in hand is finished, a waiting question is dropped."""
        stopped = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                try:
                    await self._once(stopped)
                except _TroubleError as trouble:
                    await _unless(stopped, self.pause(self._wait_after(trouble)))
        finally:
            stopped.cancel()
            await self.intake.close()
            await self._wire.shutdown()

    async def _once(self, stopped: asyncio.Future[Any]) -> None:
        updates = await _unless(stopped, self._updates())
        if updates is None:
            return
        self.good()
        try:
            await _to_its_end(self.intake.receive(updates))
        except NotNowError:
            raise _TroubleError("not_committed") from None
        if updates:
            self._offset = max(each["update_id"] for each in updates) + 1
        if self._trouble:
            log.info("polling_again", extra={"count": self._failures})
        self._trouble, self._failures = "", 0

    def _wait_after(self, trouble: _TroubleError) -> float:
        """Seconds to wait; each kind of trouble is logged once until it is over."""
        if trouble.kind == _NO_BOT:
            self.refused(_NO_BOT)
        if trouble.kind != self._trouble:
            self._trouble, self._failures = trouble.kind, 0
            cure = _CURE.get(trouble.kind, "")
            log.warning("polling_failed", extra={"reason": trouble.kind, "setting": cure})
        first, longest = _BACK_OFF[trouble.kind]
        wait = min(longest, first * 2 ** min(self._failures, 10))
        self._failures += 1
        return trouble.seconds if trouble.seconds is not None else wait

    async def _updates(self) -> list[dict[str, Any]]:
        asked: dict[str, Any] = {"timeout": self.long_poll, "allowed_updates": list(WANTED)}
        if self._offset is not None:
            asked["offset"] = self._offset
        result = await self._call("getUpdates", asked, self.long_poll + SLACK)
        if not isinstance(result, list):
            raise _TroubleError("no_contact")
        known = [each for each in result if _is_update(each)]
        if len(known) < len(result):
            log.warning("update_without_id", extra={"count": len(result) - len(known)})
        if result and not known:
            raise _TroubleError("no_contact")
        return known

    async def _call(self, method: str, asked: dict[str, Any], patience: float) -> object:
        """What Telegram answers, as JSON that nothing has interpreted yet."""
        try:
            status, body = await self._wire.do_request(
                f"{self.bot.base_url}/{method}",
                "POST",
                RequestData([RequestParameter.from_input(*each) for each in asked.items()]),
                read_timeout=patience,
            )
        except TooManyRequestsError as error:
            raise _TroubleError("slow_down", error.seconds) from None
        except TelegramError:
            raise _TroubleError("no_contact") from None
        answer = _parsed(body)
        if status == 409 and "webhook" in str(answer.get("description")):  # noqa: PLR2004 - Conflict
            await self._call("deleteWebhook", {}, SLACK)
            raise _TroubleError("webhook_is_set")
        if status in _REFUSALS:
            raise _TroubleError(_REFUSALS[status])
        if not answer.get("ok"):
            raise _TroubleError("no_contact")
        return answer.get("result")


_REFUSALS: Final = {
    401: _NO_BOT,
    404: _NO_BOT,
    409: "another_instance_polls",
}


async def _unless(stopped: asyncio.Future[Any], work: Awaitable[Any]) -> Any:  # noqa: ANN401 - whatever the work yields
    """What the work yields, or None where it was stopped and dropped."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
        return task.result() if task.done() else None
    finally:
        if task.cancel():
            await asyncio.wait({task})


async def _to_its_end(work: Awaitable[_T]) -> _T:
    """Wait for the work; whoever is cancelled meanwhile leaves only when it is done."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()
        raise


def _parsed(body: bytes) -> dict[str, Any]:
    """The body as an object; whatever else it is, an empty one."""
    try:
        parsed = json.loads(body.decode(errors="replace"))
    except (ValueError, RecursionError):
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _is_update(raw: object) -> bool:
    """Whether it can be confirmed: a negative number would throw others away."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    return type(number) is int and 0 <= number < LARGEST_ID


@dataclass(frozen=True, slots=True)
class Answer:
    """What a delivery is answered with: a status, and a call for Telegram to make."""

    status: int
    call: dict[str, Any] | None = None
    arrived: Callable[[], None] = lambda: None
    """To be called when the answer is on its way."""


@dataclass(slots=True)
class Webhook:
    """Takes what Telegram delivers; the answer goes out after the commit, and takes along the edit
    of the live card: that may be repeated, and nobody has to know what became of it.
    """

    secret: str = field(repr=False)
    intake: Intake
    good: Callable[[], None] = lambda: None
    """Called whenever an update was taken."""
    edit: Edit | None = None
    """How an edit is called; without it no answer carries one."""

    def admits(self, secret: str | None) -> bool:
        """Whether this is the secret that Telegram was given; looked at before any body is read."""
        given, ours = (secret or "").encode(errors="replace"), self.secret.encode()
        return bool(ours) and hmac.compare_digest(given, ours)

    async def receive(self, body: bytes, secret: str | None) -> Answer:
        """What to answer with; a 503 is told ``RETRY_AFTER`` seconds."""
        if not self.admits(secret):
            return Answer(403)
        if len(body) > LONGEST_BODY:
            return Answer(413)
        update = _parsed(body)
        if not _is_update(update):
            return Answer(400)
        try:
            carried = await _to_its_end(
                self.intake.receive([update], carries=self.edit is not None)
            )
        except NotNowError:
            return Answer(503)
        self.good()
        return self._carrying(carried[0]) if carried else Answer(200)

    def _carrying(self, carried: Carried) -> Answer:
        call = self.edit and self.edit(carried.address, carried.shown, carried.live)
        if not call:
            carried.otherwise()
            return Answer(200)
        return Answer(200, call, carried.said)


async def set_webhook(
    bot: telegram.Bot,
    url: str,
    secret: str,
    refused: Callable[[str], None] = lambda _: None,
    *,
    at_once: int = 8,
) -> bool:
    """Have Telegram deliver to ``url``, so many updates ``at_once``; what waits is delivered too.
    ``refused`` is called as that of ``Polling``.
    """
    try:
        return await bot.set_webhook(
            url, allowed_updates=WANTED, secret_token=secret, max_connections=at_once
        )
    except TelegramError as error:
        if isinstance(error, InvalidToken):
            refused(_NO_BOT)
        log.error("webhook_not_set", extra=_kind(error, "telegram.webhook_url"))  # noqa: TRY400 - a trace could hold the token
        return False


async def delete_webhook(bot: telegram.Bot) -> bool:
    """Have Telegram keep updates until they are asked for; none is dropped."""
    try:
        return await bot.delete_webhook()
    except TelegramError as error:
        log.warning("webhook_not_deleted", extra=_kind(error, "telegram.token"))
        return False


def _kind(error: Exception, setting: str) -> dict[str, str]:
    """What may be logged: a stack or a text could hold the token."""
    return {"error": type(error).__name__, "setting": setting}
