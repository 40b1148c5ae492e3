"""Look-ups against a small name server on loopback."""

import socket
import threading
from collections.abc import Iterator

import pytest

from mailbot.adapters import dns as dns_module
from mailbot.adapters.dns import DnsNames
from mailbot.errors import ConfigError, TransientError
from mailbot.finding.tools import Unanswered
from tests.contract.name_server import naming

ZONE = {
    ("both.example.test.", "A"): "192.0.2.1",
    ("both.example.test.", "AAAA"): "2001:db8::1",
    ("four.example.test.", "A"): "192.0.2.4",
    ("lame-six.example.test.", "A"): "192.0.2.6",
    ("many.example.test.", "A"): tuple(f"192.0.2.{n}" for n in range(1, 100)),
    ("mail.example.test.", "MX"): ("20 Second.Example.test.", "10 first.example.test."),
    ("null.example.test.", "MX"): "0 .",
    ("text.example.test.", "TXT"): ('"security_contact=" "mailto:a@example.test"', r'"\227\129\130"', r'"\255"'),
    ("long.example.test.", "TXT"): " ".join(['"' + "x" * 250 + '"'] * 12),
    ("example.test.", "SOA"): r"ns1.Example.test. host\.master.example.test. 1 2 3 4 5",
    ("1.2.0.192.in-addr.arpa.", "PTR"): "Host.Provider.test.",
    ("alias.example.test.", "CNAME"): "four.example.test.",
    ("loop.example.test.", "CNAME"): "pool.example.test.",
    ("pool.example.test.", "CNAME"): "loop.example.test.",
    ("self.example.test.", "CNAME"): "self.example.test.",
}


@pytest.fixture
def server() -> Iterator[str]:
    with naming(ZONE) as place:
        yield place


@pytest.fixture
def dead() -> Iterator[str]:
    """A server that never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{silent.getsockname()[1]}"


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("both.example.test", ("192.0.2.1", "2001:db8::1")),
        ("four.example.test", ("192.0.2.4",)),
        ("lame-six.example.test", ("192.0.2.6",)),
        ("alias.example.test", ("192.0.2.4",)),
        ("nowhere.example.test", ()),
        ("192.0.2.9", ("192.0.2.9",)),
        ("a" * 70 + ".example.test", ()),
        ("a..example.test", ()),
    ],
)
def test_addresses(host: str, addresses: tuple[str, ...], server: str) -> None:
    """Both kinds of addresses are asked for; what only one kind answers counts."""
    assert DnsNames([server]).addresses(host) == addresses


def test_addresses_are_counted(server: str) -> None:
    """A name with very many addresses gives the first few."""
    assert len(DnsNames([server]).addresses("many.example.test")) == 16


@pytest.mark.parametrize(
    ("name", "kind", "records"),
    [
        ("mail.example.test", "MX", ("20 second.example.test", "10 first.example.test")),
        ("null.example.test", "MX", ("0 .",)),
        ("text.example.test", "TXT", ("security_contact=mailto:a@example.test", "あ", "�")),
        ("example.test", "SOA", (r"ns1.example.test host\.master.example.test",)),
        ("1.2.0.192.in-addr.arpa", "PTR", ("host.provider.test",)),
        ("both.example.test", "AAAA", ("2001:db8::1",)),
        ("both.example.test", "MX", ()),
        ("nowhere.example.test", "TXT", ()),
        ("a..b", "TXT", ()),
    ],
)
def test_records(name: str, kind: str, records: tuple[str, ...], server: str) -> None:
    """Records are told as text, names in lower case without the last dot."""
    assert sorted(DnsNames([server]).records(name, kind)) == sorted(records)


def test_t55_records_are_short(server: str) -> None:
    """A text of any length is cut."""
    (text,) = DnsNames([server]).records("long.example.test", "TXT")
    assert len(text) == 2_000


@pytest.mark.parametrize("name", ["lame.example.test", "loop.example.test", "self.example.test"])
def test_no_answer(name: str, server: str) -> None:
    """A zone whose servers fail, or lead in circles, is told from a name that does not exist."""
    names = DnsNames([server])
    with pytest.raises(Unanswered):
        names.addresses(name)
    with pytest.raises(Unanswered):
        names.records(name, "MX")


def test_nobody_answers(dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When not even the top level domain can be looked up, the look-up is to be tried again."""
    monkeypatch.setattr(dns_module, "_PROBE_SECONDS", 0.1)
    names = DnsNames([dead], seconds=0.1)
    with pytest.raises(TransientError, match="resolver"):
        names.addresses("example.test")
    with pytest.raises(TransientError, match="resolver"):
        names.records("example.test", "MX")


def test_second_server_answers(dead: str, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dead server is passed over for the next one."""
    monkeypatch.setattr(dns_module, "_TRY_SECONDS", 0.1)
    assert DnsNames([dead, server]).addresses("four.example.test") == ("192.0.2.4",)


def test_system() -> None:
    """Without servers the system is asked, which knows itself."""
    assert "127.0.0.1" in DnsNames().addresses("localhost")


@pytest.mark.parametrize(
    ("code", "broken", "problem"),
    [
        (socket.EAI_NONAME, ("a.test",), None),
        (socket.EAI_AGAIN, ("a.test",), Unanswered),
        (socket.EAI_AGAIN, ("a.test", "test"), TransientError),
    ],
)
def test_system_fails(
    code: int, broken: tuple[str, ...], problem: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's "try again" is the zone's fault or ours, as for servers of our own."""

    def ask(host: str, *_: object, **__: object) -> list[object]:
        raise socket.gaierror(code if host in broken else socket.EAI_NONAME, "said")

    monkeypatch.setattr("socket.getaddrinfo", ask)
    if problem is None:
        assert DnsNames().addresses("a.test") == ()
    else:
        with pytest.raises(problem):
            DnsNames().addresses("a.test")


def test_system_thinks_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's resolver is not waited for longer than one of our own."""
    over = threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: over.wait(30) and [])
    monkeypatch.setattr(dns_module, "_PROBE_SECONDS", 0.1)
    try:
        with pytest.raises(TransientError):
            DnsNames(seconds=0.1).addresses("a.test")
    finally:
        over.set()


@pytest.mark.parametrize("place", ["127.0.0.1", "127.0.0.1:5353", "[::1]:53", "[::1]", "::1", "2001:db8::53"])
def test_places(place: str) -> None:
    """A server is an address, perhaps with a port."""
    DnsNames([place])


def test_bad_places() -> None:
    """Every server that cannot be read is reported."""
    with pytest.raises(ConfigError) as caught:
        DnsNames(["resolver.example.test", "127.0.0.1:99999", "127.0.0.1:53"])
    assert len(caught.value.problems) == 2
