"""Keeps tests on this machine: a name or an address beyond loopback is an error, not a wait."""

import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import pytest


class NetworkUsedError(Exception):
    """A test tried to reach another machine."""

    def __init__(self, host: object) -> None:
        super().__init__(f"tests stay on this machine, and this one wants to reach {host!r}")


def stay_on_this_machine(patch: pytest.MonkeyPatch) -> None:
    """Refuse connections, datagrams and name look-ups that leave the machine; Unix sockets stay."""
    for name in ("connect", "connect_ex", "sendto"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))

    look_up = socket.getaddrinfo

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_beyond_loopback(host)
        return look_up(host, *args, **kwargs)

    patch.setattr(socket, "getaddrinfo", guarded_look_up)


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *args: Any) -> Any:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            _refuse_beyond_loopback(args[-1][0])  # the address is the last argument of all three
        return method(self, *args)

    return guarded


def _refuse_beyond_loopback(host: object) -> None:
    name = host.decode() if isinstance(host, bytes) else host
    if name in {None, "", "localhost", "0.0.0.0", "::"}:  # noqa: S104 - to listen is allowed
        return
    try:
        at_home = ip_address(str(name)).is_loopback
    except ValueError:
        at_home = False
    if not at_home:
        raise NetworkUsedError(host)
