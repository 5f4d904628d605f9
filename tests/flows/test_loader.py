"""TOML texts become an instrument, or findings: all at once, each at its place."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.loader import load
from tests.flows.playing import KITCHEN, TEA, edited, files

PLACE = "tea-break/instrument.toml"
M21 = "m" * 21


def found(texts, folder="tea-break"):
    return [str(each) for each in load(folder, texts).findings]


def test_words_come_in_every_language():
    assert TEA.languages == ("en", "zh")
    assert TEA.title == {"en": "Tea break", "zh": "茶歇"}
    assert TEA.item("milk").comment == {"en": "Which kind of milk?", "zh": "哪一种奶？"}
    assert TEA.item("who").fields[1].label["zh"] == "电子邮箱"


def test_a_stem_and_its_alternative_are_one_wording():
    row = KITCHEN.item("2.1").rows[1]

    assert row.wording == {"en": "Cups are washed every day", "zh": "清洗杯子： 每天"}


def test_a_note_is_said_of_the_translation_only():
    assert KITCHEN.translation_note == {"en": "", "zh": "供测试使用的译文。"}


def test_an_instrument_in_one_language_needs_no_other_file():
    texts = edited("tea-break", ('translations = ["zh"]\n', ""))
    del texts["zh.toml"]

    loaded = load("tea-break", texts)

    assert loaded.findings == ()
    assert loaded.instrument.languages == ("en",)
    assert loaded.instrument.title == {"en": "Tea break"}


def test_a_folder_without_questions_is_one_finding():
    assert found({"zh.toml": "title = '茶'"}) == [
        f"{PLACE}: missing-file is not there - put the questions into instrument.toml"
    ]


def test_an_instrument_with_an_error_is_not_loaded_one_with_a_warning_is():
    warned = load("tea-break", edited("tea-break", ('id = "snack-a"', 'id = "snack-z"')))
    broken = load("tea-break", edited("tea-break", ("at_most = 1", "at_mst = 1")))

    assert warned.instrument.item("snack").options[0].text == {"en": "Biscuits", "zh": "Biscuits"}
    assert broken.instrument is None


def test_everything_wrong_is_found_at_once():
    texts = edited(
        "tea-break",
        ('id = "tea-break"', 'id = "tea"'),
        ("required = true", 'required = "yes"'),
        ('number = "2"', "number = 2"),
        ('text = "Coffee"', "text = 5"),
        ("text_entry", "textentry"),
        ('kind = "text"\n', ""),
        ("at_most = 2", "at_most = 0"),
        ('format = "email"', 'format = "mail"'),
    )
    texts["zh.toml"] = texts["zh.toml"].replace("milk-a", "milk-x").replace("[fields]", "[felds]")

    assert sorted(line.removeprefix("tea-break/").split(" - ")[0] for line in found(texts)) == [
        "instrument.toml: folder-name id is 'tea'",
        "instrument.toml: items.brand: missing-key 'kind'",
        "instrument.toml: items.drink.options.drink-b: wrong-type 'text' is no text",
        "instrument.toml: items.drink.options.drink-c: unknown-key 'textentry'",
        "instrument.toml: items.drink: wrong-type 'required' is 'yes'",
        "instrument.toml: items.milk: wrong-type 'number' is 2",
        "instrument.toml: items.snack: wrong-value 'at_most' is 0",
        "instrument.toml: items.who.fields.email: wrong-value 'format' is 'mail'",
        "zh.toml: fields.email: missing-translation of 'E-mail'",
        "zh.toml: fields.name: missing-translation of 'Name'",
        "zh.toml: options.milk-a: missing-translation of 'Yes'",
        "zh.toml: options: unused-translation 'milk-x'",
        "zh.toml: unknown-key 'felds'",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('title = "Drinks"\n', "", "sections.drinks: missing-key 'title' - write title = …"),
        ('id = "drinks"', 'idd = "drinks"', "sections.1: missing-key 'id' - write id = …"),
        ('edition = "1"', "edition = 2014-01-01", "wrong-type 'edition' is '2014-01-01' - write a"),
        ('edition = "1"', "edition = 1.5", "wrong-type 'edition' is 1.5 - write a text in quotes"),
        ('edition = "1"', "edition = true", "wrong-type 'edition' is true - write a text in quot"),
        ('edition = "1"', "edition = [1]", "wrong-type 'edition' is a list - write a text in qu"),
        ('edition = "1"', "edition = {a = 1}", "wrong-type 'edition' is a table - write a text"),
        ('edition = "1"', 'edition = ""', "wrong-value 'edition' is '' - write something"),
        ('edition = "1"', 'editon = "1"', "unknown-key 'editon' - remove it or write 'edition'"),
        ('edition = "1"', 'edition = "1"\nbanana = 1', "unknown-key 'banana' - remove it"),
        ('language = "en"\n', "", "missing-key 'language' - write language = \"en\""),
        ('language = "en"', "language = 3", "wrong-type 'language' - write language = \"en\""),
        ('["zh"]', "[1]", "wrong-type 'translations' - write translations = [\"zh\"]"),
        ('["zh"]', '["zh"]\nlanguages = ["en"]', "unknown-key 'languages' - write language, tr"),
        ('id = "milk"', 'id = "milk:a"', "items.milk:a: wrong-value 'id' is 'milk:a' - use let"),
        ('id = "milk"', f'id = "{M21}"', f"items.{M21}: wrong-value 'id' is '{M21}' - write at m"),
        ('item = "drink"', "item = 1", "items.milk.only_if: wrong-type 'item' is 1 - write a te"),
        ('item = "drink"', "items = 1", "items.milk.only_if: unknown-key 'items' - remove it or"),
        ('any_of = ["milk-a"]', "any_of = []", "items.brand.only_if: wrong-value 'any_of' is a"),
        ('any_of = ["milk-a"]', "any_of = [1]", "items.brand.only_if.any_of.1: wrong-type this"),
        ('any_of = ["milk-a"]', 'any_of = "milk-a"', "items.brand.only_if: wrong-type 'any_of' is"),
        ('hint = "Tick', 'coment = "Tick', "items.snack: unknown-key 'coment' - remove it or wri"),
        ('hint = "Tick', 'rows = [1]\nhint = "Tick', "items.snack: unknown-key 'rows' - remove"),
        ('kind = "survey"', 'kind = "poll"', "wrong-value 'kind' is 'poll' - write 'survey' or"),
    ],
)  # fmt: skip
def test_a_slip_is_named_with_its_place_and_its_cure(old, new, expected):
    lines = found(edited("tea-break", (old, new)))

    assert any(f"{PLACE}: {expected}" in line for line in lines), lines


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('title = "茶歇"', "title = 1", "title: wrong-type 'title' is no text - write words in"),
        ('title = "茶歇"', 'title = "茶歇"\nnote = 1', "wrong-type 'note' is no text - write"),
        ('title = "茶歇"\n', "", "title: missing-translation of 'Tea break' - add title = \"…\""),
        ("hint =", "hnt =", "items.snack: unknown-key 'hnt' - remove it or write 'hint'"),
        ('hint = "最多选两项"', 'heading = "x"', "items.snack: unused-translation 'heading' - re"),
        ("milk-a =", "milk.a =", "options.milk: unused-translation 'a' - remove it"),
        ("[items.who]", "[items.whom]", 'add text = "…" under [items.who]'),
        ('title = "茶歇"', "title = 茶歇", "toml-syntax Invalid value (at line 1, column 9) - m"),
    ],
)
def test_a_slip_of_a_translation_is_named_in_its_file(old, new, expected):
    lines = found(edited("tea-break", (old, new), file="zh.toml"))

    assert any("tea-break/zh.toml: " in line and expected in line for line in lines), lines


def test_a_key_with_a_dot_is_written_in_quotes():
    lines = found(edited("tea-kitchen", ('"1.1a" =', '"1.1z" ='), file="zh.toml"), "tea-kitchen")

    assert lines[0].endswith('add "1.1a" = "…" under [options]')
    (line,) = found(
        edited("tea-kitchen", ('heading = "茶歇之后"', ""), file="zh.toml"), "tea-kitchen"
    )
    assert line.endswith('add heading = "…" under [items."2.1"]')


def test_a_translation_that_cannot_be_read_hides_nothing_else():
    texts = edited("tea-break", ("at_most = 1", "at_mst = 1"))
    texts["zh.toml"] = "title"

    codes = [each.code for each in load("tea-break", texts).findings]

    assert codes == ["toml-syntax", "unknown-key"]


def test_too_few_options_are_told_from_options_that_are_wrong():
    one = found({"instrument.toml": HEAD + "options = [{id = 'a', text = 'A'}]"}, "one")
    wrong = found({"instrument.toml": HEAD + "options = [{id = 'a', txt = 'A'}, 3]"}, "one")

    place = "one/instrument.toml: items.q.options"
    assert one == [
        "one/instrument.toml: items.q: wrong-value 'options' is a list of 1 - give at least 2"
    ]
    assert wrong == [
        f"{place}.a: missing-key 'text' - write text = …",
        f"{place}.a: unknown-key 'txt' - remove it or write 'text'",
        f"{place}.2: wrong-type this is 3 - write a table",
    ]


HEAD = """
id = "one"
edition = "1"
kind = "survey"
language = "en"
title = "One"
source = "tests"
introduction = "One question."
[[sections]]
id = "s"
title = "S"
[[sections.items]]
kind = "choice"
id = "q"
number = "1"
text = "Which?"
"""

LINES = [
    (name, number)
    for name, text in sorted(files("tea-kitchen").items())
    for number, line in enumerate(text.splitlines())
    if "=" in line
]


@given(
    where=st.sampled_from(LINES),
    value=st.sampled_from(
        ["1", "'x'", "[]", "{}", "[[1]]", "[{}]", "{a = {b = 1}}", "nan", "07:00:00", "true", "="]
    ),
)
def test_whatever_stands_in_a_file_is_an_instrument_or_a_finding(where, value):
    name, number = where
    texts = files("tea-kitchen")
    lines = texts[name].splitlines()
    lines[number] = re.sub(r"=.*", f"= {value}", lines[number])

    loaded = load("tea-kitchen", {**texts, name: "\n".join(lines)})

    assert loaded.instrument is not None or loaded.findings
    assert all("\n" not in str(each) for each in loaded.findings)
