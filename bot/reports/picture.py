"""A chart as a picture, to be read on a phone: PNG, about 1200 pixels wide."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bot.reports.document import legible
from bot.reports.typeset import typeset

if TYPE_CHECKING:
    from bot.reports.document import Chart

_PPI = 200.0
"""The template's page is 432 points wide: 1200 pixels."""


def render(chart: Chart, *, title: str, subtitle: str, language: str, banner: str) -> bytes:
    """The chart under its title. Takes processor time: call it in a thread."""
    said = {"title": title, "subtitle": subtitle, "language": language, "banner": banner}
    return typeset("picture.typ", legible({**said, "chart": asdict(chart)}), "png", ppi=_PPI)
