"""What every page keeps to, whatever is sent: headers, origins, sizes, and silent errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.channels import web
from storage.location import KeysAwayError
from tests.reader import Sheet

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


class Broken:
    """A conversation whose database is gone."""

    async def take(self, incoming: object) -> list[object]:
        raise RuntimeError(f"a secret about {incoming}")

    async def current(self, *_: object) -> object:
        raise RuntimeError("a secret")

    page = current


class Away:
    """A conversation whose keys do not answer."""

    async def take(self, incoming: object) -> list[object]:
        raise KeysAwayError(f"a secret about {incoming}")

    async def current(self, *_: object) -> object:
        raise KeysAwayError("a secret")

    page = current


def browsing(talk: object) -> httpx.AsyncClient:
    async def extra(_: object) -> PlainTextResponse:
        return PlainTextResponse("beside")

    routes = [Route("/extra", extra, methods=["POST"])]
    pages = web.app(talk, public_url="http://assay.test", extra_routes=routes)
    transport = httpx.ASGITransport(pages, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://assay.test")


@pytest.fixture
async def client(talk: Conversation) -> AsyncIterator[httpx.AsyncClient]:
    async with browsing(talk) as opened:
        yield opened


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/page/help"),
        ("GET", "/nothing/here"),
        ("PUT", "/press"),
        ("POST", "/press"),
        ("GET", "/i/token"),
    ],
)
async def test_every_answer_carries_the_safe_headers(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    headers = (await client.request(method, path)).headers

    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] in {"same-origin", "no-referrer"}
    assert headers["cache-control"] == "no-store"
    assert "geolocation=()" in headers["permissions-policy"]


async def test_files_may_be_kept_for_ever_because_their_names_change_with_them(
    client: httpx.AsyncClient,
) -> None:
    page = Sheet((await client.get("/")).text)
    paths = [each.attributes["href"] for each in page.all("link")]
    paths += [each.attributes["src"] for each in page.all("script")]

    answers = [await client.get(path) for path in paths]

    assert len(paths) == 4
    assert all("immutable" in each.headers["cache-control"] for each in answers)
    assert {each.headers["content-type"].split(";")[0] for each in answers} == {
        "image/svg+xml",
        "text/css",
        "text/javascript",
    }
    assert (await client.get("/static/style.css")).status_code == 404


async def test_the_first_page_with_everything_is_light(client: httpx.AsyncClient) -> None:
    first = await client.get("/")
    page = Sheet(first.text)
    paths = [each.attributes["href"] for each in page.all("link")]
    paths += [each.attributes["src"] for each in page.all("script")]

    size = len(first.content) + sum([len((await client.get(path)).content) for path in paths])

    assert size <= 80_000


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://assay.test"}, 303),
        ({"Origin": "http://assay.test.evil.example"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://inside:8080", "Host": "inside:8080"}, 303),
        ({}, 303),
    ],
)
async def test_only_forms_of_our_own_pages_are_taken(
    client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/press", data={"press": "k:home"}, headers=headers)

    assert answer.status_code == status
    assert ("set-cookie" in answer.headers) is (status == 303)


async def test_an_older_browser_may_open_a_link_whose_page_names_no_origin(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/i/unknown", headers={"Origin": "null"})

    assert answer.status_code == 422


async def test_what_is_served_beside_the_pages_answers_for_itself(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/extra", headers={"Origin": "http://elsewhere.example"})

    assert answer.text == "beside"


@pytest.mark.parametrize("size", [70_000, 2_000_000])
async def test_a_form_that_is_far_too_long_is_one_clear_page(
    client: httpx.AsyncClient, size: int
) -> None:
    answer = await client.post("/press", data={"text": "x" * size})

    assert answer.status_code == 413
    assert "nothing was changed" in answer.text


async def test_for_a_swap_it_is_one_line_that_leaves_the_words_in_place(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post(
        "/press", data={"text": "x" * 70_000}, headers={"HX-Request": "true"}
    )

    assert answer.headers["hx-retarget"] == "#alert"
    assert answer.text.startswith('<p class="alert"')


@pytest.mark.parametrize("body", [b"\xff\xfe", b"&".join([b"a=1"] * 60)])
async def test_nonsense_is_refused_kindly(client: httpx.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await client.post("/press", content=body, headers=headers)

    assert answer.status_code == 400
    assert "nothing was changed" in answer.text


@pytest.mark.parametrize(
    "fields", [{}, {"press": "nonsense"}, {"press": "t:q1:q1a:1", "at": "?:?"}]
)
async def test_a_form_that_asks_for_nothing_known_changes_nothing(
    client: httpx.AsyncClient, fields: dict[str, str]
) -> None:
    answer = await client.post("/press", data=fields)

    assert answer.status_code == 422
    assert Sheet(answer.text).alert()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("GET", "/page/nothing", 404), ("DELETE", "/", 405)],
)
async def test_a_wrong_address_is_a_kind_page_in_the_language(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path, headers={"Accept-Language": "zh-CN"})

    page = Sheet(answer.text)
    assert answer.status_code == status
    assert page.one("h1").label == "没有这个页面"
    assert page.one("a", href="/", **{"class": "brand"})


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_error_shows_nothing_of_the_inside(method: str) -> None:
    async with browsing(Broken()) as client:
        answer = await client.request(method, "/" if method == "GET" else "/press")

    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "RuntimeError" not in answer.text
    assert Sheet(answer.text).one("h1").label == "That did not work"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_while_the_database_or_the_keys_are_away_it_says_when_to_come_again(
    method: str,
) -> None:
    async with browsing(Away()) as client:
        answer = await client.request(method, "/" if method == "GET" else "/press")

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "secret" not in answer.text
    assert Sheet(answer.text).one("h1").label == "That did not work"


@pytest.mark.parametrize("path", ["/press", "/language"])
async def test_reloading_the_address_of_a_form_leads_to_the_card(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)

    assert (answer.status_code, answer.headers["location"]) == (303, "/")


async def test_a_form_that_is_cut_off_is_no_failure(talk: Conversation) -> None:
    pages = web.app(talk, public_url="http://assay.test")
    sent: list[int] = []

    async def hangs_up() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: dict[str, int]) -> None:
        if "status" in message:
            sent.append(message["status"])

    scope = {"type": "http", "method": "POST", "path": "/press", "query_string": b"", "headers": []}
    await pages(scope, hangs_up, send)  # raises what the server would log

    assert sent == [400]
