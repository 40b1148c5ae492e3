"""The last look: right content, right recipient."""

from dataclasses import replace
from typing import Any

import pytest

from mailbot.core.egress import check
from mailbot.core.egress_rules import Known
from mailbot.core.messages import Address, Attachment, Draft, SanitisedDraft
from mailbot.core.model import Case, Contact, Field, Link, Participant, Role, Standing
from mailbot.core.outbox import OutboxItem
from mailbot.core.sanitise import sanitise
from mailbot.core.templates import Templates
from mailbot.core.views import PURPOSES, Purpose
from mailbot.core.wanted import TOGETHER
from tests.sample_cases import CASES, DESK, ENGLISH_DESK, WEBSITE_JA, compose, held_item, prepared, templates


@pytest.fixture(scope="module")
def texts() -> Templates:
    return templates()


def verdict(draft: Draft, case: Case | None = WEBSITE_JA, contact: int | None = 1) -> str | None:
    """What the check says of the draft as if sanitise() had passed it."""
    item = held_item(draft, case or WEBSITE_JA, draft.template.rpartition("/")[2], contact)
    return told(draft, case, item)


def told(draft: Draft, case: Case | None, item: OutboxItem, **known: Any) -> str | None:
    """The rule that holds the draft, and why, as coordinators read it."""
    hit = check(SanitisedDraft(draft, ()), case, item, DESK, Known(**known))
    return str(hit) if hit else None


@pytest.mark.parametrize("name", sorted(PURPOSES))
def test_every_sample_mail_may_go(name: str, texts: Templates) -> None:
    """As composed and sanitised, all of them pass."""
    for case in CASES:
        ready = prepared(case, name)
        result = sanitise(compose(case, name, texts, ENGLISH_DESK), ready, DESK)
        assert isinstance(result, SanitisedDraft)
        of_case = None if PURPOSES[name] in (Purpose.ANYONE, Purpose.DIGEST) else ready
        contact = 1 if result.draft.audience in (Role.OPERATOR, Role.VENDOR) else None
        item = held_item(result.draft, ready, name, contact)
        if name == TOGETHER:
            assert "the mail names another case" in str(check(result, of_case, item, DESK))
            item = replace(item, with_cases=("CASE#12345678", "CASE#87654321"))
        assert check(result, of_case, item, DESK) is None
        named = replace(item, template="status-request", with_cases=("CASE#12345678", "CASE#87654321"))
        if name == TOGETHER:
            assert "the mail names another case" in str(check(result, of_case, named, DESK))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"subject": "[CASE#12345678] a\nBcc: x@y.example"}, "not one line"),
        ({"subject": "[CASE#12345678] a\x0bb"}, "not one line"),
        ({"subject": "[CASE#12345678] a\u2028b"}, "not one line"),
        ({"subject": " "}, "not one line"),
        ({"subject": "no case"}, "does not begin with the case"),
        ({"to": Address("a\r\nb", "web@shop.example.jp")}, "name is not one line"),
        ({"to": Address("", "web@shop.example.jp, x@y.example")}, "not one mail address"),
        ({"to": Address("", "web@shop.example.jp\r\nBcc: x@y.example")}, "not one mail address"),
        ({"to": Address("", "nobody")}, "not one mail address"),
        ({"to": Address("", "security@desk.example.jp")}, "our own address"),
        ({"to": Address("", "Security+token@desk.example.jp")}, "our own address"),
        ({"to": Address("", "noreply@shop.example.jp")}, "nobody reads"),
        ({"to": Address("", "do-not-reply@shop.example.jp")}, "nobody reads"),
        ({"to": Address("", "MAILER-DAEMON@shop.example.jp")}, "nobody reads"),
        ({"to": Address("", "other@shop.example.jp")}, "no part in the case"),
        ({"audience": "vendor"}, "no participant of that role"),
        ({"audience": "finder"}, "no part in the case"),
        ({"audience": "coordinator"}, "no coordinator"),
    ],
)
def test_envelope_and_recipient(change: dict[str, object], reason: str, texts: Templates) -> None:
    """Each wrong envelope is told by its reason, which quotes nothing."""
    draft = replace(compose(WEBSITE_JA, "status-request", texts), **change)  # type: ignore[arg-type]
    assert reason in (verdict(draft) or "")


