"""The guarded fetcher against a real web server on loopback."""

import errno
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import trustme

from mailbot.adapters import web as web_module
from mailbot.adapters.contact_search import ContactSearch
from mailbot.adapters.web import USER_AGENT, GuardedFetcher
from mailbot.errors import ConfigError, TransientError
from tests.contract.web_server import SECURITY_TXT, Web, serving

NAMES = {
    "www.example.test": ("127.0.0.1",),
    "example.test": ("127.0.0.1",),
    "other.test": ("127.0.0.1",),
    "unnamed.test": ("127.0.0.1",),
    "second.example.test": ("127.0.0.2", "127.0.0.1"),
    "metadata.example.test": ("169.254.169.254",),
    "mixed.example.test": ("127.0.0.1", "10.0.0.1"),
}


def resolve(host: str) -> Sequence[str]:
    return NAMES.get(host, ())


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def web(authority: trustme.CA) -> Iterator[Web]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("example.test", "*.example.test", "other.test", "127.0.0.1").configure_cert(context)
    with serving(context) as server:
        yield server


@pytest.fixture
def plain_web() -> Iterator[Web]:
    with serving(None) as server:
        yield server


Make = Callable[..., GuardedFetcher]


@pytest.fixture
def fetcher(ca_file: str) -> Make:
    def make(**changes: object) -> GuardedFetcher:
        settings = {"allow_private": ("127.0.0.0/8",), "resolver": resolve, "ca_file": ca_file, "timeout": 20.0}
        return GuardedFetcher(**{**settings, **changes})  # type: ignore[arg-type]

    return make


def url(web: Web, path: str = "/ok", host: str = "www.example.test", scheme: str = "https") -> str:
    return f"{scheme}://{host}:{web.port}{path}"


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


def test_credentials_in_url_are_not_sent(web: Web, fetcher: Make) -> None:
    """User and password of a URL stay here."""
    fetcher().fetch(url(web).replace("https://", "https://user:pw@"))
    assert "authorization" not in web.asked[0][1]


def test_proxy_of_the_environment_is_ignored(web: Web, fetcher: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy variable does not take the fetch elsewhere."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetcher().fetch(url(web)).status == 200


def test_next_address_is_tried(web: Web, fetcher: Make) -> None:
    """When one checked address takes no connection the next does."""
    assert fetcher().fetch(url(web, host="second.example.test")).status == 200


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("https://metadata.example.test/x", "link-local"),
        ("https://169.254.169.254/latest/meta-data", "link-local"),
        ("https://[::ffff:169.254.169.254]/", "link-local"),
        ("https://10.0.0.1/", "private"),
        ("https://mixed.example.test/", "10.0.0.1: private"),
        ("https://[::1]/", "reserved"),
        ("https://8.8.8.8:22/", "port 22"),
        ("http://8.8.8.8/", "not HTTPS"),
        ("https://2130706433/", "not a usable"),
        ("file:///etc/passwd", "not a usable"),
        ("gopher://127.0.0.1/", "not a usable"),
        ("www.example.test", "not a usable"),
        ("https://www.example.test/\r\nX: y", "not a usable"),
        ("https://www.example.test/例", "not a usable"),
        ("https://www.example.test/" + "a" * 3000, "not a usable"),
        ("", "not a usable"),
    ],
)
def test_refused(target: str, why: str, fetcher: Make) -> None:
    """Private places, odd ports, plain HTTP and other schemes are refused without a connection."""
    fetched = fetcher().fetch(target)
    assert (fetched.status, fetched.body) == (0, b"")
    assert fetched.problem.startswith("refused:")
    assert why in fetched.problem


def test_loopback_needs_permission(web: Web, fetcher: Make) -> None:
    """Without allow_private the server on loopback is never asked."""
    assert "loopback" in fetcher(allow_private=()).fetch(url(web)).problem
    assert web.asked == []


def test_never_touch(web: Web, fetcher: Make) -> None:
    """A host in never_touch is not asked even where allow_private would let us."""
    assert "never_touch" in fetcher(never_touch=("example.test",)).fetch(url(web)).problem
    assert web.asked == []


