"""The main result of a digest in one sentence: the card's title, and the picture's caption."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.reports.digest.totals import moved, same_instrument, totals
from bot.reports.digest.words import brief, day_in_words, title_of, whole_day
from bot.reports.digest.words import signed as with_sign
from flows.card import Phrase, Words

if TYPE_CHECKING:
    from bot.reports.digest.figures import Digest
    from bot.reports.digest.totals import Totals
    from flows.digesting import Every

_OF: dict[Every, str] = {
    "day": "digest_of_day",
    "week": "digest_of_week",
    "month": "digest_of_month",
    "never": "digest_of_now",
}


def headline(digest: Digest) -> Words:
    """What there is to know, if only one line is read."""
    found = totals(digest)
    if not digest.rounds:
        return _without_rounds(digest)
    if found.rate is None:
        return Phrase("digest_nobody", {"what": what(digest)})
    result = Phrase("digest_result", {"what": what(digest), "answered": _answered(found)})
    if digest.since is None:
        return Phrase("digest_first", {"result": result})
    since = day_in_words(digest.since, digest.day)
    if not moved(digest):
        return Phrase("digest_nothing_since", {"result": result, "day": since})
    if not found.more:
        return Phrase("digest_as_on", {"result": result, "day": since})
    return Phrase("digest_since", {"result": result, "change": with_sign(found.more), "day": since})


def _without_rounds(digest: Digest) -> Words:
    sent = sum(each.sent for each in digest.under_way)
    going = len(digest.under_way) - sent
    going_on = Phrase("digest_going_on", {"n": going})
    if going and sent:
        return Phrase("digest_sent_and_going_on", {"n": sent, "going_on": going_on})
    if sent:
        return Phrase("digest_sent_only", {"n": sent})
    if going:
        return Phrase("digest_going_on_only", {"going_on": going_on})
    if digest.since is None:
        return Phrase("digest_no_round")
    return Phrase("digest_nothing", {"day": day_in_words(digest.since, digest.day)})


def _answered(found: Totals) -> Words:
    return Phrase(
        "digest_answered",
        {"n": found.finished, "invited": found.invited, "rate": found.rate or 0},
    )


def what(digest: Digest) -> Words:
    """What the result is of: an instrument where there is only one, and how many rounds."""
    many = len(digest.rounds)
    if not same_instrument(digest):
        return Phrase("digest_rounds", {"n": many})
    title = title_of(digest.rounds[0].title)
    return title if many == 1 else Phrase("digest_rounds_of", {"title": title, "n": many})


def dateline(digest: Digest) -> Words:
    """Which digest this is, so that one that came twice is recognised."""
    named = Phrase(_OF[digest.every], {"day": whole_day(digest.day)})
    if not digest.serial:
        return named
    return Phrase("digest_serial", {"digest": named, "serial": brief(digest.serial)})


def caption(digest: Digest) -> Words:
    """The result in a sentence, to be read below the picture or instead of it."""
    found = totals(digest)
    counted: dict[str, Words | int] = {"rate": found.rate or 0, "n": found.invited}
    result = Phrase("digest_caption", counted)
    if len(digest.rounds) > 1:
        rounds = Phrase("digest_rounds", {"n": len(digest.rounds)})
        result = Phrase("digest_caption_rounds", counted | {"rounds": rounds})
    if digest.since is None:
        return Phrase("digest_first", {"result": result})
    said: dict[str, Words | int] = {
        "result": result,
        "n": abs(found.more),
        "day": day_in_words(digest.since, digest.day),
    }
    if found.more > 0:
        return Phrase("digest_more_than", said)
    return Phrase("digest_fewer_than" if found.more else "digest_as_many_as", said)
