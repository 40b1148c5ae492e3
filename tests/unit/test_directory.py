"""The desk's own directory: whom it knows, whom it never writes to, and the by-ways of the guideline."""

from datetime import UTC, datetime

import pytest

from mailbot.core.contacts import evidence_of
from mailbot.core.directory import contacts_at, contacts_by_name, name_key
from mailbot.core.hosts import site_of
from mailbot.core.rule_examples import run_examples
from mailbot.core.ruleset import Ruleset, load_rules
from mailbot.core.seeking import Question
from mailbot.errors import ConfigError
from mailbot.finding.sources import certificate, directory
from mailbot.finding.tools import CertificateNames, Unanswered
from tests.lookups import NOW, tools
from tests.shipped_rules import shipped_rules

FILE = """
[[organisation]]
id = "example-shop"
why = "Its CSIRT wrote to us."
names = ["株式会社例示商店", "Example Shop Inc."]
domains = ["example.co.jp"]
products = ["FooBoard"]
checked = 2026-04-01
origin = "mail of 2026-04-01"
notes = "Asks for both languages."
hit = ["www.example.co.jp", "（株）例示商店", "fooboard"]
miss = ["www.example.com", "例示"]

[[organisation.contact]]
address = "csirt@example.co.jp"
kind = "csirt"
key = "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567"
languages = ["ja", "en"]
hours = "9:30-17:30"

[[organisation.contact]]
address = "https://www.example.co.jp/contact"

[[organisation.contact]]
address = "tel:03-0000-1234"

[[organisation]]
id = "example-lab"
why = "Its own desk for one host."
names = ["Example Lab"]
domains = ["lab.example.co.jp"]
checked = 2020-04-01
origin = "its page"
hit = ["x.lab.example.co.jp"]
miss = ["www.example.co.jp"]

[[organisation.contact]]
address = "lab@example.co.jp"

[[never]]
id = "agency"
why = "It asked us not to write to it."
addresses = ["agency.example.com", "boss@example.co.jp", "tel:03-0000-9999"]
hit = ["a@mail.agency.example.com", "Boss@example.co.jp", "https://agency.example.com/form", "tel:03-0000-9999"]
miss = ["a@example.com", "b@example.co.jp", "tel:03-0000-1234"]
"""


def rules() -> Ruleset:
    """The rules of that file alone."""
    return load_rules({"contacts/ours.toml": FILE})


def test_its_examples_are_tested_like_those_of_all_rules() -> None:
    """An entry says what it must and must not be found by."""
    assert run_examples(rules()) == ()
    wrong = run_examples(load_rules({"contacts/ours.toml": FILE.replace('"fooboard"]', '"BarBoard"]')}))
    assert [(each.rule, each.example) for each in wrong] == [("example-shop", "BarBoard")]


def test_what_was_checked_by_hand_is_surest() -> None:
    """The CSIRT first, then what a person may use, each with what the desk knows."""
    found = contacts_at(rules().directory, "www.example.co.jp", NOW)
    assert [(c.address, c.score) for c in found] == [
        ("csirt@example.co.jp", 0.95),
        ("https://www.example.co.jp/contact", 0.624),
        ("tel:03-0000-1234", 0.529),
    ]
    assert evidence_of(found[0], "key") == ("openpgp4fpr:0123456789ABCDEF0123456789ABCDEF01234567",)
    assert evidence_of(found[0], "language") == ("ja", "en")
    assert evidence_of(found[0], "checked") == ("2026-04-01T00:00:00+00:00",)
    assert evidence_of(found[0], "origin") == ("mail of 2026-04-01",)


def test_the_nearest_entry_counts_and_an_old_one_less() -> None:
    """A host's own entry takes the place of its domain's; what nobody checked for two years is doubted."""
    (found,) = contacts_at(rules().directory, "x.lab.example.co.jp", NOW)
    assert (found.address, found.score) == ("lab@example.co.jp", 0.63)
    assert "nobody checked it since 2020-04-01" in found.why
    (fresh,) = contacts_at(rules().directory, "lab.example.co.jp", datetime(2021, 1, 1, tzinfo=UTC))
    assert fresh.score == 0.9


@pytest.mark.parametrize("host", ["example.co.jp.evil.example", "notexample.co.jp", "co.jp", "127.0.0.1"])
def test_a_similar_host_is_another(host: str) -> None:
    """Only the domain itself and what lies in it."""
    assert contacts_at(rules().directory, host, NOW) == ()


