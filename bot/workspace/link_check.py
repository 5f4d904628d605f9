"""Whether a public link still opens: one polite request, which never reaches a private network.

A link is what somebody typed, and where it leads is up to whoever runs that host. Each name is
therefore looked up here, once for each request, and the connection goes to the address that was
judged: a name that points elsewhere a moment later is not asked again. No proxy of the environment
is used, for it would look names up itself.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import httpx

if TYPE_CHECKING:
    import ssl

State: TypeAlias = Literal["reachable", "gone", "not_public", "private", "unreachable"]
"""What came of it: it opens; the host knows no such page (any more); not without logging in; it
leads into a private network and was not asked; anything else, which may pass.
"""

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host and port, the best first. Raises OSError where there are none."""

REDIRECTS: Final = 3
"""How many redirects are followed."""
USER_AGENT: Final = "Assay-link-check/1 (one request, to see whether a public source opens)"

_HEADERS: Final = {
    "User-Agent": USER_AGENT,
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Range": "bytes=0-4095",
    "Connection": "close",  # nor is one that was made for one name used for another
}
_ATTEMPTS: Final = 3
"""How many addresses of one host are tried."""
_STATES: Final[dict[int, State]] = {
    HTTPStatus.UNAUTHORIZED: "not_public",
    HTTPStatus.FORBIDDEN: "not_public",
    HTTPStatus.NOT_FOUND: "gone",
    HTTPStatus.GONE: "gone",
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "reachable",  # there, and not divided for us
}
_PORTS: Final = {"http": 80, "https": 443}
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")


def public(address: Address) -> bool:
    """Whether this is an address of one host on the internet. An IPv4 address that an IPv6 one
    stands for is judged in its place: a gateway would pass it on.
    """
    meant = _stands_for(address)
    if meant is not None:
        return public(meant)
    special = address.is_multicast or address.is_reserved
    if isinstance(address, ipaddress.IPv6Address):
        special = special or address.is_site_local
    return address.is_global and not special


async def look_up(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, as this machine knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(sockaddr[0]) for *_, sockaddr in found]


@cache
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted; made once, for it takes a while."""
    return httpx.create_ssl_context(trust_env=False)


@dataclass(frozen=True, slots=True)
class Fetch:
    """How links are asked: who knows names, which addresses may be reached, for how many seconds
    altogether, and whose certificates are believed.
    """

    resolve: Resolve = look_up
    allowed: Callable[[Address], bool] = public
    seconds: float = 10.0
    trust: ssl.SSLContext = field(default_factory=_trust)


async def check(url: str, fetch: Fetch) -> State:
    """What comes of a link. Never more than one request at a time: whoever checks several, goes
    one by one. Of the body nothing is read, however much there is.
    """
    try:
        async with (
            asyncio.timeout(fetch.seconds),
            httpx.AsyncHTTPTransport(verify=fetch.trust, trust_env=False) as wire,
        ):
            return await _followed(httpx.URL(url), fetch, wire)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        return "unreachable"  # ValueError: a name that no network can have


async def _followed(url: httpx.URL, fetch: Fetch, wire: httpx.AsyncHTTPTransport) -> State:
    for _ in range(REDIRECTS + 1):
        found = await _asked(url, fetch, wire)
        if not isinstance(found, httpx.URL):
            return found
        url = found
    return "unreachable"


async def _asked(url: httpx.URL, fetch: Fetch, wire: httpx.AsyncHTTPTransport) -> State | httpx.URL:
    """What comes of one request: a state, or where it sends us."""
    port = _PORTS.get(url.scheme, 0) if url.port is None else url.port
    if url.scheme not in _PORTS or not url.raw_host or not 0 < port < 2**16:
        return "unreachable"
    addresses = await _addresses(url.raw_host.decode(), port, fetch.resolve)
    if not all(fetch.allowed(ipaddress.ip_address(each)) for each in addresses):
        return "private"
    answer = await _answered(httpx.Request("GET", url, headers=_HEADERS), addresses, fetch, wire)
    if answer is None:
        return "unreachable"
    await answer.aclose()
    if answer.has_redirect_location:
        return url.join(answer.headers["Location"])
    if answer.is_success or answer.is_redirect:
        return "reachable"
    return _STATES.get(answer.status_code, "unreachable")


async def _addresses(host: str, port: int, resolve: Resolve) -> Sequence[str]:
    """The addresses of a host, of which an address is its own."""
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        return await resolve(host, port)


async def _answered(
    request: httpx.Request, addresses: Sequence[str], fetch: Fetch, wire: httpx.AsyncHTTPTransport
) -> httpx.Response | None:
    """The answer from the first of these addresses that takes the connection."""
    for address in addresses[:_ATTEMPTS]:
        try:
            return await wire.handle_async_request(_sent_to(address, request, fetch))
        except (httpx.ConnectError, httpx.ConnectTimeout):
            continue
    return None


def _sent_to(address: str, request: httpx.Request, fetch: Fetch) -> httpx.Request:
    """The same request, connected to this address; the host is still asked, and its certificate
    checked, by its name.
    """
    patience = httpx.Timeout(fetch.seconds, connect=fetch.seconds / (_ATTEMPTS + 1))
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        extensions={
            "timeout": patience.as_dict(),
            "sni_hostname": request.url.raw_host.decode(),
        },
    )


def _stands_for(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address is another way to."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour
