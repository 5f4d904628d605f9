"""Actions and commands as short codes, for buttons: ``t:1.1:1.1b:1`` and back.

A code is untrusted when it comes back: reading one yields an action or None, and whether the
action fits is the engine's to say.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, assert_never, get_args

from flows.actions import (
    Action,
    Allow,
    Choose,
    Command,
    Confirm,
    Erase,
    Go,
    NoneOfThese,
    Submit,
    TakeBack,
    Tick,
    Write,
)
from flows.session import Place, Screen

_SCREENS: dict[str, Screen] = {
    "in": "introduction",
    "it": "item",
    "ot": "other",
    "co": "comment",
    "fi": "field",
    "ev": "evidence",
    "cn": "contents",
    "re": "review",
    "pa": "paused",
}
_CODES = {screen: code for code, screen in _SCREENS.items()}
assert set(_CODES) == set(get_args(Screen))  # noqa: S101 - a new screen needs a code

_OF_ITEM: Final[dict[str, type[NoneOfThese | Confirm | TakeBack]]] = {
    "n": NoneOfThese,
    "y": Confirm,
    "u": TakeBack,
}
"""Actions that name an item and nothing else."""
_CODE_OF: Final = {action: code for code, action in _OF_ITEM.items()}


def code_of_place(place: Place) -> str:
    """The code of a place: ``it:1.1``."""
    return ":".join(filter(None, (_CODES[place.screen], place.item, place.field)))


def place_of_code(code: str) -> Place | None:
    """The place a code stands for, or None."""
    screen, *rest = code.split(":")
    if screen not in _SCREENS or len(rest) > 2:  # noqa: PLR2004 - item and field
        return None
    return Place(_SCREENS[screen], *rest)


def code_of(action: Action | Command) -> str:
    """The code of what a button does."""
    match action:
        case Go(to):
            return f"g:{code_of_place(to)}"
        case Choose(item, option):
            return f"c:{item}:{option}"
        case Tick(item, option, on):
            return f"t:{item}:{option}:{int(on)}"
        case NoneOfThese(item) | Confirm(item) | TakeBack(item):
            return f"{_CODE_OF[type(action)]}:{item}"
        case Erase(at):
            return f"e:{code_of_place(at)}"
        case Allow(item, wish, on):
            return f"w:{item}:{wish}:{int(on)}"
        case Submit():
            return "s"
        case Command(name, argument):
            return f"k:{name}:{argument}" if argument else f"k:{name}"
        case Write():
            message = "words are typed, no button carries them"
            raise ValueError(message)
        case _:
            assert_never(action)


def read(code: str) -> Action | Command | None:
    """What a code asks for, or None where it is no code of ours."""
    kind, _, rest = code.partition(":")
    parts = rest.split(":") if rest else []
    match kind, parts:
        case "g", [_, *_] if place := place_of_code(rest):
            return Go(place)
        case "e", [_, *_] if place := place_of_code(rest):
            return Erase(place)
        case "c", [item, option]:
            return Choose(item, option)
        case "t", [item, option, "0" | "1" as on]:
            return Tick(item, option, on == "1")
        case "w", [item, "quote" | "attach" as wish, "0" | "1" as on]:
            return Allow(item, wish, on == "1")
        case "n" | "y" | "u", [item]:
            return _OF_ITEM[kind](item)
        case "s", []:
            return Submit()
        case "k", [name]:
            return Command(name)
        case "k", [name, *argument]:
            return Command(name, ":".join(argument))
    return None


def stamp_of(secret: bytes, instrument: str, edition: str, where: str) -> str:
    """Eight characters that only this person's card at a place (or this page) carries.

    Derived, not stored: the same question shown again has the same stamp, so that a press on an
    edited message counts, and another person's card never does.
    """
    said = f"{instrument}\n{edition}\n{where}".encode()
    return hmac.new(secret, said, hashlib.sha256).hexdigest()[:8]


def same(one: str, other: str) -> bool:
    """Whether two stamps are equal, in a time that does not tell how far they are."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
