"""A stand-in for the Bot API: real HTTP on loopback, Telegram's rules, a ledger, and faults.

Updates are kept until they are confirmed, a second poller ends the first, a message that cannot
be shown is refused. Whoever uses the bot is a ``Person``; nothing here knows the product.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.bot_api_chats import Chat, Chats, Parameters
from tests.bot_api_rules import Limits, Refusal
from tests.bot_api_updates import Updates
from tests.loopback import Loopback, Request, Response
from tests.people import Group, Person

_COUNTED = ("send", "edit")
"""Methods of which only so many may be called in a second."""
TOKEN = "4242:loopback-only-made-up-token"


@dataclass(frozen=True)
class Call:
    """A line of the ledger: what the bot asked for, and what it was told."""

    method: str
    parameters: Parameters
    status: int

    @property
    def chat(self) -> int | None:
        chat = self.parameters.get("chat_id", "")
        return int(chat) if chat.lstrip("-").isdigit() else None


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a call. Without an answer, the line hangs up, or waits for ever."""

    answer: Response | None = None
    acts: bool = False
    hangs: bool = False


def refuses(status: int, description: str, **parameters: int) -> Fault:
    """A well-formed refusal: 401, 403, 404, 409, 502 …"""
    return Fault(_refusal(Refusal(status, description, **parameters)))


