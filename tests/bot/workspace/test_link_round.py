"""Links behind claims are opened where that is configured, once a week; their state is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.settings import Settings
from bot.workspace.link_check import Fetch
from bot.workspace.link_round import LinkRound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bot.conftest import Clock
    from tests.bot.workspace.companies import Company

LINK = "https://www.acme.example.org/report"


class Names:
    """Somebody who is asked for addresses, and knows none."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(f"{host}:{port}")
        raise OSError("no such host")


@pytest.fixture
async def claimed(acme: Company) -> Company:
    await acme.owner.ticks("1.1", "1.1c")
    await acme.owner.links("1.1", "1.1c", LINK)
    return acme


async def test_a_link_is_opened_once_a_week_and_its_state_stands_beside_the_claim(
    claimed: Company, clock: Clock
) -> None:
    names = Names()
    going = LinkRound(claimed.talk.house, claimed.talk.database, Fetch(resolve=names.resolve))

    for _ in range(3):
        await going.ring()
        clock.passes(hours=1)

    assert names.asked == ["www.acme.example.org:443"]
    said = " ".join((await claimed.owner.sees()).card.paragraphs)
    assert "The link did not answer when it was tried." in said

    clock.passes(days=7)
    await going.ring()
    assert len(names.asked) == 2


async def test_what_is_claimed_no_more_is_not_opened(claimed: Company) -> None:
    shown = await claimed.owner.goes("1.1")
    await claimed.owner.presses(shown.card.rows[0].action, shown=shown)
    names = Names()

    await LinkRound(claimed.talk.house, claimed.talk.database, Fetch(names.resolve)).ring()

    assert names.asked == []


def test_no_link_is_opened_unless_it_is_configured() -> None:
    assert Settings().evidence.open_links is False
