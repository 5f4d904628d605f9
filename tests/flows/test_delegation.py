"""Whose part a criterion is, and how a part is named."""

from __future__ import annotations

import pytest

from bot.texts import say
from flows.delegation import called, covers, may_answer, parts, scope_of
from tests.flows.playing import RSCB


def test_every_section_theme_and_criterion_is_a_part_and_nothing_else() -> None:
    assert len(parts(RSCB)) == 3 + 14 + 46
    assert len(set(parts(RSCB))) == len(parts(RSCB))


@pytest.mark.parametrize(
    ("typed", "scope"),
    [
        ("A", "s:A"), ("a", "s:A"), ("section b", "s:B"), ("7", "t:7"), ("theme 7", "t:7"),
        ("Theme 12", "t:12"), ("criterion 12", "i:12"), ("8", "t:8"), ("i:8", "i:8"),
        ("7.1.1", "i:7.1.1"), (" 7.1.1 ", "i:7.1.1"), ("t:14", "t:14"),
        ("", None), ("D", None), ("15", None), ("theme 7.1.1", None), ("7 8 9", None),
        ("\x00", None), ("part 7", "t:7"),
    ],
)  # fmt: skip
def test_a_part_is_known_by_its_number_or_letter(typed: str, scope: str | None) -> None:
    assert scope_of(typed, RSCB) == scope


def test_parts_cover_every_criterion_once_on_each_level() -> None:
    for kind in "sti":
        for criterion in RSCB.criteria:
            those = [each for each in parts(RSCB) if each.startswith(f"{kind}:")]
            assert sum(covers(RSCB, each, criterion) for each in those) == 1


@pytest.mark.parametrize(
    ("role", "scopes", "item", "may"),
    [
        ("owner", [], "1.1", True), ("owner", ["t:7"], "1.1", True),
        ("editor", [], "1.1", True), ("editor", ["t:7"], "1.1", False),
        ("editor", ["t:7"], "7.1.1", True), ("editor", ["t:7", "i:1.1"], "1.1", True),
        ("editor", ["s:B"], "7.1.1", True), ("viewer", [], "1.1", False),
        ("viewer", ["t:7"], "7.1.1", False),
    ],
)  # fmt: skip
def test_an_editor_with_parts_answers_these_and_a_viewer_none(
    role: str, scopes: list[str], item: str, may: bool
) -> None:
    assert may_answer(role, scopes, RSCB, RSCB.item(item)) is may


def test_a_part_is_called_by_what_it_is() -> None:
    said = [say(called(RSCB, each), "en") for each in ("s:A", "t:7", "i:7.1.1")]

    assert said[0].startswith("Section A")
    assert "7" in said[1]
    assert said[2] == "criterion 7.1.1"
