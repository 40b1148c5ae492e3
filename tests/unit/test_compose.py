"""How a mail comes out of an effect and a case."""

from dataclasses import replace

import pytest

from mailbot.core.compose import compose_mail, compose_notice, compose_without_case
from mailbot.core.effects import SendMail, TellCoordinators
from mailbot.core.model import Contact, Field, Role, Standing
from mailbot.core.plain import clean, one_line, plain_url
from mailbot.core.templates import Templates
from mailbot.core.views import PURPOSES
from tests.sample_cases import (
    COORDINATOR,
    DESK,
    ENGLISH_DESK,
    NOW,
    PRODUCT_EN,
    TYPES,
    WEBSITE_JA,
    compose,
    effect_for,
    held_item,
    templates,
)


@pytest.fixture(scope="module")
def texts() -> Templates:
    return templates()


@pytest.mark.parametrize(
    ("case", "name", "template"),
    [
        (WEBSITE_JA, "receipt", "ja/receipt"),
        (replace(WEBSITE_JA, language="en"), "receipt", "en/receipt"),
        (replace(WEBSITE_JA, language="fr"), "receipt", "en/receipt"),
        (replace(WEBSITE_JA, language="en"), "first-contact", "ja/first-contact"),  # the host ends in .jp
        (PRODUCT_EN, "first-contact", "en/first-contact"),
        (replace(PRODUCT_EN, language="ja"), "details", "ja/details"),
        (PRODUCT_EN, "notice-new-case", "ja/notice-new-case"),  # the desk's own language
        (PRODUCT_EN, "transcript", "ja/transcript"),
    ],
)
def test_language(case: object, name: str, template: str, texts: Templates) -> None:
    """Finders get their own language, operators and vendors the one they most likely read, our people the desk's."""
    assert compose(case, name, texts).template == template  # type: ignore[arg-type]


def test_finder_gets_no_one_elses_words_and_a_reply_path(texts: Templates) -> None:
    """A receipt answers the mail it is for, by the address that carries the recipient's token."""
    draft = compose(WEBSITE_JA, "receipt", texts)
    assert draft.in_reply_to == "<in@there.example>"
    assert draft.references == ("<in@there.example>",)
    assert draft.reply_to == "security+token@desk.example.jp"
    assert draft.audience == Role.FINDER
    assert draft.auto_submitted == "auto-replied"


@pytest.mark.parametrize("name", sorted(PURPOSES))
def test_auto_submitted(name: str, texts: Templates) -> None:
    """Only direct answers are auto-replied."""
    answers = ("receipt", "question", "undecryptable", "secret-key-warning", "transcript")
    expected = "auto-replied" if name in answers else "auto-generated"
    assert compose(WEBSITE_JA, name, texts).auto_submitted == expected


@pytest.mark.parametrize(
    ("case", "name", "must"),
    [
        (WEBSITE_JA, "receipt", False),
        (PRODUCT_EN, "receipt", True),  # the finder wrote encrypted
        (WEBSITE_JA, "first-contact", False),
        (WEBSITE_JA, "details", False),  # whether details may go plain is decided where they are queued
        (PRODUCT_EN, "details", False),
        (WEBSITE_JA, "status-request", False),
        (WEBSITE_JA, "transcript", True),
        (WEBSITE_JA, "notice-new-case", True),
        (WEBSITE_JA, "undecryptable", False),
        (WEBSITE_JA, "secret-key-warning", False),
    ],
)
def test_must_encrypt(case: object, name: str, must: bool, texts: Templates) -> None:
    """Who wrote encrypted and our own people are never served in plain."""
    assert compose(case, name, texts).must_encrypt is must  # type: ignore[arg-type]


def test_contact_that_wrote_encrypted_is_answered_so(texts: Templates) -> None:
    """Even a short request for status is then encrypted."""
    contact = replace(WEBSITE_JA.contacts[0], wrote_encrypted=True)
    assert compose(WEBSITE_JA.with_contact(contact), "status-request", texts).must_encrypt


def test_first_contact_names_the_place_and_the_day_only(texts: Templates) -> None:
    """The URL comes without the query that carries the attack."""
    draft = compose(WEBSITE_JA, "first-contact", texts)
    assert "  http://shop.example.jp/search/\n" in draft.body
    assert "script" not in draft.body
    assert "2026年11月27日(金)" in draft.body
    assert "0123 4567 89AB" in draft.body


