"""Asks for a host's addresses: the system's resolver, or name servers that the desk names (dnspython)."""

import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address

import dns.exception
import dns.nameserver
import dns.resolver

from mailbot.errors import ConfigError

Resolver = Callable[[str], Sequence[str]]
"""The addresses of a host, perhaps none. Raises socket.gaierror with EAI_AGAIN when no answer could be had."""

_SECONDS = 5.0


def system_resolver(host: str) -> Sequence[str]:
    """What the system answers (hosts file, then DNS), each address once."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as exc:
        if exc.errno == socket.EAI_AGAIN:
            raise
        return ()
    return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def resolver_at(servers: Sequence[str]) -> Resolver:
    """A resolver that asks these name servers ("127.0.0.1:5353", "[::1]:53", "9.9.9.9"); none: the system's.

    Raises ConfigError with every server that cannot be read.
    """
    if not servers:
        return system_resolver
    problems: list[str] = []
    chosen = [place for server in servers if (place := _place(server, problems)) is not None]
    if problems:
        raise ConfigError(tuple(problems))
    asked = dns.resolver.Resolver(configure=False)
    asked.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in chosen]

    def resolve(host: str) -> Sequence[str]:
        found: list[str] = []
        unanswered = False
        for kind in ("A", "AAAA"):
            try:
                answer = asked.resolve(f"{host}.", kind, search=False, lifetime=_SECONDS)
                found += [record.to_text() for record in answer]
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                continue
            except (dns.exception.DNSException, OSError):
                unanswered = True
        if unanswered and not found:
            raise socket.gaierror(socket.EAI_AGAIN, "the name servers gave no answer")
        return tuple(found)

    return resolve


def _place(server: str, problems: list[str]) -> tuple[str, int] | None:
    host, colon, port = server.strip().rpartition(":")
    if not colon or "]" in port or (":" in host and not host.endswith("]")):
        host, port = server.strip(), "53"
    try:
        address = str(ip_address(host.strip("[]")))
        number = int(port)
    except ValueError:
        number = 0
    if not 0 < number < 65_536:
        problems.append(f'[lookup] resolver: "{server}" is no name server; write "127.0.0.1:5353"')
        return None
    return address, number
