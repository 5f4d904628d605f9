"""What a digest says of one round in which something moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.reports.digest.totals import change, same_instrument
from bot.reports.digest.words import brief, cut, day_in_words, label, listed, signed
from bot.texts import NAMES
from flows.card import Phrase, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from bot.reports.digest.figures import Digest, DropOut, RoundFigures
    from flows.digesting import Change

Detail: TypeAlias = Literal["counts", "drop-out", "all"]
"""How much is said: what moved, where people stop as well, or minutes, doors and languages too."""

_DOORS: Mapping[str, Phrase] = {
    "telegram": Phrase("digest_door_telegram"),
    "web": Phrase("digest_door_web"),
    "terminal": Phrase("digest_door_terminal"),
    "import": Phrase("digest_door_import"),
}
_MOST_GROUPS = 4
"""Doors or languages that are named."""


def news(of: RoundFigures, digest: Digest, detail: Detail) -> Words:
    """A paragraph: which round, what moved, and what else is known."""
    lines = [_which(of, digest), _moves(of, first=digest.since is None)]
    if detail != "counts" and of.drop_outs and of.drop_outs[0].stopped > 0:
        lines.append(_drop_out(of.drop_outs[0]))
    if detail == "all":
        lines.extend(_rest(of))
    return _below(lines)


def _below(lines: list[Words]) -> Words:
    whole, *rest = lines
    for line in rest:
        whole = Phrase("digest_below", {"above": whole, "below": line})
    return whole


def _which(of: RoundFigures, digest: Digest) -> Words:
    # The headline names the instrument, where there is only one.
    named = label(of, by_name=same_instrument(digest))
    ends = _ends(of, digest.day)
    return named if ends is None else Phrase("digest_until", {"round": named, "until": ends})


def _ends(of: RoundFigures, today: date) -> Words | None:
    if of.phase == "closed":
        return Phrase("digest_closed")
    if of.phase == "planned":
        return Phrase("digest_planned")
    if of.closes is None:
        return None
    return Phrase("digest_closes", {"day": day_in_words(of.closes, today)})


def _moves(of: RoundFigures, *, first: bool) -> Words:
    moves = change(of)
    counts = (
        ("digest_invited", moves.invited),
        ("digest_begun", moves.begun),
        ("digest_finished", moves.finished),
    )
    said = listed([Phrase(key, {"by": _by(each, first=first)}) for key, each in counts if each.by])
    if moves.rate is None:
        return Phrase("digest_moves", {"moves": said})
    rates: dict[str, Words | int] = {"moves": said, "rate": moves.rate}
    if moves.rate_before is None or moves.rate_before == moves.rate:
        return Phrase("digest_moves_rate", rates)
    return Phrase("digest_moves_rates", rates | {"before": moves.rate_before})


def _by(count: Change, *, first: bool) -> str:
    """How many there are in the first digest, how many more in the others."""
    return str(count.now) if first else signed(count.by)


def _drop_out(found: DropOut) -> Words:
    stopped: dict[str, Words | int] = {"stopped": found.stopped, "n": found.under_way}
    if not found.number:
        return Phrase("digest_stop_before", stopped)
    return Phrase("digest_stop_at", stopped | {"number": brief(found.number)})


def _rest(of: RoundFigures) -> Iterator[Words]:
    parts: list[Words] = []
    if of.minutes is not None:
        parts.append(Phrase("digest_minutes", {"n": of.minutes}))
    for groups in (
        [(_DOORS.get(door, brief(door)), count) for door, count in _ranked(of.doors)],
        [(NAMES.get(tag, brief(tag)), count) for tag, count in _ranked(of.languages)],
    ):
        if len(groups) > 1:
            named = [Phrase("digest_group", {"group": group, "n": n}) for group, n in groups]
            parts.append(cut(named, _MOST_GROUPS))
    if parts:
        yield _sentences(parts)


def _sentences(parts: list[Words]) -> Words:
    whole, *rest = parts
    for part in rest:
        whole = Phrase("digest_beside", {"left": whole, "right": part})
    return whole


def _ranked(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Those with any, most first."""
    known = [(name, count) for name, count in counts.items() if count]
    return sorted(known, key=lambda each: (-each[1], each[0]))
