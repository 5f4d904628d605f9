import socket

import pytest

from tests.network import NetworkUsedError


@pytest.mark.parametrize("address", ["192.0.2.1", "api.telegram.org"])
def test_another_machine_is_out_of_reach(address):
    with socket.socket() as client, pytest.raises(NetworkUsedError, match=address):
        client.connect((address, 443))


def test_names_of_other_machines_are_not_looked_up():
    with pytest.raises(NetworkUsedError):
        socket.getaddrinfo("api.telegram.org", 443)


def test_datagrams_stay_here_too():
    with (
        socket.socket(type=socket.SOCK_DGRAM) as client,
        pytest.raises(NetworkUsedError),
    ):
        client.sendto(b"?", ("192.0.2.53", 53))


def test_this_machine_is_within_reach():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1])) as client,
    ):
        assert client.getpeername() == server.getsockname()
