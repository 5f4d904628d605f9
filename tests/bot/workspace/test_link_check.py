"""Links are asked once, politely, and never in a private network; the hosts are on loopback."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.workspace.link_check import USER_AGENT, Fetch, check, public

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NAMES = {
    "company.test": ["127.0.0.1"],
    "other.test": ["127.0.0.1"],
    "inside.test": ["10.0.0.7"],
    "halfway.test": ["127.0.0.1", "192.168.0.1"],
    "moved.test": ["127.0.0.2", "127.0.0.1"],
}


class Site:
    """A host on a free port of 127.0.0.1: what it says by path, and what it was asked."""

    def __init__(self) -> None:
        self.says: dict[str, bytes] = {}
        self.endless: set[str] = set()
        self.silent: set[str] = set()
        self.asked: list[str] = []
        self.left = asyncio.Event()
        self.port = 0

    def url(self, path: str = "/", host: str = "company.test", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def answers(self, path: str, status: int, *headers: str) -> None:
        lines = [f"HTTP/1.1 {status} So", "Content-Length: 0", *headers, "", ""]
        self.says[path] = "\r\n".join(lines).encode()

    def redirects(self, path: str, to: str, *headers: str) -> None:
        self.answers(path, 302, f"Location: {to}", *headers)

    @property
    def paths(self) -> list[str]:
        return [head.split()[1] for head in self.asked]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.asked.append(head)
            path = head.split()[1]
            if path in self.silent:
                await reader.read()
            writer.write(self.says.get(path, b""))
            while path in self.endless:
                writer.write(b"x" * 65_536)
                await writer.drain()
        self.left.set()
        writer.close()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async for each in _running(None):
        yield each


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for company.test that vouches for itself, and its key."""
    folder = tmp_path_factory.mktemp("papers")
    chain, key = folder / "site.pem", folder / "site.key"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
    named = "-subj /CN=company.test -addext subjectAltName=DNS:company.test"
    files = ["-keyout", str(key), "-out", str(chain)]
    subprocess.run([*made.split(), *named.split(), *files], check=True, capture_output=True)
    return chain, key


@pytest.fixture
async def safe_site(papers: tuple[Path, Path]) -> AsyncIterator[Site]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*papers)
    async for each in _running(context):
        yield each


async def _running(tls: ssl.SSLContext | None) -> AsyncIterator[Site]:
    site = Site()
    async with await asyncio.start_server(site.serve, "127.0.0.1", 0, ssl=tls) as server:
        site.port = server.sockets[0].getsockname()[1]
        yield site


async def names(host: str, port: int) -> list[str]:
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return NAMES[host]


def at_home(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """In these tests the internet is loopback, and everything else is private."""
    return address.is_loopback


def fetch(**other: object) -> Fetch:
    return Fetch(**{"resolve": names, "allowed": at_home, **other})


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "reachable"),
        (204, "reachable"),
        (206, "reachable"),
        (302, "reachable"),  # says not where to, and so is the last
        (304, "reachable"),
        (416, "reachable"),
        (401, "not_public"),
        (403, "not_public"),
        (404, "gone"),
        (410, "gone"),
        (400, "unreachable"),
        (429, "unreachable"),
        (500, "unreachable"),
        (503, "unreachable"),
    ],
)
async def test_what_a_host_answers_says_how_a_link_stands(site, status, state):
    site.answers("/report.pdf", status)

    assert await check(site.url("/report.pdf"), fetch()) == state


async def test_a_request_says_who_asks_and_for_how_little(site):
    site.answers("/a?b=c", 200)

    await check(site.url("/a?b=c#part"), fetch())

    first, *headers = site.asked[0].strip().split("\r\n")
    assert first == "GET /a?b=c HTTP/1.1"
    assert dict(line.split(": ", 1) for line in headers) == {
        "Host": f"company.test:{site.port}",
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Range": "bytes=0-4095",
        "Connection": "close",
    }


async def test_a_redirect_is_followed_to_where_it_ends(site):
    site.redirects("/", "/en/")
    site.redirects("/en/", site.url("/end", host="other.test"))
    site.answers("/end", 404)

    assert await check(site.url(), fetch()) == "gone"
    assert site.paths == ["/", "/en/", "/end"]


async def test_three_redirects_are_followed(site):
    for step in range(3):
        site.redirects(f"/{step}", f"/{step + 1}")
    site.answers("/3", 200)

    assert await check(site.url("/0"), fetch()) == "reachable"


async def test_a_redirect_in_a_circle_ends_after_the_third(site):
    site.redirects("/", "/")

    assert await check(site.url(), fetch()) == "unreachable"
    assert site.paths == ["/"] * 4


@pytest.mark.parametrize(
    "to",
    [
        "ftp://company.test/report.pdf",
        "file:///etc/passwd",
        "mailto:someone@company.test",
        "http:///nowhere",
        "http://company.test:99999/",
        "http://company.test:-1/",
        "http://company.test:0/",
        "http://[nonsense/",
        "http://company.test\x01/",
    ],
)
async def test_a_redirect_to_what_is_no_page_ends_there(site, to):
    site.redirects("/", to)

    assert await check(site.url(), fetch()) == "unreachable"


@pytest.mark.parametrize("host", ["inside.test", "10.0.0.7", "[fd00::1]", "169.254.169.254"])
async def test_a_redirect_into_a_private_network_is_not_followed(site, host):
    site.redirects("/", f"http://{host}/latest/meta-data/")

    assert await check(site.url(), fetch()) == "private"


async def test_a_name_with_one_private_address_is_not_asked_at_all(site):
    site.answers("/", 200)

    assert await check(site.url(host="halfway.test"), fetch()) == "private"
    assert site.asked == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]"])
