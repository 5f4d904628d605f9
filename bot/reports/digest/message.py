"""The digest as a card without buttons: one screen of a phone, a chat message or a mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.reports.digest.headline import dateline, headline
from bot.reports.digest.round_news import Detail, news
from bot.reports.digest.totals import moved, same_instrument, still
from bot.reports.digest.words import brief, cut, label, title_of
from bot.texts import LANGUAGES, worded
from flows.card import Card, Line, LineState, Phrase, Words
from flows.scoring import printed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.reports.digest.figures import Digest, Kind, Problem, UnderWay

SCREEN: Final = 1000
"""Characters of a phone's screen: what three rounds have to fit in."""
ROUND: Final = 250
"""Characters that each further round adds."""
_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class _Room:
    """How many of each are named, and how much is said of a round."""

    rounds: int
    still: int
    under_way: int
    problems: int
    detail: Detail


# Problems give way last: they are what somebody has to do something about.
_ROOMS: Final = (
    _Room(5, 5, 5, 8, "all"),
    _Room(5, 3, 5, 8, "drop-out"),
    _Room(5, 1, 3, 8, "counts"),
    _Room(3, 1, 2, 8, "counts"),
    _Room(2, 0, 1, 5, "counts"),
    _Room(1, 0, 1, 3, "counts"),
)


def card(digest: Digest) -> Card[Words]:
    """The digest, as much of it as is read on one screen in every language."""
    moving = min(len(moved(digest)), _ROOMS[0].rounds)
    most = SCREEN + ROUND * max(0, moving - _FEW)
    tried = (_made(digest, room) for room in _ROOMS)
    return next((each for each in tried if _longest(each) <= most), _made(digest, _ROOMS[-1]))


def _longest(of: Card[Words]) -> int:
    return max(_length(worded(of, language)) for language in LANGUAGES)


def _length(of: Card[str]) -> int:
    """In UTF-16 code units, as Telegram counts; what stands around a line included."""
    around = 10
    parts = [of.title, *of.paragraphs]
    parts += [f"{each.label}{each.detail or ''}{' ' * around}" for each in of.lines]
    return len("\n\n".join(parts).encode("utf-16-le")) // 2


def _made(digest: Digest, room: _Room) -> Card[Words]:
    return Card(
        name="digest",
        title=headline(digest),
        paragraphs=(dateline(digest), *_rounds(digest, room), *_steps(digest)),
        lines=(*_assessments(digest.under_way, room.under_way), *_needed(digest.problems, room)),
    )


def _steps(digest: Digest) -> Iterator[Words]:
    """That counts of anonymous rounds are coarse, where there are any."""
    step = max((each.now.step for each in digest.rounds), default=1)
    if step > 1:
        yield Phrase("digest_in_steps", {"step": step, "n": step - 1})


def _rounds(digest: Digest, room: _Room) -> Iterator[Words]:
    moving, quiet = moved(digest), still(digest)
    if not moving:
        return
    for each in moving[: room.rounds]:
        yield news(each, digest, room.detail)
    if len(moving) > room.rounds:
        yield Phrase("digest_more_rounds", {"n": len(moving) - room.rounds})
    if quiet:
        key = "digest_still" if digest.since else "digest_still_empty"
        by_name = same_instrument(digest)
        names = [label(each, by_name=by_name) for each in quiet]
        yield Phrase(key, {"rounds": cut(names, room.still)})


def _assessments(those: Sequence[UnderWay], most: int) -> Iterator[Line[Words]]:
    if not those:
        return
    titles = {tuple(sorted(each.title.items())) for each in those}
    same = len(titles) == 1
    heading: Words = Phrase("digest_assessments")
    if same:
        heading = Phrase("digest_assessments_of", {"title": title_of(those[0].title)})
    yield Line("", heading, None, "heading", None)
    for each in those[:most]:
        whose, state = _whose(each, same=same), _state(each)
        yield Line("", whose, _how_far(each), state, None)
    yield from _more(len(those) - most)


def _state(each: UnderWay) -> LineState:
    return "answered" if each.sent else "open"


def _whose(each: UnderWay, *, same: bool) -> Words:
    company: Words = brief(each.company) or Phrase("digest_a_company")
    if same:
        return company
    return Phrase("digest_company", {"company": company, "title": title_of(each.title)})


def _how_far(each: UnderWay) -> Words:
    said: dict[str, Words | int] = {"answered": each.answered, "of": each.of}
    if each.floor is None or each.ceiling is None:
        return Phrase("digest_sent" if each.sent else "digest_so_far", said)
    floor, ceiling = printed(each.floor, 0), printed(each.ceiling, 0)
    ends: Words = floor
    if floor != ceiling:
        ends = Phrase("digest_from_to", {"floor": floor, "ceiling": ceiling})
    return Phrase("digest_sent_score" if each.sent else "digest_score", said | {"score": ends})


def problem_lines(problems: Sequence[Problem]) -> tuple[Line[Words], ...]:
    """What needs a person, under its heading; nothing where nothing does."""
    return tuple(_needed(problems, _ROOMS[0]))


def _needed(problems: Sequence[Problem], room: _Room) -> Iterator[Line[Words]]:
    problems = [each for each in problems if each.count > 0 or each.kind in _AT_NOUGHT]
    if not problems:
        return
    yield Line("", Phrase("digest_needs_you"), None, "heading", None)
    for each in problems[: room.problems]:
        yield Line("", _problem(each), brief(each.detail) or None, "missing", None)
    yield from _more(len(problems) - room.problems)


def _problem(each: Problem) -> Words:
    if each.count <= 0:
        return Phrase(_AT_NOUGHT[each.kind])
    return Phrase(_NEEDS[each.kind], {"n": each.count})


_NEEDS: Mapping[Kind, str] = {
    "guessing": "digest_guessing",
    "bounced": "digest_bounced",
    "unreachable": "digest_unreachable",
    "not_delivered": "digest_not_delivered",
    "set_aside": "digest_set_aside",
    "unreadable": "digest_unreadable",
    "waiting_for_approval": "digest_waiting",
    "waiting_for_verdict": "digest_verdicts",
    "no_mail": "digest_no_mail",
    "closing_soon": "digest_closing_soon",
}


_AT_NOUGHT: Mapping[Kind, str] = {
    "no_mail": "digest_mail_missing",
    "closing_soon": "digest_closes_today",
}
"""What is a problem even where there is nothing to count; the others are none then."""


def _more(rest: int) -> Iterator[Line[Words]]:
    if rest > 0:
        yield Line("", Phrase("digest_more", {"n": rest}), None, "open", None)
