"""Letters from the table to the mail server, and back through the links that they carry."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from bot.channels import web
from bot.fieldwork import inviting
from bot.fieldwork.alarm import Alarm
from bot.fieldwork.post import Post
from bot.pace import Pace
from bot.sender import Sender
from storage import participation, people, reminders, rounds
from tests import post_office
from tests.bot.fieldwork.desks import SURVEY
from tests.invited import someone
from tests.reader import Reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation
    from tests.bot.conftest import Clock
    from tests.post_office import PostOffice

MEI = "mei@example.org"


@dataclass
class Mailing:
    """A product that writes letters, the server that takes them, and a reader with a browser."""

    talk: Conversation
    office: PostOffice
    sender: Sender
    reader: Reader
    clock: Clock

    async def beats(self, **passes: float) -> None:
        """Time passes, then what is due leaves."""
        self.clock.passes(**passes)
        await Alarm(self.talk.house, self.talk.database, self.sender).ring()
        await self.sender.send_due()

    def text(self) -> str:
        body = self.office.letters[-1].get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def path(self, kind: str) -> str:
        """Where the last letter leads, of what it leads to."""
        found = re.search(rf"http://assay\.test(/{kind}/[\w-]+)", self.text())
        assert found is not None
        return found[1]

    async def opens(self) -> str:
        """The link of the last letter is pressed; what is shown then."""
        form = (await self.reader.looks(self.path("i"))).hidden()
        await self.reader.client.post(self.path("i"), data=form)
        return (await self.reader.looks("/")).text

    async def state(self) -> str | None:
        async with self.talk.database.reading() as tx:
            person = await people.at_address(tx, "mail", MEI)
            assert person is not None
            return await participation.state(tx, person.id, SURVEY, "open")

    async def fates(self) -> dict[str, int]:
        async with self.talk.database.reading() as tx:
            return dict(await reminders.tally(tx, SURVEY, "open"))


@pytest.fixture
async def mailing(fieldwork: Conversation, clock: Clock) -> AsyncIterator[Mailing]:
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(post_office.running())
        mail = post_office.sending_to(office.port)
        stack.push_async_callback(mail.close)
        house = fieldwork.house
        post = Post(house, fieldwork.database, {}, mail)
        pace = Pace(clock=lambda: house.universe.now().timestamp())
        sender = Sender(fieldwork.database, fieldwork, {}, house.universe, post, pace)
        pages = httpx.ASGITransport(web.app(fieldwork, public_url="http://assay.test"))
        client = httpx.AsyncClient(transport=pages, base_url="http://assay.test")
        await stack.enter_async_context(client)
        async with fieldwork.database.writing() as tx:
            of = await rounds.get(tx, SURVEY, "open")
            assert of is not None
            await inviting.invite(house, tx, [someone(MEI, "zh")], of, letters=True)
        yield Mailing(fieldwork, office, sender, Reader(client), clock)


async def test_a_letter_speaks_the_contacts_language_and_its_links_open(mailing: Mailing) -> None:
    await mailing.beats()

    (letter,) = mailing.office.letters
    assert letter["To"] == MEI
    assert "邀请" in str(letter["Subject"])
    assert "Mei：您好！" in mailing.text()
    assert "您作为Sample的联系人收到本邮件。" in mailing.text()
    assert "https://t.me/assay_bot?start=" in mailing.text()
    await mailing.reader.looks(mailing.path("i"))
    assert await mailing.state() == "invited"  # mail programs look at links, too
    assert "继续" in await mailing.opens()
    assert await mailing.state() == "opened"


async def test_the_end_of_letters_stands_in_each_and_ends_them(mailing: Mailing) -> None:
    await mailing.beats()
    (letter,) = mailing.office.letters
    assert mailing.path("stop") in str(letter["List-Unsubscribe"])
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    answer = await mailing.reader.client.post(
        mailing.path("stop"), data={"List-Unsubscribe": "One-Click"}
    )
    assert answer.status_code == 200
    for _ in range(20):
        await mailing.beats(days=1)

    assert len(mailing.office.letters) == 1
    assert await mailing.fates() == {"sent": 1, "skipped:stopped": 3}


async def test_every_reminder_is_a_letter_of_its_own_whose_link_opens(mailing: Mailing) -> None:
    for _ in range(20):
        await mailing.beats(days=1)

    assert len(mailing.office.letters) == 4
    assert await mailing.fates() == {"sent": 4}
    await mailing.opens()
    assert await mailing.state() == "opened"


async def test_a_box_that_is_not_there_bounces_and_is_written_to_no_more(mailing: Mailing) -> None:
    mailing.office.replies["RCPT"] = ["550 5.1.1 no such user"]

    for _ in range(20):
        await mailing.beats(days=1)

    assert mailing.office.letters == []
    assert await mailing.state() == "bounced"


async def test_a_server_that_is_busy_gets_the_letter_later_and_once(mailing: Mailing) -> None:
    mailing.office.replies["MAIL"] = ["421 4.3.2 not now"]
    await mailing.beats()
    assert mailing.office.letters == []

    await mailing.beats(minutes=10)
    await mailing.beats(minutes=10)

    assert len(mailing.office.letters) == 1
    assert (await mailing.fates())["sent"] == 1


async def test_a_letter_that_may_have_arrived_is_not_written_again(mailing: Mailing) -> None:
    mailing.office.replies["BODY"] = [post_office.HANG_UP]

    await mailing.beats()
    await mailing.beats(minutes=30)

    assert (await mailing.fates())["unknown"] == 1
    assert mailing.office.letters == []
