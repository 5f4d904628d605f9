"""Nobody does at the desk what their role does not let them, and nobody else learns of the desk."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from bot.channels.telegram_layout import lay_out
from bot.fieldwork import access, appointments
from bot.fieldwork.contacts import HEADER
from bot.fieldwork.desk import DESK
from bot.fieldwork.desk_pages import _PAGES
from storage import audit
from storage.tables import outbox
from tests.bot.fieldwork.desks import AtDesk, appointed

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


async def test_a_refused_command_leaves_no_trace(fieldwork):
    who = AtDesk(fieldwork)
    await who.asks("start")

    for verb in ("remind!.1.0.0.x", "close!.1.0.0.x", "digest", "open.0", "extend.1.7"):
        await who.wants(verb)

    async with fieldwork.database.reading() as tx:
        assert await audit.latest(tx, 10) == []
        kinds = select(func.count()).select_from(outbox).where(outbox.c.kind == "digest")
        assert (await tx.execute(kinds)).scalar_one() == 0


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


async def test_every_page_of_the_desk_fits_into_a_message_with_its_buttons(fieldwork):
    desk = await appointed(fieldwork)
    await desk.uploads(f"{','.join(HEADER)}\nMei,Al,mei@example.org,zh,C1,2021-11-01")

    names = ["", "people", "invite", "upload", "team", "open", "schedule", "code.owner"]
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
