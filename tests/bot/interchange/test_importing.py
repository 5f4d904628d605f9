from __future__ import annotations

import json
import os
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot import shelf
from bot.interchange import importing
from bot.interchange.importing import ImportRefusedError
from flows.statistics import figures as figured
from storage import figures, responses
from storage.tables import comment, contact_request, response
from tests import surveymonkey_2021 as file
from tests.collected import collected

if TYPE_CHECKING:
    from bot.house import House
    from bot.universe import Universe
    from storage.database import Database

SURVEY = file.instrument()


@pytest.fixture
def bring(house: House, database: Database, universe: Universe, tmp_path: Path):
    """Import rows or a text into a round, as the command does it."""

    async def go(content: list[list[str]] | str, round_name: str = "2021") -> str:
        path = tmp_path / "responses"
        text = content if isinstance(content, str) else file.written(content)
        path.write_text(text, encoding="utf-8", newline="")
        form = importing.form_of(path)
        importing.examine(path, form, SURVEY)
        done = await importing.bring(database, universe, SURVEY, round_name, path, form)
        return str(done)

    return go


async def kept(database: Database, round_name: str = "2021") -> int:
    async with database.reading() as tx:
        return await responses.count(tx, SURVEY.id, round_name)


def whole(*said: object) -> str:
    return json.dumps({"instrument": SURVEY.id, "responses": said})


ALL_OF_IT = "; contact details of 3 left out"


async def test_the_responses_of_2021_give_the_published_figures(bring, database: Database) -> None:
    said = await bring(file.rows())

    assert said == f"40 respondents read: 40 new, 0 known already, 0 skipped (no answer){ALL_OF_IT}"
    async with database.reading() as tx:
        counted = await figures.counted(tx, SURVEY, "2021")
    assert (counted.responded, counted.finished) == (40, 39)
    found = {each.item: each for each in figured(SURVEY, counted).questions}
    for item, counts in file.COUNTS.items():
        assert {each.option: each.count for each in found[item].shares} == counts
        assert (found[item].base, found[item].comments) == (file.BASES[item], file.COMMENTS[item])


async def test_imported_responses_are_kept_whole_and_carry_no_person(
    bring, database: Database
) -> None:
    await bring(file.rows())

    async with database.reading() as tx:
        there = await collected(tx, SURVEY, "2021")
        rows = (await tx.execute(select(response.c.id, response.c.period))).all()
        assert (await tx.execute(select(contact_request.c.id))).all() == []
    expected = [
        {item: answer for item, answer in said.items() if item != "q12"}
        for said in file.respondents()
    ]
    assert len(there) == 40
    assert all(dict(each.answers) in expected for each in there)
    assert {period for _, period in rows} == {"2026-Q4"}
    sheet_ids = {row[0] for row in file.rows()[2:]}
    assert all(len(each) == 32 and each not in sheet_ids for each, _ in rows)


async def test_importing_the_same_file_twice_adds_nothing_and_says_so(
    bring, database: Database
) -> None:
    await bring(file.rows())

    said = await bring(file.rows())

    assert said == f"40 respondents read: 0 new, 40 known already, 0 skipped (no answer){ALL_OF_IT}"
    assert await kept(database) == 40
    async with database.reading() as tx:
        assert len((await tx.execute(select(comment.c.id))).all()) == 59 + file.FREE_TEXTS


async def test_the_same_in_the_other_language_and_order_adds_nothing(
    bring, database: Database
) -> None:
    await bring(file.rows("zh"))
    head, body = file.rows()[:2], file.rows()[2:]

    assert " 0 new, 40 known already" in await bring([*head, *reversed(body)])
    assert await kept(database) == 40


async def test_a_file_that_grew_adds_the_new_respondents(bring, database: Database) -> None:
    await bring(file.rows()[:30])

    assert "40 respondents read: 12 new, 28 known already" in await bring(file.rows())
    assert await kept(database) == 40


