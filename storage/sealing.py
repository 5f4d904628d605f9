"""Texts made unreadable without their key, and all about as long as each other."""

from __future__ import annotations

import secrets
import zlib
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.keys import KeyGone

if TYPE_CHECKING:
    from storage.keys import Key

_NONCE: Final = 12
_LENGTH: Final = 4
SIZES: Final = (8_192, 32_768, 131_072, 1_048_576)
"""What is sealed is filled up to the first of these that holds it, in bytes: a length would tell
long words from short ones, and with that a draft from another. One comment of the longest kind, or
many short ones, stay within the first.
"""


def seal(key: Key, text: str, least: int = SIZES[0]) -> bytes:
    """The text, compressed, filled up to at least ``least`` bytes and encrypted (AES-256-GCM,
    bound to the key's id). Raises ValueError for a text beyond the largest size.
    """
    packed = zlib.compress(text.encode())
    needed = _LENGTH + len(packed)
    size = next((each for each in SIZES if each >= max(needed, least)), None)
    if size is None:
        raise ValueError(f"a text of {len(text)} characters is too long to be sealed")
    filled = len(packed).to_bytes(_LENGTH) + packed + bytes(size - needed)
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key.secret).encrypt(nonce, filled, key.id.encode())


def unseal(key: Key, sealed: bytes) -> str:
    """The text again. Raises KeyGone where anything was changed: that no key opens either."""
    try:
        return _opened(key, sealed)
    except (InvalidTag, zlib.error, ValueError):
        raise KeyGone(key.id) from None


def _opened(key: Key, sealed: bytes) -> str:
    opened = AESGCM(key.secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], key.id.encode())
    length = int.from_bytes(opened[:_LENGTH])
    return zlib.decompress(opened[_LENGTH : _LENGTH + length]).decode()
