"""Which host a URL names, and which hosts belong together (public suffix list, bundled snapshot)."""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import idna

if TYPE_CHECKING:
    from tldextract import TLDExtract

_MAX_URL = 2_048
_NAME = re.compile(
    r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)


@dataclass(frozen=True)
class Site:
    """Scheme, host (lower case, punycode, IPv6 without brackets) and port of a URL."""

    scheme: str
    host: str
    port: int | None  # None: the scheme's own

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port is None else f"{host}:{self.port}"


def site_of(url: str) -> Site | None:
    """The site of an http(s) URL or a bare host name, or None if it names none. `hxxp` and `[.]` are understood.

    A bare name needs a dot: 「なし」 and "unknown" are no sites.
    """
    url = re.sub(r"[\[(]\.[\])]", ".", url.strip()[:_MAX_URL])
    url = re.sub(r"\Ahxxp", "http", url, flags=re.IGNORECASE)
    bare = not re.match(r"[a-z][a-z0-9+.-]*://", url, re.IGNORECASE)
    if bare:
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        scheme, name, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None
    host = normalised_host(name or "")
    if scheme not in ("http", "https") or host is None or port == 0 or (bare and "." not in host):
        return None
    return Site(scheme, host, None if port == {"http": 80, "https": 443}[scheme] else port)


def server_of(place: str) -> tuple[str, int | None] | None:
    """Host (in normal form) and port of "host", "host:port", "[::1]:port" or "::1"; None if it is nothing of that."""
    place = place.strip()
    host, colon, port = place.rpartition(":")
    if is_ip(place) or not colon or port.endswith("]"):
        host, port = place, ""
    elif not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65_536:
        return None
    if host.startswith("[") != host.endswith("]") or ("[" in host and not is_ip(host[1:-1])):
        return None
    named = normalised_host(host.strip("[]"))
    return None if named is None else (named, int(port) if port else None)


def normalised_host(name: str) -> str | None:
    """The host in lower case and punycode, an IP literal in its shortest form; None if it is no host."""
    name = name.strip().removesuffix(".").lower()
    try:
        # A zone id names an interface of ours; asking of each name whether it is an address takes longer than the rest.
        if "%" not in name and (":" in name or name[-1:].isdigit()):
            return str(ip_address(name))
    except ValueError:
        pass
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError):
            return None
        return normalised_host(name)
    if not _NAME.fullmatch(name) or _NUMBER.fullmatch(name.rpartition(".")[2]):
        return None  # a name that ends in a number is an IPv4 address in disguise ("127.1", "0x7f000001")
    return name


@lru_cache(maxsize=1_000)
def registrable_domain(host: str) -> str:
    """The domain somebody registered (example.co.jp of www.example.co.jp); the host itself for an IP or a suffix.

    A top level that no list knows counts as a suffix, as publicsuffix.org prescribes.
    """
    if is_ip(host):
        return host
    parts = _suffixes().extract_str(host)
    if parts.top_domain_under_public_suffix:
        return parts.top_domain_under_public_suffix
    return host if parts.suffix else ".".join(host.split(".")[-2:])


@lru_cache(maxsize=1_000)
def is_tenant(host: str) -> bool:
    """Whether the host lies under a private suffix (x.github.io): the domain's papers then name the landlord."""
    return not is_ip(host) and _suffixes().extract_str(host).is_private


def same_domain(one: str, other: str) -> bool:
    """Whether two hosts lie in the same registrable domain."""
    return registrable_domain(one) == registrable_domain(other)


def within(host: str, domain: str) -> bool:
    """Whether the host is the domain or lies under it."""
    return host == domain or host.endswith(f".{domain}")


def is_ip(host: str) -> bool:
    """Whether the host is an IP literal."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, going by its name or address alone."""
    bare = host.strip("[]")
    return ip_address(bare).is_loopback if is_ip(bare) else host.rstrip(".").lower() == "localhost"


@cache
def _suffixes() -> "TLDExtract":
    # Imported here: it brings a client for the web along, which is never asked, and takes 11 MB.
    from tldextract import TLDExtract

    # A private suffix such as github.io is a public one here: its tenants are strangers to each other.
    return TLDExtract(cache_dir=None, suffix_list_urls=(), fallback_to_snapshot=True, include_psl_private_domains=True)
