"""Machines are not answered and people not ignored: whole mails, read and classified by the shipped rules."""

from dataclasses import replace
from pathlib import Path

import pytest

from mailbot.core.automatic import automatic
from mailbot.core.classify import MailKind, classify, is_worth_a_look
from mailbot.core.correlate import Correlation, How
from mailbot.core.etiquette import asks_for_no_answer, may_answer
from mailbot.core.messages import Crypto, OpenedMail, RawMail
from mailbot.core.model import Role
from mailbot.core.parse import parse
from mailbot.core.quoting import new_text
from mailbot.core.sight import Sight
from mailbot.core.signs import Place, SignKind
from mailbot.core.understand import understand
from tests.builders import DESK, SHOP, case, opened
from tests.shipped_rules import shipped_rules

MAILS = Path(__file__).resolve().parents[1] / "mails"
CASE = case()
ON_CASE = Correlation(CASE, How.TOKEN, Role.OPERATOR, SHOP.address, 1)
REPORT_JA = (
    "検索画面にクロスサイト・スクリプティングの脆弱性を発見しました。\nhttps://shop.example.jp/search\n"
    "再現手順: 1. 検索欄に文字列を入れる。 2. スクリプトが動く。\n"
)
REPORT_EN = (
    "I found a cross-site scripting vulnerability in https://shop.example.jp/search\n"
    "Steps to reproduce: 1. open the page 2. type the payload. An attacker can steal the session.\n"
)


