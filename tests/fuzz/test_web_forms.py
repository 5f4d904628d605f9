"""Odd words in every form and address of the pages: no answer tells of a failure inside."""

from __future__ import annotations

import json
import logging
from itertools import cycle
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from bot.channels import web
from bot.channels.telegram_intake import Webhook
from tests.fuzz.chance import chance, pasted, times
from tests.fuzz.found_before import found
from tests.fuzz.odd import CHOSEN, odd
from tests.reader import Reader, Sheet

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation

NUMBER = {"sqlite": 1_200, "postgresql": 250}
FORMS = ("/press", "/language", "/continue", "/ask", "/i/{}", "/stop/{}", "/desk/{}")
PLACES = (
    "/", "/page/{}", "/scorecard", "/scorecard.{}", "/i/{}", "/continue", "/static/{}",
    "/healthz", "/stop/{}", "/ask", "/desk/{}", "/file/{}/{}", "/{}", "/page/{}?language={}",
    "/page/work.{}", "/file/contacts/{}", "/file/round/{}", "/file/pack/{}", "/press",
    "/language",
)  # fmt: skip
FIELDS = ("press", "card", "at", "text", "was", "for", "language", "path", "token", "code")
CODES = (
    "t:q1:q1a:1", "c:q3:q3b", "g:cn", "g:re", "s", "k:help", "k:home", "k:work", "k:work:found",
    "k:admin", "k:take:rscb-2014", "k:take:asi-certification-survey-2021", "k:forget", "n:1.1",
    "y:q1", "e:co:q1", "g:it:q11", "k:verdict", "k:scorecard", "k:reminders:off",
    "k:page:mydata", "k:timezone:Asia/Shanghai", "k:language:zh", "k:code", "k:ask", "k:claim",
)  # fmt: skip


