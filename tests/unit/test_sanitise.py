"""What must not reach an operator or vendor, in all the ways that people write it."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.core.messages import Address, Attachment, Draft, SanitisedDraft
from mailbot.core.model import Case, Entry, Field, Participant, Role
from mailbot.core.sanitise import Leak, sanitise, sanitise_without_case
from mailbot.core.templates import Templates
from tests.sample_cases import (
    CASES,
    DESK,
    FINDER_KEY,
    NOW,
    PRODUCT_EN,
    WEBSITE_JA,
    compose,
    every_mail,
    templates,
)


@pytest.fixture(scope="module")
def texts() -> Templates:
    return templates()


def draft_with(body: str, *, template: str = "en/details", case: Case = WEBSITE_JA, **more: object) -> Draft:
    """A draft to the case's counterpart with that body."""
    to = Address("", case.contacts[0].address)
    made = Draft(template=template, to=to, audience=case.counterpart, subject=f"[{case.id}] details", body=body)
    return replace(made, **more)  # type: ignore[arg-type]


def cleaned(body: str, case: Case = WEBSITE_JA) -> tuple[str, tuple[str, ...]]:
    """The sanitised body, its marks without their kind, and the names of what was taken out."""
    result = sanitise(draft_with(body, case=case), case, DESK)
    assert isinstance(result, SanitisedDraft)
    return re.sub(r"\[withheld: [^\]]{1,60}\]", "[withheld]", result.draft.body), result.withheld


def stated(**values: str) -> Case:
    """The website case whose finder is described by those reporter fields only."""
    fields = tuple(Field(name.replace("__", "."), value, "r", 1.0) for name, value in values.items())
    kept = tuple(f for f in WEBSITE_JA.fields if not f.name.startswith("reporter."))
    return replace(WEBSITE_JA, fields=(*fields, *kept), participants=())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("山田 花子", "reporter.name"),
        ("山田　花子", "reporter.name"),
        ("山田花子", "reporter.name"),
        ("山田・花子", "reporter.name"),
        ("花子 山田", "reporter.name"),
        ("山田です", "reporter.name"),
        ("花子さん", "reporter.name"),
        ("みほん研究所", "reporter.organisation"),
        ("株式会社みほん研究所", "reporter.organisation"),
        ("㈱みほん研究所", "reporter.organisation"),
        ("株式会社 みほん研究所", "reporter.organisation"),
        ("hanako.yamada@mihon-lab.example.org", "reporter.email"),
        ("Hanako.Yamada@MIHON-LAB.example.org", "reporter.email"),
        ("ｈａｎａｋｏ．ｙａｍａｄａ＠ｍｉｈｏｎ－ｌａｂ．ｅｘａｍｐｌｅ．ｏｒｇ", "reporter.email"),
        ("hanako.yamada [at] mihon-lab [dot] example [dot] org", "reporter.email"),
        ("hanako.yamada(at)mihon-lab.example.org", "reporter.email"),
        ("hanako.yamada", "reporter.email"),
        ("https://www.mihon-lab.example.org/poc", "reporter.email"),
        ("090-1234-5678", "reporter.phone"),
        ("09012345678", "reporter.phone"),
        ("090(1234)5678", "reporter.phone"),
        ("０９０−１２３４−５６７８", "reporter.phone"),
        ("+81 90 1234 5678", "reporter.phone"),
        ("+81-(0)90-1234-5678", "reporter.phone"),
        (FINDER_KEY, "reporter.pgp"),
        (FINDER_KEY.lower(), "reporter.pgp"),
        ("FEDC BA98 7654 3210 FEDC  BA98 7654 3210 FEDC BA98", "reporter.pgp"),
        ("0x76543210FEDCBA98", "reporter.pgp"),
        ("key FEDCBA98", "reporter.pgp"),
        ("山\u200b田花\u200b子", "reporter.name"),
    ],
)
def test_t52_finder_is_taken_out(text: str, name: str) -> None:
    """Whatever the width, spacing, case or order, nothing of it is left and its name is recorded."""
    body, withheld = cleaned(f"before {text} after")
    assert name in withheld
    assert body.startswith("before ")
    assert body.endswith(" after")
    assert "[withheld]" in body
    for left in ("山田", "花子", "みほん研究所", "mihon", "hanako", "1234", "FEDC"):
        assert left not in body


