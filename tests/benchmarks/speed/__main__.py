"""Measures the product beside its peers, interleaved in one session, and prints tables:

    python -m tests.benchmarks.speed SCENARIO [--rounds N --seconds S --users N]

Figures of one machine mean little; ratios of medians of one session mean more.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.benchmarks.speed import several, starting, web  # noqa: F401 - importing adds their scenarios
from tests.benchmarks.speed.contenders import CONTENDERS
from tests.benchmarks.speed.scenarios import SCENARIOS, Wish
from tests.benchmarks.speed.tables import made_by


def main(words: list[str]) -> int:
    """Print the tables of the scenarios that are asked for."""
    asked = _asked(words)
    chosen = {name: given for name, given in vars(asked).items() if name != "scenario"}
    wish = Wish(**{**chosen, "only": tuple(asked.only)})
    for name in asked.scenario:
        one = SCENARIOS[name]
        tables = one.tables(wish)
        instead = f" (here: {wish.users})" if wish.users else ""
        title = f"### {one.what[0].upper()}{one.what[1:]}{instead}"
        print(f"{title}\n", flush=True)  # noqa: T201 - a program
        print(f"{tables}\n\n{made_by(words)}\n", flush=True)  # noqa: T201 - a program
    return 0


def _asked(words: list[str]) -> argparse.Namespace:
    lines = "\n".join(f"  {each.name:<15} {each.what}" for each in SCENARIOS.values())
    asking = argparse.ArgumentParser(
        prog='make bench ARGS="speed …"',
        description=f"Measures the product beside its peers. Scenarios:\n{lines}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    asking.add_argument("scenario", nargs="+", choices=SCENARIOS, metavar="SCENARIO")
    asking.add_argument("--rounds", type=int, default=Wish.rounds, help="runs of each bot")
    asking.add_argument("--seconds", type=float, default=Wish.seconds, help="of a window")
    asking.add_argument("--users", type=int, help="instead of the scenario's own number")
    asking.add_argument("--only", nargs="+", default=[], choices=CONTENDERS, help="these bots")
    asking.add_argument("--interviews", type=int, help="the same for web and growth")
    asking.add_argument("--raw", type=Path, help="a file to which each run is added, as JSON")
    return asking.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
