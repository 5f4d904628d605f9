"""What may be typed: cleaned, measured, and for an e-mail address checked."""

from __future__ import annotations

import re
import unicodedata

LONGEST_TEXT = 4000
"""Characters kept of a comment or free text; one Telegram message holds 4,096."""
LONGEST_LINE = 200
"""Characters kept of a line: Other, a name, a company."""
LONGEST_EMAIL = 254
"""Characters of an e-mail address (RFC 5321, 4.5.3.1.3, less the brackets)."""

# Marks that reorder the text around them: harmless in a sentence, a disguise in a table.
REORDERING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
_EMAIL = re.compile(r"[^@\s\"(),:;<>\[\\\]]+@[^@\s.\"(),:;<>\[\\\]]+(\.[^@\s.\"(),:;<>\[\\\]]+)+")


def clean(text: str) -> str:
    """The text in NFC, without control characters, lone surrogates and reordering marks."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (" " if char == "\t" else char for char in unified)
    # Composed last: a mark may only now stand behind its letter.
    whole = "".join(
        char
        for char in kept
        if char == "\n"
        or (unicodedata.category(char) not in {"Cc", "Cs"} and char not in REORDERING)
    )
    return unicodedata.normalize("NFC", whole).strip()


def line(text: str) -> str:
    """The cleaned text on one line."""
    return " ".join(clean(text).split())


def shorten(text: str, limit: int) -> tuple[str, int]:
    """The first ``limit`` characters, and how many were left out."""
    return text[:limit].rstrip(), max(0, len(text) - limit)


def is_email(text: str) -> bool:
    """Whether the text has the shape of one e-mail address; whether it exists is not asked."""
    return len(text) <= LONGEST_EMAIL and _EMAIL.fullmatch(text) is not None