@pytest.mark.parametrize(
    ("fields", "text", "expected"),
    [
        ({"reporter__name": "Grace Hopkins"}, "HOPKINS, Grace was here", "[withheld] was here"),
        ({"reporter__name": "Grace Hopkins"}, "GraceHopkins and G. Hopkins", "[withheld] and [withheld]"),
        (
            {"reporter__name": "Will Stone"},
            "this will turn to stone, says Will",
            "this will turn to stone, says [withheld]",
        ),
        ({"reporter__name": "ヤマダ タロウ"}, "ﾔﾏﾀﾞ ﾀﾛｳ が確認", "[withheld] が確認"),
        ({"reporter__name": "森 一"}, "森さんが森で", "[withheld]さんが森で"),
        ({"reporter__name": "José Núñez"}, "Jose\u0301 Nuñez, JOSE NUNEZ", "[withheld], [withheld]"),
        ({"reporter__name": "h4x0r"}, "by H4X0R, not h4x0rs", "by [withheld], not h4x0rs"),
        ({"credit_name": "Grace Hopkins (Harbour Labs)"}, "Harbour Labs", "[withheld]"),
        ({"reporter__organisation": "Harbour Labs, Inc."}, "Harbour  Labs", "[withheld]"),
        ({"reporter__email": "neko@mail.example"}, "neko likes neko@mail.example", "neko likes [withheld]"),
        ({"reporter__email": "security@mail.example"}, "security is fine", "security is fine"),
        ({"reporter__email": "abcdef+test@gmail.com"}, "abcdef and gmail.com", "[withheld] and gmail.com"),
        ({"reporter__phone": "12"}, "12 times", "12 times"),
        ({"reporter__phone": "+44 20 7946 0123"}, "3. 020 7946 0123", "3. [withheld]"),
        ({"reporter__phone": "+1 (212) 555-0123"}, "001-212-555-0123 or 212.555.0123", "[withheld] or [withheld]"),
        ({"reporter__phone": "03-1234-5678"}, "1103-1234-5678", "1103-1234-5678"),
        ({"reporter__organisation": "個人"}, "個人情報", "個人情報"),
        ({"reporter__pgp": "https://keys.example/k.asc"}, "see https://keys.example/k.asc", "see [withheld]"),
    ],
)
def test_names_and_words_are_told_apart(fields: dict[str, str], text: str, expected: str) -> None:
    """Parts of names go, words that only look like them stay."""
    assert cleaned(text, stated(**fields))[0] == expected


def test_the_sites_own_name_stays() -> None:
    """A finder called Yamada does not erase Yamada Shop, nor an employer the product's vendor."""
    case = stated(reporter__name="山田 花子", target__site_name="山田商店", reporter__organisation="Sample Software")
    fields = tuple(f for f in case.fields if f.value != "みほんショップ")
    case = replace(case, fields=(*fields, Field("product.vendor", "Sample Software Inc.", "r", 1.0)))
    assert cleaned("山田商店の検索欄で山田が確認", case)[0] == "山田商店の検索欄で[withheld]が確認"
    assert cleaned("Sample Software Inc. and Sample Software", case)[0] == "Sample Software Inc. and [withheld]"


def test_the_mark_is_in_the_mails_language() -> None:
    """Japanese mails say [非公開]."""
    result = sanitise(draft_with("山田花子", template="ja/details"), WEBSITE_JA, DESK)
    assert isinstance(result, SanitisedDraft)
    assert result.draft.body == "[非公開: 届出者の氏名]"