def letter(text: str, subject: str = "Re: x", sender: str = "tanaka@shop.example.jp", **headers: str) -> bytes:
    """A mail in plain text; header names are written with _ for -."""
    lines = [
        f"From: {sender}",
        "To: security@desk.example.jp",
        f"Subject: {subject}",
        "Message-ID: <m@shop.example.jp>",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    if "Content_Type" not in headers:
        lines.append("Content-Type: text/plain; charset=utf-8")
    return "\r\n".join([*lines, "", text]).encode()


def read(content: bytes, correlation: Correlation = Correlation()) -> Sight:  # noqa: B008  # frozen
    """All that is found out about the mail, without keys."""
    mail = parse(RawMail(content, "test"))
    read_mail = OpenedMail(mail, mail.subject, mail.text, new_text(mail.text), mail.attachments, Crypto())
    found = understand(mail.text, mail.subject, shipped_rules(), mail.attachments, mail.sender)
    signs = automatic(read_mail, shipped_rules())
    return Sight(read_mail, correlation, DESK, signs=signs, likeness=found.likeness)


def answered(sight: Sight) -> bool:
    """Whether the mail would be acknowledged."""
    mail = sight.opened.mail
    return (
        classify(sight).kind is MailKind.REPORT
        and may_answer(mail, DESK)
        and not asks_for_no_answer(mail, sight.signs, DESK)
    )


AUTO = {"Auto_Submitted": "auto-replied"}

BY_MACHINES = [
    ("absence", letter("戻り次第ご返信いたします。", "不在のお知らせ", **AUTO)),
    ("absence", letter("Back on Monday.", "Automatic reply: Your site", X_Auto_Response_Suppress="All", **AUTO)),
    ("absence", letter("I am currently out of the office until 5 May.", "Re: Your site", **AUTO)),
    ("absence", letter("Ich bin bis 5.5. nicht im Büro.", "Abwesend: Bericht", **AUTO)),
    ("absence", letter("出張中です。", "出張中", Return_Path="<>")),
    ("absence", letter("8/11から8/16まで夏季休業です。\nお急ぎの場合は 03-0000-0000 まで。", "夏季休業のお知らせ")),
    ("absence", letter("ただいま休暇をいただいております。メールの確認ができません。\n緊急の場合はお電話ください。")),
    ("absence", letter("I will be out of the office until Monday with limited access to email.")),
    ("absence", letter("Back soon.", "OOO: Re: your mail", Precedence="bulk")),
    ("absence", letter("away", "away from my mail", Precedence="junk")),
    ("auto_reply", letter("ありがとうございます。", "【自動返信】ご連絡ありがとうございます")),
    ("auto_reply", letter("x", "自動応答：脆弱性のご連絡")),
    ("auto_reply", letter("Thank you.", Precedence="auto_reply")),
    ("auto_reply", letter("Thank you.", Auto_Submitted="Auto-Generated; owner-email=x@y.example")),
    ("auto_reply", letter("Thank you.", Auto_Submitted="(vacation) AUTO-REPLIED")),
    ("auto_reply", letter("Thank you.", X_Autoreply="yes")),
    ("auto_reply", letter("Thank you.", X_AutoReply_From="info@shop.example.jp")),
    ("auto_reply", letter("Thank you.", X_Autorespond="Re: x")),
    ("auto_reply", letter("Thank you.", Return_Path="<>")),
    ("auto_reply", letter("Thank you.", Delivered_To="Autoresponder")),
    ("auto_reply", letter("お世話になっております。\n\n※このメールはシステムより自動的に送信されています。")),
    ("auto_reply", letter("Thank you.\n\nThis is an automated response.", "Your mail")),
    ("receipt", letter("お問い合わせありがとうございます。\n以下の内容でお問い合わせを受け付けました。\n\n件名: x")),
    ("receipt", letter("【受付番号】: 20261122-001\n担当者より3営業日以内にご連絡いたします。", "受付完了のお知らせ")),
    ("receipt", letter("確認のうえご連絡します。", "【株式会社店】お問い合わせありがとうございます")),
    ("receipt", letter("内容を確認します。", "[受付番号:123] お問い合わせを受け付けました", **AUTO)),
    # Zendesk, with and without its headers
    (
        "receipt",
        letter(
            "Your request (12345) has been received and is being reviewed by our support staff.\n\n"
            "To add additional comments, reply to this email.",
            "[Request received] Your site",
            X_Mailer="Zendesk Mailer",
            X_Auto_Response_Suppress="All",
            Auto_Submitted="auto-generated",
        ),
    ),
    ("receipt", letter("[#4711] Your request was received.\n")),
    # OTRS and Znuny
    (
        "receipt",
        letter(
            "Your email has arrived. A new ticket has been created.",
            "[Ticket#2026112210000012] RE: Your site",
            X_Mailer="Znuny Mail Service",
            X_Loop="yes",
            Precedence="bulk",
        ),
    ),
    # RT
    (
        "receipt",
        letter(
            "This message has been automatically generated in response to the creation of a ticket regarding x.\n"
            "There is no need to reply to this message right now.  Your ticket has been assigned an ID of [shop #42].",
            "[shop #42] AutoReply: x",
            Precedence="bulk",
            X_RT_Loop_Prevention="shop",
        ),
    ),
    # Freshdesk, Jira, Redmine
    (
        "receipt",
        letter("We have received your request and a ticket has been created with Ticket Id: 42. We will respond soon."),
    ),
    ("receipt", letter("Just confirming that we got your request. We're on it.", "SEC-12 x", X_JIRA_FingerPrint="1")),
    ("receipt", letter("Issue #42 has been reported by Web Form.", "[Shop - #42] (New) x", X_Redmine_Host="p")),
    ("notice", (MAILS / "auto-read-receipt.eml").read_bytes()),
    ("notice", (MAILS / "auto-dmarc-aggregate.eml").read_bytes()),
    ("notice", (MAILS / "auto-abuse-report.eml").read_bytes()),
    ("notice", (MAILS / "auto-tls-report.eml").read_bytes()),
    ("notice", (MAILS / "auto-calendar-reply.eml").read_bytes()),
    ("notice", letter("Gelesen am 22.11.", "Gelesen: Ihre Anfrage")),
    ("notice", letter("届出のメールが開封されました。", "開封確認: 脆弱性のご連絡")),
    ("notice", letter("disk full", "Cron <root@www> /usr/local/bin/backup", "root@www.shop.example.jp")),
]


@pytest.mark.parametrize(("sort", "content"), BY_MACHINES)
def test_t44_t45_machines_get_no_answer(sort: str, content: bytes) -> None:
    """Headers, the form of the mail, its subject or its words give a machine away; also what sort of machine it is."""
    sight = read(content)
    assert (classify(sight).kind, sight.signs.machine) == (MailKind.AUTO_REPLY, SignKind(sort))


@pytest.mark.parametrize(("sort", "content"), BY_MACHINES)
def test_t45_on_a_case_a_machine_is_no_answer_either(sort: str, content: bytes) -> None:
    """With the token, from the very address that was mailed: still nobody has read it."""
    assert classify(read(content, ON_CASE)).kind is MailKind.AUTO_REPLY, sort


HEADER_VARIANTS = [
    {"Auto_Submitted": value}
    for value in ("auto-replied", "AUTO-REPLIED", "auto-replied; x", "auto-generated (job)", "auto-notified", "Yes")
] + [
    {"Precedence": "bulk"},
    {"Precedence": "Junk"},
    {"Precedence": "list"},
    {"Precedence": "auto_reply"},
    {"X_Auto_Response_Suppress": "DR, OOF, AutoReply"},
    {"X_Loop": "tickets@shop.example.jp"},
    {"X_Loop": "security@desk.example.jp"},
    {"Return_Path": "<>"},
    {"Return_Path": "< >"},
    {"List_Id": "<l.lists.example>"},
    {"List_Unsubscribe": "<https://lists.example/u>"},
    {"X_Autoreply": "yes"},
    {"Feedback_ID": "1:2:3:x"},
]


@pytest.mark.parametrize("headers", HEADER_VARIANTS, ids=str)
@pytest.mark.parametrize("text", [REPORT_JA, REPORT_EN, "こんにちは。"])
def test_t44_no_header_of_machines_is_ever_answered(headers: dict[str, str], text: str) -> None:
    """Whatever the text, one such header is enough; and a report under it is lost to nobody."""
    sight = read(letter(text, **headers))
    assert not answered(sight)
    kind = classify(sight).kind
    if text in (REPORT_JA, REPORT_EN) and kind is not MailKind.LOOP:
        assert kind is MailKind.REPORT or is_worth_a_look(sight)


BY_PEOPLE = [
    letter("ご連絡ありがとうございます。担当部署で確認し、改めてご連絡いたします。"),
    letter("Thank you for your report. We have received it and will look into it."),
    letter("担当者が不在のため、明日こちらからご連絡いたします。"),
    letter("担当の田中は本日休暇をいただいておりますので、私が承ります。詳細をお送りください。"),
    letter("修正が完了しました。受付番号 123 の件も同じ原因でした。"),
    letter("これは自動返信メールの機能のことでしょうか。"),
    letter("このメールは自動送信ではありません。担当の鈴木です。"),
    letter("This is not an automated message; my name is Ken and I look after the site."),
    letter("We opened ticket 4711 for it and our team works on it."),
    letter("We fixed it.", Precedence="bulk", X_RT_Loop_Prevention="shop"),
    letter("We fixed it.", X_Auto_Response_Suppress="All"),
    letter("We fixed it.", X_Loop="owner@bugs.example"),
    letter("We fixed it.", Auto_Submitted="no"),
    letter("本日対応します。", "自動返信: x", Auto_Submitted="no"),
    letter("本日対応します。", X_Mailer="Zendesk Mailer"),
    letter("本日対応します。\n\n※本メールは送信専用アドレスから配信しています。"),
    letter("本日対応します。", List_Id="<security.shop.example.jp>", Precedence="list"),
    letter("本日対応します。\n\n> 自動返信: お問い合わせを受け付けました。\n> 受付番号：123"),
    letter("We do it today.\n\nOn Mon, 2 Nov 2026, Desk wrote:\n> This is an automated response.\n"),
    letter("A meeting about it?", Content_Type='text/calendar; method=REQUEST; charset="utf-8"'),
    letter("修正しました。", "Re: 不在通知機能の件"),
    letter("We fixed it.", X_Spam_Flag="YES"),
    letter("Please find the attached invoice for the pentest. We fixed it."),
]


@pytest.mark.parametrize("content", BY_PEOPLE)
def test_t45_people_on_a_case_are_heard(content: bytes) -> None:
    """Odd headers of their mail programs, quoted machines and words about absence make no machine of a person."""
    assert classify(read(content, ON_CASE)).kind is MailKind.REPLY


BY_FINDERS = [
    letter(REPORT_JA, "脆弱性の報告"),
    letter(REPORT_EN, "XSS on your site"),
    letter(REPORT_JA, "自動返信メールにおけるメールヘッダ・インジェクション"),
    letter(REPORT_JA, "お問い合わせ受付完了画面のXSS"),
    letter(REPORT_EN, "Auto-reply module vulnerable to header injection"),
    letter(REPORT_EN, "Out-of-band XSS in the vacation planner"),
    letter(REPORT_EN, "Read access to other users' files"),
    letter(REPORT_EN, "Cron jobs are readable"),
    letter(REPORT_EN, "Missing DMARC record and XSS"),
    letter(REPORT_JA, "不在通知機能の脆弱性"),
    letter(REPORT_JA, "報告", X_Spam_Flag="YES"),
    letter(REPORT_EN, "[SPAM] vulnerability report"),
    letter(REPORT_EN, "report", Auto_Submitted="no", X_Auto_Response_Suppress="None"),
    letter(REPORT_EN, "report", List_Id="Desk <security.desk.example.jp>", Precedence="list"),
    letter(
        "Hello team, I am a security researcher and found a vulnerability in your website. "
        "Do you have a bug bounty program? Will I get a reward?",
        "Vulnerability report",
    ),
]


@pytest.mark.parametrize("content", BY_FINDERS)
def test_t45_finders_open_cases_and_are_answered(content: bytes) -> None:
    """A report about automatic mail, one that a filter dislikes, one begging for a reward: a report, with a receipt."""
    assert answered(read(content))


def test_a_report_that_quotes_a_machine_opens_a_case() -> None:
    """The words of a machine inside a report do not hide it; for safety nobody is answered by the bot."""
    quoting = (
        REPORT_JA
        + "\n投稿すると「お問い合わせを受け付けました」と表示されます。このメールは自動送信です、と届きます。\n"
    )
    sight = read(letter(quoting, "脆弱性の報告"))
    assert classify(sight).kind is MailKind.REPORT
    buried = "\n".join([*["GET /search?q=1 HTTP/1.1"] * 20, "This is an automated response.", *["."] * 20])
    assert answered(read(letter(REPORT_EN + buried, "Vulnerability report")))


def test_a_form_that_mails_reports_is_found_by_a_person() -> None:
    """A web form's mail is a machine's, but what someone typed into it may be a report: it is listed."""
    sight = read(letter(REPORT_JA, "【自動送信】届出フォーム", Auto_Submitted="auto-generated"))
    assert (classify(sight).kind, is_worth_a_look(sight)) == (MailKind.AUTO_REPLY, True)


SPAM_MARKS = [
    {"X_Spam_Flag": "YES"},
    {"X_Spam_Status": "Yes, score=12.3"},
    {"X_Spam": "Yes"},
    {"X_Rspamd_Action": "add header"},
    {"X_Spamd_Result": "default: True [16.1 / 15.0]"},
    {"X_MS_Exchange_Organization_SCL": "9"},
    {"X_Forefront_Antispam_Report": "CIP:192.0.2.1;SFV:SPM;SCL:5;"},
    {"X_Barracuda_Spam_Status": "Yes, SCORE=5.1"},
]
NO_MARKS = [
    {"X_Spam_Flag": "NO"},
    {"X_Spam_Status": "No, score=-1.0"},
    {"X_MS_Exchange_Organization_SCL": "1"},
    {"X_Rspamd_Action": "no action"},
    {"X_Spam_Level": "*"},
]
OFFER = "お得な新商品をお届けします。今だけです。\n"


@pytest.mark.parametrize("headers", SPAM_MARKS, ids=str)
def test_marks_of_spam_filters(headers: dict[str, str]) -> None:
    """What the mail server marked is spam; a report is a report all the same."""
    assert classify(read(letter(OFFER, "お知らせ", **headers))).kind is MailKind.SPAM
    assert classify(read(letter(REPORT_EN, "report", **headers))).kind is MailKind.REPORT
    leak = "注文番号を変えると他人の注文が見えました。セキュリティの問題だと思います。"
    assert classify(read(letter(leak, "サイトの件", **headers))).kind is not MailKind.SPAM


@pytest.mark.parametrize("headers", NO_MARKS, ids=str)
def test_a_filter_that_found_no_spam_says_nothing(headers: dict[str, str]) -> None:
    """The other verdicts of the same filters."""
    assert classify(read(letter(OFFER, "お知らせ", **headers))).kind is MailKind.HELD


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Website ranking", "We can improve your website ranking on Google with our SEO services."),
        ("Hello", "We are a web development company. We can redesign your website."),
        ("Overdue invoice", "Please find the attached invoice and process the wire transfer today."),
        ("Mailbox full", "Your mailbox is almost full. Verify your account to keep your messages."),
        ("Guest post", "I would like to publish a guest post with quality backlinks."),
        ("Dear friend", "I am the next of kin of the late general and need a beneficiary."),
        ("ご提案", "SEO対策で検索順位を改善しませんか。無料診断を実施中です。"),
        ("重要", "お客様のアカウントが停止されました。お支払い方法を更新してください。"),
        ("当選", "高額当選おめでとうございます。"),
    ],
)
def test_advertisements_and_frauds_are_named_but_not_lost(subject: str, text: str) -> None:
    """Held under their name or, when very sure, spam that is still listed."""
    sight = read(letter(text, subject, "sales@offers.example"))
    triage = classify(sight)
    assert triage.kind is MailKind.HELD or (triage.kind is MailKind.SPAM and is_worth_a_look(sight))
    assert "advertisement" in triage.why


