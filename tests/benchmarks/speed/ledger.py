"""What is counted between the beginning and the end of a window."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter, process_time
from typing import Any


@dataclass
class Ledger:
    """Counts, and how long people waited."""

    waits: list[float] = field(default_factory=list)
    """Seconds from an action to what acknowledged it: one for each update."""
    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    """Answers that were no success, by method."""
    undelivered: int = 0
    """Deliveries that the webhook did not take."""
    walks: int = 0
    since: float = field(default_factory=perf_counter)
    cpu: float = field(default_factory=process_time)

    def acknowledged(self, began: float) -> None:
        """Somebody sees what came of their action."""
        self.waits.append(perf_counter() - began)

    def begin(self) -> None:
        """Forget everything: a window begins."""
        self.waits.clear()
        self.calls.clear()
        self.refused.clear()
        self.walks = self.undelivered = 0
        self.since, self.cpu = perf_counter(), process_time()

    def figures(self) -> dict[str, Any]:
        """What was counted, as JSON can say it."""
        waits = sorted(self.waits)
        return {
            "seconds": perf_counter() - self.since,
            "cpu": process_time() - self.cpu,
            "updates": len(waits),
            "walks": self.walks,
            "calls": sum(self.calls.values()) - self.calls["getUpdates"],
            "methods": dict(self.calls),
            "refused": dict(self.refused),
            "undelivered": self.undelivered,
            **{f"p{share}": percentile(waits, share) for share in (50, 95, 99)},
        }


def percentile(ordered: list[float], share: int) -> float:
    """Of ordered figures, the one below which so many of a hundred lie."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