def test_rebinding(web: Web, fetcher: Make) -> None:
    """A name is looked up once: a second answer that points inside is never heard."""
    answers = iter([("127.0.0.1",), ("169.254.169.254",)])
    asked: list[str] = []

    def turncoat(host: str) -> Sequence[str]:
        asked.append(host)
        return next(answers)

    assert fetcher(resolver=turncoat).fetch(url(web)).status == 200
    assert asked == ["www.example.test"]


def test_redirect_after_rebinding(web: Web, fetcher: Make) -> None:
    """A redirect to the same name is looked up and checked anew."""
    answers = iter([("127.0.0.1",), ("169.254.169.254",)])
    web.redirects["/ok"] = "/again"
    assert "link-local" in fetcher(resolver=lambda host: next(answers)).fetch(url(web)).problem
    assert web.paths == ["/ok"]


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


@pytest.mark.parametrize(
    "target",
    [
        "https://169.254.169.254/latest/meta-data",
        "https://metadata.example.test/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "//[::1",
        "https://exa mple.test/",
        "javascript:alert(1)",
    ],
)
def test_bad_redirect(target: str, web: Web, fetcher: Make) -> None:
    """A redirect to where a fetch may not go ends there."""
    web.redirects["/ok"] = target
    fetched = fetcher().fetch(url(web))
    assert fetched.problem.startswith("refused:")
    assert (fetched.body, web.paths) == (b"", ["/ok"])


def test_redirects_are_counted(web: Web, fetcher: Make) -> None:
    """Three redirects are followed, no more."""
    web.redirects["/ok"] = "/ok"
    assert fetcher().fetch(url(web)).problem == "redirects: more than 3"
    assert len(web.asked) == 4


@pytest.mark.parametrize("path", ["/big", "/endless"])
def test_body_is_capped(path: str, web: Web, fetcher: Make) -> None:
    """A body over the limit is dropped, announced or not."""
    fetched = fetcher().fetch(url(web, path))
    assert (fetched.status, fetched.body, fetched.problem) == (200, b"", "too_large: more than 100000 bytes")


@pytest.mark.parametrize("path", ["/silent", "/drip"])
def test_time_is_capped(path: str, web: Web, fetcher: Make) -> None:
    """A server that says nothing, or a little now and then for ever, is left when the time is up."""
    assert fetcher(timeout=0.5).fetch(url(web, path)).problem.startswith("timeout:")


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/missing", 404, "http_status: 404"),
        ("/gzip", 200, "encoded: the body is compressed"),
        ("/garbage", 0, "protocol: the answer is not usable HTTP"),
    ],
)
def test_unusable_answer(path: str, status: int, problem: str, web: Web, fetcher: Make) -> None:
    """An answer that is no file is told in our own words."""
    fetched = fetcher().fetch(url(web, path))
    assert (fetched.status, fetched.problem, fetched.body) == (status, problem, b"")


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


def test_plain_http_where_allowed(plain_web: Web, fetcher: Make) -> None:
    """Plain HTTP works for what allow_private lists."""
    assert fetcher().fetch(url(plain_web, scheme="http")).body == SECURITY_TXT


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
        if host == "test":
            return ()
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    assert fetcher(resolver=lame).fetch("https://www.example.test/").problem.startswith("dns:")


def test_no_names_at_all_is_our_problem(fetcher: Make) -> None:
    """When no name can be looked up, the fetch is to be tried again later."""

    def dead(host: str) -> Sequence[str]:
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    with pytest.raises(TransientError, match="resolver"):
        fetcher(resolver=dead).fetch("https://www.example.test/")


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


def test_search_end_to_end(web: Web, fetcher: Make) -> None:
    """The search finds the contact point of a reported site on a port of its own."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    (contact,) = ContactSearch(fetcher()).find([url(web, "/shop?id=1")], now)
    assert (contact.n, contact.address, contact.score) == (1, "psirt@example.test", 0.9)
    assert web.paths == ["/.well-known/security.txt"]