@pytest.mark.parametrize(
    ("agreed", "left"),
    [
        ((), "[withheld] [withheld] [withheld] [withheld] [withheld]"),
        (("share_identity",), "山田花子 みほん研究所 [withheld] [withheld] [withheld]"),
        (("direct_contact",), "[withheld] [withheld] [withheld] [withheld] [withheld]"),
        (("credit",), "[withheld] [withheld] [withheld] [withheld] [withheld]"),
        (
            ("share_identity", "direct_contact"),
            "山田花子 みほん研究所 hanako.yamada@mihon-lab.example.org 090-1234-5678 [withheld]",
        ),
    ],
)
def test_each_consent_widens_what_it_names(agreed: tuple[str, ...], left: str) -> None:
    """Name and organisation with the first, ways to reach the finder with both; strangers' addresses never."""
    kept = tuple(f for f in WEBSITE_JA.fields if not f.name.startswith("consent."))
    case = replace(WEBSITE_JA, fields=(*kept, *(Field(f"consent.{name}", True, "r", 1.0) for name in agreed)))
    text = "山田花子 みほん研究所 hanako.yamada@mihon-lab.example.org 090-1234-5678 ann@else.example"
    assert cleaned(text, case)[0] == left


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cookie: PHPSESSID=abc; u=1", "Cookie: PHPSESSID=[withheld]; u=1"),
        ("| Set-Cookie: sid=1; Path=/", "| Set-Cookie: sid=[withheld]; Path=/"),
        ("curl -H 'Cookie: s=a1b2c3d4' https://x", "curl -H 'Cookie: s=[withheld]' https://x"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [withheld]"),
        ("authorization: Basic dXNlcjpwdw==", "authorization: Basic [withheld]"),
        ("X-Session-Token: 0123456789abcdef", "X-Session-Token: [withheld]"),
        ("X-API-Key: abcd1234efgh", "X-API-Key: [withheld]"),
        ("Impact: Cookie: theft of it", "Impact: Cookie: theft of it"),
        ("x%0d%0aSet-Cookie:a=b", "x%0d%0aSet-Cookie:a=b"),
        ("Session: it expires after a day", "Session: it expires after a day"),
        ("mail ann@b.example and info@shop.example.jp", "mail [withheld] and info@shop.example.jp"),
        ("web@example.jp, web@mail.shop.example.jp", "web@example.jp, web@mail.shop.example.jp"),
        ("to security@desk.example.jp", "to security@desk.example.jp"),
        ("-----BEGIN PGP PUBLIC KEY BLOCK-----\nx\n-----END PGP PUBLIC KEY BLOCK-----\nrest", "[withheld]\nrest"),
        ("a\n-----BEGIN PGP MESSAGE-----\nnever closed", "a\n[withheld]"),
    ],
)
def test_credentials_and_strangers(text: str, expected: str) -> None:
    """Values of live sessions, other people's addresses and armored blocks do not travel on."""
    assert cleaned(text)[0] == expected


def test_subject_is_cleaned_and_one_line() -> None:
    """The subject is part of what is told; the case id in it stays."""
    result = sanitise(draft_with("x", subject="[CASE#12345678] from\r\n 山田花子"), WEBSITE_JA, DESK)
    assert isinstance(result, SanitisedDraft)
    assert result.draft.subject == "[CASE#12345678] from [withheld: reporter's name]"


def test_attachments_are_plain_text_or_dropped() -> None:
    """Text is forwarded redacted under a name of ours; pictures and documents are named as withheld."""
    files = (
        Attachment("山田_poc.txt", "text/plain", "by 山田花子".encode()),
        Attachment("shot.png", "image/png", b"\x89PNG"),
        Attachment("sjis.txt", "text/plain", "山田".encode("cp932")),
    )
    result = sanitise(draft_with("x", attachments=files), WEBSITE_JA, DESK)
    assert isinstance(result, SanitisedDraft)
    (left,) = result.draft.attachments
    assert left == Attachment("attachment-1.txt", "text/plain", b"by [withheld: reporter's name]")
    assert "attachment 2 (image/png)" in result.withheld
    assert "attachment 3 (not UTF-8)" in result.withheld


def test_t54_no_reference_to_the_finders_mail() -> None:
    """A counterpart's mail never continues the finder's thread."""
    entry = Entry(NOW, "report_received", "hanako.yamada@mihon-lab.example.org", message_id="<report@mihon>")
    case = replace(WEBSITE_JA, timeline=(entry,))
    draft = draft_with("x", in_reply_to="<report@mihon>", references=("<report@mihon>", "<their@shop>"))
    result = sanitise(draft, case, DESK)
    assert isinstance(result, SanitisedDraft)
    assert result.draft.in_reply_to is None
    assert result.draft.references == ("<their@shop>",)


def test_mail_to_finder_and_coordinator_passes_unchanged() -> None:
    """Their own words and names are no secret to them."""
    for audience in (Role.FINDER, Role.COORDINATOR):
        draft = replace(draft_with("山田花子"), audience=audience)
        assert sanitise(draft, WEBSITE_JA, DESK) == SanitisedDraft(draft, ())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.track}-{case.language}")
def test_first_contacts_of_the_sample_cases_leak_nothing(case: Case, texts: Templates) -> None:
    """As shipped they pass."""
    for name in ("first-contact", "first-contact-reminder"):
        assert isinstance(sanitise(compose(case, name, texts), case, DESK), SanitisedDraft)


