"""Forms as people fill them: which form it is, what its answers, boxes and headings state, and nothing more."""

from pathlib import Path
from typing import Any

import pytest

from mailbot.core.extract_form import Filled, read_form
from mailbot.core.extract_json import read_json
from mailbot.core.form_boxes import answer_lines, boxes_of
from mailbot.core.form_lines import heads, keys_of, number_of, unquoted
from mailbot.core.messages import Address, Attachment
from mailbot.core.understand import Understanding, understand
from tests.shipped_rules import shipped_rules

FORMS = Path(__file__).resolve().parents[1] / "mails" / "forms"
SENDER = Address("", "sender@example.com")
ALLOWED_BESIDE = {"reporter.email", "personal_data", "vulnerability.summary"}

EXPECTED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ipa-website-english.txt": (
        "ipa-website",
        "website",
        {
            "reporter.name": "Peter Novak",
            "reporter.organisation": "Blue Harbor K.K.",
            "reporter.phone": "+81 3 5550 0111",
            "reporter.pgp": "https://blueharbor.example/key.asc",
            "consent.share_identity": False,
            "consent.direct_contact": False,
            "target.urls": (
                "https://book.kamome-travel.example.jp/list?cat=1",
                "https://book.kamome-travel.example.jp/",
            ),
            "vulnerability.type": "sqli",
            "vulnerability.discovery": "A single quote in cat gave a database error.",
            "vulnerability.reason": "The error contains the SQL statement.",
            "vulnerability.impact": "Customer data could be read or changed.",
        },
    ),
    "ipa-website-2013-with-hints.txt": (
        "ipa-website",
        "website",
        {
            "reporter.name": "佐々木 蓮",
            "consent.share_identity": True,
            "target.urls": ("https://shop.shimaenaga-coffee.example.jp/mypage/order?id=1001",),
            "target.site_name": "シマエナガ珈琲 お取り寄せ",
            "vulnerability.type": "authorization",
            "vulnerability.discovery": (
                "注文確認メールのリンクの id を 1 増やしたところ、他人の注文が\n表示されました。"
            ),
            "vulnerability.reason": "他人の氏名と住所が表示されたためです。",
            "vulnerability.impact": "・会員の個人情報の漏えい",
        },
    ),
    "ipa-website-current.txt": (
        "ipa-website",
        "website",
        {
            "reporter.name": "古川 美咲",
            "consent.share_identity": False,
            "consent.direct_contact": False,
            "target.urls": ("https://lib.city.yamabuki.example.jp/opac/detail?bibid=100",),
            "target.site_name": "山吹市立図書館 蔵書検索",
            "target.operator_contact": "lib@city.yamabuki.example.jp",
            "vulnerability.type": "sqli",
            "vulnerability.cwe": ("CWE-89",),
            "vulnerability.cvss_vector": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
            "vulnerability.cvss_score": 7.5,
            "vulnerability.steps": "1. bibid=100' とする\n2. エラーが表示される",
            "vulnerability.discovery": "蔵書検索の利用中",
            "vulnerability.reason": "SQL のエラーが出るため",
            "vulnerability.impact": "機密性：利用者情報の漏えい\n完全性：改ざん\n可用性：なし",
            "vulnerability.found_on": "2026-10-29",
            "exploit_public": False,
            "critical_infrastructure": True,
        },
    ),
    "ipa-website-few-headings.txt": (
        "ipa-website",
        "website",
        {
            "reporter.name": "大橋 直人",
            "consent.share_identity": False,
            "consent.direct_contact": False,
            "target.urls": ("https://navi.kominato-bus.example.jp/route?from=1",),
            "vulnerability.type": "information_disclosure",
            "vulnerability.discovery": "路線検索で from に文字を入れたら PHP のエラーが出て、DB のパスワードまで出た。",
            "vulnerability.impact": "DB への不正接続",
            "vulnerability.found_on": "2026-11-03",
        },
    ),
    "ipa-website-own-numbers.txt": (
        "ipa-website",
        "website",
        {
            "reporter.name": "長谷川 翼",
            "target.urls": ("https://www.isuzu-bunko.example.jp/login",),
            "target.site_name": "いすず文庫",
            "vulnerability.type": "session",
            "vulnerability.steps": (
                "1. ログインする\n2. Cookie を控える\n3. ログアウトする\n"
                "4. 控えた Cookie で会員画面が開く\n5. パスワードも変えられる"
            ),
            "vulnerability.impact": "共用端末でのなりすまし",
        },
    ),
    "ipa-website-in-a-letter.txt": (
        "ipa-website",
        "website",
        {
            "reporter.name": "森本 圭",
            "reporter.organisation": "あおば工業高校",
            "consent.share_identity": True,
            "target.urls": ("https://www.fukuro-juku.example.jp/member/edit",),
            "target.site_name": "ふくろう塾",
            "vulnerability.type": "csrf",
            "vulnerability.discovery": "会員情報の変更画面にトークンがないことに気付いた",
            "vulnerability.reason": "罠ページを開くだけで会員情報が変わる",
            "vulnerability.impact": "会員情報の書き換え",
            "vulnerability.found_on": "2026-11-08",
        },
    ),
    "ipa-product-old.txt": (
        "ipa-product",
        "product",
        {
            "reporter.name": "Lee Jisoo",
            "reporter.organisation": "Hangang Security",
            "consent.share_identity": True,
            "consent.credit": True,
            "credit_name": "Lee Jisoo of Hangang Security",
            "product.name": "SoraMail Server",
            "product.version": "3.2.1 / 3.3.0-beta",
            "product.vendor": "ソラメール株式会社",
            "vulnerability.type": "buffer_overflow",
            "vulnerability.impact": "● サービス妨害\n● 任意のコード実行",
            "other_reports": ("KrCERT に 2026-11-10 に報告済み (KrCERT-2026-1123)",),
        },
    ),
    "ipa-product-brackets.txt": (
        "ipa-product",
        "product",
        {
            "reporter.name": "前田 悠",
            "consent.share_identity": False,
            "consent.credit": False,
            "product.name": "みなとメモ for Android",
            "product.version": "4.2.0 以前",
            "product.vendor": "みなとソフト合同会社",
            "product.url": "https://apps.minatosoft.example/memo",
            "vulnerability.type": "improper_https",
            "vulnerability.cwe": ("CWE-295",),
            "vulnerability.impact": "通信の盗聴・改ざん",
            "other_reports": ("開発元へ 10/20 にメールで連絡しましたが返信がありません。",),
            "disclosure_plan": "2027年3月に勉強会で発表予定",
        },
    ),
    "ipa-own-product.txt": (
        "ipa-product",
        "product",
        {
            "reporter.name": "工藤 真由美",
            "reporter.organisation": "みさき電算株式会社",
            "consent.credit": False,
            "product.name": "帳票エクスプレス サーバ",
            "product.version": "5.0.0 から 5.3.8 まで",
            "product.vendor": "みさき電算株式会社",
            "vulnerability.cwe": ("CWE-611",),
            "vulnerability.cvss_score": 6.5,
            "vulnerability.impact": "サーバ上の任意のファイルを読み取られる可能性がある。",
            "disclosure_plan": "2027年1月20日",
        },
    ),
    "certcc-vrf-quoted.txt": (
        "certcc-vrf",
        "product",
        {
            "reporter.name": "Greta Lind",
            "consent.share_identity": True,
            "consent.credit": False,
            "product.name": "Nordlys Gateway NG-200",
            "product.version": "4.2.1",
            "product.vendor": "Nordlys Systems AB",
            "vulnerability.steps": "ssh service@gateway with the password from the firmware image.",
            "vulnerability.impact": "Full control of the gateway.",
            "vulnerability.discovery": "Firmware analysis with binwalk.",
            "public": False,
            "other_reports": ("Asked support for a security contact, no reply.",),
            "disclosure_plan": "2027-02-15 (CET)",
            "tracking_ids": ("NL-2026-77",),
            "critical_infrastructure": True,
        },
    ),
    "certcc-website.txt": (
        "certcc-vrf",
        "website",
        {
            "reporter.name": "Sam Ortega",
            "consent.credit": True,
            "target.urls": ("https://portal.county-water.example/",),
            "vulnerability.type": "sqli",
        },
    ),
    "simple-vrf.txt": (
        "certcc-vrf",
        "product",
        {
            "reporter.name": "Olu Adeyemi",
            "reporter.organisation": "Lagoon Security",
            "reporter.phone": "+234 1 555 0100",
            "consent.share_identity": True,
            "consent.credit": True,
            "product.name": "Tern Router OS",
            "product.version": "9.1",
            "vulnerability.steps": "Send the attached frame.",
            "vulnerability.impact": "Code execution as root.",
            "vulnerability.discovery": "boofuzz 0.4",
            "vulnerability.found_on": "2026-11-05",
            "exploited": False,
            "public": False,
            "other_reports": ("Tern Networks",),
            "disclosure_plan": "2027-01-31 UTC",
        },
    ),
    "nciipc.txt": (
        "certcc-vrf",
        "product",
        {
            "reporter.name": "Kavya Nair",
            "reporter.organisation": "Malabar Infosec",
            "product.name": "Sahyadri MG-2",
            "product.version": "3.0.1",
            "vulnerability.type": "authorization",
            "vulnerability.steps": "a) connect with mosquitto_sub to port 1883\nb) subscribe to #",
            "vulnerability.impact": "meter data can be changed",
            "vulnerability.found_on": "2026-11-02",
        },
    ),
    "markdown-hackerone.txt": (
        "markdown",
        "website",
        {
            "target.urls": ("https://app.larkbill.example/",),
            "vulnerability.type": "authorization",
            "vulnerability.cwe": ("CWE-639",),
            "vulnerability.cvss_vector": "CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N",
            "vulnerability.cvss_score": 7.5,
        },
    ),
    "markdown-github.txt": (
        "markdown",
        "product",
        {
            "product.name": "quickboard",
            "product.version": "< 5.4.0",
            "vulnerability.cwe": ("CWE-79",),
            "vulnerability.cvss_score": 8.7,
            "vulnerability.steps": "Set the display name to `<img src=x onerror=alert(1)>`.",
            "vulnerability.workaround": "Disable custom display names.",
        },
    ),
    "markdown-bugcrowd.txt": (
        "markdown",
        "website",
        {
            "target.urls": ("https://chat.heronapp.example/api/preview?url=",),
            "vulnerability.steps": "curl 'https://chat.heronapp.example/api/preview?url=http://169.254.169.254/'",
            "vulnerability.impact": "Cloud credentials can be read.",
        },
    ),
    "csaf.json": (
        "json",
        "product",
        {
            "product.name": "Quill Desk",
            "product.version": ">=2.0.0, <2.4.1",
            "product.vendor": "Quill Oy",
            "credit_name": "Ilse Brandt of Example Labs",
            "vulnerability.type": "path_traversal",
            "vulnerability.cwe": ("CWE-22",),
            "vulnerability.cvss_vector": "CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:H",
            "vulnerability.cvss_score": 7.8,
            "vulnerability.impact": "Code execution as the user.",
            "vulnerability.workaround": "Do not import backups of others.",
            "tracking_ids": ("EL-2026-14",),
        },
    ),
    "cve.json": (
        "json",
        "product",
        {
            "product.name": "Wicket NAS",
            "product.version": ">= 2.0, <= 2.6, 3.0",
            "product.vendor": "Wicket",
            "credit_name": "Rin Example",
            "vulnerability.type": "os_command_injection",
            "vulnerability.cwe": ("CWE-78",),
            "vulnerability.cve": ("CVE-2026-99001",),
            "vulnerability.cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H",
            "vulnerability.cvss_score": 8.8,
            "vulnerability.summary": "Command injection in Wicket NAS\n\nThe ping target is passed to a shell.",
            "vulnerability.impact": "Commands run as root.",
            "vulnerability.workaround": "Disable remote administration.",
        },
    ),
    "vrf.json": (
        "json",
        "product",
        {
            "reporter.name": "Wei Zhang",
            "reporter.organisation": "Harbor Lab",
            "consent.share_identity": False,
            "consent.credit": True,
            "product.name": "Pelican Amp",
            "product.version": "1.8",
            "product.vendor": "Pelican Audio",
            "vulnerability.type": "csrf",
            "vulnerability.steps": "Open a page with a hidden form while logged in.",
            "vulnerability.impact": "Settings are changed.",
            "vulnerability.discovery": "manual testing",
            "exploited": False,
            "public": False,
            "other_reports": ("Mailed info@pelican.example, no answer",),
            "disclosure_plan": "blog in March 2027",
        },
    ),
    "simple-vrf.json": (
        "json",
        "product",
        {
            "reporter.name": "Maya Singh",
            "consent.share_identity": True,
            "consent.credit": True,
            "product.name": "OtterDB",
            "product.version": "2.3",
            "vulnerability.steps": "otter-cli load crash.db",
            "vulnerability.impact": "Crash of the server",
            "vulnerability.discovery": "code review",
            "vulnerability.found_on": "2026-10-30",
            "exploited": False,
            "public": False,
            "other_reports": ("OtterDB maintainers",),
            "disclosure_plan": "2027-01-20 00:00 UTC",
            "tracking_ids": ("OT-311",),
        },
    ),
    "cvl.json": (
        "json",
        "website",
        {
            "target.urls": ("https://www.hoikuen.example.jp/search.php",),
            "target.site_name": "ひばり保育園",
            "vulnerability.type": "xss",
            "vulnerability.cwe": ("CWE-79",),
            "vulnerability.cvss_score": 6.1,
            "vulnerability.steps": "検索画面を開く\nq に <script>alert(1)</script> を入れる",
            "vulnerability.impact": "Cookie の窃取",
            "vulnerability.found_on": "2026-11-05",
        },
    ),
}
"""File -> form, track, and what it states."""


