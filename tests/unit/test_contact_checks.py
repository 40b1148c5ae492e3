"""What is checked of a contact point before anybody is told to write to it."""

from dataclasses import replace

import pytest

from mailbot.core.model import Contact
from mailbot.core.seeking import NOT_USABLE, Question
from mailbot.finding.checks import Bench, checked, facts_of
from mailbot.finding.held import Silent, held
from mailbot.finding.limits import Asks, Patience, Rate, Turn
from mailbot.finding.tools import Tools
from mailbot.ports import Published
from tests.fakes_lookup import NoNetwork, Zone, tools_of

HOST = "www.example.co.jp"
MAIL = Contact(
    1, "info@example.co.jp", "site", score=0.7, why="on the site", evidence=(f"url: https://{HOST}/contact",)
)
ASKED = Question((f"https://{HOST}/shop",))
ZONE = {
    ("example.co.jp", "MX"): ("20 second.example.jp", "10 mx.example.jp"),
    ("_dmarc.example.co.jp", "TXT"): ("v=DMARC1; p=reject; rua=mailto:x@example.co.jp",),
}


def bench(tools: Tools, **how: object) -> Bench:
    asks = Asks(Rate(), Patience())
    return Bench(lambda turn: held(tools, turn, Silent(), ASKED), lambda: Turn(asks), **how)  # type: ignore[arg-type]


def check(*contacts: Contact, zone: Zone | None = None, question: Question = ASKED) -> tuple[Contact, ...]:
    return checked(contacts, question, bench(tools_of(names=zone or Zone(ZONE))))


def test_what_was_checked_stands_in_the_evidence() -> None:
    """Mail servers, best first, and the DMARC policy are named; the score stays."""
    (contact,) = check(MAIL)
    assert contact.evidence[1:] == ("check: mx mx.example.jp, second.example.jp", "check: dmarc p=reject")
    assert (contact.score, contact.why) == (0.7, "on the site")


@pytest.mark.parametrize(
    ("zone", "score", "evidence", "why"),
    [
        (Zone({("example.co.jp", "MX"): ("0 .",)}), NOT_USABLE, "check: mx null (RFC 7505)", "null MX"),
        (Zone({("example.co.jp", "MX"): ("0 .", "10 mx.example.jp")}), 0.7, "check: mx mx.example.jp", "on the site"),
        (Zone({("example.co.jp", "A"): ("192.0.2.1",)}), 0.56, "check: mx none, the domain's own address", "no mail"),
        (Zone(), 0.21, "check: mx none", "neither a mail server nor an address"),
        (Zone(lame="example.co.jp"), 0.7, "check: mx not answered", "on the site"),
        (Zone({**ZONE, ("_dmarc.example.co.jp", "TXT"): ("v=DMARC1",)}), 0.7, "check: dmarc without a policy", "on"),
        (Zone({("example.co.jp", "MX"): ("10 mx.example.jp",)}), 0.7, "check: dmarc none", "on the site"),
    ],
)
def test_mail_of_the_domain(zone: Zone, score: float, evidence: str, why: str) -> None:
    """A domain that says it takes no mail gets none; one without a mail server is doubtful; silence says nothing."""
    (contact,) = check(MAIL, zone=zone)
    assert contact.score == score
    assert evidence in contact.evidence
    assert why in contact.why


def test_dmarc_of_the_domain_above() -> None:
    """A subdomain without a record of its own has the policy of the registered domain."""
    zone = Zone({("mail.example.co.jp", "MX"): ("10 mx.example.jp",), **ZONE})
    assert facts_of("mail.example.co.jp", zone).dmarc == "p=reject"


def test_a_domain_is_asked_once_for_all_its_addresses() -> None:
    """A page of addresses of one domain costs one look-up of it."""
    zone = Zone(ZONE)
    check(*(replace(MAIL, address=f"a{n}@example.co.jp") for n in range(10)), zone=zone)
    assert zone.asked == [("example.co.jp", "MX"), ("_dmarc.example.co.jp", "TXT")]


def test_other_ways_need_no_mail() -> None:
    """A form or a telephone is not asked for its mail server."""
    form, phone = replace(MAIL, address="https://x.jp/form"), replace(MAIL, address="tel:03-0000-0000", score=0.4)
    assert check(form, phone, zone=Zone()) == (replace(form, n=1), replace(phone, n=2))


def test_bounced_before() -> None:
    """An address that mail came back from is shown, last, and never usable."""
    other = replace(MAIL, address="b@example.co.jp", score=0.1)
    contacts = check(MAIL, other, question=replace(ASKED, bounced=("INFO@example.co.jp",)))
    assert [(c.address, c.score) for c in contacts] == [("b@example.co.jp", 0.1), ("info@example.co.jp", NOT_USABLE)]
    assert "check: not usable: mail to it came back before" in contacts[1].evidence


def test_never_to_be_contacted() -> None:
    """The directory's list of those who are never written to counts against whatever source names them."""
    how = bench(tools_of(names=Zone(ZONE)), forbids=lambda address, hosts: "asked us not to" if HOST in hosts else "")
    (contact,) = checked([MAIL], ASKED, how)
    assert contact.score == NOT_USABLE
    assert contact.why.startswith("never to be written to: asked us not to")


def test_t55_the_word_of_a_host_that_may_be_taken_over() -> None:
    """What stands only on the affected host counts half there; a second source outside of it lifts the doubt."""
    hacked = replace(ASKED, compromised=True)
    (alone,) = check(MAIL, question=hacked)
    assert alone.score == 0.35
    assert "which a stranger may have changed" in alone.why
    registry = replace(MAIL, source="whois", score=0.4, evidence=("server: whois.jprs.jp",))
    (both,) = check(MAIL, registry, question=hacked)
    assert both.score > 0.7
    elsewhere = replace(MAIL, evidence=("url: https://corporate.example.co.jp/contact",))
    assert check(elsewhere, question=hacked)[0].score == 0.7


def test_mail_that_the_affected_host_takes_in() -> None:
    """Mail whose only server is the affected host may be read by whoever holds it."""
    zone = Zone({("example.co.jp", "MX"): (f"10 {HOST}",)})
    (contact,) = check(replace(MAIL, source="whois"), zone=zone, question=replace(ASKED, compromised=True))
    assert contact.score == pytest.approx(0.42)
    assert "taken in by the affected host" in contact.why


def test_our_network_fails_during_the_checks() -> None:
    """Candidates that could not be checked are told as such: what was found is not lost."""
    assert check_without_network().evidence[-1] == "check: mx not answered"


def check_without_network() -> Contact:
    (contact,) = checked([MAIL], ASKED, bench(tools_of(names=NoNetwork())))
    return contact


class Keys:
    """A key directory that has a key for one address."""

    def find(self, address: str) -> Published:
        return Published(b"key") if address == MAIL.address else Published(why="not in the domain's directory")


def test_keys_by_wkd() -> None:
    """Whether the domain publishes a key for the address is noted for the best ones."""
    other = replace(MAIL, address="b@example.co.jp", score=0.1)
    first, second = checked([MAIL, other], ASKED, bench(tools_of(names=Zone(ZONE)), keys=Keys()))
    assert "check: wkd a key is published" in first.evidence
    assert "check: wkd none: not in the domain's directory" in second.evidence
