"""A second reckoning of the benchmark, written from the document and not from the program.

    python -m tests.flows.score_oracle 100000 [SEED]

compares it with the program on so many random assessments and prints how many differ. The tables
below are the document's: points in printed order, with their asterisks; brackets hold the two
lettered lists of 9.1.
"""

from __future__ import annotations

import random
import sys
from fractions import Fraction
from itertools import chain, combinations

from flows.claims import read
from flows.scoring import score
from tests.flows.playing import RSCB

TABLES = {
    "1.1": "0 1* 1 1", "1.2": "0 1* 1 1", "1.3.1": "0 1 1 1", "1.3.2": "0 1* 1* 1",
    "2.1": "0 1 1 1 1 1", "2.2": "0 1 1* 2*", "2.3.1": "0 1 1 1", "2.3.2": "0 1 1 1",
    "2.3.3": "0 1 1 1 1", "3.1": "0 1* 3*", "3.2": "0 1 1 1 1 1 2",
    "4.1": "0 1 1 1 1 1", "4.2": "0 1 1 1 2 1", "4.3": "0 1 1", "5.1": "0 1 1", "5.2": "0 1 1 1",
    "6.1": "0 1* 2*", "6.2": "0 1* 2*", "7.1.1": "0 1", "7.1.2": "1* 2*", "7.1.3": "1 2 3",
    "7.2.1": "0 1* 2*", "7.2.2": "1 2 3", "7.2.3": "0 1 1 1", "7.2.4": "0 1 1",
    "7.2.5": "0 1* 2* 1", "7.2.6": "0 1 1", "8": "0 1 1 2 1 2 1",
    "9.1": "0 1 (0 1* 2*) (0 1* 2*) 1", "9.2": "0 1 1 1 1", "10.1": "0 1 1 1", "10.2.1": "1 1",
    "10.2.2": "1 1", "10.2.3": "1 1", "10.3.1": "1 1 1", "10.3.2": "2",
    "11.1.1": "0 1 1 1 1", "11.1.2": "0 1 1 1 1", "11.2": "0 1 1 2 2 1", "11.2.1": "0 1 1 1 1",
    "12": "0 1 1", "13": "0 1 1 2", "14.1": "0 1* 2* 3* 4*", "14.2": "1 2",
    "14.3": "0 1* 2* 3* 4*", "14.4": "0 1* 2* 3* 4*",
}  # fmt: skip
MAXIMA = {"A": 37, "B": 81, "C": 40}
WEIGHTS = {"A": 25, "B": 40, "C": 35}


class Table:
    """One criterion: its rows by letter, what each is worth, and what the asterisks forbid."""

    def __init__(self, number: str, printed: str) -> None:
        self.section = "A" if int(number.split(".", maxsplit=1)[0]) < 4 else "B"
        if int(number.split(".", maxsplit=1)[0]) > 10:
            self.section = "C"
        self.points: dict[str, int] = {}
        self.stars: list[str] = []
        self.lists: list[list[str]] = []
        bracket: list[str] | None = None
        for position, word in enumerate(printed.split()):
            row = f"{number}{chr(ord('a') + position)}"
            if word.startswith("("):
                bracket = []
                self.lists.append(bracket)
            self.points[row] = int(word.strip("()*"))
            if bracket is not None:
                bracket.append(row)
            elif word.endswith("*"):
                self.stars.append(row)
            if word.endswith(")"):
                bracket = None
        first = f"{number}a"
        self.zero = first if printed.startswith("0") else None

    def allows(self, ticked: frozenset[str]) -> bool:
        """Whether the document lets these be ticked together."""
        if self.zero in ticked and len(ticked) > 1:
            return False
        if len(self.stars) == 1 and self.stars[0] in ticked and len(ticked) > 1:
            return False  # "one scoring item with the asterisk": it excludes all others
        if len(ticked.intersection(self.stars)) > 1:
            return False  # several: they exclude each other
        return all(len(ticked.intersection(each)) <= 1 for each in self.lists)

    def worth(self, ticked: frozenset[str]) -> int:
        return sum(self.points[row] for row in ticked)

    def selections(self) -> list[frozenset[str]]:
        """Every selection there is, allowed or not."""
        rows = list(self.points)
        every = chain.from_iterable(combinations(rows, n) for n in range(len(rows) + 1))
        return [frozenset(each) for each in every]


CRITERIA = {number: Table(number, printed) for number, printed in TABLES.items()}
ALLOWED = {
    number: [each for each in table.selections() if table.allows(each)]
    for number, table in CRITERIA.items()
}


def reckoned(ticked: dict[str, frozenset[str]]) -> tuple[Fraction, Fraction]:
    """Floor and ceiling; a criterion that is missing is unanswered."""
    low = dict.fromkeys(MAXIMA, 0)
    high = dict.fromkeys(MAXIMA, 0)
    for number, table in CRITERIA.items():
        if number in ticked:
            low[table.section] += table.worth(ticked[number])
            high[table.section] += table.worth(ticked[number])
        else:
            high[table.section] += max(table.worth(each) for each in ALLOWED[number])
    ends = [
        sum(Fraction(WEIGHTS[key] * points[key], MAXIMA[key]) for key in MAXIMA)
        for points in (low, high)
    ]
    return ends[0], ends[1]


def random_assessment(chance: random.Random) -> dict[str, frozenset[str]]:
    share = chance.random()
    return {
        number: chance.choice(allowed)
        for number, allowed in ALLOWED.items()
        if chance.random() < share
    }


def mismatches(count: int, seed: int) -> int:
    """How many of so many random assessments the program scores otherwise than the oracle."""
    chance = random.Random(seed)
    different = 0
    for _ in range(count):
        ticked = random_assessment(chance)
        form = {number: sorted(rows) for number, rows in ticked.items()}
        found = score(RSCB, read(RSCB, {"instrument": RSCB.id, "answers": form}))
        different += (found.floor, found.ceiling) != reckoned(ticked)
    return different


def main(count: int, seed: int = 2014) -> int:
    different = mismatches(count, seed)
    sys.stdout.write(f"{count} random assessments, seed {seed}: {different} mismatches\n")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
