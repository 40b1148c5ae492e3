"""Which pages of a site are read for its contact points, and in which order."""

import pytest

from mailbot.core.page_links import guesses, last_resorts, leads_of, same_page
from mailbot.core.page_text import page_of
from tests.shipped_rules import shipped_rules

HERE = "https://www.reika-denki.co.jp/"


def to(*links: str) -> str:
    """Links written "path words"."""
    return "".join(f"<a href='{path}'>{words}</a>" for path, _, words in (link.partition(" ") for link in links))


def order(html: str, url: str = HERE) -> list[str]:
    """Kind and path of the pages that the page's links lead to."""
    page = page_of(f"<html><body>{html}</body></html>".encode(), {}, url)
    assert page is not None
    leads = leads_of(page, "reika-denki.co.jp", shipped_rules().page_rules)
    return [f"{lead.kind} {lead.url.removeprefix(HERE)}" for lead in leads]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            to("c 会社概要", "p プライバシーポリシー", "i お問い合わせ", "l 特定商取引法に基づく表記", "n お知らせ")
            + to("s 脆弱性に関するご連絡"),
            ["security s", "contact i", "law l", "company c", "privacy p"],
        ),
        (
            to("a About us", "c Contact", "p Privacy policy", "i Imprint", "s Responsible disclosure", "n News"),
            ["security s", "contact c", "law i", "company a", "privacy p"],
        ),
        (to("k 各課のご案内", "t 市長への手紙", "i お問い合わせ"), ["contact i", "office k", "office t"]),
        (
            to("r 採用のお問い合わせ", "ir 投資家の方のお問い合わせ", "i お問い合わせ", "c 会社概要"),
            ["contact i", "company c", "contact r", "contact ir"],
        ),
        (to("contact.html <img>", "x 概要"), ["contact contact.html", "company x"]),
        (to("c <img alt='お問い合わせ'>"), ["contact c"]),
        ("<map><area href='toi.htm' alt='お問合せ'></map>", ["contact toi.htm"]),
        ("<a href='/a' title='お問い合わせ'><i></i></a>", ["contact a"]),
        (to("/a お問い合わせ", "/a#form お問い合わせ", "/a/ お問い合わせ"), ["contact a"]),
        (to("https://shop.reika-denki.co.jp/c お問い合わせ"), ["contact https://shop.reika-denki.co.jp/c"]),
        (to("https://www.betsu.co.jp/c お問い合わせ", "https://reika-denki.co.jp.evil.jp/c お問い合わせ"), []),
        (to("javascript:void(0) お問い合わせ", "#c お問い合わせ", "mailto:a@b.jp contact", "file:///c contact"), []),
        (to("http://169.254.169.254/contact contact", "http://[::1]/contact contact"), []),
        (to("/form.pdf お問い合わせ用紙"), []),
        (to("/ お問い合わせ", "index.html 会社概要"), []),
        ("<base href='https://www.reika-denki.co.jp/en/'>" + to("c Contact"), ["contact en/c"]),
        (to("lens コンタクトレンズ", "camera セキュリティカメラ"), []),
    ],
)
def test_links_in_their_order(html: str, expected: list[str]) -> None:
    """The first page of each kind in the order of trust, then the second ones; pages for others last."""
    assert order(html) == expected


def test_guesses_only_without_links() -> None:
    """Where such pages usually lie is tried only if no link leads to one."""
    page = page_of(b"<a href='/contact'>Contact</a>", {}, HERE)
    assert page is not None
    rules = shipped_rules().page_rules
    assert guesses(HERE, leads_of(page, "reika-denki.co.jp", rules)) == ()
    assert [lead.url for lead in guesses(HERE, ())] == [f"{HERE}contact", f"{HERE}inquiry", f"{HERE}company"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.jp", "http://A.jp/", True),
        ("https://a.jp/index.html", "https://a.jp/", True),
        ("https://a.jp/c#x", "https://a.jp/c/", True),
        ("https://a.jp/c?x=1", "https://a.jp/c", False),
        ("https://a.jp/c", "https://www.a.jp/c", False),
    ],
)
def test_the_same_page(one: str, other: str, same: bool) -> None:
    """A page is read once, however its URL is written."""
    assert (same_page(one) == same_page(other)) is same


def test_other_pages_of_the_menu_are_the_last_resort() -> None:
    """A page of the same host under a short name may be read where no other tells; no search, file or other host."""
    links = to("s 社務所・交通案内", "q?word=a さがす", "n.pdf 由緒", "https://www.elsewhere.example/ 協賛")
    long = "<a href='l'>令和八年度の例大祭を九月十五日に執り行うことについてのお知らせ</a>"
    page = page_of(f"<html><body>{links}{long}</body></html>".encode(), {}, HERE)
    assert page is not None
    assert [(lead.kind, lead.url) for lead in last_resorts(page)] == [("other", f"{HERE}s")]
