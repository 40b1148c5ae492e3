"""The reports of the corpus as their finders wrote them; everything here depends on the seed and the number only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

CHARSETS = ("iso-2022-jp", "utf-8", "us-ascii", "iso-2022-jp", "us-ascii")
"""Two fifths, one fifth, two fifths."""

_START = datetime(2026, 11, 2, 0, 0, tzinfo=UTC)
_BYTES = (2_048, 6_144)
_NOISE = 50_000


@dataclass(frozen=True)
class Finder:
    """Somebody who reports."""

    name: str
    address: str


JAPANESE = (
    Finder("発見 一郎", "ichiro@finder.example.jp"),
    Finder("検証 次子", "tsugiko@lab.example.jp"),
    Finder("調査 三郎", "saburo@univ.example.jp"),
    Finder("試験 四葉", "yotsuba@mail.example.jp"),
    Finder("確認 五月", "satsuki@blog.example.jp"),
)
ENGLISH = (
    Finder("Ada Finder", "ada@research.example.com"),
    Finder("Ben Tester", "ben@lab.example.net"),
    Finder("Cleo Reader", "cleo@uni.example.org"),
)
FINDERS = (*JAPANESE, *ENGLISH)


@dataclass(frozen=True)
class Letter:
    """One report, before it becomes a mail."""

    number: int
    finder: Finder
    charset: str
    subject: str
    text: str
    date: datetime
    signed: bool
    first: bool  # of this finder: their key goes with it
    noise: bytes  # an attachment; b"" for none

    @property
    def message_id(self) -> str:
        """Of its mail."""
        return f"<bench.{self.number:05}@{self.finder.address.partition('@')[2]}>"


_KINDS = (
    ("クロスサイト・スクリプティング", "Cross-site scripting (XSS)", "CWE-79"),
    ("SQLインジェクション", "SQL injection", "CWE-89"),
    ("ディレクトリ・トラバーサル", "Path traversal", "CWE-22"),
    ("OSコマンド・インジェクション", "OS command injection", "CWE-78"),
    ("クロスサイト・リクエスト・フォージェリ", "Cross-site request forgery (CSRF)", "CWE-352"),
)
_PRODUCTS = ("Hinoki Calendar", "Kaede Shop", "Matsu Gateway", "Sugi Forum", "Ume Ledger", "Yanagi Mail")
_MAKERS = ("例題ソフト株式会社", "見本電機株式会社", "Example Soft", "Sample Works")
_SITES = ("shop", "yoyaku", "library", "ticket", "kaiin", "forum")
_PATHS = ("search", "login", "item/list", "contact", "mypage/edit", "download")
# A sentence is one of each column, and a number of its own: hardly a line stands in two mails.
_WORDS_JA = (
    (
        "入力した値を",
        "設定を初期値に戻して",
        "別のブラウザから",
        "利用者の権限だけで",
        "送信の直前に値を書き換えて",
        "同じ操作を",
    ),
    (
        "{}回ほど試すと、",
        "{}番目の項目で確かめると、",
        "{}文字まで延ばすと、",
        "{}秒おきに送ると、",
        "{}件の記録と比べると、",
    ),
    (
        "検査されずに処理へ渡りました。",
        "いずれも同じ結果でした。",
        "応答の本文に値がそのまま含まれていました。",
        "ほかの利用者の情報には触れずに確認できました。",
        "内部で使われている部品の種類も推測できました。",
        "画面には何も出ませんでした。",
    ),
)
_WORDS_EN = (
    (
        "With all settings at their defaults",
        "From another browser",
        "As a user without special rights",
        "When the value is changed just before it is sent",
        "On my own installation",
    ),
    (
        " and after {} attempts",
        " and with a value of {} characters",
        ", looking at entry {}",
        ", sent every {} seconds",
    ),
    (
        " it goes on without being checked.",
        " the outcome was the same each time.",
        " the response holds it as it was sent.",
        " no data of other people was touched.",
        " the error text tells which components run behind it.",
    ),
)


_WEBSITE_JA = """\
ウェブアプリケーション脆弱性関連情報届出様式
======================================================================
{day}
1. 届出者情報
 1) 届出者情報
   住所(都道府県):大阪府
   所属:個人
   氏名*:{finder}
   電子メールアドレス*:{address}
   TEL:
   FAX:
 2) 届出者情報の取り扱いについて
   □ 届出者情報をウェブサイト運営者に知らせても良い
   ■ 届出者情報をウェブサイト運営者には知らせず、すべてのやりとりを IPA とのみ行う
