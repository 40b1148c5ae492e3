"""Thirty-odd mails of every kind in five deliveries: what the desk said to one is answered in the next."""

import re
from collections.abc import Callable
from pathlib import Path

from mailbot.core.messages import OpenedMail
from mailbot.core.model import Case
from mailbot.core.outbox import OutboxItem, Status
from mailbot.demo.people import Person
from tests.e2e.reports import PRODUCT_ANSWER, PRODUCT_EN, WEBSITE_EN
from tests.e2e.stories import PRODUCT

DESK = "security@desk.example.jp"
_MAILS = Path(__file__).resolve().parents[1] / "mails"
FORM = """ウェブアプリケーション脆弱性関連情報届出様式
1. 届出者情報
 1) 届出者情報
   氏名*:発見 花子
   電子メールアドレス*:{finder}
 2) 届出者情報の取り扱いについて
   ■ 届出者情報をウェブサイト運営者には知らせず、すべてのやりとりを IPA とのみ行う
2. 脆弱性関連情報
 1) 脆弱性を確認したウェブサイトのURL
   https://{site}/search?q=test
 2) 脆弱性の種類
   クロスサイト・スクリプティング
 3) 脆弱性の発見に至った経緯
   検索欄に「<b>」と入力すると、記号がそのまま表示されます。
 4) 脆弱性であると判断した理由
   入力がそのまま出力されるため。
 5) 脆弱性により発生しうる脅威
   偽の情報が表示されるおそれがあります。
 6) ウェブサイト連絡窓口
   info@{site}
3. IPA以外の組織への届出について
   なし
"""
_BOUNCE = """\
Return-Path: <>
From: MAILER-DAEMON@mx.finder.example.org
To: {to}
Subject: Undelivered Mail Returned to Sender
Date: Fri, 20 Nov 2026 10:00:00 +0900
Message-ID: <bounce-1@mx.finder.example.org>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.finder.example.org

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: message/rfc822

From: {to}
To: {recipient}
Subject: receipt
Message-ID: {message_id}

--b--
"""


class Cast:
    """Who writes to the desk, and what they know of it: the cases, the outbox and what the relay took."""

    def __init__(self, taro: Person, hanako: Person) -> None:
        self.taro, self.hanako = taro, hanako
        self.cases: tuple[Case, ...] = ()
        self.items: tuple[OutboxItem, ...] = ()
        self.sent: list[OpenedMail] = []

    def plain(self, address: str, subject: str, text: str, *headers: str, answers: OpenedMail | None = None) -> bytes:
        """A mail of somebody without a key."""
        to = answers.mail.reply_to[0].address if answers else DESK
        mail = Person(address.partition("@")[0].title(), address, self.hanako.keyring)
        head = "".join(f"{header}\r\n" for header in headers).encode()
        return head + mail.write(to, subject, text, answers=answers)

    def case(self, url: str) -> Case:
        """The first case about that site."""
        return next(case for case in self.cases if any(url in str(field.value) for field in case.fields))

    def orders(self, case: Case, *lines: str, sign: bool = True) -> bytes:
        """Commands of the coordinator."""
        text = "\n".join((f"!case {case.id}", *lines)) + "\n"
        return self.taro.write(DESK, f"commands {case.id}", text, sign=sign, encrypt=sign)

    def approval(self, case: Case) -> bytes:
        """Everything that is held for the case is released."""
        held = [i for i in self.items if i.case == case.id and i.status is Status.HELD]
        return self.orders(case, *(f"!approve {item.hash}" for item in held))

    def got(self, address: str) -> OpenedMail:
        """The last mail that came for that address."""
        return [mail for mail in self.sent if mail.mail.to[0].address == address][-1]


