"""The digest: what it says, in both languages, and that it is short whatever the figures.

``make accept`` rewrites the golden files.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from bot.channels.terminal import render
from bot.reports.digest.figures import Digest, DropOut, Problem, RoundFigures, UnderWay
from bot.reports.digest.message import card
from bot.texts import LANGUAGES, worded
from flows.ladder import funnel
from tests.flows.playing import ASI, RSCB

FOLDER = Path(__file__).parents[2] / "digests"
TODAY, LAST = date(2026, 11, 23), date(2026, 11, 16)
BEFORE = funnel({"invited": 50, "opened": 10, "begun": 5, "finished": 35})
NOW = funnel({"invited": 41, "opened": 9, "begun": 12, "finished": 40, "bounced": 3, "declined": 1})
CALM = funnel({"invited": 30, "opened": 2, "begun": 6, "finished": 12})
TEA = {"en": "Tea break", "zh": "茶歇"}


def survey(**changes) -> RoundFigures:
    made = RoundFigures(
        title=ASI.title,
        name="2026",
        phase="open",
        closes=date(2026, 11, 30),
        now=NOW,
        before=BEFORE,
        drop_out=DropOut("7", 4, 12),
        minutes=14,
        doors={"telegram": 30, "web": 10},
        languages={"en": 35, "zh": 5},
    )
    return replace(made, **changes)


def digest(*rounds, under_way=(), problems=(), since: date | None = LAST, **changes) -> Digest:
    made = Digest(
        TODAY, since, "week", rounds, tuple(under_way), tuple(problems), "week:2026-11-23"
    )
    return replace(made, **changes)


BENCHMARK = RoundFigures(
    RSCB.title, "spring", "open", None,
    funnel({"invited": 3, "begun": 4, "finished": 2}), funnel({"invited": 4, "begun": 3}),
)  # fmt: skip
STILL = RoundFigures(TEA, "autumn", "closed", LAST, CALM, CALM)
PROBLEMS = (
    Problem("bounced", 3, "2026"),
    Problem("unreachable", 1, "Telegram"),
    Problem("waiting_for_approval", 2),
    Problem("closing_soon", 7, "2026"),
)
ASSESSMENTS = (
    UnderWay("Sample Retail", RSCB.title, 12, 46, Fraction(309, 10), Fraction(312, 4)),
    UnderWay("", RSCB.title, 0, 46, Fraction(0), Fraction(100)),
    UnderWay("示例零售", RSCB.title, 46, 46, Fraction(1271, 20), Fraction(1271, 20), sent=True),
)
UNSEEN = tuple(replace(each, floor=None, ceiling=None) for each in ASSESSMENTS)
MANY = tuple(
    survey(
        name=f"Region {n}",
        now=funnel({"invited": 60 - n, "begun": n % 7, "finished": n}),
        before=funnel({"invited": 60 - n // 2, "finished": n // 2}),
    )
    for n in range(1, 51)
)
DIGESTS = {
    "first": digest(survey(before=None), since=None),
    "quiet": digest(survey(now=BEFORE), STILL),
    "one-round": digest(survey()),
    "three-rounds": digest(survey(), BENCHMARK, STILL, problems=PROBLEMS),
    "benchmark": digest(BENCHMARK, under_way=ASSESSMENTS),
    "benchmark-without-scores": digest(BENCHMARK, under_way=UNSEEN),
    "fifty-rounds": digest(
        *MANY,
        under_way=[replace(ASSESSMENTS[0], company=f"Company {n}") for n in range(9)],
        problems=[Problem("not_delivered", n + 1, f"Region {n}") for n in range(9)],
    ),
}


def plain(of: Digest, language: str) -> str:
    return render(worded(card(of), language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", DIGESTS)
def test_a_digest_reads_as_its_golden_file(name, language, accept):
    golden = FOLDER / f"{name}-{language}.txt"
    shown = plain(DIGESTS[name], language)

    if accept:
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")
