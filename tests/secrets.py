"""What must never be in a line of the log: looked for in every line of every test."""

from __future__ import annotations

import json
import logging
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot import log
from bot.channels import Typed
from bot.conversation import Conversation
from tests import bot_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

OURS = ("bot", "storage", "flows")
PATTERNS = (
    re.compile(re.escape(bot_api.TOKEN)),
    re.compile(r"\b\d{4,}:[\w-]{20,}"),  # a bot's token
    re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])"),  # a link's
    re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
)
LONG_ENOUGH = 9
"""Characters from which on a text is somebody's own, and not the name of a button."""


class Written(logging.Handler):
    """Keeps every line as the product would write it, at any level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(log.formatter("json"))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def found(lines: list[str], typed: set[str]) -> list[str]:
    """What of a line is a secret, or a text that somebody typed."""
    # As values, not as JSON writes them: there a quote or a Chinese character looks otherwise.
    said = [str(value) for line in lines for value in json.loads(line).values()]
    marks = [match.group() for each in said for one in PATTERNS for match in one.finditer(each)]
    everything = "\0".join(said)  # tests that type tens of thousands of texts write as many lines
    return marks + [each for each in sorted(typed) if log.one_line(each) in everything]


@contextmanager
def watched(patch: pytest.MonkeyPatch) -> Iterator[tuple[list[str], set[str]]]:
    """The lines that are written meanwhile at DEBUG, and the texts that are typed at any door."""
    handler, typed, take = Written(), set[str](), Conversation.take

    async def noted(self, incoming):
        for each in incoming:
            if isinstance(each.said, Typed) and len(each.said.text.strip()) >= LONG_ENOUGH:
                typed.add(each.said.text.strip())
        return await take(self, incoming)

    patch.setattr(Conversation, "take", noted)
    loggers = [logging.getLogger(name) for name in OURS]
    levels = [each.level for each in loggers]
    root = logging.getLogger()
    for each in loggers:
        each.setLevel(logging.DEBUG)
        # Beside the root's: a test that configures the log takes the root's handlers away.
        each.addHandler(handler)
    root.addHandler(handler)
    try:
        yield handler.lines, typed
    finally:
        root.removeHandler(handler)
        for each, level in zip(loggers, levels, strict=True):
            each.removeHandler(handler)
            each.setLevel(level)
