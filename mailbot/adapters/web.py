"""Fetches small public files over HTTPS without being led anywhere else (httpx).

A report may name any URL, so a fetch is an errand for a stranger. The name is looked up once, every address it has is
checked, and the connection goes to a checked address while name and certificate stay those of the URL: a name that
changes its answer between check and use gains nothing. Each redirect is a new errand and is checked like the first.
What the other side does wrong is an answer with a `problem`.
"""

import asyncio
import errno
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

import httpx

from mailbot.adapters.dns import Resolver, system_resolver
from mailbot.core.hosts import Site, is_ip, registrable_domain, same_domain, site_of
from mailbot.core.networks import is_allowed_private, reach, refusal, untouchable
from mailbot.errors import ConfigError, TransientError

USER_AGENT = "mailbot (vulnerability desk; security.txt)"

_MAX_URL = 2_048
_MAX_ADDRESSES = 3  # tried for one name, IPv4 first
_CONNECT_SECONDS = 5.0
_PORTS = {"http": 80, "https": 443}
_LOCAL_FAULTS = {errno.ENETDOWN, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


@dataclass(frozen=True)
class Fetched:
    """What came of one fetch. `problem` is "" if the body may be used, else "code: detail"."""

    status: int  # 0: no answer
    url: str  # the last one asked for
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    body: bytes = b""
    problem: str = ""
    notes: tuple[str, ...] = ()  # what was odd on the way

    @property
    def answered(self) -> bool:
        """Whether a web server spoke to us at all."""
        return self.status != 0


@dataclass(frozen=True)
class _Errand:
    """A URL whose addresses were all checked."""

    site: Site
    path: bytes
    addresses: tuple[str, ...]


class _Refused(Exception):
    """This URL is not fetched; says why."""


class GuardedFetcher:
    """Fetches over HTTPS from public addresses, within limits of time, size and redirects."""

    def __init__(
        self,
        allow_private: Sequence[str] = (),
        never_touch: Sequence[str] = (),
        resolver: Resolver | None = None,
        timeout: float = 10.0,
        max_bytes: int = 100_000,
        max_redirects: int = 3,
        ca_file: str = "",
    ) -> None:
        """`allow_private` and `never_touch` are networks or host names. Raises ConfigError with every problem."""
        self._reach = reach(allow_private, never_touch)
        self._resolver = resolver or system_resolver
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._max_redirects = max_redirects
        try:
            self._tls = ssl.create_default_context(cafile=ca_file or None)
        except OSError as exc:
            raise ConfigError((f"[lookup] ca_file: {ca_file} cannot be read as PEM certificates",)) from exc

    def fetch(self, url: str) -> Fetched:
        """The answer to a GET. Codes of problems: refused, dns, tls, unreachable, timeout, protocol, http_status,
        encoded, too_large, redirects. Raises TransientError when the fault is on our side of the network.
        """
        deadline = time.monotonic() + self._timeout
        notes: tuple[str, ...] = ()
        for _ in range(self._max_redirects + 1):
            fetched = self._fetch_one(url, deadline)
            location = fetched.headers.get("location", "")
            if fetched.status not in (301, 302, 303, 307, 308) or not location:
                return replace(fetched, notes=notes)
            try:
                onward = urljoin(url, location)
            except ValueError:
                return replace(fetched, problem="refused: the redirect is not a usable URL", notes=notes)
            here, there = site_of(url), site_of(onward)
            if here and there and not same_domain(here.host, there.host):
                notes = (*notes, f"redirected to another domain: {registrable_domain(there.host)}")
            url = onward
        return Fetched(0, fetched.url, problem=f"redirects: more than {self._max_redirects}", notes=notes)

    def _fetch_one(self, url: str, deadline: float) -> Fetched:
        try:
            errand = self._admit(url)
        except _Refused as exc:
            return Fetched(0, _shown(url), problem=str(exc))
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            return Fetched(0, url, problem="timeout: no answer in time")
        try:
            return asyncio.run(_get(errand, url, seconds, self._max_bytes, self._tls))
        except TimeoutError:
            return Fetched(0, url, problem="timeout: no answer in time")
        except httpx.HTTPError as exc:
            if _is_local(exc, errand):
                raise TransientError("the web cannot be reached for now; look at this machine's network") from exc
            return Fetched(0, url, problem=_explain(exc))

    def _admit(self, url: str) -> _Errand:
        """The errand for a URL, or _Refused. Plain HTTP and odd ports are only for what allow_private lists."""
        site = site_of(url) if url.lower().startswith(("http://", "https://")) else None
        if site is None or len(url) > _MAX_URL or not (url.isascii() and url.isprintable()):
            raise _Refused("refused: not a usable http(s) URL")
        try:
            path = httpx.URL(url).raw_path
        except (httpx.InvalidURL, ValueError) as exc:
            raise _Refused("refused: not a usable http(s) URL") from exc
        if untouchable(site.host, self._reach):
            raise _Refused(f"refused: {site.host} is listed in never_touch")
        addresses = self._addresses(site.host)
        for address in addresses:
            why = refusal(address, site.host, self._reach)
            if why is not None:
                raise _Refused(f"refused: {site.host} has the address {_shown(address)}: {why}")
        if not all(is_allowed_private(address, site.host, self._reach) for address in addresses):
            if site.scheme != "https":
                raise _Refused("refused: not HTTPS")
            if site.port is not None:
                raise _Refused(f"refused: port {site.port}")
        return _Errand(site, path, tuple(sorted(addresses, key=lambda a: ":" in a)[:_MAX_ADDRESSES]))

    def _addresses(self, host: str) -> Sequence[str]:
        if is_ip(host):
            return (host,)
        try:
            found = self._resolver(host)
        except socket.gaierror as exc:
            if self._no_names_at_all(host):
                raise TransientError(
                    "no names can be looked up for now; look at [lookup] resolver and the network"
                ) from exc
            raise _Refused(f"dns: the name servers of {host} give no answer") from exc
        if not found:
            raise _Refused(f"dns: {host} has no address")
        return found

    def _no_names_at_all(self, host: str) -> bool:
        """Whether even the top level domain, which nobody's mistake can take down, gets no answer."""
        try:
            self._resolver(host.rpartition(".")[2])
        except socket.gaierror:
            return True
        return False


async def _get(errand: _Errand, url: str, seconds: float, max_bytes: int, tls: ssl.SSLContext) -> Fetched:
    async with asyncio.timeout(seconds):
        failures: list[httpx.HTTPError] = []
        for address in errand.addresses:
            try:
                return await _get_from(address, errand, url, seconds, max_bytes, tls)
            except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
                failures.append(exc)  # the name's next address may answer
        raise failures[0]


async def _get_from(
    address: str, errand: _Errand, url: str, seconds: float, max_bytes: int, tls: ssl.SSLContext
) -> Fetched:
    site = errand.site
    port = site.port or _PORTS[site.scheme]
    request = httpx.Request(
        "GET",
        httpx.URL(scheme=site.scheme, host=address, port=port, raw_path=errand.path),
        headers={
            "Host": site.authority,
            "User-Agent": USER_AGENT,
            "Accept": "text/plain, */*;q=0.1",
            "Accept-Encoding": "identity",
        },
        extensions={
            "sni_hostname": site.host,
            "timeout": httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)).as_dict(),
        },
    )
    # the bare transport: no proxies, cookies, .netrc, and no opinion on a hostile Location, on which a client stumbles
    async with httpx.AsyncHTTPTransport(verify=tls, trust_env=False) as transport:
        response = await transport.handle_async_request(request)
        try:
            return await _read(response, url, max_bytes)
        finally:
            await response.aclose()