@pytest.mark.parametrize("column", ["q4", "q4 comment", "q11"])
async def test_a_known_respondent_with_other_answers_is_refused_and_nothing_added(
    bring, database: Database, column: str
) -> None:
    await bring(file.rows()[:30])
    rows = file.rows()
    at = len(file.METADATA) + [each for _, _, each in file.headings()].index(column)
    rows[7][at] = "Difficult" if rows[7][at] != "Difficult" else "Easy"

    with pytest.raises(ImportRefusedError) as refused:
        await bring(rows)

    (said,) = str(refused.value).splitlines()
    assert "row 8 (line " in said
    assert said.endswith(
        "found a respondent who was imported with other answers; expected the same"
    )
    assert await kept(database) == 28


async def test_the_same_respondents_in_another_round_are_new(bring, database: Database) -> None:
    await bring(file.rows())

    assert " 40 new" in await bring(file.rows(), "2022")
    assert await kept(database) == await kept(database, "2022") == 40


async def test_rows_without_an_answer_are_skipped_and_counted(bring, database: Database) -> None:
    width = len(file.rows()[0])
    silent = [["991", "1"] + [""] * (width - 2), [""] * (width - 1) + ["a@example.org"]]

    said = await bring([*file.rows(), *silent])

    assert "42 respondents read: 40 new, 0 known already, 2 skipped (no answer)" in said
    assert await kept(database) == 40


async def test_one_wrong_row_and_nothing_is_imported(bring, database: Database) -> None:
    rows = file.rows()
    rows[-1][len(file.METADATA)] = "Fame"

    with pytest.raises(ImportRefusedError, match="found “Fame”"):
        await bring(rows)

    assert await kept(database) == 0


async def test_a_respondent_who_stands_twice_is_refused(bring, database: Database) -> None:
    rows = file.rows()
    rows.append(rows[5])

    with pytest.raises(ImportRefusedError, match=r"found the respondent of row 6 .* again"):
        await bring(rows)

    assert await kept(database) == 0


async def test_without_ids_equal_answers_are_as_many_respondents_as_gave_them(
    bring, database: Database
) -> None:
    same = {"answers": {"q3": {"chosen": ["q3a"]}}}
    other = {"answers": {"q3": {"chosen": ["q3b"]}}}

    assert " 3 new" in await bring(whole(same, other, same))
    assert " 0 new, 3 known" in await bring(whole(same, same, other))
    assert " 1 new, 3 known" in await bring(whole(same, same, other, same))
    assert await kept(database) == 4


async def test_texts_that_stand_apart_are_counted(bring, database: Database) -> None:
    text = {"item": "q3", "part": "comment", "text": "fine"}
    form = {"answers": {"q3": {"chosen": ["q3a"]}}}

    assert (await bring(f"{json.dumps(form)}\n{json.dumps(text)}\n")).endswith(
        "; 1 texts without a response left out"
    )


async def test_more_than_one_batch_comes_in_whole(bring, database: Database) -> None:
    head, body = file.rows()[:2], file.rows()[2:]
    many = [[str(number), *body[number % 40][1:]] for number in range(1100)]

    assert " 1100 new" in await bring([*head, *many])
    assert " 0 new, 1100 known" in await bring([*head, *many])
    assert await kept(database) == 1100


async def test_a_file_that_changes_under_way_leaves_nothing_behind(
    house: House, database: Database, universe: Universe, tmp_path: Path
) -> None:
    """What was examined is not what is read the second time."""
    path = tmp_path / "responses.csv"
    rows = file.rows()
    rows[-1][len(file.METADATA)] = "Fame"
    path.write_text(file.written(rows), encoding="utf-8", newline="")

    with pytest.raises(ImportRefusedError, match="found “Fame”"):
        await importing.bring(database, universe, SURVEY, "2021", path, "surveymonkey")

    assert await kept(database) == 0


