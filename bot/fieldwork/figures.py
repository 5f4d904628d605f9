"""What is known of a round at a glance: the funnel, where people stopped, how answers came in."""

from __future__ import annotations

from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING

from bot import guessing, releasing
from bot.reports.digest.figures import DropOut, Problem, RoundFigures, UnderWay
from flows.ladder import REMINDED, funnel
from flows.navigation import relevant
from flows.scoring import score
from storage import (
    assessments,
    audit,
    claims,
    ledger,
    organisations,
    outbox,
    paradata,
    participation,
    pool,
    reminders,
    requests,
    responses,
    rounds,
    sessions,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bot.house import House
    from flows.instrument import Instrument
    from flows.ladder import Funnel
    from flows.rounds import Round
    from flows.session import Answer
    from storage.assessments import Assessment
    from storage.database import Tx
    from storage.rounds import Kept

MOST_UNDER_WAY = 50
"""Self-assessments that are looked at for a digest."""
A_WEEK = 7 * 86_400
"""Seconds for which it is told that somebody seems to be guessing."""
SOON = 3
"""Days before its end from which on a round is said to close soon."""


async def standing(house: House, tx: Tx, of: Round) -> Funnel:
    """How many came how far; who asked to be forgotten stays among the invited. While a survey's
    round goes on, in steps: its answers are let out in batches for the same reason.
    """
    counts = await participation.counts(tx, of.instrument, of.name)
    forgotten = await participation.forgotten(tx, of.instrument, of.name)
    found = funnel(counts, forgotten).in_steps_of(await step_of(house, tx, of))
    return found.of_whoever_came() if house.open_to_all else found


async def step_of(house: House, tx: Tx, of: Round) -> int:
    """In which steps people of a round are counted before administrators: one by one only where
    nothing is anonymous, or where all that was sent in a round that is over has been let out.
    """
    instrument = house.shelf.get(of.instrument)
    if instrument is None or instrument.kind == "benchmark":
        return 1
    here = of.instrument, of.name
    if releasing.is_over(house, of) and not await pool.held_back(tx, *here):
        return 1
    return await releasing.batch(house, tx, *here)


async def step_of_named(house: House, tx: Tx, instrument_id: str, name: str) -> int:
    """The same by the name of a round; 1 where there is none of it."""
    of = await rounds.get(tx, instrument_id, name)
    return 1 if of is None else await step_of(house, tx, of)


def at_most(count: int, step: int) -> int:
    """So many at most, in steps."""
    return -(-count // step) * step


async def unfinished(house: House, tx: Tx, of: Round) -> int:
    """How many at most have not sent their answers yet and may."""
    counts = await participation.counts(tx, of.instrument, of.name)
    there = sum(counts.get(each, 0) for each in REMINDED)
    return at_most(there, await step_of(house, tx, of))


async def can_be_reminded(house: House, tx: Tx, of: Round) -> int:
    """How many at most would be reminded now."""
    here = of.instrument, of.name
    there = await reminders.can_be_reminded(tx, here, REMINDED, house.reaching)
    return at_most(there, await step_of(house, tx, of))


async def gathered(
    house: House, tx: Tx, of: Round, now: Funnel, before: Funnel | None
) -> RoundFigures | None:
    """Everything about a round but its answers; None where its instrument is not installed."""
    instrument = house.shelf.get(of.instrument)
    if instrument is None:
        return None
    seen, few = await paradata.counts(tx, of.instrument, of.name), house.manners.smallest_group
    return RoundFigures(
        title=instrument.title,
        name=of.name,
        phase=of.phase(house.universe.now()),
        closes=of.closes,
        now=now,
        before=before,
        drop_outs=await _drop_outs(house, tx, of, instrument, now.step),
        minutes=median(seen["minutes"]) if sum(seen["minutes"].values()) >= few else None,
        doors=_shown(seen["door"], few, now.step),
        languages=_shown(seen["language"], few, now.step),
    )


def _shown(split: Mapping[str, int], few: int, step: int) -> Mapping[str, int]:
    """A breakdown in steps; nothing where a part of it is so few that somebody could be meant."""
    if any(count < few for count in split.values()):
        return {}
    return {part: count // step * step for part, count in split.items()}


async def given(tx: Tx, of: Round) -> int:
    """How many responses of a round, or assessments of a benchmark, there are to be given out."""
    here = of.instrument, of.name
    return await responses.count(tx, *here) or await assessments.count(tx, *here)


async def _drop_outs(
    house: House, tx: Tx, of: Round, instrument: Instrument, step: int
) -> tuple[DropOut, ...]:
    """Where those stand who have not sent their answers, question by question, the most first; of
    few nothing is said, because which question somebody is asked can tell what they answered
    before. In steps: these counts fall by one when somebody sends.
    """
    stopped: Counter[str] = Counter()
    async with aclosing(sessions.places(tx, house.keys, of.instrument, of.name)) as drafts:
        async for at in drafts:
            stopped[at] += 1
    found: list[DropOut] = []
    coarse = {at: count // step * step for at, count in stopped.items()}
    for item_id, count in sorted(coarse.items(), key=lambda each: (-each[1], each[0])):
        item = instrument.item(item_id)
        if count and count >= house.manners.smallest_group // step * step:
            number = item.number if item is not None else ""
            found.append(DropOut(number, count, stopped.total() // step * step))
    return tuple(found)


def median(minutes: Mapping[str, int]) -> int | None:
    """The median of counted minutes: the step in which the middle one lies; None of nobody."""
    steps = sorted((int(each), count) for each, count in minutes.items() if each != "more")
    total = sum(minutes.values())
    passed = 0
    for step, count in steps:
        passed += count
        if 2 * passed >= total:
            return step
    return None


async def under_way(
    house: House, tx: Tx, rounds: Sequence[Round], *, scores: bool
) -> list[UnderWay]:
    """Self-assessments that are not sent yet, then those that were sent last; with their scores
    only for who may see these.
    """
    there: list[Assessment] = []
    for of in rounds:
        instrument = house.shelf.get(of.instrument)
        if instrument is not None and instrument.kind == "benchmark":
            there += await assessments.in_round(tx, of.instrument, of.name, MOST_UNDER_WAY)
    there.sort(key=lambda each: each.state != "open")
    return [await _assessed(house, tx, each, scores) for each in there[:MOST_UNDER_WAY]]


async def _assessed(
    house: House,
    tx: Tx,
    of: Assessment,
    scores: bool,  # noqa: FBT001 - as above
) -> UnderWay:
    frozen = None if of.state == "open" else await assessments.latest(tx, of.id)
    answers: Mapping[str, Answer]
    answers = frozen.answers if frozen else claims.answers(await claims.of(tx, of.id))
    instrument = await house.shelf.edition(tx, of.instrument, of.edition)
    shown = relevant(instrument, answers)
    reckoned = score(instrument, answers) if scores else None
    return UnderWay(
        company=await organisations.name_of(tx, of.organisation),
        title=instrument.title,
        answered=sum(each.id in answers and answers[each.id].given for each in shown),
        of=len(shown),
        floor=reckoned.floor if reckoned else None,
        ceiling=reckoned.ceiling if reckoned else None,
        sent=of.state != "open",
    )


async def problems(
    house: House, tx: Tx, rounds: Sequence[tuple[Kept, Funnel]]
) -> tuple[Problem, ...]:
    """What needs a person, the most pressing first."""
    lately = house.universe.seconds() - A_WEEK
    found = [Problem("guessing", await audit.count_of(tx, guessing.ACT, lately))]
    found.append(Problem("waiting_for_approval", await requests.count(tx)))
    checked = await assessments.in_state(tx, "submitted", "returned")
    found.append(Problem("waiting_for_verdict", len(checked)))
    found += [
        Problem("not_delivered", n, channel) for channel, n in (await outbox.dead(tx)).items()
    ]
    found.append(Problem("set_aside", await ledger.set_aside_count(tx)))
    found.append(Problem("unreadable", await pool.unreadable(tx)))
    for kept, _ in rounds:
        counts = await participation.counts(tx, kept.round.instrument, kept.round.name)
        found.append(Problem("bounced", counts.get("bounced", 0), kept.round.name))
        found.append(Problem("unreachable", counts.get("unreachable", 0), kept.round.name))
    if not house.mails:
        # As they finish they become fewer, one by one.
        waiting = at_most(await participation.only_by_mail(tx, house.chat), house.manners.batch)
        found.append(Problem("no_mail", waiting))
    found = [each for each in found if each.count]
    return (*_closing(house, [kept.round for kept, _ in rounds]), *found)


def _closing(house: House, rounds: Sequence[Round]) -> Iterator[Problem]:
    now = house.universe.now()
    for of in rounds:
        if of.closes is not None and of.phase(now) == "open":
            left = (of.closes - of.today(now)).days
            if left <= SOON:
                yield Problem("closing_soon", left, of.name)
