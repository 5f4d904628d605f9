"""The line to a key server: a process on another machine that owns the key file.

What is asked is a POST of JSON to ``/mark``, ``/owner`` and so on, answered with JSON
(``bot.key_server``). Both sides say each time which key file they mean: an answer of another one,
or of something that is no key server, must never be taken for "that key is gone".
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import aiohttp
from pydantic import StringConstraints, TypeAdapter

from storage.database import portions
from storage.location import KeysAwayError, SettingError, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.location import KeyServerAt

log = logging.getLogger(__name__)

PATIENCE: Final = 5.0
"""Seconds that an answer may take. Who waits for one may hold a transaction of PostgreSQL's, which
ends those that say nothing for ten.
"""
PAUSE: Final = 0.5
"""Seconds between two questions to a server that does not answer: meanwhile nobody waits for it."""
KEPT_ALIVE: Final = 30.0
"""Seconds for which an idle connection is kept: fewer than the server keeps it."""
MOST: Final = 5_000
"""Ids that are sent at a time."""
FILE: Final = "Assay-Key-File"
"""The header that says which key file is meant, or was asked."""
REFUSED, ANOTHER_FILE = 403, 409
_OK: Final = 200

_T = TypeVar("_T")
_Secret = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
_TEXT: Final = TypeAdapter(str)
_PERHAPS: Final[TypeAdapter[str | None]] = TypeAdapter(str | None)
_DONE: Final = TypeAdapter(bool)
_IDS: Final[TypeAdapter[list[str]]] = TypeAdapter(list[str])
_KEYS: Final = TypeAdapter(dict[str, _Secret])


@dataclass(slots=True)
class KeyServer:
    """Keys that a server keeps (``storage.key_store.KeyStore``)."""

    at: KeyServerAt
    _session: aiohttp.ClientSession
    _mark: str | None = None
    """The key file that is meant, from the first answer on."""
    _away: str = ""
    """Why it does not answer, as long as it does not."""
    _asks_again: float = 0.0
    """When somebody asks it again, by the loop's clock; everybody else need not wait for that."""

    @classmethod
    async def open(cls, at: KeyServerAt) -> KeyServer:
        """The line to a server that answers. Raises SettingError for a secret that it refuses or a
        file of certificates that cannot be read, KeysAwayError where it does not answer.
        """
        lines = aiohttp.TCPConnector(limit=0, ssl=_trusting(at.ca), keepalive_timeout=KEPT_ALIVE)
        server = cls(at, aiohttp.ClientSession(connector=lines))
        try:
            server._mark = await server.mark()
        except BaseException as error:
            await server.aclose()
            if isinstance(error, KeysAwayError) and error.status == REFUSED:
                cure = "write the one that the server was given"
                raise SettingError("database.keys_secret", error.what, cure) from None
            raise
        return server

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return named(self.at)

    async def mark(self) -> str:
        """Which key file it is."""
        return await self._ask("mark", _TEXT)

    async def owner(self) -> str | None:
        """The database whose keys these are; None before the first."""
        return await self._ask("owner", _PERHAPS)

    async def claim(self, own: str) -> str:
        """Have the keys be this database's where they are nobody's; whose they are then."""
        return await self._ask("claim", _TEXT, own=own)

    async def give(self, own: str) -> None:
        """Have the keys be this database's, whosever they were."""
        await self._ask("give", _DONE, own=own)

    async def put(self, key_id: str, secret: bytes, day: int) -> None:
        """Keep a key; it is on disk before this returns. Put twice, it is there once."""
        await self._ask("put", _DONE, id=key_id, secret=secret.hex(), day=day)

    async def read(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Those of these keys that there are, by id."""
        found: dict[str, bytes] = {}
        for some in portions(ids, MOST):
            there = await self._ask("read", _KEYS, ids=list(some))
            found |= {each: bytes.fromhex(secret) for each, secret in there.items()}
        return found

    async def there(self, ids: Sequence[str]) -> set[str]:
        """Which of these keys there are."""
        found: set[str] = set()
        for some in portions(ids, MOST):
            there = await self._ask("there", _IDS, ids=list(some))
            found.update(there)
        return found

    async def ids(self, until: int | None = None) -> set[str]:
        """The ids of all keys, or of those that were made on or before a day."""
        found = await self._ask("ids", _IDS, until=until)
        return set(found)

    async def destroy(self, ids: Sequence[str]) -> bool:
        """Delete keys; whether nothing is left of them, in the file's log neither."""
        tidy = True
        for some in portions(ids, MOST):
            # The log is emptied whole: the last answer speaks for all.
            tidy = await self._ask("destroy", _DONE, ids=list(some))
        return tidy

    async def aclose(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def _ask(self, what: str, answer: TypeAdapter[_T], **asked: object) -> _T:
        """What the server answers. Raises KeysAwayError, and says in the log when that begins and
        ends.
        """
        now = asyncio.get_running_loop().time()
        if self._away and now < self._asks_again:
            raise KeysAwayError(self._away)
        self._asks_again = now + PATIENCE + PAUSE  # unless there is an answer before
        try:
            said = await self._answered(what, asked)
            try:
                found = answer.validate_json(said, strict=True)
            except ValueError:  # it could repeat keys
                raise KeysAwayError(f"the key server {self.at.url} answers no sense") from None
        except KeysAwayError as error:
            if not self._away:
                log.warning("key_server_away", extra={"reason": error.what})
            self._away = error.what
            self._asks_again = asyncio.get_running_loop().time() + PAUSE
            raise
        if self._away:
            log.info("key_server_back")
        self._away = ""
        return found

    async def _answered(self, what: str, asked: dict[str, object]) -> bytes:
        url = self.at.url
        try:
            async with asyncio.timeout(PATIENCE):
                try:
                    status, marked, body = await self._post(what, asked)
                except (
                    aiohttp.ServerDisconnectedError,
                    aiohttp.ClientOSError,
                    ConnectionResetError,
                ):
                    # It closed a connection that was idle, maybe. All can be asked twice.
                    status, marked, body = await self._post(what, asked)
        except aiohttp.ClientSSLError:
            reason = f"the key server {url} shows a certificate that is not trusted here"
            raise KeysAwayError(reason) from None
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError
            reason = f"the key server {url} does not answer: {type(error).__name__}"
            raise KeysAwayError(reason) from None
        if status == REFUSED:
            raise KeysAwayError(f"the key server {url} refuses database.keys_secret", status)
        if status == ANOTHER_FILE or (status == _OK and self._mark not in {None, marked}):
            raise KeysAwayError(f"the key server {url} has another key file than before", status)
        if status != _OK:
            raise KeysAwayError(f"the key server {url} answers {status}", status)
        return body

    async def _post(self, what: str, asked: dict[str, object]) -> tuple[int, str | None, bytes]:
        headers = {"Authorization": f"Bearer {self.at.secret}"}
        if self._mark is not None:
            headers[FILE] = self._mark
        url = f"{self.at.url.rstrip('/')}/{what}"
        # Redirected, the secret would go wherever that says.
        async with self._session.post(
            url, json=asked, headers=headers, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get(FILE), await answer.read()


def _trusting(ca: str) -> ssl.SSLContext:
    """Whose certificates are believed: those of a file, or those that this machine trusts."""
    try:
        return ssl.create_default_context(cafile=ca or None)
    except (OSError, ssl.SSLError) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        what = f"{ca} is no file of certificates: {said}"
        raise SettingError("database.keys_ca", what, "name one in PEM, or none") from None
