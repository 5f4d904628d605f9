"""typst, as reports use it: our templates and fonts, data as JSON, nothing from the machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import typst

if TYPE_CHECKING:
    from collections.abc import Mapping

_WHEN = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
"""The same report gives the same bytes: nothing in it depends on when it was set."""


def typeset(
    template: str, said: Mapping[str, Any], form: Literal["pdf", "png"], *, ppi: float | None = None
) -> bytes:
    """A template of this folder filled with ``said``; text is data and never typst's language."""
    if form == "png":
        return _compiled(template, said, form, ppi, None)
    try:
        return _compiled(template, said, form, ppi, "ua-1")
    except typst.TypstError:
        # A character that our fonts lack (an emoji in a company's name) forbids the claim that
        # everybody can read all of it; the report itself is set all the same, with a box there.
        return _compiled(template, said, form, ppi, None)


def _compiled(
    template: str,
    said: Mapping[str, Any],
    form: Literal["pdf", "png"],
    ppi: float | None,
    standard: Literal["ua-1"] | None,
) -> bytes:
    with resources.as_file(resources.files("bot.reports")) as folder:
        found: bytes | list[bytes] = typst.compile(
            folder / template,
            root=folder,
            font_paths=[folder / "fonts"],
            ignore_system_fonts=True,
            format=form,
            ppi=ppi,
            sys_inputs={"document": json.dumps(said, ensure_ascii=False)},
            pdf_standards=standard,
            timestamp=_WHEN,
        )
    return found if isinstance(found, bytes) else b"".join(found)
