"""RDAP answers, and the sources that ask registries of names and addresses for them."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.hosts import site_of
from mailbot.core.model import Contact
from mailbot.core.rdap import parse_rdap
from mailbot.core.rdap_servers import server_for_address, server_for_domain
from mailbot.core.registrations import RegistrationState
from mailbot.core.rname import rname_address
from mailbot.finding.sources import hosting, rdap, role, soa
from mailbot.finding.tools import Unanswered
from tests.lookups import NOW, Pages, tools
from tests.unit.test_whois_jprs_text import NETWORK

VERISIGN = "https://rdap.verisign.com/com/v1/domain/example.com"
REGISTRAR = "https://rdap.registrar.example/domain/example.com"


def card(**values: str) -> list[Any]:
    """A jCard of these properties."""
    return [
        "vcard",
        [["version", {}, "text", "4.0"], *([k.replace("_", "-"), {}, "text", v] for k, v in values.items())],
    ]


def entity(roles: list[str], inside: tuple[dict[str, Any], ...] = (), **values: str) -> dict[str, Any]:
    """An entity in these roles."""
    return {"objectClassName": "entity", "roles": roles, "vcardArray": card(**values), "entities": list(inside)}


def domain(*entities: dict[str, Any], **more: Any) -> bytes:
    """An answer about example.com."""
    return json.dumps(
        {"objectClassName": "domain", "ldhName": "EXAMPLE.COM", "entities": list(entities), **more}
    ).encode()


def network(*entities: dict[str, Any]) -> bytes:
    """An answer about a network."""
    return json.dumps({"objectClassName": "ip network", "name": "EXAMPLE-NET", "entities": list(entities)}).encode()


def ways(found: Any) -> dict[str, float]:
    """Scores by address."""
    contacts: tuple[Contact, ...] = tuple(found)
    return {contact.address: contact.score for contact in contacts}


def looked(host: str, answers: dict[str, bytes | int], base: str = "") -> dict[str, float]:
    """What the source finds."""
    site = site_of(f"https://{host}/")
    assert site is not None
    return ways(rdap.look(site, NOW, tools(web=answers), base))


def test_names_roles_and_dates_are_read() -> None:
    """The parties keep their roles, the abuse desk inside a registrar is the registrar's."""
    abuse = entity(["abuse"], fn="Abuse", email="abuse@registrar.example", tel="tel:+1.4805551234")
    found = parse_rdap(
        domain(
            entity(["registrar"], (abuse,), fn="Registrar Inc."),
            entity(["registrant", "technical"], fn="Taro", org="Example Inc.", email="it@example.com"),
            status=["active"],
            events=[{"eventAction": "registration", "eventDate": "2001-08-22T04:00:00Z"}],
            nameservers=[{"ldhName": "NS1.EXAMPLE.COM"}],
        )
    )
    assert found is not None
    assert (found.subject, found.organisation, found.name_servers) == (
        "example.com",
        "Example Inc.",
        ("ns1.example.com",),
    )
    assert found.created == datetime(2001, 8, 22, 4, tzinfo=UTC)
    assert [(p.roles, p.emails) for p in found.parties] == [
        (("registrar",), ()),
        (("registrant", "technical"), ("it@example.com",)),
        (("registrar abuse",), ("abuse@registrar.example",)),
    ]


def test_the_own_domain_is_believed_more() -> None:
    """Registrant and technical contact in the site's domain, elsewhere, and the registrar's desk, in this order."""
    abuse = entity(["abuse"], email="abuse@registrar.example")
    answers: dict[str, bytes | int] = {
        VERISIGN: domain(
            entity(["registrar"], (abuse,)),
            entity(["registrant"], email="it@example.com"),
            entity(["technical"], email="web@agency.example"),
        )
    }
    assert looked("www.example.com", answers) == {
        "it@example.com": 0.5,
        "web@agency.example": 0.28,
        "abuse@registrar.example": 0.2,
    }


