"""The benchmarks run, and the round they measure is one that the product could have written."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from flows.marks import layout
from flows.session import NOTHING
from storage import figures, responses, schema
from storage.database import Database
from storage.responses import Response
from tests.benchmarks import __main__ as program
from tests.benchmarks.collecting import PERIOD, ROUND, collect
from tests.benchmarks.population import population
from tests.benchmarks.registry import BENCHMARKS, benchmark
from tests.flows.playing import ASI

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FEW = 60
# Everything but the numbers and keys that each writer draws for itself.
WRITTEN = (
    "SELECT instrument, edition, round, source, responded, finished FROM collection",
    "SELECT id, collection_id, finished, period, marks FROM response ORDER BY id",
    "SELECT collection_id, item, marks, responses FROM tally ORDER BY item, marks",
    "SELECT response_id, collection_id, item, part, words FROM comment ORDER BY 1, 3, 4",
)


def as_sent(drawn) -> Response:
    answers = layout(ASI).answers("".join(marks for _, marks in drawn.marks))
    for _, item, part, words in drawn.words:
        answers[item] = replace(answers.get(item, NOTHING), **{part: words})
    return Response(answers)


async def contents(url: str) -> list[list[tuple[object, ...]]]:
    database = await Database.open(url)
    async with database.reading() as tx:
        found = [[tuple(row) for row in await tx.execute(text(each))] for each in WRITTEN]
    await database.close()
    return found


async def kept_by_the_product(url: str) -> None:
    schema.upgrade(url)
    database = await Database.open(url)
    said = {each.id: as_sent(each) for each in population(ASI, FEW, seed=1)}
    keys = iter(range(10**6))
    async with database.writing() as tx:
        await responses.add_imported(
            tx, ASI, ROUND, said, token=lambda: f"{next(keys):032x}", period=PERIOD
        )
    await database.close()


def test_a_made_up_round_is_what_the_product_would_have_kept(
    database_url: str, tmp_path: Path
) -> None:
    collect(database_url, ASI, FEW, population(ASI, FEW, seed=1))
    other = f"sqlite+aiosqlite:///{tmp_path / 'other.sqlite3'}"
    asyncio.run(kept_by_the_product(other))

    made, kept = (asyncio.run(contents(each)) for each in (database_url, other))

    assert made == kept
    assert all(made)


def test_the_product_can_go_on_with_a_made_up_round(database_url: str) -> None:
    collect(database_url, ASI, FEW, population(ASI, FEW, seed=1))

    async def counted() -> int:
        database = await Database.open(database_url)
        more = {"f" * 32: Response({})}
        async with database.writing() as tx:
            await responses.add_imported(tx, ASI, "next", more, token=str, period=PERIOD)
            found = await figures.counted(tx, ASI, "next")
        await database.close()
        return found.responded

    assert asyncio.run(counted()) == 1


def test_a_seed_makes_the_same_people_again() -> None:
    assert [*population(ASI, 5, seed=1)] == [*population(ASI, 5, seed=1)]
    assert [*population(ASI, 5, seed=1)] != [*population(ASI, 5, seed=2)]


def test_everybody_ticks_about_sixteen_answers() -> None:
    ticks = sum(marks.count("1") for one in population(ASI, 400, seed=1) for _, marks in one.marks)

    assert 15 < ticks / 400 < 17


def test_every_benchmark_prints_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--responses", "30", "--database", "sqlite"]) == 0

    lines = capsys.readouterr().out.splitlines()[2:]
    assert {line.split()[0] for line in lines} == set(BENCHMARKS)
    assert all(each.what in "\n".join(lines) for each in BENCHMARKS.values())


def test_growth_is_a_table_of_costs_by_people(capsys: pytest.CaptureFixture[str]) -> None:
    program.main(["--database", "sqlite", "--growth", "5", "10"])

    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert [line.split("|")[1].strip() for line in lines] == ["people", "---:", "5", "10"]
    assert len({line.count("|") for line in lines}) == 1


def test_benchmarks_are_measured_on_postgresql_too(
    capsys: pytest.CaptureFixture[str], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def at_hand(_: Path) -> Iterator[str]:
        yield postgresql_url

    monkeypatch.setitem(program.DATABASES, "postgresql", at_hand)

    program.main(["--responses", "30", "--database", "postgresql", "--only", "report"])

    (line,) = capsys.readouterr().out.splitlines()[2:]
    assert line.split()[:2] == ["report", "postgresql"]


@pytest.mark.parametrize("words", [["--responses", "0"], ["--responses", "ten"], ["--only", "x"]])
def test_what_cannot_be_measured_is_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        program.main(words)

    assert left.value.code == 2
    assert words[1] in capsys.readouterr().err


def test_two_benchmarks_of_one_name_are_refused() -> None:
    def report() -> float:
        return 1.0

    with pytest.raises(ValueError, match="two benchmarks report"):
        benchmark("again", "ms")(report)
