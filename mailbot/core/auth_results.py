"""What the desk's own mail server says of where a mail came from (Authentication-Results, RFC 8601; authres).

Theory. Anyone can write such a header into a mail. Looked at are only those that bear the name which our server gives
itself. What speaks for the sender is believed above the Received line with which our server took the mail over from
outside: all below that line may have been written by the other side, whatever name it bears (RFC 8601 section 5). What
speaks against the sender is believed below it as well, where many servers put it: nobody forges that.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from mailbot.core.messages import ParsedMail

_MOST_LINES = 100
_LONGEST = 8_000
_METHODS = ("dmarc", "dkim", "spf")
_FROM = re.compile(r"\s*from\s(.{0,1000}?)\sby\s", re.IGNORECASE | re.DOTALL)
_LOCAL_DELIVERY = re.compile(r"\swith\sLMTPS?A?\b", re.IGNORECASE)
_IP = re.compile(r"[0-9A-Fa-f:.]{3,45}")
_OUR_SIDE = tuple(
    map(ip_network, ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"))
)


@dataclass(frozen=True)
class Result:
    """One check: its method, what came of it, and the domain that it is about ("" if it names none)."""

    method: str
    result: str
    domain: str
    ours: bool = True  # it stands where only our side writes


@dataclass(frozen=True)
class Authentication:
    """What our server found; nothing where it says nothing that is believed."""

    results: tuple[Result, ...] = ()
    unreadable: bool = False  # it said something that could not be read

    def of(self, method: str) -> tuple[Result, ...]:
        """The results of one method."""
        return tuple(result for result in self.results if result.method == method)


def authentication(mail: ParsedMail, authserv_id: str) -> Authentication:
    """What the server of that name says of the mail; nothing without a name."""
    results: list[Result] = []
    unreadable = False
    for value, ours in _written_by(mail, authserv_id.lower()) if authserv_id else ():
        try:
            results += (replace(result, ours=ours) for result in _read(value))
        except ValueError:
            unreadable = unreadable or ours
    return Authentication(tuple(results), unreadable)


def _written_by(mail: ParsedMail, name: str) -> Iterator[tuple[str, bool]]:
    """The headers of that name, and whether they stand above the line with which the mail came in from outside."""
    lines = mail.headers[:_MOST_LINES]
    taken_over = (n for n, (header, value) in enumerate(lines) if header.lower() == "received" and not _within(value))
    border = next(taken_over, 0)
    for n, (header, value) in enumerate(lines):
        if header.lower() == "authentication-results" and _named(value) == name:
            yield value, n < border


def _named(value: str) -> str:
    """The name of the server that wrote the header."""
    return re.split(r"[\s;(]", value[:_LONGEST].strip(), maxsplit=1)[0].lower()


def _within(received: str) -> bool:
    """Whether a machine of ours handed the mail on to another of ours; what it calls itself proves nothing."""
    found = _FROM.match(received)
    if found is None:
        return received.lstrip().lower().startswith("by ")
    addresses = [address for text in _IP.findall(found[1]) if (address := _address(text))]
    if not addresses:
        return _LOCAL_DELIVERY.search(received[found.end() :][:500]) is not None
    return all(any(address in network for network in _OUR_SIDE) for address in addresses)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip(":."))
    except ValueError:
        return None


def _read(value: str) -> Iterator[Result]:
    """The results that one header names. Raises ValueError for one that is none."""
    import authres  # type: ignore[import-untyped]  # ships no types; late: most runs need none

    try:
        read = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value[:_LONGEST]}")
    except authres.AuthResError as exc:
        raise ValueError("not an Authentication-Results header") from exc
    for each in read.results:
        if each.method in _METHODS:
            named = {(p.type, p.name): str(p.value) for p in each.properties}
            yield Result(each.method, str(each.result).lower(), _domain(each.method, named))


def _domain(method: str, named: dict[tuple[str, str], str]) -> str:
    keys = {
        "dmarc": (("header", "from"),),
        "dkim": (("header", "d"), ("header", "i")),
        "spf": (("smtp", "mailfrom"), ("smtp", "helo")),
    }[method]
    value = next((named[key] for key in keys if named.get(key)), "")
    return value.rpartition("@")[2].strip('"<>. ').lower()
