"""What replies mean, which mail no person wrote, and which language a text is in."""

import pytest

from mailbot.core.automatic import automatic
from mailbot.core.events import Meaning
from mailbot.core.language import language
from mailbot.core.replies import meanings
from tests.shipped_rules import shipped_rules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ご連絡ありがとうございます。\nご指摘の箇所を修正しました。", {Meaning.ACKNOWLEDGED, Meaning.FIX_REPORTED}),
        ("お世話になっております。\n対応が完了いたしましたのでご報告します。", {Meaning.FIX_REPORTED}),
        ("修正版を公開しました。", {Meaning.FIX_REPORTED}),
        ("来月までに修正します。", {Meaning.ACKNOWLEDGED}),
        ("修正しましたか？", {Meaning.OTHER}),
        ("修正が完了しましたらご連絡いたします。", {Meaning.OTHER}),
        ("これは本物のメールですか。営業でしょうか。", {Meaning.SUSPICIOUS}),
        ("詳細はPGPで暗号化して送ってください。", {Meaning.WANTS_ENCRYPTION}),
        ("暗号化は不要ですのでこのアドレスへ送ってください。", {Meaning.OTHER}),
        ("調査しましたが、弊社製品は影響を受けません。", {Meaning.NOT_AFFECTED}),
        ("影響が小さいため、対応の予定はありません。", {Meaning.WILL_NOT_FIX}),
        ("届出を取り下げます。", {Meaning.WITHDRAWN}),
        ("We have fixed the issue in 1.2.3.", {Meaning.FIX_REPORTED}),
        ("It will be fixed in the next release.", {Meaning.OTHER}),
        ("Has it been fixed?", {Meaning.OTHER}),
        ("Is this a scam? How do I know you are real?", {Meaning.SUSPICIOUS}),
        ("We are not affected.", {Meaning.NOT_AFFECTED}),
        ("", {Meaning.OTHER}),
    ],
)
def test_replies_mean_what_their_sentences_say(text: str, expected: set[Meaning]) -> None:
    """Done is told from planned, asked and conditional; what no rule knows is OTHER."""
    assert set(meanings(text, shipped_rules())) == expected


def test_wrapped_sentences_are_read_whole() -> None:
    """A sentence that a mail program broke over two lines keeps its meaning."""
    text = "先日ご連絡いただきましたお問い合わせフォームの脆弱性につきまして、修\n正いたしました。"
    assert meanings(text, shipped_rules()) == (Meaning.FIX_REPORTED,)


@pytest.mark.parametrize(
    ("headers", "subject", "kind"),
    [
        ((), "脆弱性の報告", None),
        ((("Auto-Submitted", "auto-replied; owner=x"),), "", "auto_reply"),
        ((("AUTO-SUBMITTED", " Auto-Generated"),), "", "auto_reply"),
        ((("Auto-Submitted", "no"),), "", None),
        ((("Auto-Submitted", "no"),), "自動返信: 休暇中", None),
        ((("Auto-Submitted", "no"), ("List-Id", "<l.example>")), "", "list"),
        ((("Precedence", "bulk"), ("List-Id", "<l.example>")), "", "list"),
        ((("Precedence", "Bulk"),), "", "auto_reply"),
        ((("Precedence", "junk"),), "", "auto_reply"),
        ((("Precedence", "auto_reply"),), "", "auto_reply"),
        ((("Precedence", "list"),), "", "list"),
        ((("X-Auto-Response-Suppress", "OOF"),), "", "auto_reply"),
        ((("X-Autoreply", "yes"),), "", "auto_reply"),
        ((("X-Autorespond", "Re: x"),), "", "auto_reply"),
        ((("X-Loop", "a@b.example"),), "", "auto_reply"),
        ((("List-Post", "<mailto:l@l.example>"),), "", "list"),
        ((), "【自動返信】お問い合わせありがとうございます", "auto_reply"),
        ((), "Out of Office: back Monday", "auto_reply"),
        ((), "自動返信メールの脆弱性について", None),
        ((), "Report Domain: example.jp Submitter: google.com Report-ID: 123", "auto_reply"),
    ],
)
def test_automatic_mail_is_known_by_headers_and_subject(
    headers: tuple[tuple[str, str], ...], subject: str, kind: str | None
) -> None:
    """RFC 3834 and its forerunners, lists, vacation notices and aggregate reports; "no" means a person."""
    found = automatic((*headers, ("Subject", "never looked at here: Out of office")), subject, shipped_rules())
    assert (found[0] if found else None) == kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("脆弱性を報告します。", "ja"),
        ("Hello, I found a bug.", "en"),
        ("XSS on サイト: " + "please fix it soon, the page is open to everyone. " * 5, "en"),
        ("検索画面の件です。\nGET /search?q=%3Cscript%3E HTTP/1.1\nHost: a.example\nhttps://a.example/long/path", "ja"),
        ("漏洞报告", "en"),
        ("", "en"),
    ],
)
def test_language_is_told_by_kana(text: str, expected: str) -> None:
    """Kana make Japanese; URLs and code do not count against it."""
    assert language(text) == expected
