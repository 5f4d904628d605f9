"""What every verb of the workspace does beside its own: showing a page, noting a deed, asking whose
it is to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flows.trail import Deed
from storage import trail

if TYPE_CHECKING:
    from bot.visit import Visit
    from bot.workspace.bench import Bench
    from flows.trail import Act


def show(visit: Visit, name: str) -> None:
    """Show a page of the workspace."""
    visit.pages.append(f"work.{name}" if name else "work")


async def note(visit: Visit, bench: Bench, *deeds: Deed) -> None:
    """Append to the company's trail."""
    await trail.note(visit.tx, bench.me.organisation, deeds)


def deed(visit: Visit, bench: Bench, act: Act, said: str) -> Deed:
    """What this person did just now."""
    return Deed(visit.house.universe.seconds(), bench.me.who, act, said=said)


def owns(visit: Visit, bench: Bench) -> bool:
    """Whether this is the owner; says so where not."""
    if not bench.owns:
        visit.refuse("only_owner")
    return bench.owns
