"""What a running product knows of itself: which part worked when, and how much was done.

Counts only, by kind: nobody's address, answer or name becomes a label.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.channels import Outcome

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(slots=True)
class Vitals:
    """The signs of life of one process."""

    clock: Callable[[], float] = time.monotonic
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    stopping: bool = False
    """Whether it was told to stop: a proxy sends nobody here any more."""
    _seen: dict[str, float] = field(default_factory=dict)
    _patience: dict[str, float] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    """The parts that were told that they cannot work, and why: no patience helps these."""
    taken: Counter = field(init=False)
    """What people did, by door."""
    outcomes: Counter = field(init=False)
    """What became of it: "done", "refused", "repeated", "failed", "set_aside"."""
    seconds: Histogram = field(init=False)
    """From taking a batch to its commit."""
    set_aside: Counter = field(init=False)
    """Updates that could not be taken."""
    said: Counter = field(init=False)
    """What was tried to be said, by kind and outcome."""
    waited: Histogram = field(init=False)
    """How long a writer waited until its transaction began."""
    heard: Gauge = field(init=False)
    """When Telegram last answered a poll, or delivered what was taken."""
    database: Gauge = field(init=False)
    """Whether the database answered, when it was last asked."""
    released: Counter = field(init=False)
    """Anonymous responses that were let out."""
    failed: Counter = field(init=False)
    """Parts of a beat that something kept from their work."""
    unreadable: Gauge = field(init=False)
    """Sent responses that nobody can open."""
    waiting: Gauge = field(init=False)
    """How much is still to be said."""
    oldest: Gauge = field(init=False)
    """For how many seconds the oldest of it has been due."""
    silent_for: Gauge = field(init=False)
    """Seconds since a part last did its work."""

    def __post_init__(self) -> None:
        """Name what is counted."""
        self.taken = self._counter("taken", "What people did, by door.", "channel")
        became = "What became of what people did."
        self.outcomes = self._counter("updates", became, "channel", "outcome")
        self.set_aside = self._counter("set_aside", "Updates that could not be taken.")
        self.said = self._counter("said", "What was tried to be said.", "kind", "outcome")
        self.released = self._counter("released", "Anonymous responses that were let out.")
        self.failed = self._counter("beat_failures", "Parts of a beat that failed.", "part")
        lost = "Sent responses that wait and cannot be opened."
        self.unreadable = self._gauge("unreadable_responses", lost)
        self.waiting = self._gauge("outbox_rows", "What is still to be said.")
        self.oldest = self._gauge("outbox_oldest_seconds", "How long the oldest of it waits.")
        self.silent_for = self._gauge("part_silent_seconds", "Since a part did its work.", "part")
        heard = "When Telegram last answered well, or delivered what was taken."
        self.heard = self._gauge("telegram_heard_timestamp_seconds", heard, "mode")
        self.database = self._gauge("database_up", "Whether the database answers.")
        self.seconds = self._histogram("take_seconds", "From taking a batch to its commit.")
        self.waited = self._histogram("write_wait_seconds", "Until a writer could begin.")
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)

    def _counter(self, name: str, what: str, *labels: str) -> Counter:
        return Counter(f"assay_{name}", what, labels, registry=self.registry)

    def _gauge(self, name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"assay_{name}", what, labels, registry=self.registry)

    def _histogram(self, name: str, what: str) -> Histogram:
        return Histogram(f"assay_{name}", what, buckets=_SECONDS, registry=self.registry)

    @contextmanager
    def taking(self, channels: list[str]) -> Iterator[None]:
        """Count and time a batch that is taken; one that fails is no part of what was taken."""
        began = time.perf_counter()
        try:
            yield
            for each in channels:
                self.taken.labels(each).inc()
        except Exception:
            for each in channels:
                self.outcomes.labels(each, "failed").inc()
            raise
        finally:
            self.seconds.observe(time.perf_counter() - began)

    def became(self, channels: list[str], outcomes: Sequence[Outcome]) -> None:
        """Count what came of a batch."""
        for channel, each in zip(channels, outcomes, strict=True):
            outcome = "repeated" if each.seen else "refused" if each.refused else "done"
            self.outcomes.labels(channel, outcome).inc()

    def hears(self, mode: str) -> None:
        """Telegram answered a poll well, or delivered what was taken."""
        self.heard.labels(mode).set_to_current_time()
        self.seen("telegram")

    def refuse(self, part: str, reason: str) -> None:
        """A part was told that it cannot work, until it does."""
        self.refused[part] = reason

    def expect(self, part: str, within: float) -> None:
        """From now on a part is to do its work at least every so many seconds."""
        self._patience[part] = within
        self.seen(part)

    def seen(self, part: str) -> None:
        """A part did its work."""
        self._seen[part] = self.clock()
        self.refused.pop(part, None)

    def silences(self) -> dict[str, float]:
        """For how many seconds each part that is expected has not done its work."""
        now = self.clock()
        found = {part: now - self._seen[part] for part in self._patience}
        for part, seconds in found.items():
            self.silent_for.labels(part).set(seconds)
        return found

    def overdue(self) -> list[str]:
        """The parts that have been silent for too long."""
        return [part for part, s in self.silences().items() if s > self._patience[part]]
