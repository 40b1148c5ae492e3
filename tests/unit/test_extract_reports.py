"""What is read out of whole reports, each a mail in tests/mails/reports/."""

from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.messages import Address, Attachment
from mailbot.core.model import FieldValue, Track
from mailbot.core.understand import Understanding, understand
from tests.shipped_rules import shipped_rules

REPORTS = Path(__file__).resolve().parents[1] / "mails" / "reports"
GENERIC = ("markdown", "free-text")


def read(name: str, *attachments: Attachment) -> Understanding:
    """The understanding of one of the reports."""
    head, _, body = (REPORTS / f"{name}.txt").read_text(encoding="utf-8").partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.split("\n"))
    sender = Address(*parseaddr(headers["From"]))
    return understand(body, headers["Subject"], shipped_rules(), attachments, sender)


def stated(found: Understanding) -> dict[str, FieldValue]:
    """The stated fields by name."""
    return {field.name: field.value for field in found.fields if not field.derived}


def derived(found: Understanding) -> dict[str, FieldValue]:
    """The fields that we derived, by name."""
    return {field.name: field.value for field in found.fields if field.derived}


EXPECTED: dict[str, tuple[str, str, str, dict[str, FieldValue]]] = {
    "ipa-website-by-hand": (
        "ipa-website",
        "website",
        "ja",
        {
            "reporter.name": "例示 花子",
            "reporter.organisation": "例示大学 情報学部",
            "reporter.email": "hanako@example.com",
            "consent.share_identity": False,
            "consent.direct_contact": False,
            "target.urls": ("https://shop.example.jp/search/", "https://shop.example.jp/"),
            "target.site_name": "例示商店オンライン",
            "vulnerability.type": "xss",
            "vulnerability.steps": (
                "1. https://shop.example.jp/search/ を開く\n2. 検索欄に <s>test</s> と入力する\n3. 「検索」を押す"
            ),
            "vulnerability.reason": (
                "検索結果の画面で、入力した文字列がタグとして解釈され\n取り消し線の付いた文字で表示されたため。"
            ),
            "vulnerability.impact": "利用者の画面に偽の情報が表示されるおそれがある。",
        },
    ),
    "ipa-website-sloppy": (
        "ipa-website",
        "website",
        "ja",
        {
            "reporter.name": "試験 太郎",
            "reporter.email": "taro@mail.example",
            "consent.share_identity": True,
            "target.urls": ("https://city.example.jp/form/inquiry.php?id=1",),
            "vulnerability.type": "sqli",
            "vulnerability.reason": (
                "引用符を付けると「You have an error in your SQL syntax」と表示される。\n"
                "id=1 and 1=2 では何も表示されない。"
            ),
            "vulnerability.discovery": "問い合わせフォームを使っていて気づいた",
        },
    ),
    "ipa-website-2026": (
        "ipa-website",
        "website",
        "ja",
        {
            "target.urls": ("https://members.example.org/profile?id=1001",),
            "target.operator_contact": "support@members.example.org",
            "vulnerability.type": "authorization",
            "vulnerability.cwe": ("CWE-639",),
            "vulnerability.cvss_vector": "CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
            "vulnerability.steps": (
                "1. 会員としてログインする\n2. https://members.example.org/profile?id=1001 を開く\n"
                "3. id を 1002 に変える"
            ),
            "vulnerability.found_on": "2026-11-02",
            "vulnerability.reason": "本人以外の情報が閲覧できたため。",
            "exploit_public": False,
            "critical_infrastructure": False,
            "other_reports": ("2026年11月3日に運営者へ問い合わせフォームから連絡したが回答なし",),
            "personal_data": True,
        },
    ),
    "ipa-product": (
        "ipa-product",
        "product",
        "ja",
        {
            "reporter.phone": "03-0000-0000",
            "consent.share_identity": True,
            "consent.credit": True,
            "product.name": "サンプルルーター AB-1200",
            "product.version": "1.02 以前",
            "product.vendor": "例示電機株式会社",
            "vulnerability.type": "os_command_injection",
            "vulnerability.workaround": "診断ページを無効にする",
        },
    ),
    "certcc-vrf": (
        "certcc-vrf",
        "product",
        "en",
        {
            "reporter.name": "Jane Doe",
            "reporter.organisation": "Example Labs",
            "reporter.pgp": "https://labs.example/jane.asc",
            "consent.share_identity": False,
            "consent.credit": True,
            "product.name": "FooBar Router ABC1200",
            "product.version": "1.04",
            "product.vendor": "Example Networks",
            "vulnerability.cwe": ("CWE-78",),
            "vulnerability.type": "os_command_injection",
            "vulnerability.impact": "A root shell on the device.",
            "vulnerability.discovery": "Firmware analysis.",
            "public": False,
            "exploited": False,
            "disclosure_plan": "Talk at a conference on 2027-02-15.",
            "tracking_ids": ("VU#123456", "EX-77"),
            "other_reports": ("Mailed security@networks.example on 2026-10-01, no answer.",),
        },
    ),
    "simple-vrf-table": (
        "certcc-vrf",
        "product",
        "en",
        {
            "reporter.name": "Kei",
            "consent.share_identity": False,
            "consent.credit": True,
            "product.name": "FooSoft Office",
            "product.version": "1.2",
            "vulnerability.found_on": "2026-11-01",
            "public": False,
            "exploited": True,
        },
    ),
    "markdown": (
        "markdown",
        "product",
        "en",
        {
            "product.name": "Acme Gallery plugin",
            "product.version": "<= 2.1.0",
            "product.url": "https://plugins.example/acme-gallery",
            "vulnerability.type": "sqli",
            "vulnerability.cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
            "vulnerability.impact": "Anyone can read the whole database, including password hashes.",
            "vulnerability.workaround": "Use a prepared statement.",
            "disclosure_plan": "90 days, then a blog post.",
        },
    ),
    "free-text-ja": (
        "free-text",
        "website",
        "ja",
        {
            "reporter.name": "山田太郎",
            "reporter.organisation": "例示大学",
            "consent.share_identity": False,
            "consent.direct_contact": False,
            "consent.credit": False,
            "target.urls": ("https://travel.example.jp/reserve/list?uid=35",),
            "target.operator_contact": "info@travel.example.jp",
            "vulnerability.type": "authorization",
            "vulnerability.steps": (
                "1. 例示トラベルに会員登録し、ログインする\n"
                "2. 予約一覧を開く\n3. アドレスバーの uid=35 を uid=36 に変えて開く"
            ),
            "vulnerability.found_on": "2026-11-10",
            "exploited": False,
            "personal_data": True,
        },
    ),
    "free-text-wrapped-ja": (
        "free-text",
        "product",
        "ja",
        {
            "product.name": "FooCMS",
            "product.version": "3.2.1 以前",
            "vulnerability.type": "csrf",
            "vulnerability.workaround": "管理画面へのアクセスを制限する",
            "exploit_public": False,
            "disclosure_plan": "90日後にブログで公開する予定です。",
            "other_reports": ("すでに開発元にも連絡しましたが、返事がありません。",),
        },
    ),
    "terse-en": (
        "free-text",
        "website",
        "en",
        {"target.urls": ("https://www.shop.example.jp/item.php?name=",), "vulnerability.type": "xss"},
    ),
    "free-text-en": (
        "free-text",
        "website",
        "en",
        {
            "reporter.name": "Alex Doe",
            "reporter.email": "alex@secure.example",
            "consent.share_identity": True,
            "consent.credit": True,
            "credit_name": "Alex Doe",
            "target.urls": (
                "https://portal.example.co.jp/",
                "https://portal.example.co.jp/dl.php?file=../../../../etc/passwd",
            ),
            "vulnerability.type": "path_traversal",
            "vulnerability.cwe": ("CWE-22",),
            "vulnerability.cvss_score": 7.5,
            "public": False,
            "personal_data": True,
            "disclosure_plan": "I plan to publish a write-up on 2027-03-01.",
        },
    ),
    "free-text-sections-ja": (
        "free-text",
        "website",
        "ja",
        {
            "consent.share_identity": False,
            "target.urls": ("https://www.board.example.jp/find",),
            "target.operator_contact": "info@board.example.jp",
            "vulnerability.type": "xss",
            "vulnerability.summary": "■ その他\n- 2026年11月12日に気づきました。確認は Firefox で行いました。",
            "vulnerability.steps": "1. 検索欄に <s>a</s> と入力する\n2. 「検索」を押す",
            "vulnerability.reason": "入力した文字に取り消し線が付いたため。",
            "vulnerability.impact": "閲覧した人の画面に偽の文章を出せます。",
            "vulnerability.found_on": "2026-11-12",
            "public": False,
        },
    ),
    "free-text-told-en": (
        "free-text",
        "product",
        "en",
        {
            "product.name": "BoardWare",
            "product.version": "2.4.0",
            "product.vendor": "Sample Software K.K.",
            "vulnerability.type": "sqli",
            "vulnerability.steps": (
                "To reproduce, open\n\n    http://localhost/forum/list?page=1'+OR+1=1--\n\n"
                "on a fresh installation; every message is shown."
            ),
            "vulnerability.impact": "An unauthenticated attacker can read all private messages.",
            "other_reports": ("I have already contacted the vendor.",),
        },
    ),
    "beg-bounty": (
        "free-text",
        "website",
        "en",
        {"target.urls": ("https://example.jp",), "vulnerability.type": "dns_misconfiguration"},
    ),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_reports_are_read_as_expected(name: str) -> None:
    """Form, track, language and the fields that matter come out of each sample as a person would read them."""
    form, track, language, fields = EXPECTED[name]
    found = read(name)
    values = stated(found)
    assert (found.form, found.track.value, found.language) == (form, track, language)
    assert {key: values.get(key) for key in fields} == fields


@pytest.mark.parametrize("name", EXPECTED)
def test_reports_look_like_reports(name: str) -> None:
    """Every sample is at least as likely a report as not, and a form certainly is one."""
    found = read(name)
    assert found.likeness >= 0.5
    assert found.likeness == 1.0 or found.form in GENERIC


@pytest.mark.parametrize("name", ["newsletter", "newsletter-en", "business-ja", "operator-question"])
def test_other_mail_does_not_look_like_a_report(name: str) -> None:
    """Advertising, office mail and a question to the desk are no reports, even where they speak of vulnerabilities."""
    assert read(name).likeness < 0.3


def test_what_is_blank_is_absent() -> None:
    """なし, 不明 and empty items are no value, and an unticked box is no consent."""
    values = stated(read("ipa-website-by-hand"))
    absent = {"reporter.phone", "reporter.pgp", "other_reports", "consent.credit", "product.name", "exploited"}
    assert absent.isdisjoint(values)
    assert "vulnerability.impact" not in stated(read("ipa-website-sloppy"))
    assert "consent.direct_contact" not in stated(read("ipa-product"))


def test_what_we_derive_is_marked_and_replaces_nothing() -> None:
    """The usual CWE and the score of a vector are derived; a stated CWE and a stated score stay alone."""
    assert derived(read("ipa-website-by-hand")) == {"vulnerability.cwe": ("CWE-79",)}
    assert derived(read("ipa-website-2026")) == {"vulnerability.cvss_score": 6.5}
    assert derived(read("free-text-en")) == {}


def test_missing_asks_for_what_acceptance_needs() -> None:
    """A complete form lacks nothing; a terse mail lacks steps; a cover letter lacks everything."""
    assert read("ipa-website-by-hand").missing == ()
    assert read("terse-en").missing == ("vulnerability.steps",)
    bare = understand("The page is slow. Call me.", "hi", shipped_rules())
    assert bare.missing == ("target.urls", "vulnerability.steps")
    assert understand("", "", shipped_rules()).missing == ("target.urls", "vulnerability.type", "vulnerability.steps")
    product = understand("Product: Foo Office\nIt crashes: buffer overflow.", "", shipped_rules())
    assert (product.track, product.missing) == (Track.PRODUCT, ("product.version", "vulnerability.steps"))


def test_an_attached_json_report_is_read() -> None:
    """The form may come as an attachment; wishes in the letter count as well."""
    attached = Attachment("report.json", "application/json", (REPORTS / "attached.json").read_bytes())
    found = read("cover-letter", attached)
    values = stated(found)
    assert (found.form, found.track, found.likeness, found.missing) == ("json", Track.PRODUCT, 1.0, ())
    assert values["product.name"] == "FooCMS"
    assert values["vulnerability.cvss_score"] == 7.5
    assert values["vulnerability.type"] == "sqli"
    assert values["consent.share_identity"] is False
    assert values["exploited"] is False


def test_an_attached_form_in_another_charset_is_read() -> None:
    """The Japanese form attached as cp932 or ISO-2022-JP text is the report."""
    form = (REPORTS / "ipa-website-by-hand.txt").read_text(encoding="utf-8").partition("\n\n")[2]
    for charset in ("cp932", "iso2022_jp", "utf-8-sig"):
        found = read("cover-letter", Attachment("form_web.txt", "text/plain", form.encode(charset)))
        assert (found.form, stated(found)["vulnerability.type"]) == ("ipa-website", "xss")


def test_the_summary_keeps_the_substance_and_drops_the_person() -> None:
    """Greeting, self-introduction, signature and wishes are no part of the summary; the facts are."""
    words = str(stated(read("free-text-ja"))["vulnerability.summary"])
    assert "他の利用者の予約内容を閲覧できることに" in words
    assert "氏名、電話番号、宿泊日が表示されます。" in words
    for private in ("山田", "例示大学", "突然の", "お願い", "univ.example", "匿名"):
        assert private not in words
    english = str(stated(read("free-text-en"))["vulnerability.summary"])
    assert "does not check its parameter" in english
    assert "Alex" not in english
    assert "secure.example" not in english


@pytest.mark.parametrize(
    ("ending", "impact"),
    [
        ("\n\nよろしくお願いいたします。\n", "偽の画面が出ます。"),
        ("\nご確認のほど、よろしくお願い申し上げます。\n\n--\n佐藤\n", "偽の画面が出ます。"),
        (
            "\n\n以上です。\n\n追伸です。近く一週間ほど出かけますが、メールは読みます。返事は遅れます。\n",
            "偽の画面が出ます。",
        ),
        ("\n\nお忙しいところ恐れ入ります。\n■ 対策\n特殊文字を変換する\n", "偽の画面が出ます。"),
        ("\n■その他\n急ぎません\n", "偽の画面が出ます。"),
        ("\n\n会員にも及びます。\n", "偽の画面が出ます。\n\n会員にも及びます。"),
        ("\n◎ 会員\n◎ 管理者\n", "偽の画面が出ます。\n◎ 会員\n◎ 管理者"),
    ],
)
def test_a_section_ends_with_the_letter_and_at_the_next_heading(ending: str, impact: str) -> None:
    """Courtesy, closing phrases, and headings of the same style, known or not, are no part of the section above."""
    text = f"■ 対象\nhttps://a.example.jp/x\n\n■ 影響\n偽の画面が出ます。{ending}"
    assert stated(understand(text, "XSS", shipped_rules()))["vulnerability.impact"] == impact


def test_the_last_item_of_a_form_ends_before_the_closing_phrase() -> None:
    """Forms are sent inside letters."""
    text = (REPORTS / "ipa-website-sloppy.txt").read_text(encoding="utf-8").partition("\n\n")[2].rstrip()
    values = stated(understand(f"{text}\n以上、よろしくお願いいたします。\n", "", shipped_rules()))
    assert not any("よろしく" in str(value) for value in values.values())


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        (
            "To reproduce: open https://a.example.jp/?q=1 twice. It fails.",
            "open https://a.example.jp/?q=1 twice. It fails.",
        ),
        (
            "It is broken. In order to trigger it, send a long name. Then log in.",
            "In order to trigger it, send a long name. Then log in.",
        ),
        ("It can be triggered by sending a long name.", "It can be triggered by sending a long name."),
        (
            "To verify, send the request below.\n\n    GET /a\n\n    x=1\n\nMore text.",
            "To verify, send the request below.\n\n    GET /a\n\n    x=1",
        ),
        (
            "再現するには、検索欄に <s>a</s> と入力してください。",
            "再現するには、検索欄に <s>a</s> と入力してください。",
        ),
    ],
)
def test_steps_told_in_a_sentence_are_steps(text: str, steps: str) -> None:
    """From the sentence on, with what it shows below, to the end of its paragraph; the rest stays in the summary."""
    values = stated(understand(f"XSS on https://a.example.jp/x\n\n{text}\n", "", shipped_rules()))
    assert values["vulnerability.steps"] == steps
    assert steps not in str(values.get("vulnerability.summary"))


