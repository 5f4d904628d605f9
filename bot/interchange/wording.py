"""Finding what a heading or a label means, however another program wrote it.

The words are compared without tags, entities, numbering, capitals, kinds of quotation marks,
dashes and spaces; only where two meanings would become one, their punctuation counts.
"""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import permutations
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from flows.instrument import Text

T = TypeVar("T")

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_NUMBERING = re.compile(r"^[\s*]*(?:q(?:uestion)?|第|问题)?\s*[0-9]+\s*题?\s*[.):：、—–-]\s*")
_MARKS = str.maketrans("‘’‚‛′“”„‟″«»‐‑‒–—―−", '\'\'\'\'\'"""""""-------')


def plain(text: str) -> str:
    """The words as they are read: no tags, no entities, one kind of mark, single spaces."""
    for _ in range(2):  # "&amp;lt;b&amp;gt;": some programs escape what was escaped
        text = _TAG.sub(" ", html.unescape(text))
    unified = unicodedata.normalize("NFKC", text).translate(_MARKS).casefold()
    seen = "".join(char for char in unified if unicodedata.category(char) != "Cf")
    return " ".join(seen.split()).lstrip("* ")


def _letters(plain_text: str) -> str:
    return "".join(char for char in plain_text if char.isalnum())


class Lookup(Generic[T]):
    """Meanings by their words."""

    def __init__(self, meanings: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, T | None] = {}
        self._loose: dict[str, T | None] = {}
        for words, meaning in meanings:
            exact = plain(words)
            for index, key in ((self._exact, exact), (self._loose, _letters(exact))):
                # Two meanings under one key: neither is found by it.
                if key:
                    index[key] = meaning if index.get(key, meaning) == meaning else None

    def find(self, words: str) -> T | None:
        """What these words mean, or None."""
        exact = plain(words)
        for each in (exact, _NUMBERING.sub("", exact)):
            found = self._exact.get(each) or self._loose.get(_letters(each))
            if found is not None:
                return found
        return None


def spoken(text: Text, hint: Text | None = None) -> Iterator[str]:
    """The ways a text may be written: in each language, with its hint, in two languages at once."""
    yield from text.values()
    yield from (f"{one} {other}" for one, other in permutations(text.values(), 2))
    if hint is not None:
        yield from (f"{words} {hint[tag]}" for tag, words in text.items())
