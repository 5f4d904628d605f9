"""A browser at the pages, without scripts and without Chromium."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx

from bot.channels import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.conversation import Conversation

PUBLIC = "http://assay.test"


@asynccontextmanager
async def browser(talk: Conversation, *, secret: str = "") -> AsyncIterator[httpx.AsyncClient]:
    """A browser with an empty profile, or one in which somebody has planted a secret."""
    transport = httpx.ASGITransport(web.app(talk, public_url=PUBLIC))
    async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as client:
        if secret:
            client.cookies.set("assay_visit", secret, domain="assay.test")
        yield client


def secret_of(client: httpx.AsyncClient) -> str:
    """What the browser's cookie holds."""
    (found,) = {each.value for each in client.cookies.jar if each.name == "assay_visit"}
    return str(found)
