"""A round in words: its result, how far people came, and how their answers came in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.card import Line, Phrase, Several, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.reports.digest.figures import RoundFigures
    from flows.ladder import Funnel


def result(standing: Funnel) -> Phrase:
    """How many have answered, of how many."""
    if standing.rate is None and not standing.by_link and standing.step > 1:
        return Phrase("desk_fewer", {"n": standing.step})
    if standing.rate is None:
        return Phrase("desk_nobody")
    counts = {"n": standing.finished, "invited": standing.invited, "rate": standing.rate}
    return Phrase("desk_result", {**counts})


def facts(shown: RoundFigures) -> Iterator[Line[Words]]:
    """The funnel, where people stopped, and through which door, in which language, how long."""
    standing = shown.now
    for step, n in (
        ("invited", standing.invited), ("opened", standing.opened), ("begun", standing.begun),
        ("finished", standing.finished), ("declined", standing.declined),
        ("out_of_reach", standing.out_of_reach), ("expired", standing.expired),
    ):  # fmt: skip
        if n and (standing.by_link or step not in {"invited", "opened"}):
            yield _fact(Phrase(f"desk_count_{step}"), str(n))
    if standing.step > 1:
        most = Phrase("desk_held_back_most", {"step": standing.step})
        yield _fact(Phrase("desk_held_back"), most)
    for each in shown.drop_outs:
        where: dict[str, Words | int] = {
            "number": each.number or "0", "n": each.stopped, "of": each.under_way,
        }  # fmt: skip
        yield _fact(Phrase("desk_drop_out"), Phrase("desk_at", where))
    if shown.minutes is not None:
        yield _fact(Phrase("desk_minutes"), Phrase("desk_n_minutes", {"n": shown.minutes}))
    for way, split in (("doors", shown.doors), ("languages", shown.languages)):
        if split:
            parts = Several(tuple(f"{each} {n}" for each, n in sorted(split.items())))
            yield _fact(Phrase(f"desk_{way}"), parts)


def _fact(label: Words, detail: Words) -> Line[Words]:
    return Line("", label, detail, "fact", None)
