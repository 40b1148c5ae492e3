"""Where a URL or a redirect may lead a fetch: every way in that strangers are known to try, and none that works.

The table is tried twice: as the URL of a report, and as what a public site redirects to. In the first no connection at
all may be made, in the second only the one to the site.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from mailbot.adapters import web as web_module
from mailbot.adapters.guard import Resolver
from tests.contract.web_server import Make, Web, url

RESOLVED = {
    "localhost": ("127.0.0.1", "::1"),
    "www.localhost": ("127.0.0.1",),
    "127.0.0.1.nip.io": ("127.0.0.1",),
    "7f000001.nip.io": ("127.0.0.1",),
    "metadata.example.jp": ("169.254.169.254",),
    "metadata.google.internal": ("169.254.169.254",),
    "printer.local": ("192.168.0.9",),
    "wiki.corp": ("203.178.137.58",),
    "half.example.jp": ("203.178.137.58", "10.0.0.1"),
    "half-six.example.jp": ("203.178.137.58", "fd00::1"),
    "mapped.example.jp": ("::ffff:10.0.0.1",),
    "zero.example.jp": ("0.0.0.0",),
    "odd.example.jp": ("not an address",),
    "public.example.jp": ("203.178.137.58",),
    "www.example.test": ("127.0.0.1",),
}

FORMS = [
    # addresses of the inside, in every notation that some program takes for one
    ("https://127.0.0.1/", "loopback"),
    ("https://127.1/", "not a usable"),
    ("https://127.0.1/", "not a usable"),
    ("https://0/", "not a usable"),
    ("https://2130706433/", "not a usable"),
    ("https://017700000001/", "not a usable"),
    ("https://0x7f000001/", "not a usable"),
    ("https://0x7f.0.0.1/", "not a usable"),
    ("https://0177.0.0.1/", "not a usable"),
    ("https://127.0.0.1./", "loopback"),
    ("https://127.0.0.01/", "not a usable"),
    ("https://127.0.0.256/", "not a usable"),
    ("https://%31%32%37.0.0.1/", "not a usable"),
    ("https://１２７.0.0.1/", "refused"),
    ("https://①②⑦.⓪.⓪.①/", "refused"),
    ("https://127。0。0。1/", "refused"),
    ("https://٣.0.0.1/", "refused"),
    ("https://0.0.0.0/", "this host"),
    ("https://10.0.0.1/", "private"),
    ("https://172.31.255.255/", "private"),
    ("https://192.168.1.1/", "private"),
    ("https://100.100.100.200/", "shared address space"),
    ("https://169.254.169.254/latest/meta-data/", "link-local"),
    ("https://168.63.129.16/", "metadata"),
    ("https://224.0.0.1/", "multicast"),
    ("https://255.255.255.255/", "reserved"),
    ("https://[::1]/", "reserved"),
    ("https://[::]/", "reserved"),
    ("https://[0:0:0:0:0:0:0:1]/", "reserved"),
    ("https://[::127.0.0.1]/", "reserved"),
    ("https://[::ffff:127.0.0.1]/", "loopback"),
    ("https://[::ffff:7f00:1]/", "loopback"),
    ("https://[::ffff:169.254.169.254]/", "link-local"),
    ("https://[64:ff9b::10.0.0.1]/", "private"),
    ("https://[64:ff9b:1::a00:1]/", "translation"),
    ("https://[2002:7f00:1::]/", "tunnel"),
    ("https://[2001:0:a00:1::1]/", "reserved"),
    ("https://[fe80::1]/", "link-local"),
    ("https://[fe80::1%25eth0]/", "not a usable"),
    ("https://[fe80::1%eth0]/", "not a usable"),
    ("https://[fd00:ec2::254]/", "private"),
    ("https://[fec0::1]/", "private"),
    ("https://[::1/", "not a usable"),
    ("https://[127.0.0.1]/", "not a usable"),
    # names that lead inside
    ("https://localhost/", "loopback"),
    ("https://LOCALHOST./", "loopback"),
    ("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "refused"),
    ("https://www.localhost/", "loopback"),
    ("https://127.0.0.1.nip.io/", "loopback"),
    ("https://7f000001.nip.io/", "loopback"),
    ("https://metadata.example.jp/", "link-local"),
    ("https://metadata.google.internal/", "link-local"),
    ("https://printer.local/", "private"),
    ("https://wiki.corp/", "inside of a network"),
    ("https://half.example.jp/", "10.0.0.1: private"),
    ("https://half-six.example.jp/", "fd00::1: private"),
    ("https://mapped.example.jp/", "private"),
    ("https://zero.example.jp/", "this host"),
    ("https://odd.example.jp/", "not an address"),
    # other ports and schemes
    ("https://public.example.jp:22/", "port 22"),
    ("https://public.example.jp:25/", "port 25"),
    ("https://public.example.jp:8443/", "port 8443"),
    ("https://public.example.jp:0/", "not a usable"),
    ("https://public.example.jp:99999/", "not a usable"),
    ("https://public.example.jp:80/", "port 80"),
    ("http://public.example.jp/", "not HTTPS"),
    ("http://public.example.jp:443/", "not HTTPS"),
    ("file:///etc/passwd", "not a usable"),
    ("file://127.0.0.1/etc/passwd", "not a usable"),
    ("gopher://127.0.0.1:25/_HELO", "not a usable"),
    ("ftp://public.example.jp/", "not a usable"),
    ("data:text/plain,Contact:mailto:a@example.jp", "not a usable"),
    ("javascript:alert(1)", "not a usable"),
    ("jar:https://public.example.jp/!/", "not a usable"),
    ("hxxps://public.example.jp/", "not a usable"),
    # URLs that two programs read in two ways
    ("https://public.example.jp@127.0.0.1/", "user name"),
    ("https://127.0.0.1@public.example.jp/", "user name"),
    ("https://a:b@public.example.jp/", "user name"),
    ("https://@public.example.jp/", "user name"),
    ("https://public.example.jp\\@127.0.0.1/", "not a usable"),
    ("https://127.0.0.1\\.public.example.jp/", "not a usable"),
    ("https://public.example.jp%2f@127.0.0.1/", "user name"),
    ("https://public.example.jp%00.example.com/", "not a usable"),
    ("https://127.0.0.1#@public.example.jp/", "loopback"),
    ("https://127.0.0.1?@public.example.jp/", "loopback"),
    ("https:/\\127.0.0.1/", "not a usable"),
    ("https://public.example.jp 127.0.0.1/", "not a usable"),
    ("https://" + "a" * 3_000 + ".example.jp/", "not a usable"),
]

ALONE = [
    ("", "not a usable"),
    ("public.example.jp", "not a usable"),
    ("//127.0.0.1/", "not a usable"),
    ("https:127.0.0.1", "not a usable"),
    ("https:///127.0.0.1/", "not a usable"),
    ("https://public.example.jp/\r\nX: y", "not a usable"),
    ("https://public.example.jp/\x00", "not a usable"),
    ("https://public.example.jp/\u202e", "not a usable"),
    (" https://127.0.0.1/", "not a usable"),
]

REDIRECTS = [
    ("\thttps://127.0.0.1/", "loopback"),
    ("https://127.0.0.1/, https://public.example.jp/", "not a usable"),
    ("//127.0.0.1/", "loopback"),
    ("//localhost:6379/", "loopback"),
    ("\\\\127.0.0.1\\", "refused"),
    ("//[::1", "not a usable"),
]


def resolve(host: str) -> Sequence[str]:
    return RESOLVED.get(host, ())


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that a connection is made to."""
    addresses: list[str] = []
    really = web_module._get_from

    async def get(address: str, *rest: Any) -> Any:
        addresses.append(address)
        return await really(address, *rest)

    monkeypatch.setattr(web_module, "_get_from", get)
    return addresses