def test_exposed_file_is_not_named_in_a_first_contact(texts: Templates) -> None:
    """Where the path is the vulnerability, the site alone is named."""
    fields = (Field("target.urls", ("https://a.example.jp/backup.zip",), "r", 1.0),)
    case = replace(WEBSITE_JA, fields=(*fields, Field("vulnerability.type", "file_exposure", "r", 1.0)))
    body = compose(case, "first-contact", texts).body
    assert "https://a.example.jp/\n" in body
    assert "backup" not in body


def test_identity_only_with_consent(texts: Templates) -> None:
    """With consent name and organisation are in the details; address and phone still are not."""
    fields = tuple(replace(f, value=True) if f.name == "consent.share_identity" else f for f in PRODUCT_EN.fields)
    shared = compose(replace(PRODUCT_EN, fields=fields), "details", texts).body
    assert "Grace Hopkins / Harbour Labs Ltd." in shared
    assert "+44 20 7946 0123" not in shared
    assert "FINDER" not in compose(PRODUCT_EN, "details", texts).body


def test_derived_cwe_is_marked(texts: Templates) -> None:
    """What we computed does not stand as what the report says."""
    assert "| CWE-79（種類から当てはめたもの）" in compose(WEBSITE_JA, "details", texts).body
    assert "| CWE-121\n" in compose(PRODUCT_EN, "details", texts).body


def test_unknown_values_of_an_effect_never_reach_a_counterpart(texts: Templates) -> None:
    """Only dates, counts and a coordinator's own words pass to operators and vendors."""
    effect = effect_for(WEBSITE_JA, "details-reminder")
    effect = replace(effect, details=(("sender", "hanako"), ("why", "raw mail")))
    body = compose_mail(effect, WEBSITE_JA, DESK, texts, TYPES, "", NOW).body
    assert "hanako" not in body
    assert "raw mail" not in body


def test_t50_placeholder_in_report_text_is_not_expanded(texts: Templates) -> None:
    """What looks like a template in someone's text stays what it is."""
    case = replace(WEBSITE_JA, fields=(*PRODUCT_EN.fields, Field("vulnerability.reason", "{{ 7*7 }} ${x}", "r", 1.0)))
    assert "| {{ 7*7 }} ${x}" in compose(case, "details", texts).body
    notice = TellCoordinators("k", "notice-reply", (("text", "{{ desk.name }}"), ("sender", "{% x %}")))
    body = compose_notice(notice, WEBSITE_JA, COORDINATOR, [], DESK, texts, NOW).body
    assert "| {{ desk.name }}" in body
    assert "{% x %}" in body


def test_t49_line_breaks_in_values_make_no_new_line(texts: Templates) -> None:
    """Names with CR, LF, VT, FS or NEL become one line in subjects, addresses and lists."""
    nasty = "Evil\r\nBcc: x@y.example\x0b\x1c\x85\u2028!approve deadbeef"
    finder = replace(WEBSITE_JA.participants[0], name=nasty)
    product = Field("product.name", nasty, "r", 1.0)
    case = replace(PRODUCT_EN, participants=(finder,), fields=(product,))
    for name in ("receipt", "first-contact"):
        draft = compose(case, name, texts)
        assert not any(c in draft.subject + draft.to.name for c in "\r\n\x0b\x1c\x85\u2028")
        assert "\nBcc" not in draft.body
    notice = TellCoordinators("k", "notice-reply", (("sender", nasty), ("text", nasty)))
    body = compose_notice(notice, WEBSITE_JA, COORDINATOR, [], DESK, texts, NOW).body
    assert not any(line.startswith("!approve") for line in body.split("\n"))


def test_notice_shows_held_mail_in_full_and_the_lines_to_send_back(texts: Templates) -> None:
    """Recipient, subject, body, encryption, and approve and withhold below the case, each at the start of a line."""
    first = compose(WEBSITE_JA, "first-contact", texts)
    notice = TellCoordinators("k", "notice-decision", (("why", "first-contact"),))
    held = [held_item(first, WEBSITE_JA, "first-contact"), held_item(first, WEBSITE_JA, "first-contact")]
    draft = compose_notice(notice, WEBSITE_JA, COORDINATOR, held, ENGLISH_DESK, texts, NOW)
    lines = draft.body.split("\n")
    assert lines.count(f"!approve {'5f2b' * 16}") == 2
    for number, line in enumerate(lines):
        if line.startswith(("!approve", "!withhold")):
            assert lines[number - 1] == "!case CASE#12345678"
    assert "web@shop.example.jp" in draft.body
    assert "will be sent in plain (signed only)" in draft.body
    for line in first.body.split("\n"):
        assert f"| {line}".rstrip() in lines
    assert draft.must_encrypt
    assert draft.audience == Role.COORDINATOR


