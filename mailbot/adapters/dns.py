"""Asks the DNS: the system's resolver, or name servers that the desk names (dnspython).

What a name server says is a stranger's word: few records are taken, none of them long. A zone that does not answer is
told from a network without any DNS, for only the first is the site's own fault.
"""

import socket
import threading
import time
from collections.abc import Sequence
from ipaddress import ip_address

import dns.exception
import dns.name
import dns.nameserver
import dns.rdata
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.ANY.TXT import TXT

from mailbot.core.hosts import is_ip
from mailbot.errors import ConfigError, TransientError
from mailbot.finding.tools import Unanswered

_TRY_SECONDS = 1.0  # for one server's answer
_SECONDS = 3.0  # for all that one question needs
_PROBE_SECONDS = 2.0
_MAX_ADDRESSES = 16
_MAX_RECORDS = 50
_MAX_CHARACTERS = 2_000  # of one record


class DnsNames:
    """`Names` by the system (hosts file, then DNS) or by the given servers."""

    def __init__(self, servers: Sequence[str] = (), seconds: float = _SECONDS) -> None:
        """`servers`: "127.0.0.1:5353", "[::1]:53", "9.9.9.9". Raises ConfigError with every one that is none."""
        problems: list[str] = []
        self._servers = [place for server in servers if (place := _place(server, problems)) is not None]
        if problems:
            raise ConfigError(tuple(problems))
        self._seconds = seconds

    def addresses(self, host: str) -> tuple[str, ...]:
        """The host's IPv4 and IPv6 addresses, perhaps none. Raises Unanswered, TransientError."""
        if is_ip(host):
            return (host,)
        try:
            found = self._asked_for(host) if self._servers else _system_addresses(host, self._seconds)
        except _Silence as exc:
            self._look_up_anything(host)
            raise Unanswered(f"the name servers of {host} give no answer") from exc
        return tuple(dict.fromkeys(found))[:_MAX_ADDRESSES]

    def records(self, name: str, kind: str) -> tuple[str, ...]:
        """Records of a kind as `Names` tells them, perhaps none. Raises Unanswered, TransientError."""
        try:
            answer = self._query(name, kind, self._seconds)
        except _Silence as exc:
            self._look_up_anything(name)
            raise Unanswered(f"the name servers of {name} give no {kind} answer") from exc
        return tuple(_text(record)[:_MAX_CHARACTERS] for record in answer[:_MAX_RECORDS])

    def _asked_for(self, host: str) -> list[str]:
        """What A and AAAA give together: one of them may fail. Raises _Silence."""
        ends = time.monotonic() + self._seconds
        found: list[str] = []
        silence: _Silence | None = None
        for kind in ("A", "AAAA"):
            try:
                found += [record.to_text() for record in self._query(host, kind, ends - time.monotonic())]
            except _Silence as exc:
                silence = exc
        if silence is not None and not found:
            raise silence
        return found

    def _query(self, name: str, kind: str, seconds: float) -> Sequence[dns.rdata.Rdata]:
        """Raises _Silence when no usable answer could be had. A chain of aliases ends in dnspython's own limit."""
        if seconds <= 0:
            raise _Silence
        try:
            absolute = dns.name.from_text(f"{name.removesuffix('.')}.")
        except dns.exception.DNSException:
            return ()  # no name in the DNS can be so long
        try:
            return list(self._resolver().resolve(absolute, kind, search=False, lifetime=seconds))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return ()
        except (dns.exception.DNSException, OSError) as exc:
            raise _Silence from exc

    def _resolver(self) -> dns.resolver.Resolver:
        asked = dns.resolver.Resolver(configure=not self._servers)
        if self._servers:
            asked.nameservers = [dns.nameserver.Do53Nameserver(address, port) for address, port in self._servers]
        asked.timeout = _TRY_SECONDS
        return asked

    def _look_up_anything(self, name: str) -> None:
        """Raises TransientError if even the top level domain, which no site can take down, gets no answer."""
        top = name.removesuffix(".").rpartition(".")[2]
        try:
            if self._servers:
                self._query(top, "SOA", _PROBE_SECONDS)
            else:
                _system_addresses(top, _PROBE_SECONDS)
        except _Silence as exc:
            raise TransientError(
                "no names can be looked up for now; look at [lookup] resolver and the network"
            ) from exc


class _Silence(Exception):
    """Nobody gave a usable answer."""


def _system_addresses(host: str, seconds: float) -> list[str]:
    """What the system answers. Raises _Silence, also when it thinks for too long: its own patience has no setting."""
    found: list[str] = []
    failed: list[bool] = []

    def ask() -> None:
        try:
            found.extend(str(sockaddr[0]) for *_, sockaddr in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except socket.gaierror as exc:
            failed.append(exc.errno == socket.EAI_AGAIN)
        except (OSError, UnicodeError):
            failed.append(False)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(seconds)
    if asking.is_alive() or any(failed):
        raise _Silence
    return found


def _text(record: dns.rdata.Rdata) -> str:
    match record:
        case MX():
            return f"{record.preference} {_host(record.exchange)}"
        case SOA():
            return f"{_host(record.mname)} {_host(record.rname)}"
        case TXT():
            return b"".join(record.strings).decode("utf-8", "replace")
        case _:
            return record.to_text().lower().rstrip(".")


def _host(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


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
