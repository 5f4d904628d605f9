"""People who use the bot: they type, press what they can see, block, and read what is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.bot_api_chats import BOT

if TYPE_CHECKING:
    from tests.bot_api import BotApi
    from tests.bot_api_chats import Chat

_MARKS = "○●☐☑ "
_FILE = {"file_id": "f", "file_unique_id": "u"}
_KINDS: dict[str, dict[str, Any]] = {
    "voice": {"voice": {**_FILE, "duration": 3}},
    "sticker": {
        "sticker": {
            **_FILE, "type": "regular", "width": 1, "height": 1,
            "is_animated": False, "is_video": False,
        }
    },
    "photo": {"photo": [{**_FILE, "width": 1, "height": 1}]},
    "document": {"document": dict(_FILE)},
    "location": {"location": {"latitude": 1.0, "longitude": 2.0}},
    "contact": {"contact": {"phone_number": "1", "first_name": "A"}},
    "video": {"video": {**_FILE, "width": 1, "height": 1, "duration": 3}},
    "video_note": {"video_note": {**_FILE, "length": 1, "duration": 3}},
    "animation": {
        "animation": {**_FILE, "width": 1, "height": 1, "duration": 3}, "document": dict(_FILE),
    },
    "audio": {"audio": {**_FILE, "duration": 3}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
    "poll": {
        "poll": {
            "id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False,
            "is_anonymous": True, "type": "regular", "allows_multiple_answers": False,
            "allows_revoting": True, "members_only": False,
        }
    },
    "pinned_message": {},
}  # fmt: skip


@dataclass
class Person:
    """Somebody with a Telegram account. What they do is queued at once, as by their client."""

    api: BotApi
    id: int
    language_code: str | None = "en"
    name: str = "Alice"

    @property
    def chat(self) -> Chat:
        return self.api.chat(self.id, "private", {"first_name": self.name})

    @property
    def screen(self) -> str:
        """The text of the newest card."""
        return str(self.chat.card.get("text", ""))

    @property
    def buttons(self) -> list[str]:
        """The labels that the newest card shows."""
        return [key["text"] for key in _keys(self.chat.card)]

    @property
    def messages(self) -> list[str]:
        """Everything that the bot has said and that still stands in the chat."""
        return [str(each.get("text", "")) for each in self.chat.from_bot]

    @property
    def toasts(self) -> list[str]:
        """What was shown on presses."""
        return [text for person, text, _ in self.api.world.toasts if person == self.id]

    async def says(self, text: str) -> int:
        """Type; a client sends a long text as several messages. The number of the last update."""
        number = 0
        for start in range(0, max(1, len(text)), 4096):
            number = self._sends({"text": text[start : start + 4096]})
        return number

    async def presses(self, label: str) -> int:
        """Press a visible button of the newest card, by its label or a part of it."""
        card = self.chat.card
        return self.presses_data(_found(_keys(card), label)["callback_data"], card)

    def presses_data(self, data: str | None, message: dict[str, Any] | None = None) -> int:
        """Press what any client could make up, on any message; None: on none at all."""
        query = f"query-{self.api.updates.next_id}"
        self.api.world.asked[query] = self.id
        self.api.world.unanswered.add(query)
        content: dict[str, Any] = {"id": query, "from": self._about(), "chat_instance": "1"}
        if message is not None:
            content["message"] = dict(message)
        if data is not None:
            content["data"] = data
        return self.api.updates.put(callback_query=content)

    async def sends(self, kind: str, caption: str = "") -> int:
        """Send something that is no text: see ``_KINDS``."""
        content: dict[str, Any] = dict(_KINDS[kind])
        if kind == "pinned_message":
            content = {"pinned_message": dict(self.chat.card)}
        return self._sends({**content, **({"caption": caption} if caption else {})})

    async def sends_voice(self) -> int:
        return await self.sends("voice")

    async def sends_sticker(self) -> int:
        return await self.sends("sticker")

    async def sends_photo(self, caption: str = "") -> int:
        return await self.sends("photo", caption)

    async def edits(self, text: str) -> int:
        """Change the message that they sent last."""
        mine = [each for each in self.chat.messages.values() if not each["from"]["is_bot"]][-1]
        mine.update(text=text, edit_date=mine["date"] + 1)
        return self.api.updates.put(edited_message=dict(mine))

    async def blocks(self) -> int:
        self.chat.blocked = True
        return self._membership("member", "kicked")

    async def unblocks(self) -> int:
        self.chat.blocked = False
        return self._membership("kicked", "member")

    def deletes_card(self) -> None:
        """Delete the newest card from the chat, so that it cannot be edited any more."""
        del self.chat.messages[self.chat.card["message_id"]]

    def _about(self) -> dict[str, Any]:
        about = {"id": self.id, "is_bot": False, "first_name": self.name}
        return about | ({"language_code": self.language_code} if self.language_code else {})

    def _sends(self, content: dict[str, Any]) -> int:
        self.chat.begun = True
        message = self.api.world.message(self.chat, self._about(), **_with_command(content))
        return self.api.updates.put(message=dict(message))

    def _membership(self, before: str, after: str) -> int:
        return self.api.updates.put(
            my_chat_member=_change(self.chat.about, self._about(), before, after)
        )


@dataclass
class Group:
    """A group chat with people in it."""

    api: BotApi
    id: int
    title: str = "Colleagues"

    @property
    def chat(self) -> Chat:
        return self.api.chat(self.id, "supergroup", {"title": self.title})

    async def hears(self, person: Person, text: str) -> int:
        """A person types in the group."""
        self.chat.begun = True
        content = _with_command({"text": text})
        message = self.api.world.message(self.chat, person._about(), **content)
        return self.api.updates.put(message=dict(message))

    async def adds_the_bot(self, person: Person) -> int:
        self.chat.begun = True
        return self.api.updates.put(
            my_chat_member=_change(self.chat.about, person._about(), "left", "member")
        )


def _change(
    chat: dict[str, Any], author: dict[str, Any], before: str, after: str
) -> dict[str, Any]:
    def member(status: str) -> dict[str, Any]:
        return {"user": BOT, "status": status, **({"until_date": 0} if status == "kicked" else {})}

    return {
        "chat": chat,
        "from": author,
        "date": 1_800_000_000,
        "old_chat_member": member(before),
        "new_chat_member": member(after),
    }


def _with_command(content: dict[str, Any]) -> dict[str, Any]:
    """Clients mark a command at the beginning."""
    text = content.get("text", "")
    if not text.startswith("/") or len(text.split()[0]) == 1:
        return content
    entity = {"type": "bot_command", "offset": 0, "length": len(text.split()[0])}
    return {**content, "entities": [entity]}


def _keys(message: dict[str, Any]) -> list[dict[str, Any]]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [key for row in rows for key in row]


def _found(keys: list[dict[str, Any]], label: str) -> dict[str, Any]:
    """The button of this label: exactly, then without its mark, then by beginning, then by part."""
    wanted = label.strip()
    for fits in (
        lambda text: text == wanted,
        lambda text: text.strip(_MARKS) == wanted,
        lambda text: text.strip(_MARKS).startswith(wanted),
        lambda text: wanted in text,
    ):
        for key in keys:
            if fits(key["text"]):
                return key
    visible = ", ".join(repr(key["text"]) for key in keys)
    raise AssertionError(f"no visible button says {label!r}; there are {visible or 'none'}")