def too_many(seconds: int) -> Fault:
    return refuses(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def garbles(body: bytes = b"<html>502</html>", status: int = 200) -> Fault:
    """An answer that is not Telegram's."""
    return Fault(Response(status, body, "text/html"))


def hangs(*, acts: bool = False) -> Fault:
    """No answer until the client gives up, before or after acting."""
    return Fault(acts=acts, hangs=True)


def drops(*, acts: bool = False) -> Fault:
    """The connection ends without an answer, before or after acting."""
    return Fault(acts=acts)


@dataclass
class _Planned:
    method: str
    fault: Fault
    times: int
    chat: int | None


@dataclass
class BotApi:
    """One bot and the chats around it, between ``start`` and ``stop``."""

    token: str = TOKEN
    ledger: list[Call] = field(default_factory=list)
    latency: dict[int, float] = field(default_factory=dict)
    """Seconds that a call about a chat takes."""
    limits: Limits | None = None
    """How much may be said; without, as much as one likes."""

    def __post_init__(self) -> None:
        self.server = Loopback(self._answer)
        self.world = Chats()
        self.updates = Updates()
        self.updates.carried = self._carried
        self.busy = 0
        """Calls under way, polls aside."""
        self._faults: list[_Planned] = []
        self._held: dict[tuple[str, int | None], asyncio.Event] = {}
        self.held_back: list[tuple[str, int | None]] = []
        """Calls that wait because of ``holding``."""

    @property
    def base_url(self) -> str:
        """What the product is given; the token is appended."""
        return f"http://127.0.0.1:{self.server.port}/bot"

    @property
    def base_file_url(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/file/bot"

    async def start(self) -> None:
        await self.server.start()

    async def stop(self) -> None:
        await self.updates.stop()
        await self.server.stop()

    def fault(self, method: str, fault: Fault, *, times: int = 1, chat: int | None = None) -> None:
        """Have the next ``times`` calls of this method (about this chat) go wrong."""
        self._faults.append(_Planned(method, fault, times, chat))

    @contextmanager
    def holding(self, method: str, chat: int | None = None) -> Iterator[None]:
        """Calls of this method (about this chat) are not answered until the end of the block."""
        self._held[method, chat] = asyncio.Event()
        try:
            yield
        finally:
            self._held.pop((method, chat)).set()

    def calls(self, *methods: str, chat: int | None = None) -> list[Call]:
        """The ledger's lines of these methods."""
        return [
            each
            for each in self.ledger
            if (not methods or each.method in methods) and chat in {None, each.chat}
        ]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until this holds; looked at again whenever something happened here."""
        while not condition():
            await self.updates.something_happened()

    async def taken(self) -> None:
        """Wait until every update has been confirmed."""
        await self.until(lambda: not self.updates.waiting)

    async def settled(self, *also: Callable[[], bool]) -> None:
        """Wait until all updates are confirmed, all presses answered, everybody who did something
        in private has been shown something since, and no call is under way.
        """
        await self.until(
            lambda: (
                not (self.updates.waiting or self.world.unanswered)
                and not (self.updates.owed or self.busy)
                and all(each() for each in also)
            )
        )

    async def _carried(self, asked: dict[str, Any]) -> Response | None:
        """A call that the answer to a delivery carries: nobody is told what became of it."""
        body = {name: value for name, value in asked.items() if name != "method"}
        return await self._answer(
            Request(
                "POST",
                f"/bot{self.token}/{asked['method']}",
                {"content-type": "application/json"},
                json.dumps(body).encode(),
            )
        )

    async def _answer(self, request: Request) -> Response | None:
        path = urlsplit(request.target).path
        token, _, method = path.removeprefix("/bot").partition("/")
        if token != self.token:
            return _refusal(Refusal(401, "Unauthorized"))
        parameters = _parameters(request)
        fault = self._fault_for(method, parameters)
        if fault is not None and not fault.acts:
            return await self._failed(request, method, parameters, fault)
        polls = method == "getUpdates"
        self.busy += not polls
        try:
            response = await self._done(request, method, parameters)
        finally:
            self.busy -= not polls
            self.updates.happened()
        if fault is not None:
            return await self._failed(request, method, parameters, fault)
        return response

    async def _failed(
        self, request: Request, method: str, parameters: Parameters, fault: Fault
    ) -> Response | None:
        self.ledger.append(Call(method, parameters, fault.answer.status if fault.answer else 0))
        self.updates.happened()
        if fault.hangs:
            await request.gone.wait()
        return fault.answer

    async def _done(self, request: Request, method: str, parameters: Parameters) -> Response:
        try:
            await self._wait_where_told(method, parameters)
            chat = Call(method, parameters, 0).chat
            if self.limits is not None and chat is not None and method.startswith(_COUNTED):
                self.limits.count(chat)
            result = await self._result(request, method, parameters)
        except Refusal as refusal:
            response = _refusal(refusal)
        else:
            response = _json(200, {"ok": True, "result": result})
        call = Call(method, parameters, response.status)
        self.ledger.append(call)
        if call.chat is not None and method.startswith(("send", "editMessageText")):
            self.updates.owed.discard(call.chat)
        return response

    async def _result(self, request: Request, method: str, parameters: Parameters) -> Any:
        if method == "getUpdates":
            return await self.updates.poll(parameters, request.gone)
        if method in self.updates.methods:
            return self.updates.methods[method](parameters)
        if method in self.world.methods:
            return self.world.methods[method](parameters)
        raise Refusal(404, "Not Found")

    async def _wait_where_told(self, method: str, parameters: Parameters) -> None:
        chat = self._about(parameters)
        for key in ((method, chat), (method, None)):
            if key in self._held:
                self.held_back.append((method, chat))
                self.updates.happened()
                await self._held[key].wait()
        if chat in self.latency:
            await asyncio.sleep(self.latency[chat])

    def _about(self, parameters: Parameters) -> int | None:
        """The chat that a call is about; a press is about its presser."""
        query = parameters.get("callback_query_id", "")
        return self.world.asked.get(query) or Call("", parameters, 0).chat

    def _fault_for(self, method: str, parameters: Parameters) -> Fault | None:
        for planned in self._faults:
            about = planned.chat is None or planned.chat == self._about(parameters)
            if planned.method == method and about:
                planned.times -= 1
                if not planned.times:
                    self._faults.remove(planned)
                return planned.fault
        return None

    def person(self, number: int, language_code: str | None = "en", name: str = "") -> Person:
        """Somebody with an account, who has not spoken to the bot yet."""
        someone = Person(self, number, language_code, name or f"Person {number}")
        assert someone.chat.id == number
        return someone

    def group(self, number: int = -100_1) -> Group:
        return Group(self, number)

    def chat(self, chat_id: int, kind: str, about: dict[str, Any]) -> Chat:
        """A chat, made where it is not there."""
        return self.world.chats.setdefault(
            chat_id, Chat(chat_id, kind, {"id": chat_id, "type": kind, **about})
        )


@asynccontextmanager
async def running() -> AsyncIterator[BotApi]:
    """A stand-in that answers, stopped at the end."""
    api = BotApi()
    await api.start()
    try:
        yield api
    finally:
        await api.stop()


def _json(status: int, answer: dict[str, Any]) -> Response:
    return Response(status, json.dumps(answer).encode())


def _refusal(refusal: Refusal) -> Response:
    answer: dict[str, Any] = {
        "ok": False,
        "error_code": refusal.status,
        "description": refusal.description,
    }
    if refusal.parameters:
        answer["parameters"] = refusal.parameters
    return _json(refusal.status, answer)


def _parameters(request: Request) -> Parameters:
    """Query, form, JSON or multipart: Telegram takes all four."""
    found = dict(parse_qsl(urlsplit(request.target).query, keep_blank_values=True))
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return found | {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in json.loads(request.body or b"{}").items()
        }
    if kind.startswith("multipart/"):
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        for part in BytesParser(policy=HTTP).parsebytes(head + request.body).iter_parts():
            name = str(part.get_param("name", header="content-disposition"))
            found[name] = part.get_filename() or part.get_content()
        return found
    return found | dict(parse_qsl(request.body.decode(), keep_blank_values=True))
