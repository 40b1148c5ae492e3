"""What the pages of a site name as its contact points, and what of them is no contact point of its operator."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.contacts import evidence_of
from mailbot.core.model import Contact
from mailbot.core.page_contacts import MOST, Place, contacts_on, doubted, is_missing, is_parked
from mailbot.core.page_parts import Page
from mailbot.core.page_text import MAX_BYTES, MAX_LINES, MAX_LINKS, page_of
from tests.shipped_rules import shipped_rules
from tests.unit.contact_page_texts import CONTACT, HERE, HOST, INFO, SNIPPETS

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PAGES = Path(__file__).resolve().parents[1] / "sites_html"
HTML = {"content-type": "text/html; charset=utf-8"}


def read(html: str | bytes, content_type: str = "text/html; charset=utf-8") -> Page:
    """The page; fails if it is none."""
    body = html.encode() if isinstance(html, str) else html
    page = page_of(body, {"content-type": content_type}, HERE)
    assert page is not None
    return page


def found(html: str | bytes, kind: str = CONTACT, content_type: str = "text/html") -> tuple[Contact, ...]:
    """The contact points of a page."""
    return contacts_on(read(html, content_type), Place(kind, HOST, NOW, "お問い合わせ"), shipped_rules().page_rules)


@pytest.mark.parametrize(("kind", "html", "expected"), [s[1:] for s in SNIPPETS], ids=[s[0] for s in SNIPPETS])
def test_a_page_names(kind: str, html: str, expected: tuple[str, ...]) -> None:
    """A piece of a page names exactly these contact points, best first."""
    page = f"<html lang='ja'><meta charset='utf-8'><title>例</title><body>{html}</body></html>"
    assert tuple(contact.address for contact in found(page, kind)) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("machiya.shift_jis.html", ("uketsuke@reika-denki.co.jp", "tel:0466-22-3344", "fax:0466-22-3345")),
        ("kaisha.euc_jp.html", ("info@reika-denki.co.jp", "tel:052-201-1234")),
        ("tokusho.utf_8.html", ("shop@reika-denki.co.jp", "tel:075-222-3344")),
        ("jis.iso_2022_jp.html", ("info@reika-denki.co.jp",)),
    ],
)
@pytest.mark.parametrize("header", ["text/html", "text/html; charset=UTF-8", "text/html; charset=iso-8859-1"])
def test_old_charsets_are_read(name: str, expected: tuple[str, ...], header: str) -> None:
    """Whatever charset the server claims for all its pages, what the page says of itself counts."""
    contacts = found((PAGES / name).read_bytes(), "company", header)
    assert tuple(contact.address for contact in contacts) == expected


def test_evidence_tells_where_and_when() -> None:
    """A contact point says on which page it was found, when, in which language and how it was written."""
    (contact,) = found("<html lang='ja'><p>メール info[at]reika-denki.co.jp</p>")
    assert contact.source == "site"
    assert contact.why == "on the contact page お問い合わせ"
    assert evidence_of(contact, "url") == (HERE,)
    assert evidence_of(contact, "checked") == ("2026-11-22T09:00:00+00:00",)
    assert evidence_of(contact, "language") == ("ja",)
    assert evidence_of(contact, "note") == ("the page writes the address in a disguise",)


@pytest.mark.parametrize(
    ("html", "kind", "note"),
    [
        ("<a href='https://forms.gle/AbC'>お問い合わせ</a>", "front", "form on another domain"),
        ("<p>メール <img src='mail.gif'></p>", "front", "the address is an image"),
        ("<p>お問い合わせ TEL 03-1234-5678 <img src='mail.gif'>", CONTACT, "an address on the page is an image"),
        ("<p>お問い合わせ: a@betsu.co.jp</p>", CONTACT, "betsu.co.jp is outside the site's domain reika-denki.co.jp"),
        ("<p>お問い合わせ: a@gmail.com</p>", CONTACT, "but the page gives it as the contact"),
    ],
)
def test_what_is_odd_is_noted(html: str, kind: str, note: str) -> None:
    """What a person should know about a contact point stands in its evidence."""
    assert note in " | ".join(evidence_of(found(html, kind)[0], "note"))


def test_pages_are_trusted_in_their_order() -> None:
    """The same words weigh most on a security page, then on the contact, law-required and privacy pages."""
    kinds = ("security", "contact", "law", "privacy", "other")
    scores = [found(f"<p>連絡先 {INFO}</p>", kind)[0].score for kind in kinds]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert found("<p>PSIRT: psirt@reika-denki.co.jp</p>", "front")[0].score == 0.85


def test_ways_are_trusted_in_their_order() -> None:
    """Of one page's ways to write, mail comes before a form, a form before a number."""
    html = f"<p>お問い合わせ {INFO} TEL 03-1234-5678 FAX 03-1234-5679</p><form><textarea></textarea></form>"
    assert [c.address for c in found(html)] == [INFO, HERE, "tel:03-1234-5678", "fax:03-1234-5679"]


def test_doubt_lowers_and_is_told() -> None:
    """What weighs against a place weighs on all that it names."""
    place = doubted(Place(CONTACT, HOST, NOW), 0.5, "the site redirects to elsewhere.jp")
    (contact,) = contacts_on(read(f"<p>連絡先 {INFO}</p>"), place, shipped_rules().page_rules)
    assert contact.score == 0.35
    assert "the site redirects to elsewhere.jp" in contact.why