@pytest.mark.parametrize(("target", "why"), [*FORMS, *ALONE])
def test_t55_no_url_leads_inside(target: str, why: str, fetcher: Make, reached: list[str]) -> None:
    """Private places, odd ports, plain HTTP and other schemes are refused without a connection."""
    fetched = fetcher(resolver=resolve, allow_private=("www.example.test",)).fetch(target)
    assert (fetched.status, fetched.body, reached) == (0, b"", [])
    assert fetched.problem.startswith("refused:")
    assert why in fetched.problem


@pytest.mark.parametrize(("target", "why"), [*FORMS, *REDIRECTS])
def test_t55_no_redirect_leads_inside(target: str, why: str, web: Web, fetcher: Make, reached: list[str]) -> None:
    """A site that may be fetched can send the fetch nowhere that may not."""
    web.redirects["/ok"] = target
    fetched = fetcher(resolver=resolve, allow_private=("www.example.test",)).fetch(url(web))
    assert (fetched.body, web.paths, reached) == (b"", ["/ok"], ["127.0.0.1"])
    assert fetched.problem.startswith(("refused:", "redirects:"))
    assert why in fetched.problem


def test_t55_chain_of_redirects(web: Web, fetcher: Make, reached: list[str]) -> None:
    """The last hop of a chain is checked as the first one was."""
    web.redirects |= {"/ok": "/one", "/one": url(web, "/two"), "/two": "https://metadata.example.jp/"}
    fetched = fetcher(resolver=resolve, allow_private=("www.example.test",)).fetch(url(web))
    assert "link-local" in fetched.problem
    assert (web.paths, reached) == (["/ok", "/one", "/two"], ["127.0.0.1"] * 3)


def turncoat(asked: list[str], *answers: str) -> Resolver:
    """A resolver whose answers change."""

    def resolver(host: str) -> Sequence[str]:
        asked.append(host)
        return (answers[min(len(asked), len(answers)) - 1],)

    return resolver


def test_t55_rebinding(web: Web, fetcher: Make, reached: list[str]) -> None:
    """A name is looked up once: a second answer that points inside is never heard."""
    asked: list[str] = []
    resolver = turncoat(asked, "127.0.0.1", "169.254.169.254")
    assert fetcher(resolver=resolver, allow_private=("127.0.0.1",)).fetch(url(web)).status == 200
    assert (asked, reached) == (["www.example.test"], ["127.0.0.1"])


def test_t55_rebinding_between_redirects(web: Web, fetcher: Make, reached: list[str]) -> None:
    """A redirect to the same name is looked up and checked anew."""
    web.redirects["/ok"] = "/again"
    resolver = turncoat([], "127.0.0.1", "169.254.169.254")
    assert "link-local" in fetcher(resolver=resolver, allow_private=("127.0.0.1",)).fetch(url(web)).problem
    assert (web.paths, reached) == (["/ok"], ["127.0.0.1"])


def test_t55_inward_names_are_not_even_looked_up(fetcher: Make) -> None:
    """Where nothing private is allowed, nobody on the network hears a name that is for its inside."""
    asked: list[str] = []
    fetched = fetcher(resolver=turncoat(asked, "203.178.137.58"), allow_private=()).fetch("https://printer.local/")
    assert "inside of a network" in fetched.problem
    assert asked == []
