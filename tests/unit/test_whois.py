"""WHOIS as a source: whom it asks, what it follows, and how far it is believed."""

import pytest

from mailbot.core.hosts import site_of
from mailbot.core.whois_text import parse_whois
from mailbot.finding.sources import whois
from mailbot.finding.tools import Unanswered
from tests.lookups import NOW, Registry, tools
from tests.unit.test_whois_jprs_text import GENERAL, GROUP, ORGANISATION, PERSON

REGISTRY = """\
   Domain Name: EXAMPLE.COM
   Registry Domain ID: 1_DOMAIN_COM-VRSN
   Registrar WHOIS Server: whois.registrar.example
   Registrar Abuse Contact Email: abuse@registrar.example
   Registrar Abuse Contact Phone: +1.4805551234
   Creation Date: 2001-08-22T04:00:00Z
   Registry Expiry Date: 2026-08-22T04:00:00Z
   Name Server: NS1.EXAMPLE.COM
>>> Last update of whois database: 2026-05-01T00:00:00Z <<<
"""
REGISTRAR = """\
Domain Name: example.com
Registrant Name: REDACTED FOR PRIVACY
Registrant Organization: Example Inc.
Registrant Email: Please query the RDDS service of the Registrar of Record
Tech Name: Taro Reiji
Tech Phone: +81.300001234
Tech Email: noc@example.com
"""
PROXY = """\
Domain Name: example.com
Registrant Organization: Whois Privacy Protection Service by Example
Registrant Email: proxy@whoisprotectservice.com
Admin Email: proxy@whoisprotectservice.com
"""


def looked(host: str, answers: dict[str, str], server: str = "") -> list[tuple[str, float]]:
    """Addresses and scores that the source finds."""
    site = site_of(f"https://{host}/")
    assert site is not None
    return [(c.address, c.score) for c in whois.look(site, NOW, tools(whois=answers), server)]


def test_a_general_domain_is_asked_once() -> None:
    """The public contact point in the own domain is half believed, its phone less."""
    found = looked("www.example.jp", {"whois.jprs.jp example.jp": GENERAL})
    assert found == [("it@example.jp", 0.5), ("tel:03-0000-1234", 0.3), ("fax:03-0000-1235", 0.2)]


def test_handles_are_asked_for() -> None:
    """People and groups behind a domain of an organisation; the group's other domain counts less."""
    answers = {"whois.jprs.jp example.co.jp": ORGANISATION, "whois.jprs.jp TR0001JP": PERSON}
    answers["whois.jprs.jp JP00000001"] = GROUP
    found = dict(looked("example.co.jp", answers))
    assert found["taro@example.co.jp"] == 0.48
    assert found["noc@example.ad.jp"] == 0.28
    del answers["whois.jprs.jp TR0001JP"]
    assert "taro@example.co.jp" not in dict(looked("example.co.jp", answers))


def test_the_registrar_is_asked_after_the_registry() -> None:
    """One step, by host name; the registrar's own abuse desk is believed little."""
    answers = {"whois.verisign-grs.com example.com": REGISTRY, "whois.registrar.example example.com": REGISTRAR}
    found = dict(looked("www.example.com", answers))
    assert found["noc@example.com"] == 0.48
    assert found["abuse@registrar.example"] == 0.2
    assert "tel:+1-4805551234" not in found


def test_a_silent_registrar_takes_nothing_away() -> None:
    """What the registry said stands."""
    assert looked("example.com", {"whois.verisign-grs.com example.com": REGISTRY}) == [("abuse@registrar.example", 0.2)]


@pytest.mark.parametrize("place", ["127.0.0.1", "[::1]", "localhost", "169.254.169.254:80", "http://x.example/../"])
def test_t55_a_referral_is_a_host_name(place: str) -> None:
    """No address of ours can be given as the next server."""
    assert parse_whois(REGISTRY.replace("whois.registrar.example", place)).referral in ("", "http")


def test_the_named_server_is_asked_for_everything() -> None:
    """`whois_host` takes the place of all servers, and no referral leads away from it."""
    registry = Registry({"whois.desk.example example.com": REGISTRY})
    site = site_of("https://example.com/")
    assert site is not None
    used = tools()
    whois.look(site, NOW, type(used)(used.web, used.names, registry, used.certificates), "whois.desk.example")
    assert registry.asked == ["whois.desk.example example.com"]


def test_other_top_level_domains_are_asked_of_iana() -> None:
    """IANA names the server of a top-level domain."""
    iana = "domain:       TOKYO\nwhois:        whois.nic.tokyo\nstatus:       ACTIVE\n"
    answers = {"whois.iana.org tokyo": iana, "whois.nic.tokyo example.tokyo": REGISTRAR.replace(".com", ".tokyo")}
    assert ("noc@example.tokyo", 0.48) in looked("www.example.tokyo", answers)


def test_a_privacy_service_is_hardly_believed() -> None:
    """It stands in the registrant's place."""
    assert looked("example.com", {"whois.verisign-grs.com example.com": PROXY}) == [
        ("proxy@whoisprotectservice.com", 0.15)
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [("Query rate limit exceeded", "asked too often"), ("<html>welcome</html>", "not understood")],
)
def test_an_unusable_answer_is_told(text: str, why: str) -> None:
    """In our words, not the server's."""
    with pytest.raises(Unanswered, match=why):
        looked("example.jp", {"whois.jprs.jp example.jp": text})


@pytest.mark.parametrize("host", ["192.0.2.1", "someone.github.io", "someone.sakura.ne.jp"])
def test_nobody_is_asked_for_a_landlord(host: str) -> None:
    """The papers of a hosting company's domain do not name its tenants."""
    assert looked(host, {}) == []