@pytest.mark.parametrize(
    ("name", "kind", "text", "stopped"),
    [
        ("acceptance", "duplicate", "see CASE#87654321", True),
        ("acceptance", "duplicate", "see ｃａｓｅ ＃ ８７６５４３２１", True),
        ("acceptance", "same_mail", "see CASE#87654321", False),
        ("acceptance", "same_mail", "see CASE#11111111", True),
        ("acceptance", "duplicate", "see CASE#12345678 of 87654321", False),
        ("status-request", "same_mail", "see CASE#87654321", True),
    ],
)
def test_no_mail_names_another_case(name: str, kind: str, text: str, stopped: bool, texts: Templates) -> None:
    """Neither finder nor operator learns that someone else reported the same; a finder knows the own reports."""
    case = replace(WEBSITE_JA, links=(Link(kind, "CASE#87654321", 0.9, ("same page",)),))
    draft = compose(case, name, texts)
    item = held_item(draft, case, name, None)
    hit = told(replace(draft, body=f"{draft.body}{text}\n"), case, item)
    assert (hit is not None and hit.startswith("egress/other-case: the mail names another case")) is stopped


@pytest.mark.parametrize(
    ("standing", "name", "reason"),
    [
        (Standing.CONFIRMED, "details", None),
        (Standing.TRIED, "details", "confirmed contact point only"),
        (Standing.CANDIDATE, "details", "confirmed contact point only"),
        (Standing.DEAD, "details", "given up"),
        (Standing.DROPPED, "first-contact", "given up"),
        (Standing.CANDIDATE, "first-contact", None),
        (Standing.TRIED, "first-contact-reminder", None),
    ],
)
def test_details_only_to_a_confirmed_contact(
    standing: Standing, name: str, reason: str | None, texts: Templates
) -> None:
    """The standing at the time of sending counts."""
    case = WEBSITE_JA.with_contact(replace(WEBSITE_JA.contacts[0], standing=standing))
    result = sanitise(compose(case, name, texts), case, DESK)
    assert isinstance(result, SanitisedDraft)
    found = told(result.draft, case, held_item(result.draft, case, name))
    assert found is None if reason is None else reason in (found or "")


def test_details_are_bound_to_the_contact_they_were_made_for(texts: Templates) -> None:
    """An item for contact 2 does not go to contact 1."""
    result = sanitise(compose(WEBSITE_JA, "details", texts), WEBSITE_JA, DESK)
    assert isinstance(result, SanitisedDraft)
    assert "confirmed" in (verdict(result.draft, contact=2) or "")


def test_details_in_any_other_mail_count_as_details(texts: Templates) -> None:
    """A request for status into which a detail was edited needs a confirmed contact, too."""
    case = WEBSITE_JA.with_contact(replace(WEBSITE_JA.contacts[0], standing=Standing.TRIED))
    draft = compose(case, "status-request", texts)
    assert verdict(draft, case) is None
    tells = replace(draft, body=draft.body + "入力した文字がエスケープされずに、そのまま出力されるため。")
    assert "confirmed" in (verdict(tells, case) or "")


def test_first_contact_says_nothing_of_the_vulnerability(texts: Templates) -> None:
    """Even to a confirmed contact, and even if sanitise() had let it through."""
    draft = compose(WEBSITE_JA, "first-contact", texts)
    assert verdict(draft) is None
    assert "vulnerability.type" in (verdict(replace(draft, body=draft.body + "クロスサイト・スクリプティング")) or "")
    file = Attachment("a.txt", "text/plain", b"x")
    assert "nor carries files" in (verdict(replace(draft, attachments=(file,))) or "")


