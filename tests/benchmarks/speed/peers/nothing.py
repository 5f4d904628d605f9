"""No library at all, and nothing kept: what the stand-in and the people can do at the most."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from uvloop import run

from tests.benchmarks.speed.lines import Line, Message
from tests.benchmarks.speed.peers import form, surroundings


class Bot:
    """One line to ask for updates on, one to speak on without waiting for answers."""

    def __init__(self) -> None:
        self.where: dict[int, int] = {}
        self.ticked: dict[int, set[int]] = {}
        self.asks = Line(self.polled)
        self.speaks = Line(lambda _, __: None)

    async def opens(self) -> None:
        """Connect, and ask for the first updates."""
        api = urlsplit(surroundings.BASE_URL)
        for line in (self.asks, self.speaks):
            await asyncio.get_running_loop().create_connection(
                lambda line=line: line, api.hostname, api.port
            )
        self.polls(0)

    def polls(self, offset: int) -> None:
        """Ask for what comes after the last update."""
        self.says(self.asks, "getUpdates", timeout=30, offset=offset)

    def says(self, line: Line, method: str, **asked: Any) -> None:
        """Send a call."""
        body = urlencode(asked).encode()
        head = f"POST /bot/{method} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        line.say(head.encode() + body)

    def polled(self, _: Line, message: Message) -> None:
        """Take a batch."""
        updates = json.loads(message.body)["result"]
        for update in updates:
            if "message" in update:
                self.typed(update["message"])
            else:
                self.pressed(update["callback_query"])
        self.polls(updates[-1]["update_id"] + 1 if updates else 0)

    def typed(self, message: dict[str, Any]) -> None:
        """Somebody begins, or wrote something."""
        chat = message["chat"]["id"]
        if message["text"] == "/start":
            self.where[chat] = -1
            self.shows("sendMessage", form.WELCOME, chat_id=chat)
        else:
            screen = form.saved(self.where[chat], message["text"])
            self.shows("sendMessage", screen, chat_id=chat)

    def pressed(self, query: dict[str, Any]) -> None:
        """Somebody pressed a button."""
        chat, number = query["from"]["id"], query["message"]["message_id"]
        self.says(self.speaks, "answerCallbackQuery", callback_query_id=query["id"])
        screen = self.reached(chat, *query["data"].split(":"))
        self.shows("editMessageText", screen, chat_id=chat, message_id=number)

    def reached(self, chat: int, what: str, *where: str) -> form.Screen:
        """What comes of a button."""
        if what == "send":
            return form.SENT
        if what == "pick":
            at, option = map(int, where)
            if form.QUESTIONS[at].kind == "many":
                self.ticked.setdefault(chat, set()).add(option)
                return form.asked(at, self.ticked[chat])
            if form.QUESTIONS[at].comment:
                return form.comment(at)
        self.where[chat] += 1
        self.ticked.pop(chat, None)
        return form.asked(self.where[chat])

    def shows(self, method: str, screen: form.Screen, **where: int) -> None:
        """Send or edit a message."""
        rows = [
            [{"text": label, "callback_data": data} for label, data in row] for row in screen.keys
        ]
        markup = json.dumps({"inline_keyboard": rows})
        self.says(self.speaks, method, text=screen.text, reply_markup=markup, **where)


async def main() -> None:
    """Run the bot until killed."""
    await Bot().opens()
    await asyncio.Event().wait()


if __name__ == "__main__":
    run(main())
