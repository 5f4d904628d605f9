"""Handing letters over: to a real mail server on this machine, or into a folder."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

import pytest

from bot.channels import Ambiguous, Attachment, RetryLater, Unreachable
from bot.channels.mail import Letter, MailChannel
from bot.settings import Mail
from tests import post_office
from tests.post_office import HANG_UP, SENDER, logged, read, sending_to

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from tests.post_office import PostOffice

ANNA = "anna@example.org"
LETTER = Letter("A round has opened", ("Please answer.",))


def letter(n: int) -> Letter:
    return Letter(f"Letter {n}", ("Words.",))


def names(folder: Path) -> list[str]:
    return [file.name for file in folder.iterdir()]


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


async def test_a_letter_arrives_whole(channel: MailChannel, office: PostOffice) -> None:
    picture = Attachment("chart.png", "image/png", b"\x89PNG", "Scores")
    words = Letter("你好", (".", "..dots", "From here on"), files=(picture,))

    await channel.post(ANNA, words)

    (mail,) = office.letters
    assert office.recipients == [ANNA]
    assert mail["Subject"] == "你好"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().split() == [".", "..dots", "From", "here", "on", "Scores"]


@pytest.mark.parametrize(
    "said", ["550 5.1.1 no such user", "553 no", "551 moved", "550 5.2.1 disabled"]
)
async def test_a_recipient_refused_for_good_is_unreachable_and_the_next_is_not(
    channel: MailChannel, office: PostOffice, said: str
) -> None:
    office.replies["RCPT"] = [said]

    with pytest.raises(Unreachable):
        await channel.post(ANNA, LETTER)
    await channel.post("bert@example.org", LETTER)

    assert office.recipients == ["bert@example.org"]
    assert office.connections == 1


@pytest.mark.parametrize(
    ("step", "said", "everybody"),
    [
        ("MAIL", "451 try later", True),
        ("MAIL", "550 5.7.1 you may not send as this", True),
        ("RCPT", "451 4.7.1 greylisted", False),
        ("RCPT", "530 5.7.0 log in first", True),
        ("RCPT", "554 5.7.1 your machine is on a list", False),
        ("RCPT", "552 5.2.2 mailbox is full", False),
        ("RCPT", "554 no", False),
        ("RCPT", "550 5.0.0 Access denied", False),
        ("RCPT", "554 5.5.0 rejected, spam", False),
        ("RCPT", "550 5.1.8 your domain does not exist", False),
        ("RCPT", "503 5.5.1 bad sequence", True),
        ("RCPT", "554 blocked using zen.spamhaus.org", False),
        ("RCPT", "550 Relaying denied", False),
        ("RCPT", "550 Access denied - too many bad recipients", False),
        ("RCPT", "503 bad sequence of commands", True),
        ("RCPT", "500 what?", True),
        ("DATA", "451 not now", False),
        ("BODY", "451 not now", False),
        ("BODY", "421 closing", False),
        ("BODY", "554 looks like spam", False),
        ("BODY", "550 5.7.1 looks like spam", False),
    ],
)
async def test_what_is_not_about_the_person_is_tried_again(
    channel: MailChannel, office: PostOffice, step: str, said: str, everybody: bool
) -> None:
    office.replies[step] = [said]

    with pytest.raises(RetryLater) as later:
        await channel.post(ANNA, LETTER)
    assert later.value.everybody is everybody
    assert later.value.seconds >= 1

    await channel.post(ANNA, LETTER)
    assert office.recipients == [ANNA]


async def test_a_recipient_found_missing_only_after_the_letter_is_unreachable(
    channel: MailChannel, office: PostOffice
) -> None:
    office.replies["BODY"] = ["550 5.1.1 no such user"]

    with pytest.raises(Unreachable):
        await channel.post(ANNA, LETTER)


async def test_a_server_that_is_not_there_is_waited_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but nobody listens
        channel = sending_to(taken.getsockname()[1])

        with pytest.raises(RetryLater) as later:
            await channel.post(ANNA, LETTER)

    assert later.value.everybody


async def test_a_letter_that_was_taken_without_an_answer_may_have_arrived(
    channel: MailChannel, office: PostOffice
) -> None:
    office.replies["BODY"] = [HANG_UP]

    with pytest.raises(Ambiguous):
        await channel.post(ANNA, letter(1))
    await channel.post(ANNA, letter(2))

    assert subjects(office) == ["Letter 2"]
    assert office.connections == 2


async def test_an_answer_that_does_not_come_in_time_leaves_it_open(
    channel: MailChannel, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.mail_line.LONG_PATIENCE", 0.01)
    office.replies["BODY"] = ["hold"]

    with pytest.raises(Ambiguous):
        await channel.post(ANNA, LETTER)


async def test_a_name_beyond_ascii_needs_a_server_that_takes_it(channel: MailChannel) -> None:
    with pytest.raises(Unreachable):
        await channel.post("änne@exämple.org", LETTER)


async def test_a_name_beyond_ascii_is_written_as_it_is() -> None:
    async with post_office.running(enable_SMTPUTF8=True) as office:
        channel = sending_to(office.port)
        await channel.post("änne@exämple.org", LETTER)
        await channel.close()

    assert office.recipients == ["änne@xn--exmple-cua.org"]
    assert office.letters[0]["To"].addresses[0].username == "änne"


async def test_a_folder_gets_each_letter_as_a_file_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "outgoing"
    channel = MailChannel(Mail(folder=str(folder), sender=SENDER))

    await asyncio.gather(*(channel.post(ANNA, letter(n)) for n in range(3)))
    await channel.close()

    files = list(folder.iterdir())
    assert {file.suffix for file in files} == {".eml"}
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    mails = [read(file.read_bytes()) for file in files]
    assert {mail["Subject"] for mail in mails} == {"Letter 0", "Letter 1", "Letter 2"}
    assert {mail["To"] for mail in mails} == {ANNA}


async def test_a_folder_that_cannot_be_written_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    channel = MailChannel(Mail(folder=str(tmp_path / "file" / "folder"), sender=SENDER))

    with pytest.raises(RetryLater) as later:
        await channel.post(ANNA, LETTER)

    assert later.value.everybody


async def test_a_full_disk_leaves_no_half_letter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    channel = MailChannel(Mail(folder=str(tmp_path), sender=SENDER))

    with pytest.raises(RetryLater):
        await channel.post(ANNA, LETTER)

    assert names(tmp_path) == []
