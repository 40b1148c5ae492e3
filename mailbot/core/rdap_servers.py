"""Which RDAP server answers for a domain or an address: the part of IANA's bootstrap registries (RFC 9224) we meet.

Refreshed by hand from https://data.iana.org/rdap/dns.json, ipv4.json and ipv6.json, last in April 2025. A domain of no
list has no server here; an address of no list is ARIN's, which sends on to the others.
"""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Network, ip_address

_IDENTITY_DIGITAL = "https://rdap.identitydigital.services/rdap/"
_GOOGLE = "https://pubapi.registry.google/rdap/"
_RADIX = "https://rdap.radix.host/rdap/"
_GMO = "https://rdap.gmoregistry.net/rdap/"
_DOMAINS: Mapping[str, str] = {
    "com": "https://rdap.verisign.com/com/v1/",
    "net": "https://rdap.verisign.com/net/v1/",
    "org": "https://rdap.publicinterestregistry.org/rdap/",
    "biz": "https://rdap.nic.biz/",
    "club": "https://rdap.nic.club/",
    "top": "https://rdap.zdnsgtld.com/top/",
    "xyz": "https://rdap.centralnic.com/xyz/",
    "osaka": "https://rdap.nic.osaka/",
    "ca": "https://rdap.ca.fury.ca/rdap/",
    "cz": "https://rdap.nic.cz/",
    "fr": "https://rdap.nic.fr/",
    "nl": "https://rdap.sidn.nl/",
    "no": "https://rdap.norid.no/",
    "uk": "https://rdap.nominet.uk/uk/",
    "br": "https://rdap.registro.br/",
    **dict.fromkeys(
        ("info", "pro", "mobi", "asia", "io", "live", "world", "email", "life", "today"), _IDENTITY_DIGITAL
    ),
    **dict.fromkeys(("app", "dev", "page", "google", "new", "how", "soy", "xn--q9jyb4c"), _GOOGLE),
    **dict.fromkeys(("tokyo", "nagoya", "yokohama", "okinawa", "ryukyu", "shop", "gmo"), _GMO),
    **dict.fromkeys(("online", "site", "store", "tech", "space", "website"), _RADIX),
}

_ARIN = "https://rdap.arin.net/registry/"
_APNIC = "https://rdap.apnic.net/"
_RIPE = "https://rdap.db.ripe.net/"
_LACNIC = "https://rdap.lacnic.net/rdap/"
_AFRINIC = "https://rdap.afrinic.net/rdap/"
_EIGHTHS: Mapping[int, str] = {  # the first number of an IPv4 address
    **dict.fromkeys((1, 14, 27, 36, 39, 42, 43, 49, 58, 59, 60, 61, 101, 103, 106, 133, 150, 153, 163, 171), _APNIC),
    **dict.fromkeys((175, 180, 182, 183, 202, 203, 210, 211, *range(110, 127), *range(218, 224)), _APNIC),
    **dict.fromkeys((2, 5, 25, 31, 37, 46, 51, 53, 57, 62, *range(77, 96), 109, 141, 145, 151), _RIPE),
    **dict.fromkeys((176, 178, 185, 188, 193, 194, 195, 212, 213, 217), _RIPE),
    **dict.fromkeys((177, 179, 181, 186, 187, 189, 190, 191, 200, 201), _LACNIC),
    **dict.fromkeys((41, 102, 105, 154, 196, 197), _AFRINIC),
}
_SIX: tuple[tuple[IPv6Network, str], ...] = (
    (IPv6Network("2001:200::/23"), _APNIC),
    (IPv6Network("2001:c00::/22"), _APNIC),
    (IPv6Network("2001:4200::/23"), _AFRINIC),
    (IPv6Network("2400::/12"), _APNIC),
    (IPv6Network("2800::/12"), _LACNIC),
    (IPv6Network("2a00::/12"), _RIPE),
    (IPv6Network("2a10::/12"), _RIPE),
    (IPv6Network("2c00::/12"), _AFRINIC),
)


def server_for_domain(domain: str) -> str | None:
    """The base URL for a domain, None if its registry is in no list (as Japan's is)."""
    return _DOMAINS.get(domain.rpartition(".")[2])


def server_for_address(address: str) -> str:
    """The base URL for an IP address."""
    ip = ip_address(address)
    if isinstance(ip, IPv4Address):
        return _EIGHTHS.get(int(ip) >> 24, _ARIN)
    return next((server for network, server in _SIX if ip in network), _ARIN)
