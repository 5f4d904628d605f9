"""One connection for all letters: kept, found closed, made anew; no letter lost or doubled."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from bot.channels import RetryLater, Unreachable
from bot.channels.mail import Letter
from tests import post_office
from tests.post_office import HANG_UP, logged, sending_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from bot.channels.mail import MailChannel
    from tests.post_office import PostOffice

ANNA = "anna@example.org"
LETTER = Letter("A round has opened", ("Please answer.",))


def letter(n: int) -> Letter:
    return Letter(f"Letter {n}", ("Words.",))


def subjects(office: PostOffice) -> list[str]:
    return [str(each["Subject"]) for each in office.letters]


@pytest.fixture(autouse=True)
def _nothing_private_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG, logger="bot")
    yield
    said = logged(caplog)
    assert not [word for word in ("anna", "hush", "A round", "assay.test") if word in said]


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office.running() as opened:
        yield opened


@pytest.fixture
async def channel(office: PostOffice) -> AsyncIterator[MailChannel]:
    opened = sending_to(office.port)
    yield opened
    await opened.close()


@dataclass
class Silent:
    """A server that greets and then says nothing."""

    port: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 office.test\r\n")
        await reader.readline()
        self.came.set()
        await reader.read()
        self.left.set()
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def silent() -> AsyncIterator[Silent]:
    opened = Silent()
    async with await asyncio.start_server(opened.serve, "127.0.0.1", 0) as server:
        opened.port = server.sockets[0].getsockname()[1]
        yield opened


async def test_many_letters_at_once_take_one_connection(
    channel: MailChannel, office: PostOffice
) -> None:
    await asyncio.gather(*(channel.post(ANNA, letter(n)) for n in range(5)))

    assert sorted(subjects(office)) == [f"Letter {n}" for n in range(5)]
    assert office.connections == 1


async def test_letters_that_stand_in_line_when_the_server_goes_share_its_fate(
    channel: MailChannel, office: PostOffice
) -> None:
    office.replies["MAIL"] = ["451 not now"]

    ends = await asyncio.gather(
        *(channel.post(ANNA, letter(n)) for n in range(3)), return_exceptions=True
    )

    assert [type(end) for end in ends] == [RetryLater] * 3
    assert not office.letters


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("said", [HANG_UP, "421 idle for too long"])
async def test_a_connection_that_ends_before_the_letter_is_made_anew_once(
    channel: MailChannel, office: PostOffice, step: str, said: str
) -> None:
    await channel.post(ANNA, letter(1))
    office.replies[step] = [said]

    await channel.post(ANNA, letter(2))

    assert subjects(office) == ["Letter 1", "Letter 2"]
    assert office.connections == 2


async def test_a_connection_found_closed_is_made_anew(
    channel: MailChannel, office: PostOffice
) -> None:
    await channel.post(ANNA, letter(1))
    kept = channel._line._client
    assert kept is not None
    office.hang_up()
    while kept.is_connected:  # noqa: ASYNC110 - the library has no event for it
        await asyncio.sleep(0)

    await channel.post(ANNA, letter(2))

    assert subjects(office) == ["Letter 1", "Letter 2"]
    assert office.connections == 2


async def test_a_server_that_always_hangs_up_is_asked_twice_and_then_waited_for(
    channel: MailChannel, office: PostOffice
) -> None:
    await channel.post(ANNA, letter(1))
    office.replies["MAIL"] = [HANG_UP, HANG_UP]

    with pytest.raises(RetryLater) as later:
        await channel.post(ANNA, letter(2))

    assert later.value.everybody
    assert office.connections == 2


async def test_a_connection_that_ends_after_a_refusal_is_made_anew(
    channel: MailChannel, office: PostOffice
) -> None:
    office.replies |= {"RCPT": ["550 5.1.1 no such user"], "RSET": [HANG_UP]}

    with pytest.raises(Unreachable):
        await channel.post(ANNA, letter(1))
    await channel.post(ANNA, letter(2))

    assert subjects(office) == ["Letter 2"]
    assert office.connections == 2


async def test_leaving_a_server_that_has_left_is_no_failure(
    channel: MailChannel, office: PostOffice
) -> None:
    await channel.post(ANNA, LETTER)
    office.hang_up()

    await channel.close()


async def test_a_server_that_says_no_more_is_not_waited_for_long(
    silent: Silent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.mail_line.PATIENCE", 0.01)

    with pytest.raises(RetryLater) as later:
        await sending_to(silent.port).post(ANNA, LETTER)

    assert later.value.everybody
    await silent.left.wait()


async def test_who_gives_up_while_connecting_leaves_no_connection(silent: Silent) -> None:
    under_way = asyncio.create_task(sending_to(silent.port).post(ANNA, LETTER))
    await silent.came.wait()
    under_way.cancel()

    await silent.left.wait()


async def test_a_letter_given_up_half_way_does_not_spoil_the_next(
    channel: MailChannel, office: PostOffice
) -> None:
    office.replies["BODY"] = ["hold"]
    under_way = asyncio.create_task(channel.post(ANNA, letter(1)))
    await office.holding.wait()
    under_way.cancel()

    await channel.post(ANNA, letter(2))

    assert subjects(office) == ["Letter 2"]
    assert office.connections == 2
