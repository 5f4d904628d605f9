"""The port on which something is served, and what keeps it from being opened."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.settings.sources import SettingsError


def serves(settings: Settings) -> bool:
    """Whether anything is served: pages, or a webhook. Raises SettingsError where nobody could come
    in, by no door.
    """
    told = settings.telegram
    has_telegram = bool(told.token.get_secret_value())
    if not (settings.web.enabled or has_telegram):
        problem = "web.enabled is false and telegram.token is empty: no door would open; set one"
        raise settings.wrong("web.enabled", problem)
    return settings.web.enabled or told.mode == "webhook"


def listen(settings: Settings) -> socket.socket | None:
    """The socket of the pages and the webhook, where there are any. Raises SettingsError."""
    if not serves(settings):
        return None
    return opened(settings, "web")


def opened(settings: Settings, part: Literal["web", "key_server"]) -> socket.socket:
    """The socket at the host and port of a part of the settings. Raises SettingsError."""
    told = getattr(settings, part)
    host, port = told.host, told.port
    try:
        return socket.create_server((host, port), backlog=512)
    except (OSError, UnicodeError) as error:
        unusable = host_problem(settings, part)
        if unusable is not None:
            raise unusable from None
        said = getattr(error, "strerror", None) or error
        problem = (
            f"{part}.port: {host}:{port} cannot be opened: {said}; choose another host or port"
        )
        raise settings.wrong(f"{part}.port", problem) from None


def host_problem(
    settings: Settings, part: Literal["web", "key_server"] = "web"
) -> SettingsError | None:
    """Why no port of the host that is named can be opened; None where one can."""
    host = getattr(settings, part).host
    try:
        socket.create_server((host, 0)).close()
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or error
        problem = (
            f"{part}.host: {host} cannot be listened on: {said}; write an address of this machine"
        )
        return settings.wrong(f"{part}.host", problem)
    return None
