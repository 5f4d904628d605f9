"""Digests: made once a period for each administrator, told from what is committed when sent."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, cast

from bot.channels.mail import Letter
from bot.fieldwork import access, figures
from bot.house import zone_of
from bot.reports.apart import apart
from bot.reports.digest.figures import Digest
from bot.reports.digest.message import card
from bot.showing import shown_to
from flows.digesting import Schedule, latest
from flows.ladder import Funnel
from storage import administrators, outbox, people, rounds
from storage import digests as kept_digests
from storage.outbox import DIGESTS, INTERACTIVE
from storage.people import MAIL

if TYPE_CHECKING:
    from datetime import date

    from bot.channels import Attachment, Shown
    from bot.house import House
    from bot.saying import Outcome
    from flows.card import Card, Words
    from flows.digesting import Every
    from flows.rounds import Round
    from storage.administrators import Administrator
    from storage.database import Database, Tx

MOST_REPORTS = 3
"""Full reports that come with one digest: of the rounds that moved."""


async def make_due(house: House, tx: Tx) -> int:
    """Make every digest whose period has come, and queue it; how many.

    The first time an administrator is seen, only the place is marked from which on news counts.
    """
    now, made = house.universe.now(), 0
    for each in await administrators.every(tx):
        if each.channel not in house.reaching:
            continue
        last = await kept_digests.latest(tx, each.id)
        if last is None:
            seconds = house.universe.seconds()
            await kept_digests.make(tx, each.id, "start", seconds, json.dumps({}))
            await kept_digests.settle(tx, each.id, "start", "unknown")
            continue
        schedule = Schedule(cast("Every", each.every), time(each.hour), each.on_day)
        period = latest(schedule, now, zone_of(each.zone, UTC))
        if period is not None and last < period.due.timestamp():
            made += await make(house, tx, each, period.key, lane=DIGESTS)
    return made


async def make(
    house: House, tx: Tx, who: Administrator, key: str, *, lane: int = INTERACTIVE
) -> bool:
    """Make a digest and queue it, with its chart and the full reports of what moved; False where
    it was made before, or where nothing reaches this administrator.
    """
    if who.channel not in house.reaching:
        return False
    seconds = house.universe.seconds()
    there = await rounds.every(tx)
    standing = {each.id: await figures.standing(house, tx, each.round) for each in there}
    snapshot = json.dumps({str(number): asdict(each) for number, each in standing.items()})
    if not await kept_digests.make(tx, who.id, key, seconds, snapshot):
        return False
    reference = f"{who.id}:{key}"
    door = who.channel, who.address
    await outbox.put(tx, *door, "digest", reference, lane=max(lane, DIGESTS), now=seconds)
    if who.channel != MAIL:
        files = [f"digest:{reference}", *(f"report:{each}" for each in await _moved(tx, who, key))]
        for each in files:
            await outbox.put(tx, *door, "file", each, lane=max(lane, DIGESTS), now=seconds)
    return True


async def _moved(tx: Tx, who: Administrator, key: str) -> list[int]:
    """The rounds whose finished responses grew since the digest before, most of them first."""
    found = await kept_digests.get(tx, who.id, key)
    if found is None:
        return []
    now, before = (_funnels(each.snapshot) if each is not None else {} for each in found)
    grown = {
        number: each.finished - (before[number].finished if number in before else 0)
        for number, each in now.items()
    }
    there = {each.id: each.round for each in await rounds.every(tx)}
    most = sorted((n for n, more in grown.items() if more > 0), key=lambda n: (-grown[n], n))
    return [each for each in most if await figures.given(tx, there[each])][:MOST_REPORTS]


def _funnels(snapshot: str) -> dict[int, Funnel]:
    return {int(number): Funnel(**each) for number, each in json.loads(snapshot).items()}


async def told(house: House, tx: Tx, who: Administrator, key: str) -> Digest | None:
    """What a digest says: the counts of when it was made, beside those of the one before."""
    found = await kept_digests.get(tx, who.id, key)
    if found is None:
        return None
    made, before = found
    zone = zone_of(who.zone, UTC)

    def day(seconds: int) -> date:
        return datetime.fromtimestamp(seconds, zone).date()

    now, then = _funnels(made.snapshot), _funnels(before.snapshot) if before else {}
    there = [
        each for each in await rounds.every(tx) if _worth_telling(each.round, now.get(each.id))
    ]
    told = [
        await figures.gathered(house, tx, each.round, now[each.id], then.get(each.id))
        for each in there
    ]
    open_rounds = [each.round for each in there]
    scores = access.may(who.role, "scores")
    return Digest(
        day=day(made.made_at),
        since=None if before is None else day(before.made_at),
        every=cast("Every", who.every),
        rounds=tuple(each for each in told if each is not None),
        under_way=tuple(await figures.under_way(house, tx, open_rounds, scores=scores)),
        problems=await figures.problems(house, tx, [(each, now[each.id]) for each in there]),
        serial="" if key.startswith("now:") else key.partition(":")[2],
    )


async def of_now(house: House, tx: Tx, *, scores: bool) -> Card[Words]:
    """What a digest would say, as if it were the first; with ``scores`` of companies."""
    every = await rounds.every(tx)
    standing = {each.id: await figures.standing(house, tx, each.round) for each in every}
    there = [each for each in every if _worth_telling(each.round, standing[each.id])]
    told = [
        await figures.gathered(house, tx, each.round, standing[each.id], None) for each in there
    ]
    digest = Digest(
        day=house.universe.now().date(),
        since=None,
        every="never",
        rounds=tuple(each for each in told if each is not None),
        under_way=tuple(
            await figures.under_way(house, tx, [each.round for each in there], scores=scores)
        ),
        problems=await figures.problems(house, tx, [(each, standing[each.id]) for each in there]),
    )
    return card(digest)


def _worth_telling(of: Round, standing: Funnel | None) -> bool:
    """The endless round that is always there is passed over until somebody is in it."""
    return standing is not None and (standing.invited > 0 or of.name != rounds.ALWAYS)


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest as it is said in a chat, or sent by mail."""

    shown: Shown
    letter: Letter
    reports: tuple[int, ...] = ()
    """The rounds whose full reports come with a letter."""


