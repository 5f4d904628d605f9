"""The digest as a picture: the funnel of one round, or how much of each round has answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.channels import Attachment
from bot.reports.digest.headline import caption, dateline, what
from bot.reports.digest.totals import change, moved, same_instrument, still
from bot.reports.digest.words import day_in_words, label
from bot.reports.document import Bar, Chart
from bot.reports.picture import render
from bot.texts import say
from flows.card import Phrase
from flows.statistics import percent

if TYPE_CHECKING:
    from bot.reports.digest.figures import Digest, RoundFigures
    from flows.card import Words

MOST_BARS: Final = 10
"""Rounds that are drawn: as many as a phone shows without scrolling."""


def picture(digest: Digest, language: str) -> Attachment | None:
    """A PNG whose caption says the result; None where nobody has been invited to anything.

    Takes processor time: call it in a thread.
    """
    if not _drawn(digest):
        return None
    said = say(caption(digest), language)
    content = render(
        chart(digest, language),
        title=say(what(digest), language),
        subtitle=say(_subtitle(digest), language),
        language=language,
        banner="",
    )
    return Attachment(f"digest-{digest.day.isoformat()}.png", "image/png", content, said)


def _subtitle(digest: Digest) -> Words:
    drawn = len(_drawn(digest))
    if drawn <= MOST_BARS:
        return dateline(digest)
    said = {"digest": dateline(digest), "shown": MOST_BARS, "n": len(digest.rounds)}
    return Phrase("digest_drawn", said)


def chart(digest: Digest, language: str) -> Chart:
    """What is drawn."""
    if len(digest.rounds) == 1:
        bars, most = _funnel(digest.rounds[0], language), digest.rounds[0].now.invited
    else:
        bars, most = _rates(digest, language), 100
    return Chart(say(caption(digest), language), bars, most, _legend(digest, bars, language))


def _drawn(digest: Digest) -> list[RoundFigures]:
    """The rounds to which anybody was invited, those that moved most first."""
    return [each for each in (*moved(digest), *still(digest)) if each.now.invited]


def _legend(digest: Digest, bars: tuple[Bar, ...], language: str) -> tuple[str, str] | None:
    if digest.since is None or all(bar.before is None for bar in bars):
        return None
    now = day_in_words(digest.day, digest.since)
    before = day_in_words(digest.since, digest.day)
    return say(now, language), say(before, language)


def _funnel(of: RoundFigures, language: str) -> tuple[Bar, ...]:
    now, before = of.now, of.before
    then = (
        (None,) * 4
        if before is None
        else (before.invited, before.opened, before.begun, before.finished)
    )
    steps = (
        (Phrase("digest_step_invited"), now.invited),
        (Phrase("digest_step_opened"), now.opened),
        (Phrase("digest_step_begun"), now.begun),
        (Phrase("digest_step_finished"), now.finished),
    )
    return tuple(
        Bar(say(step, language), count, _share(count, now.invited, language), earlier)
        for (step, count), earlier in zip(steps, then, strict=True)
    )


def _share(count: int, invited: int, language: str) -> str:
    if count == invited:
        return str(count)
    rate = percent(count, invited)
    return say(Phrase("digest_count_rate", {"count": count, "rate": rate}), language)


def _rates(digest: Digest, language: str) -> tuple[Bar, ...]:
    by_name = same_instrument(digest)
    drawn = _drawn(digest)[:MOST_BARS]
    return tuple(
        _rate(each, say(label(each, by_name=by_name), language), language) for each in drawn
    )


def _rate(of: RoundFigures, named: str, language: str) -> Bar:
    moves = change(of)
    counts = {"finished": of.now.finished, "invited": of.now.invited, "rate": moves.rate or 0}
    printed = say(Phrase("digest_rate_of", counts), language)
    return Bar(named, moves.rate or 0, printed, moves.rate_before)