@pytest.mark.parametrize(
    "value", ["REDACTED FOR PRIVACY", "Data Protected, not disclosed", "Statutory Masking Enabled"]
)
def test_a_masked_value_is_none(value: str) -> None:
    """Registries write their excuses into the fields."""
    found = parse_rdap(domain(entity(["registrant"], fn=value, org=value, email=value, tel=value)))
    assert found is not None
    assert (found.parties, found.organisation) == ((), "")


def test_what_is_declared_redacted_is_not_believed() -> None:
    """RFC 9537: removed values count as absent, a replaced address is an intermediary's."""
    person = entity(["registrant"], fn="Someone", org="Relay Ltd.", email="x1@relay.example")
    removed = [{"name": {"description": "Registrant Email"}, "method": "emptyValue"}]
    replaced = [{"name": {"description": "Registrant Email"}, "method": "replacementValue"}]
    named = [{"name": {"type": "Registrant Organization"}, "method": "emptyValue"}]
    assert looked("example.com", {VERISIGN: domain(person, redacted=removed)}) == {}
    assert looked("example.com", {VERISIGN: domain(person, redacted=replaced)}) == {"x1@relay.example": 0.15}
    hidden = parse_rdap(domain(person, redacted=named))
    assert hidden is not None
    assert hidden.organisation == "Someone"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Domains By Proxy, LLC", "x@dbp.example"),
        ("Anything", "x@contactprivacy.com"),
        ("お名前.com Whois情報公開代行", "a@b.example"),
    ],
)
def test_privacy_services_stand_in_the_registrants_place(name: str, address: str) -> None:
    """By name or by domain."""
    assert looked("example.com", {VERISIGN: domain(entity(["registrant"], fn=name, email=address))}) == {address: 0.15}


def test_the_registrars_form_reaches_the_registrant() -> None:
    """A contact-uri is a way for a person."""
    form = "https://registrar.example/contact?domain=example.com"
    found = looked("example.com", {VERISIGN: domain(entity(["registrant"], contact_uri=form))})
    assert found == {form: 0.245}


def test_the_registrars_answer_is_asked_for() -> None:
    """One step on, over https only; its silence takes nothing away."""
    link = {"rel": "related", "type": "application/rdap+json", "href": REGISTRAR}
    answers: dict[str, bytes | int] = {
        VERISIGN: domain(entity(["abuse"], email="abuse@example.com"), links=[link]),
        REGISTRAR: domain(entity(["technical"], email="noc@example.com"), links=[link]),
    }
    assert looked("example.com", answers) == {"abuse@example.com": 0.45, "noc@example.com": 0.48}
    answers[REGISTRAR] = 503
    assert looked("example.com", answers) == {"abuse@example.com": 0.45}
    plain = {**link, "href": "http://169.254.169.254/latest"}
    found = parse_rdap(domain(links=[plain]))
    assert found is not None
    assert found.referral == ""


def test_t55_answers_are_bounded() -> None:
    """Depth, number and size have an end, and whatever is odd is passed over alone."""
    assert parse_rdap(b"[" * 200_000) is None
    assert parse_rdap(b'{"objectClassName":"domain","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}") is None
    assert parse_rdap(b" " * 600_000 + domain()) is None
    assert parse_rdap(b'{"objectClassName":"domain","x":' + b"9" * 10_000 + b"}") is None
    many = parse_rdap(domain(*(entity(["technical"], email=f"a{n}@example.com") for n in range(1_000))))
    assert many is not None
    assert len(many.parties) == 60
    nested = entity(["technical"], email="deep@example.com")
    for _ in range(20):
        nested = entity([], (nested,))
    deep = parse_rdap(domain(nested))
    assert deep is not None
    assert deep.parties == ()


@pytest.mark.parametrize(
    "odd",
    [None, 7, "x", [], {}, {"roles": "registrant"}, {"roles": [7], "vcardArray": ["vcard"]},
     {"vcardArray": ["vcard", 7]},
     {"vcardArray": ["vcard", [["email"], 7, ["email", {}, "text", 7], ["org", {}, "text", []]]]}],
)  # fmt: skip
def test_an_odd_entity_spoils_no_other(odd: Any) -> None:
    """Registries differ; what is not understood is left out."""
    found = parse_rdap(domain(odd, entity(["technical"], email="noc@example.com")))
    assert found is not None
    assert [party.emails for party in found.parties] == [("noc@example.com",)]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["entities", "roles", "vcardArray", "status", "links", "redacted", "name"]), inner
        )
    ),
    max_leaves=20,
)


