"""What replies mean, and which language a text is in."""

from datetime import date

import pytest

from mailbot.core.events import Meaning
from mailbot.core.language import language
from mailbot.core.replies import read_reply
from tests.shipped_rules import shipped_rules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ご連絡ありがとうございます。\nご指摘の箇所を修正しました。", {Meaning.ACKNOWLEDGED, Meaning.FIX_REPORTED}),
        ("お世話になっております。\n対応が完了いたしましたのでご報告します。", {Meaning.FIX_REPORTED}),
        ("修正版を公開しました。", {Meaning.FIX_REPORTED}),
        ("来月までに修正します。", {Meaning.FIX_PLANNED}),
        ("修正しましたか？", {Meaning.OTHER}),
        ("修正が完了しましたらご連絡いたします。", {Meaning.ACKNOWLEDGED}),
        ("これは本物のメールですか。営業でしょうか。", {Meaning.SUSPICIOUS}),
        ("詳細はPGPで暗号化して送ってください。", {Meaning.WANTS_ENCRYPTION, Meaning.ASKS_DETAILS}),
        ("暗号化は不要ですのでこのアドレスへ送ってください。", {Meaning.OTHER}),
        ("調査しましたが、弊社製品は影響を受けません。", {Meaning.NOT_AFFECTED}),
        ("影響が小さいため、対応の予定はありません。", {Meaning.WILL_NOT_FIX}),
        ("届出を取り下げます。", {Meaning.WITHDRAWN}),
        ("We have fixed the issue in 1.2.3.", {Meaning.FIX_REPORTED}),
        ("It will be fixed in the next release.", {Meaning.FIX_PLANNED}),
        ("Has it been fixed?", {Meaning.OTHER}),
        ("Is this a scam? How do I know you are real?", {Meaning.SUSPICIOUS}),
        ("We are not affected.", {Meaning.NOT_AFFECTED}),
        ("", {Meaning.OTHER}),
    ],
)
def test_replies_mean_what_their_sentences_say(text: str, expected: set[Meaning]) -> None:
    """Done is told from planned, asked and conditional; what no rule knows is OTHER."""
    assert set(read_reply(text, shipped_rules(), date(2026, 11, 20)).meanings) == expected


def test_wrapped_sentences_are_read_whole() -> None:
    """A sentence that a mail program broke over two lines keeps its meaning."""
    text = "先日ご連絡いただきましたお問い合わせフォームの脆弱性につきまして、修\n正いたしました。"
    assert read_reply(text, shipped_rules(), date(2026, 11, 20)).meanings == (Meaning.FIX_REPORTED,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("脆弱性を報告します。", "ja"),
        ("Hello, I found a bug.", "en"),
        ("XSS on サイト: " + "please fix it soon, the page is open to everyone. " * 5, "en"),
        ("検索画面の件です。\nGET /search?q=%3Cscript%3E HTTP/1.1\nHost: a.example\nhttps://a.example/long/path", "ja"),
        ("お世話になります。I continue in English, it is easier for me. The form on the page is open to all.", "en"),
        (
            "画面に The page you are looking for is not available と出たあと、他人の名前が表示されます。",
            "ja",
        ),
        ("漏洞报告", "en"),
        ("", "en"),
    ],
)
def test_language_is_told_by_kana(text: str, expected: str) -> None:
    """Kana make Japanese; URLs and code do not count against it."""
    assert language(text) == expected
