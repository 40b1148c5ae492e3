"""Which sites a contact point is told of, and how their URLs are written."""

from dataclasses import replace

import pytest

from mailbot.core.model import Case, Contact, Field, Participant, Role, Track
from mailbot.core.place_names import shown_url
from mailbot.core.places import hosts_known, sites, their_urls
from mailbot.core.show import place_view, report_view
from mailbot.core.type_words import words_for
from tests.builders import NOW
from tests.sample_cases import templates

SHOP, SHOP_2 = "https://shop.example.jp/search", "https://www.shop.example.jp/cart"
LIBRARY, PAGE = "https://library.example.org/books", "https://neko-lab.example.dev/poc.html"
FINDER = Participant(Role.FINDER, "h.hakken@finder.example.org", "Hanako Hakken")


def case(*urls: str, contact: Contact | None = None, kind: str = "xss") -> Case:
    fields = (Field("target.urls", urls, "rule", 1.0), Field("vulnerability.type", kind, "rule", 1.0))
    contacts = (contact,) if contact else ()
    return Case("CASE#1", Track.WEBSITE, NOW, fields=fields, participants=(FINDER,), contacts=contacts)


@pytest.mark.parametrize(
    ("contact", "told"),
    [
        (Contact(1, "security@example.jp", "site"), (SHOP, SHOP_2)),
        (Contact(1, "webmaster@library.example.org", "report"), (LIBRARY,)),
        (Contact(1, "i@agency.example", "site", evidence=("url: https://library.example.org/x",)), (LIBRARY,)),
        (Contact(1, "info@agency.example", "dns", evidence=("record: TXT _security.library.example.org",)), (LIBRARY,)),
        (Contact(1, "info@agency.example", "site", evidence=("url: https://rdap.example/x",)), (SHOP, SHOP_2)),
        (Contact(1, "form", "site", evidence=("url: https://library.example.org/contact",)), (LIBRARY,)),
        (Contact(1, "a@shop.example.jp", "coordinator", why="also runs library.example.org"), (SHOP, LIBRARY, SHOP_2)),
        (Contact(1, "a@shop.example.jp", "report", why="also runs library.example.org"), (SHOP, SHOP_2)),
        (None, (SHOP, SHOP_2)),
    ],
)  # fmt: skip
def test_only_the_site_that_a_contact_point_was_found_for(contact: Contact | None, told: tuple[str, ...]) -> None:
    """Another operator's site, or the finder's page, is in no list; whose site is not plain hears of the first."""

    about = case(SHOP, LIBRARY, PAGE, SHOP_2, contact=contact)
    address = contact.address if contact else "nobody@elsewhere.example"
    assert their_urls(about, address) == told
    assert place_view(about, address).names == told
    words = words_for(templates().types["en"], "xss", website=True)
    assert report_view(about, "XSS", words, "en", address).urls == told


def test_without_an_address_the_first_site() -> None:
    """A paper, which goes to nobody's address, names the first site alone."""
    assert place_view(case(SHOP, PAGE)).names == (SHOP,)
    assert sites(case(SHOP, PAGE, SHOP_2)) == ("example.jp", "example.dev")
    assert hosts_known(case(SHOP, PAGE)) == ("shop.example.jp",)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("search?q=%3Cscript%3E#x", "search"),
        ("shop/2026-11-20-autumn-sale/item.php", "shop/2026-11-20-autumn-sale/item.php"),
        ("account/settings", "account/settings"),
        ("users/hhakken/", ""),
        ("u/Hanako.Hakken/profile", ""),
        ("u/myhanakohakkenpage", ""),
        ("u/h.hakken@finder.example.org", ""),
        ("reset/9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c", ""),
        ("x/123e4567-e89b-12d3-a456-426614174000", ""),
        ("order/202611200012345", ""),
        ("a/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIx", ""),
        ("backup/site.zip", ""),
        (".git/config", ""),
        ("app/.env", ""),
        ("wp-config.php.bak", ""),
        ("page;jsessionid=0123456789ABCDEF", ""),
    ],
)
def test_t52_a_path_that_tells_something_is_left_out(path: str, shown: str) -> None:
    """What names the finder, opens something or is the fault itself; the host always stands."""
    assert shown_url(f"https://shop.example.jp/{path}", case(SHOP)) == f"https://shop.example.jp/{shown}"


def test_where_the_path_is_the_fault() -> None:
    """Of an open file the site is named, not the file."""
    assert place_view(case(SHOP, kind="file_exposure")).names == ("https://shop.example.jp/",)


def test_who_may_be_named_may_stand_in_a_path() -> None:
    """With the finder's consent the page of their account is named."""
    consents = (Field(f"consent.{name}", True, "rule", 1.0) for name in ("share_identity", "direct_contact"))
    agreed = replace(case(SHOP), fields=(*case(SHOP).fields, *consents))
    assert shown_url("https://shop.example.jp/u/hanako-hakken", agreed) == "https://shop.example.jp/u/hanako-hakken"
