from __future__ import annotations

import json
from typing import Any

import pytest

from bot.interchange import json_form
from bot.interchange.reading import Problem, Remark, Respondent
from flows.session import Answer
from tests import surveymonkey_2021 as file

SURVEY = file.instrument()


def read(text: str) -> list[Respondent | Problem | Remark]:
    return list(json_form.read(text.splitlines(keepends=True), SURVEY))


def whole(*responses: Any, **more: Any) -> str:
    return json.dumps({"instrument": SURVEY.id, "responses": responses} | more, indent=1)


def lines(*forms: Any) -> str:
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in forms)


def problems(text: str) -> list[str]:
    found = read(text)
    assert not [each for each in found if isinstance(each, Respondent)]
    return [str(each) for each in found]


SAID = {
    "q1": {"chosen": ["q1g", "q1a"], "other": "our owners"},
    "q2": {"other": " nobody \n else "},
    "q3": {"chosen": ["q3b"], "comment": "two\r\nlines "},
    "q4": {},
    "q11": {"text": "more\u0007 of it"},
    "q12": {"fields": {"name": "Anna"}},
}
HEARD = {
    "q1": Answer(chosen=("q1a", "q1g"), other="our owners"),
    "q2": Answer(chosen=("q2e",), other="nobody else"),
    "q3": Answer(chosen=("q3b",), comment="two\nlines"),
    "q11": Answer(text="more of it"),
}


def test_responses_are_read_from_one_object() -> None:
    assert read(whole({"id": 7, "answers": SAID}, {"answers": {}}, edition="2021")) == [
        Respondent("responses[0]", "7", HEARD, contact=True),
        Respondent("responses[1]", "", {}),
    ]


def test_responses_are_read_from_one_object_on_one_line() -> None:
    text = json.dumps(json.loads(whole({"id": "a", "answers": {}})))

    assert read(text) == [Respondent("responses[0]", "a", {})]


def test_responses_are_read_line_by_line_and_texts_that_stand_apart_are_counted() -> None:
    text = lines(
        {"instrument": SURVEY.id, "edition": "2021", "codebook": []},
        {"round": "open", "edition": "2021", "answers": SAID},
        {"item": "q3", "part": "comment", "text": "fine"},
        {"item": "q3", "part": "comment", "text": "good"},
    )

    assert read("\n" + text.replace("\n", "\n\n")) == [
        Respondent("line 3", "", HEARD, contact=True),
        Remark("2 texts without a response left out"),
    ]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"q99": {}}, "answers.q99: found no such question; expected one of q1, q2"),
        ({"q3": ["q3a"]}, "answers.q3: found a list; expected an object"),
        ({"q3": {"chosen": "q3a"}}, "answers.q3.chosen: found “q3a”; expected a list"),
        ({"q3": {"chosen": ["q3z"]}}, "answers.q3.chosen[0]: found “q3z”; expected one of q3a, "),
        ({"q3": {"chosen": ["q3a", 1]}}, "answers.q3.chosen[1]: found a number; expected one of"),
        ({"q3": {"chosen": [["q3a"]]}}, "answers.q3.chosen[0]: found a list; expected one of"),
        (
            {"q3": {"chosen": ["q3a", "q3b"]}},
            "answers.q3: found “Strongly agree”, “Agree” together",
        ),
        ({"q3": {"other": "x"}}, "answers.q3: found the key “other”; expected one of chosen, comm"),
        (
            {"q1": {"comment": "x"}},
            "answers.q1: found the key “comment”; expected one of chosen, o",
        ),
        ({"q1": {"other": None}}, "answers.q1.other: found nothing; expected a string"),
        ({"q3": {"comment": True}}, "answers.q3.comment: found true or false; expected a string"),
        ({"q11": {"text": {}}}, "answers.q11.text: found an object; expected a string"),
        ({"q11": {"words": "x"}}, "answers.q11: found the key “words”; expected one of text"),
        ({"q11": {"text": "x" * 32_001}}, "found 32001 characters; expected at most 32000"),
        ({"q12": {"phone": "1"}}, "answers.q12: found the key “phone”; expected one of fields"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_answers_that_cannot_be_taken_are_named_with_their_path(answers: Any, said: str) -> None:
    (found,) = problems(whole({"answers": answers}))

    assert found.startswith("responses[0]: ")
    assert said in found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file: is not JSON: Expecting value: line 1"),
        ("{", "the file: is not JSON: "),
        ("[]", "the file: found a list; expected an object"),
        (whole(), None),
        (whole(instrument="rscb-2014"), f"instrument: found “rscb-2014”; expected “{SURVEY.id}”"),
        (whole(edition="2019"), "edition: found “2019”; expected “2021”"),
        (whole(people=[]), "the file: found the key “people”; expected one of edition, instrument"),
        (whole(responses={}), "responses: found an object; expected a list"),
        (whole(7), "responses[0]: found a number; expected an object"),
        (whole({}), "responses[0]: answers: found nothing; expected an object"),
        (whole({"answers": {}, "who": 1}), "responses[0]: found the key “who”; expected one of"),
        (whole({"answers": {}, "id": True}), "id: found true or false; expected a string or a"),
        (whole({"answers": {}, "id": "7" * 101}), "found 101 characters; expected at most 100"),
        ('{"responses": [{"answers": {}, "answers": {}}]}', "the key “answers” stands twice"),
        ("[" * 100_000, "the file: is not JSON: "),
        (lines({"answers": {}, "edition": "2019"}), "line 1: edition: found “2019”; expected"),
        (lines({"instrument": "tea", "codebook": []}), "line 1: instrument: found “tea”; expected"),
        (lines({"text": "fine"}), "line 1: found the key “text”; expected one of answers"),
        (lines({"codebook": []}) + "{]\n", "line 2: is not JSON: "),
    ],
    ids=lambda value: (value or "")[:40],
)
def test_what_is_no_such_file_is_refused(text: str, said: str | None) -> None:
    found = problems(text)

    assert len(found) == (0 if said is None else 1)
    assert said is None or said in found[0]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    text = whole(
        {"answers": {"q3": {"chosen": ["x"]}, "q4": 1, "q99": {}}},
        {"answers": {}, "id": []},
        {"answers": {"q5": {"chosen": ["q5a", "q5b"]}}},
    )

    assert [each.split(": found")[0] for each in problems(text)] == [
        "responses[0]: answers.q3.chosen[0]",
        "responses[0]: answers.q4",
        "responses[0]: answers.q99",
        "responses[1]: id",
        "responses[2]: answers.q5",
    ]
