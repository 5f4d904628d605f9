"""Letters: handed to a mail server, or laid into a folder from which something else takes them."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.channels import RetryLater
from bot.channels.mail_line import OUTAGE, Envelope, Line
from bot.channels.mail_message import build, mailbox, named

if TYPE_CHECKING:
    import ssl

    from bot.channels import Attachment
    from bot.settings import Mail

log = logging.getLogger(__name__)

NAME = "mail"


@dataclass(frozen=True, slots=True)
class Link:
    """One thing to follow in a letter."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be said to one person, in one language, worded.

    ``stop_url`` is where no more of these can be asked for; mail programs offer it as a button
    that sends a POST without asking again. PNG files are shown, others attached.
    """

    subject: str
    paragraphs: tuple[str, ...]
    links: tuple[Link, ...] = ()
    language: str = "en"
    stop_url: str = ""
    stop_label: str = ""
    files: tuple[Attachment, ...] = ()


class MailChannel:
    """The door through which letters leave; nothing comes in.

    ``trust`` says which certificates count; without it, those that this machine trusts.
    """

    name: str = NAME

    def __init__(self, settings: Mail, trust: ssl.SSLContext | None = None) -> None:
        self._sender = named(settings.sender)
        self._reply_to = named(settings.reply_to) if settings.reply_to else None
        self._folder = Path(settings.folder) if settings.folder else None
        self._line = Line(settings, self._sender.domain, trust)
        self._one_at_a_time = asyncio.Lock()
        self._outages = 0

    async def post(self, address: str, letter: Letter) -> None:
        """Send a letter. Raises Unreachable, RetryLater or Ambiguous."""
        recipient = mailbox(address)
        mail = build(letter, self._sender, recipient, self._reply_to)
        if self._folder is not None:
            await self._lay_down(self._folder, mail)
            return
        outages = self._outages
        async with self._one_at_a_time:
            if outages != self._outages:
                # Whoever stood in line while the server went away need not find that out alone.
                raise RetryLater(OUTAGE, everybody=True)
            try:
                await self._line.hand_over(Envelope(self._sender, recipient, mail))
            except RetryLater as later:
                self._outages += later.everybody
                raise

    async def close(self) -> None:
        """End the connection; letters that are on their way are waited for."""
        async with self._one_at_a_time:
            await self._line.close()

    async def _lay_down(self, folder: Path, mail: bytes) -> None:
        try:
            await asyncio.to_thread(_write, folder, mail)
        except OSError as error:
            log.warning("mail_folder_away", extra={"channel": NAME, "error": type(error).__name__})
            raise RetryLater(OUTAGE, everybody=True) from None


def _write(folder: Path, mail: bytes) -> None:
    """A whole file or none: what takes letters from the folder looks for names without a dot."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{time.time_ns()}-{secrets.token_hex(4)}.eml"
    unfinished = folder / f".{name}.part"
    try:
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(mail)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(folder / name)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
