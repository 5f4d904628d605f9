"""What is measured: each scenario takes a wish and gives its tables."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.speed.contenders import (
    ASSAY,
    BARE,
    DIALOG,
    FSM,
    NOTHING,
    ORM,
    PICKLE,
)
from tests.benchmarks.speed.measuring import Load, measured
from tests.benchmarks.speed.tables import Bound, bounds, of, of_runs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.speed.contenders import Contender
    from tests.benchmarks.speed.measuring import Run


@dataclass(frozen=True, slots=True)
class Wish:
    """What whoever measures may choose."""

    rounds: int = 3
    seconds: float = 6.0
    users: int | None = None
    only: tuple[str, ...] = ()
    """Bots by name; without any, all of the scenario."""
    interviews: int | None = None
    """Instead of the scenario's own number."""
    raw: Path | None = None
    """A file to which each run is added, as a line of JSON."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something to measure."""

    name: str
    what: str
    tables: Callable[[Wish], str]


NAMES = {
    "rate": "updates/s",
    "per_core": "updates a CPU second",
    "cpu": "CPU per update",
    "p99": "reply p99",
}
SCENARIOS: dict[str, Scenario] = {}


def scenario(name: str, what: str) -> Callable[[Callable[[Wish], str]], Callable[[Wish], str]]:
    """Add one to the list."""

    def add(tables: Callable[[Wish], str]) -> Callable[[Wish], str]:
        SCENARIOS[name] = Scenario(name, what, tables)
        return tables

    return add


def interleaved(
    wish: Wish, load: Load, contenders: Sequence[Contender]
) -> dict[Contender, list[Run]]:
    """A B C, A B C …: what disturbs the machine disturbs all alike."""
    chosen = [each for each in contenders if not wish.only or each.name in wish.only]
    runs: dict[Contender, list[Run]] = {each: [] for each in chosen}
    for number in range(wish.rounds):
        for each in chosen:
            run = measured(each, load)
            runs[each].append(run)
            if wish.raw is not None:
                with wish.raw.open("a", encoding="utf-8") as into:
                    into.write(json.dumps({"bot": each.name, **asdict(load), **asdict(run)}) + "\n")
            said = f"{number + 1}/{wish.rounds} {each.name}: {run.rate:.0f}/s, {run.cpu:.2f} ms"
            print(said, file=sys.stderr, flush=True)  # noqa: T201 - a program
    return runs


def ratio(
    runs: dict[Contender, list[Run]],
    what: str,
    peer: Contender,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> list[Bound]:
    """The product's figure as a multiple of a peer's; none where one was not measured."""
    if ASSAY not in runs or peer not in runs:
        return []
    figure = of(runs[ASSAY], what) / of(runs[peer], what)
    limit = at_most if at_least is None else at_least
    name = f"{NAMES[what]} / {peer.what}"
    return [Bound(name, figure, limit, at_most=at_most is not None, unit=" ×")]


def _saturation(wish: Wish, mode: str) -> str:
    load = Load(mode, wish.users or 64, wish.seconds)
    runs = interleaved(wish, load, (ASSAY, PICKLE, BARE, ORM, FSM, DIALOG))
    found = [
        *ratio(runs, "rate", PICKLE, at_least=4),
        *ratio(runs, "rate", ORM, at_least=8),
        *ratio(runs, "cpu", BARE, at_most=0.35),
        *ratio(runs, "per_core", PICKLE),
        *ratio(runs, "per_core", ORM),
    ]
    return f"{of_runs(runs)}\n\n{bounds(found)}"


@scenario("polling", "saturation by polling: 64 users who never think")
def polling(wish: Wish) -> str:
    """As many updates as a bot can take."""
    return _saturation(wish, "polling")


@scenario("webhook", "saturation by webhook: 64 users who never think")
def webhook(wish: Wish) -> str:
    """The same, delivered."""
    return _saturation(wish, "webhook")


def _delay(wish: Wish, mode: str) -> str:
    load = Load(mode, wish.users or 256, wish.seconds, delay=0.04)
    runs = interleaved(wish, load, (ASSAY, PICKLE, FSM))
    found = [
        *ratio(runs, "rate", PICKLE, at_least=40),
        *ratio(runs, "rate", FSM, at_least=2),
    ]
    return f"{of_runs(runs)}\n\n{bounds(found)}"


@scenario("delay-polling", "40 ms held back per Bot API answer: 256 users, polling")
def delay_polling(wish: Wish) -> str:
    """A real network's round trips."""
    return _delay(wish, "polling")


@scenario("delay-webhook", "40 ms held back per Bot API answer: 256 users, webhook")
def delay_webhook(wish: Wish) -> str:
    """The same, delivered."""
    return _delay(wish, "webhook")


def _below(wish: Wish, mode: str) -> str:
    load = Load(mode, wish.users or 100, wish.seconds, think=1.0)
    runs = interleaved(wish, load, (ASSAY, PICKLE, BARE, ORM))
    found = ratio(runs, "p99", PICKLE, at_most=0.5)
    return f"{of_runs(runs)}\n\n{bounds(found)}"


@scenario("below-polling", "below saturation: 100 users who think for a second, polling")
def below_polling(wish: Wish) -> str:
    """How long people wait where nothing is scarce."""
    return _below(wish, "polling")


@scenario("below-webhook", "below saturation: 100 users who think for a second, webhook")
def below_webhook(wish: Wish) -> str:
    """The same, delivered."""
    return _below(wish, "webhook")


@scenario("instrument", "what the stand-in and the people can do at most: 1,024 users, no library")
def instrument(wish: Wish) -> str:
    """Far more than any bot, or it would be the instrument that is measured."""
    load = Load("polling", wish.users or 1024, wish.seconds)
    return of_runs(interleaved(wish, load, (NOTHING,)))
