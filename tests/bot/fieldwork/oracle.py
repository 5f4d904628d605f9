"""The rules of reminding, reckoned a second time: from a record of what happened, in plain
arithmetic of dates, with nothing of the product's.

``violations`` names everything that was said and should not have been, or should and was not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tests.bot.fieldwork.history import (
    NINE,
    Days,
    Fact,
    History,
    Part,
    Said,
    Slot,
    in_daytime,
    next_daytime,
    wall,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

IDLE_DAYS = {1: 2, 2: 7, 3: 14}
BETWEEN = timedelta(hours=20)
TOO_LATE = timedelta(hours=12)
A_DAY = timedelta(days=1)
BARS = {
    "declined": "here", "bounced": "here", "blocked": "chat", "refused": "chat", "stopped": "wish",
}  # fmt: skip
"""What bars the way, and which one."""
LIFTS = {"taken up": ("here", "chat"), "returned": ("chat",), "wanted": ("wish",)}
SOON = timedelta(minutes=15)
"""How long after its moment a reminder may come: others are sent before it, and limits obeyed."""


def violations(history: History) -> list[str]:
    """What went against the rules, one line each."""
    return list(_all(history))


def _all(history: History) -> Iterator[str]:
    by_person: dict[int, list[Fact]] = defaultdict(list)
    for fact in history.facts:
        by_person[fact.person].append(fact)
    said: dict[int, list[Said]] = defaultdict(list)
    for each in history.said:
        said[each.person].append(each)
    for person, facts in by_person.items():
        one = Life(history, person, facts, said[person])
        yield from one.once()
        yield from one.seldom()
        yield from one.by_day()
        yield from one.welcome()
        yield from one.complete()


@dataclass
class Life:
    """One person: what they did and what they were told, in order."""

    history: History
    person: int
    facts: list[Fact]
    said: list[Said]
    overdue: Counter[int] = field(default_factory=Counter)
    """How many were sent after each time of being down that had fallen due in it."""
    unsure: set[Part] = field(default_factory=set)
    """Rounds in which it is not known which slot was the next at some moment."""

    def zone(self, at: datetime, part: Part) -> str:
        told = [zone for since, zone in self.history.zones.get(self.person, []) if since <= at]
        return told[-1] if told else self.days(part, at).zone

    def days(self, part: Part, at: datetime) -> Days:
        known = self.history.rounds[part]
        return known[max(0, bisect_right([each.at for each in known], at) - 1)]

    def line(self, what: str, said: Said) -> str:
        return f"{what}: person {self.person}, {said.part[1]} {said.number} at {said.at}"

    def once(self) -> Iterator[str]:
        counted = Counter((each.part, each.number) for each in self.said)
        for each in self.said:
            if counted[each.part, each.number] > 1:
                yield self.line("double", each)
            if not 0 <= each.number <= max(IDLE_DAYS):
                yield self.line("one too many", each)

    def seldom(self) -> Iterator[str]:
        for before, after in zip(self.said, self.said[1:], strict=False):
            if after.at - before.at < BETWEEN:
                yield self.line(f"too soon, {after.at - before.at} after another", after)

    def by_day(self) -> Iterator[str]:
        for each in self.said:
            zone = self.zone(each.at, each.part)
            if not in_daytime(each.at, zone):
                yield self.line(f"outside the hours of {zone}", each)

    def welcome(self) -> Iterator[str]:
        for each in self.said:
            reason = self.unwelcome(each.part, each.at)
            if reason:
                yield self.line(f"after {reason}", each)

    def unwelcome(self, part: Part, at: datetime) -> str:
        """Why nothing may be said about a round at a moment; empty where it may."""
        days = self.days(part, at)
        if at >= days.ends:
            return "the end of the round"
        if at < days.begins:
            return "nothing: the round has not begun"
        standing: dict[str, str] = {}
        for fact in self.facts:
            if fact.at > at or fact.part not in {None, part}:
                continue
            if fact.what == "finished":
                return "finishing"
            if fact.what in BARS:
                standing[BARS[fact.what]] = fact.what
            for lifted in LIFTS.get(fact.what, ()):
                standing.pop(lifted, None)
        return next(iter(standing.values()), "")

    def complete(self) -> Iterator[str]:
        """Everything that had to be said was; nothing before it was due."""
        invited: dict[Part, Fact] = {}
        for each in self.facts:
            if each.what == "invited" and each.part:
                invited.setdefault(each.part, each)  # who is invited again stays as they are
        letters = {each.part for each in self.facts if each.what == "written to"}
        for part, fact in invited.items():
            decided = fact.at
            for number in (*([0] if part in letters else []), *IDLE_DAYS):
                since = fact.at if part in self.unsure else decided
                found = self.expected(part, number, fact.at, since)
                if isinstance(found, str):
                    yield found
                    return
                decided = max(decided, found)
        for number, many in self.overdue.items():
            if many > 1:
                when = self.history.down[number][1]
                yield f"{many} after being down until {when}: person {self.person}"

    def planned(self, part: Part, number: int, at: datetime) -> datetime:
        begins = max(at, self.days(part, at).begins)
        if number == 0:
            return begins
        zone = self.zone(at, part)
        today = begins.astimezone(ZoneInfo(zone)).date()
        return wall(today + timedelta(days=IDLE_DAYS[number]), NINE, zone)

    def expected(
        self, part: Part, number: int, invited: datetime, decided: datetime
    ) -> datetime | str:
        """When a slot was decided, by the rules; or what is wrong with what became of it.

        Walks from one moment at which somebody would have looked to the next.
        """
        sent = next((s.at for s in self.said if (s.part, s.number) == (part, number)), None)
        slot = Slot(part, number, self.planned(part, number, invited), decided, sent)
        if sent is not None and sent < slot.due and not self.hastened(part, decided, sent):
            return f"before it was due: person {self.person}, {slot} at {sent}"
        while True:
            self.brought_forward(slot)
            at, outage = self.looked_at(slot)
            if at > self.history.until - SOON:
                return at
            if outage is not None and self.instead(slot, at):
                self.overdue[outage] += sent is not None and slot.counts
                self.unsure.add(part)
                return sent or at
            later = None if self.overtaken(slot, at) else self.later(slot, at)
            if later is None:
                return sent or at
            if later > at:
                slot.due = later
            elif (stopped := self.stopped_before_it_was_said(slot, at)) is not None:
                slot.due = stopped
            else:
                return self.compared(slot, at, outage)

    def stopped_before_it_was_said(self, slot: Slot, at: datetime) -> datetime | None:
        """When everything went on that had stopped between decision and call."""
        if slot.said_by(at + SOON):
            return None
        down = self.history.down
        return next((until for since, until in down if at <= since <= at + SOON), None)

    def brought_forward(self, slot: Slot) -> None:
        """A sign of life puts it off, unless an administrator wants it now."""
        if slot.hastened:
            return
        while (idle := self.idle_until(slot, slot.due)) is not None and idle > slot.due:
            slot.due = idle
        asked = self.hastened(slot.part, slot.decided, slot.due)
        if asked is not None:
            slot.due, slot.hastened = asked, True

    def later(self, slot: Slot, at: datetime) -> datetime | None:
        """Until when a slot has to wait at a moment, or None where it is never said: ``at`` itself
        where it is to be said now.
        """
        idle = None if slot.hastened else self.idle_until(slot, at)
        if idle is not None and idle > at:
            return idle
        if self.unwelcome(slot.part, at) or self.unwelcome(slot.part, at + SOON):
            return None
        if slot.number == 0 and self.came(slot.part[0], at):
            return None
        others = [s.at for s in self.tried() if s.at <= at + SOON and not slot.is_of(s)]
        earliest = max([at, *(each + BETWEEN for each in others)])
        zone = self.zone(at, slot.part)
        earliest = next_daytime(earliest, zone)
        if not slot.said_by(earliest + SOON) and not in_daytime(earliest + SOON, zone):
            earliest = next_daytime(earliest + SOON, zone)  # the day was over before its turn came
        return None if earliest >= self.days(slot.part, at).ends else earliest

    def tried(self) -> Iterator[Said]:
        """What was said, and what was tried: a shut door counts as a disturbance, too."""
        yield from self.said
        for each in (*self.history.in_the_air, *self.history.turned_away):
            if each.person == self.person:
                yield each

    def idle_until(self, slot: Slot, at: datetime) -> datetime | None:
        """When the days of a slot are over since the last sign before a moment."""
        sign = self.last_sign(slot.part[0], at)
        if sign is None or slot.number not in IDLE_DAYS:
            return None
        return wall(sign + timedelta(days=IDLE_DAYS[slot.number]), NINE, self.zone(at, slot.part))

    def compared(self, slot: Slot, at: datetime, outage: int | None) -> datetime | str:
        """A slot that was to be said at a moment, and what became of it."""
        said = f"person {self.person}, {slot}, due {slot.due}, looked at {at}"
        if slot.sent is not None:
            if outage is not None and at - slot.due > TOO_LATE and slot.counts:
                self.overdue[outage] += 1
            if self.hastened(slot.part, at, slot.sent):
                self.unsure.add(slot.part)  # it was this one or the next that was wanted sooner
            unsure = slot.hastened and slot.part in self.unsure
            return slot.sent if unsure or slot.sent <= at + SOON else f"late: {said}: {slot.sent}"
        tried = any(slot.is_of(each) for each in self.tried())
        excused = tried or (slot.hastened and slot.part in self.unsure)
        return at if excused else f"missed: {said}"

    def overtaken(self, slot: Slot, at: datetime) -> bool:
        """Whether the next one of the round is due, too, and this one was not said."""
        if slot.sent is not None or slot.number + 1 not in IDLE_DAYS:
            return False
        invited = next(f.at for f in self.facts if f.what == "invited" and f.part == slot.part)
        following = self.slot(slot.part, slot.number + 1, invited, at)
        return following.due <= at + SOON

    def slot(self, part: Part, number: int, invited: datetime, at: datetime) -> Slot:
        """A slot as it stands at a moment, after the last sign of life."""
        slot = Slot(part, number, self.planned(part, number, invited), at)
        slot.due = max(slot.due, self.idle_until(slot, at) or slot.due)
        return slot

    def instead(self, slot: Slot, at: datetime) -> bool:
        """Whether something else is said to somebody after a long time of being down."""
        if at - slot.due <= TOO_LATE:
            return False
        others = (each.at for each in self.tried() if not slot.is_of(each))
        said = any(slot.due <= each <= at + SOON for each in others)
        return said or self.coming(slot, at)

    def coming(self, besides: Slot, at: datetime) -> bool:
        """Whether something else falls due within a day, in whatever round."""
        for fact in self.facts:
            if fact.what != "invited" or fact.part is None or fact.at > at:
                continue
            if self.unwelcome(fact.part, at):
                continue
            slots = (self.slot(fact.part, number, fact.at, at) for number in IDLE_DAYS)
            for slot in slots:
                known = str(slot) == str(besides) or any(slot.is_of(s) for s in self.before(at))
                if not known and slot.due <= at + A_DAY:
                    return True
        return False

    def before(self, at: datetime) -> Iterator[Said]:
        return (each for each in self.said if each.at < at)

    def last_sign(self, instrument: str, at: datetime) -> date | None:
        """The day, by their own clock, of the last sign in a draft that is still there."""
        found = None
        for fact in self.facts:
            if fact.at <= at and fact.part is not None and fact.part[0] == instrument:
                if fact.what == "sign":
                    found = fact.at.astimezone(ZoneInfo(self.zone(fact.at, fact.part))).date()
                elif fact.what == "finished":
                    found = None
        return found

    def came(self, instrument: str, at: datetime) -> bool:
        """Whether they were seen to be there: an invitation would come too late."""
        return any(
            fact.at <= at + SOON and fact.what in {"sign", "taken up", "returned"}
            for fact in self.facts
            if fact.part is None or fact.part[0] == instrument
        )

    def hastened(self, part: Part, after: datetime, before: datetime) -> datetime | None:
        times = [at for at, of in self.history.hastened if of == part and after < at <= before]
        return next((at for at in times if not self.unwelcome(part, at)), None)

    def looked_at(self, slot: Slot) -> tuple[datetime, int | None]:
        """When somebody was there to look, and the number of the time of being down before it."""
        for number, (since, until) in enumerate(self.history.down):
            said = slot.sent is not None and slot.due <= slot.sent <= since
            if since - SOON <= slot.due < until and not said:
                return until, number
        return slot.due, None