def test_of_very_many_problems_the_first_are_said_and_the_others_counted(tmp_path: Path) -> None:
    head, row = file.rows()[:2], file.rows()[2]
    row[len(file.METADATA)] = "Fame"
    path = tmp_path / "responses.csv"
    path.write_text(
        file.written([*head, *[[str(number), *row[1:]] for number in range(1003)]]),
        encoding="utf-8",
        newline="",
    )

    with pytest.raises(ImportRefusedError) as refused:
        importing.examine(path, "surveymonkey", SURVEY)

    said = str(refused.value).splitlines()
    assert len(said) == 1001
    assert said[-1] == f"{path}: and 3 more problems"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; expected responses as CSV or JSON"),
        (b"\n\n  \n", "is empty; expected responses as CSV or JSON"),
        (file.csv_text().encode("utf-16"), "is not UTF-8"),
        ("受访者".encode("gbk"), "is not UTF-8; save it as “CSV UTF-8”, or export it again"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "responses"
    path.write_bytes(content)

    with pytest.raises(ImportRefusedError, match=said):
        importing.form_of(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefusedError, match="cannot be read: No such file or directory"):
        importing.form_of(tmp_path / "none")
    with pytest.raises(ImportRefusedError, match="cannot be read: Is a directory"):
        importing.form_of(tmp_path)


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    """It could be read only once."""
    out, into = os.pipe()
    try:
        with pytest.raises(ImportRefusedError, match="is no regular file"):
            importing.form_of(tmp_path / f"/proc/self/fd/{out}")
    finally:
        os.close(out)
        os.close(into)


@pytest.mark.parametrize("name", ["2021", "spring-2022", "open", "a" * 40])
def test_a_round_is_named_in_small_letters_digits_and_hyphens(name: str) -> None:
    importing.acceptable_round(name, SURVEY, ["published-2021"])


@pytest.mark.parametrize("name", ["", "Spring", "two words", "a" * 41, "../x", "2021\n", "轮次"])
def test_other_names_of_rounds_are_refused(name: str) -> None:
    with pytest.raises(ImportRefusedError, match="must be 1 to 40 small letters"):
        importing.acceptable_round(name, SURVEY, ())


def test_a_published_round_takes_no_responses() -> None:
    with pytest.raises(ImportRefusedError, match="is a published round"):
        importing.acceptable_round("published-2021", SURVEY, ["published-2021"])


_EXAMPLES = count()
_OPTIONS = {item: [*counts] for item, counts in file.COUNTS.items()}
_answers = st.fixed_dictionaries(
    {},
    optional={
        item: st.lists(
            st.sampled_from(options),
            min_size=1,
            max_size=9 if item in {"q1", "q2"} else 1,
            unique=True,
        ).map(lambda chosen: {"chosen": chosen})
        for item, options in _OPTIONS.items()
    },
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(_answers.filter(bool), max_size=8), data=st.data())
async def test_whatever_is_imported_is_known_in_any_order(bring, said, data) -> None:
    """Each example has a round of its own."""
    round_name = f"example-{next(_EXAMPLES)}"
    responses_ = [{"answers": each} for each in said]
    assert f" {len(said)} new, 0 known" in await bring(whole(*responses_), round_name)

    again = data.draw(st.permutations(responses_))
    assert f" 0 new, {len(said)} known" in await bring(whole(*again), round_name)


async def test_answers_to_what_did_not_apply_are_left_out_and_counted(
    database: Database, universe: Universe, tmp_path: Path
) -> None:
    """As in a chat: whoever drinks neither tea nor coffee is not asked about milk."""
    tea = shelf.read([Path(__file__).parents[2] / "instruments"]).instruments["tea-break"]
    path = tmp_path / "responses.json"
    said = {
        "drink": {"chosen": ["drink-c"], "other": "Juice"},
        "milk": {"chosen": ["milk-a"]},
        "brand": {"text": "Oat"},
        "snack": {"chosen": ["snack-b"]},
    }
    alone = {"milk": {"chosen": ["milk-a"]}}
    form = {"instrument": tea.id, "responses": [{"answers": said}, {"answers": alone}]}
    path.write_text(json.dumps(form), encoding="utf-8")

    done = await importing.bring(database, universe, tea, "open", path, "json")

    assert str(done) == (
        "2 respondents read: 1 new, 0 known already, 1 skipped (no answer);"
        " 3 answers to questions that did not apply left out"
    )
    async with database.reading() as tx:
        (there,) = await collected(tx, tea, "open")
    assert set(there.answers) == {"drink", "snack"}
    assert there.finished
