"""How the final scores of self-assessments are spread, where there are enough of them."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from bot.reports.document import Bar, Block, Chart, Fact, Facts, Heading, Paragraph
from flows.scoring import printed
from flows.statistics import percent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.reports.results.gathered import Results
    from bot.reports.results.wording import Voice

BAND: Final = 10
"""Points of the final score that are counted together."""
TOP: Final = 100
"""The highest score there is; the last band takes it in."""


def blocks(results: Results, voice: Voice) -> Iterator[Block]:
    """Mean, median and ten bands; nothing in a survey."""
    if results.shown.instrument.kind != "benchmark":
        return
    yield Heading(voice.say("report_scores"))
    scores = results.scores
    if not scores:
        held, least = len(results.shown.scores), results.limits.smallest_group
        yield Paragraph(voice.say("report_scores_withheld", n=held, least=least))
        return
    yield Facts(
        (
            Fact(voice.say("report_scores_mean"), printed(mean(scores))),
            Fact(voice.say("report_scores_median"), printed(median(scores))),
        )
    )
    yield Chart(
        voice.say("report_scores_chart", n=len(scores)),
        tuple(
            Bar(
                _band(low, voice),
                percent(count, len(scores)),
                voice.counted(percent(count, len(scores)), count),
            )
            for low, count in bands(scores).items()
        ),
        TOP,
    )


def _band(low: int, voice: Voice) -> str:
    high = low + BAND
    key = "report_scores_last" if high == TOP else "report_scores_band"
    return voice.say(key, low=low, high=high)


def bands(scores: Sequence[Fraction]) -> dict[int, int]:
    """How many scores lie in each band, by its lower end."""
    found = dict.fromkeys(range(0, TOP, BAND), 0)
    for each in scores:
        found[min(int(each) // BAND * BAND, TOP - BAND)] += 1
    return found


def mean(scores: Sequence[Fraction]) -> Fraction:
    """The arithmetic mean."""
    return sum(scores, Fraction(0)) / len(scores)


def median(scores: Sequence[Fraction]) -> Fraction:
    """The score in the middle, or the mean of the two there; ``scores`` are in order."""
    middle = len(scores) // 2
    return scores[middle] if len(scores) % 2 else (scores[middle - 1] + scores[middle]) / 2