def first(cast: Cast) -> list[bytes]:
    """Reports in both languages, plain and encrypted, one of them twice; and what else comes of a morning."""
    hanako, plain = cast.hanako, cast.plain
    form = FORM.format(site="shop.example.jp", finder=hanako.address)
    bytewise = plain(
        "jiro@finder.example.com", "届出", FORM.format(site="blog.example.jp", finder="jiro@finder.example.com")
    )
    stranger = hanako.desk_key
    hanako.desk_key = hanako.fingerprint
    sealed_wrongly = hanako.write(DESK, "secret", WEBSITE_EN, encrypt=True)
    hanako.desk_key = stranger
    return [
        hanako.write(DESK, "脆弱性関連情報の届出", form, sign=True, encrypt=True, attach_key=True),
        bytewise,
        *(_shipped(name) for name in ("bounce-mailbox-full-ja", "auto-calendar-reply", "auto-dmarc-aggregate")),
        plain("alex@finder.example.org", "XSS on wiki", WEBSITE_EN.replace("shop.example.jp", "wiki.example.jp")),
        plain("offers@chairs.example.net", "Autumn sale", "All chairs at half price, only this week.\n"),
        hanako.write(DESK, "製品の届出", PRODUCT.format(finder=hanako.address), sign=True, encrypt=True),
        bytewise,
        plain("robin@finder.example.org", "SQL injection in Example Calendar", PRODUCT_EN),
        *(_shipped(name) for name in ("two-senders", "no-headers", "broken-boundary", "mailsploit")),
        sealed_wrongly,
        plain("kim@finder.example.org", "again", WEBSITE_EN.replace("shop.example.jp", "wiki.example.jp")),
        plain("seo@rank.example.net", "Your site on page one", "We bring your website to the first page of results.\n"),
    ]


def second(cast: Cast) -> list[bytes]:
    """Decisions, an order that nobody signed, answers to receipts by people and machines."""
    shop, blog, wiki = cast.case("shop.example.jp"), cast.case("blog.example.jp"), cast.case("wiki.example.jp")
    alex, robin = (cast.got(f"{name}@finder.example.org") for name in ("alex", "robin"))
    copy = f"Hello, we look into {blog.id} and call the operator today.\n"
    return [
        cast.orders(shop, "!accept", "!priority high"),
        cast.orders(blog, "!accept"),
        cast.orders(wiki, "!close fixed", sign=False),
        cast.plain("robin@finder.example.org", f"Re: {robin.subject}", PRODUCT_ANSWER, answers=robin),
        cast.plain("alex@finder.example.org", "Away", "I am away.\n", "Auto-Submitted: auto-replied", answers=alex),
        cast.taro.write("operator@elsewhere.example.jp", f"[{blog.id}] call", copy, cc=DESK),
        _BOUNCE.format(
            to=DESK, recipient="kim@finder.example.org", message_id=cast.got("kim@finder.example.org").mail.message_id
        ).encode(),
    ]


def third(cast: Cast) -> list[bytes]:
    """The first contacts are released; a case is turned down."""
    shop, blog, wiki = cast.case("shop.example.jp"), cast.case("blog.example.jp"), cast.case("wiki.example.jp")
    return [cast.approval(shop), cast.approval(blog), cast.orders(wiki, "!reject NOT_A_VULN It is meant so.")]


def fourth(cast: Cast) -> list[bytes]:
    """One operator answers, the other's machine does."""
    shop, blog = cast.got("info@shop.example.jp"), cast.got("info@blog.example.jp")
    return [
        cast.plain(
            "info@shop.example.jp", f"Re: {shop.subject}", "担当です。詳しい内容を受け取ります。\n", answers=shop
        ),
        cast.plain("info@blog.example.jp", "不在", "休暇中です。\n", "Auto-Submitted: auto-replied", answers=blog),
    ]


def fifth(cast: Cast) -> list[bytes]:
    """The details are released; the other case is given up, and its finder asks once more."""
    shop, blog = cast.case("shop.example.jp"), cast.case("blog.example.jp")
    receipt = cast.got("jiro@finder.example.com")
    return [
        cast.approval(shop),
        cast.orders(blog, "!note 電話で確認した", "!close warned"),
        cast.plain("jiro@finder.example.com", f"Re: {receipt.subject}", "その後いかがでしょうか。\n", answers=receipt),
    ]


DELIVERIES: tuple[Callable[[Cast], list[bytes]], ...] = (first, second, third, fourth, fifth)


def _shipped(name: str) -> bytes:
    content = (_MAILS / f"{name}.eml").read_bytes()
    return re.sub(rb"\r?\n", b"\r\n", content)
