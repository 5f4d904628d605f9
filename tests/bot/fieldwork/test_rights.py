"""Nobody does at the desk what their role does not let them, and nobody else learns of the desk."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from bot.channels.telegram_layout import lay_out
from bot.fieldwork import access, appointments
from bot.fieldwork.contacts import HEADER
from bot.fieldwork.desk import DESK
from bot.fieldwork.desk_pages import _PAGES
from bot.settings import Access, Settings
from storage import administrators, audit
from storage.outbox import ONCE
from storage.tables import (
    administrator,
    claim_code,
    digest,
    outbox,
    reminder,
    round_,
    upload,
)
from storage.tables import audit as audit_log
from tests.bot.fieldwork.desks import AtDesk, appointed, words

STRANGER = "nobody"


@pytest.mark.parametrize("role", [STRANGER, *access.ROLES])
async def test_what_a_role_may_not_do_looks_like_a_command_that_there_is_not(fieldwork, role):
    who = AtDesk(fieldwork) if role == STRANGER else await appointed(fieldwork, role)
    unknown = await who.asks("nonsense")

    for verb, (act, _) in DESK.items():
        outcome = await who.asks("admin", f"{verb}.1.1")
        refused = outcome.notices == unknown.notices
        assert refused is not access.may(role, act), (role, verb)


@pytest.mark.parametrize("role", [STRANGER, "analyst"])
async def test_a_page_without_the_right_is_no_page(fieldwork, role):
    who = AtDesk(fieldwork) if role == STRANGER else await appointed(fieldwork, role)

    for name in ("admin.team", "admin.people", "admin.sure.remind.1", "admin.code.owner"):
        with pytest.raises(KeyError):
            await who.sees(name)


async def test_a_file_takes_the_right_when_it_is_made(fieldwork):
    analyst = await appointed(fieldwork, "analyst")

    assert await fieldwork.file("telegram", "1", "export", "1") is None
    assert await fieldwork.file("telegram", "2", "report", "1") is None
    assert analyst


@pytest.mark.parametrize("role", [STRANGER, *access.ROLES])
async def test_what_a_role_may_not_do_leaves_no_trace(fieldwork, role):
    who = AtDesk(fieldwork) if role == STRANGER else await appointed(fieldwork, role)
    await who.asks("start")
    before = await traces(fieldwork)

    for verb, (act, _) in DESK.items():
        for arguments in ("1", "1.7", "1.0.0.x", "0", "owner"):
            if not access.may(role, act):
                await who.asks("admin", f"{verb}.{arguments}")
                await who.wants(f"{verb}.{arguments}")

    assert [each for each in await traces(fieldwork) if each not in before] == []


async def traces(talk):
    """Everything that an administrative act could leave behind."""
    found = []
    async with talk.database.reading() as tx:
        for table in (audit_log, digest, claim_code, upload, reminder, administrator, round_):
            found += [(table.name, *row) for row in await tx.execute(select(table))]
        rows = select(outbox.c.kind, outbox.c.reference).where(outbox.c.kind.in_(ONCE))
        return found + [tuple(row) for row in await tx.execute(rows)]


def test_every_page_stands_behind_a_right_of_the_desk():
    assert _PAGES.keys() - {"sure"} <= DESK.keys()


def test_without_a_role_nothing_may_be_done():
    assert not any(access.may(None, act) for act in access.RIGHTS["owner"])
    assert not access.may("emperor", "overview")


async def test_a_code_makes_one_person_an_administrator_once(fieldwork):
    code = await appointments.first_code(fieldwork.database, fieldwork.house.universe)
    first, second = AtDesk(fieldwork, "1"), AtDesk(fieldwork, "2")

    assert not (await first.asks("claim", code.lower())).refused
    assert (await second.asks("claim", code)).refused
    assert "owner" in (await first.sees("admin")).paragraphs[0]
    assert await appointments.first_code(fieldwork.database, fieldwork.house.universe) is None


async def test_a_code_that_is_a_day_old_is_void(fieldwork, clock):
    code = await appointments.first_code(fieldwork.database, fieldwork.house.universe)
    clock.passes(days=1)

    assert (await AtDesk(fieldwork).asks("claim", code)).refused


async def test_an_owner_who_brings_a_code_stays_owner(fieldwork):
    owner = await appointed(fieldwork)
    async with fieldwork.database.writing() as tx:
        code = await appointments.new_code(
            tx, fieldwork.house.universe, "analyst", 60, issuer="telegram:1"
        )

    await owner.asks("claim", code)

    assert await roles(fieldwork) == [("1", "owner", "code")]


async def test_an_owner_by_code_stays_when_the_configuration_no_longer_names_them(fieldwork):
    await appointed(fieldwork)
    named = Settings(access=Access(admins=(1, 2)))

    universe = fieldwork.house.universe
    await appointments.keep_configured(named, fieldwork.database, universe)
    assert await roles(fieldwork) == [("1", "owner", "code"), ("2", "owner", "config")]
    await appointments.keep_configured(Settings(), fieldwork.database, universe)
    assert len(await roles(fieldwork)) == 2  # a command with another configuration
    await appointments.keep_configured(Settings(), fieldwork.database, universe, alone=True)

    assert await roles(fieldwork) == [("1", "owner", "code")]
    async with fieldwork.database.reading() as tx:
        acts = [(each.actor, each.act, each.object) for each in await audit.latest(tx, 5)]
    assert acts == [
        ("configuration", "dismiss", "telegram:2 owner"),
        ("configuration", "appoint", "telegram:2 owner"),
    ]


async def test_of_several_starts_every_code_is_good_until_there_is_an_owner(fieldwork):
    talk = fieldwork.database, fieldwork.house.universe
    first, second = await appointments.first_code(*talk), await appointments.first_code(*talk)

    assert not (await AtDesk(fieldwork, "7").asks("claim", first)).refused
    assert (await AtDesk(fieldwork, "8").asks("claim", second)).refused
    assert await roles(fieldwork) == [("7", "owner", "code")]


async def test_a_first_code_is_void_once_the_configuration_names_an_owner(fieldwork):
    talk = fieldwork.database, fieldwork.house.universe
    code = await appointments.first_code(*talk)
    named = Settings(access=Access(admins=(1,)))
    await appointments.keep_configured(named, *talk)

    assert (await AtDesk(fieldwork, "8").asks("claim", code)).refused


async def test_codes_of_somebody_who_is_dismissed_are_void(fieldwork):
    owner = await appointed(fieldwork)
    code = await code_of(owner, "owner")
    async with fieldwork.database.writing() as tx:
        assert await administrators.dismiss_at(tx, "telegram", "1")

    assert (await AtDesk(fieldwork, "8").asks("claim", code)).refused


async def test_a_code_is_made_by_a_press_and_shown_as_often_as_one_looks(fieldwork):
    owner = await appointed(fieldwork)
    code = await code_of(owner, "analyst")

    assert not (await AtDesk(fieldwork, "8").asks("claim", code)).refused
    assert (await AtDesk(fieldwork, "9").asks("claim", code)).refused
    async with fieldwork.database.reading() as tx:
        acts = [(each.actor, each.act, each.object) for each in await audit.latest(tx, 5)]
        assert ("telegram:1", "code", "analyst") in acts
        pages = [row[0] for row in await tx.execute(select(outbox.c.reference))]
    assert not any(code in each for each in pages)


async def code_of(owner, role):
    """An owner makes a code at the desk, and looks at it twice."""
    await owner.wants(f"code.{role}")
    async with owner.talk.database.reading() as tx:
        page = (await tx.execute(select(outbox.c.reference).order_by(outbox.c.id.desc()))).scalar()
    name = page.partition(":")[0]
    said = [words(await owner.sees(name)) for _ in range(2)]
    assert said[0] == said[1]
    return re.search(r"[0-9A-Z]{5}-[0-9A-Z]{5}", said[0])[0]


async def test_who_asks_to_be_forgotten_is_no_administrator_any_more(fieldwork):
    owner = await appointed(fieldwork)

    await owner.asks("forget", "yes")

    assert await roles(fieldwork) == []


async def roles(talk):
    async with talk.database.reading() as tx:
        every = await administrators.every(tx)
    return [(each.address, each.role, each.origin) for each in every]


async def test_every_page_of_the_desk_fits_into_a_message_with_its_buttons(fieldwork):
    desk = await appointed(fieldwork)
    await desk.uploads(f"{','.join(HEADER)}\nMei,Al,mei@example.org,zh,C1,2021-11-01")

    names = ["", "people", "invite", "upload", "team", "open", "schedule", "code.owner.a1"]
    names += ["round.1", "extend.1", "sure.close.1", "sure.remind.1", "done.invited.2"]
    for name in names:
        page = await fieldwork.page("telegram", "1", f"admin.{name}".rstrip("."))
        message = lay_out(page)
        assert 0 < len(message.text) < 4096
        assert message.keyboard


async def test_a_page_of_a_round_that_is_not_there_is_no_page(fieldwork):
    desk = await appointed(fieldwork)

    for name in ("admin.round.99", "admin.round.x", "admin.round", "admin.sure", "admin.nonsense"):
        with pytest.raises(KeyError):
            await desk.sees(name)