@pytest.mark.parametrize(
    ("html", "parked"),
    [
        ("<title>reika.com</title><p>This domain is for sale.</p>", True),
        ("<title>このドメインは販売中です</title><p>お問い合わせ</p>", True),
        ("<title>例花電機</title><p>お知らせ</p>", False),
    ],
)
def test_a_parked_domain_is_nobodys_site(html: str, parked: bool) -> None:
    """Who sells a domain does not run a site."""
    assert is_parked(read(html), shipped_rules().page_rules) is parked


@pytest.mark.parametrize(
    ("html", "missing"),
    [
        ("<title>404 Not Found</title><p>x</p>", True),
        ("<title>例</title><p>お探しのページは見つかりませんでした。</p>", True),
        ("<title>お問い合わせ</title><p>連絡先</p>", False),
    ],
)
def test_a_page_that_is_not_there(html: str, missing: bool) -> None:
    """Servers that answer 200 for everything say in words that there is no page."""
    assert is_missing(read(html)) is missing


@pytest.mark.parametrize(
    "html",
    [
        f"<ul><li><a href='/r'>採用情報</a></li></ul><p>{INFO}</p>",
        f"<section><h2>採用情報</h2><p>募集中</p></section><p>{INFO}</p>",
        f"<h2>採用情報</h2><p>募集中です。</p><p>a</p><p>b</p><footer><p>{INFO}</p></footer>",
        f"<p>採用担当 a@reika-denki.co.jp</p><p>{INFO}</p>",
    ],
)
def test_words_of_other_places_do_not_count(html: str) -> None:
    """Menus, sections that have ended and lines with an address of their own say nothing about an address below."""
    (contact,) = (contact for contact in found(html, "front") if contact.address == INFO)
    assert "recruiting" not in contact.why


HOSTILE = {
    "empty": b"",
    "zeros": b"\0" * 50_000,
    "not-html": b"%PDF-1.7" + bytes(range(256)) * 50,
    "deep": b"<div>" * 100_000 + INFO.encode() + b"</div>" * 100_000,
    "ten-megabytes": b"<p>" + b"a@b" * 3_500_000,
    "ats": b"<p>" + b"@" * 300_000,
    "words": b"<p>" + b"a." * 200_000 + b"@",
    "brackets": b"<p>" + "（アット）".encode() * 50_000,
    "digits": b"<p>TEL " + b"03-" * 100_000,
    "links": b"<a href='/contact'>a</a>" * 100_000,
    "open-links": b"<a href='/contact'>a" * 50_000,
    "tables": b"<table><tr><td>" * 30_000,
    "attributes": b"<p " + b"a=b " * 200_000 + b">x",
    "styles": b"<style>" + b".a{" * 100_000 + b"</style><p class=a>x",
    "scripts": b"<script>document.write('" + b"a'+'" * 1_000 + b"')</script>",
    "entities": b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><p>&b;&b;",
    "comments": b"<!--" * 100_000,
    "surrogates": "<p>\ud800 info@reika-denki.co.jp".encode("utf-16-le", "surrogatepass"),
    "bad-urls": b"<base href='http://[::1'><a href='http://[bad'>contact</a><a href='//\xff'>contact</a>",
    "cfemail": b"<a data-cfemail='zz'>x</a><a data-cfemail=''>x</a><a data-cfemail='00'>x</a>",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_t55_a_hostile_page_is_read_within_limits(body: bytes) -> None:
    """T55: no page raises, and what comes of it is bounded whatever its size."""
    page = page_of(body, HTML, HERE)
    if page is None:
        return
    assert len(page.lines) <= MAX_LINES
    assert len(page.links) <= MAX_LINKS
    contacts = contacts_on(page, Place(CONTACT, HOST, NOW), shipped_rules().page_rules)
    assert len(contacts) <= MOST + 20


def test_t55_of_thousands_of_addresses_the_first_are_taken() -> None:
    """T55: a page full of addresses yields only so many contact points."""
    html = "".join(f"<p>m{n}@reika-denki.co.jp</p>" for n in range(5_000))
    contacts = found(html)
    assert len(contacts) == MOST
    assert contacts[0].address == "m0@reika-denki.co.jp"


def test_t55_what_lies_behind_the_limit_is_not_read() -> None:
    """T55: of a page of many megabytes only the beginning counts."""
    body = b"<p>info@reika-denki.co.jp</p>" + b"<i></i>" * (MAX_BYTES // 7) + b"<p>late@reika-denki.co.jp</p>"
    assert [contact.address for contact in found(body)] == [INFO]


def test_other_files_are_no_pages() -> None:
    """What is served as something else than HTML is not read as a page."""
    assert page_of(b"<p>info@reika-denki.co.jp", {"content-type": "application/pdf"}, HERE) is None
    assert page_of(b"<p>info@reika-denki.co.jp", {}, HERE) is not None


_PIECES = (
    "<p>", "</p>", "<a href='mailto:", "'>", "</a>", "<span style='direction:rtl;unicode-bidi:bidi-override'>", "\n",
    "</span>", "<!--", "-->", "<script>", "</script>", "<td>", "<h1>", "</h1>", "<form>", "<textarea>", "<pre>", "★",
    "★を@に", " at ", " dot ", "(at)", "@", "TEL ", "03-1234-5678", INFO, "採用", "<bdo dir=rtl>", "</bdo>", "<dt>",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=5), max_size=40))
def test_no_page_breaks_the_reading(pieces: list[str]) -> None:
    """Whatever stands in a page, what is found is a way to write with a score between nothing and certainty."""
    page = page_of("".join(pieces).encode("utf-8", "replace"), HTML, HERE)
    if page is not None:
        for contact in contacts_on(page, Place(CONTACT, HOST, NOW), shipped_rules().page_rules):
            assert contact.address.isprintable()
            assert " " not in contact.address
            assert 0 < contact.score < 0.9
