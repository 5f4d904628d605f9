"""Every code of a finding has a broken instrument here; a code without one fails."""

import re
from pathlib import Path

import pytest

from flows.lint import CODES, Finding, lint
from flows.loader import load
from tests.flows.playing import edited, files

TEA, KITCHEN = "tea-break", "tea-kitchen"
DOCUMENT = Path(__file__).parents[2] / "docs" / "instruments.md"

LONG = "long " * 800
THEME = '[[sections.themes]]\nid = "1b"\ntitle = "Air"\n'
ROWS = "".join(
    f'\n[[sections.items.options]]\nid = "snack-x{n}"\ntext = "Cake {n}"\n' for n in range(60)
)
ITEMS = "".join(
    f'\n[[sections.items]]\nkind = "text"\nid = "more{n}"\nnumber = "m{n}"\ntext = "And?"\n'
    for n in range(90)
)

# code: instrument, the words of its file to replace, place and message of the finding
BROKEN = {
    "toml-syntax": (TEA, ['kind = "survey"', "kind = sur"], "instrument.toml: toml-syntax Invalid"),
    "unknown-key": (
        KITCHEN,
        ["alone = true", "alon = true"],
        "items.1.1.rows.1.1a: unknown-key 'alon' - remove it or write 'alone'",
    ),
    "missing-key": (
        TEA,
        ['number = "2"\n', ""],
        "tea-break/instrument.toml: items.milk: missing-key 'number' - write number = …",
    ),
    "wrong-type": (
        KITCHEN,
        ["points = 2", 'points = "2"'],
        "items.1.1.rows.1.1d: wrong-type 'points' is '2' - write a whole number without quotes",
    ),
    "wrong-value": (
        TEA,
        ['kind = "text"', 'kind = "words"'],
        "items.brand: wrong-value 'kind' is 'words' - write one of 'choice', 'text', 'contact', 'c",
    ),
    "folder-name": (
        TEA,
        ['id = "tea-break"', 'id = "tea"'],
        "folder-name id is 'tea' - name the folder tea, or write id",
    ),
    "missing-translation": (
        TEA,
        ['id = "snack-a"', 'id = "snack-z"'],
        "tea-break/zh.toml: options.snack-z: missing-translation of 'Biscuits' - add snack-z = ",
    ),
    "unused-translation": (
        TEA,
        ['id = "snack-a"', 'id = "snack-z"'],
        "zh.toml: options: unused-translation 'snack-a' - remove it or write 'snack-z'",
    ),
    "missing-file": (
        TEA,
        ['["zh"]', '["zh", "de"]'],
        "tea-break/de.toml: missing-file is not there - add de.toml, or take 'de' out",
    ),
    "unlisted-file": (
        TEA,
        ['["zh"]', "[]"],
        "tea-break/zh.toml: unlisted-file belongs to no language of the instrument - write",
    ),
    "duplicate-id": (TEA, ['"snack-b"', '"drink-a"'], "items: duplicate-id 'drink-a'"),
    "duplicate-number": (TEA, ['number = "4"', 'number = "1"'], "items: duplicate-number '1'"),
    "unknown-rename": (
        TEA,
        ["\n[[sections]]", '\n[renamed]\nbeverage = "drinks"\n\n[[sections]]'],
        "renamed: unknown-rename 'beverage' became 'drinks'",
    ),
    "unreachable-item": (
        TEA,
        ['item = "drink"', 'item = "snack"'],
        "items.milk: unreachable-item depends on 'snack', which nobody was asked before",
    ),
    "unknown-option": (
        TEA,
        ['["drink-a", "drink-b"]', '["drink-a", "drink-x"]'],
        "items.milk: unknown-option 'drink-x' is no row of 'drink'",
    ),
    "unknown-theme": (KITCHEN, ['theme = "2"', 'theme = "1"'], "items.2.1: unknown-theme '1'"),
    "empty-theme": (
        KITCHEN,
        ["[[sections.items]]", f"{THEME}\n[[sections.items]]"],
        "themes.1b: empty-theme has no criterion",
    ),
    "criterion-in-survey": (KITCHEN, ['"benchmark"', '"survey"'], "items.1.1: criterion-in-survey"),
    "same-label": (TEA, ['"Fruit"', '"ｂiscuits "'], "items.snack: same-label 'biscuits'"),
    "unreachable-maximum": (
        KITCHEN,
        ["points = 1", "points = 0", "points = 1", "points = 0", "points = 2", "points = 0"],
        "items.1.1: unreachable-maximum no selection earns a point",
    ),
    "lonely-group": (KITCHEN, ['group = "days"', 'group = "x"'], "items.2.1: lonely-group 'x'"),
    "needless-group": (
        KITCHEN,
        ['group = "days"', 'group = "days"\nalone = true'],
        "items.2.1.rows.2.1a: needless-group 'days' beside alone",
    ),
    "idle-star": (KITCHEN, ['group = "days"', ""], "items.2.1.rows.2.1a: idle-star"),
    "weights": (KITCHEN, ["weight = 40", "weight = 30"], "sections: weights add up to 90"),
    "needless-weight": (
        TEA,
        ['title = "Drinks"', 'title = "Drinks"\nweight = 100'],
        "sections.drinks: needless-weight counts nothing",
    ),
    "text-entries": (
        TEA,
        ['text = "Cake"', 'text = "Cake"\ntext_entry = true'],
        "items.snack: text-entries ask for words twice",
    ),
    "at-most": (TEA, ["at_most = 2", "at_most = 6"], "items.snack: at-most is 6 of 5 options"),
    "too-many-rows": (
        TEA,
        ["alone = true\n", f"alone = true\n{ROWS}"],
        "items.snack: too-many-rows 65 rows, 60 fit",
    ),
    "too-many-items": (
        TEA,
        ['\n[[sections]]\nid = "snacks"', f'{ITEMS}\n[[sections]]\nid = "snacks"'],
        "sections: too-many-items 95 items and themes, 90 fit",
    ),
    "too-long": (
        TEA,
        ["Tick at most two", LONG.strip()],
        "items.snack: too-long 4054 characters in en, 3500 fit",
    ),
    "blank-text": (TEA, ['"Cake"', '" "'], "items.snack.snack-c: blank-text in en"),
    "control-character": (
        TEA,
        ['"Cake"', r'"Ca\u200bke"'],
        "items.snack.snack-c: control-character U+200B in en",
    ),
    "stray-space": (TEA, ['"Cake"', '"Cake "'], "items.snack.snack-c: stray-space in en"),
    "placeholder": (TEA, ['"Cake"', '"Cake for {n}"'], "items.snack.snack-c: placeholder"),
}  # fmt: skip