def read(name: str) -> Understanding:
    """The sample, as a mail's text or, if it is JSON, as its attachment."""
    content = (FORMS / name).read_bytes()
    if not name.endswith(".json"):
        return understand(content.decode(), "報告", shipped_rules(), sender=SENDER)
    attached = (Attachment(name, "application/json", content),)
    return understand("The report is attached.", "Report", shipped_rules(), attached, SENDER)


def website(text: str) -> Filled:
    """The text read as IPA's form for websites."""
    return read_form(text, shipped_rules().forms["ipa-website"])


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_samples_of_every_form_are_read(name: str) -> None:
    """Form, track and every stated value."""
    form, track, stated = EXPECTED[name]
    found = read(name)
    values = {field.name: field.value for field in found.fields if not field.derived}
    assert (found.form, found.track.value) == (form, track)
    assert {key: values.get(key) for key in stated} == stated


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_sample_yields_a_target_vendor_or_consent_that_it_does_not_state(name: str) -> None:
    """What a form leaves open stays open."""
    stated = EXPECTED[name][2]
    watched = ("target.", "product.vendor", "consent.")
    found = {f.name for f in read(name).fields if not f.derived and f.name.startswith(watched)}
    assert found <= set(stated)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_value_of_a_sample_has_a_rule_and_words(name: str) -> None:
    """Nothing is without a source."""
    assert all(field.rule and field.quote for field in read(name).fields)


