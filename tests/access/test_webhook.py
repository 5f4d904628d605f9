"""The webhook lets in what carries its secret, and reads nothing of anything else."""

from __future__ import annotations

import hmac

import httpx
import pytest
from starlette.applications import Starlette

from bot import doors
from bot.channels import telegram_intake
from bot.channels.telegram_intake import Webhook

SECRET = "s3cret-of-64" * 5
JSON = "application/json"


class Taking:
    """An intake that only remembers."""

    def __init__(self):
        self.taken = []

    async def receive(self, raws, **_):
        self.taken += raws
        return []


async def sent(taking, *, secret=SECRET, kind=JSON, body=b'{"update_id": 1}'):
    served = Starlette(routes=[doors._webhook(Webhook(SECRET, taking))])
    transport = httpx.ASGITransport(served)
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": kind}
    headers = {name: value for name, value in headers.items() if value is not None}
    async with httpx.AsyncClient(transport=transport, base_url="http://assay.test") as client:
        return (await client.post("/telegram/webhook", headers=headers, content=body)).status_code


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (JSON, 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/json-patch+json", 415),
        (None, 415),
    ],
)
async def test_what_is_not_json_is_refused_by_its_kind(kind, status):
    taking = Taking()

    assert await sent(taking, kind=kind) == status
    assert len(taking.taken) == (status == 200)


@pytest.mark.parametrize(
    "secret",
    [None, "", SECRET[:-1], SECRET + "x", SECRET.upper(), SECRET[:1], "x" * 60],
)
async def test_only_the_whole_secret_lets_in(secret):
    taking = Taking()

    assert await sent(taking, secret=secret) == 403
    assert await sent(taking, secret=secret, kind="text/plain") == 403
    assert taking.taken == []


async def test_secrets_are_compared_in_a_time_that_tells_nothing(monkeypatch):
    """What compares is the library's own; by ``==`` this would not be called."""
    compared = []

    def noted(one, other):
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    class Noting:
        compare_digest = staticmethod(noted)

    monkeypatch.setattr(telegram_intake, "hmac", Noting)

    assert await sent(Taking(), secret="wrong") == 403
    assert compared == [(b"wrong", SECRET.encode())]
