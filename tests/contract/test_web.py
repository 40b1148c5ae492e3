"""The guarded fetcher against a real web server on loopback."""

import errno
import socket
from collections.abc import Sequence

import httpx
import pytest

from mailbot.adapters import web as web_module
from mailbot.adapters.guard import Guard
from mailbot.adapters.spacing import Spacing
from mailbot.adapters.web import USER_AGENT, WITHOUT_TLS, GuardedFetcher
from mailbot.errors import ConfigError, TransientError
from mailbot.finding.tools import Fetched, Unanswered
from tests.contract.web_server import SECURITY_TXT, Make, Web, resolve, url


def test_file_is_fetched(web: Web, fetcher: Make) -> None:
    """A file is fetched from the checked address under the name's own Host and certificate."""
    fetched = fetcher().fetch(url(web))
    assert (fetched.status, fetched.body, fetched.problem) == (200, SECURITY_TXT, "")
    assert fetched.headers["content-type"].startswith("text/plain")
    ((path, headers),) = web.asked
    assert (path, headers["host"]) == ("/ok", f"www.example.test:{web.port}")
    assert (headers["user-agent"], headers["accept-encoding"]) == (USER_AGENT, "identity")
    assert "cookie" not in headers
    assert "authorization" not in headers


def test_address_in_url(web: Web, fetcher: Make) -> None:
    """An IP literal is fetched under a certificate for that address."""
    assert fetcher().fetch(url(web, host="127.0.0.1")).status == 200


def test_user_name_in_url(web: Web, fetcher: Make) -> None:
    """A URL with a user name, which is where look-alikes hide the true host, is not fetched."""
    assert "user name" in fetcher().fetch(url(web).replace("https://", "https://user:pw@")).problem
    assert web.asked == []


