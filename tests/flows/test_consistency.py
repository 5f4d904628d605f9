"""What an assessment lacks or says against itself: rules as data, concerns in the order of work."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import points
from flows.consistency import Concern, Rules, blocking, concerns, load
from flows.evidence import Evidence
from flows.exclusion import clash
from flows.navigation import claimed
from flows.session import Answer
from tests.flows.playing import INSTALLED, RSCB, another

TEXT = (INSTALLED / RSCB.id / "consistency" / "2014.toml").read_text("utf-8")
RULES, FINDINGS = load(TEXT, RSCB)
CRITERIA = [criterion.id for criterion in RSCB.criteria]
OF = {row.id: criterion.id for criterion in RSCB.criteria for row in criterion.rows}
KINDS = ["unanswered", "unconfirmed", "contradiction", "no_link", "no_year"]

every_rule = pytest.mark.parametrize("rule", RULES.rules, ids=lambda rule: rule.id)

EVIDENCE = st.builds(
    Evidence,
    link=st.sampled_from(["", "https://acme.com/report.pdf"]),
    period=st.sampled_from(["", "last year", "FY2013"]),
)

# By rule: the fewest ticks that break it, and ticks beside which the same claim is sound. A
# criterion alone stands for "none of these".
TABLE = {
    "pay-share-without-financial-incentives": ("1.3.2b 1.3.2d", "1.3.2c 1.3.2d"),
    "monitored-groups-without-classification": ("7.1.2a 4.3a", "7.1.2a 4.3b"),
    "monitored-tiers-without-scope": ("7.1.3a 2.2a", "7.1.3a 2.2b"),
    "monitored-tiers-without-boundaries": ("7.1.3c 4.1b 4.1c", "7.1.3c 4.1b 4.1e"),
    "audited-groups-without-classification": ("7.2.1c 4.3a", "7.2.1c 4.3c"),
    "audited-tiers-without-audits": ("7.2.2a 7.2.1a", "7.2.2a 7.2.1b"),
    "audited-tiers-without-scope": ("7.2.2b 2.2a", "7.2.2b 2.2d"),
    "audited-tiers-without-boundaries": ("7.2.2c 4.1a", "7.2.2c 4.1d"),
    "audit-criteria-without-audits": ("7.2.3b 7.2.1a", "7.2.3b 7.2.1b"),
    "audit-criteria-without-classification": ("7.2.3d 4.3a", "7.2.3b 7.2.3c 4.3a"),
    "audit-interviews-without-audits": ("7.2.4c 7.2.1a", "7.2.4a 7.2.1a"),
    "third-party-audits-without-audits": ("7.2.5d 7.2.1a", "7.2.5a 7.2.1a"),
    "monitoring-results-without-monitoring": (
        "11.1.1b 7.1.1a 7.1.2 7.1.3",
        "11.1.1b 7.1.1b 7.1.2 7.1.3",
    ),
    "audit-results-without-audits": (
        "11.1.2b 7.2.1a 7.2.2 7.2.3a 7.2.4a 7.2.5a",
        "11.1.2b 7.2.1b 7.2.2 7.2.3a 7.2.4a 7.2.5a",
    ),
    "grievances-without-system": ("11.2.1b 3.2a", "11.2.1b 3.2c"),
    "capacity-building-results-without-programs": ("12b 8a", "12b 8e"),
    "trained-officers-without-training": ("13b 5.1a", "13b 5.1b"),
    "screened-suppliers-without-screening": ("13d 5.2b", "13d 5.2c"),
    "measurements-without-topics": ("14.1b 4.1a", "14.1b 4.1b"),
    "targets-without-measurements": ("14.3b 14.1a", "14.3b 14.1b"),
    "more-targets-than-measurements-c": ("14.3c 14.1b", "14.3c 14.1d"),
    "more-targets-than-measurements-d": ("14.3d 14.1c", "14.3d 14.1d"),
    "more-targets-than-measurements-e": ("14.3e 14.1d", "14.3e 14.1e"),
    "improvements-without-targets": ("14.4d 14.3a", "14.4d 14.3b"),
}


def ticked(said: str) -> dict[str, Answer]:
    """Answers from ids of rows, and of criteria that are answered by "none of these"."""
    rows: dict[str, list[str]] = {}
    for each in said.split():
        rows.setdefault(OF.get(each, each), []).extend([each] if each in OF else [])
    return {item: Answer(chosen=tuple(those), none=not those) for item, those in rows.items()}


def found(answers, kind, rules=RULES):
    return [each for each in concerns(RSCB, rules, answers) if each.kind == kind]


def broken(said: str) -> list[str]:
    """The ids of the rules that these ticks break."""
    words = [each.words for each in found(ticked(said), "contradiction")]
    return [rule.id for rule in RULES.rules if rule.text in words]


def everything():
    """A best selection of every criterion in which the share in pay is that of a financial one."""
    answers = {}
    for criterion in RSCB.criteria:
        held = []
        for row in sorted(criterion.rows, key=lambda row: -row.points):
            if row.points and not row.alone and not any(clash(row, other) for other in held):
                held.append(row)
        answers[criterion.id] = Answer(chosen=tuple(r.id for r in criterion.rows if r in held))
    return answers | ticked("1.3.2c 1.3.2d")


def shown(answers, evidence):
    """The answers with this evidence beside every claim."""
    return {
        item.id: replace(
            answers[item.id],
            evidence={row.id: evidence for row in claimed(item, answers[item.id])},
        )
        for item in RSCB.criteria
    }


@st.composite
def assessments(draw):
    """Any answers that the rules of exclusion allow, with any evidence."""
    answers = {}
    for criterion in RSCB.criteria:
        if draw(st.booleans()):
            continue
        held = []
        for row in draw(st.permutations(criterion.rows))[: draw(st.integers(0, 4))]:
            if not any(clash(row, other) for other in held):
                held.append(row)
        evidence = {row.id: draw(EVIDENCE) for row in held if draw(st.booleans())}
        chosen = tuple(row.id for row in criterion.rows if row in held)
        answers[criterion.id] = Answer(chosen=chosen, none=not chosen, evidence=evidence)
    return answers


def test_the_rules_of_the_benchmark_read_without_a_finding():
    assert FINDINGS == ()
    assert [rule.id for rule in RULES.rules] == list(TABLE)


@every_rule
def test_a_rule_is_broken_by_the_fewest_ticks_and_kept_by_consistent_ones(rule):
    against, sound = TABLE[rule.id]

    assert broken(against) == [rule.id]
    assert broken(sound) == []


@every_rule
def test_every_claim_of_a_rule_is_questioned_until_any_one_of_its_grounds_is_ticked(rule):
    nothing = Answer(none=True)
    unfounded = dict.fromkeys(rule.items, nothing)
    concern = Concern("contradiction", rule.items[0], words=rule.text)
    for claim in rule.any_of:
        at = unfounded | {OF[claim]: Answer(chosen=(claim,))}
        assert concern in concerns(RSCB, RULES, at), claim
        for ground in rule.unless_any:
            beside = at.get(OF[ground], nothing)
            founded = at | {OF[ground]: replace(beside, chosen=(*beside.chosen, ground))}
            assert concern not in concerns(RSCB, RULES, founded), (claim, ground)


@every_rule
def test_no_zero_row_is_a_claim_or_a_ground(rule):
    worth = {row.id: row.points for criterion in RSCB.criteria for row in criterion.rows}

    assert all(worth[row] for row in (*rule.any_of, *rule.unless_any))


@every_rule
def test_a_press_leads_to_the_criterion_that_claims_and_the_words_name_both_sides(rule):
    assert {OF[row] for row in rule.any_of} == {rule.items[0]}
    for item in {rule.items[0], rule.items[1 if len(rule.items) > 1 else 0], rule.items[-1]}:
        assert all(item in words for words in rule.text.values()), item


@pytest.mark.parametrize("said", ["7.1.2a", "11.1.1b 7.1.1a 7.1.2", "14.3a 14.1a", "14.3b 14.1e"])
def test_nothing_is_contradicted_by_what_is_open_or_by_a_larger_share(said):
    assert broken(said) == []


def test_one_tick_can_break_several_rules():
    assert broken("7.2.3b 7.2.3d 7.2.1a 4.3a") == [
        "audit-criteria-without-audits",
        "audit-criteria-without-classification",
    ]


def test_the_items_of_the_last_reporting_year_are_those_whose_text_says_so():
    said = {
        row.id
        for criterion in RSCB.criteria
        for row in criterion.rows
        if row.points and "last reporting year" in row.wording["en"]
    }

    assert said == RULES.last_reporting_year
    assert len(said) == 20


def test_of_an_empty_assessment_every_criterion_is_unanswered_and_nothing_else_is_said():
    assert concerns(RSCB, RULES, {}) == tuple(Concern("unanswered", item) for item in CRITERIA)
    assert len(CRITERIA) == 46


def test_none_of_these_and_a_zero_row_are_answers_that_need_no_evidence():
    answers = ticked("7.1.3 1.1a")

    assert {each.item for each in concerns(RSCB, RULES, answers)} == {*CRITERIA} - {"7.1.3", "1.1"}


def test_a_comment_alone_leaves_a_criterion_unanswered():
    assert Concern("unanswered", "1.1") in concerns(RSCB, RULES, {"1.1": Answer(comment="soon")})


def test_a_criterion_that_is_not_put_to_somebody_is_no_concern():
    kitchen = another(
        "tea-kitchen",
        ('number = "2.1"', 'number = "2.1"\nonly_if = { item = "1.1", any_of = ["1.1c"] }'),
    )
    rules = Rules(last_reporting_year=frozenset({"2.1c"}))
    left = {"1.1": Answer(chosen=("1.1a",)), "2.1": Answer(chosen=("2.1c",))}

    assert concerns(kitchen, rules, left) == ()
    assert concerns(kitchen, rules, left | {"1.1": Answer(chosen=("1.1c",))}) == (
        Concern("no_link", "1.1", "1.1c"),
        Concern("no_link", "2.1", "2.1c"),
        Concern("no_year", "2.1", "2.1c"),
    )


def test_a_claim_without_a_link_is_a_concern_whatever_else_was_said_of_it():
    answers = {"1.1": Answer(chosen=("1.1c", "1.1d"), evidence={"1.1c": Evidence(note="p. 4")})}

    assert [each.row for each in found(answers, "no_link")] == ["1.1c", "1.1d"]


@pytest.mark.parametrize("period", ["2013", "FY2013", "2012/13", "2013 年", "1 May 1999 - April"])
def test_a_period_with_a_year_satisfies_an_item_of_the_last_reporting_year(period):
    answers = {"13": Answer(chosen=("13b", "13c"), evidence={"13b": Evidence(period=period)})}

    assert found(answers, "no_year") == []


@pytest.mark.parametrize("period", ["", "last year", "12/13", "2113", "page 12013", "20130"])
def test_a_period_without_a_year_does_not(period):
    answers = {"13": Answer(chosen=("13b", "13c"), evidence={"13b": Evidence(period=period)})}

    assert found(answers, "no_year") == [Concern("no_year", "13", "13b")]


def test_only_what_is_unanswered_or_unconfirmed_blocks():
    assert [kind for kind in KINDS if blocking(Concern(kind, "1.1"))] == KINDS[:2]


def test_a_best_consistent_assessment_with_links_and_years_is_no_concern():
    answers = everything()

    assert all(points(item, answers[item.id]) == item.maximum for item in RSCB.criteria)
    evidence = Evidence(link="https://acme.com/report.pdf", period="2013")
    assert concerns(RSCB, RULES, shown(answers, evidence)) == ()


@given(st.sets(st.sampled_from(CRITERIA)))
def test_a_best_consistent_assessment_contradicts_itself_at_no_stage(done):
    answers = {item: answer for item, answer in everything().items() if item in done}

    assert found(answers, "contradiction") == []
    assert {each.item for each in found(answers, "unanswered")} == {*CRITERIA} - done


@given(assessments())
def test_concerns_come_by_kind_and_then_in_printed_order_once_each(answers):
    all_ = concerns(RSCB, RULES, answers)
    rows = [row.id for criterion in RSCB.criteria for row in criterion.rows]

    def place(each):
        return KINDS.index(each.kind), CRITERIA.index(each.item), each.row and rows.index(each.row)

    keys = [place(each) for each in all_]
    assert keys == sorted(keys)
    assert all(all_.count(each) == 1 for each in all_)


@given(assessments())
def test_concerns_are_about_what_is_open_what_is_answered_or_what_is_claimed(answers):
    for each in concerns(RSCB, RULES, answers):
        if each.kind == "unanswered":
            assert each.item not in answers
        elif each.kind == "contradiction":
            assert answers[each.item].chosen
            assert each.words
        else:
            assert each.row in answers[each.item].chosen
            assert OF[each.row] == each.item


def test_without_rules_only_answers_and_links_are_looked_at():
    answers = ticked("14.3e 14.1a 13b")

    kinds = {each.kind for each in concerns(RSCB, Rules(), answers)}
    assert kinds == {"unanswered", "no_link"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('any_of = ["7.2.3d"]', 'any_of = ["7.2.3z"]', "'7.2.3z' is no scoring item"),
        ('any_of = ["7.2.3d"]', 'any_of = ["1.1b"]', "'1.1b' is of a criterion not in items"),
        ('any_of = ["7.2.3d"]', "any_of = []", "any_of: wrong-value"),
        ('any_of = ["7.2.3d"]', 'any = ["7.2.3d"]', "any: unknown-key"),
        ('items = ["7.2.3", "4.3"]', 'items = ["7.2.3", "4.3", "4.9"]', "'4.9' is no criterion"),
        ("trained-officers-without-training", "targets-without-measurements", "duplicate-id"),
        ('zh = "指标 13 提供了采', 'zx = "指标 13 提供了采', "text: missing-translation no zh"),
        ('"13b",\n    "14.4b"', '"13z",\n    "14.4b"', "last_reporting_year: wrong-value '13z'"),
        ('"13b",\n    "14.4b"', '"13a",\n    "14.4b"', "'13a' is no scoring item with points"),
        ("[[rules]]", "[[rules]", "toml-syntax"),
    ],
)
def test_a_file_with_a_slip_is_refused_with_its_place(old, new, expected):
    assert old in TEXT
    rules, findings = load(TEXT.replace(old, new, 1), RSCB)

    assert rules == Rules()
    assert any(expected in str(each) for each in findings), [*map(str, findings)]
    assert all("rscb-2014/consistency/2014.toml" in each.path for each in findings)
