"""The key server: one process that owns the key file and lends it to instances elsewhere.

It knows no database and decides nothing; ``storage.key_server`` is the other end. Whoever brings
the secret may do everything with the keys, whoever does not is told nothing.
"""

from __future__ import annotations

import hmac
import logging
import ssl
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from bot.listening import opened
from bot.serving import serve, stopping
from storage import key_file
from storage.key_file import KeyFile, must_have_folder
from storage.key_server import ANOTHER_FILE, FILE, KEPT_ALIVE, REFUSED
from storage.location import StorageError, keys_file, names_server

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

    from bot.settings import Settings

log = logging.getLogger(__name__)

LONGEST: Final = 1_048_576
"""Bytes of a request; instances send a fifth of it at most."""
ASKED: Final = frozenset(
    {"mark", "owner", "claim", "give", "put", "read", "there", "ids", "destroy"}
)
_NONSENSE, _UNKNOWN, _TOO_LONG, _AWAY = 400, 404, 413, 503
_FRESH: Final = {"Cache-Control": "no-store"}

_Day = Annotated[int, Field(ge=0, le=1_000_000)]
_Id = Annotated[str, Field(min_length=1, max_length=32)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Nothing(_Asked):
    """What says all by its name."""


class _Own(_Asked):
    own: _Id


class _New(_Asked):
    id: _Id
    secret: str = Field(pattern=r"^[0-9a-f]{64}$", repr=False)
    day: _Day


class _Those(_Asked):
    ids: list[_Id]


class _Until(_Asked):
    until: _Day | None


@dataclass(frozen=True, slots=True)
class Answers:
    """The ASGI application over an open key file."""

    file: KeyFile
    mark: str
    secret: str = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            answer = await self._answer(request)
        except ClientDisconnect:
            answer = Response(status_code=_NONSENSE)  # which nobody reads
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if not self._admits(request.headers.get("authorization", "")):
            return Response(status_code=REFUSED)
        if request.headers.get(FILE, self.mark) != self.mark:
            log.error("another_key_file", extra={"reason": "an instance means another one"})
            return Response(status_code=ANOTHER_FILE)
        what, body = request.url.path.removeprefix("/"), await _body(request)
        if body is None:
            return Response(status_code=_TOO_LONG)
        if what not in ASKED or request.method != "POST":
            return Response(status_code=_UNKNOWN)
        try:
            said = await self._done(what, body)
        except ValidationError:  # it would repeat what was sent
            return Response(status_code=_NONSENSE)
        except (SQLAlchemyError, OSError) as error:
            log.warning("key_file_failed", extra={"error": type(error).__name__})
            return Response(status_code=_AWAY)
        return JSONResponse(said, headers=_FRESH | {FILE: self.mark})

    def _admits(self, given: str) -> bool:
        ours = f"Bearer {self.secret}".encode()
        return hmac.compare_digest(given.encode(errors="replace"), ours)

    async def _done(self, what: str, body: bytes) -> object:
        """Do what is asked; what comes of it, as JSON. Raises ValidationError."""
        match what:
            case "owner":
                _Nothing.model_validate_json(body)
                return await self.file.owner()
            case "claim":
                return await self.file.claim(_Own.model_validate_json(body).own)
            case "give":
                await self.file.give(_Own.model_validate_json(body).own)
            case "put":
                new = _New.model_validate_json(body)
                await self.file.put(new.id, bytes.fromhex(new.secret), new.day)
            case "read":
                found = await self.file.read(_Those.model_validate_json(body).ids)
                return {each: secret.hex() for each, secret in found.items()}
            case "there":
                return sorted(await self.file.there(_Those.model_validate_json(body).ids))
            case "ids":
                return sorted(await self.file.ids(_Until.model_validate_json(body).until))
            case "destroy":
                return await self.file.destroy(_Those.model_validate_json(body).ids)
            case "mark":
                _Nothing.model_validate_json(body)
                return self.mark
        return True


async def _body(request: Request) -> bytes | None:
    """What was sent; None where it is too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST:
            return None
    return bytes(body)


async def run(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve the key file until a signal says to stop; ``ready`` is told where. Raises StorageError
    and SettingsError.
    """
    stop = stopping()
    path, secret = _own_file(settings), settings.database.keys_secret.get_secret_value()
    more = _certified(settings)
    held = key_file.serve_alone(path)
    file = await KeyFile.open(settings.database.keys_url, held)
    async with aclosing(file):
        listening = opened(settings, "key_server")
        answers = Answers(file, await file.mark(), secret)
        ready(_told(settings, listening))
        log.info("ready")
        # Instances let go of an idle connection first: who writes on one that the server closes
        # has to ask again.
        idle = int(2 * KEPT_ALIVE)
        await serve(answers, listening, stop, ws="none", timeout_keep_alive=idle, **more)
    log.info("stopped")


def _own_file(settings: Settings) -> Path:
    """The key file that is served. Raises SettingsError."""
    if names_server(settings.database.keys_url):
        problem = "database.keys: names a key server; here, write its file: sqlite:///PATH"
        raise settings.wrong("database.keys", problem)
    if not settings.database.keys_secret.get_secret_value():
        problem = "database.keys_secret: is empty; write at least 32 characters, the same as there"
        raise settings.wrong("database.keys_secret", problem)
    path = keys_file(settings.database.keys_url)
    try:
        must_have_folder(path)
    except StorageError as error:
        raise settings.wrong("database.keys", error) from None
    return path


def _certified(settings: Settings) -> dict[str, str]:
    """What the web server is told of the certificate. Raises SettingsError."""
    told = settings.key_server
    if not told.certificate:
        return {}
    try:
        # An encrypted key would have OpenSSL ask at the terminal.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(told.certificate, told.private_key, password=lambda: "")
    except OSError as error:  # ssl's own errors are some
        said = "they do not fit" if isinstance(error, ssl.SSLError) else error.strerror
        problem = (
            f"key_server.certificate: {told.certificate} with {told.private_key} cannot be used:"
            f" {said}; name two files in PEM, the key not encrypted"
        )
        raise settings.wrong("key_server.certificate", problem) from None
    return {"ssl_certfile": told.certificate, "ssl_keyfile": told.private_key}


def _told(settings: Settings, listening: socket.socket) -> str:
    """Where it is reached."""
    scheme = "https" if settings.key_server.certificate else "http"
    return f"{scheme}://{settings.key_server.host}:{listening.getsockname()[1]}"