2. 脆弱性関連情報
 1) 脆弱性を確認したウェブサイトのURL
   https://{host}/{path}?q={number}
 2) 脆弱性の種類
   {kind}
 3) 脆弱性の発見に至った経緯
   サイトを使っているときに、表示がおかしいことに気づきました。
   1. https://{host}/{path} を開きます。
   2. 入力欄に '"><{number}> と入れて送信します。
   3. 入れた値がそのまま処理されます。
   {story}
 4) 脆弱性であると判断した理由
   入力した値が検査されずに使われるため。
 5) 脆弱性により発生しうる脅威
   本物のサイト上に偽の情報を表示されたり、利用者の情報を取得されるおそれがあります。
 6) ウェブサイト連絡窓口
   info@{host}
3. IPA以外の組織への届出について
   なし
"""
_PRODUCT_JA = """\
ご担当者様

{finder}と申します。{product} に脆弱性を発見しましたので届け出ます。

製品名: {product}
バージョン: {version}
開発者: {maker}
脆弱性の種類: {kind} ({cwe})

再現手順:
1. 初期設定で導入し、利用者としてログインします。
2. 検索欄に '{number} と入れて送信します。
3. 入れた値がそのまま処理されます。

詳細:
{story}

影響: 認証されていない第三者が、保存されている情報を取得できます。

以上、よろしくお願いいたします。
{finder}
"""
_PRODUCT_EN = """\
Hello,

I found a vulnerability in {product}.

Product: {product}
Version: {version}
Vendor: {maker}
Vulnerability type: {kind}, {cwe}

Steps to reproduce:
1. Install it with its defaults and log in as any user.
2. Put '{number} into the search field and send it.
3. The value is used as it is.

{story}

Impact: anyone who is not logged in can read what is stored.

Please do not give my name to the vendor.

Regards,
{finder}
"""


@dataclass(frozen=True)
class _Style:
    """How the reports of one charset are written."""

    finders: tuple[Finder, ...]
    subject: str
    text: str
    words: tuple[tuple[str, ...], ...]
    margin: str
    language: int


_STYLES = {
    "iso-2022-jp": _Style(JAPANESE, "ウェブアプリケーション脆弱性の届出 ({kind})", _WEBSITE_JA, _WORDS_JA, "   ", 0),
    "utf-8": _Style(JAPANESE, "{product} の脆弱性の報告", _PRODUCT_JA, _WORDS_JA, "", 0),
    "us-ascii": _Style(ENGLISH, "Vulnerability report: {kind} in {product}", _PRODUCT_EN, _WORDS_EN, "", 1),
}


def letters(count: int, seed: int) -> Iterator[Letter]:
    """The first `count` reports of that seed."""
    random = Random(seed)
    known: set[Finder] = set()
    for number in range(count):
        charset = CHARSETS[number % 5]
        style = _STYLES[charset]
        finder = random.choice(style.finders)
        date = _START + timedelta(minutes=17 * number)
        facts = _facts(random, style, finder, date)
        # One in five, each time beside another charset.
        noise = random.randbytes(_NOISE) if (number + number // 5) % 5 == 0 else b""
        text = _filled(random, style, facts, charset)
        subject = style.subject.format(**facts)
        yield Letter(number, finder, charset, subject, text, date, number % 2 == 0, finder not in known, noise)
        known.add(finder)


def _facts(random: Random, style: _Style, finder: Finder, date: datetime) -> dict[str, str]:
    kind = random.choice(_KINDS)
    return {
        "kind": kind[style.language],
        "cwe": kind[2],
        "finder": finder.name,
        "address": finder.address,
        "day": f"{date:%Y}年{date.month}月{date.day}日",
        "host": f"{random.choice(_SITES)}{random.randrange(1_000)}.example.jp",
        "path": random.choice(_PATHS),
        "number": str(random.randrange(10**8)),
        "product": random.choice(_PRODUCTS),
        "version": f"{random.randrange(1, 9)}.{random.randrange(30)}",
        "maker": random.choice(_MAKERS[2 * style.language :][:2]),
    }


def _filled(random: Random, style: _Style, facts: dict[str, str], charset: str) -> str:
    """The text with as much of a story as makes it two to six kilobytes long."""
    left = random.randint(*_BYTES) - len(style.text.format(**facts, story="").encode(charset))
    story: list[str] = []
    while left > 0:
        words = "".join(random.choice(column) for column in style.words)
        story.append(words.format(random.randrange(2, 10_000)))
        left -= len(f"{style.margin}{story[-1]}\n".encode(charset))
    return style.text.format(**facts, story=f"\n{style.margin}".join(story))
