"""Fetches small public pages without being led anywhere else (httpx).

A report may name any URL, so a fetch is an errand for a stranger: the connection goes to a checked address (see
`guard`) while name and certificate stay those of the URL. Each redirect is a new errand and is checked like the first.
What the other side does wrong is an answer with a `problem`.
"""

import asyncio
import ssl
import time
from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

import httpx

from mailbot.adapters.guard import CONNECT_SECONDS, Checked, Guard, Refused, causes, is_our_fault, shown
from mailbot.adapters.unpacking import NotUnpacked, TooLarge, taken
from mailbot.core.hosts import Site, registrable_domain, same_domain, site_of
from mailbot.errors import ConfigError, TransientError
from mailbot.finding.tools import Fetched

USER_AGENT = "mailbot (vulnerability desk; security.txt)"
ACCEPT = "text/html, text/plain, application/rdap+json, application/json;q=0.9, */*;q=0.1"
WITHOUT_TLS = "fetched without TLS"

_MAX_URL = 2_048
_MAX_HEADERS = 100
_REDIRECTS = (301, 302, 303, 307, 308)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class _Errand:
    """A URL whose addresses were all checked."""

    site: Site
    path: bytes
    checked: Checked

    @property
    def url(self) -> str:
        return f"{self.site.scheme}://{self.site.authority}{self.path.decode('ascii')}"


@dataclass(frozen=True)
class _Terms:
    """What holds for every request."""

    tls: ssl.SSLContext
    max_bytes: int
    headers: tuple[tuple[str, str], ...]


class GuardedFetcher:
    """`Web` over HTTPS from checked addresses, within limits of time, size and redirects."""

    def __init__(
        self,
        guard: Guard,
        *,
        plain_http: bool = False,
        timeout: float = 10.0,
        max_bytes: int = 100_000,
        max_redirects: int = 3,
        user_agent: str = USER_AGENT,
        languages: str = "ja, en;q=0.7, *;q=0.1",
        ca_file: str = "",
    ) -> None:
        """`plain_http`: port 80 will do, with a note. Raises ConfigError."""
        self._guard = guard
        self._plain_http = plain_http
        self._timeout = timeout
        self._max_redirects = max_redirects
        try:
            tls = ssl.create_default_context(cafile=ca_file or None)
        except OSError as exc:
            raise ConfigError((f"[lookup] ca_file: {ca_file} cannot be read as PEM certificates",)) from exc
        headers = (
            ("User-Agent", user_agent),
            ("Accept", ACCEPT),
            ("Accept-Language", languages),
            ("Accept-Encoding", "identity"),
        )
        self._terms = _Terms(tls, max_bytes, headers)

    def fetch(self, url: str) -> Fetched:
        """The answer to a GET. Codes of problems: refused, dns, tls, unreachable, timeout, protocol, http_status,
        encoded, too_large, redirects. Raises TransientError when the fault is on our side of the network.
        """
        deadline = time.monotonic() + self._timeout
        notes: list[str] = []
        for _ in range(self._max_redirects + 1):
            fetched = self._fetch_one(url, deadline)
            location = fetched.headers.get("location", "")
            if fetched.status not in _REDIRECTS or not location:
                if fetched.answered and fetched.url.startswith("http:"):
                    notes.append(WITHOUT_TLS)
                return replace(fetched, notes=tuple(dict.fromkeys(notes)))
            try:
                onward = urljoin(fetched.url, location)
            except ValueError:
                onward = ""
            here, there = site_of(fetched.url), site_of(onward)
            if here and there and not same_domain(here.host, there.host):
                notes.append(f"redirected to another domain: {registrable_domain(there.host)}")
            url = onward
        problem = f"redirects: more than {self._max_redirects}"
        return Fetched(0, fetched.url, problem=problem, notes=tuple(dict.fromkeys(notes)))

    def _fetch_one(self, url: str, deadline: float) -> Fetched:
        try:
            errand = self._admit(url)
        except Refused as exc:
            return Fetched(0, shown(url), problem=str(exc))
        in_turn = self._guard.spacing.wait(errand.site.host, deadline - time.monotonic())
        seconds = deadline - time.monotonic()
        if seconds <= 0 or not in_turn:
            return Fetched(0, errand.url, problem="timeout: no answer in time")
        try:
            return asyncio.run(_get(errand, seconds, self._terms))
        except TimeoutError:
            return Fetched(0, errand.url, problem="timeout: no answer in time")
        except httpx.HTTPError as exc:
            if is_our_fault(exc, errand.checked.addresses[0]):
                raise TransientError("the web cannot be reached for now; look at this machine's network") from exc
            return Fetched(0, errand.url, problem=_explain(exc))

    def _admit(self, url: str) -> _Errand:
        """The errand for a URL, or Refused. Odd ports, and plain HTTP unless it will do, are for allow_private."""
        site, path = _read_url(url)
        checked = self._guard.check(site.host)
        if not checked.private:
            if site.scheme != "https" and not self._plain_http:
                raise Refused("refused: not HTTPS")
            if site.port is not None:
                raise Refused(f"refused: port {site.port}")
        return _Errand(site, path, checked)


