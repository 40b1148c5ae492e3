"""`mailbot doctor` looks at the desk's own domain, against a real name server on loopback."""

from collections.abc import Mapping

import pytest

from mailbot import setup
from mailbot.config import Config, load
from mailbot.doctor_domain import advise
from tests.contract.name_server import Zone, naming
from tests.pgp_home import needs_gpg, new_home

pytestmark = needs_gpg
GOOD: Zone = {
    ("our-desk.jp.", "MX"): "10 mail.our-desk.jp.",
    ("our-desk.jp.", "TXT"): '"v=spf1 mx ~all"',
    ("_dmarc.our-desk.jp.", "TXT"): '"v=DMARC1; p=reject"',
    ("smtp.our-desk.jp.", "A"): "192.0.2.25",
    ("25.2.0.192.in-addr.arpa.", "PTR"): "smtp.our-desk.jp.",
    ("jp.", "SOA"): "a.dns.jp. root.dns.jp. 1 2 3 4 5",
}


def desk(resolver: str, address: str = "security@our-desk.jp") -> Config:
    """A desk that asks this name server."""
    home = new_home()
    list(setup.init(home, "Our Desk", address, None))
    path = home / "mailbot.toml"
    text = path.read_text("utf-8").replace('"smtp.example.jp"', '"smtp.our-desk.jp"')
    path.write_text(text + f'\n[lookup]\nresolver = ["{resolver}"]\n', "utf-8")
    return load(path)


def told(zone: Zone, address: str = "security@our-desk.jp") -> Mapping[str, tuple[str, str]]:
    """Check -> what was found and what is advised."""
    with naming(zone) as server:
        found = list(advise(desk(server, address)))
    assert all(check.ok for check in found)
    return {check.check: (check.detail, check.advice) for check in found}


def test_a_domain_in_order_gets_no_advice() -> None:
    """All four are looked at, and none needs anything."""
    found = told(GOOD)
    assert set(found) == {"domain: MX", "domain: SPF", "domain: DMARC", "relay: reverse name"}
    assert [advice for _, advice in found.values() if advice] == []


@pytest.mark.parametrize(
    ("missing", "check", "words"),
    [
        (("our-desk.jp.", "MX"), "domain: MX", "publish an MX record"),
        (("our-desk.jp.", "TXT"), "domain: SPF", "v=spf1"),
        (("_dmarc.our-desk.jp.", "TXT"), "domain: DMARC", "v=DMARC1"),
        (("25.2.0.192.in-addr.arpa.", "PTR"), "relay: reverse name", "PTR record of 192.0.2.25"),
    ],
)
def test_what_is_missing_is_advised(missing: tuple[str, str], check: str, words: str) -> None:
    """Each missing record is named with what to publish; it is advice, not a failure."""
    found = told({key: value for key, value in GOOD.items() if key != missing})
    assert words in found[check][1]
    assert [other for other, (_, advice) in found.items() if advice] == [check]


def test_a_subdomain_goes_by_the_registered_domains_policy() -> None:
    """DMARC is looked up at the registered domain where the mail domain has none."""
    zone = {("desk.our-desk.jp.", "TXT"): '"v=spf1 -all"', ("desk.our-desk.jp.", "MX"): "10 mail.our-desk.jp.", **GOOD}
    assert told(zone, "security@desk.our-desk.jp")["domain: DMARC"] == ("DMARC: reject", "")


def test_without_names_it_says_so_once() -> None:
    """No name server at all is one row without advice, and soon."""
    found = list(advise(desk("127.0.0.1:1")))
    assert [(check.check, check.ok, check.advice) for check in found] == [("domain", True, "")]


def test_a_rehearsals_domain_is_left_alone() -> None:
    """A domain that nobody can have is asked of no name server."""
    assert list(advise(desk("127.0.0.1:1", "security@desk.example.jp"))) == []
