"""What in somebody's own words may tell who they are: names, addresses, sites, companies.

A guess, made to be shown before anything is sent: it finds too much rather than too little, and it
cannot find everything. Nothing is changed; the writer decides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST: Final = 5
"""So many are pointed out in one text."""

_EMAIL = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
_SITE = r"(?:https?://|www\.)[^\s<>，。；、]{2,200}"
_DOMAIN = r"\b[a-z0-9-]{2,63}\.(?:com|org|net|cn|eu|de|nl|info|io|co\.uk|com\.cn|com\.au)\b"
_HANDLE = r"(?<!\w)@\w{3,32}\b"
_NUMBER = r"(?<!\w)\+?\d(?:[ ()./-]?\d){8,14}(?!\w)"
_TITLE = r"\b(?:Mr|Mrs|Ms|Dr|Prof|Professor|Sir|Herr|Frau)\.?\s+[^\W\d_][\w'-]{1,40}"
_SELF = (
    r"\b(?i:my name is|i am called|signed,?|regards,?)\s+"
    r"([A-Z][\w'-]{1,40}(?:\s+[A-Z][\w'-]{1,40}){0,2})"
)
_FIRM = (
    r"\b(?:[A-Z][\w&'-]{1,40}\s+){1,4}"
    r"(?:Ltd|Limited|Inc|LLC|GmbH|AG|BV|NV|SA|SpA|Plc|PLC|Corp|Corporation|Company|Group|Holding)\b"
)
_CHINESE = (
    r"(?:我叫|我是|我的名字是|姓名[是:：]?)\s?([\u4e00-\u9fff·]{2,4})",
    r"[\u4e00-\u9fff]{1,3}(?:先生|女士|经理|主任|总监|厂长|工程师)",
    r"[\u4e00-\u9fff（）()]{2,20}(?:有限公司|有限责任公司|股份公司|集团|铝业|铝厂)",
)
_CERTAIN: Final = tuple(
    re.compile(each)
    for each in (_EMAIL, _SITE, _DOMAIN, _HANDLE, _NUMBER, _TITLE, _SELF, _FIRM, *_CHINESE)
)
_CAPITALISED: Final = re.compile(
    # In the middle of a sentence: at its beginning every word is written like a name.
    r"(?<=[a-z,;:(]\s)[A-Z][\w'-]{1,40}(?:\s(?:(?:of|de|van|der|bin|al)\s)?[A-Z][\w'-]{1,40}){0,4}"
)
_WORD: Final = re.compile(r"[\w'-]+")
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_ORDINARY: Final = frozenset({
    *_DAYS, *_MONTHS, "English", "Chinese", "European", "Europe", "Asia", "Africa", "America",
    "ESG", "CEO", "ISO", "HR", "IT", "OK", "EU", "UK", "USA", "I", "I'm", "I've", "I'd", "I'll",
})  # fmt: skip


def pointed_out(text: str, *, harmless: frozenset[str], own: Iterable[str] = ()) -> tuple[str, ...]:
    """What in a text may tell who wrote it, as it stands there, at most ``MOST``.

    ``harmless`` are words that everybody uses who answers the instrument (its ``vocabulary``),
    ``own`` what the writer said of themselves elsewhere, such as their name.
    """
    found: dict[str, None] = {}
    for each in _candidates(text, harmless, own):
        # What is part of something pointed out already is not pointed out again.
        if not any(each in other for other in found):
            found[each] = None
    return tuple(found)[:MOST]


def _candidates(text: str, harmless: frozenset[str], own: Iterable[str]) -> Iterator[str]:
    folded = text.casefold()
    for each in own:
        at = folded.find(each.casefold()) if len(each) > 1 else -1
        if at >= 0:
            yield text[at : at + len(each)]
    for pattern in _CERTAIN:
        for match in pattern.finditer(text):
            yield (match.group(match.lastindex) if match.lastindex else match.group()).strip(
                " .,;:"
            )
    for match in _CAPITALISED.finditer(text):
        words = _WORD.findall(match.group())
        if not all(word in harmless or word in _ORDINARY or word.islower() for word in words):
            yield match.group()