def _read_url(url: str) -> tuple[Site, bytes]:
    """Site and path of an http(s) URL that says plainly where it leads; Refused for every other one."""
    unusable = Refused("refused: not a usable http(s) URL")
    if len(url) > _MAX_URL or not url.isprintable() or any(c in url for c in " \\"):
        raise unusable
    if not url.lower().startswith(("http://", "https://")):
        raise unusable
    try:
        if "@" in urlsplit(url).netloc:
            raise Refused("refused: a URL with a user name")
        path = httpx.URL(url).raw_path
    except (httpx.InvalidURL, ValueError) as exc:
        raise unusable from exc
    site = site_of(url)
    if site is None:
        raise unusable
    return site, path


async def _get(errand: _Errand, seconds: float, terms: _Terms) -> Fetched:
    async with asyncio.timeout(seconds):
        failures: list[httpx.HTTPError] = []
        for address in errand.checked.addresses:
            try:
                return await _get_from(address, errand, seconds, terms)
            except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
                failures.append(exc)  # the name's next address may answer
        raise failures[0]


async def _get_from(address: str, errand: _Errand, seconds: float, terms: _Terms) -> Fetched:
    site = errand.site
    port = site.port or errand.checked.port(_PORTS[site.scheme])
    request = httpx.Request(
        "GET",
        httpx.URL(scheme=site.scheme, host=address, port=port, raw_path=errand.path),
        headers=[("Host", site.authority), *terms.headers],
        extensions={
            "sni_hostname": site.host,
            "timeout": httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)).as_dict(),
        },
    )
    # the bare transport: no proxies, cookies, .netrc, and no opinion on a hostile Location, on which a client stumbles
    async with httpx.AsyncHTTPTransport(verify=terms.tls, trust_env=False) as transport:
        response = await transport.handle_async_request(request)
        try:
            return await _read(response, errand.url, terms.max_bytes)
        finally:
            await response.aclose()


async def _read(response: httpx.Response, url: str, max_bytes: int) -> Fetched:
    """The head of an answer, and the body of a 200 alone."""
    kept = [(name, value) for name, value in response.headers.items() if name != "set-cookie"][:_MAX_HEADERS]
    fetched = Fetched(response.status_code, url, dict(kept))
    if response.status_code != 200:
        return replace(fetched, problem=f"http_status: {response.status_code}")
    try:
        body = await taken(response.aiter_raw(), fetched.headers.get("content-encoding", ""), max_bytes)
    except NotUnpacked as exc:
        return replace(fetched, problem=f"encoded: {exc}")
    except TooLarge as exc:
        return replace(fetched, problem=f"too_large: {exc}")
    return replace(fetched, body=body)


def _explain(exc: httpx.HTTPError) -> str:
    """The problem in our own words: the library's may quote what the server sent."""
    for cause in causes(exc):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"tls: certificate refused: {shown(cause.verify_message)}"
        if isinstance(cause, ssl.SSLError):
            return "tls: no secure connection could be made"
    match exc:
        case httpx.TimeoutException():
            return "timeout: no answer in time"
        case httpx.ConnectError():
            return "unreachable: no connection could be made"
        case _:
            return "protocol: the answer is not usable HTTP"