@pytest.mark.parametrize(
    "text",
    [
        "Attackers inject SEO services links into https://shop.example.jp/, the site is compromised.",
        "請求書の画面で他人の請求書を確認できます。脆弱性です。",
        "ページが改ざんされ、副業サイトへ飛ばされます。",
        "An attacker can confirm your account without a token.",
        "パスワード再設定のメールで第三者がアカウントを停止できます。",
    ],
)
def test_reports_in_the_words_of_spam_are_no_spam(text: str) -> None:
    """Invoices, accounts and links are also what faults are about."""
    triage = classify(read(letter(text, "サイトの件")))
    assert triage.kind in (MailKind.REPORT, MailKind.HELD)
    assert "advertisement" not in triage.why


@pytest.mark.parametrize(
    ("headers", "subject", "kinds"),
    [
        ({}, "脆弱性の報告", set()),
        ({"Auto-Submitted": "no"}, "自動返信: 休暇中", {SignKind.HUMAN, SignKind.AUTO_REPLY}),
        ({"Auto-Submitted": "no", "List-Id": "<l.example>"}, "", {SignKind.HUMAN, SignKind.LIST}),
        ({"Precedence": "bulk", "List-Id": "<l.example>"}, "", {SignKind.BULK, SignKind.LIST}),
        ({"TEXT": "This is an automated response.", "Part": "message/feedback-report"}, "", set()),
        ({"Subject": "never looked at here: Out of office"}, "hello", set()),
    ],
)
def test_every_sign_is_collected(headers: dict[str, str], subject: str, kinds: set[SignKind]) -> None:
    """All rules are asked; nobody can write a header that passes for another part of the mail."""
    found = automatic(opened("a@b.example", subject, headers=headers), shipped_rules()).found
    assert {sign.kind for sign in found} == kinds


