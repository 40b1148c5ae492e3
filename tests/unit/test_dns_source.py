"""What a domain says in TXT records of whom to tell."""

from datetime import UTC, datetime

import pytest

from mailbot.core.hosts import site_of
from mailbot.finding.sources import dns_txt
from tests.fakes_lookup import Zone, tools_of

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAME = "_security.example.co.jp"


def found(
    records: tuple[str, ...], name: str = NAME, url: str = "https://www.example.co.jp/"
) -> list[tuple[str, float]]:
    site = site_of(url)
    assert site is not None
    contacts = dns_txt.look(site, NOW, tools_of(names=Zone({(name, "TXT"): records})))
    return [(c.address, c.score) for c in contacts]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        (("security_contact=mailto:psirt@example.co.jp",), [("psirt@example.co.jp", 0.85)]),
        (("security_contact=psirt@example.co.jp",), [("psirt@example.co.jp", 0.85)]),
        (("Security_Contact=https://example.co.jp/report",), [("https://example.co.jp/report", 0.595)]),
        (("security_contact=mailto:x@example.net",), [("x@example.net", 0.425)]),
        (("security_contact=mailto:x@example.co.jp?bcc=evil@example.net",), [("x@example.co.jp", 0.85)]),
        (
            ("security_contact=mailto:a@example.co.jp security_policy=https://example.co.jp/p",),
            [("a@example.co.jp", 0.85)],
        ),
        (("v=spf1 include:example.net -all", "security_policy=https://example.co.jp/p"), []),
        (("security_contact=javascript:alert(1)", "security_contact="), []),
        (("=", "security_contact", "x" * 5000), []),
    ],
)
def test_records(records: tuple[str, ...], expected: list[tuple[str, float]]) -> None:
    """`security_contact` names addresses, forms and telephones; one outside of the domain is doubtful."""
    assert found(records) == expected


def test_where_it_stands() -> None:
    """Under _security or at the name itself, of the host or of its domain; an IP address has none."""
    records = ("security_contact=mailto:psirt@example.co.jp",)
    for name in ("_security.www.example.co.jp", "www.example.co.jp", NAME, "example.co.jp"):
        assert found(records, name)
    assert found(records, url="https://192.0.2.1/") == []


def test_evidence() -> None:
    """The record's name, the day and the policy are shown."""
    site = site_of("https://example.co.jp/")
    assert site is not None
    records = ("security_contact=mailto:a@example.co.jp", "security_policy=https://example.co.jp/p")
    (contact,) = dns_txt.look(site, NOW, tools_of(names=Zone({(NAME, "TXT"): records})))
    assert contact.source == "dns"
    assert contact.evidence == (
        f"record: TXT {NAME}",
        "checked: 2026-11-22T00:00:00+00:00",
        "policy: https://example.co.jp/p",
    )
