"""The line to the mail server: one connection kept open, and what its replies mean for a sender."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPResponseException,
)

from bot.channels import Ambiguous, RetryLater, Unreachable

if TYPE_CHECKING:
    import ssl
    from email.headerregistry import Address

    from bot.settings import Mail

log = logging.getLogger(__name__)

PATIENCE = 15.0
"""Seconds to wait for a connection, with all greetings, and for a reply."""
LONG_PATIENCE = 40.0
"""Seconds to wait for the reply to a whole mail, which some servers read first."""
OUTAGE = 30.0
"""Seconds to wait where the server is not there at all."""
REFUSED = 60.0
"""Seconds to wait where trying again may help only after somebody changed something."""
GREYLISTED = 300.0
"""Seconds to wait where a server asks strangers to come again."""

_GO_AHEAD, _CLOSING = 354, 421
_DONE = range(200, 300)
_NO_LOGIN = frozenset({530, 534, 535, 538})

Stage: TypeAlias = Literal["sender", "recipient", "mail"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail on its way to one recipient."""

    sender: Address
    recipient: Address
    mail: bytes

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can take it."""
        return not self.recipient.username.isascii()


class _GoneError(Exception):
    """The connection is no more, and the server was not given the mail."""


class Line:
    """A connection to the server, opened when it is needed. One letter at a time."""

    def __init__(self, settings: Mail, domain: str, trust: ssl.SSLContext | None) -> None:
        self._settings = settings
        self._domain = domain
        self._trust = trust
        self._client: SMTP | None = None

    async def hand_over(self, envelope: Envelope) -> None:
        """Give the mail to the server. Raises Unreachable, RetryLater or Ambiguous.

        Servers close what is idle, now and then just when it is used again: then once more.
        """
        kept, self._client = self._client, None
        if kept is not None and kept.is_connected:
            try:
                await self._transact(kept, envelope)
            except _GoneError:
                pass
            else:
                return
        try:
            await self._transact(await self._connected(), envelope)
        except _GoneError:
            log.warning("mail_server_away", extra={"channel": "mail", "reason": "disconnected"})
            raise RetryLater(OUTAGE, everybody=True) from None

    async def close(self) -> None:
        """Take leave of the server, if it is still there."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            await client.quit()
        except (SMTPException, OSError):
            pass  # it was gone already
        finally:
            client.close()

    async def _connected(self) -> SMTP:
        settings = self._settings
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username or None,
            password=settings.password.get_secret_value() if settings.username else None,
            local_hostname=self._domain,
            timeout=PATIENCE,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=self._trust,
        )
        try:
            async with asyncio.timeout(PATIENCE):
                await client.connect()
                if client.is_ehlo_or_helo_needed:
                    await client.ehlo()
        except BaseException as error:
            client.close()
            if isinstance(error, (SMTPException, OSError, ValueError)):
                raise _away(error) from None  # its text may hold the name one logs in with
            raise
        return client

    async def _transact(self, client: SMTP, envelope: Envelope) -> None:
        """One letter; the connection is kept unless it is in doubt."""
        keep = False
        try:
            await self._speak(client, envelope)
            keep = True
        except (Unreachable, RetryLater):
            keep = await _reset(client)
            raise
        finally:
            if keep and client.is_connected:
                self._client = client
            else:
                client.close()

    async def _speak(self, client: SMTP, envelope: Envelope) -> None:
        if envelope.needs_utf8 and not client.supports_extension("SMTPUTF8"):
            raise Unreachable
        options = ["SMTPUTF8", "BODY=8BITMIME"] if envelope.needs_utf8 else []
        encoding = "utf-8" if envelope.needs_utf8 else "ascii"
        stage: Stage = "sender"
        try:
            await client.mail(envelope.sender.addr_spec, options=options, encoding=encoding)
            stage = "recipient"
            await client.rcpt(envelope.recipient.addr_spec, encoding=encoding)
            stage = "mail"
            ready = await client.execute_command(b"DATA")
            if ready.code != _GO_AHEAD:
                raise SMTPDataError(ready.code, ready.message)
        except SMTPResponseException as error:
            if error.code in {_CLOSING, -1}:  # -1: what came is no reply
                raise _GoneError from None
            raise meaning(stage, error.code, error.message) from None
        except (SMTPException, OSError):
            raise _GoneError from None
        await _give(client, envelope.mail)


async def _give(client: SMTP, mail: bytes) -> None:
    """The mail itself. From its first byte on, silence means that it may have arrived."""
    stuffed = re.sub(rb"(?m)^\.", b"..", mail)
    if client.protocol is None or not client.protocol.is_connected:
        raise _GoneError
    try:
        client.protocol.write(stuffed + b".\r\n")
        reply = await client.protocol.read_response(timeout=LONG_PATIENCE)
    except (SMTPException, OSError) as error:
        client.close()
        raise Ambiguous(type(error).__name__) from None
    if reply.code not in _DONE:
        raise meaning("mail", reply.code, reply.message)


async def _reset(client: SMTP) -> bool:
    """Whether the connection is good for another letter."""
    try:
        await client.rset()
    except (SMTPException, OSError):
        return False
    return True


_OF_THE_SENDER: Final = {"7", "8"}
"""Of the enhanced codes 5.1.x, which are about addresses (RFC 3463, 3.2), those about the sender's;
besides them a mailbox that is disabled (5.2.1) is about the person, and nothing else is.
"""
_OF_MAILBOXES: Final = 550
"""Below it, a permanent refusal is about commands that the server does not know or take."""
_OF_THIS_HOUSE: Final = re.compile(
    r"block|black.?list|listed|den(y|ied)|relay|spam|policy|access|authenti|reputation|too many",
    re.IGNORECASE,
)
"""What a refusal without an enhanced code says that is not about the mailbox."""


def meaning(stage: Stage, code: int, text: str) -> Unreachable | RetryLater:
    """What a refusal says about the person, and what only about this house or this letter.

    Only what is about the person makes an address unreachable: a server that has put this house
    on a list refuses every recipient, and nobody is to be lost by that.
    """
    log.info("mail_refused", extra={"channel": "mail", "code": code, "reason": stage})
    if code < 500:  # noqa: PLR2004 - where permanent refusals begin
        return RetryLater(OUTAGE if stage == "sender" else GREYLISTED, everybody=stage == "sender")
    said = re.match(r"5\.(\d{1,3})\.(\d{1,3})\b", text)
    if said is not None:
        about_person = said.groups() == ("2", "1") or (
            said[1] == "1" and said[2] not in _OF_THE_SENDER
        )
    else:
        about_person = code in {550, 551, 553} and not _OF_THIS_HOUSE.search(text)
    if stage == "sender" or code in _NO_LOGIN or (code < _OF_MAILBOXES and not about_person):
        return RetryLater(REFUSED, everybody=True)
    return Unreachable() if about_person else RetryLater(GREYLISTED)


def _away(error: Exception) -> RetryLater:
    code = getattr(error, "code", 0)
    log.warning(
        "mail_server_away",
        extra={"channel": "mail", "error": type(error).__name__, "code": code},
    )
    patient = code >= 500 or not isinstance(error, OSError)  # noqa: PLR2004 - as above
    return RetryLater(REFUSED if patient else OUTAGE, everybody=True)