def findings(folder, texts):
    loaded = load(folder, texts)
    return [*loaded.findings, *(lint(loaded.instrument) if loaded.instrument else ())]


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_found_in_one_line_with_its_place(code):
    folder, words, expected = BROKEN[code]
    texts = edited(folder, *zip(words[::2], words[1::2], strict=True))

    found = [each for each in findings(folder, texts) if each.code == code]

    assert any(expected in str(each) for each in found), [str(each) for each in found]
    for each in found:
        assert each.severity == CODES[code].severity
        assert "\n" not in str(each)
        assert each.cure


def test_there_is_no_case_for_a_code_that_is_gone():
    assert BROKEN.keys() == CODES.keys()


def test_the_document_lists_every_code_with_its_meaning():
    listed = re.findall(
        r"^\| `([a-z-]+)` \| (\w+) \| (.+) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )

    assert listed == [(code, *entry) for code, entry in CODES.items()]


def test_a_finding_is_one_line():
    one = Finding("unknown-key", "tea/instrument.toml: items.q1", "'alon'", "write 'alone'")

    assert str(one) == "tea/instrument.toml: items.q1: unknown-key 'alon' - write 'alone'"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ['any_of = ["milk-a"]', 'any_of = ["oat"]'],
            ["unknown-option 'oat' is no row of 'milk'", "unreachable-item no row of 'milk' leads"],
        ),
        (
            ['item = "drink"', 'item = "snack"'],
            ["items.milk: unreachable-item", "items.brand: unreachable-item depends on 'milk'"],
        ),
        (["maximum", "maximum"], []),
    ],
    ids=["no row leads here", "behind an unreachable one", "none"],
)
def test_what_cannot_be_reached_takes_along_what_depends_on_it(words, expected):
    texts = files(TEA) if not expected else edited(TEA, tuple(words))

    found = [str(each) for each in findings(TEA, texts)]

    assert len(found) == len(expected)
    assert all(any(each in line for line in found) for each in expected)


def test_a_rename_to_what_is_there_is_fine():
    renamed = '\n[renamed]\nbeverage = "drink"\ntea = "drink-a"\n\n[[sections]]'

    assert findings(TEA, edited(TEA, ("\n[[sections]]", renamed))) == []


def test_a_section_of_a_benchmark_without_a_criterion_holds_no_points():
    survey = files(TEA)["instrument.toml"]
    question = survey[survey.index("[[sections.items]]") : survey.index("[[sections.items]]", 400)]
    start = '[[sections]]\nid = "C"\ntitle = "Talk"\n\n'
    texts = files(KITCHEN)
    texts["instrument.toml"] += "\n" + start + question

    found = [str(each) for each in findings(KITCHEN, texts) if each.severity == "error"]

    assert found == [
        f"{KITCHEN}/instrument.toml: sections.C: unreachable-maximum has no criterion - give it one"
    ]


def test_a_row_alone_with_more_points_than_all_others_is_fine():
    texts = edited(
        KITCHEN, ("starred = true\nalone = true", "alone = true"), ("points = 1", "points = 9")
    )

    assert findings(KITCHEN, texts) == []


def test_lines_of_contact_details_read_apart_and_words_stay_within_a_screen():
    texts = edited(TEA, ('label = "E-mail"', 'label = "NAME"'))
    texts["instrument.toml"] = texts["instrument.toml"].replace("Five questions", LONG + "x")
    place = f"{TEA}/instrument.toml"

    found = [str(each) for each in findings(TEA, texts)]

    assert found == [
        f"{place}: items.who: same-label 'name' stands twice in en - word them apart",
        f"{place}: introduction: too-long 4022 characters in en, 3000 fit - shorten it",
    ]
