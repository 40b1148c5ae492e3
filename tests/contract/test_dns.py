"""Look-ups against a small name server on loopback."""

import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mailbot.adapters.dns import resolver_at, system_resolver
from mailbot.errors import ConfigError

ZONE = {
    ("both.example.test.", "A"): "192.0.2.1",
    ("both.example.test.", "AAAA"): "2001:db8::1",
    ("four.example.test.", "A"): "192.0.2.4",
    ("lame-six.example.test.", "A"): "192.0.2.6",
}


def answer(query: dns.message.Message) -> dns.message.Message:
    question = query.question[0]
    name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
    response = dns.message.make_response(query, recursion_available=True)
    if (name, kind) in ZONE:
        response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, ZONE[name, kind]))
    elif name == "lame.example.test." or (name.startswith("lame-six") and kind == "AAAA"):
        response.set_rcode(dns.rcode.SERVFAIL)
    elif not any(known == name for known, _ in ZONE):
        response.set_rcode(dns.rcode.NXDOMAIN)
    return response


@pytest.fixture
def server() -> Iterator[str]:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            wire, client = line.recvfrom(4096)
            if not wire:
                return
            line.sendto(answer(dns.message.from_wire(wire)).to_wire(), client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    host, port = line.getsockname()
    yield f"{host}:{port}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"", (host, port))
    thread.join()
    line.close()


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
