"""WHOIS queries to a real server on loopback."""

import errno
import socket
from collections.abc import Iterator, Sequence

import pytest

from mailbot.adapters.guard import Guard
from mailbot.adapters.spacing import Spacing
from mailbot.adapters.whois import TcpWhois, decoded
from mailbot.errors import TransientError
from mailbot.finding.tools import Unanswered
from tests.contract.whois_server import WhoisServer, answering

JAPANESE = "[組織名]                        例示株式会社\n[Email]                         抄@example.jp\n"
ANSWERS = {
    "example.jp": JAPANESE.encode("iso2022_jp"),
    "example.com": "Registrant: Société Exemple 株式会社\n".encode(),
    "example.fr": "Registrant: Société\n".encode("latin-1"),
    "example.net": b"",
}
NAMES = {"whois.example.test": ("127.0.0.1",), "metadata.example.test": ("169.254.169.254",)}


@pytest.fixture
def server() -> Iterator[WhoisServer]:
    with answering(ANSWERS) as whois:
        yield whois


def make(
    allow: Sequence[str] = ("127.0.0.0/8",), touch: Sequence[str] = (), timeout: float = 10.0, most: int = 100_000
) -> TcpWhois:
    return TcpWhois(Guard(lambda host: NAMES.get(host, ()), allow, touch, Spacing(0)), timeout, most)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("example.jp", JAPANESE),
        ("example.com", "Registrant: Société Exemple 株式会社\n"),
        ("example.fr", "Registrant: Société\n"),
        ("nowhere.jp/e", "No match!!\r\n"),
    ],
)
def test_answer(query: str, text: str, server: WhoisServer) -> None:
    """The query goes as one line, and the answer is read in the character set it is in."""
    assert make().ask(server.place, query) == text
    assert server.asked == [query]


def test_server_by_name(server: WhoisServer) -> None:
    """The server's name is looked up and checked; the port of the setting counts."""
    port = server.place.partition(":")[2]
    assert make().ask(f"whois.example.test:{port}", "example.jp") == JAPANESE


@pytest.mark.parametrize("query", ["", "a\r\nb", "a\nb", "a\x00b", "例.jp", "a\tb", "a" * 300])
def test_query_is_one_line(query: str, server: WhoisServer) -> None:
    """What is not one short line of ASCII is never sent."""
    with pytest.raises(Unanswered, match="one line"):
        make().ask(server.place, query)
    assert server.asked == []


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("10.0.0.1", "private"),
        ("metadata.example.test", "link-local"),
        ("[::ffff:10.0.0.1]:43", "private"),
        ("8.8.8.8:25", "port 25"),
        ("8.8.8.8:22", "port 22"),
        ("nowhere.example.test", "no address"),
        ("localhost", "inside"),
        ("a b", "not a usable host"),
        ("whois.example.test@8.8.8.8", "not a usable host"),
        ("2130706433", "not a usable host"),
        ("", "not a usable host"),
    ],
)
def test_t55_whois_referrals(place: str, why: str, server: WhoisServer) -> None:
    """A referral to the inside of a network, to another service's port or to nobody is not followed."""
    with pytest.raises(Unanswered, match=why):
        make(allow=()).ask(place, "example.jp")


def test_never_touch(server: WhoisServer) -> None:
    """A server in never_touch is not asked."""
    with pytest.raises(Unanswered, match="never_touch"):
        make(touch=("127.0.0.1",)).ask(server.place, "example.jp")
    assert server.asked == []


@pytest.mark.parametrize(
    ("query", "why"),
    [("silent", "in time"), ("drip", "in time"), ("endless", "longer than 20000"), ("example.net", "says nothing")],
)
def test_t55_whois_server_that_misbehaves(query: str, why: str, server: WhoisServer) -> None:
    """Silence, an answer without end and an empty one are no answers; none of them is waited for."""
    with pytest.raises(Unanswered, match=why):
        make(timeout=10.0 if query == "endless" else 0.3, most=20_000).ask(server.place, query)


def test_nobody_listens() -> None:
    """A refused connection is told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Unanswered, match="no connection"):
            make().ask(f"127.0.0.1:{free.getsockname()[1]}", "example.jp")


@pytest.mark.parametrize(("address", "ours"), [("8.8.8.8", True), ("2404:6800::1", False)])
def test_no_network(address: str, ours: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any network the query is to be tried again; a missing IPv6 is no such fault."""

    async def unreachable(*_: object, **__: object) -> None:
        raise OSError(errno.ENETUNREACH, "unreachable")

    monkeypatch.setattr("asyncio.open_connection", unreachable)
    with pytest.raises(TransientError if ours else Unanswered):
        make().ask(address, "example.jp")


def test_asked_too_often() -> None:
    """A server whose turn is far off is left alone."""
    guard = Guard(lambda host: (), ("127.0.0.0/8",), (), Spacing(10.0, clock=lambda: 0.0))
    guard.spacing.wait("127.0.0.1", 0)
    with pytest.raises(Unanswered, match="too often"):
        TcpWhois(guard, timeout=1.0).ask("127.0.0.1:9", "example.jp")


@pytest.mark.parametrize("answer", [b"\x1b$B\xff\xff", b"\x1b$B$", b"\xff\xfe\x00", b"\x1b(J"])
def test_any_bytes_have_a_text(answer: bytes) -> None:
    """Damaged answers are text all the same."""
    assert isinstance(decoded(answer), str)