async def _read(response: httpx.Response, url: str, max_bytes: int) -> Fetched:
    fetched = Fetched(response.status_code, url, dict(response.headers))
    if response.status_code != 200:
        return replace(fetched, problem=f"http_status: {response.status_code}")
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        # asked for none; unpacking could make much out of little
        return replace(fetched, problem="encoded: the body is compressed")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > max_bytes:
            return replace(fetched, problem=f"too_large: more than {max_bytes} bytes")
    return replace(fetched, body=bytes(body))


def _causes(exc: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while exc is not None and len(found) < 10:
        found.append(exc)
        exc = exc.__cause__ or exc.__context__
    return found


def _is_local(exc: httpx.HTTPError, errand: _Errand) -> bool:
    """Whether our own side failed. No way to an IPv6 address is no fault: many machines have none."""
    codes = {cause.errno for cause in _causes(exc) if isinstance(cause, OSError)}
    return bool(codes & _LOCAL_FAULTS) or (errno.ENETUNREACH in codes and ":" not in errand.addresses[0])


def _explain(exc: httpx.HTTPError) -> str:
    """The problem in our own words: the library's may quote what the server sent."""
    for cause in _causes(exc):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"tls: certificate refused: {_shown(cause.verify_message)}"
        if isinstance(cause, ssl.SSLError):
            return "tls: no secure connection could be made"
    match exc:
        case httpx.TimeoutException():
            return "timeout: no answer in time"
        case httpx.ConnectError():
            return "unreachable: no connection could be made"
        case _:
            return "protocol: the answer is not usable HTTP"


def _shown(text: str) -> str:
    """The beginning of a text from outside, safe in one line."""
    return "".join(c if c.isprintable() else "?" for c in text[:200])