def test_signs_know_where_they_stood() -> None:
    """A header is certain, a word alone is not, words in two places are."""
    by_word = automatic(opened("a@b.example", "自動返信: x"), shipped_rules())
    assert ([s.place for s in by_word.found], by_word.certain) == ([Place.SUBJECT], False)
    by_two = automatic(opened("a@b.example", "自動返信: x", "このメールは自動送信です。"), shipped_rules())
    assert (by_two.certain, by_two.only_in_text) == (True, False)
    by_header = automatic(opened("a@b.example", headers={"Auto-Submitted": "auto-replied"}), shipped_rules())
    assert by_header.certain


def test_a_forwarded_read_receipt_is_a_persons_mail() -> None:
    """What lies in an attached mail says nothing about the one that carries it."""
    inner = (MAILS / "auto-read-receipt.eml").read_bytes()
    head = letter("What is this?", "Fwd: receipt", Content_Type='multipart/mixed; boundary="f"').replace(
        b"What is this?", b"--f\r\nContent-Type: text/plain\r\n\r\nWhat is this?\r\n--f\r\n"
    )
    content = head + b"Content-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--f--\r\n"
    assert read(content).signs.machine is None


def test_a_mail_of_a_thousand_headers_is_read() -> None:
    """Headers are bounded; rules run in linear time on bounded values."""
    mail = opened("a@b.example", headers={f"X-{n}": "x" * 2_000 for n in range(3_000)})
    assert automatic(replace(mail, new_text="受付番号:" * 50_000), shipped_rules()).machine is None
