import json

import pytest

from flows.definition import definition, digest, dump, restore
from tests.flows.playing import ALL, ASI, KITCHEN, RSCB, TEA, another

every_instrument = pytest.mark.parametrize("instrument", ALL, ids=[each.id for each in ALL])


@every_instrument
def test_an_edition_is_kept_without_losing_anything(instrument):
    text = dump(instrument)

    assert restore(text) == instrument
    assert dump(restore(text)) == text
    assert digest(restore(text)) == digest(instrument)


def test_the_digest_changes_with_a_word():
    assert digest(another("tea-break", ("Biscuits", "Biscuit"))) != digest(TEA)
    assert len(digest(TEA)) == 64


def test_a_key_that_says_its_default_changes_no_digest():
    said = another("tea-break", ("alone = true", "alone = true\ntext_entry = false"))

    assert digest(said) == digest(TEA)


def test_what_is_no_instrument_is_refused():
    with pytest.raises(ValueError, match="Instrument"):
        restore("{}")


@every_instrument
def test_a_definition_is_json(instrument):
    shown = definition(instrument)

    assert json.loads(json.dumps(shown)) == shown
    assert list(shown) == ["id", "version", "kind", "title", "sections"]
    assert shown["version"] == instrument.edition
    ids = [item["id"] for section in shown["sections"] for item in section["items"]]
    assert ids == [item.id for item in instrument.items]


def test_a_question_is_shown_as_promised():
    question = definition(ASI)["sections"][1]["items"][0]

    promised = {"id", "number", "kind", "required", "text", "options", "comment"}
    assert promised <= question.keys()
    assert (question["id"], question["number"], question["kind"]) == ("q3", "3", "single")
    assert question["required"] is True
    assert question["options"][1] | {"alone": False, "group": None} == {
        "id": "q3b",
        "text": {"en": "Agree", "zh": "同意"},
        "text_entry": False,
        "alone": False,
        "group": None,
    }
    assert question["comment"]["en"].startswith("Please add other details or comments below.")


def test_kinds_have_stable_names():
    kinds = [item["kind"] for section in definition(TEA)["sections"] for item in section["items"]]

    assert kinds == ["single", "single", "text", "multiple", "contact"]
    assert definition(KITCHEN)["sections"][0]["items"][0]["kind"] == "criterion"


def test_a_survey_has_neither_weights_nor_themes():
    assert all(
        section.keys() == {"id", "title", "items"} for section in definition(ASI)["sections"]
    )


def test_a_question_says_to_whom_it_is_put_and_what_its_lines_are():
    drinks, snacks = definition(TEA)["sections"]

    assert drinks["items"][2]["only_if"] == {"item": "milk", "any_of": ["milk-a"]}
    assert drinks["items"][0]["only_if"] is None
    assert [field["id"] for field in snacks["items"][1]["fields"]] == ["name", "email"]
    assert snacks["items"][1]["options"] == []


def test_a_criterion_is_shown_as_promised():
    section = definition(RSCB)["sections"][0]
    criterion = section["items"][0]

    assert (section["id"], section["weight"]) == ("A", 25)
    assert section["themes"][0]["title"]["en"] == "Strategy and governance"
    assert (criterion["number"], criterion["theme"], criterion["maximum"]) == ("1.1", "1", 2)
    rows = [
        (row["id"], row["points"], row["starred"], row["zero"], row["group"])
        for row in criterion["items"]
    ]
    assert rows == [
        ("1.1a", 0, False, True, None),
        ("1.1b", 1, True, False, None),
        ("1.1c", 1, False, False, None),
        ("1.1d", 1, False, False, None),
    ]


def test_a_zero_row_is_alone_and_a_row_of_no_points_in_a_list_is_not():
    zero = {
        row["id"]: row["zero"]
        for section in definition(RSCB)["sections"]
        for criterion in section["items"]
        for row in criterion["items"]
        if row["points"] == 0
    }

    assert [id_ for id_, is_zero in zero.items() if not is_zero] == ["9.1c", "9.1f"]
    assert sum(zero.values()) == 46 - 9


def test_the_text_of_a_row_with_a_stem_is_both_together():
    row = definition(KITCHEN)["sections"][1]["items"][0]["items"][0]

    assert row["text"] == {"en": "Cups are washed on some days", "zh": "清洗杯子： 在某些日子"}
    assert row["group"] == "days"