async def _of(tx: Tx, reference: str) -> tuple[Administrator, str] | None:
    number, _, key = reference.partition(":")
    who = await administrators.numbered(tx, int(number))
    return None if who is None else (who, key)


async def rendered(house: House, database: Database, reference: str) -> Rendered | None:
    """A digest, as things stand; None where its administrator is none any more."""
    async with database.reading() as tx:
        found = await _of(tx, reference)
        digest = found and await told(house, tx, *found)
        if found is None or not digest:
            return None
        who, key = found
        reports = await _moved(tx, who, key) if who.channel == MAIL else []
        person = await people.at_address(tx, who.channel, who.address)
    shown = shown_to(person, card(digest), who.language)
    files = await apart(_picture, digest, who.language) if who.channel == MAIL else ()
    said = shown.card
    lines = tuple(
        f"{each.label}: {each.detail}" if each.detail else each.label for each in said.lines
    )
    letter = Letter(said.title, (*said.paragraphs, *lines), language=who.language, files=files)
    return Rendered(shown, letter, tuple(reports))


async def picture(house: House, tx: Tx, reference: str) -> Attachment | None:
    """The chart of a digest, with the result as its caption."""
    found = await _of(tx, reference)
    digest = found and await told(house, tx, *found)
    if found is None or not digest:
        return None
    made = await apart(_picture, digest, found[0].language)
    return made[0] if made else None


def _picture(digest: Digest, language: str) -> tuple[Attachment, ...]:
    # What sets type takes long to import, and most visits need none of it.
    from bot.reports.digest.chart import picture as drawn  # noqa: PLC0415

    made = drawn(digest, language)
    return () if made is None else (made,)


async def settle(tx: Tx, reference: str, outcome: Outcome) -> None:
    """What became of a digest: one that may not have arrived is covered by the next."""
    number, _, key = reference.partition(":")
    state = "sent" if outcome == "sent" else "unknown"
    await kept_digests.settle(tx, int(number), key, state)