@given(_JSON)
def test_no_json_breaks_the_reading(value: Any) -> None:
    """Whatever stands in the known places."""
    table = dict.fromkeys(("entities", "status", "links", "events", "redacted", "nameservers", "ldhName"), value)
    assert parse_rdap(json.dumps({"objectClassName": "domain", **table}).encode()) is not None
    assert parse_rdap(json.dumps(value).encode()) is None


def test_the_server_is_known_or_named() -> None:
    """The bootstrap tells the server; `rdap_url` takes the place of all of them; Japan's registry has none."""
    assert server_for_domain("example.com") == "https://rdap.verisign.com/com/v1/"
    assert server_for_domain("example.co.jp") is None
    assert server_for_address("203.0.113.5") == "https://rdap.apnic.net/"
    assert server_for_address("8.8.8.8") == "https://rdap.arin.net/registry/"
    assert server_for_address("2a00:1450::1") == "https://rdap.db.ripe.net/"
    with pytest.raises(Unanswered, match=r"no RDAP server is known for \.jp"):
        looked("www.example.co.jp", {})
    own: dict[str, bytes | int] = {
        "http://127.0.0.1:8/domain/example.co.jp": domain(entity(["technical"], email="a@example.co.jp"))
    }
    assert looked("www.example.co.jp", own, "http://127.0.0.1:8/") == {"a@example.co.jp": 0.48}


@pytest.mark.parametrize(
    ("answer", "why"), [(429, "too often"), (500, "http_status: 500"), (b"<html>", "none about a domain")]
)
def test_an_unusable_answer_is_told(answer: bytes | int, why: str) -> None:
    """A missing entry is no fault, all else is."""
    assert looked("example.com", {VERISIGN: 404}) == {}
    with pytest.raises(Unanswered, match=why):
        looked("example.com", {VERISIGN: answer})


def test_reserved_and_dying_domains_are_told() -> None:
    """The registry's status words."""
    for status, state in (("reserved", RegistrationState.RESERVED), ("pending delete", RegistrationState.SUSPENDED)):
        found = parse_rdap(domain(status=[status]))
        assert found is not None
        assert found.state is state


def hosts(host: str, base: str = "", **known: Any) -> dict[str, float]:
    """What the network's registration gives."""
    site = site_of(f"https://{host}/")
    assert site is not None
    return ways(hosting.look(site, NOW, tools(**known), base))


def test_the_networks_abuse_desk_is_believed_little() -> None:
    """It is the provider's, unless the site's own organisation runs the network."""
    url = "https://rdap.arin.net/registry/ip/8.8.8.8"
    provider = entity(["registrant"], (entity(["abuse"], email="abuse@provider.example"),), fn="Provider")
    zone = {"www.example.com A": ("8.8.8.8",)}
    assert hosts("www.example.com", web={url: network(provider)}, names=zone) == {"abuse@provider.example": 0.25}
    own = network(entity(["abuse"], email="noc@example.com"))
    assert hosts("www.example.com", web={url: own}, names=zone) == {"noc@example.com": 0.4}


