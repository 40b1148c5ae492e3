"""Which mails are about several sites or products, and what each part of them says."""

from typing import Any

import pytest

from mailbot.core.messages import Address
from mailbot.core.model import Track
from mailbot.core.split import HINTS, MAY_BE_SITES, MOST_PARTS, TOO_MANY
from mailbot.core.understand import Understanding, understand
from tests.faults.world import RULES

FINDER = Address("Hanako", "hanako@finder.example.org")
SITES = """Hello,

two shops have an SQL injection:

1. https://www.fjell.example.com/product?id=7
2. https://shop.nordkaffe.example.net/product?id=7

Adding AND SLEEP(3) to the number delays the answer on both.

Hanako
"""
FORM = """1. 届出者情報
 氏名: 山田花子
2. 脆弱性関連情報
 1) 脆弱性を確認したウェブサイトのURL
  https://a.example.com/search
  https://b.example.net/search
 2) 脆弱性の種類
  クロスサイト・スクリプティング
 3) 脆弱性の発見に至った経緯
  a.example.com の検索画面で気づき、
  b.example.net も調べました。
  検索欄に文字を入れて確かめました。
"""
BOTH = """二つ届け出ます。

(1) 製品
製品名: カゴカート
バージョン: 2.8.0
注文画面にクロスサイト・スクリプティングがあります。

(2) ウェブサイト
上記の製品を使っている次のサイトでも確認しました。
https://order.shop.example.jp/cart/confirm
"""
PRODUCTS = """Two vulnerabilities in two products.

## Vulnerability 1: buffer overflow

Product: Foo Router
Version: 1.0
A long name crashes the web server, see foo.c.

## Vulnerability 2: cross-site scripting

Product: Bar Camera
Version: 2.0
The name of the camera is shown as it is.
"""


def read(text: str) -> Understanding:
    return understand(text, "report", RULES, (), FINDER)


def stated(found: Understanding, name: str) -> list[Any]:
    """The value of one field in each part."""
    return [next((f.value for f in part.fields if f.name == name), None) for part in found.parts]


def test_a_numbered_list_of_sites() -> None:
    """One part for each, with what belongs to all; the mail as a whole keeps both URLs."""
    found = read(SITES)
    urls = ("https://www.fjell.example.com/product?id=7", "https://shop.nordkaffe.example.net/product?id=7")
    assert stated(found, "target.urls") == [(urls[0],), (urls[1],)]
    assert next(f.value for f in found.fields if f.name == "target.urls") == urls
    assert stated(found, "vulnerability.type") == ["sqli", "sqli"]
    assert stated(found, "reporter.name") == ["Hanako", "Hanako"]
    for part, other in zip(found.parts, ("nordkaffe", "fjell"), strict=True):
        told = "\n".join(str(f.value) for f in part.fields)
        assert other not in told
        assert "SLEEP(3)" in told


def test_sites_that_a_form_asked_for() -> None:
    """Several URLs in the form's own item are several targets; lines that name another site stay out of a part."""
    found = read(FORM)
    assert stated(found, "target.urls") == [("https://a.example.com/search",), ("https://b.example.net/search",)]
    for part, other in zip(found.parts, ("b.example.net", "a.example.com"), strict=True):
        assert not any(other in str(field.value) for field in part.fields)


def test_a_site_and_a_product() -> None:
    """Both tracks, in the order of the mail, each with its own target."""
    found = read(BOTH)
    assert [part.track for part in found.parts] == [Track.PRODUCT, Track.WEBSITE]
    assert stated(found, "product.name")[0] == "カゴカート"
    assert stated(found, "target.urls") == [None, ("https://order.shop.example.jp/cart/confirm",)]
    assert "order.shop.example.jp" not in str(found.parts[0])


def test_several_products() -> None:
    """Each section's own product, version, type and words."""
    found = read(PRODUCTS)
    assert stated(found, "product.name") == ["Foo Router", "Bar Camera"]
    assert stated(found, "product.version") == ["1.0", "2.0"]
    assert stated(found, "vulnerability.type") == ["buffer_overflow", "xss"]
    assert "Camera" not in str(found.parts[0])


