"""What moves an assessment on: for owners of the company alone, when there is something to move."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.workspace import sending
from flows.actions import Command
from tests.access import matrix, rules
from tests.access.world import MEMBERS, door, peopled
from tests.bot.workspace.companies import Person

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from tests.access.world import World

CLAIMED = {"1.1": ("1.1c",)}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def world(fieldwork: Conversation) -> World:
    """Acme has answered everything."""
    world = await peopled(fieldwork)
    await world.people_of["Acme"].answers_everything(CLAIMED)
    return world


async def rejecting(world: World, rita: Person) -> str:
    """How whoever checks Acme's assessment rejects its claim, in a usual reason's words."""
    page = await world.talk.page("web", rita.address, f"admin.case.{acme_of(world)}")
    return next(
        each.action.argument
        for group in page.card.buttons
        for each in group
        if isinstance(each.action, Command) and ".reject." in each.action.argument
    )


def acme_of(world: World) -> int:
    return world.companies["Acme"].assessment


async def test_owners_send_open_again_and_hand_in_and_researchers_decide(world: World) -> None:
    judged = [await matrix.stage(world, "send")]
    assert not (await world.people_of["Acme"].sends()).refused
    judged.append(await matrix.stage(world, "reopen"))
    rita = Person(world.talk, door("researcher"))
    rejects = await rejecting(world, rita)
    judged.append(await matrix.deciding(world, rejects))
    assert not (await rita.wants("admin", rejects)).refused
    assert not (await rita.wants("admin", f"feedback.{acme_of(world)}.14")).refused
    judged.append(await matrix.stage(world, "return"))

    assert [wrong for each in judged for wrong in each.wrong] == []
    assert sum(each.tried for each in judged) >= 4 * 2 * len(matrix.ROLES)
    assert all(set(MEMBERS) & rules.at_stage(verb) for verb in rules.STAGES)


async def test_what_is_for_owners_is_noticed_where_it_is_for_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verbs have an effect in this world: whoever is let through is found."""

    async def anybody(*_: object) -> bool:
        return True

    monkeypatch.setattr(sending, "_may", anybody)

    assert (await matrix.stage(world, "send", ["acme-editor"])).wrong
    assert (await matrix.stage(world, "send", ["acme-viewer"])).wrong
    assert not (await matrix.stage(world, "send", ["acme-owner"])).wrong
