"""Contact points in order of trust."""

from datetime import UTC, datetime

import pytest

from mailbot.core.contacts import channel, evidence_of, from_report, from_securitytxt, rank
from mailbot.core.model import Contact
from mailbot.core.securitytxt import parse

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://www.example.co.jp/.well-known/security.txt"
EXPIRES = "Expires: 2027-06-30T00:00:00Z"
HOST = "www.example.co.jp"


def found(*lines: str, notes: tuple[str, ...] = ()) -> tuple[Contact, ...]:
    return from_securitytxt(parse("\n".join(lines), NOW, URL), HOST, NOW, notes)


def test_valid_file() -> None:
    """A valid file of the site's own gives a contact point with evidence and a reason."""
    (contact,) = found("Contact: mailto:psirt@example.co.jp", EXPIRES, "Encryption: https://example.co.jp/k.asc")
    assert (contact.n, contact.address, contact.source, contact.score) == (
        1,
        "psirt@example.co.jp",
        "security.txt",
        0.9,
    )
    assert contact.why == "named in security.txt of www.example.co.jp"
    assert evidence_of(contact, "url") == (URL,)
    assert evidence_of(contact, "checked") == ("2026-11-22T00:00:00+00:00",)
    assert evidence_of(contact, "key") == ("https://example.co.jp/k.asc",)
    assert evidence_of(contact, "problem") == ()


def test_file_order_is_preference() -> None:
    """Of addresses that are equal otherwise the file's first comes first."""
    contacts = found("Contact: mailto:b@example.co.jp", "Contact: mailto:a@example.co.jp", EXPIRES)
    assert [(c.n, c.address) for c in contacts] == [(1, "b@example.co.jp"), (2, "a@example.co.jp")]


def test_mail_before_form_before_phone() -> None:
    """What can be mailed comes first, whatever the file prefers."""
    contacts = found(
        "Contact: tel:+81-3-0000-0000",
        "Contact: https://www.example.co.jp/form",
        "Contact: mailto:a@example.co.jp",
        EXPIRES,
    )
    assert [channel(c.address) for c in contacts] == ["address", "form", "phone"]


@pytest.mark.parametrize(
    ("lines", "notes", "why"),
    [
        (("Contact: mailto:a@example.net", EXPIRES), (), "example.net is outside the site's domain example.co.jp"),
        (("Contact: https://hackerone.example/x", EXPIRES), (), "hackerone.example is outside"),
        (("Contact: mailto:a@example.co.jp", "Expires: 2020-01-01T00:00:00Z"), (), "the file has expired"),
        (("Contact: mailto:a@example.co.jp",), (), "does not say when it expires"),
        (("Contact: mailto:a@example.co.jp", EXPIRES, "Canonical: https://x.jp/s"), (), "belongs to another URL"),
        (("Contact: mailto:a@example.co.jp?bcc=b@x.jp", EXPIRES), (), "more than an address"),
        (
            ("Contact: mailto:a@example.co.jp", EXPIRES),
            ("redirected to another domain: example.net",),
            "redirects to another domain",
        ),
    ],
)
def test_doubts_lower_the_score_and_are_told(lines: tuple[str, ...], notes: tuple[str, ...], why: str) -> None:
    """Whatever speaks against a contact point costs trust and stands in its reason."""
    (contact,) = found(*lines, notes=notes)
    assert contact.score < 0.9
    assert why in contact.why


def test_expired_is_low() -> None:
    """An expired file of the site is worth less than a valid foreign address."""
    (expired,) = found("Contact: mailto:a@example.co.jp", "Expires: 2020-01-01T00:00:00Z")
    (foreign,) = found("Contact: mailto:a@example.net", EXPIRES)
    assert expired.score < 0.2 < foreign.score
    assert evidence_of(expired, "problem") == ("expired: 2020-01-01",)


def test_same_registrable_domain_is_own() -> None:
    """An address of a sister host in the same registered domain is the site's own."""
    (contact,) = found("Contact: mailto:a@csirt.example.co.jp", EXPIRES)
    assert "outside" not in contact.why


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("お問い合わせ: info@example.co.jpまで", ["info@example.co.jp"]),
        ("<info@example.co.jp>、web@example.co.jp。", ["info@example.co.jp", "web@example.co.jp"]),
        ("info＠example.co.jp", ["info@example.co.jp"]),
        ("info [at] example [dot] co.jp", ["info@example.co.jp"]),
        ("フォーム（https://www.example.co.jp/contact）", ["https://www.example.co.jp/contact"]),
        ("電話 ０３－１２３４－５６７８（代表）", ["tel:03-1234-5678"]),
        ("0120-000-000 または info@example.co.jp.", ["info@example.co.jp", "tel:0120-000-000"]),
        ("なし", []),
        ("a@b", []),
        ("", []),
    ],
)
def test_from_report(text: str, addresses: list[str]) -> None:
    """Addresses, forms and numbers are read out of what the finder wrote."""
    assert [c.address for c in from_report(text, ["https://www.example.co.jp/"])] == addresses


def test_report_of_foreign_address() -> None:
    """A finder's address for the operator counts less when it lies outside every reported site."""
    own, foreign = from_report("x@example.net a@example.co.jp", ["https://example.jp/", "https://www.example.co.jp/"])
    assert (own.address, foreign.address) == ("a@example.co.jp", "x@example.net")
    assert own.score > foreign.score
    assert "outside the site's domain" in foreign.why


def test_report_is_limited() -> None:
    """A report cannot flood the case with contact points."""
    assert len(from_report(" ".join(f"a{n}@example.jp" for n in range(1000)))) == 10


def test_rank_merges_sources() -> None:
    """One address from two sources is one contact point with the better score and both reasons."""
    (merged,) = rank(
        [
            Contact(1, "A@example.jp", "report", score=0.5, why="named in the report", evidence=("x",)),
            Contact(1, "a@example.jp", "security.txt", score=0.9, why="named in security.txt", evidence=("y",)),
        ]
    )
    assert (merged.n, merged.source, merged.score, merged.evidence) == (1, "security.txt", 0.9, ("y", "x"))
    assert merged.why == "named in security.txt; also named in the report"


def test_rank_numbers_from_one() -> None:
    """The best is number one."""
    ranked = rank([Contact(7, "a@x.jp", "report", score=0.1), Contact(7, "b@x.jp", "report", score=0.8)])
    assert [(c.n, c.address) for c in ranked] == [(1, "b@x.jp"), (2, "a@x.jp")]


def test_the_finders_own_address_is_not_the_operators() -> None:
    """A finder who writes the own address where the operator's belongs is not written to as the operator."""
    contacts = from_report("me@finder.example.org, info@example.co.jp", (), ("Me@finder.example.org",))
    assert [c.address for c in contacts] == ["info@example.co.jp"]
