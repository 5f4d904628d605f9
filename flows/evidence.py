"""Evidence: the public link behind a scoring item, and whether it can count.

RSCB 2014 rates on official public sources only: documents, policies and hyperlinks of the
company's own websites. A link elsewhere is taken, and the researcher is told; a link that nobody
outside could open is refused.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args
from urllib.parse import quote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from flows.session import Answer

Part: TypeAlias = Literal["link", "passage", "period", "note"]
PARTS: Final[tuple[Part, ...]] = get_args(Part)
LIMITS: Final[Mapping[Part, int]] = {"link": 2_000, "passage": 200, "period": 60, "note": 500}
"""Characters that are kept of each."""

Problem: TypeAlias = Literal["empty", "too_long", "scheme", "no_host", "credentials", "private"]
"""Why a link cannot be taken: nothing there; too long; neither http nor https; no name of a host;
a user's name or password in it; an address that only some network knows.
"""

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_ENDS: Final = frozenset('"<>\\^`{|}')
_LOCAL: Final = frozenset(
    {
        "corp", "example", "home", "internal", "intranet", "invalid", "lan", "local", "localhost",
        "onion", "private", "test",
    }
)  # fmt: skip
"""Last labels of names that the public network does not know."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a claim can be read: the link, the page or passage in it, the period it speaks of, and
    a note for whoever checks it.
    """

    link: str = ""
    passage: str = ""
    period: str = ""
    note: str = ""

    def parts(self) -> dict[str, str]:
        """What was said of it, by part."""
        return {name: said for name in PARTS if (said := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class Link:
    """A link that can be taken, written in one way; ``own`` where it stands on one of the
    company's own domains.
    """

    url: str
    host: str
    own: bool


def asked(field: str) -> tuple[str, Part | None]:
    """The row that a place's field names, and what of its evidence is asked there, if anything."""
    row, _, part = field.partition("/")
    return row, next((each for each in PARTS if each == part), None)


def linked(answers: Mapping[str, Answer]) -> frozenset[str]:
    """The claimed rows that have a link: what the evidenced reading of a score counts."""
    return frozenset(
        row
        for answer in answers.values()
        for row, each in answer.evidence.items()
        if each.link and row in answer.chosen
    )


def of_claims(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    """The answers with the evidence of what is claimed alone: as they are sent."""
    return {
        item: replace(
            answer,
            evidence={row: each for row, each in answer.evidence.items() if row in answer.chosen},
        )
        for item, answer in answers.items()
    }


def read_link(typed: str, domains: Collection[str]) -> Link | Problem:
    """The link that somebody typed, or why it cannot be taken. ``domains`` are the company's own,
    each with everything below it.
    """
    text = typed.strip()
    if not text:
        return "empty"
    if len(text) > LIMITS["link"]:
        return "too_long"
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "no_host"
    if parts.scheme not in {"http", "https"}:
        return "scheme"
    if parts.username is not None or parts.password is not None:
        return "credentials"
    name = _name(host)
    if name is None or ("://" not in text and "." not in host):
        return "no_host"  # a word that is no link at all
    if _private(name):
        return "private"
    shown = f"[{name}]" if ":" in name else name
    at = shown if port is None else f"{shown}:{port}"
    rest = (_written(each) for each in (parts.path or "/", parts.query, parts.fragment))
    url = urlunsplit((parts.scheme, at, *rest))
    return Link(url, name, own=any(_below(name, each) for each in domains))


def domain(typed: str) -> str | None:
    """A company's own domain as it was typed, with or without what stands around it in a link; None
    for what is none: an address, a single word. Which names are shared by many, such as "co.uk", is
    not known here.
    """
    found = read_link(typed, ())
    if not isinstance(found, Link) or _address(found.host) is not None:
        return None
    return found.host.removeprefix("www.")


def _written(text: str) -> str:
    """A part of a link with what no reader sees, and what ends a link in a text, spelt out."""
    return "".join(
        quote(each, errors="replace")
        if each in _ENDS or unicodedata.category(each)[0] in "CZ"
        else each
        for each in text
    )


def _name(host: str) -> str | None:
    """A host in the form that the network knows; None for what can be none."""
    if _address(host) is not None:
        return host
    try:
        name = host.rstrip(".").encode("idna").decode().lower()
    except UnicodeError:
        return None
    labels = name.split(".")
    good = len(name) <= 253 and all(_LABEL.fullmatch(each) for each in labels)  # noqa: PLR2004
    return name if good else None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _private(name: str) -> bool:
    address = _address(name)
    if address is not None:
        return not address.is_global
    labels = name.split(".")
    # "0x7f.1" and "2130706433" are addresses to some readers, and names to nobody.
    numeric = labels[-1].isdigit() or labels[-1].startswith("0x")
    return len(labels) == 1 or numeric or labels[-1] in _LOCAL


def _below(host: str, above: str) -> bool:
    return host == above or host.endswith(f".{above}")
