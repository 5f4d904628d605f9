"""Every command, page, file and route, by every role, about what is theirs and what is not."""

from __future__ import annotations

import pytest

from bot import doors
from bot.channels import Attachment, web
from bot.channels.telegram_intake import Intake, Webhook
from bot.commands import COMMANDS
from bot.fieldwork import access
from bot.fieldwork.documents import KINDS, Documents
from bot.health import Health
from bot.vitals import Vitals
from bot.workspace import packs, team_commands
from storage import organisations
from tests.access import matrix, rules
from tests.access.pages import browser
from tests.access.world import MEMBERS, OF_GLOBEX, ROLES, peopled, secret

COMBINATIONS = 3_000
"""As many are tried at least, all in all."""


@pytest.fixture
def database_url(sqlite_url):
    return sqlite_url


@pytest.fixture
async def world(fieldwork):
    return await peopled(fieldwork)


def test_whatever_the_product_offers_is_named_in_the_rules():
    assert set(matrix.DESK_VERBS) == set(rules.DESK)
    assert set(matrix.WORK_VERBS) == set(rules.WORK)
    assert set(COMMANDS) == rules.COMMANDS | rules.GUARDED
    assert set(matrix.OWN_PAGES) == rules.PAGES
    assert {*KINDS, packs.KIND} == set(rules.FILES)
    assert set(access.ROLES) < set(ROLES)


def test_every_route_is_named_in_the_rules(database, universe):
    beside = Health(Vitals(), database, universe).routes(metrics=True)
    beside.append(doors._webhook(Webhook("secret", Intake(None, None, None))))
    served = {
        f"{method} {route.path}"
        for route in web.app(object(), public_url="", extra_routes=beside).routes
        for method in route.methods - {"HEAD"}
    }

    assert served == set(rules.OPEN_ROUTES) | rules.GUARDED_ROUTES | rules.MACHINE_ROUTES


async def test_nobody_does_or_sees_what_the_rules_do_not_give_them(world):
    judged = [
        await tried(world) for tried in (matrix.desk, matrix.work, matrix.commands, matrix.shown)
    ]

    assert [wrong for each in judged for wrong in each.wrong] == []
    assert sum(each.tried for each in judged) >= COMBINATIONS


async def test_files_are_for_who_may_have_them(world, monkeypatch):
    async def made(*_):
        return Attachment("file", "text/plain", b"")

    monkeypatch.setattr(Documents, "_made", made)
    numbers = {name: each.assessment for name, each in world.companies.items()}
    numbers["Initech"] = world.checked
    wrong = []
    for role in ROLES:
        async with browser(world.talk, secret=secret(role)) as client:
            for kind in KINDS:
                got = (await client.get(f"/file/{kind}/1")).status_code == 200
                wrong += [(role, kind)] if got is not (role in rules.file(kind)) else []
            for company, number in numbers.items():
                got = (await client.get(f"/file/pack/{number}")).status_code == 200
                may = rules.may_have_pack(role, company)
                wrong += [(role, "pack", company)] if got is not may else []
            got = (await client.get("/scorecard")).status_code == 200
            may = role in {*MEMBERS, *OF_GLOBEX, "own-researcher"}
            wrong += [(role, "scorecard")] if got is not may else []

    assert wrong == []


async def test_routes_that_are_open_to_all_answer_all_alike(world):
    wrong = []
    for role in ROLES:
        for route, status in rules.OPEN_ROUTES.items():
            method, path = route.split(" ")
            for name in ("token", "code", "name"):
                path = path.replace(f"{{{name}}}", f"wrong-{role}")
            form = {"press": "k:home"} if path == "/press" else {"text": "WRONG-CODES"}
            cookie = "" if role == "stranger" else secret(role)
            async with browser(world.talk, secret=cookie) as client:
                answer = await client.request(method, path, data=form if method == "POST" else None)
            if answer.status_code != status:
                wrong.append((role, route, answer.status_code))

    assert wrong == []


async def test_a_check_that_is_taken_out_is_noticed(world, monkeypatch):
    """A matrix that finds nothing must be able to find something."""
    with monkeypatch.context() as planted:
        planted.setattr(access, "may", lambda role, _: role is not None)
        assert (await matrix.desk(world, ["analyst"])).wrong
        assert (await matrix.shown(world, ["survey"])).wrong
    with monkeypatch.context() as planted:
        planted.setattr(team_commands, "owns", lambda *_: True)
        assert (await matrix.work(world, ["acme-viewer"])).wrong
    everybody = organisations.members

    async def of_all(tx, organisation, **wanted):
        found = [await everybody(tx, each.organisation, **wanted) for each in there]
        return [each for some in found for each in some] if organisation else []

    there = world.companies.values()
    with monkeypatch.context() as planted:
        planted.setattr(organisations, "members", of_all)
        assert (await matrix.work(world, ["acme-owner"])).wrong
    assert not (await matrix.work(world, ["acme-owner", "acme-viewer"])).wrong


async def test_a_button_about_what_is_gone_is_refused_and_breaks_nothing(world):
    async with browser(world.talk, secret=secret("owner")) as client:
        for press in ("k:admin:round.99", "k:admin:case.99", "k:admin:sure", "k:admin:done.x"):
            answer = await client.post("/press", data={"press": press})
            assert answer.status_code == 422, press
