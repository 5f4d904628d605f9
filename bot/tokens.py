"""Secrets that people carry: the tokens of links, and the short codes between two doors."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.universe import Universe

# No I, L, O, U, 0, 1: what is read out over a desk is not misheard.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 10


def link_token(universe: Universe) -> str:
    """256 random bits in 43 characters that Telegram allows in a start link."""
    return urlsafe_b64encode(universe.random(32)).decode().rstrip("=")


def derived_link(secret: bytes, nonce: str) -> str:
    """A link's token that whoever holds the secret can say again when its page is looked at."""
    said = hmac.new(secret, f"link {nonce}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(said).decode().rstrip("=")


def code(universe: Universe) -> str:
    """A one-time code, 49 bits: ``K7QF9-2MX4T``."""
    return _spelt(universe.random(2 * _CODE_LENGTH))


def derived_code(secret: bytes, nonce: str) -> str:
    """A code that whoever holds the secret can say again, as often as its page is looked at."""
    return _spelt(hmac.new(secret, f"code {nonce}".encode(), hashlib.sha256).digest())


def _spelt(chance: bytes) -> str:
    # 2 bytes a character leave a bias below 1 in 2,000.
    values = chance[: 2 * _CODE_LENGTH]
    drawn = (int.from_bytes(values[i : i + 2]) for i in range(0, len(values), 2))
    letters = "".join(_ALPHABET[value % len(_ALPHABET)] for value in drawn)
    return f"{letters[:5]}-{letters[5:]}"


def code_form(typed: str) -> str:
    """A typed code as it was given out: case, spaces and hyphens do not count."""
    letters = "".join(char for char in typed.upper() if char.isalnum())
    return f"{letters[:5]}-{letters[5:]}"


def digest(secret: str) -> bytes:
    """What is stored of a secret. It holds enough chance for a plain hash to keep it."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()
