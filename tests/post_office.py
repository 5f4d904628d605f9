"""A mail server on this machine: takes letters, refuses what it is told to, hangs up on demand."""

# ruff: noqa: ARG002, N802 - aiosmtpd calls its hooks by these names and with these arguments

from __future__ import annotations

import asyncio
import email
import email.policy
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiosmtpd.smtp import SMTP, AuthResult

from bot.channels.mail import MailChannel
from bot.settings import Mail

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator
    from email.message import EmailMessage
    from pathlib import Path

    import pytest
    from aiosmtpd.smtp import Envelope, LoginPassword, Session

SENDER = "Assay <assay@assay.test>"
HANG_UP = "hang up"
"""Instead of a reply: the connection ends."""


@dataclass
class PostOffice:
    """What came in, and what is said at each step instead of yes."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    connections: int = 0
    encrypted: bool = False
    password: str = "hush"
    replies: dict[str, list[str]] = field(default_factory=dict)
    """By step (MAIL, RCPT, DATA, BODY, RSET): replies for the next letters; then yes again."""
    holding: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether a letter is held at the counter: it came, and is not answered."""
    lines: list[_Counter] = field(default_factory=list)

    def hang_up(self) -> None:
        """End all connections, in the middle of nothing."""
        for line in self.lines:
            if line.transport is not None:
                line.transport.close()

    def reply(self, step: str, usual: str, counter: SMTP) -> str:
        waiting = self.replies.get(step, [])
        said = waiting.pop(0) if waiting else usual
        if said == HANG_UP:
            counter.transport.abort()
        return said

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.reply("MAIL", "250 ok", server)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = self.reply("RCPT", "250 ok", server)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = self.reply("BODY", "250 ok", server)
        if said == "hold":
            self.holding.set()
            await asyncio.Event().wait()
        if said.startswith("250"):
            self.encrypted = session.ssl is not None
            self.recipients += envelope.rcpt_tos
            content = envelope.content
            assert isinstance(content, bytes)
            self.letters.append(
                email.message_from_string(content.decode(), policy=email.policy.default)
            )
        return said

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return self.reply("RSET", "250 ok", server)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, said: Any
    ) -> AuthResult:
        login: LoginPassword = said
        return AuthResult(success=login.password == self.password.encode(), handled=False)


class _Counter(SMTP):
    """One connection."""

    def __init__(self, office: PostOffice, **options: Any) -> None:
        super().__init__(
            office, hostname="office.test", authenticator=office.authenticate, **options
        )
        self.office = office

    def connection_made(self, transport: Any) -> None:
        if self not in self.office.lines:  # STARTTLS makes the same connection again
            self.office.connections += 1
            self.office.lines.append(self)
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:
        said = self.office.reply("DATA", "", self)
        if said:
            await self.push(said)
        else:
            await super().smtp_DATA(arg)


def read(mail: bytes) -> EmailMessage:
    """A mail as its reader finds it. As bytes, the library would not read UTF-8 in addresses."""
    return email.message_from_string(mail.decode(), policy=email.policy.default)


def sending_to(port: int, trust: ssl.SSLContext | None = None, **settings: Any) -> MailChannel:
    """The channel, set to a server on this machine."""
    usual: dict[str, Any] = {"security": "none", "sender": SENDER}
    return MailChannel(Mail(host="127.0.0.1", port=port, **(usual | settings)), trust)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """All that our own code wrote into the log, with every field."""
    ours = [each for each in caplog.records if each.name.startswith("bot")]
    return "".join(f"{each.getMessage()}{vars(each)}" for each in ours)


@asynccontextmanager
async def running(tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[PostOffice]:
    """An open post office; ``options`` are those of aiosmtpd's SMTP."""
    office = PostOffice()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Counter(office, **options), "127.0.0.1", 0, ssl=tls
    )
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        office.hang_up()
        tasks = [line._handler_coroutine for line in office.lines]  # the library's own, cancelled
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its key."""
    chain, key = folder / "office.pem", folder / "office.key"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    named = "-subj /CN=office.test -addext subjectAltName=IP:127.0.0.1"
    files = ["-keyout", str(key), "-out", str(chain)]
    subprocess.run([*made.split(), *named.split(), *files], check=True, capture_output=True)
    return chain, key
