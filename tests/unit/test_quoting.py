"""Of a reply, only what its sender wrote."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.limits import Limits
from mailbot.core.messages import RawMail
from mailbot.core.parse import parse
from mailbot.core.quoting import begins_with_headers, new_text
from tests.corpus import corpus_dir, needs_corpus

MAILS = Path(__file__).resolve().parents[1] / "mails"
ANSWER = "修正しました。\nご確認ください。"
QUOTE = "> 脆弱性の届出がありました。\n> ご対応をお願いします。"
PROGRAMS = (
    "Le ven. 20 nov. 2026 à 10:00, Desk <s@desk.example> a écrit :\n\n> old text\n> more old",
    "Le ven. 20 nov. 2026 à 10:00, Desk <s@desk.example> a\nécrit :\n\n> old text\n> more old",
    "Le 20/11/2026 à 10:00, Desk a écrit :\n> old text\n> more old",
    "El vie, 20 nov 2026 a las 10:00, Desk (<s@desk.example>) escribió:\n\n> old text\n> more old",
    "El viernes, 20 de noviembre de 2026, Desk <s@desk.example> escribió:\nold text here\nmore old text",
    "Inviato da iPhone",
    "Il 20/11/2026 10:00, Desk ha scritto:\n> old text\n> more old",
    "Op vr 20 nov 2026 om 10:00 schreef Desk <s@desk.example>:\n\n> old text\n> more old",
    "Op 20 nov. 2026 om 10:00 heeft Desk <s@desk.example> het volgende geschreven:\n> old text\n> more old",
    "Op 20-11-2026 om 10:00 schreef Desk:\n> old text\n> more old",
    "pt., 20 lis 2026 o 10:00 Desk <s@desk.example> napisał(a):\n\n> old text\n> more old",
    "W dniu 20.11.2026 o 10:00, Desk pisze:\n> old text\n> more old",
    "Den fre 20 nov. 2026 kl 10:00 skrev Desk <s@desk.example>:\n\n> old text\n> more old",
    "fre. 20. nov. 2026 kl. 10.00 skrev Desk <s@desk.example>:\n\n> old text\n> more old",
    "pá 20. 11. 2026 v 10:00 odesílatel Desk <s@desk.example> napsal:\n\n> old text\n> more old",
    "Dne 20. 11. 2026 v 10:00 Desk napsal(a):\n> old text\n> more old",
    "2026년 11월 20일 (금) 오전 10:00, Desk <s@desk.example>님이 작성:\n\n> old text\n> more old",
    "2026. 11. 20. 오전 10:00, Desk <s@desk.example> 작성:\n> old text\n> more old",
    "Desk <s@desk.example> 于2026年11月20日周五 10:00写道：\n\n> old text\n> more old",
    "在 2026年11月20日，10:00，Desk <s@desk.example> 写道：\n\nold text here\nmore old text",
    "寄件者: Desk <s@desk.example>\n寄件日期: 2026年11月20日\n收件者: Taro\n主旨: x\n\nold text here\nmore old text",
    "Enviado do meu iPhone",
    "pe 20. marrask. 2026 klo 10.00 Desk (s@desk.example) kirjoitti:\n\n> old text\n> more old",
    "пт, 20 нояб. 2026 г. в 10:00, Desk <s@desk.example>:\n\n> old text\n> more old",
    "20.11.2026 10:00, Desk пишет:\n> old text\n> more old",
    "Am 20.11.2026 um 10:00 schrieb Desk:\n> old text\n> more old",
    "> Am 20.11.2026 um 10:00 schrieb Desk <s@desk.example>:\n> \n> old text\n> more old",
    "Von: Desk <s@desk.example>\nGesendet: Freitag, 20. November 2026 10:00\nAn: Taro\nBetreff: x\n\n"
    "old text here\nmore old text",
    "De : Desk <s@desk.example>\nEnvoyé : vendredi 20 novembre 2026 10:00\nÀ : Taro\nObjet : x\n\n"
    "old text here\nmore old text",
    "De: Desk <s@desk.example>\nEnviado el: viernes, 20 de noviembre de 2026 10:00\nPara: Taro\n"
    "Asunto: x\n\nold text here\nmore old text",
    "Da: Desk <s@desk.example>\nInviato: venerdì 20 novembre 2026 10:00\nA: Taro\nOggetto: x\n\n"
    "old text here\nmore old text",
    "Od: Desk <s@desk.example>\nWysłano: piątek\nDo: Taro\nTemat: x\n\nold text here\nmore old text",
    "Från: Desk <s@desk.example>\nSkickat: den 20 november 2026 10:00\nTill: Taro\nÄmne: x\n\n"
    "old text here\nmore old text",
    "보낸 사람: Desk <s@desk.example>\n보낸 날짜: 2026년 11월 20일\n받는 사람: Taro\n제목: x\n\n"
    "old text here\nmore old text",
    "发件人: Desk <s@desk.example>\n发送时间: 2026年11月20日 10:00\n收件人: Taro\n主题: x\n\n"
    "old text here\nmore old text",
    "Od: Desk\nOdesláno: pátek\nKomu: Taro\nPředmět: x\n\nold text here\nmore old text",
    "________________________________\n差出人: 窓口 <s@desk.example>\n送信日時: 2026年11月20日 10:00\n"
    "宛先: 山田 <y@example.jp>\nCC: 佐藤 <s@example.jp>\n件名: RE: 脆弱性\n\nold text here\nmore old text",
    "**差出人:** 窓口 <s@desk.example>\n**送信日時:** 2026年11月20日 10:00\n**宛先:** 山田\n**件名:** x\n"
    "\nold text here\nmore old text",
    "-----元のメッセージ-----\n差出人: 窓口\n\nold text here\nmore old text",
    "----- 元のメッセージ -----\nold text here\nmore old text",
    "-----Original Message-----\nFrom: a@b.example [mailto:a@b.example] \nSent: Friday\nTo: x\n"
    "Subject: y\n\nold text here\nmore old text",
    "------- Original Message -------\n"
    "On Friday, November 20th, 2026 at 10:00 AM, Desk <s@desk.example> wrote:\n\n> old text\n> more old",
    "On Friday, November 20th, 2026 at 10:00 AM, Desk <s@desk.example> wrote:\n\n> old text\n> more old",
    "\u2010\u2010\u2010\u2010\u2010\u2010\u2010 Original Message "
    "\u2010\u2010\u2010\u2010\u2010\u2010\u2010\n"
    "old text here\nmore old text",
    "2026年11月20日(金) 10:00 受付窓口 <s@desk.example>:\n\n> old text\n> more old",
    "2026年11月20日(金) 10:00 長い名前の受付窓口脆弱性担当\n<s@desk.example>:\n\n> old text\n> more old",
    "2026年11月20日(金) 10:00 受付窓口 <s@desk.example>:\n\nold text here\nmore old text",
    "2026/11/20 10:00、受付窓口 <s@desk.example>のメール:\n\n> old text\n> more old",
    "2026年11月20日(金) 10:00、受付窓口 <s@desk.example>:\n\nold text here\nmore old text",
    "> 2026/11/20 10:00、受付窓口 <s@desk.example>のメール:\n> \n> old text\n> more old",
    "On Fri, 20 Nov 2026 10:00:00 +0900\n受付窓口 <s@desk.example> wrote:\n\n> old text\n> more old",
    "On 2026/11/20 10:00, 受付窓口 wrote:\n> old text\n> more old",
    "受付窓口さんは書きました:\n> old text\n> more old",
    "受付窓口 さんは 2026/11/20 10:00 に書きました:\n> old text\n> more old",
    "受付窓口 <s@desk.example> さんは書きました：\n\n> old text\n> more old",
    'In the message "x" of 2026/11/20 10:00, 受付窓口 wrote:\n> old text\n> more old',
    "受付窓口 <s@desk.example> さん wrote:\n> old text\n> more old",
    "On 2026/11/20 10:00, Desk wrote:\n| old\n| more",
    "On 2026/11/20 10:00, Desk wrote:\nDesk> old\nDesk> more",
    "＞ 古い\n＞＞ もっと古い",
    "> old text\n> more old",
    "--- On Fri, 11/20/26, Desk <s@desk.example> wrote:\n\nFrom: Desk\nSubject: x\n\nold text here\nmore old text",
    " On Friday, November 20, 2026 at 10:00:00 AM GMT+9, Desk <s@desk.example> wrote:  \n \n"
    " old text here\nmore old text",
    "----- Original Message -----\nFrom: Desk\nTo: Taro\nDate: 2026/11/20, Fri 10:00\nSubject: x\n\n"
    "old text here\nmore old text",
    "-------- 元のメッセージ --------\n送信者: 受付窓口 <s@desk.example>\n"
    "日付: 2026/11/20 10:00 (GMT+09:00)\n宛先: y@example.jp\n件名: x\n\nold text here\nmore old text",
    "-------- Original message --------\nFrom: Desk\nDate: 20/11/2026 10:00 (GMT+01:00)\nTo: x\n"
    "Subject: y\n\nold text here\nmore old text",
    '-----"Desk" <s@desk.example> wrote: -----\nold text here\nmore old text',
    "##- Please type your reply above this line -##\nold text here\nmore old text",
    "---- この行より上に返信を記入してください ----\nold text here\nmore old text",
    "---------- Forwarded message ---------\nFrom: a@b.example\nDate: x\nSubject: y\nTo: z\n\n"
    "old text here\nmore old text",
    "---------- Forwarded message ---------\nFrom: 受付 <a@b.example>\nDate: 2026年11月20日(金) 10:00\n"
    "Subject: y\nTo: z\n\nold text here\nmore old text",
    "転送されたメッセージ:\n\n差出人: 受付窓口 <s@d.example>\n件名: x\n日付: 2026年11月20日\n宛先: y\n\n"
    "old text here\nmore old text",
    "-- \nMax Muster\nTel. 123",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Verzonden vanaf mijn iPhone",
    "Wysłane z iPhone'a",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "나의 iPhone에서 보냄",
    "发自我的iPhone",
    "Outlook for iOS を入手",
    "Outlook for iOS<https://aka.ms/o0ukef> を入手",
    "iOS 版 Outlook を入手する",
    "iOS版Outlook<https://aka.ms/x>を入手",
    "Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows",
    "Windows 版のメール<https://go.microsoft.com/fwlink/?LinkId=550986>から送信",
    "Yahoo!メール アプリから送信",
    "Sent from Yahoo Mail for iPhone",
    "Sent from Yahoo Mail on Android",
    "Sent with Proton Mail secure email.",
    "Galaxyから送信",
    "Sent from my Galaxy Tab A (2016)",
    "Yahoo Mail: Search, Organize, Conquer",
    "Sent from my BlackBerry 10 smartphone.",
    "Diese Nachricht wurde von meinem Android-Mobiltelefon mit GMX Mail gesendet.",
    "This e-mail and any attachments are confidential and intended solely for the addressee.\n"
    "If you are not the intended recipient, please delete it.",
    "本メールには機密情報が含まれている場合があります。誤って受信された場合は、お手数ですが削除をお願いいたします。",
    "※このメールは宛先に記載された方のみに送信することを意図しております。",
    "━━━━━━━━━━\n株式会社例\n山田太郎\nTEL:03-0000-0000\n━━━━━━━━━━\n\n本メールには機密情報が含まれます。",
    "◆◇◆◇◆◇◆◇◆◇\n株式会社例 山田\nhttps://www.example.jp/\n◆◇◆◇◆◇◆◇◆◇",
    "+----------------------+\n  山田太郎\n  mail: y@example.jp\n+----------------------+",
    "*:;;;:*:;;;:*:;;;:*\n山田 TEL 03-1111-2222",
    "--------------------------------\n例示株式会社 情報システム部\n山田 太郎 (Taro Yamada)\n"
    "〒100-0001 東京都千代田区1-1-1\nTEL：03-0000-0000 FAX：03-0000-0001\nE-mail：yamada@example.jp\n"
    "URL：https://www.example.jp/\n--------------------------------",
    "--\n山田\n\nOn 2026/11/20 10:00, Desk wrote:\n> old text\n> more old",
    "2026-11-20 10:00 GMT+09:00 Desk <s@desk.example>:\n\n> old text\n> more old",
    'At 2026-11-20 10:00:00, "Desk" <s@desk.example> wrote:\nold text here\nmore old text',
    "On Fri, Nov 20, 2026 at 10:00 AM The Very Long Name Of A Desk via RT\n"
    "<very-long-address-of-desk@desk.example.org>\nwrote:\n\n> old text\n> more old",
    "On 20 Nov 2026, at 10:00, Desk\n<s@desk.example> wrote:\n\nold text here\nmore old text",
    "On 20th November 2026, Desk wrote:\n> old text\n> more old",
    "On Fri, Nov 20, 2026 at 10:00\u202fAM Desk <s@desk.example> wrote:\n\n> old text\n> more old",
    "Desk <s@desk.example> writes:\n\n> old text\n> more old",
    "Desk wrote:\n> old text\n> more old",
    "*On Fri, Nov 20, 2026 at 10:00 AM Desk <s@desk.example> wrote:*\nold text here\nmore old text",
    "> 20. nov. 2026 kl. 10:00 skrev Desk <s@desk.example>:\n> old text\n> more old",
    "Desk <s@desk.example> ezt írta (időpont: 2026. nov. 20., P, 10:00):\n\n> old text\n> more old",
    "Desk <s@desk.example>, 20 Kas 2026 Cum, 10:00 tarihinde şunu yazdı:\n\n> old text\n> more old",
    "\n_____________________________________________\nFrom: Desk\nSent: 20 November 2026 10:00\n"
    "To: Taro\nSubject: x\n\nold text here\nmore old text",
    "From: Desk <s@desk.example>\nSent: 20 November 2026 10:00\n"
    "To: Taro <t@x.example>; Hana <h@x.example>;\n Jiro <j@x.example>\nCc: Other\nSubject: x\n\n"
    "old text here\nmore old text",
    "From: Desk <s@desk.example>\nSent: 20 November 2026 10:00\nTo: Taro <t@x.example>\nSubject: x\n"
    "Importance: High\n\nold text here\nmore old text",
    "Sent from my iPhone\n\n> On Nov 20, 2026, at 10:00, Desk <s@desk.example> wrote:\n> \n> old text\n> more old",
    "iPhoneから送信\n\n2026/11/20 10:00、受付窓口 <s@desk.example>のメール:\n\nold text here\nmore old text",
    "—\nReply to this email directly, view it on GitHub, or unsubscribe.",
)
KEPT = (
    "検索欄に次を入れます。\n><script>alert(1)</script>\n表示されます。",
    "今後は下記へご連絡ください。\n\n----------------\n例示株式会社 セキュリティ窓口\nTEL: 03-0000-0000\n"
    "security@example.jp\n----------------",
    "On 20 November 2026 we wrote to you:\nno answer came.",
    "受付番号\n----------\nTEL 1\n----------\n修正しました。\n----------",
    "フォームから送信しました。",
    "お問い合わせフォームから送信しました",
    "サーバーからメールを送信しました。",
    "本日、担当者にメールで送信しました",
    "From the logs we see nothing.\nTo be sure we checked twice.",
    "日時: 2026/11/20\n場所: 東京\n件名は不明です。",
    "この件は2026/11/20 10:00に対応しました：\n・ページの削除\n・設定の変更",
    "担当: 山田\n日付: 2026/11/20\n対応内容: 修正",
    "Date: 2026-11-20\nSubject: the login page\nIt is fixed.",
    "以下の日程でお願いします:\n- 12/1 10:00",
    "この点について 2026/11/20 10:00 に確認しました:\n\n問題ありません。",
    "Please send it to: security@example.jp",
    "対応は2026年12月1日 10:00に行います:",
    "Contact sales@example.com:",
    "11月20日(金)に担当 y@example.jp より連絡します。",
    "「修正しました」と山田さんが書きました。",
    "Sent from the same server, twice.",
    "Sent by post yesterday",
    "お送りいただいたメールは、誤って削除しました。",
    "The data is confidential and privileged users only can see it.",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "mysql> select 1;\nmysql> quit",
    "→ 対応済み\n⇒ 未対応",
    "2026/11/25 までに修正します。\n2026/11/30 に公開します。",
)


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


@pytest.mark.parametrize("rest", PROGRAMS)
@pytest.mark.parametrize("answer", ["We fixed it.\nPlease check.", ANSWER])
def test_mail_programs_of_many_languages(rest: str, answer: str) -> None:
    """Whatever a program writes below an answer, the answer is left."""
    assert new_text(f"{answer}\n\n{rest}\n") == answer


@pytest.mark.parametrize("text", KEPT)
def test_what_is_in_doubt_is_kept(text: str) -> None:
    """Forms, dates, contact data that is the answer, and sentences about mail are the sender's words."""
    assert new_text(text) == text


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("On 2026/11/20 10:00, Desk wrote:\n> q1\none\n> q2\n> q3\n\ntwo\n\n> q4\n-- \nTaro", "one\n\ntwo"),
        ("> q\n\nbottom answer\n\n-- \nTaro", "bottom answer"),
        ("Hello\n--\nrick", "Hello"),
        ("CAUTION: This email originated from outside. Do not click.\n\nFixed.", "Fixed."),
        ("【注意】このメールは社外から送信されました。\n\n修正しました。", "修正しました。"),
        ("修正しました。\n本メールには機密情報が含まれます。", "修正しました。"),
        ("Fixed.\r\n\r\n> old\r\n", "Fixed."),
        (
            "Fixed.\n\nOn Mon, Jun 3, 2024 at 12:53=E2=80=AFAM A B <a@b.example> w=\nrote:\n\n> long line wr=\nap",
            "Fixed.",
        ),
        ("On 20 Nov 2026, at 10:00, Desk wrote:\n\nall of it is unmarked", ""),
        ("> only\n> a quotation", ""),
        (
            "This e-mail is confidential and intended solely for you.",
            "This e-mail is confidential and intended solely for you.",
        ),
    ],
)
def test_what_is_new(text: str, new: str) -> None:
    """Answers below and between quotations, server notes above, text that nobody decoded."""
    assert new_text(text) == new


