"""Every odd string into the forms of the pages: each is taken or refused, none breaks a visit."""

from __future__ import annotations

import logging
from itertools import cycle
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest

from tests.fuzz.chance import chance, pasted, portions
from tests.fuzz.found_before import found
from tests.fuzz.odd import strings
from tests.fuzz.test_web_forms import _FORM, _go_somewhere, _goes_on, check, client
from tests.reader import Reader

if TYPE_CHECKING:
    import httpx

__all__ = ["client"]

WORDS = [*strings(), *(each["text"] for each in found("strings"))]
FORMS = ("/press", "/press", "/press", "/ask", "/continue", "/language", "/i/{}", "/desk/{}")
AT_ONCE = 5
"""Strings in one form, each in a field of its own or in its address."""
LONGEST = 300
"""Characters of an address."""
SOMEWHERE_ELSE = 40
"""Forms after which the next page is gone to."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.mark.timeout(1200)
async def test_no_odd_string_breaks_a_form(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    rnd = chance("words in forms")
    reader = Reader(client)
    await reader.looks()
    seen = 0
    for turn, (some, form) in enumerate(zip(portions(WORDS, AT_ONCE), cycle(FORMS), strict=False)):
        if turn % SOMEWHERE_ELSE == 0:
            await _go_somewhere(rnd, reader)
        last = "press" if form != "/press" or turn % 2 else "for"
        fields = dict(zip(("text", "path", "language", "was", last), some, strict=False))
        if form == "/press":
            # The marks of the page that is shown: what stands beside them is looked at.
            fields = reader.page.hidden() | fields
        if "{}" in form and last in fields:
            where = quote(fields.pop(last)[:LONGEST], safe="", errors="replace")
            form = form.format(where or "x")  # noqa: PLW2901 - with its address
        content = urlencode(fields, errors="replace").encode()
        answer = await client.post(form, content=content, headers={"content-type": _FORM})
        check(answer, (form, fields))
        seen += len(some)
    assert seen == len(WORDS), pasted(seen)

    await _goes_on(reader)