def test_japans_networks_are_asked_of_jpnic() -> None:
    """APNIC names JPNIC's desk, which passes nothing on."""
    url = "https://rdap.apnic.net/ip/203.0.2.1"
    jpnic = network(entity(["abuse"], email="hostmaster@nic.ad.jp"))
    zone = {"www.example.jp A": ("203.0.2.1",)}
    answers = {"whois.nic.ad.jp 203.0.2.1": NETWORK, "whois.nic.ad.jp JP00000001": ""}
    found = hosts("www.example.jp", web={url: jpnic}, names=zone, whois=answers)
    assert found == {"abuse@hosting.example": 0.25}


def test_a_private_address_is_nobodys_network() -> None:
    """No registry is asked about it."""
    pages = Pages({})
    assert hosts("intra.example.jp", names={"intra.example.jp A": ("10.0.0.1", "::1")}) == {}
    assert pages.asked == []


@pytest.mark.parametrize(
    ("rname", "address"),
    [
        ("hostmaster.example.jp", "hostmaster@example.jp"),
        ("hostmaster.example.jp.", "hostmaster@example.jp"),
        (r"first\.last.example.jp", "first.last@example.jp"),
        (r"first\046last.example.jp", "first.last@example.jp"),
        (r"a\@b.example.jp", None),
        ("example", None),
        (".", None),
        ("hostmaster.localhost", None),
        (r"a\010bcc.example.jp", None),
    ],
)
def test_the_first_plain_dot_is_the_at_sign(rname: str, address: str | None) -> None:
    """RFC 1035: a dot of the local part is escaped."""
    assert rname_address(rname) == address


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("ns1.example.jp hostmaster.example.jp", {"hostmaster@example.jp": 0.2}),
        ("ns1.dns.example hostmaster.company.example", {"hostmaster@company.example": 0.1}),
        ("ns1.dns.example hostmaster.dns.example", {}),
        ("ns-1.awsdns-1.com awsdns-hostmaster.amazon.com", {}),
        ("ns1.example.jp .", {}),
    ],
)
def test_the_zones_address(record: str, expected: dict[str, float]) -> None:
    """The DNS hoster's own is nobody's."""
    site = site_of("https://www.example.jp/")
    assert site is not None
    assert ways(soa.look(site, NOW, tools(names={"example.jp SOA": (record,)}))) == expected


@pytest.mark.parametrize(
    ("host", "names", "first"),
    [
        ("www.example.jp", {"example.jp MX": ("10 mx.example.jp",)}, "security@example.jp"),
        ("shop.example.jp", {"shop.example.jp MX": ("10 mx.example.jp",)}, "security@shop.example.jp"),
        ("lab.dept.example.ac.jp", {"dept.example.ac.jp MX": ("10 mx.example.jp",)}, "security@dept.example.ac.jp"),
        ("shop.example.jp", {"shop.example.jp MX": ("0 .",), "example.jp MX": ("5 a.jp",)}, "security@example.jp"),
        ("www.example.jp", {"example.jp MX": ("0 .",)}, None),
        ("www.example.jp", {}, None),
        ("x.github.io", {"x.github.io MX": ("10 mx.github.io",), "github.io MX": ("10 mx.github.io",)}, None),
        ("192.0.2.1", {"192.0.2.1 MX": ("10 mx.example.jp",)}, None),
    ],
)
def test_roles_are_guessed_only_where_mail_is_taken_in(host: str, names: Any, first: str | None) -> None:
    """RFC 2142 names of the nearest domain with an MX, security@ before abuse@ before the rest."""
    site = site_of(f"https://{host}/")
    assert site is not None
    found = ways(role.look(site, NOW, tools(names=names)))
    assert next(iter(found), None) == first
    assert list(found.values()) == ([0.45, 0.35, 0.3, 0.29, 0.28] if first else [])


def test_a_silent_zone_is_told() -> None:
    """That nobody answered is not that there is no mail."""
    site = site_of("https://www.example.jp/")
    assert site is not None
    with pytest.raises(Unanswered):
        role.look(site, NOW, tools(names={"example.jp MX": None}))
