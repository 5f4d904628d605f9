"""The digest: what it says, in both languages, and that it is short whatever the figures.

``make accept`` rewrites the golden files.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.channels import Shown
from bot.channels.telegram_layout import lay_out
from bot.channels.terminal import render
from bot.reports.digest import chart
from bot.reports.digest.figures import Digest, DropOut, Kind, Problem, RoundFigures, UnderWay
from bot.reports.digest.message import card
from bot.texts import LANGUAGES, worded
from flows.digesting import Every
from flows.ladder import STATES, funnel
from flows.rounds import Phase
from tests.bot_api_rules import formatted
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
        drop_outs=(DropOut("7", 4, 12),),
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


# What stands first, and what is left out


def lines(of: Digest, language: str = "en") -> list[str]:
    return plain(of, language).splitlines()


def test_three_rounds_with_problems_are_one_screen():
    for language in LANGUAGES:
        assert len(plain(DIGESTS["three-rounds"], language)) < 1000


def test_the_first_line_is_the_result():
    assert lines(digest(survey()))[0] == (
        "ASI Certification Survey 2021: 40 of 106 have answered (38 %), +5 since 16 November."
    )


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (digest(since=None), "There is no round yet."),
        (digest(), "Nothing has changed since 16 November."),
        (digest(STILL), "Tea break: 12 of 50 have answered (24 %); nothing has changed since"),
        (digest(replace(STILL, before=BEFORE)), "Tea break: 12 of 50 have answered (24 %), −23"),
        (
            digest(replace(STILL, before=replace(CALM, invited=49))),
            "Tea break: 12 of 50 have answered (24 %), as on 16 November.",
        ),
        (digest(survey(now=funnel({}), before=None)), "ASI Certification Survey 2021: nobody has"),
        (digest(survey(now=funnel({"finished": 1}))), "ASI Certification Survey 2021: 1 of 1 has"),
        (digest(under_way=ASSESSMENTS), "1 self-assessment was sent, 2 self-assessments are under"),
        (digest(under_way=ASSESSMENTS[:1]), "1 self-assessment is under way."),
        (digest(under_way=ASSESSMENTS[2:]), "1 self-assessment was sent."),
        (digest(STILL, since=date(2025, 12, 29)), "Tea break: 12 of 50 have answered (24 %); noth"),
    ],
)
def test_every_state_of_things_has_a_sentence(of, said):
    assert lines(of)[0].startswith(said)


def test_a_day_of_another_year_has_its_year():
    assert "since 29 December 2025" in lines(digest(STILL, since=date(2025, 12, 29)))[0]


def test_a_quiet_digest_is_one_sentence_and_its_date():
    assert len(lines(DIGESTS["quiet"])) == 2


def test_a_quiet_digest_still_says_what_needs_somebody():
    shown = lines(digest(STILL, problems=PROBLEMS[:1]))

    assert shown[0].endswith("nothing has changed since 16 November.")
    assert shown[-2:] == [" Needs you", "  ! 3 mails came back  — 2026"]


def test_rounds_of_one_instrument_name_it_once():
    shown = plain(digest(survey(), survey(name="2027", now=BEFORE, before=None)), "en")

    assert shown.count("ASI Certification Survey 2021") == 1
    assert "Round “2027”" in shown


def test_a_round_that_is_new_since_the_last_digest_counts_from_nothing():
    shown = plain(digest(survey(before=None), STILL), "en")

    assert "+106 invited, +52 begun, +40 finished (38 %)" in shown


def test_a_round_to_which_nobody_is_left_has_no_rate():
    shown = plain(digest(survey(now=funnel({}), closes=None, minutes=None), STILL), "en")

    assert "ASI Certification Survey 2021 “2026”\n−100 invited, −40 begun, −35 finished\n" in shown


def test_where_people_stop_is_said_of_the_introduction_too_and_not_of_nobody():
    def of(*found):
        return plain(digest(survey(drop_outs=(DropOut(*found),))), "en")

    assert "Most stop before the first question: 4 of 12 under way" in of("", 4, 12)
    assert "Most stop" not in of("7", 0, 12)


def test_a_single_door_or_language_is_not_news():
    shown = plain(digest(survey(doors={"web": 40, "terminal": 0}, languages={"en": 40})), "en")

    assert "web" not in shown
    assert "English" not in shown


def test_a_door_and_a_language_that_have_no_name_are_called_as_they_are():
    doors, languages = {"kiosk": 30, "web": 10}, {"en": 35, "fr": 3, "de": 2, "nl": 1, "it": 1}
    shown = plain(digest(survey(doors=doors, languages=languages)), "en")

    assert "kiosk 30, web page 10 · English 35, fr 3, de 2, it 1 and 1 more" in shown


@pytest.mark.parametrize(("phase", "said"), [("planned", "not open yet"), ("closed", "closed")])
def test_a_round_that_is_not_open_says_so(phase, said):
    assert f"Round “2026” ({said})" in plain(digest(survey(phase=phase)), "en")


def test_a_round_without_a_name_is_called_by_its_instrument():
    shown = lines(digest(survey(name=" \n"), STILL))

    assert shown[2] == "ASI Certification Survey 2021 (closes on 30 November)"


def test_before_anything_happened_the_rounds_are_named():
    planned = replace(STILL, now=funnel({}), before=None, phase="planned")

    assert "Nothing yet: Tea break “autumn”" in plain(digest(survey(), planned, since=None), "en")


def test_assessments_of_several_instruments_name_them():
    tea = replace(ASSESSMENTS[0], title=TEA)
    shown = plain(digest(under_way=(*ASSESSMENTS, tea)), "en")

    assert " Self-assessments\n" in shown
    assert "Sample Retail · Tea break  — 12 of 46, 31–78 provisional" in shown


def test_who_may_not_see_scores_sees_none():
    for language in LANGUAGES:
        seen, unseen = (DIGESTS[name] for name in ("benchmark", "benchmark-without-scores"))
        assert "31–78" in plain(seen, language)
        assert "31" not in plain(unseen, language)
        assert "64" not in plain(unseen, language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("count", [1, 2])
def test_every_problem_has_its_own_words(language, count):
    problems = [Problem(kind, count) for kind in get_args(Kind)]
    shown = [lines(digest(problems=[each]), language)[-1] for each in problems]

    assert len(set(shown)) == len(problems)
    assert all(line.startswith("  ! ") for line in shown)


def test_of_what_did_not_happen_nothing_is_said():
    none = [Problem(kind, 0) for kind in get_args(Kind)]

    assert lines(digest(problems=none))[2:] == [
        " Needs you",
        "  ! No mail is set up",
        "  ! Closes today",
    ]
    assert lines(digest(problems=none[:2]))[2:] == []


@pytest.mark.parametrize("every", get_args(Every))
def test_every_digest_says_which_it_is(every):
    assert "23 November 2026" in lines(digest(every=every, serial=""))[1]
    assert "(month:x)" in lines(digest(every=every, serial="month:x"))[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("of", DIGESTS.values(), ids=DIGESTS.keys())
def test_in_telegram_it_is_one_message_without_buttons(of, language):
    shown = worded(card(of), language)
    message = lay_out(Shown(shown, "01234567", language))

    seen, _ = formatted(message.text, "HTML")
    assert seen.startswith(shown.title)
    assert len(seen) < 1500
    assert all(line.label in seen and (line.detail or "") in seen for line in shown.lines)
    assert message.keyboard == []


# Whatever the figures

counts = some.integers(0, 10**9)
names = some.text(max_size=300)
texts = some.fixed_dictionaries({"en": names, "zh": names})
funnels = some.builds(funnel, some.dictionaries(some.sampled_from(STATES), counts))
scores = some.fractions(0, 100)
rounds = some.builds(
    RoundFigures,
    title=texts | some.just(TEA),
    name=names,
    phase=some.sampled_from(get_args(Phase)),
    closes=some.none() | some.dates(),
    now=funnels,
    before=some.none() | funnels,
    drop_outs=some.just(())
    | some.tuples(some.builds(DropOut, number=names, stopped=counts, under_way=counts)),
    minutes=some.none() | counts,
    doors=some.dictionaries(names, counts, max_size=6),
    languages=some.dictionaries(names, counts, max_size=6),
)
assessments = some.builds(
    UnderWay,
    company=names,
    title=texts,
    answered=counts,
    of=counts,
    floor=some.none() | scores,
    ceiling=some.none() | scores,
    sent=some.booleans(),
)
problems = some.builds(Problem, some.sampled_from(get_args(Kind)), counts, names)
digests = some.builds(
    Digest,
    day=some.dates(),
    since=some.none() | some.dates(),
    every=some.sampled_from(get_args(Every)),
    rounds=some.lists(rounds, max_size=8).map(tuple),
    under_way=some.lists(assessments, max_size=8).map(tuple),
    problems=some.lists(problems, max_size=9).map(tuple),
    serial=names,
)


@given(digests)
def test_a_digest_is_short_whatever_the_figures(of):
    for language in LANGUAGES:
        assert len(plain(of, language)) <= (1000 if len(of.rounds) <= 3 else 1500)


LONG = "🙂长 " * 200
MUCH = funnel({"begun": 9**9})
FULL = digest(
    *(
        survey(title={"en": f"{n}{LONG}", "zh": f"{n}{LONG}"}, name=LONG, now=MUCH)
        for n in range(1000)
    ),
    under_way=[replace(ASSESSMENTS[0], company=LONG, title={"en": LONG, "zh": LONG})] * 1000,
    problems=[Problem("set_aside", 9**9, LONG)] * 1000,
    serial=LONG,
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("many", "most"), [(0, 1000), (1, 1000), (3, 1000), (4, 1250), (1000, 1500)]
)
def test_a_digest_of_everything_at_its_longest_is_short(many, most, language):
    shown = plain(replace(FULL, rounds=FULL.rounds[:many]), language)

    assert len(shown.encode("utf-16-le")) // 2 <= most
    assert shown.count("…") > 3


# The picture


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["first", "three-rounds", "fifty-rounds"])
def test_a_picture_is_png_and_its_caption_says_the_result(name, language):
    drawn = chart.picture(DIGESTS[name], language)

    assert drawn.content.startswith(b"\x89PNG")
    assert (drawn.name, drawn.media_type) == ("digest-2026-11-23.png", "image/png")
    assert drawn.caption == chart.chart(DIGESTS[name], language).caption


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (digest(survey()), "38 % of 106 have answered, 5 more than on 16 November."),
        (digest(survey(), since=None), "38 % of 106 have answered."),
        (digest(STILL), "24 % of 50 have answered, as many as on 16 November."),
        (
            digest(replace(STILL, before=BEFORE)),
            "24 % of 50 have answered, 23 fewer than on 16 Nov",
        ),
        (digest(survey(), STILL), "33 % of 156 in 2 rounds have answered, 5 more than on 16 Nov"),
    ],
)
def test_the_caption_is_a_sentence(of, said):
    assert chart.chart(of, "en").caption.startswith(said)


def test_there_is_no_picture_of_nobody():
    nobody = survey(now=funnel({}), before=None)

    assert chart.picture(digest(), "en") is None
    assert chart.picture(digest(nobody, nobody), "en") is None


def test_one_round_is_drawn_as_a_funnel_beside_the_last():
    drawn = chart.chart(digest(survey()), "en")

    assert [(each.label, each.value, each.before) for each in drawn.bars] == [
        ("Invited", 106, 100),
        ("Opened", 61, 50),
        ("Begun", 52, 40),
        ("Finished", 40, 35),
    ]
    assert [each.printed for each in drawn.bars] == ["106", "61 (58 %)", "52 (49 %)", "40 (38 %)"]
    assert drawn.legend == ("23 November", "16 November")
    assert drawn.maximum == 106


def test_several_rounds_are_drawn_as_their_rates_and_no_more_than_a_phone_shows():
    drawn = chart.chart(DIGESTS["three-rounds"], "en")

    assert [(each.value, each.before) for each in drawn.bars] == [(38, 35), (22, 0), (24, 24)]
    assert drawn.bars[0].printed == "38 % (40 of 106)"
    assert len(chart.chart(DIGESTS["fifty-rounds"], "en").bars) == chart.MOST_BARS


def test_the_first_picture_has_nothing_to_compare_with():
    assert chart.chart(DIGESTS["first"], "en").legend is None
    assert chart.chart(digest(survey(before=None), since=LAST), "en").legend is None
