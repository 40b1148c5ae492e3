"""What is taken out of a text and what stays; marks say what it was and which one."""

from dataclasses import replace

import pytest

from mailbot.core.marks import KINDS, MARK, Ledger
from mailbot.core.model import Case, Field
from mailbot.core.redaction import told_and_withheld
from mailbot.core.romaji import romanised
from mailbot.core.withholding import known_of, withhold
from tests.sample_cases import DESK, WEBSITE_JA
from tests.shipped_rules import shipped_rules

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMDAyIn0.dBjftJeZ4CVPmB92K27uhbUJU1p1r"


def left(text: str, case: Case = WEBSITE_JA, language: str = "en") -> str:
    """The text with its marks."""
    return withhold(text, known_of(case, DESK), Ledger(language), "body")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cookie: sid=a1b2c3; lang=ja", "Cookie: sid=[withheld: cookie value 1]; lang=ja"),
        ("Set-Cookie: sid=a1b2c3; Path=/; HttpOnly", "Set-Cookie: sid=[withheld: cookie value 1]; Path=/; HttpOnly"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [withheld: authorization value 1]"),
        (f"send {JWT} twice", "send [withheld: token 1] twice"),
        ("id AKIAQX7M3WZ5R2V9L4KD", "id [withheld: API key 1]"),
        ("/a?token=5f4dcc3b5aa765&uid=2", "/a?token=[withheld: token 1]&uid=2"),
        ("password=Sup3rGeheim&x=1", "password=[withheld: password 1]&x=1"),
        ('"password":"Sup3rGeheim"', '"password":"[withheld: password 1]"'),
        ("curl -u ann:Sup3rGeheim https://x.example/", "curl -u ann:[withheld: password 1] https://x.example/"),
        ("ftp://ann:Sup3rGeheim@x.example/", "ftp://ann:[withheld: password 1]@x.example/"),
        ("card 4539 1488 0343 6467.", "card [withheld: card number 1]."),
        ("card 4539 1488 0343 6468.", "card 4539 1488 0343 6468."),
        ("card 4111 1111 1111 1111.", "card [withheld: card number 1]."),
        ("pw: hunter2 ", "pw: [withheld: password 1] "),
        ("password for my account: Tr0ub4dor&3", "password for my account: [withheld: password 1]"),
        ("from 203.0.113.77:51532 to shop", "from [withheld: client IP address 1]:51532 to shop"),
        ("my IP: 203[.]0[.]113[.]77", "my IP: [withheld: client IP address 1]"),
        ("IP: 203[.]0[.]113[.]77", "IP: [withheld: client IP address 1]"),
        ("x-real-ip%3A%20203.0.113.77", "x-real-ip%3A%20[withheld: client IP address 1]"),
        ("sent to 1-2-3 Akasaka, Minato-ku, Tokyo", "sent to [withheld: postal address 1]"),
        ("sent to 12 Oak Ave., Springfield IL 62704", "sent to [withheld: postal address 1]"),
        ("X-Forwarded-For: 198.51.100.7", "X-Forwarded-For: [withheld: client IP address 1]"),
        (
            "/home/taro/x and C:\\Users\\taro\\x",
            "/home/[withheld: account name 1]/x and C:\\Users\\[withheld: account name 1]\\x",
        ),
        ("https://twitter.com/taro_t", "https://twitter.com/[withheld: account name 1]"),
        ("taro@mbp:~$ id", "[withheld: user and machine 1]:~$ id"),
        ("1,佐藤 一郎,a.b@mail.example.net", "1,[withheld: person's name 1],[withheld: mail address 1]"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nx", "[withheld: private key 1]\nx"),
    ],
)
def test_what_goes(text: str, expected: str) -> None:
    """A mark stands for it; the names around it stay."""
    assert left(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "id=' OR 1=1--",
        "file=../../etc/passwd",
        "x%0d%0aSet-Cookie:%20session=evil",
        "Cookie: TrackingId=' OR SLEEP(5)--; role=admin",
        "X-Forwarded-For: 127.0.0.1",
        "url=http://169.254.169.254/latest/meta-data/",
        "password=' OR 'a'='a",
        "password=<password>&token=xxxx",
        "the default login is admin, password=adm1n99",
        "https://shop.example.jp:443@evil.example/",
        "name=test%0d%0aBcc:%20attacker@example.com",
        "/users/1002 and user=admin",
        "/home/web/public_html/a.php on line 12",
        "動作仕様、管理者様、お客様",
        "Server: Apache/2.4.41, 203.0.113.10",
        "build 20261103123456, CVE-2026-12345, CWE-79",
    ],
)
def test_what_stays(text: str) -> None:
    """Payloads, placeholders, probes, the product's own passwords and the target's own places are needed."""
    assert left(text) == text