async def test_outside_of_tests_this_machine_is_private(site, host):
    site.answers("/", 200)

    assert await check(site.url(host=host), Fetch()) == "private"
    assert site.asked == []


async def test_this_machine_can_look_up_names(site):
    site.answers("/", 200)

    assert await check(site.url(host="localhost"), Fetch(allowed=at_home)) == "reachable"


async def test_a_name_is_looked_up_once_and_the_address_that_was_judged_is_asked(site):
    """A name whose second answer is another address gains nothing: nobody asks a second time."""
    answers = [["127.0.0.1"], ["10.0.0.7"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    site.answers("/", 200)

    assert await check(site.url(host="rebinding.test"), fetch(resolve=rebinding)) == "reachable"
    assert answers == [["10.0.0.7"]]
    assert f"Host: rebinding.test:{site.port}" in site.asked[0]


async def test_each_redirect_is_judged_anew_even_to_the_same_name(site):
    answers = [["127.0.0.1"], ["10.0.0.7"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    site.redirects("/", "/inside")

    assert await check(site.url(host="rebinding.test"), fetch(resolve=rebinding)) == "private"
    assert site.paths == ["/"]


async def test_where_one_address_takes_no_connection_the_next_is_asked(site):
    site.answers("/", 200)

    assert await check(site.url(host="moved.test"), fetch()) == "reachable"


@pytest.mark.parametrize("status", ["200 So", "302 So\r\nLocation: /end"])
async def test_a_body_without_end_is_left_alone(site, status):
    site.says["/"] = f"HTTP/1.1 {status}\r\n\r\n".encode()
    site.endless.add("/")
    site.answers("/end", 200)

    assert await check(site.url(), fetch()) == "reachable"
    await site.left.wait()


async def test_a_host_that_says_nothing_is_not_waited_for(site):
    site.silent.add("/")

    assert await check(site.url(), fetch(seconds=0.05)) == "unreachable"


@pytest.mark.parametrize(
    "said", [b"", b"SSH-2.0-OpenSSH_9.9\r\n", b"HTTP/1.1 200 So\r\nX: " + b"x" * 200_000]
)
async def test_what_does_not_speak_http_is_unreachable(site, said):
    site.says["/"] = said

    assert await check(site.url(), fetch()) == "unreachable"


async def test_a_name_that_nobody_knows_is_unreachable(site):
    assert await check(site.url(host="nobody.test"), fetch()) == "unreachable"


async def test_a_host_where_nobody_listens_is_unreachable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    assert await check(f"http://company.test:{port}/", fetch()) == "unreachable"


async def test_a_cookie_is_not_brought_back(site):
    site.redirects("/", "/end", "Set-Cookie: session=1; Path=/")
    site.answers("/end", 200)

    assert await check(site.url(), fetch()) == "reachable"
    assert "cookie" not in site.asked[1].lower()


async def test_no_credentials_are_sent_wherever_they_are_written(site):
    site.redirects("/", f"http://else:more@company.test:{site.port}/end")
    site.answers("/end", 401, 'WWW-Authenticate: Basic realm="x"')

    url = site.url().replace("//", "//user:secret@")
    assert await check(url, fetch()) == "not_public"
    assert len(site.asked) == 2
    assert not any(word in "".join(site.asked) for word in ("uthorization", "secret", "more"))


async def test_a_proxy_of_the_environment_is_not_used(site, monkeypatch):
    """It would look the name up itself, and connect to what it finds."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    site.answers("/", 200)

    assert await check(site.url(), fetch()) == "reachable"


async def test_a_certificate_is_checked_by_the_name_not_by_the_address(safe_site, papers):
    safe_site.answers("/", 200)
    believing = fetch(trust=ssl.create_default_context(cafile=papers[0]))

    assert await check(safe_site.url(scheme="https"), believing) == "reachable"
    other = safe_site.url(scheme="https", host="other.test")
    assert await check(other, believing) == "unreachable"


async def test_a_connection_for_one_name_serves_no_other_at_the_same_address(safe_site, papers):
    safe_site.redirects("/", safe_site.url("/end", scheme="https", host="other.test"))
    safe_site.answers("/end", 200)
    believing = fetch(trust=ssl.create_default_context(cafile=papers[0]))

    assert await check(safe_site.url(scheme="https"), believing) == "unreachable"
    assert safe_site.paths == ["/"]


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(safe_site):
    safe_site.answers("/", 200)

    assert await check(safe_site.url(scheme="https"), fetch()) == "unreachable"


@given(
    scheme=some.sampled_from(["http", "https", "ftp", ""]),
    host=some.text(max_size=80) | some.from_regex(r"[a-z0-9_.%\[\]:-]{1,20}", fullmatch=True),
    port=some.none() | some.integers(-1, 100_000),
    path=some.text(max_size=20),
)
async def test_whatever_is_written_as_a_link_gets_a_state(scheme, host, port, path):
    at = host if port is None else f"{host}:{port}"

    async def nobody(name: str, port: int) -> list[str]:
        name.encode("idna")  # what the system's look-up does first
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    state = await check(f"{scheme}://{at}/{path}", Fetch(resolve=nobody, allowed=lambda _: False))

    assert state in {"unreachable", "private"}


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "240.0.0.1",
        "0.0.0.0",  # noqa: S104 - to be refused, not to be listened on
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:a00:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fe80::1",
        "fe80::1%1",
        "fec0::1",
        "fd00::1",
        "ff02::1",
    ],
)
def test_an_address_of_no_host_on_the_internet_is_private(address):
    assert not public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["93.184.215.14", "2606:4700::1", "::ffff:93.184.215.14", "64:ff9b::93.184.215.14"],
)
def test_an_address_on_the_internet_is_public(address):
    assert public(ipaddress.ip_address(address))
