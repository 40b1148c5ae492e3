"""Hosts of URLs, and which of them belong together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.core.hosts import Site, registrable_domain, same_domain, server_of, site_of


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.example.co.jp/a?b#c", Site("https", "www.example.co.jp", None)),
        ("HTTP://WWW.Example.JP:80/", Site("http", "www.example.jp", None)),
        ("http://www.example.jp:443/", Site("http", "www.example.jp", 443)),
        ("https://user:secret@example.jp:8443/", Site("https", "example.jp", 8443)),
        ("www.example.jp/path", Site("https", "www.example.jp", None)),
        ("example.jp:8080", Site("https", "example.jp", 8080)),
        ("hxxps://example[.]jp/x", Site("https", "example.jp", None)),
        ("https://例え.jp/", Site("https", "xn--r8jz45g.jp", None)),
        ("https://EXAMPLE。jp/", Site("https", "example.jp", None)),
        ("https://example.jp./", Site("https", "example.jp", None)),
        ("https://my_shop.example.jp/", Site("https", "my_shop.example.jp", None)),
        ("http://[2001:DB8:0::1]:8080/", Site("http", "2001:db8::1", 8080)),
        ("http://192.0.2.1/", Site("http", "192.0.2.1", None)),
        ("http://１２７.0.0.1/", Site("http", "127.0.0.1", None)),
        ("http://2130706433/", None),
        ("http://0x7f.1/", None),
        ("http://127.1/", None),
        ("http://[fe80::1%25eth0]/", None),
        ("http://[::1/", None),
        ("http://example.jp:99999/", None),
        ("http://example.jp:0/", None),
        ("http://localhost/", Site("http", "localhost", None)),
        ("なし", None),
        ("unknown", None),
        ("ftp://example.jp/", None),
        ("file:///etc/passwd", None),
        ("https:///path", None),
        ("https://exa mple.jp/", None),
        ("https://-bad.jp/", None),
        ("https://a..b.jp/", None),
        ("", None),
    ],
)
def test_site_of(url: str, site: Site | None) -> None:
    """A URL gives scheme, host and port in one form, or nothing."""
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.co.jp", "example.co.jp"),
        ("example.co.jp", "example.co.jp"),
        ("co.jp", "co.jp"),
        ("www.city.kawasaki.jp", "city.kawasaki.jp"),
        ("tenant.github.io", "tenant.github.io"),
        ("a.b.example.test", "example.test"),
        ("localhost", "localhost"),
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    """The registered domain is found without asking the network."""
    assert registrable_domain(host) == domain


def test_tenants_are_strangers() -> None:
    """Two customers of one hosting service are not one domain."""
    assert not same_domain("a.github.io", "b.github.io")
    assert same_domain("a.example.co.jp", "b.example.co.jp")


@given(st.text())
def test_any_text(text: str) -> None:
    """No text makes the reading of a URL fail; the host it gives is ASCII."""
    for url in (text, f"https://{text}", f"https://[{text}"):
        site = site_of(url)
        assert site is None or (site.host.isascii() and "/" not in site.host)


@pytest.mark.parametrize(
    ("place", "server"),
    [
        ("whois.example.jp", ("whois.example.jp", None)),
        ("Whois.Example.JP.:43", ("whois.example.jp", 43)),
        ("[2001:db8::1]:43", ("2001:db8::1", 43)),
        ("2001:db8::1", ("2001:db8::1", None)),
        ("[2001:db8::1]", ("2001:db8::1", None)),
        ("127.1", None),
        ("a.jp:0", None),
        ("a.jp:99999", None),
        ("a.jp:٤٣", None),
        ("a.jp:", None),
        (":43", None),
        ("[a.jp]:43", None),
        ("[2001:db8::1:43", None),
        ("a@b.jp", None),
        ("https://a.jp", None),
        ("a b", None),
        ("", None),
    ],
)
def test_server(place: str, server: tuple[str, int | None] | None) -> None:
    """A server is a host, perhaps with a port, and nothing else."""
    assert server_of(place) == server