@pytest.fixture
async def client(talk: Conversation) -> AsyncIterator[httpx.AsyncClient]:
    pages = web.app(talk, public_url="http://assay.test")
    transport = httpx.ASGITransport(pages, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://assay.test") as opened:
        yield opened


def word(rnd: random.Random) -> str:
    """What stands in one field: something odd, or something that a page of ours could send."""
    return rnd.choice((odd(rnd), odd(rnd), rnd.choice(CODES), f"{rnd.choice(CODES)}:{odd(rnd)}"))


_FORM = "application/x-www-form-urlencoded"


def body(rnd: random.Random, hidden: dict[str, str]) -> tuple[bytes, str]:
    """A form: with the marks of the page that is shown or without, well made or not."""
    fields = [(name, word(rnd)) for name in rnd.sample(FIELDS, rnd.randint(0, 5))]
    if rnd.random() < 0.5:
        fields = [
            *hidden.items(),
            *(each for each in fields if each[0] in {"text", "press", "path"}),
        ]
    form = _FORM
    match rnd.randrange(12):
        case 0:
            return urlencode(fields, errors="surrogatepass").encode(), form
        case 1:
            return "&".join(f"{name}={text}" for name, text in fields).encode(
                errors="replace"
            ), form
        case 2:
            return rnd.randbytes(200), form
        case 3:
            return multipart(rnd, fields), "multipart/form-data; boundary=b"
        case 4:
            return json.dumps(dict(fields)).encode(), "application/json"
        case 5:
            return urlencode(fields * 20, errors="replace").encode(), form
        case 6:
            return f"text={'%F0%9F%98%80' * rnd.choice((100, 5_000, 8_000))}".encode(), form
        case 7:
            return urlencode(fields, encoding="utf-16", errors="replace").encode(), odd(rnd).encode(
                "ascii", "ignore"
            ).decode().translate(_NO_CONTROLS) or "x"
        case _:
            return urlencode(fields, errors="replace").encode(), form


_NO_CONTROLS = dict.fromkeys((*range(32), 127))


def multipart(rnd: random.Random, fields: list[tuple[str, str]]) -> bytes:
    """Parts within parts within parts."""
    inner = "".join(
        f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{t}\r\n' for n, t in fields
    )
    for depth in range(rnd.choice((0, 1, 200))):
        kind = "Content-Type: multipart/mixed; boundary=b"
        inner = f"--b{depth}\r\n{kind}\r\n\r\n{inner}\r\n--b{depth}--\r\n"
    return inner.encode(errors="replace")


_HEADERS = ("accept-language", "origin", "referer", "hx-request", "sec-fetch-site", "range")


def headers(rnd: random.Random) -> dict[str, str]:
    """What a client says of itself."""
    said = {}
    for name in _HEADERS:
        if rnd.random() < 0.08:
            value = odd(rnd).encode("latin-1", "ignore").decode("latin-1").translate(_NO_CONTROLS)
            said[name] = value[:200]
    if rnd.random() < 0.2:
        said["hx-request"] = "true"
    return {name: value.encode("latin-1") for name, value in said.items()}


def address(rnd: random.Random, form: str) -> str:
    """An address with something odd in its places."""
    for _ in range(form.count("{}")):
        some = rnd.choice(
            (odd(rnd)[:300], rnd.choice(CODES), "pdf", "mydata", "admin", "rscb-2014", "1")
        )
        form = form.replace("{}", quote(some, safe=rnd.choice(("", "/:.?")), errors="replace"), 1)
    return form


def check(answer: httpx.Response, sent: object) -> None:
    """No failure inside, safe headers, and nobody's words as a tag."""
    assert answer.status_code < 500, pasted(sent)
    assert "content-security-policy" in answer.headers, pasted(sent)
    if answer.headers.get("content-type", "").startswith("text/html"):
        page = answer.content.decode()
        for each in Sheet(page).controls:
            assert not [name for name in each.attributes if name.startswith("on")], pasted(sent)
            assert each.tag != "script" or "src" in each.attributes, pasted(sent)
            assert each.tag != "img" or each.attributes["src"] != "x", pasted(sent)
    for name, value in answer.headers.multi_items():
        assert not set("\r\n\0") & set(name + value), pasted(sent)
    if answer.is_redirect:
        where = answer.headers["location"].removeprefix("http://assay.test")
        assert where.startswith("/"), pasted(sent)
        assert where != answer.headers["location"] or not where.startswith("//"), pasted(sent)


@pytest.mark.timeout(1200)
async def test_no_form_and_no_address_breaks_a_visit(
    client: httpx.AsyncClient, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    rnd = chance("forms")
    reader = Reader(client)
    await reader.looks()
    number = times(NUMBER[database_url.partition("+")[0]])
    for turn, form in zip(range(number), cycle(FORMS), strict=False):
        if turn % 25 == 0:
            await _go_somewhere(rnd, reader)
        path = "/press" if rnd.random() < 0.5 else address(rnd, form)
        content, kind = body(rnd, reader.page.hidden())
        sent: dict[str, Any] = {
            "url": path,
            "content": content,
            "headers": {"content-type": kind, **headers(rnd)},
        }
        try:
            answer = await client.post(**sent)
        except Exception as error:  # noqa: BLE001 - it is told with what brought it about
            pytest.fail(f"{error!r}\n{pasted(sent)}")
        check(answer, sent)
        seen = address(rnd, rnd.choice(PLACES))
        if rnd.random() < 0.5:
            try:
                answer = await client.get(seen, headers=headers(rnd))
            except Exception as error:  # noqa: BLE001 - same
                pytest.fail(f"{error!r}\n{pasted(seen)}")
            if seen != "/healthz":
                check(answer, seen)

    await _goes_on(reader)


async def _go_somewhere(rnd: random.Random, reader: Reader) -> None:
    """The page as somebody sees it who goes on after all that."""
    page = await reader.looks()
    assert reader.answer is not None
    assert reader.answer.status_code == 200
    buttons = [each.attributes["value"] for each in page.all("button", name="press")]
    assert buttons
    await reader.sends(press=rnd.choice(buttons))
    assert reader.answer.status_code < 500
    await reader.looks()


async def _goes_on(reader: Reader) -> None:
    """Whatever was sent before, a button of the card works, and one of the card after it."""
    for _ in range(3):
        page = await reader.looks()
        codes = [each.attributes["value"] for each in page.all("button", name="press")]
        assert codes
        statuses = []
        for code in codes:
            await reader.looks()
            await reader.sends(press=code)
            assert reader.answer is not None
            statuses.append(reader.answer.status_code)
            if statuses[-1] == 200:
                break
        assert statuses[-1] == 200, (codes, statuses)


@pytest.mark.parametrize("sent", found("forms"), ids=lambda each: each["why"])
async def test_a_form_that_once_broke_something_is_answered(
    client: httpx.AsyncClient, sent: dict[str, Any]
) -> None:
    answer = await client.request(
        sent["method"], sent["url"], content=sent.get("content", "").encode(),
        headers={"content-type": _FORM, **sent.get("headers", {})},
    )  # fmt: skip

    check(answer, sent)


async def test_a_webhook_is_answered_whatever_it_is_sent() -> None:
    rnd = chance("webhook")

    class Nowhere:
        async def receive(self, raws: list[dict[str, Any]], **_: object) -> list[Any]:
            assert all(type(each["update_id"]) is int for each in raws)
            return []

    hook = Webhook("secret", Nowhere())  # type: ignore[arg-type]
    statuses = set()
    for words in (*CHOSEN, *(odd(rnd) for _ in range(times(3_000)))):
        told = (words, json.dumps(words), f'{{"update_id": {words}}}', f"[{words}", "[" * 5_000)
        for content in (*told, json.dumps({"update_id": words})):
            statuses.add((await hook.receive(content.encode(errors="replace"), "secret")).status)
        assert (await hook.receive(b"{}", words)).status == 403
    assert statuses <= {200, 400, 413}