def test_a_report_that_only_claims_steps_has_none() -> None:
    """That it was reproduced is no step."""
    text = "XSS on https://a.example.jp/x\n\nI reproduced it on two machines. A PoC is available on request.\n"
    assert "vulnerability.steps" not in stated(understand(text, "", shipped_rules()))


def test_a_reported_page_outranks_references_and_signatures() -> None:
    """URLs of references and of the finder's signature are not the target, whatever their order."""
    text = (
        "References:\nhttps://blog.example.net/xss\n\nXSS on https://a.example.jp/x\n\n"
        "Regards,\nJane\nhttps://jane.example/\n"
    )
    assert stated(understand(text, "", shipped_rules()))["target.urls"] == ("https://a.example.jp/x",)


def test_a_finder_reports_on_the_domain_they_write_from() -> None:
    """The finder's own home page is no target, but a page there that is all the report names is one."""
    me = Address("Jane", "jane@shop.example.jp")
    home = understand("XSS, see https://shop.example.jp/", "", shipped_rules(), sender=me)
    page = understand("XSS on https://shop.example.jp/search", "", shipped_rules(), sender=me)
    assert "target.urls" not in stated(home)
    assert stated(page)["target.urls"] == ("https://shop.example.jp/search",)


def test_every_field_says_where_it_comes_from() -> None:
    """Each field has a rule as file/id, a confidence and the words it was read from."""
    for name in EXPECTED:
        for field in read(name).fields:
            assert field.rule.count("/") == 1
            assert 0 < field.confidence <= 1
            assert field.quote
            assert len(field.quote) <= 200


@given(st.text(max_size=400), st.text(max_size=60))
def test_any_text_is_understood_somehow(text: str, subject: str) -> None:
    """No text makes understanding fail, lone surrogates and controls included."""
    found = understand(text, subject, shipped_rules())
    assert 0 <= found.likeness <= 1
    assert found.language in ("ja", "en")


@given(st.lists(st.sampled_from([*"□■:：#>|*-1.)（\n 　", "URL", "脆弱性の種類", "Summary", "[x]", "a"]), max_size=60))
def test_any_form_like_scribble_is_understood_somehow(pieces: list[str]) -> None:
    """No arrangement of labels, marks and boxes makes reading fail."""
    assert 0 <= understand("".join(pieces), "", shipped_rules()).likeness <= 1
