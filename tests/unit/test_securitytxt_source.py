"""Where a security.txt is looked for, and what is made of the answers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mailbot.core.contacts import evidence_of
from mailbot.core.hosts import site_of
from mailbot.core.model import Contact
from mailbot.finding.sources import securitytxt
from mailbot.finding.tools import Fetched, Unanswered
from tests.fakes_lookup import PLAIN, Sites, tools_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = b"Contact: mailto:psirt@example.co.jp\nExpires: 2027-06-30T00:00:00Z\n"
EXPIRED = b"Contact: mailto:old@example.co.jp\nExpires: 2020-06-30T00:00:00Z\n"
SIGNED = (
    b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n"
    + GOOD
    + b"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n"
)


def find(sites: Sites, url: str, signature: str = "") -> Sequence[Contact]:
    site = site_of(url)
    assert site is not None
    return securitytxt.look(site, NOW, replace(tools_of(sites), signature=lambda block: signature))


def test_own_file_ends_the_search() -> None:
    """A valid file of the host itself is all that is asked for."""
    sites = Sites({"https://www.example.co.jp/.well-known/security.txt": GOOD})
    (contact,) = find(sites, "https://www.example.co.jp/a")
    assert (contact.n, contact.address, contact.source) == (1, "psirt@example.co.jp", "security.txt")
    assert sites.asked == ["https://www.example.co.jp/.well-known/security.txt"]


def test_where_it_is_looked_for() -> None:
    """The right place, the old place, then the registered domain and its www; a dead host is asked once."""
    sites = Sites({"https://shop.example.co.jp/": b"", "https://www.example.co.jp/": b""})
    assert find(sites, "https://shop.example.co.jp/") == []
    assert sites.asked == [
        "https://shop.example.co.jp/.well-known/security.txt",
        "https://shop.example.co.jp/security.txt",
        "https://example.co.jp/.well-known/security.txt",
        "https://www.example.co.jp/.well-known/security.txt",
        "https://www.example.co.jp/security.txt",
    ]


def test_plain_http_and_port() -> None:
    """A site on a port of its own is asked there first, over TLS and then as it was reported; silence is told."""
    sites = Sites({})
    with pytest.raises(Unanswered):
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
    old, good = find(sites, "https://shop.example.co.jp/")
    assert (old.address, good.address) == ("old@example.co.jp", "psirt@example.co.jp")
    assert old.score < 0.5 < good.score
    assert "expired: 2020-06-30" in evidence_of(old, "problem")
    assert evidence_of(good, "note") == ("the file is that of example.co.jp",)


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (Fetched(200, "https://example.co.jp/security.txt", PLAIN, GOOD), "found at the old place /security.txt"),
        (Fetched(200, "https://example.co.jp/security.txt", {}, GOOD), "not served as text/plain"),
        (Fetched(200, "http://example.co.jp/x", PLAIN, GOOD), "fetched without TLS"),
        (
            Fetched(200, "http://example.co.jp/x", PLAIN, GOOD, notes=("fetched without TLS",)),
            "fetched without TLS",
        ),
    ],
)
def test_notes(answer: Fetched, note: str) -> None:
    """How the file was served stands in the evidence, once."""
    (contact,) = find(Sites({"https://example.co.jp/security.txt": answer}), "https://example.co.jp/")
    assert evidence_of(contact, "note").count(note) == 1


def test_without_tls_it_is_believed_less() -> None:
    """RFC 9116 asks for HTTPS: whoever sits on the way could have written the file."""
    answer = Fetched(200, "http://example.co.jp/x", PLAIN, GOOD)
    (contact,) = find(Sites({"https://example.co.jp/.well-known/security.txt": answer}), "https://example.co.jp/")
    assert contact.score < 0.9
    assert "without TLS" in contact.why


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
    assert find(sites, "https://example.co.jp/") == []


@pytest.mark.parametrize(
    ("verdict", "told", "low", "high"),
    [
        ("good, by AAAA", "good, by AAAA", 0.89, 1.0),
        ("bad", "bad", 0.0, 0.5),
        ("", "present, not verified", 0.89, 1.0),
    ],
)
def test_signature(verdict: str, told: str, low: float, high: float) -> None:
    """A signature is verified where its key is at hand; a wrong one costs the file its trust."""
    sites = Sites({"https://example.co.jp/.well-known/security.txt": SIGNED})
    (contact,) = find(sites, "https://example.co.jp/", verdict)
    assert evidence_of(contact, "signature") == (told,)
    assert low < contact.score < high
