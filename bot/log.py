"""Lines to standard error: an event and allowed fields, never a text, a name or a token."""

from __future__ import annotations

import logging
import logging.config
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

FIELDS = frozenset(
    {
        "channel",
        "code",
        "count",
        "digests",
        "error",
        "kind",
        "reason",
        "seconds",
        "setting",
        "slots",
        "state",
    }
)
"""What a call may hand in; whatever else it does is left out."""
ALLOWED = FIELDS | {"event", "level", "logger", "timestamp"}
"""Fields that may be written."""
_OWN = frozenset({"_record", "_from_structlog"})
"""What structlog itself hands on, and takes out before it writes."""


def allow(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Only what is allowed; of an exception its type, because its text may hold anything."""
    info = event.get("exc_info")
    if isinstance(info, tuple) and info[0] is not None:
        event["error"] = info[0].__name__
    # Libraries put what they are about behind the first line: a task, and what it failed with.
    said = event["event"]
    event["event"] = said.partition("\n")[0] if isinstance(said, str) else type(said).__name__
    return {
        key: value if key in _OWN else one_line(value)
        for key, value in event.items()
        if key in ALLOWED | _OWN
    }


def one_line(value: object) -> object:
    """A field that forges no line and gives a terminal no orders; numbers stay numbers."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return "".join(char if char.isprintable() else "\ufffd" for char in str(value))


def configure(level: str, form: str) -> None:
    """Write to standard error from here on. Libraries speak from warnings up: at INFO httpx
    writes every address, and Telegram's hold the token.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(form))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in ("bot", "storage", "flows"):
        logging.getLogger(name).setLevel(level.upper())


def formatter(form: str) -> logging.Formatter:
    """What makes a line of a record: "console" for people, "json" for machines."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        allow,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        # A message as it stands in the code; what fills its places may be an address or a text.
        use_get_message=False,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