@pytest.mark.parametrize("subject", ["FW: x", "Fwd: x", "転送: x", "WG: x"])
def test_a_forwarded_mail_says_nothing_new(subject: str) -> None:
    """Headers at the top belong to the forwarded mail; without such a Subject they are the mail's own."""
    text = "差出人: 窓口\n送信日時: 2026年11月20日\n宛先: 山田\n件名: x\n\n修正しました。"
    assert new_text(text, subject) == ""
    assert new_text(text, "Re: x") == "修正しました。"
    assert begins_with_headers(text)
    assert not begins_with_headers("はい。\n\n" + text)


@pytest.mark.parametrize(
    ("name", "new"),
    [
        (
            "reply-outlook-japanese",
            "受付窓口 ご担当者様\n\nお世話になっております。見本商店の山田です。\n"
            "ご指摘の箇所は11月19日に修正いたしました。\n\n以上、よろしくお願いいたします。",
        ),
        ("reply-becky-inline", "山田です。\n\n\n\nはい、こちらで結構です。\n\n12月15日の予定です。"),
        ("reply-iphone-gmail", "確認します。"),
        ("reply-wrapped-attribution", "Thanks, we will look into it.\n\nBest regards,\nJo"),
        ("reply-forward-only", ""),
    ],
)
def test_whole_mails(name: str, new: str) -> None:
    """The same of mails as they come in."""
    mail = parse(RawMail((MAILS / f"{name}.eml").read_bytes(), name))
    assert new_text(mail.text.strip("\n"), mail.subject) == new


@pytest.mark.parametrize(
    "line", ["On 2026/11/20 10:00, x:\n", "From: a\n", "-" * 190 + "\n", "a." * 95 + "@:\n", "> a\n"]
)
def test_t7_long_replies_take_linear_time(line: str) -> None:
    """However often a line comes that may begin a quotation, only the first lines are looked at."""
    assert len(new_text(line * (Limits().text_characters // len(line)))) <= Limits().text_characters


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