def test_every_sample_is_expected_to_be_something() -> None:
    """No sample lies around unread."""
    assert {path.name for path in FORMS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize(
    ("line", "box"),
    [
        ("■ 知らせても良い", (True, "知らせても良い")),
        ("  □知らせても良い", (False, "知らせても良い")),
        ("☑️ 知らせても良い", (True, "知らせても良い")),
        ("[x] yes", (True, "yes")),
        ("[X] yes", (True, "yes")),
        ("( ) yes", (False, "yes")),
        ("（レ）良い", (True, "良い")),
        ("知らせても良い ☑", (True, "知らせても良い")),
        ("● 知らせても良い", (None, "知らせても良い")),
    ],
)
def test_boxes_are_ticked_in_many_ways(line: str, box: tuple[bool | None, str]) -> None:
    """Squares, brackets and check marks count; a bullet alone does not."""
    assert boxes_of([line], 0) == (box,)


@pytest.mark.parametrize("line", ["call foo()", "init() and free() again", "値は (x) です", "f(x) = g( )"])
def test_code_and_prose_have_no_boxes(line: str) -> None:
    """Brackets within a line are no boxes."""
    assert boxes_of([line], 0) == ()


@pytest.mark.parametrize(
    ("lines", "states"),
    [
        (["● a", "○ b"], [True, False]),
        (["○ a", "● b"], [False, True]),
        (["● a", "□ b"], [True, False]),
        (["○ a", "□ b"], [True, False]),
        (["○ a", "× b"], [True, False]),
        (["● a", "● b"], [None, None]),
        (["○ a", "○ b"], [None, None]),
    ],
)
def test_dots_and_rings_are_boxes_only_among_others(lines: list[str], states: list[bool | None]) -> None:
    """Items with bullets are not ticked; ● is among ○ or □."""
    assert [boxes_of(lines, i)[0][0] for i in range(len(lines))] == states


def test_boxes_that_are_not_ticked_are_no_answer() -> None:
    """Of a list of choices the ticked remain; with none ticked nothing remains; bullets stay."""
    assert answer_lines(["□ a", "■ b", "□ c"]) == "b"
    assert answer_lines(["□ a", "□ b"]) == ""
    assert answer_lines(["[ ] YES [x] NO"]) == "NO"
    assert answer_lines(["□ 可　■ 否"]) == "否"
    assert answer_lines(["plain", "□ a"]) == "plain\n□ a"
    assert answer_lines(["● a", "● b"]) == "● a\n● b"
    assert answer_lines(["■ a", "more of a"]) == "■ a\nmore of a"


@pytest.mark.parametrize(
    "line",
    [
        "2) 脆弱性の種類",
        "２）　脆弱性の種類：XSS",
        "2.2 脆弱性の種類 XSS",
        "■脆弱性の種類",
        "== 脆弱性の種類 ==",
        "【脆弱性の種類】XSS",
        "> 脆弱性の種類: XSS",
        "**脆弱性の種類**: XSS",
        "| 脆弱性の種類 | XSS |",
        "脆弱性の種類 | XSS",
        "脆弱性の種類　　XSS",
        "(2) 脆弱性の種類*",
        "(ア) 脆弱性の種類",
        "Q2. 脆弱性の種類",
        "脆弱性の種類（必須）：XSS",
    ],
)
def test_labels_are_known_however_they_are_written(line: str) -> None:
    """Numbers, marks, brackets, quoting and width do not hide a label."""
    assert any("脆弱性の種類" in keys_of(way.label) for way in heads(unquoted(line)))


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("3. 種類", 3),
        ("１２．その他", 12),
        ("(4) foo: a long answer that goes on and on and on and on", 4),
        ("■5. 理由", 5),
        ("2.1.0 より前", None),
        ("10:30 に確認", None),
        ("3. これは文です。", None),
        ("plain", None),
    ],
)
def test_headings_may_be_numbered(line: str, number: int | None) -> None:
    """Versions, times and sentences are not."""
    found = number_of(line)
    assert (found.value if found else None) == number