def test_our_own_words_are_no_detail(texts: Templates) -> None:
    """A report that ends as our template does holds the first contact up only where the template is not known."""
    line = "お忙しいところ恐れ入りますが、よろしくお願いいたします。"
    impact = Field("vulnerability.impact", f"{line}\n偽の文章を画面に表示できます。", "r", 1.0)
    case = replace(WEBSITE_JA, fields=(*WEBSITE_JA.fields, impact))
    draft = compose(case, "first-contact", texts)
    tells = replace(draft, body=f"{draft.body}\n偽の文章を画面に表示できます。\n")
    item = held_item(draft, case, "first-contact", 1)
    own = texts.own_words(draft.template)
    assert told(draft, case, item, own_words=own) is None
    assert "vulnerability.impact" in (told(draft, case, item) or "")
    assert "vulnerability.impact" in (told(tells, case, item, own_words=own) or "")


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("検証機は取引先の備品を借りたものです。", True),
        ("検証機は取引先の\n| 備品を借りたものです", True),
        ("The device is my employer's property.", True),
        ("入力した文字がエスケープされずに、そのまま出力されるため。", False),
        ("確認しました。", False),
    ],
)
def test_t52_what_the_finder_keeps_for_the_desk_is_looked_for_again(text: str, stopped: bool, texts: Templates) -> None:
    """As in a mail that a coordinator edited: a line of a private field that no other field states too."""
    reason = WEBSITE_JA.field_text("vulnerability.reason")
    words = f"検証機は取引先の備品を借りたものです。\nThe device is my employer's property.\n確認しました。\n{reason}"
    private = Field("other_reports", (words,), "r", 0.7, private=True)
    case = replace(WEBSITE_JA, fields=(*WEBSITE_JA.fields, private))
    draft = compose(case, "status-request", texts)
    hit = verdict(replace(draft, body=f"{draft.body}\n{text}\n"), case)
    assert ((hit or "").startswith("egress/private: ")) is stopped


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("山田花子", "reporter.name"),
        ("山 田　花-子", "reporter.name"),
        ("花子 山田", "reporter.name"),
        ("株式会社みほん研究所", "reporter.organisation"),
        ("ＨＡＮＡＫＯ．yamada @ mihon-lab.example.org", "reporter.email"),
        ("090 1234 5678", "reporter.phone"),
        ("FEDCBA98 76543210 FEDCBA98 76543210 FEDCBA98", "reporter.pgp"),
    ],
)
def test_t52_identity_is_looked_for_again(text: str, name: str, texts: Templates) -> None:
    """What sanitise() might have missed is found here, in body, attachment and file name."""
    draft = compose(WEBSITE_JA, "status-request", texts)
    assert f"still tells {name}" in (verdict(replace(draft, body=f"{draft.body} {text}")) or "")
    inside = Attachment("a.txt", "text/plain", text.encode())
    assert f"still tells {name}" in (verdict(replace(draft, attachments=(inside,))) or "")


def test_unsanitised_details_are_stopped(texts: Templates) -> None:
    """The details of the sample case as composed still hold the finder's number."""
    assert "still tells reporter.phone" in (verdict(compose(WEBSITE_JA, "details", texts)) or "")


def test_finder_named_with_consent_may_go(texts: Templates) -> None:
    """Consent is read from the case."""
    fields = tuple(replace(f, value=True) if f.name == "consent.share_identity" else f for f in WEBSITE_JA.fields)
    case = replace(WEBSITE_JA, fields=fields)
    result = sanitise(compose(case, "details", texts), case, DESK)
    assert isinstance(result, SanitisedDraft)
    assert "山田 花子" in result.draft.body
    assert verdict(result.draft, case) is None


def test_picture_is_not_forwarded(texts: Templates) -> None:
    """Only plain text is."""
    draft = compose(WEBSITE_JA, "status-request", texts)
    picture = Attachment("a.png", "image/png", b"x")
    assert "was not cleaned" in (verdict(replace(draft, attachments=(picture,))) or "")


def test_finder_posing_as_contact_gets_no_details(texts: Templates) -> None:
    """A contact point with the finder's own address is a person's decision."""
    mine = "hanako.yamada@mihon-lab.example.org"
    case = replace(WEBSITE_JA, contacts=(Contact(1, mine, "report", Standing.CONFIRMED),))
    draft = replace(compose(case, "status-request", texts), to=Address("", mine))
    assert "finder's own address" in (verdict(draft, case) or "")


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        ("undecryptable", True),
        ("secret-key-warning", True),
        ("receipt", False),
        ("details", False),
        ("transcript", True),
    ],
)
def test_mail_without_case(name: str, passes: bool, texts: Templates) -> None:
    """Only guidance on encryption and keys, and transcripts to coordinators, need no case."""
    draft = compose(WEBSITE_JA, name, texts)
    assert (verdict(draft, None) is None) is passes


def test_operator_who_became_a_participant_may_be_written_to(texts: Templates) -> None:
    """Participants of the right role are recipients like contact points."""
    person = Participant(Role.OPERATOR, "sato@shop.example.jp", "佐藤")
    case = replace(WEBSITE_JA, participants=(*WEBSITE_JA.participants, person))
    draft = replace(compose(case, "status-request", texts), to=Address("佐藤", person.address))
    assert verdict(draft, case, contact=None) is None
