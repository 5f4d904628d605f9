"""A light Bot API: what a survey bot calls, cheap enough not to be what is measured.

It keeps Telegram's rules where they cost a bot something: updates are handed out until they are
confirmed, a message that would not change is refused, a webhook has so many connections and may
answer with a call. Whatever it does not know succeeds.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from tests.benchmarks.speed import parameters
from tests.benchmarks.speed.deliveries import Deliveries
from tests.benchmarks.speed.ledger import Ledger
from tests.benchmarks.speed.lines import Line, answer
from tests.benchmarks.speed.people import Crowd

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.speed.lines import Message

    Asked = dict[str, str]

TOKEN = "4242:made-up"
ME = (
    b'{"id":4242,"is_bot":true,"first_name":"Measured","username":"measured_bot",'
    b'"can_join_groups":true,"can_read_all_group_messages":false,"supports_inline_queries":false}'
)
LONGEST_BATCH = 100
_TRUE = b"true"
_UNCHANGED = (
    b'{"ok":false,"error_code":400,"description":"Bad Request: message is not modified: specified '
    b'new message content and reply markup are exactly the same"}'
)
_BAD = b"400 Bad Request"


class BotApi:
    """One bot, the people who speak with it, and what is counted of both."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.ledger = Ledger()
        self.crowd = Crowd(self.ledger, self._put, self.loop.call_later)
        self.delay = 0.0
        """Seconds for which every answer is held back."""
        self.polled: float | None = None
        """When updates were asked for, or a webhook was set, for the first time."""
        self.behind: list[str] = []
        """Addresses behind the webhook's, which stands for a proxy then: each is next in turn."""
        self.port = 0
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._number = 0
        self._poll: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deliveries: Deliveries | None = None
        self._server: asyncio.Server | None = None
        self._methods: dict[str, Callable[[Asked], bytes | None]] = {
            "getMe": lambda _: ME,
            "sendMessage": self._send,
            "editMessageText": self._edit,
            "editMessageReplyMarkup": self._mark,
            "answerCallbackQuery": self._answer,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getMyCommands": lambda _: b"[]",
            "getWebhookInfo": lambda _: (
                b'{"url":"","has_custom_certificate":false,"pending_update_count":0}'
            ),
        }

    async def opens(self, port: int = 0) -> None:
        """Answer on this port of the loopback."""
        self._server = await self.loop.create_server(
            lambda: Line(self._asked), "127.0.0.1", port, backlog=512
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def closes(self) -> None:
        """Hang up."""
        self.crowd.leaves()
        if self._deliveries is not None:
            self._deliveries.end()
        if self._server is not None:
            self._server.close()

    @property
    def base_url(self) -> str:
        """What a bot is given; its library appends the token."""
        return f"http://127.0.0.1:{self.port}/bot"

    def _put(self, update: bytes) -> None:
        if self._deliveries is not None:
            self._deliveries.put(update)
            return
        self._number += 1
        self._waiting.append((self._number, update))
        if self._poll is not None:
            wake, self._poll = self._poll, None
            self.loop.call_soon(wake)

    def _asked(self, line: Line, message: Message) -> None:
        method = message.target.partition("?")[0].rpartition("/")[2]
        if method == "getUpdates":
            self.ledger.calls[method] += 1
            self._updates(line, parameters.of_call(message))
        else:
            self._says(line, self.call(method, parameters.of_call(message)))

    def _says(self, line: Line, said: bytes) -> None:
        if self.delay:
            self.loop.call_later(self.delay, line.say, said)
        else:
            line.say(said)

    def call(self, method: str, asked: Asked) -> bytes:
        """Do what a bot asks for; the whole answer."""
        self.ledger.calls[method] += 1
        known = self._methods.get(method)
        result = _TRUE if known is None else known(asked)
        if result is None:
            self.ledger.refused[method] += 1
            return answer(_UNCHANGED, _BAD)
        return answer(b'{"ok":true,"result":%b}' % result)

    def _send(self, asked: Asked) -> bytes:
        person = self.crowd.person(int(asked["chat_id"]))
        if person is None:
            return _TRUE
        sent = person.chat.is_sent(asked.get("text", ""), asked.get("reply_markup", ""))
        person.looks()
        return sent

    def _edit(self, asked: Asked) -> bytes | None:
        person = self.crowd.person(int(asked["chat_id"]))
        if person is None:
            return _TRUE
        number, markup = int(asked["message_id"]), asked.get("reply_markup", "")
        edited = person.chat.is_edited(number, asked.get("text", ""), markup)
        person.looks()
        return edited

    def _mark(self, asked: Asked) -> bytes | None:
        person = self.crowd.person(int(asked["chat_id"]))
        if person is None:
            return _TRUE
        markup = asked.get("reply_markup", "")
        marked = person.chat.is_marked(int(asked["message_id"]), markup)
        person.looks()
        return marked

    def _answer(self, asked: Asked) -> bytes:
        query = asked["callback_query_id"]
        person = self.crowd.person(int(query.partition("-")[0]))
        if person is not None:
            person.is_answered(query)
        return _TRUE

    def _updates(self, line: Line, asked: Asked) -> None:
        """Confirm, and hand out what waits as soon as something does."""
        offset = int(asked.get("offset", "0"))
        if self.polled is None:
            self.polled = time.monotonic()
        while self._waiting and self._waiting[0][0] < offset:
            self._waiting.popleft()
        if self._timer is not None:
            self._timer.cancel()
        hand = partial(self._hand_out, line, int(asked.get("limit", LONGEST_BATCH)))
        if self._waiting:
            hand()
        else:
            self._poll = hand
            self._timer = self.loop.call_later(float(asked.get("timeout", "0")), self._nothing)

    def _nothing(self) -> None:
        if self._poll is not None:
            hand, self._poll = self._poll, None
            hand()

    def _hand_out(self, line: Line, limit: int) -> None:
        if self.delay:
            self.loop.call_later(self.delay, self._hand_out_now, line, limit)
        else:
            self._hand_out_now(line, limit)

    def _hand_out_now(self, line: Line, limit: int) -> None:
        many = min(limit, LONGEST_BATCH, len(self._waiting))
        batch = b",".join(self._waiting[index][1] for index in range(many))
        line.say(answer(b'{"ok":true,"result":[%b]}' % batch))

    def _set_webhook(self, asked: Asked) -> bytes:
        if not asked.get("url"):
            return self._delete_webhook(asked)
        if self._deliveries is not None:
            self._deliveries.end()
        self._deliveries = Deliveries(
            self.behind or [asked["url"]],
            asked.get("secret_token", ""),
            int(asked.get("max_connections", "40")),
            self._answered_with,
            self.ledger,
        )
        if self.polled is None:
            self.polled = time.monotonic()
        while self._waiting:
            self._deliveries.put(self._waiting.popleft()[1])
        return _TRUE

    def _delete_webhook(self, _: Asked) -> bytes:
        if self._deliveries is not None:
            self._deliveries.end()
            self._deliveries = None
        return _TRUE

    def _answered_with(self, method: str, asked: Asked) -> None:
        """A webhook's answer was a call: it is done, and nobody is told its result."""
        self.call(method, asked)