def test_a_numbered_heading_that_we_do_not_know_ends_the_section_above() -> None:
    """Its text belongs to no field; the steps of a list go on."""
    found = website("5) 脅威\n改ざん\n6) 希望する対応\n早く直して\n7) 回避策\n停止")
    assert [(a.label, a.text) for a in found.answers if a.items] == [("脅威", "改ざん"), ("回避策", "停止")]
    steps = website("4. 再現手順\n1. a\n2. b\n3. c\n4. d\n5. e")
    assert steps.answers[0].text == "1. a\n2. b\n3. c\n4. d\n5. e"


def test_a_marked_heading_that_we_do_not_know_ends_the_section_above() -> None:
    """■ 補足 after ■ 脅威, though ■ is a ticked box elsewhere."""
    found = website("■ 脅威\n改ざん\n■ こちらの環境\n自宅\n")
    assert [a.text for a in found.answers if a.items] == ["改ざん\n".rstrip()]


def test_boxes_that_contradict_each_other_say_nothing() -> None:
    """Both ticked is no consent."""
    text = (
        "氏名: 例示 花子\nメール: a@b.example\n脆弱性の種類: XSS\n"
        "■ 届出者情報をウェブサイト運営者に知らせても良い\n"
        "■ 届出者情報をウェブサイト運営者には知らせず、すべてのやりとりを IPA とのみ行う\n"
    )
    found = understand(text, "届出", shipped_rules(), sender=SENDER)
    assert all(field.value is not True for field in found.fields)


