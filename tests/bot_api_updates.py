"""The queue of updates of the Bot API stand-in: kept until confirmed, polled or delivered."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx

from tests.bot_api_rules import Refusal, bad

FIRST = 1_000


class Updates:
    """What people did, in order. Nothing is forgotten before it is confirmed."""

    def __init__(self) -> None:
        self.waiting: list[dict[str, Any]] = []
        self.handed: Counter[int] = Counter()
        """How often each update was handed out."""
        self.confirmed: list[int] = []
        self.offsets: list[int] = []
        """What was sent as an offset."""
        self.owed: set[int] = set()
        """Private chats in which somebody did something and was shown nothing since."""
        self.next_id = FIRST
        self.webhook: dict[str, str] = {}
        self.deliveries: list[int] = []
        """Statuses with which the webhook answered."""
        self._echoes: list[dict[str, Any]] = []
        self._all: dict[int, dict[str, Any]] = {}
        self._poller: asyncio.Event | None = None
        self._event = asyncio.Event()
        self._delivering: asyncio.Task[None] | None = None
        self.carried: Callable[[dict[str, Any]], Awaitable[object]] | None = None
        """Makes the call that a webhook's answer carries."""
        self.methods: dict[str, Callable[[dict[str, str]], Any]] = {
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
        }

    def happened(self) -> None:
        """Wake whoever waits for something here."""
        self._event.set()
        self._event = asyncio.Event()

    async def something_happened(self) -> None:
        await self._event.wait()

    def put(self, **content: Any) -> int:
        """Add an update; its number."""
        update = {"update_id": self.next_id, **content}
        self.next_id += 1
        self.waiting.append(update)
        self._all[update["update_id"]] = update
        self.happened()
        return int(update["update_id"])

    def replay(self, update_id: int) -> None:
        """Hand an update out once more, as Telegram does when it missed the confirmation."""
        self._echoes.append(self._all[update_id])
        self.happened()

    @property
    def polled(self) -> bool:
        """Whether somebody asks for updates, and waits for some to come."""
        return self._poller is not None

    async def poll(self, asked: dict[str, str], gone: asyncio.Event) -> list[dict[str, Any]]:
        """getUpdates: confirm, wait, hand out. A later poller ends an earlier one."""
        if self.webhook:
            raise _conflict("can't use getUpdates method while webhook is active; use "
                            "deleteWebhook to delete the webhook first")  # fmt: skip
        if self._poller is not None:
            self._poller.set()
        ended = self._poller = asyncio.Event()
        self._confirm(asked.get("offset"))
        self.happened()
        await self._something_waits(float(asked.get("timeout", "0")), (gone, ended))
        if ended.is_set():
            raise _conflict("terminated by other getUpdates request; make sure that only one bot "
                            "instance is running")  # fmt: skip
        self._poller = None
        return [] if gone.is_set() else self._hand_out(int(asked.get("limit", "100")))

    def _confirm(self, offset: str | None) -> None:
        if offset is None:
            return
        number = int(offset)
        self.offsets.append(number)
        if number < 0:
            done, kept = self.waiting[:number], self.waiting[number:]
        else:
            done = [each for each in self.waiting if each["update_id"] < number]
            kept = [each for each in self.waiting if each["update_id"] >= number]
        self.waiting = kept
        self.confirmed.extend(each["update_id"] for each in done)
        self.happened()

    async def _something_waits(self, seconds: float, stops: tuple[asyncio.Event, ...]) -> None:
        watched = [asyncio.ensure_future(stop.wait()) for stop in stops]
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (self.waiting or self._echoes or any(stop.is_set() for stop in stops)):
                    news = asyncio.ensure_future(self._event.wait())
                    try:
                        await asyncio.wait({news, *watched}, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        news.cancel()
        for task in watched:
            task.cancel()

    def _hand_out(self, limit: int) -> list[dict[str, Any]]:
        batch = [*self._echoes, *self.waiting][: max(1, min(limit, 100))]
        self._echoes = self._echoes[len(batch) :]
        for each in batch:
            self._handed(each)
        return batch

    def _handed(self, update: dict[str, Any]) -> None:
        number = update["update_id"]
        self.handed[number] += 1
        chat = _acted_in(update)
        if self.handed[number] == 1 and chat is not None:
            self.owed.add(chat)

    def _set_webhook(self, asked: dict[str, str]) -> bool:
        if not asked.get("url"):
            return self._delete_webhook(asked)
        secret = asked.get("secret_token", "")
        if secret and not (len(secret) <= 256 and secret.replace("-", "_").isidentifier()):
            raise bad("secret token contains unallowed characters")
        self.webhook = asked
        if self._delivering is None:
            self._delivering = asyncio.ensure_future(self._deliver())
        return True

    def _delete_webhook(self, asked: dict[str, str]) -> bool:
        self.webhook = {}
        if self._delivering is not None:
            self._delivering.cancel()
            self._delivering = None
        if asked.get("drop_pending_updates") == "true":
            self.waiting.clear()
        return True

    def _webhook_info(self, _: dict[str, str]) -> dict[str, Any]:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.waiting),
        }

    async def _deliver(self) -> None:
        """One at a time, in order, until each is answered with a success."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.webhook.get("secret_token", "")}
        async with httpx.AsyncClient(timeout=60, headers=headers, trust_env=False) as client:
            while True:
                while not (self.waiting or self._echoes):
                    await self.something_happened()
                (update,) = self._hand_out(1)
                status = await self._post(client, update)
                self.deliveries.append(status)
                if 200 <= status < 300 and update in self.waiting:
                    self.waiting.remove(update)
                    self.confirmed.append(update["update_id"])
                elif not 200 <= status < 300:
                    await asyncio.sleep(0.05)  # Telegram starts with less than a second, too
                self.happened()

    async def _post(self, client: httpx.AsyncClient, update: dict[str, Any]) -> int:
        try:
            body = json.dumps(update)
            kind = {"content-type": "application/json"}
            answer = await client.post(self.webhook["url"], content=body, headers=kind)
        except httpx.HTTPError:
            return 0
        await self.makes(answer)
        return answer.status_code

    async def makes(self, answer: httpx.Response) -> None:
        """Make the call that the answer to a delivery carries, if it carries one."""
        if answer.is_success and answer.content and self.carried is not None:
            await self.carried(answer.json())

    async def stop(self) -> None:
        if self._delivering is not None:
            self._delivering.cancel()
            await asyncio.gather(self._delivering, return_exceptions=True)


def _conflict(what: str) -> Refusal:
    return Refusal(409, f"Conflict: {what}")


def _acted_in(update: dict[str, Any]) -> int | None:
    """The private chat in which somebody did something that is answered."""
    try:
        if "callback_query" in update:
            return int(update["callback_query"]["from"]["id"])
        chat = (update.get("message") or update["edited_message"])["chat"]
        return int(chat["id"]) if chat["type"] == "private" else None
    except (KeyError, TypeError):
        return None
