"""Updates as Telegram sends them, and what may become of one that is bent at some place."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, Final

from tests.bot_api import BotApi
from tests.fuzz.odd import odd

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

MINE: Final = "@ME@"
"""Stands in texts for a word that only whoever says it knows."""
PEOPLE: Final = tuple(range(7, 17))

_FILE = {"file_id": "f", "file_unique_id": "u"}
_KINDS = (
    "voice", "sticker", "photo", "document", "location", "contact", "video", "video_note",
    "animation", "audio", "dice", "poll",
)  # fmt: skip
TEXTS = (
    "/start", "/help", "/status", "/scorecard", "/language zh", "/language en", "/pause",
    "/continue ABC-123", "/code", "/reminders off", "/timezone Asia/Shanghai", "/privacy",
    "/mydata", "/forget", "/forget yes", "/home", "/take rscb-2014",
    "/take asi-certification-survey-2021", "/work", "/work found", "/digest",
    "/invite", "/ask me", "/claim x", "/admin", "/start abc", "1", "2", "1, 2", "a", "Review",
    "Start", "none of these", f"I am {MINE}", f"my words {MINE}", f"{MINE}@example.org", "Skip",
    "Back", "以上都不符合", "yes",
)  # fmt: skip
_ENUMS: Final[dict[str, tuple[Any, ...]]] = {
    "type": (
        "private", "group", "supergroup", "channel", "mention", "bot_command", "text_link",
        "user", "hidden_user", "regular", "quiz", "sender", "new_kind",
    ),
    "status": ("member", "kicked", "left", "administrator", "restricted", "creator", "odd"),
    "language_code": ("en", "zh", "zh-hans", "de", "", "x" * 300, None),
}  # fmt: skip
_KEYS = (
    "message", "edited_message", "callback_query", "my_chat_member", "channel_post",
    "inline_query", "poll", "message_reaction", "chat_member", "business_message",
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 7, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**30, 1.5, -0.0, 1e308,
)  # fmt: skip
_EXTRA: Final[dict[str, Any]] = {
    "entities": [{"type": "bot_command", "offset": 0, "length": 6}], "caption": "a caption",
    "reply_to_message": None, "has_protected_content": True, "media_group_id": "1",
    "author_signature": "x", "via_bot": {"id": 4, "is_bot": True, "first_name": "b"},
    "forward_origin": {"type": "hidden_user", "date": 1, "sender_user_name": "Bob"},
    "edit_date": 5, "is_topic_message": True, "message_thread_id": 3,
    "quote": {"text": "q", "position": 0}, "new_field_of_tomorrow": {"a": [1, {"b": None}]},
    "web_app_data": {"data": "x", "button_text": "y"},
    "game": {"title": "t", "description": "d", "photo": []},
    "pinned_message": {"message_id": 1}, "left_chat_member": {"id": 1},
    "migrate_to_chat_id": -100, "users_shared": {"request_id": 1, "users": []}, "venue": {},
    "story": {"chat": {"id": 1, "type": "private"}, "id": 4}, "text": "hello",
    "document": {**_FILE, "file_name": "contacts.csv", "file_size": 5},
    "checklist": {"title": "t", "tasks": []}, "effect_id": "1", "gift": {},
    "successful_payment": {}, "link_preview_options": {"url": "x"},
}  # fmt: skip


async def corpus() -> list[dict[str, Any]]:
    """Valid updates of all kinds, made by people at the stand-in for the Bot API."""
    api = BotApi()
    for number in PEOPLE[:3]:
        somebody = api.person(number, ("en", "zh-hans", None)[number % 3])
        for text in TEXTS:
            await somebody.says(text)
        for kind in _KINDS:
            await somebody.sends(kind, "a caption" if kind in {"photo", "video"} else "")
        await somebody.says("hello")
        await somebody.edits("hello again")
        message = dict(next(iter(somebody.chat.messages.values())))
        for data in ("10123abcdc:3:a", "10123abcdg:re", "1--------k:help", "1--------k:forget:yes",
                     "1--------k:work:found", "", "2old"):  # fmt: skip
            somebody.presses_data(data, message)
        somebody.presses_data("10123abcdc:3:a", None)
        somebody.presses_data("10123abcds", {"message_id": 5, "date": 0, "chat": message["chat"]})
        await somebody.blocks()
        await somebody.unblocks()
    group, alice = api.group(-1001), api.person(PEOPLE[0])
    await group.adds_the_bot(alice)
    await group.hears(alice, "/start@assay_test_bot")
    await group.hears(alice, "what a nice bot")
    return api.updates.waiting


def bent(
    rnd: random.Random, update: dict[str, Any], others: list[dict[str, Any]]
) -> dict[str, Any]:
    """The update, of somebody, bent at up to four places, or only given something new."""
    raw = given_to(copy.deepcopy(update), rnd.choice(PEOPLE))
    for _ in range(rnd.choice((0, 1, 1, 1, 2, 2, 3, 4))):
        _bend(rnd, raw, others)
    return signed(raw)


def bent_beside(rnd: random.Random, update: dict[str, Any]) -> dict[str, Any]:
    """The update with odd parts beside those that are read: it can still be read."""
    raw = given_to(copy.deepcopy(update), rnd.choice(PEOPLE))
    message = raw.get("message") or raw.get("edited_message")
    where = raw if message is None else message
    for name in rnd.sample(sorted(_EXTRA.keys() - {"text"}), 3):
        where[name] = rnd.choice((_EXTRA[name], value(rnd), [value(rnd)], {"id": value(rnd)}))
    return raw


def given_to(raw: dict[str, Any], person: int) -> dict[str, Any]:
    """The update as another one of the people does it."""
    for at, key in _places(raw):
        if key == "id" and isinstance(at.get("id"), int) and at["id"] in PEOPLE:
            at["id"] = person
    return raw


def signed(raw: dict[str, Any]) -> dict[str, Any]:
    """The update with the own word of the person at whose address it counts."""
    text = json.dumps(raw)
    try:
        query = raw.get("callback_query")
        owner = (
            query["from"]["id"]
            if query
            else (raw.get("message") or raw["edited_message"])["chat"]["id"]
        )
    except (KeyError, TypeError, AttributeError):
        owner = "nobody"
    return dict(json.loads(text.replace(MINE, word_of(owner))))


def word_of(person: object) -> str:
    """What only this person says."""
    known = person if type(person) is int else "nobody"
    return f"zebra{known}arbez"


def value(rnd: random.Random) -> Any:
    """Any JSON value."""
    match rnd.randrange(8):
        case 0 | 1:
            return odd(rnd)
        case 2 | 3:
            return rnd.choice(NUMBERS)
        case 4:
            return rnd.choice((None, True, False))
        case 5:
            return [odd(rnd)]
        case 6:
            return {}
        case _:
            return _deep(rnd.randrange(60))


def _deep(depth: int) -> object:
    nested: object = 1
    for level in range(depth):
        nested = {"chat": nested} if level % 2 else [nested]
    return nested


def _places(part: Any) -> Iterator[tuple[Any, Any]]:
    pairs = part.items() if isinstance(part, dict) else enumerate(part)
    for key, inner in list(pairs):
        yield part, key
        if isinstance(inner, (dict, list)):
            yield from _places(inner)


def _bend(rnd: random.Random, raw: dict[str, Any], others: list[dict[str, Any]]) -> None:
    places = [(at, key) for at, key in _places(raw) if key != "update_id"]
    if not places:
        return
    at, key = rnd.choice(places)
    match rnd.randrange(9):
        case 0:
            del at[key]
        case 1 | 2:
            at[key] = _like(rnd, key, at[key])
        case 3:
            at[key] = value(rnd)
        case 4:
            at[key] = rnd.choice(_ENUMS.get(str(key), (odd(rnd),)))
        case 5 if isinstance(at, dict):
            name = rnd.choice(sorted(_EXTRA))
            at[name] = copy.deepcopy(rnd.choice((_EXTRA[name], value(rnd))))
        case 6:
            _exchange(rnd, at, key, others)
        case 7:
            _rename(rnd, raw)
        case _ if isinstance(at[key], str):
            at[key] += odd(rnd)
        case _:
            at[key] = [at[key]]


def _rename(rnd: random.Random, raw: dict[str, Any]) -> None:
    """What happened becomes another kind of happening."""
    kind = next((each for each in _KEYS if each in raw), None)
    if kind is not None:
        raw[rnd.choice(_KEYS)] = raw.pop(kind)


def _like(rnd: random.Random, key: object, now: object) -> object:
    """Another value of the same kind."""
    if key in _ENUMS:
        return rnd.choice(_ENUMS[str(key)])
    if isinstance(now, str):
        return rnd.choice((odd(rnd), f"/{odd(rnd)}", f"/start {odd(rnd)}", f"/work {odd(rnd)}"))
    if isinstance(now, (int, float)):
        return rnd.choice(NUMBERS)
    return value(rnd)


def _exchange(rnd: random.Random, at: Any, key: object, others: list[dict[str, Any]]) -> None:
    """A part takes the place of one that has its name elsewhere; nobody becomes somebody else."""
    if key in {"id", "from", "chat", "message", "edited_message", "callback_query", "user"}:
        return
    found = [where[name] for where, name in _places(rnd.choice(others)) if name == key]
    if found:
        at[key] = copy.deepcopy(rnd.choice(found))


FIRST_OF_STAND_IN: Final = 1_000
"""Numbers from here on belong to the stand-in; a storm counts its own."""
INSTRUMENTS: Final = ("rscb-2014", "asi-certification-survey-2021")


def words(person: int, text: str) -> dict[str, Any]:
    """Somebody types."""
    about = {"id": person, "is_bot": False, "first_name": "A", "language_code": "en"}
    chat = {"id": person, "type": "private", "first_name": "A"}
    message = {"message_id": 5, "date": 5, "chat": chat, "from": about, "text": text}
    return {"update_id": -1, "message": message}


def press(person: int, data: str, number: int) -> dict[str, Any]:
    """Somebody presses a button of a card in their own chat."""
    message = words(person, "card")["message"]
    query = {"id": str(number), "from": message["from"], "chat_instance": "1", "data": data}
    return {"update_id": number, "callback_query": {**query, "message": message}}


def said(rnd: random.Random) -> str:
    """What people type: mostly something odd, often with their own word in it."""
    text = rnd.choice((rnd.choice(TEXTS), odd(rnd), odd(rnd)))
    return f"{text}{MINE}" if rnd.random() < 0.3 else text or "."
