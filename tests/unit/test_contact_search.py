"""Where a security.txt is looked for, and what is made of the answers."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from mailbot.adapters.contact_search import ContactSearch
from mailbot.adapters.web import Fetched
from mailbot.core.contacts import evidence_of
from mailbot.core.model import Contact
from mailbot.errors import TransientError

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = b"Contact: mailto:psirt@example.co.jp\nExpires: 2027-06-30T00:00:00Z\n"
EXPIRED = b"Contact: mailto:old@example.co.jp\nExpires: 2020-06-30T00:00:00Z\n"
PLAIN = {"content-type": "text/plain; charset=utf-8"}


class Sites:
    """Answers from a table of URLs; hosts that stand in none of them are dead."""

    def __init__(self, files: dict[str, bytes | Fetched | None], fails: str = "") -> None:
        self.files = files
        self.fails = fails
        self.asked: list[str] = []

    def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        if self.fails and self.fails in url:
            raise TransientError("no network")
        found = self.files.get(url)
        if isinstance(found, Fetched):
            return found
        if found is not None:
            return Fetched(200, url, PLAIN, found)
        origin = "/".join(url.split("/")[:3])
        if any(known.startswith(f"{origin}/") for known in self.files):
            return Fetched(404, url, problem="http_status: 404")
        return Fetched(0, url, problem="unreachable: no connection could be made")


def find(sites: Sites, *urls: str, **settings: int) -> tuple[Contact, ...]:
    return ContactSearch(sites, **settings).find(urls, NOW)  # type: ignore[arg-type]


def test_own_file_ends_the_search() -> None:
    """A valid file of the host itself is all that is asked for."""
    sites = Sites({"https://www.example.co.jp/.well-known/security.txt": GOOD})
    (contact,) = find(sites, "https://www.example.co.jp/a", "https://www.example.co.jp/b")
    assert (contact.n, contact.address, contact.source) == (1, "psirt@example.co.jp", "security.txt")
    assert sites.asked == ["https://www.example.co.jp/.well-known/security.txt"]


def test_where_it_is_looked_for() -> None:
    """The right place, the old place, then the registered domain and its www; a dead host is asked once."""
    sites = Sites({"https://shop.example.co.jp/": b"", "https://www.example.co.jp/": b""})
    assert find(sites, "https://shop.example.co.jp/") == ()
    assert sites.asked == [
        "https://shop.example.co.jp/.well-known/security.txt",
        "https://shop.example.co.jp/security.txt",
        "https://example.co.jp/.well-known/security.txt",
        "https://www.example.co.jp/.well-known/security.txt",
        "https://www.example.co.jp/security.txt",
    ]


def test_plain_http_and_port() -> None:
    """A site on a port of its own is asked there first, over TLS and then as it was reported."""
    sites = Sites({})
    find(sites, "http://example.co.jp:8080/")
    assert sites.asked == [
        "https://example.co.jp:8080/.well-known/security.txt",
        "http://example.co.jp:8080/.well-known/security.txt",
        "https://example.co.jp/.well-known/security.txt",
        "https://www.example.co.jp/.well-known/security.txt",
    ]


def test_parent_after_expired() -> None:
    """An expired file does not hide the domain's valid one."""
    sites = Sites(
        {
            "https://shop.example.co.jp/.well-known/security.txt": EXPIRED,
            "https://example.co.jp/.well-known/security.txt": GOOD,
        }
    )
    contacts = find(sites, "https://shop.example.co.jp/")
    assert [c.address for c in contacts] == ["psirt@example.co.jp", "old@example.co.jp"]
    assert "expired: 2020-06-30" in evidence_of(contacts[1], "problem")
    assert evidence_of(contacts[0], "note") == ("the file is that of example.co.jp",)


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (Fetched(200, "https://example.co.jp/security.txt", PLAIN, GOOD), "found at the old place /security.txt"),
        (Fetched(200, "https://example.co.jp/security.txt", {}, GOOD), "not served as text/plain"),
        (Fetched(200, "http://example.co.jp/x", PLAIN, GOOD), "fetched without TLS"),
    ],
)
def test_notes(answer: Fetched, note: str) -> None:
    """How the file was served stands in the evidence."""
    (contact,) = find(Sites({"https://example.co.jp/security.txt": answer}), "https://example.co.jp/")
    assert note in evidence_of(contact, "note")