@pytest.mark.parametrize("name", ["例示商店", "㈱例示商店", "Example Shop, Inc.", "EXAMPLE SHOP", "FooBoard"])
def test_a_name_is_found_in_any_legal_form(name: str) -> None:
    """Makers are found by their name or a product's."""
    found = contacts_by_name(rules().directory, (name,), "directory", "the report", NOW)
    assert (found[0].address, found[0].score) == ("csirt@example.co.jp", 0.76)


@pytest.mark.parametrize("name", ["", "株式会社", "Inc.", "例", "・・・", "x" * 10_000])
def test_a_legal_form_alone_is_no_name(name: str) -> None:
    """What is left of it matches nothing."""
    assert contacts_by_name(rules().directory, (name,), "directory", "the report", NOW) == ()


def test_the_key_of_a_name() -> None:
    """Width, case, spaces and the legal form say nothing."""
    assert name_key("株式会社 Ｆｏｏ") == name_key("foo Co., Ltd.") == "foo"
    assert name_key("The Company") == "the"
    assert name_key("Limited") == "limited"


def test_nobody_on_the_list_is_written_to() -> None:
    """Unless the case is about a site of theirs: then the domain is the operator's."""
    known = shipped_rules().directory
    assert "registry" in known.forbids("hostmaster@nic.ad.jp").lower()
    assert known.forbids("hostmaster@nic.ad.jp", ["www.nic.ad.jp"]) == ""
    assert known.forbids("vuln-info@ipa.go.jp", ["www.ipa.go.jp"]) != ""
    assert known.forbids("abuse@example.ad.jp") == ""
    assert rules().directory.forbids("boss@example.co.jp", ["www.example.co.jp"]) == "It asked us not to write to it."


@pytest.mark.parametrize(
    ("host", "clause"),
    [
        ("www.example.go.jp", "V-3-7 (イ)"),
        ("www.example.lg.jp", "V-3-7 (ウ)"),
        ("www.city.example.chiba.jp", "V-3-7 (ウ)"),
        ("www.example.co.jp", None),
    ],
)
def test_public_bodies_have_a_by_way(host: str, clause: str | None) -> None:
    """The guideline names who may be asked; no address is shipped."""
    route = shipped_rules().directory.route(host)
    assert (route and route.clause) == clause
    assert route is None or (route.address is None and set(route.text) == {"ja", "en"})


def test_the_report_is_enough_to_look() -> None:
    """Hosts and names of the case, and nobody outside is asked."""
    question = Question(urls=("https://www.example.co.jp/a",), names=("Example Lab",))
    found = directory.look(NOW, tools(question=question), rules().directory)
    assert found[0].address == "csirt@example.co.jp"
    assert "lab@example.co.jp" in [c.address for c in found]
    assert {c.source for c in found} == {"directory"}


def test_a_certificates_organisation_leads_to_an_entry() -> None:
    """It has no address itself; one that names mostly others' hosts is a content network's."""
    site = site_of("https://shop.example.net/")
    assert site is not None
    own = CertificateNames("Example Shop Inc.", "JP", ("shop.example.net", "*.example.net"))
    known = rules().directory
    found = certificate.look(site, NOW, tools(certificates={site.host: own}), known)
    assert (found[0].source, found[0].address) == ("certificate", "csirt@example.co.jp")
    shared = CertificateNames("Example Shop Inc.", "JP", ("cdn.example", "a.example", "shop.example.net"))
    assert certificate.look(site, NOW, tools(certificates={site.host: shared}), known) == ()
    assert certificate.look(site, NOW, tools()) == ()
    with pytest.raises(Unanswered):
        certificate.look(site, NOW, tools(), known)


@pytest.mark.parametrize(
    ("good", "bad", "problem"),
    [
        ('"csirt@example.co.jp"', '"csirt at example"', "no mail address"),
        ('"tel:03-0000-1234"', '"tel:call me"', "needs a number"),
        ('domains = ["example.co.jp"]', 'domains = ["Example.co.jp"]', "no host name in lower case"),
        ("0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567", "0123", "no fingerprint"),
        ("checked = 2026-04-01", "checked = 2026-14-01", "not TOML"),
        ('origin = "its page"', "", "origin"),
        ('hit = ["x.lab.example.co.jp"]', "", "rule example-lab has no example"),
        ('id = "example-lab"', 'id = "example-shop"', "stands there twice"),
    ],
)
def test_a_mistake_is_named(good: str, bad: str, problem: str) -> None:
    """No mail is touched with a directory that cannot be read."""
    assert good in FILE
    with pytest.raises(ConfigError) as caught:
        load_rules({"contacts/ours.toml": FILE.replace(good, bad)})
    assert problem in str(caught.value)
