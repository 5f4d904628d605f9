from __future__ import annotations

import csv
import stat
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings, strategies
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from bot import shelf, tokens
from bot.fieldwork import contacts, inviting
from bot.fieldwork.contacts import ContactsError
from bot.house import open_house
from bot.settings import Settings, Telegram, Web
from bot.universe import Universe
from storage import contacts as kept_contacts
from storage import invitations, participation, people
from storage.contacts import Contact
from storage.invitations import Redeemed
from storage.rounds import always
from storage.tables import contact as contact_table
from storage.tables import invitation as invitation_table

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Database
    from storage.keys import Keys
    from tests.bot.conftest import Clock

SURVEY = "asi-certification-survey-2021"
HEADER = "name,company,email,language,certification,certified_on"
ANNA = "Anna,ACME,anna@example.org,en,C-1,2021-11-23"
WEI = "王伟,铝业公司,wei@example.org,zh,,"
CONTACTS = (
    Contact("Anna", "ACME", "anna@example.org", "en", "C-1", "2021-11-23"),
    Contact("王伟", "铝业公司", "wei@example.org", "zh", "", ""),
)
BOTH_DOORS = Settings(
    telegram=Telegram(username="assay_bot"), web=Web(public_url="https://assay.example.org/")
)

NO_DOORS = Settings(web=Web(enabled=False))


@pytest.fixture
def sheet(tmp_path: Path):
    def write(*rows: str, header: str = HEADER, encoding: str = "utf-8", end: str = "\n") -> Path:
        path = tmp_path / "contacts.csv"
        path.write_bytes("".join(row + end for row in (header, *rows)).encode(encoding))
        return path

    return write


def problems(path: Path) -> list[str]:
    try:
        said = "\n".join(contacts.read(path).problems)
    except ContactsError as refused:
        said = str(refused)
    return said.replace(f"{path}: ", "").splitlines()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=ascii)
def test_a_sheet_is_read_with_and_without_byte_order_mark(sheet, encoding: str, end: str) -> None:
    assert contacts.read(sheet(ANNA, WEI, encoding=encoding, end=end)).contacts == CONTACTS


def test_cells_may_hold_commas_quotes_and_line_ends(sheet) -> None:
    (found,) = contacts.read(
        sheet('"Berg, ""Anna""","ACME\nEurope",anna@example.org,en,,')
    ).contacts

    assert (found.name, found.company) == ('Berg, "Anna"', "ACME Europe")


