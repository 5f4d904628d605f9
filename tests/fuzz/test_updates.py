"""Bent updates: whatever comes in the name of Telegram is taken, passed over or set aside.

The other half of them is in ``test_updates_too.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.fuzz import updates
from tests.fuzz.chance import chance, pasted, times
from tests.fuzz.found_before import found
from tests.fuzz.storms import PARTS, Storm, taken_in_part

if TYPE_CHECKING:
    from bot.conversation import Conversation
    from storage.database import Database

TAKEN, AT_ONCE = {"sqlite": 3_000, "postgresql": 1_000}, 50


@pytest.fixture
def storm(talk: Conversation, database: Database) -> Storm:
    talk.told = frozenset({"telegram"})
    return Storm(talk, database)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("part", range(0, PARTS, 2))
async def test_bent_updates_are_taken_or_set_aside_and_leave_nobody_stuck(
    storm: Storm, part: int
) -> None:
    await taken_in_part(storm, part)


@pytest.mark.timeout(1200)
async def test_after_a_storm_everybody_can_go_on_and_sees_their_own(
    storm: Storm, database_url: str
) -> None:
    rnd = chance(f"storm {database_url.partition('+')[0]}")
    valid = await updates.corpus()
    await storm.begins()
    for _ in range(times(TAKEN[database_url.partition("+")[0]]) // AT_ONCE):
        live = {each: await storm.keys(each) for each in rnd.sample(updates.PEOPLE, 5)}
        raws = []
        for _ in range(AT_ONCE):
            if rnd.random() < 0.5:
                raws.append(updates.bent(rnd, rnd.choice(valid), valid))
                continue
            person = rnd.choice(list(live))
            raw = updates.press(person, rnd.choice(live[person] or [""]), -1)
            if rnd.random() < 0.4:
                raw = updates.signed(updates.words(person, updates.said(rnd)))
            raws.append(raw)
        await storm.blows(raws)
        assert not storm.broke, pasted(storm.broke)
    await storm.ends()


@pytest.mark.parametrize("kept", found("updates"), ids=lambda each: each["why"])
async def test_an_update_that_was_once_too_much_is_taken_or_set_aside(
    storm: Storm, kept: dict[str, Any]
) -> None:
    await storm.blows([kept["update"]])

    assert storm.aside == ({"unreadable": 1} if kept["unreadable"] else {})