@pytest.mark.parametrize(
    ("addition", "reason"),
    [
        ("クロスサイト・スクリプティング", "vulnerability.type"),
        ("ｸﾛｽｻｲﾄ･ｽｸﾘﾌﾟﾃｨﾝｸﾞ", "vulnerability.type"),
        ("入力した文字がエスケープされずに、\nそのまま出力されるため。", "vulnerability.reason"),
        ("CWE-79", "vulnerability.cwe"),
        ("CVE-2026-12345", "vulnerability.cwe"),
        ("http://shop.example.jp/search/?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "links to nothing"),
        ("https://elsewhere.example/", "links to nothing"),
    ],
)
def test_first_contact_with_a_detail_is_refused(addition: str, reason: str, texts: Templates) -> None:
    """It is not mended but stopped, and the reason quotes nothing."""
    draft = compose(WEBSITE_JA, "first-contact", texts)
    result = sanitise(replace(draft, body=f"{draft.body}\n{addition}\n"), WEBSITE_JA, DESK)
    assert isinstance(result, Leak)
    assert reason in result.reason
    assert addition not in result.reason


@pytest.mark.parametrize("name", ["first-contact", "first-contact-reminder"])
def test_what_the_template_says_anyway_is_no_detail(name: str, texts: Templates) -> None:
    """A report that says what we say in every mail holds nothing up; its other lines still do."""
    boilerplate = (
        "営業ではありません。\nよろしくお願いいたします。\n安全上の問題について\n無料でお伝えしている窓口です。"
    )
    impact = Field("vulnerability.impact", f"{boilerplate}\n偽の文章を画面に表示できます。", "r", 1.0, DESK.name)
    case = replace(WEBSITE_JA, fields=(*WEBSITE_JA.fields, impact))
    draft = compose(case, name, texts)
    own = texts.own_words(draft.template)
    assert isinstance(sanitise(draft, case, DESK, own), SanitisedDraft)
    told = replace(draft, body=f"{draft.body}\n偽の文章を画面に表示できます。\n")
    assert isinstance(sanitise(told, case, DESK, own), Leak)


def test_first_contact_needs_a_place_and_has_no_attachment(texts: Templates) -> None:
    """Nothing to ask about, or a file with it: not sent."""
    draft = compose(WEBSITE_JA, "first-contact", texts)
    file = Attachment("a.txt", "text/plain", b"x")
    assert isinstance(sanitise(replace(draft, attachments=(file,)), WEBSITE_JA, DESK), Leak)
    assert isinstance(sanitise(draft, replace(WEBSITE_JA, fields=()), DESK), Leak)


def test_mail_without_case_is_for_no_counterpart() -> None:
    """Operators and vendors hear from us only within a case."""
    assert isinstance(sanitise_without_case(draft_with("x")), Leak)
    assert isinstance(sanitise_without_case(replace(draft_with("x"), audience="finder")), SanitisedDraft)


def test_every_counterpart_mail_is_free_of_the_finder(texts: Templates) -> None:
    """No sample mail to an operator or vendor holds any part of the finder's name, address, number or key."""
    for _, _, draft in every_mail(texts):
        if draft.audience in (Role.OPERATOR, Role.VENDOR):
            told = (draft.subject + draft.body + draft.to.name).lower()
            for secret in ("山田", "花子", "hanako", "mihon", "1234-5678", "1234)5678", "hopkins", "harbour", "fedcba"):
                assert secret not in told, (draft.template, secret)


_PIECES = st.sampled_from(
    (
        *(
            "山田",
            "花子",
            " ",
            "　",
            "hanako.yamada",
            "@",
            "mihon-lab.example.org",
            "みほん",
            "研究所",
            "株式会社",
            "㈱",
        ),
        *("090", "-", "1234", "5678", FINDER_KEY[:20], FINDER_KEY[20:], "\n| ", "Cookie: a=b", "[withheld]", "x", "ﾞ"),
        "-----BEGIN PGP ",
    )
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_PIECES, max_size=30).map("".join))
def test_twice_is_once(text: str) -> None:
    """What was shown for approval is what goes out, though it is sanitised again on the way."""
    once = sanitise(draft_with(text), WEBSITE_JA, DESK)
    assert isinstance(once, SanitisedDraft)
    twice = sanitise(once.draft, WEBSITE_JA, DESK)
    assert isinstance(twice, SanitisedDraft)
    assert twice.draft == once.draft


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60), st.text(min_size=1, max_size=60))
def test_any_text_and_any_name_is_survived(body: str, name: str, organisation: str) -> None:
    """No name or text makes the check fail."""
    case = stated(reporter__name=name, reporter__organisation=organisation, reporter__phone=body, reporter__email=name)
    case = replace(case, participants=(Participant(Role.FINDER, "finder@elsewhere.example", name),))
    assert isinstance(sanitise(draft_with(body + name), case, DESK), SanitisedDraft)


def test_vendor_mail_of_an_english_case() -> None:
    """The product track is served alike."""
    body, withheld = cleaned("Found by Grace Hopkins of Harbour Labs, +44 (0)20 7946-0123", PRODUCT_EN)
    assert body == "Found by [withheld] of [withheld], [withheld]"
    assert set(withheld) == {"reporter.name", "reporter.organisation", "reporter.phone"}