def test_what_no_reader_sees_is_taken_out_of_a_cell(sheet) -> None:
    (found,) = contacts.read(sheet("  An\u202ena\x07 ,ACME, anna@example.org ,en,,")).contacts

    assert (found.name, found.email) == ("Anna", "anna@example.org")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("Anna,ACME,anna@example.org,en,C-1", "row 3: does not have 6 cells"),
        ("Anna,ACME,anna@example.org,en,C-1,,", "row 3: does not have 6 cells"),
        (
            "Anna,ACME,anna.example.org,en,,",
            "row 3: email: is not an e-mail address; write name@company.com",
        ),
        ("Anna,ACME,,en,,", "row 3: email: is not an e-mail address; write name@company.com"),
        ("Anna,ACME,anna@example.org,de,,", "row 3: language: must be one of en, zh"),
        ("Anna,ACME,anna@example.org,,,", "row 3: language: must be one of en, zh"),
        (
            "Anna,ACME,anna@example.org,en,,23.11.2021",
            "row 3: certified_on: is not a date; write 2021-11-23, or leave it empty",
        ),
        (
            "Anna,ACME,anna@example.org,en,,2021-02-30",
            "row 3: certified_on: is not a date; write 2021-11-23, or leave it empty",
        ),
        (
            "Anna,ACME,anna@example.org,en,,20211123",
            "row 3: certified_on: is not a date; write 2021-11-23, or leave it empty",
        ),
        (
            f"Anna,{'A' * 201},anna@example.org,en,,",
            "row 3: company: is longer than 200 characters",
        ),
        (
            f"Anna,ACME,{'a' * 60}@{'b' * 60}.example.org,en,,",
            "row 3: email: is longer than 128 characters",
        ),
        (
            "Anna,ACME,anna@example.org,en,,2021-W47-2",
            "row 3: certified_on: is not a date; write 2021-11-23, or leave it empty",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_cure(sheet, row: str, problem: str) -> None:
    assert problems(sheet(WEI, row, WEI)) == [problem]


def test_all_that_is_wrong_is_said_at_once(sheet) -> None:
    said = problems(sheet("Anna,ACME,anna,de,,soon", "too,short", ANNA))

    assert [each.split(": ")[:2] for each in said] == [
        ["row 2", "email"],
        ["row 2", "language"],
        ["row 2", "certified_on"],
        ["row 3", "does not have 6 cells"],
    ]


def test_empty_rows_are_passed_over_and_counted(sheet) -> None:
    assert contacts.read(sheet("", ANNA, "", WEI, "")).contacts == CONTACTS
    assert problems(sheet("", ANNA, "", "Anna")) == ["row 5: does not have 6 cells"]


@pytest.mark.parametrize(
    ("header", "what"),
    [
        ("", "is empty: "),
        (HEADER.replace(",", ";"), "row 1: is separated by semicolons; save it with commas: "),
        ("name,company,email,language,certification", "row 1: certified_on missing; "),
        ("email,name,company,language,certification,certified_on", "row 1: "),
        (HEADER + ",telegram_link,web_link", "row 1: "),
        ("a list", "row 1: "),
    ],
)
def test_another_header_is_refused(sheet, header: str, what: str) -> None:
    assert problems(sheet(ANNA, header=header)) == [f"{what}the header must be {HEADER}"]


def test_a_sheet_without_contacts_is_refused(sheet, tmp_path: Path) -> None:
    assert problems(sheet()) == ["holds no contact below its header"]
    nothing = tmp_path / "nothing.csv"
    nothing.touch()
    assert problems(nothing) == [f"is empty: the header must be {HEADER}"]


def test_a_file_that_is_no_sheet_is_refused(sheet, tmp_path: Path) -> None:
    assert problems(sheet(WEI, encoding="gbk")) == ["is not UTF-8; save it as “CSV UTF-8”"]
    assert problems(tmp_path / "none.csv") == ["cannot be read: No such file or directory"]
    assert problems(tmp_path) == ["cannot be read: Is a directory"]


def test_a_cell_without_end_is_refused(sheet) -> None:
    (problem,) = problems(sheet(ANNA, '"' + "x" * 200_000))

    assert problem.startswith("is not CSV: ")
    assert problem.endswith("look for a quote without end")


async def invite(database: Database, settings: Settings, universe: Universe, keys: Keys, out: Path):
    house = open_house(settings, shelf.read(), universe, keys)
    return await inviting.invite_to_file(database, house, CONTACTS, always(SURVEY), out)


async def rows_kept(database: Database) -> list[int]:
    async with database.reading() as tx:
        counts = [
            select(func.count()).select_from(each) for each in (contact_table, invitation_table)
        ]
        return [(await tx.execute(count)).scalar_one() for count in counts]


async def test_each_contact_gets_a_link_of_their_own_through_every_door(
    database: Database, universe: Universe, keys: Keys, tmp_path: Path
) -> None:
    out = tmp_path / "links.csv"

    assert (await invite(database, BOTH_DOORS, universe, keys, out)).new == 2

    anna, wei = csv.DictReader(out.read_text("utf-8").splitlines())
    assert list(anna) == [*HEADER.split(","), "telegram_link", "web_link"]
    assert ",".join(list(anna.values())[:6]) == ANNA
    assert ",".join(list(wei.values())[:6]) == WEI
    token = anna["web_link"].removeprefix("https://assay.example.org/i/")
    assert anna["telegram_link"] == f"https://t.me/assay_bot?start={token}"
    assert token not in wei["web_link"]
    assert await rows_kept(database) == [2, 2]


async def test_a_link_opens_the_instrument_once_and_for_ninety_days(
    database: Database, clock: Clock, keys: Keys, tmp_path: Path
) -> None:
    universe, out = clock.universe(), tmp_path / "links.csv"
    await invite(database, BOTH_DOORS, universe, keys, out)
    anna, wei = (
        tokens.digest(each["web_link"].rsplit("/", 1)[1])
        for each in csv.DictReader(out.read_text("utf-8").splitlines())
    )

    async with database.writing() as tx:
        for person in ("p1", "p2"):
            await people.arrive(tx, "web", person, "en", new_id=person, secret=b"s")
        clock.passes(days=89)
        opened = await invitations.redeem(tx, wei, "p1", universe.seconds())
        assert opened == Redeemed(SURVEY, "open", "zh")
        assert await invitations.redeem(tx, wei, "p2", universe.seconds()) is None
        clock.passes(days=1)
        assert await invitations.redeem(tx, anna, "p2", universe.seconds()) is None


async def test_links_are_for_nobody_elses_eyes(
    database: Database, universe: Universe, keys: Keys, tmp_path: Path
) -> None:
    out = tmp_path / "links.csv"

    await invite(database, BOTH_DOORS, universe, keys, out)

    assert stat.filemode(out.stat().st_mode) == "-rw-------"
    assert not (tmp_path / "links.csv.part").exists()


async def test_a_closed_door_gets_no_link(
    database: Database, universe: Universe, keys: Keys, tmp_path: Path
) -> None:
    out = tmp_path / "links.csv"

    await invite(database, NO_DOORS, universe, keys, out)

    assert out.read_text("utf-8").splitlines()[1] == f"{ANNA},,"


async def test_a_failure_while_writing_leaves_neither_file_nor_rows(
    database: Database, clock: Clock, keys: Keys, tmp_path: Path
) -> None:
    """Chance that repeats itself gives the second link the token of the first."""
    always_the_same = Universe(now=lambda: clock.at, random=bytes)
    folder = tmp_path / "out"
    folder.mkdir()

    with pytest.raises(IntegrityError):
        await invite(database, BOTH_DOORS, always_the_same, keys, folder / "links.csv")

    assert list(folder.iterdir()) == []
    assert await rows_kept(database) == [0, 0]


async def test_a_file_that_is_being_written_is_left_alone(
    database: Database, universe: Universe, keys: Keys, tmp_path: Path
) -> None:
    (tmp_path / "links.csv.part").write_text("theirs", "utf-8")

    with pytest.raises(ContactsError, match=r"links\.csv\.part: cannot be written: File exists"):
        await invite(database, BOTH_DOORS, universe, keys, tmp_path / "links.csv")

    assert (tmp_path / "links.csv.part").read_text("utf-8") == "theirs"
    assert await rows_kept(database) == [0, 0]


async def test_where_no_file_can_be_written_nobody_is_invited(
    database: Database, universe: Universe, keys: Keys, tmp_path: Path
) -> None:
    with pytest.raises(ContactsError, match="cannot be written: No such file or directory"):
        await invite(database, BOTH_DOORS, universe, keys, tmp_path / "none" / "links.csv")

    assert await rows_kept(database) == [0, 0]


def test_of_one_certification_the_latest_version_counts(sheet) -> None:
    later = ANNA.replace("2021-11-23", "2022-01-01").replace("Anna", "Berta")
    found = contacts.read(sheet(later, ANNA, WEI))

    assert [each.name for each in found.contacts] == ["Berta", "王伟"]
    (said,) = found.overtaken
    assert said.endswith("row 3: row 2 has a later version of this certification")


def test_of_one_day_the_lower_row_counts(sheet) -> None:
    found = contacts.read(sheet(ANNA, ANNA.replace("Anna", "Berta")))

    assert [each.name for each in found.contacts] == ["Berta"]


async def test_a_name_is_written_so_that_no_spreadsheet_takes_it_for_a_formula(
    database: Database, universe: Universe, keys: Keys, tmp_path: Path
) -> None:
    house = open_house(BOTH_DOORS, shelf.read(), universe, keys)
    evil = [replace(CONTACTS[0], name="=HYPERLINK(1)", company="@SUM(1)")]
    await inviting.invite_to_file(database, house, evil, always(SURVEY), tmp_path / "l.csv")

    (row,) = csv.DictReader((tmp_path / "l.csv").read_text("utf-8").splitlines())
    assert (row["name"], row["company"]) == ("'=HYPERLINK(1)", "'@SUM(1)")


async def test_a_new_version_of_a_certification_replaces_who_has_not_come(
    database: Database, universe: Universe, keys: Keys
) -> None:
    house = open_house(BOTH_DOORS, shelf.read(), universe, keys)
    berta = Contact("Berta", "ACME", "berta@example.org", "en", "C-1", "2022-01-01")
    of = always(SURVEY)
    async with database.writing() as tx:
        await inviting.invite(house, tx, CONTACTS, of, letters=False)
        done = await inviting.invite(house, tx, [berta], of, letters=False)
        again = await inviting.invite(house, tx, CONTACTS, of, letters=False)
        anna = await people.at_address(tx, "mail", "anna@example.org")

        assert (done.new, done.withdrawn) == (1, 1)
        assert anna is not None
        assert await participation.state(tx, anna.id, SURVEY, "open") is None
        assert (again.new, again.known, again.changed) == (0, 2, 0)


async def test_a_contact_that_changed_is_brought_up_to_date(
    database: Database, universe: Universe, keys: Keys
) -> None:
    house = open_house(BOTH_DOORS, shelf.read(), universe, keys)
    moved = replace(CONTACTS[0], company="ACME Europe", language="zh")
    async with database.writing() as tx:
        await inviting.invite(house, tx, CONTACTS, always(SURVEY), letters=False)
        done = await inviting.invite(house, tx, [moved], always(SURVEY), letters=False)
        anna = await people.at_address(tx, "mail", "anna@example.org")

        assert (done.new, done.known, done.changed) == (0, 1, 1)
        assert anna is not None
        assert anna.language == "zh"
        assert await kept_contacts.of(tx, anna.id) == moved


async def test_a_mailbox_that_stands_twice_is_counted_as_the_person_it_makes(
    database: Database, universe: Universe, keys: Keys
) -> None:
    """Once as somebody new, once with a certification that somebody else has a later version of."""
    house = open_house(BOTH_DOORS, shelf.read(), universe, keys)
    first = Contact("N", "C", "b@example.org", "en", "C-1", "2020-01-01")
    twice = [
        Contact("N", "C", "a@example.org", "en", "", ""),
        Contact("N", "C", "a@example.org", "en", "C-1", ""),
    ]
    async with database.writing() as tx:
        await inviting.invite(house, tx, [first], always(SURVEY), letters=False)
        named = await inviting.reach(tx, twice, always(SURVEY))
        done = await inviting.invite(house, tx, twice, always(SURVEY), letters=False)

    assert named == done.new == 1


@given(data=strategies.data())
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_the_number_named_before_is_the_number_invited(
    database: Database, universe: Universe, keys: Keys, data: strategies.DataObject
) -> None:
    house = open_house(BOTH_DOORS, shelf.read(), universe, keys)
    one = strategies.builds(
        Contact,
        name=strategies.just("N"),
        company=strategies.just("C"),
        email=strategies.sampled_from(["a@example.org", "B@example.org", "b@example.org"]),
        language=strategies.sampled_from(["en", "zh"]),
        certification=strategies.sampled_from(["", "C-1", "c-1", "C-2"]),
        certified_on=strategies.sampled_from(["", "2020-01-01", "2021-01-01"]),
    )
    with suppress(Undone):
        async with database.writing() as tx:
            for _ in range(4):
                listed = data.draw(
                    strategies.lists(one, max_size=4, unique_by=lambda each: each.key)
                )
                named = await inviting.reach(tx, listed, always(SURVEY))
                done = await inviting.invite(house, tx, listed, always(SURVEY), letters=False)
                people_there = await participation.counts(tx, SURVEY, "open")
                links = await inviting.links(house, tx, done.batch)

                assert named == done.new
                assert len(listed) == done.new + done.known + done.same
                assert len(links.splitlines()) == done.new + 1
                assert people_there.get("invited", 0) <= 3
            raise Undone


class Undone(Exception):  # noqa: N818 - nothing of it is to stay
    """Ends a transaction without keeping anything."""
