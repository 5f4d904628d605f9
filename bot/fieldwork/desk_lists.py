"""Lists of contacts at the desk: one is sent as a document, looked at, and invited after a yes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.fieldwork import access, contacts, inviting
from storage import administrators

if TYPE_CHECKING:
    from bot.channels import Uploaded
    from bot.fieldwork.desk import Desk
    from bot.visit import Visit
    from flows.rounds import Round


async def uploaded(visit: Visit, file: Uploaded) -> None:
    """A list of contacts came as a document: look at it, and keep it until there is a word on it.

    From anybody else a document is no answer, as ever.
    """
    door = visit.incoming.channel, visit.incoming.address
    who = await administrators.at_address(visit.tx, *door)
    if who is None or not access.may(who.role, "invite"):
        visit.refuse("kind_document")
        return
    try:
        text = file.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:  # no text, and PostgreSQL keeps none
        visit.refuse("desk_not_text")
    else:
        now = visit.house.universe.seconds()
        await administrators.put_upload(visit.tx, who.id, text, now)
        visit.pages.append("admin.upload")
        visit.shows_card = False


async def _invite(desk: Desk, of: Round, *, letters: bool) -> None:
    visit = desk.visit
    if of.phase(visit.house.universe.now()) == "closed":
        visit.refuse("round_closed")
        return
    listed = await administrators.uploaded(visit.tx, desk.who.id)
    if listed is None:
        visit.refuse("moved_on")
        return
    sheet = contacts.uploaded(listed[1])
    done = await inviting.invite(visit.house, visit.tx, sheet.contacts, of, letters=letters)
    await administrators.drop_upload(visit.tx, desk.who.id)
    await desk.note("invite", f"{of.instrument} {of.name}", done.new)
    desk.show("done", "invited", done.new)
    if not letters and done.new:
        visit.documents.append(f"links:{done.batch}")


async def by_file(desk: Desk, of: Round, _: int) -> None:
    """Invite the list that waits; a file of links comes back."""
    await _invite(desk, of, letters=False)


async def by_letter(desk: Desk, of: Round, _: int) -> None:
    """Invite the list that waits; each new one gets a letter."""
    await _invite(desk, of, letters=True)