ONE = {
    "many pages of one site": "XSS on these pages:\n\nhttps://www.shop.example.jp/a?q=1\nhttps://shop.example.jp/b\n",
    "two findings on one site": (
        "Issue 1: XSS\nhttps://shop.example.jp/a\nscript\n\nIssue 2: SQL injection\nhttps://shop.example.jp/b\nquote\n"
    ),
    "numbered steps": (
        "XSS on https://shop.example.jp/search\n\nSteps:\n1. Open https://shop.example.jp/search\n"
        "2. Open https://finder.example.org/poc.html\n3. Look\n"
    ),
    "a proof of concept": "XSS on the page\nhttps://shop.example.jp/search\n\nPoC:\nhttps://evil.example.net/poc\n",
    "a list of attacks": "1. PoC: https://shop.example.jp/a\n2. PoC: https://elsewhere.example.net/b\nXSS bug\n",
    "numbers that do not count": SITES.replace("2. https", "3. https"),
    "a site that runs a product": "XSS vulnerability on https://shop.example.jp/search, it runs WordPress 5.8.\n",
}


@pytest.mark.parametrize("name", ONE)
def test_what_stays_one(name: str) -> None:
    """Pages of one site, steps, references and doubtful lists are one case."""
    found = read(ONE[name])
    assert len(found.parts) == 1
    assert found.parts[0].fields == found.fields


def test_a_doubtful_mail_gets_a_hint() -> None:
    """Several sites in running text: coordinators are told and decide."""
    found = read("XSS: I saw it on https://shop.example.jp/search and on https://cafe.example.net/search too.\n")
    assert (len(found.parts), found.hint) == (1, MAY_BE_SITES)
    assert found.hint in HINTS


def test_urls_alone_one_below_the_other() -> None:
    """A list of nothing but URLs says that all are meant, wherever numbers lack."""
    text = (
        "Open redirect vulnerability on all of these:\n\n- https://shop.example.jp/go\n- https://cafe.example.net/go\n"
    )
    assert len(read(text).parts) == 2


@pytest.mark.parametrize(("count", "parts"), [(MOST_PARTS, MOST_PARTS), (MOST_PARTS + 1, 1), (60, 1)])
@pytest.mark.parametrize("mark", ["{}. ", "- "])
def test_the_cap(count: int, parts: int, mark: str) -> None:
    """Beyond ten a person decides; nobody can make the desk open a hundred cases."""
    urls = "\n".join(f"{mark.format(n)}https://www.shop{n}.com/search?q=1" for n in range(1, count + 1))
    found = read(f"The search of these shops has an XSS vulnerability:\n\n{urls}\n")
    assert len(found.parts) == parts
    assert (found.hint == TOO_MANY) is (parts == 1)


LISTED = """ソフトウエア製品脆弱性関連情報の届出
1. 届出者情報
 氏名: 山田花子
2. 脆弱性関連情報
 製品名:
  ・FooCMS 1.2.3
  ・BarForum 2.0.1
 脆弱性の種類: クロスサイト・スクリプティング
 再現手順:
  FooCMS の検索欄に入力します。
  BarForum の投稿欄に入力します。
  スクリプトが動きます。
"""


def test_products_listed_in_one_item_of_a_form() -> None:
    """One part for each, with its own version and without the other's lines."""
    found = read(LISTED)
    assert [part.track for part in found.parts] == [Track.PRODUCT, Track.PRODUCT]
    assert stated(found, "product.name") == ["FooCMS", "BarForum"]
    assert stated(found, "product.version") == ["1.2.3", "2.0.1"]
    assert stated(found, "vulnerability.type") == ["xss", "xss"]
    assert "BarForum" not in stated(found, "vulnerability.steps")[0]
    assert "FooCMS" not in stated(found, "vulnerability.steps")[1]


def test_a_maker_is_given_to_no_part_where_several_are_named() -> None:
    """Whose product it is, nobody can tell; one maker is the maker of all."""
    two = LISTED.replace(" 脆弱性の種類", " 開発者:\n  ・株式会社フー\n  ・株式会社バー\n 脆弱性の種類")
    assert stated(read(two), "product.vendor") == [None, None]
    one = LISTED.replace(" 脆弱性の種類", " 開発者: 株式会社フー\n 脆弱性の種類")
    assert stated(read(one), "product.vendor") == ["株式会社フー", "株式会社フー"]


@pytest.mark.parametrize(
    "name",
    [
        "製品名: ためとくBOX TB-200 / TB-400",
        "製品名: FooCMS 1.2\n (オープンソースのCMS)",
        "製品名: FooCMS 1.2\n BarForum 2.0 では再現しません",
        "製品名: FooCMS 1.2\n 備考: BarForum 2.0",
        "製品名:\n ・FooCMS 1.2.3",
    ],
)
def test_one_product_however_it_is_written_is_not_split(name: str) -> None:
    """Models on a line, explanations and other labels are no further products."""
    assert read(f"{name}\n種類: XSS\n再現手順: 開く\n").several == ()
