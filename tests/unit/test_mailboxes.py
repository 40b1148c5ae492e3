"""One mailbox under several spellings, and the finder's kept out of the contact points."""

from dataclasses import replace

import pytest

from mailbot.core.contacts import from_report
from mailbot.core.egress import check
from mailbot.core.mailboxes import Kin, kin, mailbox, of_finder, warning
from mailbot.core.messages import Address, SanitisedDraft
from mailbot.core.model import Contact, Field, Standing
from mailbot.core.other_finders import as_own, carried, identity_of, with_others
from mailbot.core.sanitise import sanitise
from mailbot.core.seeking import Question, question_about
from mailbot.finding.checks import _by_address
from tests.sample_cases import DESK, WEBSITE_JA, compose, held_item, prepared, templates

FINDER = "hanako.h@finder.example"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hanako+shop@finder.example", "HANAKO@Finder.Example"),
        ("hanako@finder.example.", "hanako@finder.example"),
        ("h.a.n.a@gmail.com", "hana+x@googlemail.com"),
        ("h-a_na@pm.me", "hana@protonmail.com"),
        ("hana@日本語.jp", "hana@xn--wgv71a119e.jp"),
        ("ｈａｎａ@finder.example", "hana@finder.example"),
        ("hana@me.com", "hana@icloud.com"),
    ],
)
def test_t46_spellings_of_one_mailbox(one: str, other: str) -> None:
    """Tags, letter case, width, punycode, and dots where the provider passes over them make no difference."""
    assert mailbox(one) == mailbox(other)
    assert kin(one, (other,)) is Kin.SAME


@pytest.mark.parametrize(
    ("address", "related"),
    [
        ("hanakoh@finder.example", Kin.DOMAIN),
        ("webmaster@mail.finder.example", Kin.DOMAIN),
        ("webmaster@other.example", Kin.NONE),
        ("tel:03-0000-0000", Kin.NONE),
    ],
)
def test_t46_how_an_address_is_related(address: str, related: Kin) -> None:
    """Another mailbox of the finder's own domain is known as such."""
    assert kin(address, (FINDER,)) is related


def test_t46_strangers_at_one_provider_are_not_related() -> None:
    """A domain that many people have an address in relates nobody."""
    assert kin("shop@gmail.com", ("hanako@gmail.com",)) is Kin.NONE
    assert kin("shop@shop.example.org", ("hanako@finder.example.org",)) is Kin.NONE


@pytest.mark.parametrize(
    "address", ["hanako.h+shop@finder.example", "Webmaster@Finder.Example", "i@www.finder.example"]
)
def test_t46_nobody_proposes_the_finder(address: str) -> None:
    """Neither the report's own word nor a search makes a mailbox of the finder a contact point."""
    site = "https://shop.example.jp/"
    assert from_report(address, (site,), (FINDER,)) == ()
    assert _by_address([Contact(1, address, "site")], Question((site,), not_theirs=(FINDER,))) == {}


def test_t46_the_sites_own_domain_is_proposed_with_a_warning() -> None:
    """A finder may work for the operator: other mailboxes there are shown, with what speaks against them."""
    site = "https://www.finder.example/"
    (contact,) = from_report("webmaster@finder.example", (site,), (FINDER,))
    assert "the finder's own" in contact.why
    assert of_finder(FINDER, (FINDER,), ("www.finder.example",))


def test_t46_the_desk_is_nobodys_contact_point() -> None:
    """A report or a page that names our own address gives no way to the operator."""
    ours = DESK.address.replace("@", "+x@")
    assert from_report(ours, (), (), DESK.address) == ()
    assert _by_address([Contact(1, ours, "security.txt")], question_about(WEBSITE_JA, (), DESK.address)) == {}


def test_t46_no_mail_goes_to_a_spelling_of_the_finder() -> None:
    """The last look holds what would go there, whoever confirmed it."""
    case = prepared(WEBSITE_JA, "first-contact")
    assert case.finder is not None
    local, _, domain = case.finder.address.partition("@")
    alias = f"{local.upper()}+operator@{domain}"
    case = case.with_contact(Contact(1, alias, "coordinator", standing=Standing.CONFIRMED))
    draft = replace(compose(case, "first-contact", templates()), to=Address("", alias))
    hit = check(SanitisedDraft(draft, ()), case, held_item(draft, case, "first-contact", 1), DESK)
    assert str(hit) == "egress/recipient: the contact point is the finder's own address"
    assert warning(f"other@{domain}", case) or kin(f"other@{domain}", (alias,)) is Kin.NONE


OTHERS = (
    Field("reporter.email", "mallory@evil.example.net", "r", 1.0),
    Field("reporter.name", "Mallory McFinder", "r", 1.0),
    Field("reporter.organisation", "Redwood Pentest", "r", 1.0),
)


def test_t52_a_case_carries_what_identifies_the_others() -> None:
    """A merged case's finder is known to the case that goes on; who reported twice is no other."""
    merged = replace(WEBSITE_JA, id="CASE#11112222", participants=(), fields=OTHERS, other_finders=())
    into = replace(WEBSITE_JA, other_finders=with_others(WEBSITE_JA, carried(merged)))
    assert [f.value for f in into.other_finders[0]] == [f.value for f in OTHERS]
    assert [each.fields[0].value for each in as_own(into)] == [f.value for f in OTHERS]
    assert len(carried(into)) == 2
    assert with_others(WEBSITE_JA, (identity_of(WEBSITE_JA),)) == ()
    assert with_others(into, carried(merged)) == into.other_finders


@pytest.mark.parametrize(
    "told", ["Mallory McFinder", "mallory@evil.example.net", "M. McFinder of Redwood Pentest", "redwood pentest"]
)
@pytest.mark.parametrize("agreed", [False, True])
def test_t52_the_finders_of_merged_cases_are_told_to_nobody(told: str, agreed: bool) -> None:
    """Their names are held by the last look and cut before it, whatever the case's own finder agreed to."""
    fields = (*WEBSITE_JA.fields, *((Field("consent.share_identity", True, "r", 1.0),) if agreed else ()))
    case = prepared(replace(WEBSITE_JA, fields=fields, other_finders=(OTHERS,)), "details")
    draft = compose(case, "details", templates())
    draft = replace(draft, body=f"{draft.body}\nFound by {told}.\n")
    hit = check(SanitisedDraft(draft, ()), case, held_item(draft, case, "details", 1), DESK)
    assert hit is not None
    assert hit.rule.startswith("egress/finder-")
    clean = sanitise(draft, case, DESK)
    assert isinstance(clean, SanitisedDraft)
    assert "McFinder" not in clean.draft.body
    assert "redwood" not in clean.draft.body.lower()
    assert "mallory@" not in clean.draft.body