def test_the_same_value_has_the_same_number() -> None:
    """Wherever it stands, also where nothing says what it is; another value has another number."""
    text = "Cookie: sid=a1b2c3d4e5\nCookie: sid=z9y8x7w6v5\nthen a1b2c3d4e5 again"
    first, second, third = left(text).split("\n")
    assert (first[-2:], second[-2:]) == ("1]", "2]")
    assert third == "then [withheld: cookie value 1] again"


def test_numbers_go_on_where_an_earlier_pass_ended() -> None:
    """A value that becomes known later is not taken for one that was withheld before."""
    ledger = Ledger("ja")
    ledger.go_on_after("Cookie: sid=[非公開: Cookieの値 3]")
    text = withhold("Cookie: sid=a1b2c3d4e5", known_of(WEBSITE_JA, DESK), ledger, "body")
    assert text == "Cookie: sid=[非公開: Cookieの値 4]"


def test_what_was_taken_is_noted() -> None:
    """Rule, kind, what stood there, the mark and the place, in order; its repr keeps the secret."""
    ledger = Ledger("en")
    withhold("山田花子 Cookie: sid=a1b2c3", known_of(WEBSITE_JA, DESK), ledger, "subject")
    name, cookie = sorted(ledger.records, key=lambda record: record.kind, reverse=True)
    assert (name.rule, name.before, name.after) == ("reporter.name", "山田花子", "[withheld: reporter's name]")
    assert (cookie.kind, cookie.before, cookie.place) == ("cookie", "a1b2c3", "subject")
    assert "a1b2c3" not in repr(cookie)


def test_what_fields_lose_is_noted_too() -> None:
    """A private field as a whole, a password of another by its mark, with the field's name as place."""
    fields = (
        Field("vulnerability.steps", "パスワードは「hunter2hunter」でした。", "r", 1.0),
        Field("other_reports", "IPA only", "r", 1.0, private=True),
    )
    case, records = told_and_withheld(replace(WEBSITE_JA, fields=fields), shipped_rules().redactions)
    assert case.field("vulnerability.steps") == "パスワードは「[非公開: パスワード 1]」でした。"
    assert {(r.place, r.before) for r in records} == {
        ("other_reports", "IPA only"),
        ("vulnerability.steps", "hunter2hunter"),
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_mark_is_known_as_one(kind: str, language: str) -> None:
    """So that a second pass leaves it alone."""
    assert MARK.fullmatch(Ledger(language).take("rule", kind, "x", "body"))


@pytest.mark.parametrize(
    ("name", "spellings"),
    [
        ("おおの", "ono ohno oono"),
        ("しょうじ", "shoji shouji syoji syouzi"),
        ("さとう", "sato satou satoh"),
        ("しんばし", "shimbashi sinbasi"),
        ("フジタ", "fujita huzita"),
        ("つちや", "tsuchiya tutiya"),
    ],
)
def test_kana_in_other_letters(name: str, spellings: str) -> None:
    """Hepburn, Kunrei, and long vowels in every way."""
    case = replace(WEBSITE_JA, participants=(), fields=(Field("reporter.name", f"{name} はなこ", "r", 1.0),))
    assert romanised(name)
    for spelling in spellings.split():
        assert left(f"by {spelling.title()} Hanako.", case) == "by [withheld: reporter's name]."