def test_a_leak_is_told_in_the_readers_language_and_only_withheld(texts: Templates) -> None:
    """The reason has words in each language, and no line approves it."""
    first = held_item(compose(WEBSITE_JA, "first-contact", texts), WEBSITE_JA, "first-contact")
    leak = replace(first, held_for="leak: a first contact has no attachment")
    notice = TellCoordinators("k", "notice-decision", (("why", f"approval\n{leak.held_for}"),))
    body = compose_notice(notice, WEBSITE_JA, COORDINATOR, [leak], DESK, texts, NOW).body
    assert body.count("外に出してはならない内容") == 2
    assert "| 承認が要ります。" in body
    assert "a first contact has no attachment" not in body
    assert f"!withhold {leak.hash}" in body
    assert "!approve" not in body


def test_held_text_cannot_forge_an_approval(texts: Templates) -> None:
    """A command in a held body stands behind a bar."""
    first = replace(compose(WEBSITE_JA, "first-contact", texts), body="hello\n!approve 00\n")
    notice = TellCoordinators("k", "notice-decision")
    body = compose_notice(notice, WEBSITE_JA, COORDINATOR, [held_item(first, WEBSITE_JA, "x")], DESK, texts, NOW).body
    assert "| !approve 00" in body.split("\n")
    assert "!approve 00" not in body.split("\n")


def test_notice_without_case(texts: Templates) -> None:
    """A dead letter of no case is told without one."""
    draft = compose_notice(
        TellCoordinators("k", "notice-problem", (("why", "no answer"),)), None, COORDINATOR, [], DESK, texts, NOW
    )
    assert draft.subject == "確認が要ることがあります"


def test_undecryptable_names_no_case(texts: Templates) -> None:
    """The guidance goes out in the sender's language with our fingerprint and nothing else."""
    effect = SendMail("k", "undecryptable", Role.FINDER, "a@b.example", replies_to="<m@b.example>")
    draft = compose_without_case(effect, "en", DESK, texts, DESK.address, NOW)
    assert draft.template == "en/undecryptable"
    assert "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567" in draft.body
    assert "CASE" not in draft.subject + draft.body


def test_caseless_transcript_goes_to_the_coordinator(texts: Templates) -> None:
    """Refused commands that name no case still get their answer, encrypted."""
    effect = SendMail("k", "transcript", Role.COORDINATOR, COORDINATOR.address, details=(("text", "!x -> unknown"),))
    draft = compose_without_case(effect, "ja", DESK, texts, DESK.address, NOW)
    assert "| !x -> unknown" in draft.body
    assert draft.must_encrypt


def test_contact_without_participant_is_addressed_plainly(texts: Templates) -> None:
    """A contact point has no display name."""
    case = WEBSITE_JA.with_contact(Contact(3, "x@shop.example.jp", "report", Standing.CANDIDATE))
    effect = replace(effect_for(case, "first-contact"), to="x@shop.example.jp", contact=3)
    assert compose_mail(effect, case, DESK, texts, TYPES, "", NOW).to.name == ""


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://shop-a.example.jp/search/", "http://shop-a.example.jp/search/"),
        ("https://a.example.jp", "https://a.example.jp"),
        ("https://a.example.jp:8443/x/y.php?id=1%27#top", "https://a.example.jp:8443/x/y.php"),
        ("https://user:pw@a.example.jp/x", "https://a.example.jp/x"),
        ("https://a.example.jp/x/../../etc/passwd", "https://a.example.jp/x/"),
        ("https://a.example.jp/x/%2e%2e%2fetc", "https://a.example.jp/x/"),
        ("https://a.example.jp/%3Cscript%3E/x", "https://a.example.jp/"),
        ("https://a.example.jp/%E6%A4%9C%E7%B4%A2/", "https://a.example.jp/%E6%A4%9C%E7%B4%A2/"),
        ("shop.example.jp/search", "shop.example.jp/search"),
        ("javascript:alert(1)", ""),
        ("ftp://a.example.jp/x", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_plain_url(url: str, shown: str) -> None:
    """A URL in a first contact keeps nothing that could be the attack."""
    assert plain_url(url) == shown


def test_clean_text() -> None:
    """Controls, direction marks and invisible characters are gone; long text is cut visibly."""
    assert clean("a\r\nb\x00\x1b[1m\u202ec\u200b\td") == "a\nb[1mc\td"
    assert clean("x" * 20, limit=10) == "x" * 10 + "\n[…]"
    assert one_line(" a \n　b ") == "a b"
