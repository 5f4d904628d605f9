"""A list of contacts is sent as a document; whoever is invited gets a link that opens."""

from __future__ import annotations

import csv
import io

from bot.fieldwork.contacts import HEADER
from storage import audit, participation, people, reminders
from tests.bot.fieldwork.desks import SURVEY, AtDesk, appointed, words

SHEET = "\n".join(
    [
        ",".join(HEADER),
        "Mei,Al,mei@example.org,zh,C1,2021-11-01",
        "Mei,Al,mei@example.org,zh,C2,2021-11-02",
        "Bad,Row,nope,en,,",
        "Jan,Co,jan@example.org,en,C3,2021-01-01",
        "Old,Co,old@example.org,en,C3,2020-01-01",
    ]
)


async def state_of(talk, email, round_name="open"):
    async with talk.database.reading() as tx:
        person = await people.at_address(tx, "mail", email)
        return person and await participation.state(tx, person.id, SURVEY, round_name)


async def test_a_list_is_looked_at_and_nobody_is_invited_before_the_word(fieldwork):
    desk = await appointed(fieldwork, "survey")

    await desk.uploads(SHEET)

    said = words(await desk.sees("admin.upload"))
    assert "row 4: email: is not an e-mail address" in said
    assert "row 6: row 5 has a later version of this certification" in said
    assert "Invite 2 to ASI Certification Survey 2021, open: a file of links" in said
    assert await state_of(fieldwork, "mei@example.org") is None


async def test_the_word_invites_each_person_once_and_brings_a_file_of_links(fieldwork):
    desk = await appointed(fieldwork, "survey")
    await desk.uploads(SHEET)

    outcome = await desk.agrees("admin.upload", "links")

    (file,) = outcome.documents
    made, _ = await fieldwork.file("telegram", "1", *file.split(":"))
    rows = list(csv.DictReader(io.StringIO(made.content.decode())))
    assert sorted(each["email"] for each in rows) == ["jan@example.org", "mei@example.org"]
    assert await state_of(fieldwork, "mei@example.org") == "invited"
    mei = AtDesk(fieldwork, "7")
    link = next(each for each in rows if each["name"] == "Mei")["telegram_link"]
    assert not (await mei.asks("start", link.rpartition("=")[2])).refused
    assert await state_of(fieldwork, "mei@example.org") == "opened"
    async with fieldwork.database.reading() as tx:
        (act,) = await audit.latest(tx, 5)
    assert (act.act, act.object, act.people) == ("invite", f"{SURVEY} open", 2)
    assert "mei" not in str(act).lower()


async def test_the_same_list_again_reaches_nobody(fieldwork):
    desk = await appointed(fieldwork, "survey")
    await desk.uploads(SHEET)
    await desk.agrees("admin.upload", "links")

    await desk.uploads(SHEET)

    assert "Invite 0 to ASI Certification Survey 2021, open" in words(
        await desk.sees("admin.upload")
    )


async def test_a_yes_to_one_list_invites_nobody_of_another(fieldwork):
    desk = await appointed(fieldwork, "survey")
    await desk.uploads(f"{','.join(HEADER)}\nMei,Al,mei@example.org,zh,C1,2021-11-01")
    card = await desk.sees("admin.upload")
    yes = card.buttons[0][0].action.argument
    await desk.uploads(f"{','.join(HEADER)}\nJan,Co,jan@example.org,en,C3,2021-01-01")

    assert (await desk.wants(yes)).refused
    assert await state_of(fieldwork, "jan@example.org") is None


async def test_a_list_for_a_machine_is_refused_in_the_chat(fieldwork):
    desk = await appointed(fieldwork, "survey")
    rows = [f"N,C,p{n}@example.org,en,K{n}," for n in range(5001)]
    await desk.uploads("\n".join([",".join(HEADER), *rows]))

    said = words(await desk.sees("admin.upload"))
    assert "holds more than 5000 contacts; split it, or use the command assay invite" in said
    assert "a file of links" not in said


async def test_what_is_no_text_is_no_list(fieldwork):
    desk = await appointed(fieldwork, "survey")

    assert (await desk.uploads("name\0,company")).refused
    assert (await desk.uploads("name\0,company")).refused


async def test_letters_are_planned_for_whoever_is_to_get_one(fieldwork):
    desk = await appointed(fieldwork, "survey")
    await desk.uploads(SHEET)

    await desk.agrees("admin.upload", "letters")

    async with fieldwork.database.reading() as tx:
        now = fieldwork.house.universe.seconds()
        due = await reminders.due(tx, now, 10, "telegram")
    assert sorted(each.mail for each in due) == ["jan@example.org", "mei@example.org"]
    assert {each.number for each in due} == {reminders.INVITATION}


async def test_a_list_that_cannot_be_used_is_named_with_its_reason(fieldwork):
    desk = await appointed(fieldwork, "survey")

    await desk.uploads("name;email\nMei;mei@example.org")

    assert "row 1: the header must be name,company" in words(await desk.sees("admin.upload"))


async def test_a_document_of_anybody_else_is_no_answer(fieldwork):
    analyst = await appointed(fieldwork, "analyst")

    outcome = await analyst.uploads(SHEET)

    assert outcome.refused
    assert not await fieldwork.expects_file("telegram", "1")


async def test_who_asks_to_take_part_is_let_in_by_name(fieldwork):
    desk, mei = await appointed(fieldwork), AtDesk(fieldwork, "7")
    await mei.asks("start")
    assert (await mei.asks("take", SURVEY)).refused

    await mei.asks("ask", "Mei Lin, Sample Extrusions")

    page = await desk.sees("admin.people")
    assert "Mei Lin, Sample Extrusions" in words(page)
    approve = next(
        each.action.argument
        for row in page.buttons
        for each in row
        if each.action.argument.startswith("approve") and "ASI" in each.label
    )
    await desk.wants(approve)
    assert not (await mei.asks("take", SURVEY)).refused
    assert (await desk.wants(approve)).refused
