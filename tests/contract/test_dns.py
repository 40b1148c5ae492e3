"""Look-ups against a small name server on loopback."""

import socket
from collections.abc import Iterator

import pytest

from mailbot.adapters.dns import resolver_at, system_resolver
from mailbot.errors import ConfigError
from tests.contract.name_server import naming

ZONE = {
    ("both.example.test.", "A"): "192.0.2.1",
    ("both.example.test.", "AAAA"): "2001:db8::1",
    ("four.example.test.", "A"): "192.0.2.4",
    ("lame-six.example.test.", "A"): "192.0.2.6",
}


@pytest.fixture
def server() -> Iterator[str]:
    with naming(ZONE) as place:
        yield place


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("both.example.test", ("192.0.2.1", "2001:db8::1")),
        ("four.example.test", ("192.0.2.4",)),
        ("lame-six.example.test", ("192.0.2.6",)),
        ("nowhere.example.test", ()),
    ],
)
def test_addresses(host: str, addresses: tuple[str, ...], server: str) -> None:
    """Both kinds of addresses are asked for; what only one kind answers counts."""
    assert resolver_at([server])(host) == addresses


def test_no_answer(server: str) -> None:
    """A zone whose servers fail is told from a name that does not exist."""
    with pytest.raises(socket.gaierror) as caught:
        resolver_at([server])("lame.example.test")
    assert caught.value.errno == socket.EAI_AGAIN


def test_system() -> None:
    """Without servers the system is asked, which knows itself."""
    assert resolver_at([]) is system_resolver
    assert "127.0.0.1" in system_resolver("localhost")


@pytest.mark.parametrize("place", ["127.0.0.1", "127.0.0.1:5353", "[::1]:53", "[::1]", "::1", "2001:db8::53"])
def test_place_of_a_server(place: str) -> None:
    """A server is an address, with or without port."""
    assert callable(resolver_at([place]))


def test_bad_servers() -> None:
    """Every server that cannot be read is reported."""
    with pytest.raises(ConfigError) as caught:
        resolver_at(["resolver.example.test", "127.0.0.1:99999", "127.0.0.1:53"])
    assert len(caught.value.problems) == 2
