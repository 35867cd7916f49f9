"""A port is taken at every address that the machine has, or not at all."""

import socket

import pytest

from classifier.errors import SettingsError
from classifier.server.reserved_port import reserved_port

FOREIGN, OURS = "192.0.2.1", "127.0.0.1"  # the former is nobody's (RFC 5737)


@pytest.mark.parametrize("hosts", [(OURS, FOREIGN), (FOREIGN, OURS)])
def test_an_address_of_a_name_that_is_not_here_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, hosts: tuple[str, ...]
) -> None:
    """In many a container localhost is ::1 too, where there is no IPv6; one taken is none free."""
    kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, port, **_how: [(*kind, (host, port)) for host in hosts]
    )
    with reserved_port("name:0") as port:
        assert port
    with (
        socket.create_server((OURS, 0)) as taken,
        pytest.raises(SettingsError, match="listened"),
        reserved_port(f"name:{taken.getsockname()[1]}"),
    ):
        pass


def test_a_name_without_an_address_here_is_refused() -> None:
    """The message says which setting to change."""
    for address in (f"{FOREIGN}:0", "nobody.invalid:0"):
        with pytest.raises(SettingsError, match="another in WURAO_ADDRESS"), reserved_port(address):
            pass


def test_two_servers_that_start_together_are_not_one() -> None:
    """The second is refused while the workers of the first do not listen yet."""
    with reserved_port(f"{OURS}:0") as port:
        place = f"{OURS}:{port}"
        with pytest.raises(SettingsError, match="is another server there"), reserved_port(place):
            pass
    with reserved_port(place) as again:
        assert again == port
