from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bot import shelf
from bot.settings import SettingsError
from flows import definition
from flows.consistency import Rules
from storage import definitions
from storage.location import StorageError
from tests.flows.playing import IN_TESTS

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Database

PUBLISHED = ["asi-certification-survey-2021", "rscb-2014"]
TEA = "tea-break"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of instruments that a test may change."""
    return shutil.copytree(IN_TESTS, tmp_path / "instruments")


def rewrite(folder: Path, old: str, new: str, file: str = "instrument.toml") -> None:
    path = folder / TEA / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_what_comes_with_assay_is_there_without_findings() -> None:
    stock = shelf.read()

    assert list(stock.instruments) == PUBLISHED
    assert stock.findings == ()
    assert stock.get("tea-break") is None


def test_an_extra_folder_is_found_and_stands_behind() -> None:
    stock = shelf.read([IN_TESTS])

    assert list(stock.instruments) == [*PUBLISHED, "tea-break", "tea-kitchen"]
    assert stock.findings == ()
    found = stock.get(TEA)
    assert found is not None
    assert found.title == {"en": "Tea break", "zh": "茶歇"}


def test_what_is_no_instrument_is_passed_over(folder: Path) -> None:
    (folder / "notes.txt").write_text("not an instrument", "utf-8")
    (folder / "empty").mkdir()
    (folder / TEA / "README.md").write_text("about tea", "utf-8")

    stock = shelf.read([folder])

    assert stock.findings == ()
    assert len(stock.instruments) == 4


def test_findings_of_all_instruments_are_collected_with_their_places(folder: Path) -> None:
    rewrite(folder, "at_most = 2", "at_most = 9")
    kitchen = folder / "tea-kitchen" / "instrument.toml"
    kitchen.write_text("id = ", "utf-8")

    stock = shelf.read([folder])

    found = {(each.path.split(":")[0], each.code) for each in stock.findings}
    assert {(f"{TEA}/instrument.toml", "at-most")} < found
    assert ("tea-kitchen/instrument.toml", "toml-syntax") in found
    assert list(stock.instruments)[:2] == PUBLISHED
    assert stock.get("tea-kitchen") is None


def test_a_file_that_is_not_utf8_is_a_finding(folder: Path) -> None:
    (folder / TEA / "zh.toml").write_bytes("title = '茶歇'".encode("gbk"))

    stock = shelf.read([folder])

    assert [each.path.split(":")[0] for each in stock.findings] == [f"{TEA}/zh.toml"]
    assert "UTF-8" in str(stock.findings[0])


def test_a_folder_that_is_not_there_is_wrong_configuration(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"instruments\.folders: .*/none is no folder"):
        shelf.read([tmp_path / "none"])


async def test_every_installed_edition_is_kept(database: Database) -> None:
    stock = shelf.read([IN_TESTS])

    await stock.keep(database)
    await stock.keep(database)

    async with database.reading() as tx:
        for each in stock.instruments.values():
            body = await definitions.body(tx, each.id, each.edition)
            assert body is not None
            assert definition.restore(body) == each


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("instrument.toml", "What do you drink?", "What do you drink now?"),
        ("instrument.toml", "at_most = 2", "at_most = 3"),
        ("zh.toml", "茶歇", "茶点"),
    ],
)
async def test_a_change_under_the_same_edition_is_refused(
    database: Database, folder: Path, file: str, old: str, new: str
) -> None:
    await shelf.read([folder]).keep(database)
    rewrite(folder, old, new, file)

    with pytest.raises(StorageError, match=f"{TEA}, edition 1, .* give what was changed a new"):
        await shelf.read([folder]).keep(database)


async def test_an_older_edition_comes_back_from_the_database(
    database: Database, folder: Path
) -> None:
    first = shelf.read([folder])
    await first.keep(database)
    rewrite(folder, 'edition = "1"', 'edition = "2"')
    rewrite(folder, "What do you drink?", "What do you drink now?")
    second = shelf.read([folder])
    await second.keep(database)

    async with database.reading() as tx:
        older = await second.edition(tx, TEA, "1")
        assert older == first.get(TEA)
        assert await second.edition(tx, TEA, "1") is older
        assert await second.edition(tx, TEA, "2") is second.get(TEA)


async def test_an_instrument_that_is_gone_comes_back_from_the_database(
    database: Database,
) -> None:
    await shelf.read([IN_TESTS]).keep(database)

    async with database.reading() as tx:
        assert (await shelf.read().edition(tx, TEA, "1")).id == TEA


async def test_an_edition_that_nobody_kept_is_an_error(database: Database) -> None:
    async with database.reading() as tx:
        with pytest.raises(KeyError, match="tea-break 7"):
            await shelf.read().edition(tx, TEA, "7")


def test_published_rounds_and_open_readings_lie_beside_their_instruments():
    stock = shelf.read()

    assert list(stock.published["asi-certification-survey-2021"]) == ["published-2021"]
    assert stock.published["rscb-2014"] == {}
    assert {each.id for each in stock.interpretations["rscb-2014"]} >= {"tiers-add-up"}
    assert stock.interpretations["asi-certification-survey-2021"] == ()


def test_a_slip_in_a_published_round_is_a_finding(tmp_path):
    own = tmp_path / "tea-break"
    shutil.copytree(IN_TESTS / "tea-break", own)
    (own / "published").mkdir()
    (own / "published" / "spring.toml").write_text("edition = 1", "utf-8")

    stock = shelf.read([tmp_path])

    assert stock.published["tea-break"] == {}
    assert any("tea-break/published/spring.toml" in str(each) for each in stock.findings)


def test_what_contradicts_itself_lies_beside_its_instrument():
    stock = shelf.read()

    rules = stock.consistency["rscb-2014"]
    assert {each.id for each in rules.rules} >= {"targets-without-measurements"}
    assert "13b" in rules.last_reporting_year
    assert stock.consistency["asi-certification-survey-2021"] == Rules()


def test_rules_are_read_for_the_installed_edition_only_and_a_slip_in_them_is_a_finding(tmp_path):
    own = tmp_path / "tea-kitchen"
    shutil.copytree(IN_TESTS / "tea-kitchen", own)
    (own / "consistency").mkdir()
    (own / "consistency" / "0.toml").write_text("what an edition before had", "utf-8")
    (own / "consistency" / "1.toml").write_text('last_reporting_year = ["2.1c"]', "utf-8")

    sound = shelf.read([tmp_path])
    assert sound.consistency["tea-kitchen"] == Rules(last_reporting_year=frozenset({"2.1c"}))
    assert sound.findings == ()

    (own / "consistency" / "1.toml").write_text('last_reporting_year = ["9.9z"]', "utf-8")
    stock = shelf.read([tmp_path])

    assert stock.consistency["tea-kitchen"] == Rules()
    assert [each.path for each in stock.findings] == [
        "tea-kitchen/consistency/1.toml: last_reporting_year"
    ]