def test_soft_404() -> None:
    """A page that says 200 to everything is no file."""
    html = b"<!DOCTYPE html><p>Contact: mailto:psirt@example.co.jp"
    sites = Sites({"https://example.co.jp/.well-known/security.txt": html, "https://example.co.jp/security.txt": GOOD})
    assert [c.address for c in find(sites, "https://example.co.jp/")] == ["psirt@example.co.jp"]


@pytest.mark.parametrize("canonical", ["https://example.co.jp", "https://www.example.co.jp"])
def test_canonical_at_either_end_of_a_redirect(canonical: str) -> None:
    """After a redirect inside the domain Canonical may name where we asked or where we ended."""
    body = GOOD + f"Canonical: {canonical}/.well-known/security.txt\n".encode()
    answer = Fetched(200, "https://www.example.co.jp/.well-known/security.txt", PLAIN, body)
    (contact,) = find(Sites({"https://example.co.jp/.well-known/security.txt": answer}), "https://example.co.jp/")
    assert evidence_of(contact, "problem") == ()


def test_hostile_mailto() -> None:
    """A mailto with recipients, headers or line breaks gives an address or nothing."""
    body = (
        b"Contact: mailto:psirt@example.co.jp?bcc=evil@example.net&subject=%0aX\n"
        b"Contact: mailto:a@example.co.jp%0aBcc:evil@example.net\nExpires: 2027-06-30T00:00:00Z\n"
    )
    contacts = find(Sites({"https://example.co.jp/.well-known/security.txt": body}), "https://example.co.jp/")
    assert [c.address for c in contacts] == ["psirt@example.co.jp"]


def test_bytes_that_are_no_text() -> None:
    """A binary file is no file."""
    sites = Sites({"https://example.co.jp/.well-known/security.txt": bytes(range(256))})
    assert find(sites, "https://example.co.jp/") == ()


@pytest.mark.parametrize("urls", [(), ("",), ("file:///etc/passwd", "なし", "http://[::1")])
def test_nothing_to_ask(urls: Sequence[str]) -> None:
    """URLs that name no site cause no fetch."""
    sites = Sites({})
    assert (find(sites, *urls), sites.asked) == ((), [])


def test_hosts_are_limited() -> None:
    """A report that lists many hosts has five of them asked, and not too often in all."""
    sites = Sites({f"https://h{n}.example{n}.co.jp/": b"" for n in range(100)})
    find(sites, *(f"https://h{n}.example{n}.co.jp/" for n in range(100)))
    assert len(sites.asked) == 20
    assert not any("h5." in url for url in sites.asked)


def test_time_is_limited() -> None:
    """When the time is up no further site is asked."""
    ticks = iter([0.0, 1.0, 61.0, 62.0, 63.0, 64.0])
    sites = Sites({"https://example.co.jp/": b""})
    ContactSearch(sites, clock=lambda: next(ticks)).find(["https://example.co.jp/"], NOW)
    assert sites.asked == ["https://example.co.jp/.well-known/security.txt"]


def test_source_switched_off() -> None:
    """A source that is switched off is not asked."""
    sites = Sites({})
    assert ContactSearch(sites, enabled_sources=()).find(["https://example.co.jp/"], NOW) == ()
    assert sites.asked == []


def test_our_network_fails() -> None:
    """Without any result a fault of our own network is raised; with one the result counts."""
    files: dict[str, bytes | Fetched | None] = {"https://example.co.jp/.well-known/security.txt": GOOD}
    with pytest.raises(TransientError):
        find(Sites(files, fails="broken"), "https://broken.jp/", "https://example.co.jp/")
    assert len(find(Sites(files, fails="broken"), "https://example.co.jp/", "https://broken.jp/")) == 1