def test_code_between_fences_holds_no_labels() -> None:
    """A key in a script is no heading."""
    found = read_form(
        "## PoC\n```\nimpact: x\n# title\n```\nThen wait.\n## Impact\ny", shipped_rules().forms["markdown"]
    )
    assert [a.text.strip() for a in found.answers] == ["```\nimpact: x\n# title\n```\nThen wait.", "y"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1, 2]",
        '{"a": 1',
        'Send this body:\n{"name": "x", "email": "a@b.example", "url": "https://a.example/"}\nand look.',
        "[" * 5000,
        '{"a":' * 5000,
    ],
)
def test_json_that_is_no_report_is_left_alone(text: str) -> None:
    """Requests of a proof of concept are no report; broken and deep JSON breaks nothing."""
    assert read_json(text, shipped_rules().forms["json"]) is None


@pytest.mark.parametrize(
    "record",
    [
        '{"containers": {"cna": {"affected": "x", "metrics": [1], "problemTypes": [{"descriptions": 1}]}}}',
        '{"document": {"csaf_version": "2.0", "title": 5}, "product_tree": {"branches": 1}, "vulnerabilities": [1]}',
    ],
)
def test_records_with_anything_in_them_are_read_somehow(record: str) -> None:
    """What is of another type than the format says is simply not there."""
    found = read_json(record, shipped_rules().forms["json"])
    assert found is not None
    assert not any(answer.text for answer in found.answers)


def test_a_letter_may_hold_the_json() -> None:
    """The wishes around it count too."""
    record = (FORMS / "cve.json").read_text(encoding="utf-8")
    text = f"Hello,\n\nplease see this record. You may share my name with the vendor.\n\n{record}\n\nJane\n"
    found = understand(text, "CVE", shipped_rules(), sender=SENDER)
    values = {field.name: field.value for field in found.fields}
    assert (found.form, values["product.name"], values["consent.share_identity"]) == ("json", "Wicket NAS", True)
