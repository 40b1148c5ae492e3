"""Of a reply, only what its sender wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.limits import Limits
from mailbot.core.quoting import new_text
from tests.corpus import corpus_dir, needs_corpus

ANSWER = "修正しました。\nご確認ください。"
QUOTE = "> 脆弱性の届出がありました。\n> ご対応をお願いします。"


@pytest.mark.parametrize(
    "rest",
    [
        "",
        QUOTE,
        f"2026年11月20日(金) 10:00 受付窓口 <security@desk.example.jp>:\n{QUOTE}",
        f"2026年11月20日(金) 10:00 <security@desk.example.jp>:\n\n{QUOTE}",
        f"2026/11/20 10:00、受付窓口 <security@desk.example.jp> のメール:\n{QUOTE}",
        f"On 2026/11/20 10:00, 受付窓口 wrote:\n{QUOTE}",
        f"(2026/11/20 10:00), 受付窓口 wrote:\n{QUOTE}",
        f"On Fri, Nov 20, 2026 at 10:00 AM Desk <security@desk.example.jp>\nwrote:\n\n{QUOTE}",
        "On Fri, Nov 20, 2026 at 10:00 AM Desk <security@desk.example.jp> wrote:\n\n引用符のない引用",
        f"Am 20.11.2026 um 10:00 schrieb Desk <security@desk.example.jp>:\n{QUOTE}",
        "差出人: 受付窓口\n送信日時: 2026年11月20日 10:00\n宛先: 山田\n件名: 脆弱性\n\n届出がありました。",
        "________________________________\n差出人: 受付窓口 <s@desk.example.jp>\n送信日時: 2026年11月20日 10:00\n"
        "宛先: 山田\n件名: 脆弱性\n\n届出がありました。",
        "From: Desk\nSent: Friday, November 20, 2026 10:00 AM\nTo: Taro\nSubject: x\n\nold",
        "*From:* Desk\n*Date:* Fri, 20 Nov 2026\n*Subject:* x\n\nold",
        "-----元のメッセージ-----\n届出がありました。",
        "----- Original Message -----\nold",
        "-----Original Message-----\nFrom: Desk\n\nold",
        "---------- Forwarded message ----------\nFrom: a@b\n\nold",
        "---------- 転送メッセージ ----------\nold",
        "Begin forwarded message:\n\nold",
        "＞ 全角の引用",
        "-- \n山田太郎",
        "--\n山田太郎\n株式会社例",
        "━━━━━━━━━━━━\n株式会社例　山田太郎\nTEL 03-0000-0000\n━━━━━━━━━━━━",
        "＝＝＝＝＝＝＝＝\n山田太郎\nyamada@example.jp\n＝＝＝＝＝＝＝＝",
        "*******************\n山田太郎\nhttps://www.example.jp/\n*******************",
        "ーーーーーーーーーー\n山田太郎 yamada@example.jp",
        "-+-+-+-+-+-+-+-+\n山田 / 内線 1234",
        "iPhoneから送信",
        "Sent from my iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        f"-- \n山田太郎\n\n2026年11月20日(金) 10:00 <security@desk.example.jp>:\n{QUOTE}",
        "━━━━━━━━\n山田太郎 TEL 03-0000-0000\n━━━━━━━━\n\n-----Original Message-----\nold",
    ],
)
def test_answer_above(rest: str) -> None:
    """Of an answer above a quotation or a signature block, the answer is left."""
    assert new_text(f"{ANSWER}\n\n{rest}\n") == ANSWER


def test_answers_between_quotes_are_kept() -> None:
    """Interleaved answers stay in order; only the quoted lines and the attribution go."""
    text = f"On 2026/11/20 10:00, Desk wrote:\n{QUOTE}\n\n対応済みです。\n\n> 公開してよいですか。\nはい。\n"
    assert new_text(text) == "対応済みです。\n\nはい。"


@pytest.mark.parametrize(
    "text",
    [
        "問題を見つけました。\n\n手順:\n1. 開く\n2. 入力する",
        "届出者: 山田\n日付: 2026/11/20\nこのページに問題があります。",
        "2026年11月20日 10:00 に admin@example.jp へ連絡しました。",
        "検索欄に次を入れます。\n><script>alert(1)</script>\n表示されます。",
        "結果\n==========\n脆弱性がありました。\n==========\n以上です。",
        "- 一つ目\n- 二つ目",
        "Sent from my desk, this is still text.",
        "From: の欄に改行を入れると、ヘッダが増えます。",
    ],
)
def test_text_that_is_no_quotation_is_kept(text: str) -> None:
    """Lists, sections, payloads and sentences with dates in them are what the sender wrote."""
    assert new_text(text) == text


def test_text_is_bounded() -> None:
    """No more is looked at than rules look at."""
    limit = Limits().text_characters
    assert len(new_text("a" * (limit + 10))) == limit


@given(st.text(alphabet=st.sampled_from("On wrote:>-=_\n 2026年/@<a"), max_size=400))
def test_nothing_is_invented(text: str) -> None:
    """Every line that is left stood in the mail."""
    new = new_text(text)
    assert set(new.split("\n")) <= set(text.split("\n")) | {""}


@needs_corpus
@pytest.mark.parametrize(
    ("name", "begins", "without"),
    [
        ("email_ja_1_2.txt", "田中様", "かしこまりました"),
        ("email_1_8.txt", "I will reply under this one", "> "),
        ("email_2_1.txt", "Outlook with a reply", "Google Apps"),
        ("email_3_1.txt", "First reply.", "wrote"),
        ("outlook.txt", "Dear Team", "From:"),
        ("email_danish_2.txt", "Hej Hanne", "Fra:"),
        ("email_swedish_1.txt", "Hej Person A", "skrev"),
        ("pathological.txt", "I think you're onto something", ">"),
    ],
)
def test_real_replies(name: str, begins: str, without: str) -> None:
    """Replies of real mail programs in several languages lose what they quote."""
    corpus = corpus_dir()
    assert corpus is not None
    new = new_text((corpus / "reply-mail-parser-reply" / "texts" / name).read_text(encoding="utf-8"))
    assert new.startswith(begins)
    assert without not in new