def test_proxy_of_the_environment_is_ignored(web: Web, fetcher: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy variable does not take the fetch elsewhere."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetcher().fetch(url(web)).status == 200


def test_next_address_is_tried(web: Web, fetcher: Make) -> None:
    """When one checked address takes no connection the next does."""
    assert fetcher().fetch(url(web, host="second.example.test")).status == 200


def test_loopback_needs_permission(web: Web, fetcher: Make) -> None:
    """Without allow_private the server on loopback is never asked."""
    assert "loopback" in fetcher(allow_private=()).fetch(url(web)).problem
    assert web.asked == []


def test_never_touch(web: Web, fetcher: Make) -> None:
    """A host in never_touch is not asked even where allow_private would let us."""
    assert "never_touch" in fetcher(never_touch=("example.test",)).fetch(url(web)).problem
    assert web.asked == []


def test_japanese_path(web: Web, fetcher: Make) -> None:
    """A path in Japanese, as pages write it, is asked for in percent signs; a fragment stays here."""
    fetched = fetcher().fetch(url(web, "/会社?q=概要#top"))
    encoded = "/%E4%BC%9A%E7%A4%BE?q=%E6%A6%82%E8%A6%81"
    assert (fetched.status, fetched.url, web.paths) == (200, url(web, encoded), [encoded])


def test_redirect_is_followed_without_cookies(web: Web, fetcher: Make) -> None:
    """A redirect inside the domain is followed without a remark; cookies are dropped."""
    web.redirects["/ok"] = url(web, "/moved", "example.test")
    fetched = fetcher().fetch(url(web))
    assert (fetched.status, fetched.url, fetched.notes) == (200, url(web, "/moved", "example.test"), ())
    assert "cookie" not in web.asked[1][1]


def test_redirect_to_another_domain_is_noted(web: Web, fetcher: Make) -> None:
    """A redirect out of the registered domain is told."""
    web.redirects["/ok"] = url(web, "/moved", "other.test")
    assert fetcher().fetch(url(web)).notes == ("redirected to another domain: other.test",)


def test_redirects_are_counted(web: Web, fetcher: Make) -> None:
    """Three redirects are followed, no more."""
    web.redirects["/ok"] = "/ok"
    assert fetcher().fetch(url(web)).problem == "redirects: more than 3"
    assert len(web.asked) == 4


def test_certificate_for_another_name(web: Web, fetcher: Make) -> None:
    """A certificate that does not name the host is refused."""
    assert fetcher().fetch(url(web, host="unnamed.test")).problem.startswith("tls: certificate refused")
    assert web.asked == []


def test_unknown_authority(web: Web, fetcher: Make) -> None:
    """A certificate of an authority that nobody trusts is refused."""
    assert fetcher(ca_file="").fetch(url(web)).problem.startswith("tls: certificate refused")
    assert web.asked == []


def test_authority_of_the_environment(web: Web, fetcher: Make, ca_file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a ca_file the system's authorities count, which SSL_CERT_FILE may move."""
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    assert fetcher(ca_file="").fetch(url(web)).status == 200


def test_compressed_unasked(web: Web, fetcher: Make) -> None:
    """A body that was compressed though none was asked for is unpacked."""
    assert fetcher().fetch(url(web, "/gzip")).body == SECURITY_TXT


def test_cookies_are_not_kept(web: Web, fetcher: Make) -> None:
    """What a server sets is neither sent back nor handed on, within an errand and after it."""
    web.redirects["/ok"] = "/more"
    guarded = fetcher()
    for _ in range(2):
        assert "set-cookie" not in guarded.fetch(url(web)).headers
    assert [headers.get("cookie") for _, headers in web.asked] == [None] * 4


def test_who_asks(web: Web, fetcher: Make) -> None:
    """The desk says who it is, and that it would rather read Japanese."""
    fetcher(user_agent="mailbot (+https://desk.example.test/verify)").fetch(url(web))
    headers = web.asked[0][1]
    assert headers["user-agent"] == "mailbot (+https://desk.example.test/verify)"
    assert headers["accept-language"].startswith("ja,")
    assert "application/rdap+json" in headers["accept"]
    assert set(headers) == {"host", "user-agent", "accept", "accept-language", "accept-encoding"}


def test_plain_http_where_allowed(plain_web: Web, fetcher: Make) -> None:
    """Plain HTTP works for what allow_private lists, and is told."""
    fetched = fetcher().fetch(url(plain_web, scheme="http"))
    assert (fetched.body, fetched.notes) == (SECURITY_TXT, (WITHOUT_TLS,))


@pytest.mark.parametrize(("plain_http", "problem"), [(False, "refused: not HTTPS"), (True, "")])
def test_plain_http_of_the_world(
    plain_http: bool, problem: str, fetcher: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public site is asked over plain HTTP at port 80 only by a fetcher that was told so."""
    asked: list[tuple[str, str]] = []

    async def get(address: str, errand: web_module._Errand, *_: object) -> Fetched:
        asked.append((address, errand.url))
        return Fetched(200, errand.url)

    monkeypatch.setattr(web_module, "_get_from", get)
    guarded = fetcher(resolver=lambda host: ("8.8.8.8",), plain_http=plain_http)
    fetched = guarded.fetch("http://example.test/a")
    assert fetched.problem == problem
    assert asked == ([("8.8.8.8", "http://example.test/a")] if plain_http else [])
    assert fetched.notes == ((WITHOUT_TLS,) if plain_http else ())
    assert guarded.fetch("http://example.test:8080/a").problem.startswith("refused:")


def test_redirect_to_tls(web: Web, plain_web: Web, fetcher: Make) -> None:
    """What came over TLS in the end is not told to have come without; what did not is."""
    plain_web.redirects["/ok"] = url(web, "/safe")
    assert fetcher().fetch(url(plain_web, scheme="http")).notes == ()
    web.redirects["/ok"] = url(plain_web, "/open", scheme="http")
    assert fetcher().fetch(url(web)).notes == (WITHOUT_TLS,)


def test_private_ports(web: Web, fetcher: Make) -> None:
    """Private servers may be reached at other ports than the URL's; public ones never are."""
    ports = {443: web.port}
    fetched = fetcher(private_ports=ports).fetch("https://www.example.test/a")
    assert (fetched.status, fetched.url) == (200, "https://www.example.test/a")
    assert web.asked[0][1]["host"] == "www.example.test"
    public = Guard(lambda host: ("8.8.8.8",), ("127.0.0.0/8",), (), Spacing(0), ports)
    assert public.check("example.jp").port(443) == 443
    assert public.check_server("example.jp", 443)[1] == 443


def test_hosts_are_not_hurried(web: Web, fetcher: Make, ca_file: str) -> None:
    """Two errands to a host keep their distance, a redirect's too; one that would have to wait too long ends."""
    slept: list[float] = []
    guard = Guard(resolve, ("127.0.0.0/8",), (), Spacing(0.5, clock=lambda: 100.0, sleep=slept.append))
    web.redirects["/ok"] = url(web, "/a", "other.test")
    web.redirects["/a"] = url(web, "/b", "other.test")
    assert GuardedFetcher(guard, ca_file=ca_file).fetch(url(web)).status == 200
    assert slept == [0.5]
    assert GuardedFetcher(guard, ca_file=ca_file, timeout=0.2).fetch(url(web)).problem.startswith("timeout:")


def test_no_tls_at_the_port(plain_web: Web, fetcher: Make) -> None:
    """A port that speaks no TLS is a problem of the site."""
    assert fetcher().fetch(url(plain_web)).problem.startswith("tls:")


def test_nobody_listens(web: Web, fetcher: Make) -> None:
    """A refused connection is a problem of the site."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dead = f"https://www.example.test:{free.getsockname()[1]}/"
        assert fetcher().fetch(dead).problem == "unreachable: no connection could be made"


def test_unknown_name(fetcher: Make) -> None:
    """A name without address is a problem of the site."""
    assert fetcher().fetch("https://nowhere.example.test/").problem == "dns: nowhere.example.test has no address"


def test_broken_zone_is_the_sites_problem(fetcher: Make) -> None:
    """When only the site's own name servers are silent, the site has a problem."""

    def lame(host: str) -> Sequence[str]:
        raise Unanswered("no answer")

    assert fetcher(resolver=lame).fetch("https://www.example.test/").problem.startswith("dns:")


@pytest.mark.parametrize(
    ("address", "code", "local"),
    [
        ("127.0.0.1", errno.ENETUNREACH, True),
        ("::1", errno.ENETUNREACH, False),
        ("::1", errno.EMFILE, True),
        ("127.0.0.1", errno.ECONNREFUSED, False),
    ],
)
def test_local_fault(address: str, code: int, local: bool, fetcher: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network and no file descriptors are our problem; no IPv6 is not."""

    async def fail(*_: object) -> None:
        raise httpx.ConnectError("quoted") from OSError(code, "quoted")

    monkeypatch.setattr(web_module, "_get_from", fail)
    guarded = fetcher(resolver=lambda host: (address,), allow_private=("127.0.0.1", "::1"))
    if local:
        with pytest.raises(TransientError):
            guarded.fetch("https://www.example.test/")
    else:
        assert guarded.fetch("https://www.example.test/").problem.startswith("unreachable:")


def test_bad_settings(fetcher: Make) -> None:
    """Settings that cannot be used are told when the fetcher is made."""
    with pytest.raises(ConfigError, match="ca_file"):
        fetcher(ca_file="/nowhere/ca.pem")
    with pytest.raises(ConfigError, match="never_touch"):
        fetcher(never_touch=("a b",))
